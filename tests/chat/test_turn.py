"""Events are folded into a turn, and a turn survives its record."""

import json
import pickle

import pytest

from runware_magic.chat.conversation import first_whole
from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.events import (
    ContentDelta,
    ContentWasReasoning,
    Ended,
    Failed,
    Finished,
    Opened,
    ReasoningDelta,
    Retrying,
    Skipped,
    ToolCallDelta,
    UsageReport,
)
from runware_magic.chat.messages import Message, ToolCall
from runware_magic.chat.record import from_record, to_record
from runware_magic.chat.turn import Reply, Timing, Turn
from runware_magic.chat.usage import Usage

TURN = Turn(
    "1", "m", "https://e", (Message("user", "Hi"),), Timing("2026-01-01T00:00:00Z"), {"max_completion_tokens": 9}
)


def folded(*events):
    """Fold events, one a second."""
    builder = TurnBuilder(TURN)
    for at, event in enumerate(events, 1):
        builder.fold(event, at)
    return builder


def test_a_draft_folds_events_into_a_turn():
    """Texts grow, the last usage counts, the first piece is timed."""
    builder = folded(
        Opened(),
        ReasoningDelta("Hm"),
        ReasoningDelta("m."),
        ContentDelta("He"),
        ContentDelta("llo"),
        UsageReport(Usage(1, 1)),
        UsageReport(Usage(5, 2, 7, 0.1)),
        Finished("stop"),
        Ended(),
    )
    turn = builder.snapshot("complete", total_s=9)
    assert (turn.reasoning, turn.content, turn.finish_reason) == ("Hmm.", "Hello", "stop")
    assert (turn.usage, turn.cost) == (Usage(5, 2, 7, 0.1), 0.1)
    assert turn.timing == Timing(TURN.timing.started, 2, 9)
    assert turn.tokens_per_second == pytest.approx(2 / 7)


def test_tool_calls_are_put_together_by_index():
    """Fragments interleave; a name that comes again is not doubled."""
    builder = folded(
        ToolCallDelta(1, "b", "g"),
        ToolCallDelta(0, "a", "f", "{"),
        ToolCallDelta(1, arguments="[]"),
        ToolCallDelta(0, "a", "f", "}"),
    )
    assert builder.snapshot().reply.tool_calls == (ToolCall("a", "f", "{}"), ToolCall("b", "g", "[]"))


def test_content_that_turns_out_to_be_reasoning_moves():
    """A server that drops the opening tag says so only at the closing one."""
    builder = folded(ContentDelta("Hm. "), ContentWasReasoning(), ContentDelta("Yes."))
    assert (builder.reasoning, builder.content) == ("Hm. ", "Yes.")


def test_the_draft_says_how_the_request_stands():
    """Retrying until opened; then failed or ended, and what was skipped is counted."""
    waiting = folded(Retrying("429", 2, 1.0))
    assert (waiting.retrying, waiting.retrying_since_s) == (Retrying("429", 2, 1.0), 1)
    assert not waiting.opened
    builder = folded(Retrying("429", 2, 1.0), Opened(), Skipped(3), Failed("broke", "x"))
    assert (builder.retrying, builder.opened, builder.failure) == (None, True, Failed("broke", "x"))
    assert builder.snapshot().skipped == 1


@pytest.mark.parametrize(
    ("events", "state", "whole", "maybe_cut"),
    [
        ([Finished("stop"), Ended()], "complete", True, False),
        ([Finished("length")], "complete", True, False),
        ([Ended()], "complete", True, False),
        ([], "complete", False, True),
        ([], "stopped", False, False),
        ([], "failed", False, False),
        ([], "streaming", False, False),
    ],
)
def test_an_answer_is_whole_where_the_endpoint_says_so(events, state, whole, maybe_cut):
    """By a finish reason or by the last event of a stream; what ended without may be cut, unless it ended otherwise."""
    turn = folded(ContentDelta("x"), *events).snapshot(state)
    assert (turn.is_whole, turn.maybe_cut) == (whole, maybe_cut)
    assert turn.answers == (state in {"complete", "stopped"})


