"""Chunks that differ in their words only are read like any other, and faster."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runware_magic.chat.events import ContentDelta
from runware_magic.protocol.chunk_decoder import ChunkDecoder
from runware_magic.protocol.delta_text import Likeness

TEXTS = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from('"\\{}[],:n')), min_size=1)


def chunk(words, **fields):
    """Give the JSON of a chunk, as servers write it."""
    return {"id": "c", "choices": [{"index": 0, "delta": {"content": words}, "finish_reason": None}], **fields}


def decoded(*chunks, dumps=json.dumps):
    """Give the events of some chunks."""
    decoder = ChunkDecoder()
    return [event for value in chunks for event in decoder.decode("message", dumps(value))]


@given(st.lists(TEXTS, min_size=2, max_size=5), st.booleans(), st.sampled_from([None, (",", ":")]))
def test_words_are_the_same_as_without_likeness(words, ascii_only, separators):
    """Whatever they are, and however the JSON around them is written."""

    def dumps(value):
        return json.dumps(value, ensure_ascii=ascii_only, separators=separators)

    alone = [event for word in words for event in decoded(chunk("a"), chunk(word), dumps=dumps)[1:]]
    assert decoded(chunk("a"), *map(chunk, words), dumps=dumps)[1:] == alone
    assert "".join(event.text for event in alone) == "".join(words)


def test_what_is_alike_is_read_without_the_json_around_it():
    """The words come, and come only from where they stood before."""
    likeness = Likeness()
    likeness.learn(json.dumps(chunk("a")), "a")
    assert likeness.words(json.dumps(chunk('b"\n'))) == 'b"\n'
    assert likeness.words(json.dumps(chunk("b", usage={"cost": 1}))) == ""
    assert likeness.words(json.dumps(chunk("b"))[:-1]) == ""


@pytest.mark.parametrize(
    "other",
    [
        chunk("b", usage={"prompt_tokens": 1}),
        chunk("b", error="broken"),
        chunk("b", error=None, usage={"prompt_tokens": 1}),
        chunk("b", object="error", message="broken"),
        {"id": "c", "choices": [{"index": 1, "delta": {"content": "b"}, "finish_reason": None}]},
        {"id": "c", "choices": [{"index": 0, "delta": {"content": "b"}, "finish_reason": "stop"}]},
        {"id": "c", "choices": [{"index": 0, "delta": {"content": "b", "reasoning": "r"}, "finish_reason": None}]},
    ],
)
def test_nothing_is_learnt_from_what_says_more(other):
    """Twice the same chunk brings twice the same events."""
    first, *rest = decoded(chunk("a"), other, other)
    assert first == ContentDelta("a")
    assert rest[: len(rest) // 2] == rest[len(rest) // 2 :]
    assert decoded(chunk("a"), other, other, chunk("z"))[-1] == ContentDelta("z")


def test_words_that_look_like_json_are_words():
    """A model that writes chunks is not taken for one that sends them."""
    said = json.dumps(chunk("inside"))
    assert decoded(chunk(said), chunk(said)) == [ContentDelta(said)] * 2


def test_a_server_that_writes_something_new_each_time_is_not_learnt_for_ever():
    """What is in vain is not tried again and again."""
    likeness = Likeness()
    for number in range(100):
        likeness.learn(json.dumps(chunk("a", created=number)), "a")
    assert likeness.words(json.dumps(chunk("b", created=99))) == ""
