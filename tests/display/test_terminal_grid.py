"""Several answers in a terminal."""

import io

from variants import answer, answers

from runware_magic.chat.turn import FAILED, Draft
from runware_magic.display.terminal import TerminalView
from runware_magic.display.terminal_grid import TerminalGridView
from runware_magic.display.view import Settled, Slot
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
    slots[2].draft = Draft(answer(3))
    assert view.draw(slots, 1.0).words
    assert not view.draw(slots, 2.0).words
    slots[0].turn = answer(1, state=FAILED, usage=None)
    slots[2].draft, slots[2].error = None, "The budget\nis used up."
    view.draw(slots, 3.0)
    assert stream.getvalue().splitlines() == [
        "[1/3] 2 · temperature 2 · m · 51 in / 38 out · $0.0100 · first token 0.41 s · 19 tokens/s",
        "[2/3] 1 · temperature 1 · m · failed · usage unknown · first token 0.41 s",
        "[3/3] 3 · temperature 3 · not asked: The budget is used up.",
    ]


def test_the_table_and_the_answers_come_last_and_once():
    """What is written cannot be changed."""
    view, _, stream = opened(2)
    turns = answers(2)
    view.settle(Settled(turns[0], variants=turns))
    text = stream.getvalue()
    assert text.index("2 answers · m") < text.index("--- 1 · temperature 1 · counts ---") < text.index("Answer **2**.")
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
