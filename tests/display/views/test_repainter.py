"""Lines of a terminal that change: only the last ones are written again, and only while they are in reach."""

import os
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from screen import Screen
from wcwidth import wcwidth

from runware_magic.display.render.terminal_document import TerminalDocument
from runware_magic.display.render.terminal_lines import Span
from runware_magic.display.views.repainter import GrowingMarkdown, Repainter, size_of

#: As those of `tests/support/wild_texts.py`.
SIZE = os.terminal_size((80, 24))
#: Pieces of which models' texts are made, and of which attacks are.
WORDS = st.sampled_from(
    [
        *(
            "word ",
            "**",
            "*",
            "_",
            "`",
            "```",
            "```py\n",
            "~~",
            "# ",
            "- ",
            "  - ",
            "1. ",
            "> ",
            "|",
            "| a | b |\n|--|--|\n",
        ),
        *(
            "\n",
            "\n\n",
            "    ",
            "\t",
            "[a](https://x.org)",
            "[",
            "](",
            "![",
            "$x$",
            "$$",
            "\\(",
            "<kbd>",
            "</kbd>",
            "<br>",
        ),
        *("<details>", "[^1]", "[^1]: ", "---", "===", "数量", "。", "🍎", "👨\u200d👩", "e\u0301", "\u05d0", "\ufe0f"),
        *("\x1b[2J", "\x1b]8;;https://x.org\x1b\\", "\x9b31m", "\r", "\x07", "\x08", "\u202e", "\u2066", "\u2028"),
        *(
            "&#27;",
            "&#x1b;[2J",
            "&#155;",
            "&#x202E;",
            "&#13;",
            "&#10;",
            "&#7;",
            "&amp;#27;",
            "\ud800",
            "[red]",
            "x" * 90,
        ),
    ]
)
texts = st.lists(WORDS | st.text(max_size=5), max_size=60).map("".join)


def line(text):
    """Give a line of one piece."""
    return (Span(text),)


def painted(*frames, size=SIZE):
    """Paint frames of (final, tail); give the screen, and what was written in each step."""
    screen, written = Screen(size.columns, size.lines), []
    painter = Repainter(lambda text: (written.append(text), screen.write(text)), colours=True)
    for final, tail in frames:
        painter.paint([*map(line, final)], [*map(line, tail)], size)
    painter.end()
    return screen, written


def test_a_line_that_grows_is_only_added_to():
    """The most frequent case: no escape sequence at all."""
    screen, written = painted(([], ["a"]), ([], ["a b"]), ([], ["a b", "c"]), (["a b"], ["c d"]))
    assert written == ["a", " b", "\nc", " d", "\n"]
    assert screen.lines == ["a b", "c d", ""]


def test_what_has_not_changed_is_not_written_again():
    """Lines above the first that changed stay."""
    screen, written = painted(([], ["a", "b", "c"]), ([], ["a", "x", "c", "d"]))
    assert written[1] == "\r\x1b[1A\x1b[Jx\nc\nd"
    assert screen.lines == ["a", "x", "c", "d", ""]


def test_lines_can_go():
    """Also all of them."""
    assert painted(([], ["a", "b"]), ([], ["a"]), ([], ["a c"]))[0].lines == ["a c", ""]
    assert painted(([], ["a", "b"]), ([], []), ([], ["c"]))[0].lines == ["c", ""]


def test_nothing_written_ends_nothing():
    """An empty answer has no line."""
    assert painted(([], []))[1] == []


def test_what_has_left_the_screen_stays():
    """No terminal can change it; the rest is right."""
    before, after = [f"a{at}" for at in range(40)], [f"b{at}" for at in range(41)]
    screen, _ = painted(([], before), ([], after))
    assert screen.lines == [*before[:16], *after[16:], ""]


def test_a_line_that_the_terminal_wraps_is_found_again():
    """By the rows that it takes."""
    screen, _ = painted(([], ["x" * 85, "数" * 41, "c"]), ([], ["y", "z", "c"]))
    assert screen.lines == ["y", "z", "c", ""]


@pytest.mark.parametrize("columns", [200, 30, 7])
def test_a_resize_overwrites_nothing_above(columns):
    """Whether or not the terminal wraps its lines anew, what stands above the answer stays."""
    screen = Screen()
    screen.write("above\n" * 3)
    growing = GrowingMarkdown(screen.write, colours=True)
    growing.draw("Some words of a text that is long enough to need a line or two, or even three. **So**", SIZE)
    screen.columns = columns
    growing.draw(" it goes on, and on.", os.terminal_size((columns, 24)))
    growing.draw("", os.terminal_size((columns, 24)), ended=True)
    assert screen.lines[:3] == ["above"] * 3
    assert "".join(" ".join(screen.lines).split()).endswith("andon.")


def test_a_stream_without_a_size_has_the_usual_one():
    """A pipe, or a stream that is none."""
    with open(os.devnull) as null:  # noqa: PTH123  # a stream
        assert size_of(null) == SIZE
    assert size_of(null) == SIZE
    assert size_of(None) == SIZE


@pytest.mark.fuzz
def test_a_long_answer_is_written_about_once():
    """Of 256 KB that come in pieces, each line goes to the terminal about once."""
    block = (
        "A *paragraph* of some words, and more of them, up to the end of a line, and of another.\n\n- item **b**\n\n"
    )
    written = []
    growing = GrowingMarkdown(written.append, colours=True)
    text = block * (256_000 // len(block))
    for start in range(0, len(text), 500):
        growing.draw(text[start : start + 500], SIZE)
    growing.draw("", SIZE, ended=True)
    assert sum(map(len, written)) < 1.5 * len(text)


@given(texts, st.lists(st.integers(0, 400), max_size=8), st.sampled_from([2, 7, 40, 80]), st.booleans())
def test_nothing_but_our_own_sequences_reaches_a_terminal(text, cuts, columns, colours):
    """And the screen shows the lines of the answer, however it came, with its colours reset at every step."""
    size = os.terminal_size((columns, 5000))
    screen, seen = Screen(*size), []
    growing = GrowingMarkdown(screen.write, colours=colours)
    document = TerminalDocument(colours=colours, width=max(1, columns - 1))
    bounds = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    for start, end in pairwise(bounds):
        growing.draw(text[start:end], size)
        assert not screen.is_styled
        document.feed(text[start:end])
        seen += document.lines()[0]
    growing.draw("", size, ended=True)
    final, tail = document.lines(ended=True)
    told = "".join(span.text for one in (*seen, *final, *tail) for span in one)
    assert bare("".join(screen.lines)) == bare(told)


@given(texts, st.integers(1, 50), st.integers(2, 90), st.integers(1, 6))
def test_no_text_moves_a_small_screen(text, step, columns, rows):
    """The cursor never goes above what the screen shows."""
    size = os.terminal_size((columns, rows))
    screen = Screen(*size)
    growing = GrowingMarkdown(screen.write, colours=True, roles=("dim",))
    for start in range(0, len(text), step):
        growing.draw(text[start : start + step], size)
    growing.draw("", size, ended=True)
    assert not screen.is_styled


def bare(text):
    """Give a text without spaces, and without what takes no column."""
    return "".join(char for char in text if wcwidth(char) > 0 and not char.isspace())
