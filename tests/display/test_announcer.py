"""What a screen reader says while answers come."""

import re
from dataclasses import replace
from html import unescape
from itertools import pairwise

import pytest
from ipywidgets import HTML

from runware_magic.chat.events import ContentDelta, Opened, ReasoningDelta, Retrying
from runware_magic.chat.turn import COMPLETE, STOPPED, Draft, Reply, Timing, Turn
from runware_magic.display import announcer as module
from runware_magic.display.announcer import Announcer, GridNarrator, Narrator
from runware_magic.display.view import Slot

TURN = Turn(id="1", model="m", endpoint="https://x", messages=(), timing=Timing("2026-01-01T00:00:00Z"))


def narrator_of(kind=Narrator):
    """Give a narrator of a view with one style."""
    return kind(HTML().style)


def said(narrator):
    """Give what is said."""
    match = re.fullmatch(
        r'<div role="status" aria-live="polite" style="[^"]*">(.*)</div>', narrator.announcer.widget.value
    )
    return unescape(match[1])


def ended(content, **fields):
    """Give a turn that has ended."""
    return replace(TURN, reply=Reply(content), **fields)


def test_sentences_are_said_at_most_every_three_seconds():
    """Those that have come in the meantime at once."""
    draft, narrator = Draft(TURN), narrator_of()
    messages = 0
    for second in range(30):
        draft.fold(ContentDelta(f"Sentence {second}. "), second / 10)
        messages += narrator.draw(draft, second / 10)
    assert messages == 1
    assert narrator.draw(draft, 3.0) == 1
    assert said(narrator) == " ".join(f"Sentence {number}." for number in range(1, 30))


def test_nothing_is_said_before_the_last_was_heard():
    """However fast a model is."""
    draft, narrator = Draft(TURN), narrator_of()
    draft.fold(ContentDelta("".join(f"A sentence of words, number {number}. " for number in range(50))), 1.0)
    assert narrator.draw(draft, 1.0) == 1
    seconds = len(said(narrator)) / module._CHARACTERS_A_S
    assert seconds > 10
    assert narrator.draw(draft, seconds) == 0
    assert narrator.draw(draft, 1.0 + seconds) == 1


def test_three_seconds_lie_between_two_messages_at_least():
    """At fifteen frames a second, all along; and every sentence is said."""
    draft, narrator, told = Draft(TURN), narrator_of(), []
    for frame in range(15 * 60):
        if frame % 20 == 0:
            draft.fold(ContentDelta(f"Sentence {frame}. "), frame / 15)
        if narrator.draw(draft, frame / 15):
            told.append((frame / 15, said(narrator)))
    times = [time for time, _ in told]
    assert len(times) > 15
    assert all(later - earlier >= module._REST_S for earlier, later in pairwise(times))
    sentences = [f"Sentence {frame}." for frame in range(0, 15 * 60, 20)]
    whole = " ".join(text for _, text in told)
    assert " ".join(sentences).startswith(whole)
    assert len(whole) > 0.8 * len(" ".join(sentences))


@pytest.mark.parametrize("kind", [Narrator, GridNarrator])
def test_not_every_frame_looks_for_something_to_say(kind):
    """Where there was nothing, half a second later."""
    narrator, looks = narrator_of(kind), []
    draft = Draft(TURN)
    draft.fold(ContentDelta("word"), 0.0)
    is_due = narrator.announcer.is_due
    narrator.announcer.is_due = lambda elapsed_s: is_due(elapsed_s) and (looks.append(elapsed_s) or True)
    for frame in range(150):
        narrator.draw(draft if kind is Narrator else [Slot("a")], frame / 15)
    assert 10 <= len(looks) <= 20


def test_a_clock_that_begins_anew_is_followed():
    """After the wait for an earlier answer."""
    draft, narrator = Draft(replace(TURN)), narrator_of()
    draft.waits_for = "an earlier answer"
    assert narrator.draw(draft, 100.0) == 1
    draft = Draft(TURN)
    draft.fold(ContentDelta("Hello. "), 0.5)
    assert narrator.draw(draft, 0.5) == 1


def test_the_clock_is_not_said():
    """What happens is, once."""
    draft, narrator = Draft(TURN), narrator_of()
    told = []
    for second, event in enumerate([None, Opened(), None, None, ReasoningDelta("Hm. Well. "), *[None] * 5]):
        if event:
            draft.fold(event, 4.0 * second)
        if narrator.draw(draft, 4.0 * second):
            told.append(said(narrator))
    assert told == ["Waiting for the model.", "Thinking."]


def test_another_attempt_is_said():
    """With its reason."""
    draft, narrator = Draft(TURN), narrator_of()
    draft.fold(Retrying("429", 2, 5.0), 1.0)
    narrator.draw(draft, 1.0)
    assert said(narrator) == "Trying again, 429: attempt 2."


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        (ended("Four.", state=COMPLETE), "Four. Answer complete. m, usage unknown."),
        (ended("Four", state=STOPPED, error="Stopped."), "Four. Answer stopped. Stopped. m, stopped, usage unknown."),
        (ended("word " * 500, state=COMPLETE), "Answer complete. m, usage unknown."),
    ],
)
def test_the_end_is_said(turn, words):
    """With what was not said yet, if it is little."""
    assert narrator_of().ended(turn) == words


def test_hostile_text_is_said_as_text():
    """Nothing in it is an element."""
    announcer = Announcer(HTML().style)
    announcer.say("<img src=x onerror=y> \"' \x1b", 0.0)
    assert announcer.widget.value.count("<") == 2
    assert "\x1b" not in announcer.widget.value


@pytest.mark.parametrize(("hears", "pauses"), [(True, [module._HEARD_S]), (False, [])])
def test_the_last_word_is_waited_for_where_somebody_may_hear_it(monkeypatch, hears, pauses):
    """A notebook that is run without a front end takes no longer for it."""
    monkeypatch.setattr(module, "hears_while_running", lambda _: hears)
    waited = []
    Announcer(HTML().style, waited.append).say_at_last("The end.", None)
    assert waited == pauses


def test_of_several_answers_beginnings_and_ends_are_said():
    """By their numbers, together where they come together."""
    slots = [Slot(name, draft=Draft(TURN)) for name in "abc"]
    narrator = narrator_of(GridNarrator)
    assert narrator.draw(slots, 0.0) == 0
    for slot in slots[:2]:
        slot.draft.fold(ContentDelta("secret"), 1.0)
    assert narrator.draw(slots, 1.0) == 1
    assert said(narrator) == "Answers 1, 2 begin."
    slots[1].turn, slots[1].draft = ended("x", state=COMPLETE), None
    slots[2].error = "spent"
    assert narrator.draw(slots, 9.0) == 1
    assert said(narrator) == "Answers 2, 3 have ended. 2 of 3."
    assert narrator.draw(slots, 20.0) == 0
    assert GridNarrator.ended([ended("x", state=COMPLETE), ended("y", state=STOPPED)]) == (
        "All 2 answers have ended, 1 of them whole."
    )
