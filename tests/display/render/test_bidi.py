"""Which way text reads."""

import re

import pytest

from runware_magic.display.render import bidi
from runware_magic.display.render.bidi import direction, isolated
from runware_magic.display.render.markdown import to_html

ARABIC, HEBREW = "مرحبا", "שלום"


def bare(markup):
    """Give the HTML without its styles."""
    return re.sub(r' style="[^"]*"', "", markup).strip()


@pytest.mark.parametrize(
    ("text", "reads"),
    [("x", "ltr"), (ARABIC, "rtl"), (HEBREW, "rtl"), (f"12 - {HEBREW} x", "rtl"), ("今天", "ltr"), ("1 + 1 👍", None)],
)
def test_the_first_letter_tells(text, reads):
    """Digits, signs and emoji have no direction."""
    assert direction(text) == reads
    assert isolated(text) == (' dir="rtl"' if reads == "rtl" else "")


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("plain", "<p>plain</p>"),
        (ARABIC, f'<p dir="rtl">{ARABIC}</p>'),
        (f"`x` {ARABIC}", f'<p dir="rtl"><code dir="ltr">x</code> {ARABIC}</p>'),
        (f"# {HEBREW}", f'<h2 dir="rtl">{HEBREW}</h2>'),
        (f"> {ARABIC}\n>\n> x", f'<blockquote dir="rtl">\n<p>{ARABIC}</p>\n<p dir="ltr">x</p>\n</blockquote>'),
        (f"- {ARABIC}\n- x", f'<ul dir="rtl">\n<li>{ARABIC}</li>\n<li>x</li>\n</ul>'),
    ],
)
def test_what_reads_otherwise_says_so(text, markup):
    """And nothing else does; code reads as it runs."""
    assert bare(to_html(text)) == markup


def test_a_table_has_its_first_column_first():
    """Each of its cells that reads otherwise says so."""
    markup = bare(to_html(f"| {ARABIC} | x |\n|---|---|\n| 1 | {HEBREW} |"))
    assert '<table dir="rtl">' in markup
    assert '<th scope="col" dir="ltr">x</th>' in markup or '<th dir="ltr" scope="col">x</th>' in markup
    assert f"<td>{HEBREW}</td>" in markup


def test_each_block_looks_for_its_first_letter_only(monkeypatch):
    """However much stands in it: so nested blocks take no long."""
    looked_at = []
    monkeypatch.setattr(bidi, "direction", lambda text: looked_at.append(text) or direction(text))
    mark = "> " * 15
    markup = to_html(f"{mark}{ARABIC}\n{mark}\n" * 500)
    blocks = markup.count("<blockquote") + markup.count("<p")
    assert blocks == 515
    assert blocks <= len(looked_at) <= 2 * blocks