@pytest.mark.parametrize(
    ("states", "first"),
    [
        (["failed", "cut", "complete", "complete"], 2),
        (["stopped", "cut", "failed"], 1),
        (["stopped", "failed"], 0),
    ],
)
def test_of_several_answers_the_first_whole_one_counts(states, first):
    """Or else one that may be cut, before those that are."""
    builder = folded(ContentDelta("x"))
    ended = folded(ContentDelta("x"), Ended())
    turns = [builder.snapshot("complete") if state == "cut" else ended.snapshot(state) for state in states]
    assert first_whole(turns) is turns[first]


@pytest.mark.parametrize(
    "turn",
    [
        folded(ContentDelta("x")).snapshot("stopped", total_s=1.5),
        folded(
            ReasoningDelta("h"), ContentDelta("é\u2028"), UsageReport(Usage(1, 2, 3, 0.5, 1, 1)), Skipped(1)
        ).snapshot("failed", error="lost", total_s=2),
        folded(ToolCallDelta(0, "a", "f", "{}"), Finished("tool_calls")).snapshot("complete"),
        folded(ContentDelta("x")).snapshot("complete"),
    ],
)
def test_a_record_gives_the_turn_back(turn):
    """Through JSON text and back nothing changes."""
    assert from_record(json.loads(json.dumps(to_record(turn)))) == turn
    assert pickle.loads(pickle.dumps(turn)) == turn  # noqa: S301  # made here


@pytest.mark.parametrize(
    "change",
    [
        {"version": 3},
        {"state": "streaming"},
        {"model": 1},
        {"messages": [{"role": "user"}]},
        {"reply": None},
        {"timing": {}},
    ],
)
def test_what_is_no_record_is_refused(change):
    """A record of another version or shape raises, and never makes half a turn."""
    record = to_record(folded(ContentDelta("x")).snapshot("complete")) | change
    with pytest.raises((KeyError, TypeError, ValueError)):
        from_record(record)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ({}, None),
        ([], None),
        ({"prompt_tokens": 1, "cost": "0.25"}, Usage(prompt_tokens=1, cost=0.25)),
        ({"prompt_tokens": True, "completion_tokens": -1, "cost": "x", "total_tokens": 3}, Usage(total_tokens=3)),
        ({"cost": float("nan"), "total_tokens": float("inf")}, None),
        ({"completion_tokens_details": {"reasoning_tokens": 4}}, Usage(reasoning_tokens=4)),
        ({"prompt_tokens_details": {"cached_tokens": 4}, "completion_tokens_details": None}, Usage(cached_tokens=4)),
    ],
)
def test_usage_is_read_leniently(value, expected):
    """What is missing or makes no sense is unknown, never zero."""
    assert Usage.from_json(value) == expected


def test_a_record_can_always_be_encoded():
    """Half a surrogate pair, wherever it stands, becomes a replacement character."""
    lone = "a\ud83d"
    turn = Turn(
        *(
            lone,
            lone,
            lone,
            (Message(lone, lone),),
            Timing(lone),
            {lone: [{"b": lone}]},
            lone,
            lone,
            lone,
            lone,
            (lone,),
        ),
        reply=Reply(lone, lone, (ToolCall(lone, lone, lone),)),
        state=lone,
        finish_reason=lone,
        error=lone,
    )
    text = json.dumps(to_record(turn), ensure_ascii=False)
    assert text.encode().decode().count("a\ufffd") == 21


@pytest.mark.parametrize(
    ("content", "state", "answers"),
    [
        ("Yes", "complete", True),
        ("Y", "stopped", True),
        ("Y", "failed", False),
        ("", "complete", False),
        (" \n ", "complete", False),
    ],
)
def test_only_an_answer_is_context(content, state, answers):
    """A failed request, and an answer of nothing or of blanks, is not sent again."""
    assert folded(ContentDelta(content)).snapshot(state).answers == answers


def test_a_turn_reads_as_its_answer():
    """str() gives the content; a builder without events has none of it."""
    assert str(folded(ContentDelta("Yes")).snapshot()) == "Yes"
    assert TurnBuilder(TURN).snapshot().reply == Reply()
