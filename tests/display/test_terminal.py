"""The view of a terminal."""

import io
from dataclasses import replace

import pytest

from runware_magic.chat.events import ContentDelta, ContentWasReasoning, Opened, ReasoningDelta, Retrying
from runware_magic.chat.messages import Message, ToolCall
from runware_magic.chat.turn import Draft, Reply, Timing, Turn
from runware_magic.display.terminal import TerminalView
from runware_magic.display.view import Settled
from runware_magic.errors import RateLimitedError

TURN = Turn(id="1", model="m", endpoint="https://x", messages=(), timing=Timing("2026-01-01T00:00:00Z"))


def written(*events, colour=False, reasoning="auto", notes=(), state="complete"):
    """Draw after every event, settle, and give what was written."""
    stream, draft = io.StringIO(), Draft(TURN)
    view = TerminalView(lambda: stream, colour=colour, reasoning=reasoning)
    view.open(draft)
    for event in events:
        draft.fold(event, 1.0)
        view.draw(draft, 1.0)
    view.settle(Settled(draft.snapshot(state), tuple(notes)))
    return stream.getvalue()


def test_text_comes_first_and_the_badge_last():
    """Pieces join without a seam; notes and badge stand in lines of their own."""
    text = written(Opened(), ContentDelta("Hel"), ContentDelta("lo."), notes=["A note."])
    assert text == "Hello.\nA note.\nm · usage unknown · first token 1.00 s\n"


def test_reasoning_stands_apart_and_is_dimmed():
    """Every piece of reasoning is dimmed by itself, so that an interrupt leaves the terminal as it was."""
    text = written(ReasoningDelta("Hm"), ReasoningDelta("m."), ContentDelta("4"), colour=True)
    assert text.startswith("\x1b[2mHm\x1b[0m\x1b[2mm.\x1b[0m\n\n4\n")


@pytest.mark.parametrize("reasoning", ["folded", "hidden"])
def test_reasoning_can_be_left_out(reasoning):
    """A terminal cannot fold, so folded reasoning is not written."""
    assert written(ReasoningDelta("Hm."), ContentDelta("4"), reasoning=reasoning).startswith("4\n")


def test_a_pipe_gets_no_escape_sequence():
    """Without colour nothing but text is written, whatever the model sends."""
    text = written(ReasoningDelta("\x1b"), ReasoningDelta("[2J"), ContentDelta("\x1b]0;t"), ContentDelta("\a"))
    assert "\x1b" not in text
    assert "\a" not in text


def test_content_that_was_reasoning_is_not_written_twice():
    """It cannot be taken back; the answer follows it."""
    text = written(ContentDelta("Hm."), ContentWasReasoning(), ContentDelta("Yes"), ContentDelta("."))
    assert text.startswith("Hm.\n\nYes.\n")


def test_a_retry_is_said_once():
    """Waiting is drawn many times, and written once."""
    stream, draft = io.StringIO(), Draft(TURN)
    view = TerminalView(lambda: stream, colour=False)
    draft.fold(Retrying("429: busy", 2, 2.0), 1.0)
    view.draw(draft, 1.0)
    view.draw(draft, 2.0)
    assert stream.getvalue() == "m · retrying in 2 s (429: busy), attempt 2 · 1 s\n"


def test_what_was_not_drawn_yet_is_written_at_the_end():
    """Settling writes the rest, tool calls included."""
    stream = io.StringIO()
    call = ToolCall("1", "f", "{}")
    turn = Turn(
        **{**{name: getattr(TURN, name) for name in TURN.__dataclass_fields__}, "reply": Reply("4", "", (call,))}
    )
    TerminalView(lambda: stream, colour=False).settle(Settled(turn))
    assert stream.getvalue() == "4\nf({})\nm · streaming · usage unknown\n"


def test_a_refusal_is_a_line():
    """A request without an answer leaves one line."""
    stream = io.StringIO()
    TerminalView(lambda: stream, colour=False).refuse("m", RateLimitedError("busy", "", 429))
    assert stream.getvalue() == "m · refused · 429\n"


def test_in_the_background_it_is_written_in_one_piece():
    """With the prompt that it answers, since that is far above, and with what went wrong."""
    stream = io.StringIO()
    turn = replace(TURN, messages=(Message("user", "Say\nit"),), reply=Reply("Hal"), state="stopped", error="Stopped.")
    view = TerminalView(lambda: stream, colour=False, background=True)
    view.open(Draft(turn))
    view.draw(Draft(turn), 1.0)
    assert stream.getvalue() == ""
    view.settle(Settled(turn))
    assert stream.getvalue() == "> Say it\nHal\nStopped.\nm · stopped · usage unknown\n"
    view.refuse("m", RateLimitedError("busy", "", 429))
    assert stream.getvalue().endswith("busy\n\nm · refused · 429\n")
