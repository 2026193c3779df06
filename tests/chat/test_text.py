"""Text from outside has no power over a terminal."""

import pytest

from runware_magic.chat.text import one_line, plain, visible


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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rm -rf ~\nls", "rm -rf ~\nls"),
        ("שלום, 你好, é, e\u0301, ❤\ufe0f", "שלום, 你好, é, e\u0301, ❤\ufe0f"),
        ("مي\u200cم क्\u200dष 👩\u200d🔬", "مي\u200cم क्\u200dष 👩\u200d🔬"),
        ("a\u200db\u200c", "a\\u200db\\u200c"),
        ("क\u200d\u200d", "क\u200d\\u200d"),
        ("a\u202eb\u2066c\ufeff\u00ad\0\t", "a\\u202eb\\u2066c\\ufeff\\u00ad\\u0000\\u0009"),
        ("a\u3164b\u115f\u2800\ufe01\u034f", "a\\u3164b\\u115f\\u2800\\ufe01\\u034f"),
        ("a\U000e0041\U000e0101", "a\\U000e0041\\U000e0101"),
        ("lone \ud800", "lone \\ud800"),
        ("a\u00a0\u2003b", "a\\u00a0\\u2003b"),
    ],
)
def test_what_cannot_be_seen_has_its_code(text, shown):
    """Also what Unicode counts as a letter, a mark or a sign; what words and emoji need stays."""
    assert visible(text) == shown


@pytest.mark.parametrize("beside", ["a", "ä", "…"])
def test_each_character_is_shown_the_same_beside_any_other(beside):
    """Controls are found in any text: each alone, in one that is all ASCII and in one that is not."""
    for code in (*range(0x300), *range(0x2000, 0x2100), 0xD800, 0xFEFF, 0xFFFF, 0x1F389):
        assert plain(chr(code) + beside) == plain(chr(code)) + beside


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
