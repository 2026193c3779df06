"""Several answers in a terminal."""

import io
import re
from dataclasses import replace

from variants import answer, answers

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.turn import FAILED, Reply
from runware_magic.display.views.terminal import TerminalView
from runware_magic.display.views.terminal_grid import TerminalGridView
from runware_magic.engine.view import Settled, Slot
from runware_magic.errors import ConnectError


def opened(count):
    """Give a view, the slots that it shows, and what it writes."""
    stream = io.StringIO()
    slots = [Slot(f"temperature {number}") for number in range(1, count + 1)]
    view = TerminalGridView(lambda: stream, colour=False)
    view.open(slots)
    return view, slots, stream


def test_each_answer_is_told_as_it_ends():
    """A line, once; how many have ended goes before, since they end in any order."""
    view, slots, stream = opened(3)
    slots[1].turn = answer(2)
    slots[2].builder = TurnBuilder(answer(3))
    assert view.draw(slots, 1.0).words
    assert not view.draw(slots, 2.0).words
    slots[0].turn = answer(1, state=FAILED, usage=None)
    slots[2].builder, slots[2].error = None, "The budget\nis used up."
    view.draw(slots, 3.0)
    assert stream.getvalue().splitlines() == [
        "[1/3] 2 · temperature 2 · m · 51 in / 38 out · $0.0100 · 2.4 s",
        "[2/3] 1 · temperature 1 · m · failed · usage unknown · 2.4 s",
        "[3/3] 3 · temperature 3 · not sent: The budget is used up.",
    ]


def test_the_table_and_the_answers_come_last_and_once():
    """What is written cannot be changed."""
    view, _, stream = opened(2)
    turns = answers(2)
    view.settle(Settled(turns[0], variants=turns))
    text = stream.getvalue()
    assert text.index("2 answers · m") < text.index("--- 1 · temperature 1 · in use ---") < text.index("Answer **2**.")
    view.settle(Settled(turns[1], variants=turns))
    assert stream.getvalue() == text


def test_a_terminal_that_shows_one_turn_can_show_all_that_it_was_compared_with():
    """As one that was kept, for example."""
    stream, turns = io.StringIO(), answers(2)
    TerminalView(lambda: stream, colour=False).settle(Settled(turns[0], variants=turns))
    assert "--- 2 · temperature 2 ---" in stream.getvalue()


def test_a_refusal_is_a_line_and_colours_are_for_terminals_that_have_them():
    """Dimmed, and never left dim."""
    stream = io.StringIO()
    TerminalGridView(lambda: stream, colour=True).refuse("m", ConnectError("x"))
    assert stream.getvalue() == "\x1b[2mm · no answer\x1b[0m\n"


class Terminal(io.StringIO):
    """A stream that is a terminal of the usual size."""

    def isatty(self):
        """Return that it is one."""
        return True


def test_the_answers_are_markdown_in_a_terminal(monkeypatch):
    """Between the table and the badges, which are text; in a pipe all is text."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    turns = answers(2)
    shown = {}
    for kind in (Terminal, io.StringIO):
        stream = kind()
        TerminalGridView(lambda stream=stream: stream, colour=True).settle(Settled(turns[0], variants=turns))
        shown[kind] = stream.getvalue()
    assert shown[Terminal].count("**") == 0
    assert shown[Terminal].count("\x1b[1m") == 2
    assert re.sub(r"\x1b\[\d+m", "**", shown[Terminal]) == shown[io.StringIO]


def test_an_answer_like_a_part_of_the_table_is_told_apart(monkeypatch):
    """Also where one answer holds the other."""
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    turns = tuple(replace(answer(at), reply=Reply(text)) for at, text in enumerate(("*a*", "b\n\n*a*\n\nc"), 1))
    TerminalView(lambda: stream, colour=True).settle(Settled(turns[0], variants=turns))
    assert "*" not in stream.getvalue().partition("--- 1")[2]
    assert "b\n\n\x1b[3ma\x1b[0m\n\nc\n\n" in stream.getvalue()
