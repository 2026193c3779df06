"""What a request will cost, about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runware_magic.chat.events import (
    ContentDelta,
    ContentWasReasoning,
    Ended,
    Finished,
    Opened,
    ReasoningDelta,
    Retrying,
    ToolCallDelta,
    UsageReport,
)
from runware_magic.chat.messages import Message
from runware_magic.chat.pricing import Meter, Prices, answer_tokens, cost_at_most, request_tokens, tokens
from runware_magic.chat.request import Request
from runware_magic.chat.usage import Usage


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
    ("limit", "prices", "cost"),
    [
        (100, Prices(0.5, 2.0), 8 * 0.5 + 100 * 2.0),
        (100, Prices(0.0, 0.0), 0.0),
        (100, None, None),
        (None, Prices(0.5, 2.0), None),
    ],
)
def test_cost_at_most(limit, prices, cost):
    """What is sent and the longest answer; unknown where the prices or the limit are."""
    assert cost_at_most(asking("four", max_tokens=limit), prices) == cost


PRICES = Prices(0.5, 2.0)
PROMPT = 8 * 0.5  # of asking("four")


def metered(*events, prices=PRICES, **parameters):
    """Give a meter that has read these."""
    meter = Meter(asking("four", **parameters), prices)
    for event in events:
        meter.read(event)
    return meter


@pytest.mark.parametrize(
    ("events", "cost", "reported"),
    [
        ([], PROMPT, False),
        ([Opened(), Retrying("busy", 2, 1.0), Finished("stop"), Ended()], PROMPT, False),
        ([ContentDelta("four")], PROMPT + 2, False),
        ([ReasoningDelta("four"), ContentDelta("four")], PROMPT + 4, False),
        ([ReasoningDelta("four"), ContentWasReasoning()], PROMPT + 2, False),
        ([ToolCallDelta(0, "id", "four"), ToolCallDelta(0, arguments="{'a'")], PROMPT + 4, False),
        ([ContentDelta("four" * 9), UsageReport(Usage(cost=0.25))], 0.25, True),
        ([UsageReport(Usage(cost=0.25)), ContentDelta("four")], 2.25, False),
        ([UsageReport(Usage(cost=0.25)), ContentDelta("four"), UsageReport(Usage(cost=0.5))], 0.5, True),
        ([ContentDelta("four"), UsageReport(Usage(10, 3))], 10 * 0.5 + 3 * 2, True),
        ([UsageReport(Usage(10, 0)), ContentDelta("four")], 10 * 0.5 + 2, False),
        ([ContentDelta("four"), UsageReport(Usage(10, 0))], PROMPT + 2, False),
        ([ContentDelta("four"), UsageReport(Usage(10))], PROMPT + 2, False),
        ([ContentDelta("four"), UsageReport(Usage(cost=0))], PROMPT + 2, False),
        ([ContentDelta("four"), UsageReport(Usage(completion_tokens=3))], PROMPT + 2, False),
    ],
)
def test_a_meter_estimates_until_it_is_told(events, cost, reported):
    """What came after the latest report is estimated; zeros in mid-answer are no report."""
    meter = metered(*events)
    assert (meter.cost, meter.reported) == (cost, reported)


@pytest.mark.parametrize(
    ("events", "cost"),
    [
        ([], None),
        ([ContentDelta("four"), UsageReport(Usage(10, 3))], None),
        ([UsageReport(Usage(cost=0.25)), ContentDelta("four")], 0.25),
        ([UsageReport(Usage(cost=0))], 0.0),
    ],
)
def test_without_prices_a_meter_knows_what_it_is_told(events, cost):
    """And nothing else, which is not zero."""
    assert metered(*events, prices=None).cost == cost


def test_a_meter_counts_every_answer_that_is_asked_for():
    """Of several at once, one is seen, and all are billed."""
    assert metered(ContentDelta("four"), n=3).cost == PROMPT + 3 * 2
    assert metered(ContentDelta("four"), prices=Prices(0.0, 0.0)).cost == 0


@given(st.lists(st.text(max_size=9)), st.lists(st.text(max_size=9)))
def test_a_meter_counts_the_same_however_an_answer_is_cut(content, reasoning):
    """Piece by piece it is what the whole text is."""
    meter = metered(*map(ContentDelta, content), *map(ReasoningDelta, reasoning))
    assert meter.cost == PROMPT + tokens("".join(content + reasoning)) * PRICES.completion


def test_a_meter_looks_at_every_piece_once():
    """An answer ten times as long takes ten times as long, not a hundred times: no text is kept or joined."""
    meter = metered(*[ContentDelta("x" * 4096)] * 64)
    assert meter.cost == PROMPT + 64 * 1024 * 2
    assert not any(isinstance(value, str | list) for value in vars(meter).values())
