"""What a screen reader says while answers come."""

import re
from dataclasses import replace
from html import unescape
from itertools import pairwise

import pytest
from ipywidgets import HTML
from tooling import builder_with, everything, under_way

from runware_magic.chat.draft import RUNNING, WAITING, TurnBuilder
from runware_magic.chat.events import ContentDelta, Opened, ReasoningDelta, Retrying
from runware_magic.chat.turn import COMPLETE, DONE, STOPPED, Reply, Timing, Turn
from runware_magic.display.views import announcer as module
from runware_magic.display.views.announcer import GridNarrator, Narrator
from runware_magic.engine.view import Slot

TURN = Turn(id="1", model="m", endpoint="https://x", messages=(), timing=Timing("2026-01-01T00:00:00Z"))


def narrator_of(kind=Narrator):
    """Give a narrator of a view with one style."""
    return kind(HTML().style)


def said(narrator):
    """Give what is said."""
    match = re.fullmatch(r'<div role="status" aria-live="polite" style="[^"]*">(.*)</div>', narrator.widget.value)
    return unescape(match[1])


def last(narrator, ended):
    """Give what is said at the end."""
    narrator.end(ended, None)
    return said(narrator)


def ended(content, **fields):
    """Give a turn that has ended."""
    return replace(TURN, reply=Reply(content), **fields)


def test_three_seconds_lie_between_two_messages_at_least():
    """At fifteen frames a second, all along; what has come in the meantime is said at once, and all of it once."""
    builder, narrator, told = TurnBuilder(TURN), narrator_of(), []
    for frame in range(15 * 60):
        if frame % 20 == 0:
            builder.fold(ContentDelta(f"Paragraph {frame}.\n\n"), frame / 15)
        if narrator.draw(builder, frame / 15):
            told.append((frame / 15, said(narrator)))
    times = [time for time, _ in told]
    assert 15 < len(times) < 21
    assert all(later - earlier > module._REST_S - 0.001 for earlier, later in pairwise(times))
    paragraphs = " ".join(f"Paragraph {frame}." for frame in range(0, 15 * 60, 20))
    whole = " ".join(text for _, text in told)
    assert paragraphs.startswith(whole)
    assert len(whole) > 0.8 * len(paragraphs)
    left = last(narrator, ended(builder.content, state=COMPLETE)).partition(" Answer complete.")[0]
    assert f"{whole} {left}" == paragraphs


def test_nothing_is_said_before_the_last_was_heard():
    """However fast a model is."""
    builder, narrator = TurnBuilder(TURN), narrator_of()
    builder.fold(ContentDelta("".join(f"A paragraph of words, number {number}.\n\n" for number in range(50))), 1.0)
    assert narrator.draw(builder, 1.0) == 1
    seconds = len(said(narrator)) / module._CHARACTERS_A_S
    assert seconds > 10
    assert narrator.draw(builder, seconds) == 0
    assert narrator.draw(builder, 1.0 + seconds) == 1


@pytest.mark.parametrize("kind", [Narrator, GridNarrator])
def test_not_every_frame_looks_for_something_to_say(kind):
    """Where there was nothing, half a second later."""
    narrator, looks = narrator_of(kind), []
    builder = TurnBuilder(TURN)
    builder.fold(ContentDelta("word"), 0.0)
    new = narrator._new
    narrator._new = lambda *now: looks.append(now) or new(*now)
    for frame in range(150):
        narrator.draw(builder if kind is Narrator else [Slot("a")], frame / 15)
    assert 10 <= len(looks) <= 20


def test_a_clock_that_begins_anew_is_followed():
    """After the wait for an earlier answer."""
    builder, narrator = TurnBuilder(replace(TURN)), narrator_of()
    builder.waits_for = "an earlier answer"
    assert narrator.draw(builder, 100.0) == 1
    builder = TurnBuilder(TURN)
    builder.fold(ContentDelta("Hello.\n\nAnd"), 0.5)
    assert narrator.draw(builder, 0.5) == 1


def test_the_clock_is_not_said():
    """What happens is, once."""
    builder, narrator = TurnBuilder(TURN), narrator_of()
    told = []
    for second, event in enumerate([None, Opened(), None, None, ReasoningDelta("Hm. Well. "), *[None] * 5]):
        if event:
            builder.fold(event, 4.0 * second)
        if narrator.draw(builder, 4.0 * second):
            told.append(said(narrator))
    assert told == ["Waiting for the model.", "Thinking."]


