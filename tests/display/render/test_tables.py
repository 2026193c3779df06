"""Tables, as HTML and as text."""

import re

import pytest

from runware_magic.display.render.sanitize_html import clean
from runware_magic.display.render.tables import Notice, Table

HOSTILE = "<script>x</script> $5 \\(x\\) \x1b[2J \ud800"
TABLE = Table("Turns", ("chat", "cost"), (("main", "$0.5"), ("two\nlines", "$12")), "A note.")


def markup(table):
    """Give the HTML of a table."""
    return table._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize("field", ["title", "columns", "rows", "note"])
def test_hostile_text_is_shown_as_text(field):
    """Wherever it stands, it is neither markup, nor mathematics, nor undecodable."""
    texts = {"title": "t", "columns": ("a",), "rows": (("b",),), "note": "n"}
    shown = {"title": HOSTILE, "columns": (HOSTILE,), "rows": ((HOSTILE,),), "note": HOSTILE}[field]
    expected = "&lt;script&gt;x&lt;/script&gt; <span>$</span>5 <span>\\</span>(x<span>\\</span>) ␛[2J \ufffd"
    assert expected in markup(Table(**texts | {field: shown}))


@pytest.mark.parametrize(
    "table",
    [TABLE, Table("", (), (), "None."), Table("t", ("", ""), (("a", "b"),)), Notice("Done for $5."), Notice("a\n  b")],
)
def test_the_html_of_a_table_is_what_the_door_lets_through(table):
    """Nothing that it writes is refused, so every element but those of the skeleton has its style."""
    assert clean(markup(table)) == markup(table)
    assert not re.search("<(?:table|t[dh])>", markup(table))


def test_a_wide_table_scrolls_by_itself():
    """On a narrow page, nothing is clipped."""
    assert re.search(r'<div style="overflow-x:auto[^"]*"><table', markup(TABLE))


@pytest.mark.parametrize(
    ("cells", "side"),
    [
        (("$0.00002040", "$0.5"), "right"),
        (("0.41 s", ""), "right"),
        (("12 / 1,400", "? / ?", "\N{GREATER-THAN OR EQUAL TO} 40 / \N{GREATER-THAN OR EQUAL TO} 132"), "right"),
        (("1", "2", "all"), "left"),
        (("2026-11-30", "3 turns"), "left"),
        (("?", ""), "left"),
        (("\N{CHECK MARK} 1/1",), "left"),
    ],
)
def test_numbers_stand_on_the_right(cells, side):
    """In a column of nothing else, and never in two lines."""
    shown = markup(Table("", ("of all of them",), tuple((cell,) for cell in cells)))
    styles = re.findall(r'<t[dh] style="([^"]*)"', shown)
    assert all(f"text-align:{side}" in style for style in styles)
    assert ["white-space:nowrap" in style for style in styles] == [False, *[side == "right"] * len(cells)]


def test_a_table_is_text_with_its_columns_aligned():
    """Each row is a line."""
    assert str(TABLE) == "Turns\nchat       cost\nmain       $0.5\ntwo lines  $12\nA note."


def test_a_table_is_markdown_that_shows_its_texts_literally():
    """What means something to Markdown, a bar among it, stands behind a backslash."""
    table = Table("a*b", ("n", ""), (("1|2", "$3"), ("x\ny", "`[_]`")), "A_note.")
    assert table.markdown() == (
        "**a\\*b**\n\n| n |  |\n| --- | --- |\n| 1\\|2 | \\$3 |\n| x y | \\`\\[\\_\\]\\` |\n\nA\\_note."
    )


def test_a_table_without_rows_is_its_title_and_its_note():
    """No head without a body."""
    assert Table("t", ("a",), (), "None.").markdown() == "**t**\n\nNone."
