"""The view of a terminal."""

import io
from dataclasses import replace

import pytest
from attaching import TURN as ATTACHING
from screen import Screen

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.events import Cited, ContentDelta, ContentWasReasoning, Ended, Opened, ReasoningDelta, Retrying
from runware_magic.chat.messages import Message, ToolCall
from runware_magic.chat.sources import Source
from runware_magic.chat.turn import Reply, Timing, Turn
from runware_magic.display.render.attached import attached_line
from runware_magic.display.views.terminal import TerminalView
from runware_magic.engine.view import Settled
from runware_magic.errors import RateLimitedError

TURN = Turn(id="1", model="m", endpoint="https://x", messages=(), timing=Timing("2026-01-01T00:00:00Z"))


def written(*events, colour=False, reasoning="auto", notes=(), state="complete"):
    """Draw after every event, settle, and give what was written."""
    stream, builder = io.StringIO(), TurnBuilder(TURN)
    view = TerminalView(lambda: stream, colour=colour, reasoning=reasoning)
    view.open(builder)
    for event in events:
        builder.fold(event, 1.0)
        view.draw(builder, 1.0)
    builder.fold(Ended(), 1.0)
    view.settle(Settled(builder.snapshot(state), tuple(notes)))
    return stream.getvalue()


def test_text_comes_first_and_the_badge_last():
    """Pieces join without a seam; notes and badge stand in lines of their own."""
    text = written(Opened(), ContentDelta("Hel"), ContentDelta("lo."), notes=["A note."])
    assert text == "Hello.\nA note.\nm · usage unknown\n"


def test_what_is_attached_is_said_before_the_answer():
    """Once: when the answer begins, or where it is shown again."""
    stream, builder, line = io.StringIO(), TurnBuilder(ATTACHING), attached_line(ATTACHING)
    view = TerminalView(lambda: stream, colour=False)
    view.open(builder)
    assert stream.getvalue() == f"{line}\n"
    builder.fold(ContentDelta("A dot."), 1.0)
    view.draw(builder, 1.0)
    view.settle(Settled(ATTACHING))
    assert stream.getvalue().startswith(f"{line}\nA dot.\n")
    assert stream.getvalue().count(line) == 1
    again = io.StringIO()
    TerminalView(lambda: again, colour=False).settle(Settled(ATTACHING))
    assert again.getvalue().startswith(f"{line}\nA dot.\n")


def test_sources_come_between_the_answer_and_its_badge():
    """Numbered, with their addresses, which terminals make links of."""
    text = written(Opened(), Cited((Source("https://x.org/", "X"), Source("", "Y\x1b"))), ContentDelta("See [1]."))
    assert text == "See [1].\n[1] X · https://x.org/\n[2] Y\u241b\nm · usage unknown\n"


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
    stream, builder = io.StringIO(), TurnBuilder(TURN)
    view = TerminalView(lambda: stream, colour=False)
    builder.fold(Retrying("429: busy", 2, 2.0), 1.0)
    view.draw(builder, 1.0)
    view.draw(builder, 2.0)
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
    view.open(TurnBuilder(turn))
    view.draw(TurnBuilder(turn), 1.0)
    assert stream.getvalue() == ""
    view.settle(Settled(turn))
    assert stream.getvalue() == "> Say it\nHal\nStopped.\nm · stopped · usage unknown\n"
    view.refuse("m", RateLimitedError("busy", "", 429))
    assert stream.getvalue().endswith("busy\n\nm · refused · 429\n")


class Terminal(io.StringIO):
    """A stream that is a terminal of the usual size."""

    def isatty(self):
        """Return that it is one."""
        return True


@pytest.fixture
def term(monkeypatch):
    """Set the variables that tell what the terminal can."""

    def choose(name="xterm-256color", no_color=None):
        monkeypatch.setenv("TERM", name)
        monkeypatch.delenv("NO_COLOR", raising=False)
        if no_color is not None:
            monkeypatch.setenv("NO_COLOR", no_color)

    return choose


ANSWER = (ReasoningDelta("Hm, **so**."), ContentDelta("A **bo"), ContentDelta("ld** `word`.\n\n- item"))


def streamed(*events, state="complete", **settings):
    """Draw after every event in a terminal, settle, and give what was written."""
    stream, builder = Terminal(), TurnBuilder(TURN)
    view = TerminalView(lambda: stream, colour=True, **settings)
    view.open(builder)
    for event in events:
        builder.fold(event, 1.0)
        view.draw(builder, 1.0)
    builder.fold(Ended(), 1.0)
    view.settle(Settled(builder.snapshot(state)))
    return stream.getvalue()


def on_screen(text):
    """Give the lines that a screen shows."""
    screen = Screen()
    screen.write(text)
    assert not screen.is_styled
    return screen.lines


def test_a_terminal_shows_markdown(term):
    """Reasoning dimmed, the answer with its marks as bold, colours and bullets, then the badge."""
    term()
    text = streamed(*ANSWER)
    badge = "m · usage unknown"
    assert on_screen(text) == ["Hm, so.", "", "A bold word.", "", "• item", badge, ""]
    assert text.startswith("\x1b[2mHm, \x1b[0m\x1b[1;2mso\x1b[0m\x1b[2m.\x1b[0m\n\nA \x1b[1mbo")
    assert "\x1b[36mword" in text