def test_another_attempt_is_said():
    """With its reason."""
    builder, narrator = TurnBuilder(TURN), narrator_of()
    builder.fold(Retrying("429", 2, 5.0), 1.0)
    narrator.draw(builder, 1.0)
    assert said(narrator) == "Retrying after 429: attempt 2."


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        (ended("Four.", state=COMPLETE), "Four. Answer complete. m, usage unknown."),
        (
            replace(ended("Four.", state=COMPLETE), maybe_cut=True),
            "Four. Answer ended, and may be cut off. m, no finish reason, usage unknown.",
        ),
        (
            ended("Four *and", state=STOPPED, error="Stopped."),
            "Four *and. Answer stopped. Stopped. m, stopped, usage unknown.",
        ),
        (ended("word " * 500, state=COMPLETE), "Answer complete. m, usage unknown."),
    ],
)
def test_the_end_is_said(turn, words):
    """With what was not said yet, if it is little."""
    assert last(narrator_of(), turn) == words


def test_hostile_text_is_said_as_text():
    """Nothing in it is an element."""
    builder, narrator = TurnBuilder(TURN), narrator_of()
    builder.fold(ContentDelta("<img src=x onerror=y> \"' \x1b\n\nMore"), 0.0)
    assert narrator.draw(builder, 0.0) == 1
    assert said(narrator) == "<img src=x onerror=y> \"' ␛."
    assert narrator.widget.value.count("<") == 2


@pytest.mark.parametrize(("hears", "pauses"), [(True, [module._HEARD_S]), (False, [])])
def test_the_last_word_is_waited_for_where_somebody_may_hear_it(monkeypatch, hears, pauses):
    """A notebook that is run without a front end takes no longer for it."""
    monkeypatch.setattr(module, "hears_while_running", lambda _: hears)
    waited = []
    narrator = narrator_of()
    narrator._pause = waited.append
    narrator.end(ended("x"), None)
    assert waited == pauses


def test_of_several_answers_beginnings_and_ends_are_said():
    """How many, and not what they say."""
    slots = [Slot(name, builder=TurnBuilder(TURN)) for name in "abc"]
    narrator = narrator_of(GridNarrator)
    assert narrator.draw(slots, 0.0) == 0
    for slot in slots[:2]:
        slot.builder.fold(ContentDelta("secret"), 1.0)
    assert narrator.draw(slots, 1.0) == 1
    assert said(narrator) == "2 of 3 answers started, 0 finished."
    slots[1].turn, slots[1].builder = ended("x", state=COMPLETE), None
    slots[2].error = "spent"
    assert narrator.draw(slots, 9.0) == 1
    assert said(narrator) == "3 of 3 answers started, 2 finished."
    assert narrator.draw(slots, 20.0) == 0
    whole = [ended("x", state=COMPLETE), ended("y", state=STOPPED)]
    assert last(narrator, whole) == "All 2 answers finished, 1 of them complete."


@pytest.mark.parametrize(
    ("states", "text"),
    [
        ([WAITING], "weather waits for you."),
        ([WAITING] * 5, "weather, weather, weather and 2 more wait for you."),
        ([DONE, WAITING], "weather waits for you."),
        ([RUNNING], "Running weather."),
        ([RUNNING, WAITING], "weather waits for you."),
    ],
)
def test_a_call_that_waits_is_told(states, text):
    """After the rest of what the model said, and once; nobody hears how the seconds pass."""
    narrator = narrator_of()
    builder = builder_with(*map(under_way, states), content="One.\n\nI look.")
    assert narrator.draw(builder, 3.0) == 1
    assert said(narrator) == f"One. I look. {text}"
    assert [narrator.draw(builder, float(second)) for second in range(10, 40)] == [0] * 30


def test_calls_are_told_between_texts():
    """The text of each reply once, however short it is; the end tells how many calls there were."""
    narrator, told = narrator_of(), []
    replies = everything().replies
    drawn = (
        builder_with(content="I look.\n\nNow."),
        builder_with(under_way(WAITING), content="I look.\n\nNow."),
        builder_with(under_way(RUNNING), content="I look.\n\nNow."),
        builder_with(under_way(DONE), content="I look.\n\nNow."),
        builder_with(replies=replies, content="It.\n\nRains."),
    )
    for at, builder in enumerate(drawn):
        if narrator.draw(builder, 10.0 * at):
            told.append(said(narrator))
    assert told == ["I look.", "Now. weather waits for you.", "Running weather.", "It."]
    told = last(narrator, replace(everything(), reply=Reply("It.\n\nRains.")))
    assert told.startswith("Rains. Answer complete. m, 5 tool calls (1 failed, 1 refused), ")
