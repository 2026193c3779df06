"""Several choices of one request: side by side in a stream, or in one whole answer."""

import itertools

import pytest
from loopback import USAGE, sse

from runware_magic.chat.events import ContentDelta, Ended, Failed, Finished, OtherChoice, ReasoningDelta, UsageReport
from runware_magic.protocol.chunk_decoder import decode_stream, decode_whole


def piece(index, finish_reason=None, **fields):
    """Make a chunk of one choice."""
    return {"choices": [{"index": index, "delta": fields, "finish_reason": finish_reason}]}


def texts(events):
    """Give the text of each choice by its index, None for the one that is shown."""
    found = {}
    for event in events:
        index, inner = (event.index, event.event) if isinstance(event, OtherChoice) else (None, event)
        if isinstance(inner, ContentDelta):
            found[index] = found.get(index, "") + inner.text
    return found


@pytest.mark.parametrize("order", [*itertools.permutations(range(3))])
def test_choices_stream_side_by_side(order):
    """In any order; the first to arrive is the answer."""
    chunks = [piece(index, content=f"{index}{part}") for part in "ab" for index in order]
    events = list(
        decode_stream([sse(*chunks, *(piece(index, "stop") for index in order), USAGE, "[DONE]")], several=True)
    )
    first, *others = order
    assert texts(events) == {None: f"{first}a{first}b", **{index: f"{index}a{index}b" for index in others}}
    assert [event for event in events if isinstance(event, Finished)] == [Finished("stop")]
    assert sum(isinstance(event, UsageReport) for event in events) == 1
    assert events[-1] == Ended()


def test_choices_may_come_in_one_chunk():
    """Each with reasoning, tags and ends of its own."""
    both = [
        {"index": 0, "delta": {"content": "<think>Hm</think>a"}, "finish_reason": "stop"},
        {"index": 1, "delta": {"reasoning_content": "Oh", "content": "b"}, "finish_reason": "length"},
        "nonsense",
    ]
    events = list(decode_stream([sse({"choices": both}, "[DONE]")], several=True))
    assert events == [
        ReasoningDelta("Hm"),
        ContentDelta("a"),
        Finished("stop"),
        OtherChoice(1, ReasoningDelta("Oh")),
        OtherChoice(1, ContentDelta("b")),
        OtherChoice(1, Finished("length")),
        Ended(),
    ]


def test_a_whole_answer_has_them_all():
    """In one object."""
    choices = [{"index": at, "message": {"content": word}, "finish_reason": "stop"} for at, word in enumerate("abc")]
    assert texts(decode_whole({"choices": choices}, several=True)) == {None: "a", 1: "b", 2: "c"}
    assert texts(decode_whole({"choices": choices})) == {None: "a"}


def test_an_error_of_another_choice_is_its_own():
    """The answer goes on."""
    broken = {"choices": [{"index": 1, "delta": {}, "error": {"message": "overloaded"}}]}
    events = list(decode_stream([sse(piece(0, content="a"), broken, piece(0, content="b"), "[DONE]")], several=True))
    assert OtherChoice(1, Failed("overloaded")) in events
    assert texts(events) == {None: "ab"}


def test_what_another_choice_holds_back_comes_at_the_end():
    """Half of a pair, and half of a tag."""
    stream = sse(piece(0, content="a"), piece(1, content="b\ud83d"), piece(2, content="<thi"), "[DONE]")
    assert texts(decode_stream([stream], several=True)) == {None: "a", 1: "b\ufffd", 2: "<thi"}


def test_endless_choices_are_bounded():
    """No server fills the memory with them."""
    stream = sse(*(piece(index, content="x") for index in range(1000)), "[DONE]")
    assert len(texts(decode_stream([stream], several=True))) == 129
