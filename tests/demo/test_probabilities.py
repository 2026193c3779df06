"""The demo's made-up probabilities, and its choices."""

from __future__ import annotations

import math

import pytest
from demo_client import QUESTION, body, refusal

import runware_magic
from runware_magic import Chat
from runware_magic.transport.endpoint import DEMO_MODEL


@pytest.fixture
def chat(endpoint):
    """Give a chat with the demo, which makes no pauses."""
    with Chat(DEMO_MODEL, base_url=endpoint.base_url, api_key=endpoint.key) as talk:
        yield talk


@pytest.mark.parametrize("alternatives", [0, 5, 20])
def test_each_token_has_a_probability(chat, alternatives):
    """And so many alternatives, the likeliest first, which add up to no more than one."""
    turn = chat.ask(QUESTION, logprobs=alternatives)
    assert "".join(token.token for token in turn.logprobs) == turn.content
    for token in turn.logprobs:
        shares = [math.exp(log) for _, log in token.alternatives]
        assert len(shares) == alternatives
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) <= 1.0001
        assert 0 < token.probability <= 1
        assert not alternatives or token.token in {text for text, _ in token.alternatives}
    assert len({round(token.probability, 2) for token in turn.logprobs}) > 10


def test_they_are_the_same_every_time(chat):
    """So that lessons show the same; none come if nobody asks."""
    one, other = (chat.ask(QUESTION, logprobs=2, temperature=0) for _ in range(2))
    assert one.logprobs
    assert one.logprobs == other.logprobs
    assert not chat.ask(QUESTION).logprobs


def test_choices_are_wordings(chat):
    """Without a temperature they may differ, with 0 they are the same; a seed makes them the same each time."""
    turn = chat.ask("Tell me a joke.", n=3, temperature=0)
    assert {turn.content} == {other.content for other in turn.other_choices}
    assert turn.usage.completion_tokens % 3 == 0
    several = [chat.ask(QUESTION, n=3, seed=1, temperature=1.5) for _ in "ab"]
    assert [each.content for each in several[0].other_choices] == [each.content for each in several[1].other_choices]
    assert len(several[0].other_choices) == 2


@pytest.mark.parametrize("fields", [{"n": 9}, {"n": 0}, {"n": "2"}, {"top_logprobs": 21}, {"top_logprobs": -1}])
def test_what_is_out_of_range_is_refused(endpoint, connection, fields):
    """As real endpoints do, by the name of the field."""
    status, message = refusal(endpoint, connection, body(QUESTION, **fields))
    assert status == 400
    assert message.startswith(f"'{next(iter(fields))}' must be an integer between")


def test_whole_answers_and_streams_say_the_same(endpoint):
    """Text, choices and probabilities."""
    where = {"base_url": endpoint.base_url, "api_key": endpoint.key, "models": DEMO_MODEL}
    (one,), (other,) = (
        runware_magic.map([QUESTION], **where, stream=stream, logprobs=3, temperature=0) for stream in (True, False)
    )
    assert one.logprobs == other.logprobs
    assert "".join(token.token for token in one.logprobs) == one.content == other.content
