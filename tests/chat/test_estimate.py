"""What a request will cost, about."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runware_magic.chat.estimate import answer_tokens, cost_at_most, request_tokens, tokens
from runware_magic.chat.messages import Message
from runware_magic.chat.request import Request


def asking(*texts, **parameters):
    """Give a request with these messages."""
    return Request("m", tuple(Message("user", text) for text in texts), parameters)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("a", 1),
        ("four", 1),
        ("The quick brown fox jumps over the lazy dog.", 11),
        ("Быстрая лиса", 6),
        ("日本語", 3),
        ("한국어", 3),
        ("🎉", 2),
        ("four 日本", 4),
        ("\x00\n\t ", 1),
        ("\ud800", 1),
    ],
)
def test_tokens_of_a_text(text, count):
    """Four characters of ASCII, two of another alphabet, one of East Asia, half an emoji."""
    assert tokens(text) == count


@given(st.text(), st.text())
def test_an_estimate_grows_with_the_text(one, other):
    """Two texts together are about as many tokens as each alone, rounding aside."""
    assert 0 <= tokens(one) + tokens(other) - tokens(one + other) <= 1


@pytest.mark.parametrize(
    ("request_", "count"),
    [
        (asking(), 3),
        (asking("four"), 8),
        (asking("four", "日本"), 14),
        (asking("four", temperature=1, tools=[]), 8),
        (asking("four", tools=[{"a": 1}]), 8 + 3),
        (asking("four", response_format={"type": "x"}), 8 + 4),
    ],
)
def test_tokens_of_a_request(request_, count):
    """The messages with what stands around them, functions and schemas; no other field."""
    assert request_tokens(request_) == count


@pytest.mark.parametrize(
    ("parameters", "most"),
    [
        ({"max_completion_tokens": 100}, 100),
        ({"max_tokens": 100}, 100),
        ({"max_tokens": 100, "max_completion_tokens": 200}, 200),
        ({"max_tokens": 100, "n": 3}, 300),
        ({"max_tokens": 100, "n": "3"}, 100),
        ({"max_tokens": "100"}, None),
        ({"max_tokens": True}, None),
        ({"max_tokens": -1}, None),
        ({}, None),
    ],
)
def test_tokens_of_an_answer(parameters, most):
    """The limit under either name, for each answer; unknown where there is none that makes sense."""
    assert answer_tokens(asking("Hi", **parameters)) == most


@pytest.mark.parametrize(
    ("limit", "price_in", "price_out", "cost"),
    [
        (100, 0.5, 2.0, 8 * 0.5 + 100 * 2.0),
        (100, 0.0, 0.0, 0.0),
        (100, None, 2.0, None),
        (100, 0.5, None, None),
        (100, math.nan, 2.0, None),
        (100, 0.5, math.inf, None),
        (100, -0.5, 2.0, None),
        (None, 0.5, 2.0, None),
    ],
)
def test_cost_at_most(limit, price_in, price_out, cost):
    """What is sent and the longest answer; unknown where a price or the limit is."""
    assert cost_at_most(asking("four", max_tokens=limit), price_in, price_out) == cost
