"""Text from outside has no power over a terminal."""

import pytest

from runware_magic.chat.text import one_line, plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\tb\nc", "a\tb\nc"),
        ("\x1b[31mred", "␛[31mred"),
        ("\x9b31mred", "31mred"),
        ("beep\a, back\b\b", "beep␇, back␈␈"),
        ("nul\0 del\x7f", "nul␀ del␡"),
        ("over\rwritten\r\n", "overwritten\n"),
        ("a\u202eb\u2066c\u2069", "abc"),
        ("שלום\u200f Ünï 🎉", "שלום\u200f Ünï 🎉"),
        ("lone \ud800", "lone \ufffd"),
    ],
)
def test_controls_are_disarmed(text, shown):
    """Controls that move, colour, ring, delete or reorder are made visible or removed; the rest stays."""
    assert plain(text) == shown


def test_a_sequence_split_over_two_pieces_is_disarmed():
    """Each character is looked at alone."""
    assert plain("\x1b") + plain("[2J") == plain("\x1b[2J")


@pytest.mark.parametrize(
    ("text", "limit", "line"),
    [("  two\n words ", 20, "two words"), ("abcdef", 4, "abc…"), ("ab  cd", 4, "ab…"), ("x" * 10**6, 3, "xx…")],
)
def test_one_line_is_short_and_one_line(text, limit, line):
    """White space is folded, and what is too long ends in an ellipsis within the limit."""
    assert one_line(text, limit) == line
