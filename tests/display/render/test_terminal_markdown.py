"""Markdown as lines of a terminal."""

import pytest

from runware_magic.display.render.terminal_lines import Span, encoded, line_width, rows_of, width_of, wrapped
from runware_magic.display.render.terminal_markdown import render_lines

CODE = "```python\ndef f():\n    return 1\n```"
TABLE = "| Name | 数量 |\n|:--|--:|\n| Apple 🍎 | 12 |\n| b | 3 |"


def shown(text, width=79, *, colours=True, escapes=False):
    """Give the lines of a text, by default without their colours."""
    lines = render_lines(text, {}, width, colours=colours).lines
    if escapes:
        return [encoded(line, colours=colours) for line in lines]
    return ["".join(span.text for span in line) for line in lines]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("# Head\nText", ["Head", "", "Text"]),
        ("a **b** *c* ~~d~~ `e`", ["a b c d e"]),
        ("one\ntwo  \nthree<br>four", ["one", "two", "three", "four"]),
        ("- a\n- b\n  - c\n\n1. d", ["• a", "• b", "  • c", "", "1. d"]),
        ("9. a\n10. b\n    - c", ["9. a", "10. b", "    • c"]),
        ("0. a", ["0. a"]),
        ("- a\n\n  more\n- b", ["• a", "", "  more", "", "• b"]),
        ("-\n- b", ["•", "• b"]),
        ("- [x] a\n- [ ] b", ["• ☑ a", "• ☐ b"]),
        ("> a\n>\n> - b", ["│ a", "│", "│ • b"]),
        ("a\n\n---\n\nb", ["a", "", "─" * 40, "", "b"]),
        (CODE, ["── python ".ljust(40, "─"), "def f():", "    return 1", "─" * 40]),
        ("    x\ty", ["─" * 40, "x   y", "─" * 40]),
        (TABLE, ["Name     │ 数量", "─────────┼─────", "Apple 🍎 │   12", "b        │    3"]),
        ("$x^2$ costs $5", ["$x^2$ costs $5"]),
        ("$$\na = b\n$$", ["  a = b"]),
        ("H<sub>2</sub>O <kbd>Esc</kbd>", ["H_2O Esc"]),
        ("Yes[^1].\n\n[^1]: The note.", ["Yes[1].", "", "1. The note."]),
        ("<details><summary>More</summary>\n\ntext\n\n</details>", ["More", "", "text"]),
        ("![a cat](https://x.org/c.png)", ["a cat (https://x.org/c.png)"]),
        ("<script>alert(1)</script>", ["<script>alert(1)</script>"]),
        ("[red]not ours[/red] [bold]", ["[red]not ours[/red] [bold]"]),
        ("", []),
        (" \n\n ", []),
    ],
)
def test_each_kind_of_block_is_shown(text, lines):
    """As far as a terminal can."""
    assert [line.rstrip() for line in shown(text)] == lines


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a **b**", "a \x1b[1mb\x1b[0m"),
        ("*c* ~~d~~", "\x1b[3mc\x1b[0m \x1b[9md\x1b[0m"),
        ("***b***", "\x1b[3;1mb\x1b[0m"),
        ("`e`", "\x1b[36me\x1b[0m"),
        ("## Head", "\x1b[4;35;1mHead\x1b[0m"),
        ("### Head", "\x1b[35;1mHead\x1b[0m"),
    ],
)
def test_marks_become_colours_that_end(text, written):
    """Each by itself, so that an interrupt leaves the terminal as it was."""
    assert shown(text, escapes=True) == [written]


def test_code_has_the_colours_of_its_language():
    """Those of the terminal's theme; without a language it has none."""
    assert shown(CODE, escapes=True)[1] == "\x1b[32mdef\x1b[0m \x1b[36mf\x1b[0m():"
    assert shown("```\ndef f():\n```", escapes=True)[1] == "def f():"


def test_without_colours_bold_stays_and_code_keeps_its_backticks():
    """NO_COLOR is about colour; nothing else would tell code from text."""
    assert shown("**b** `e` $x^2$", colours=False, escapes=True) == ["\x1b[1mb\x1b[0m `e` $x^2$"]
    assert "\x1b[3" not in "".join(shown(CODE, colours=False, escapes=True))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[a](https://x.org/y)", "a (https://x.org/y)"),
        ("[x.org](https://evil.org)", "x.org (https://evil.org)"),
        ("<https://x.org>", "https://x.org"),
        ("[www.x.org](http://www.x.org/)", "www.x.org"),
        ("[me](mailto:a@x.org)", "me (mailto:a@x.org)"),
        ("<a@x.org>", "a@x.org"),
        ("[a](ssh://x.org)", "a"),
        ("[a](/etc)", "a"),
    ],
)
def test_a_link_tells_where_it_leads(text, line):
    """As text, and only to the web or to mail."""
    assert shown(text) == [line]


