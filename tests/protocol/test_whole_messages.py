"""Whole messages beside deltas, and behind them: nothing of an answer comes twice."""

import pytest
from loopback import USAGE, delta, finish, sse

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.events import ContentDelta, ReasoningDelta
from runware_magic.chat.messages import ToolCall
from runware_magic.chat.turn import Timing, Turn
from runware_magic.protocol.chunk_decoder import decode_stream

CALL = {"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}
CALLED = (ToolCall("c", "f", '{"x": 1}'),)
WORDS = (delta(content="Hello "), delta(content="world"))


def drafted(*values):
    """Return the builder of a stream of these events."""
    builder = TurnBuilder(Turn("t", "m", "e", (), Timing("2026-01-01T00:00:00Z")))
    for event in decode_stream([sse(*values)]):
        builder.fold(event, 0.0)
    return builder.snapshot("complete")


def last(message, **beside):
    """Return the event that some servers end a stream with."""
    choice = {"finish_reason": "stop", "index": 0, "message": {"role": "assistant", **message}, **beside}
    return {"choices": [choice], "object": "chat.completion", "usage": USAGE["usage"]}


@pytest.mark.parametrize(
    ("values", "reasoning", "content", "calls"),
    [
        ((*WORDS, last({"content": "Hello world"})), "", "Hello world", ()),
        ((*WORDS, last({"content": "Hello world"}, delta={})), "", "Hello world", ()),
        ((*WORDS, last({"content": "Hello world "}, delta={"content": ""})), "", "Hello world", ()),
        ((*WORDS, last({"content": ["Hello world"]})), "", "Hello world", ()),
        # All that came so far beside each delta, with deltas and without
        (
            [last({"content": so_far}, delta={"content": word}) for word, so_far in (("Hel", "Hel"), ("lo", "Hello"))],
            "",
            "Hello",
            (),
        ),
        ([last({"content": so_far}, delta={}) for so_far in ("Hel", "Hello", "Hello")], "", "Hello", ()),
        ([last({"content": piece}) for piece in ("Hel", "lo")], "", "Hello", ()),
        # What no delta brought counts
        ((delta(role="assistant"), last({"content": "Hello"})), "", "Hello", ()),
        ((*WORDS, last({"content": "Hello world", "reasoning_content": "Hm"})), "Hm", "Hello world", ()),
        ((*WORDS, last({"content": "Hello world", "tool_calls": [CALL]})), "", "Hello world", CALLED),
        ((delta(reasoning="Hm"), last({"content": "Yes", "reasoning": "Hm"})), "Hm", "Yes", ()),
        ((delta(tool_calls=[CALL]), last({"content": "", "tool_calls": [CALL]})), "", "", CALLED),
        ([last({"content": None, "tool_calls": [CALL]}) for _ in range(3)], "", "", CALLED),
        ((delta(content="<think>Hm</think>Yes"), last({"content": "Yes", "reasoning": "Hm"})), "Hm", "Yes", ()),
        ((delta(refusal="No."), last({"content": None, "refusal": "No."})), "", "No.", ()),
    ],
)
def test_a_message_counts_for_what_no_delta_has_brought(values, reasoning, content, calls):
    """Answer, reasoning and tool calls each; its usage and its finish reason count always."""
    turn = drafted(*values, "[DONE]")
    assert (turn.reasoning, turn.content, turn.reply.tool_calls) == (reasoning, content, calls)
    assert (turn.finish_reason, turn.usage.cost) == ("stop", 0.00001)
    assert turn.skipped == 0


def test_what_nobody_knows_in_a_message_is_said_once():
    """Though each event repeats it."""
    picture = [{"type": "image_url", "image_url": {"url": "x"}}]
    assert drafted(*(last({"content": picture}) for _ in range(3))).skipped == 1
    assert drafted(delta(content=picture), last({"content": picture})).skipped == 1


def test_deltas_behind_a_first_word_in_a_message_are_given_as_they_come():
    """A role in a message takes nothing from them."""
    events = list(
        decode_stream([sse(last({"content": ""}, delta={}), delta(reasoning="Hm"), delta(content="a"), finish())])
    )
    assert [event for event in events if isinstance(event, ContentDelta | ReasoningDelta)] == [
        ReasoningDelta("Hm"),
        ContentDelta("a"),
    ]
