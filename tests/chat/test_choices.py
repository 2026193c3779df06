"""Several choices of one request as turns: versions of one place, with one cost."""

import json
from dataclasses import replace

import pytest

from runware_magic.chat.choices import Choice
from runware_magic.chat.conversation import Conversation
from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.events import ContentDelta, Ended, Failed, Finished, OtherChoice, ReasoningDelta, UsageReport
from runware_magic.chat.messages import Message
from runware_magic.chat.record import from_record, to_record
from runware_magic.chat.saved_outputs import SavedOutput, keep, rebuild
from runware_magic.chat.turn import Timing, Turn
from runware_magic.chat.usage import Usage
from runware_magic.engine.ledger import Ledger

TURN = Turn("1", "m", "https://e", (Message("user", "Hi"),), Timing("2026-01-01T00:00:00Z"), {"n": 3}, cell_id="c")


def folded(*events, state="complete", error=None, turn=TURN):
    """Return the turn of these events."""
    builder = TurnBuilder(turn)
    for at, event in enumerate(events, 1):
        builder.fold(event, at)
    return builder.snapshot(state, error=error, total_s=9)


def three(turn=TURN):
    """Return a turn with three choices."""
    others = [OtherChoice(at, event) for at in (1, 2) for event in (ContentDelta("abc"[at]), Finished("stop"))]
    return folded(ContentDelta("a"), *others, UsageReport(Usage(1, 3, 4, 0.5)), Finished("stop"), Ended(), turn=turn)


def test_other_choices_are_turns_of_their_own():
    """Like the first in all but the answer; the usage is the first one's."""
    first = three()
    assert [first.content, *(other.content for other in first.other_choices)] == ["a", "b", "c"]
    assert [turn.choice for turn in (first, *first.other_choices)] == [Choice(at, 3, "1") for at in (1, 2, 3)]
    assert len({first.id, *(other.id for other in first.other_choices)}) == 3
    for other in first.other_choices:
        assert (other.state, other.usage, other.cost, other.counts_elsewhere) == ("complete", None, None, True)
        assert (other.messages, other.cell_id, other.finish_reason) == (first.messages, "c", "stop")
    assert not first.counts_elsewhere


def test_choices_that_bring_nothing_are_none():
    """An empty one cannot be picked."""
    turn = folded(ContentDelta("a"), OtherChoice(1, Finished("stop")), Finished("stop"), Ended())
    assert (turn.choice, turn.other_choices) == (None, ())


def test_other_choices_end_as_the_first_does():
    """Unless they failed themselves, or may be cut off."""
    stopped = folded(ContentDelta("a"), OtherChoice(1, ReasoningDelta("b")), state="stopped", error="Stopped.")
    assert [(other.state, other.error) for other in stopped.other_choices] == [("stopped", "Stopped.")]
    failed = folded(ContentDelta("a"), OtherChoice(1, ContentDelta("b")), OtherChoice(1, Failed("no\nmore")), Ended())
    assert (failed.state, failed.other_choices[0].state) == ("complete", "failed")
    assert failed.other_choices[0].error == "The endpoint reported an error: no more"
    cut = folded(ContentDelta("a"), OtherChoice(1, ContentDelta("b")), Finished("stop"))
    assert (cut.maybe_cut, cut.other_choices[0].maybe_cut) == (False, True)


@pytest.mark.parametrize("cell_id", ["c", None])
def test_they_become_versions(cell_id):
    """The first is in use; another run comes after them; each can be chosen."""
    first = three(replace(TURN, cell_id=cell_id))
    conversation = Conversation().with_turn(first)
    (place,) = conversation.places("main")
    assert [turn.content for turn in place.versions] == ["a", "b", "c"]
    assert place.turn == first
    chosen = conversation.with_chosen(place.versions[1])
    assert [turn.content for turn in chosen.turns("main")] == ["b"]
    again = replace(three(replace(TURN, id="2", cell_id=cell_id, supersedes=place.versions[1].id)))
    (place,) = chosen.with_turn(again).places("main")
    assert [turn.content for turn in place.versions] == [*"abcabc"]
    assert place.turn.id == "2"


def test_a_turn_that_is_added_again_adds_nothing_twice():
    """Such as one whose checks have run since."""
    first = three()
    conversation = Conversation().with_turn(first)
    assert conversation.with_turn(first).places("main") == conversation.places("main")


def test_a_stopped_run_does_not_replace_a_complete_answer():
    """Its choices are versions all the same."""
    whole = Conversation().with_turn(folded(ContentDelta("a"), Finished("stop"), Ended()))
    stopped = folded(ContentDelta("x"), OtherChoice(1, ContentDelta("y")), state="stopped", turn=replace(TURN, id="2"))
    (place,) = whole.with_turn(stopped).places("main")
    assert [turn.content for turn in place.versions] == [*"axy"]
    assert place.turn.content == "a"


def test_they_count_once():
    """In the sums of a kernel, and in those that are restored."""
    first, ledger = three(), Ledger()
    ledger.add((first, *first.other_choices))
    ledger.add((*first.other_choices, first), earlier=True)
    assert (len(ledger), ledger.spent) == (1, 0.5)


def test_a_saved_notebook_keeps_them():
    """With the one in use, and which choice each is."""
    first = three()
    conversation = Conversation().with_turn(first).with_chosen(first.other_choices[0])
    record = json.loads(json.dumps(keep(conversation, conversation.turns("main")[0])))
    restored = rebuild([SavedOutput(record, 1, "c")])
    (place,) = restored.conversation.places("main")
    assert place.versions == conversation.places("main")[0].versions
    assert place.turn.choice == Choice(2, 3, "1")


@pytest.mark.parametrize(
    "told", [None, 5, {}, {"number": 4, "of": 3, "first": "1"}, {"number": 0, "of": 3, "first": "1"}]
)
def test_a_broken_record_of_a_choice_loses_only_that(told):
    """The rest of the turn is restored."""
    assert from_record({**to_record(three()), "choice": told}) == replace(three(), choice=None)