@pytest.mark.parametrize("text", ["[a](javascript:alert(1))", "[a](file:///etc/passwd)"])
def test_a_script_or_a_file_is_no_link(text):
    """Markdown's own rule leaves it as it is."""
    assert shown(text) == [text]


@pytest.mark.parametrize(
    "where", ["{}", "`{}`", "```{}\n{}\n```", "[{}](https://x.org/{})", "| {} |\n|--|\n| {} |", "# {}", "$${}$$"]
)
@pytest.mark.parametrize(
    "sign", ["\x1b[2J", "&#27;[2J", "&#x9b;2J", "\x9b2J", "&#x202e;x", "\u202e", "&#7;", "&#8;", "&#13;x", "\x00"]
)
def test_no_control_character_comes_out(where, sign):
    """Nor any that comes as a character reference, wherever it stands."""
    text = "".join(shown(where.replace("{}", sign)))
    assert all(char.isprintable() or char == "\u3000" for char in text)


@pytest.mark.parametrize(
    ("text", "width"), [("abc", 3), ("数量", 4), ("🍎", 2), ("e\u0301", 1), ("👨\u200d👩\u200d👧", 2), ("", 0)]
)
def test_wide_characters_take_two_columns(text, width):
    """Combining ones take none, and joined emoji are one."""
    assert width_of(text) == width


def test_lines_end_between_words():
    """And no line is longer than the terminal is wide."""
    lines = shown("1. " + "word **bold** " * 40, width=40)
    assert len(lines) > 10
    assert all(len(line) <= 40 for line in lines)
    assert all(line.startswith("   ") for line in lines[1:])
    assert {word for line in lines for word in line.split()} == {"1.", "word", "bold"}


def test_chinese_text_ends_lines_between_characters():
    """But none begins with a full stop."""
    lines = shown("这是一个很长的句子。" * 10, width=21)
    assert all(width_of(line) <= 21 for line in lines)
    assert not any(line.startswith("。") for line in lines)
    assert "".join(lines) == "这是一个很长的句子。" * 10


def test_an_address_stands_whole():
    """So that it can be copied, however narrow the terminal is."""
    place = "https://example.org/" + "x" * 60
    assert place in shown(f"See {place} for more.", width=30)


def test_code_is_not_wrapped():
    """So that it can be copied; the terminal wraps it."""
    assert shown(f"```\n{'x = 1; ' * 30}\n```", width=30)[1] == ("x = 1; " * 30)


def test_a_wide_table_wraps_its_cells():
    """And columns stay aligned."""
    lines = shown(f"| a | b |\n|--|--|\n| {'long words ' * 8} | x |\n| y | {'数' * 30} |", width=40)
    assert all(width_of(line) <= 40 for line in lines)
    assert len({width_of(line.partition("│")[0]) for line in lines if "│" in line}) == 1


def test_a_table_of_many_columns_becomes_a_list_of_rows():
    """Each cell with the name of its column."""
    head = "|".join(f"Column number {at}" for at in range(6))
    lines = shown(f"|{head}|\n|{'--|' * 6}\n|{'|'.join('value' for _ in range(6))}|\n|1|2|3|4|5|6|", width=39)
    assert lines[:2] == ["Column number 0: value", "Column number 1: value"]
    assert lines[6:8] == ["", "Column number 0: 1"]


@pytest.mark.parametrize("width", [1, 2, 5, 10])
def test_a_very_narrow_terminal_gets_something(width):
    """Whatever the width."""
    assert shown(f"# Head\n\n- a **b**\n  > c\n\n{CODE}\n\n{TABLE}", width=width)


def test_rows_of_a_line_are_counted_as_a_terminal_wraps_it():
    """A wide character does not fit into the last column."""
    assert [rows_of((Span(text),), 4) for text in ("", "abcd", "abcde", "数数", "a数数", "🍎")] == [1, 1, 2, 1, 2, 1]


def test_the_first_line_can_go_on():
    """Of a paragraph that was cut."""
    assert [line_width(line) for line in wrapped([Span("ab cd ef")], 6, start=3)] == [2, 5]