def test_without_colour_bold_stays(term):
    """NO_COLOR is honoured unless it is empty."""
    term(no_color="1")
    text = streamed(*ANSWER)
    assert "\x1b[1mbold\x1b[0m `word`." in text
    assert "\x1b[36m" not in text
    term(no_color="")
    assert "\x1b[36m" in streamed(*ANSWER)


@pytest.mark.parametrize("name", ["dumb", "DUMB", "unknown"])
def test_a_dumb_terminal_gets_the_text(term, name):
    """As a pipe does, without any escape sequence."""
    term(name)
    assert streamed(*ANSWER) == "Hm, **so**.\n\nA **bold** `word`.\n\n- item\nm · usage unknown\n"


def test_an_answer_that_was_interrupted_ends_its_colours(term):
    """What is open is shown as it came, and the badge says that it was stopped."""
    term()
    lines = on_screen(streamed(ContentDelta("A **bold `wo"), state="stopped"))
    assert lines == ["A **bold `wo", "m · stopped · usage unknown", ""]


def test_content_that_was_reasoning_stays_where_it_is(term):
    """The answer follows it."""
    term()
    text = streamed(ContentDelta("Hm *a*."), ContentWasReasoning(), ContentDelta("Yes"), ContentDelta("."))
    assert on_screen(text)[:3] == ["Hm a.", "", "Yes."]


def test_a_retry_is_said_below_what_there_is(term):
    """Nothing is overwritten."""
    term()
    lines = on_screen(
        streamed(ReasoningDelta("Hm."), Retrying("429", 2, 2.0), ReasoningDelta("So."), ContentDelta("4"))
    )
    assert [line for line in lines if line][:4] == ["Hm.", "m · retrying in 2 s (429), attempt 2 · 1 s", "So.", "4"]


def test_markdown_of_a_model_cannot_reach_the_terminal(term):
    """Neither as it is nor as a character reference."""
    term()
    lines = on_screen(streamed(ReasoningDelta("\x1b[2J"), ContentDelta("&#27;]8;;https://x.org&#7;a `\x1b[1A`")))
    assert lines[:3] == ["␛[2J", "", "\ufffd]8;;https://x.org\ufffda ␛[1A"]


def test_a_reader_that_left_stops_no_answer():
    """It is kept all the same."""

    class Broken(io.StringIO):
        def write(self, _):
            raise BrokenPipeError

        def flush(self):
            raise BrokenPipeError

    view = TerminalView(Broken, colour=False)
    view.settle(Settled(replace(TURN, reply=Reply("Hi"))))


def test_a_stream_without_unicode_gets_what_it_can():
    """With question marks for the rest."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    TerminalView(lambda: stream, colour=False).settle(Settled(replace(TURN, reply=Reply("naïve"))))
    assert raw.getvalue().startswith(b"na?ve\nm ? streaming")


def test_a_mark_stands_above_an_answer_that_has_not_streamed(term):
    """That an earlier turn has changed, in the colour of warnings; in a pipe as text."""
    term()
    settled = Settled(replace(TURN, reply=Reply("*Hi*")), mark="Turn 1 has changed since.")
    for stream, colours in ((Terminal(), True), (io.StringIO(), False)):
        TerminalView(lambda stream=stream: stream, colour=colours).settle(settled)
        begins = "\x1b[33;1m⚠ Turn 1 has changed since.\x1b[0m\n" if colours else "⚠ Turn 1 has changed since.\n"
        assert stream.getvalue().startswith(begins)


def test_a_mark_stands_below_an_answer_that_has_streamed(term):
    """Its top cannot be changed any more."""
    term()
    stream, builder = Terminal(), TurnBuilder(TURN)
    view = TerminalView(lambda: stream, colour=True)
    builder.fold(ContentDelta("A **b"), 1.0)
    view.draw(builder, 1.0)
    builder.fold(ContentDelta("**\n\n- c"), 1.0)
    view.settle(Settled(builder.snapshot("complete"), mark="Turn 1 has changed since."))
    assert on_screen(stream.getvalue())[:4] == ["A b", "", "• c", "⚠ Turn 1 has changed since."]


def test_an_answer_that_ends_in_the_background_is_not_overwritten(term):
    """The one that grows goes on below it."""
    term()
    stream, builder = Terminal(), TurnBuilder(TURN)
    view = TerminalView(lambda: stream, colour=True)
    builder.fold(ContentDelta("One.\n\n- **tw"), 1.0)
    view.draw(builder, 1.0)
    other = TerminalView(lambda: stream, colour=True, background=True)
    other.settle(Settled(replace(TURN, messages=(Message("user", "Q"),), reply=Reply("*Hi*\n\nyou"))))
    builder.fold(ContentDelta("o**\n- three"), 1.0)
    view.draw(builder, 1.0)
    view.settle(Settled(builder.snapshot("complete")))
    lines = on_screen(stream.getvalue())
    assert lines[:3] == ["One.", "", "• tw"]
    assert lines[3:8] == ["> Q", "Hi", "", "you", "m · streaming · usage unknown"]
    assert lines[8:12] == ["One.", "", "• two", "• three"]
