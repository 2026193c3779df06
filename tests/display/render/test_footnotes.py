"""Footnotes."""

import re

import pytest

from runware_magic.display.render.incremental import GrowingDocument
from runware_magic.display.render.markdown import to_html
from runware_magic.display.render.speech import Spoken


def bare(markup):
    """Return the HTML without its styles and line ends."""
    return re.sub(r' style="[^"]*"|\n', "", markup).strip()


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("a[^1]\n\n[^1]: *One*", "<p>a<sup>[1]</sup></p><ol><li><em>One</em></li></ol>"),
        ("[^1]: One\n\na[^1]", "<p>a<sup>[1]</sup></p><ol><li>One</li></ol>"),
        (
            "a[^b], c[^a], d[^B]\n\n[^a]: A\n[^b]: B",
            "<p>a<sup>[1]</sup>, c<sup>[2]</sup>, d<sup>[1]</sup></p><ol><li>B</li><li>A</li></ol>",
        ),
        ("a[^1]\n\n[^1]: One\n\n    more\n\nb",
         "<p>a<sup>[1]</sup></p><p>b</p><ol><li><p>One</p><p>more</p></li></ol>"),
        ("a[^1]\n\n[^1]: see [^2]\n[^2]: Two",
         "<p>a<sup>[1]</sup></p><ol><li>see <sup>[2]</sup></li><li>Two</li></ol>"),
        ("a\n\n[^1]: unused\n[^1]: again", "<p>a</p><ol><li>unused</li><li>again</li></ol>"),
        ("a[^1] b[^x]", "<p>a[^1] b[^x]</p>"),
        ("`[^1]` \\[^1]\n\n[^1]: One", '<p><code dir="ltr">[^1]</code> [^1]</p><ol><li>One</li></ol>'),
        ("| a[^1] |\n|---|\n\n[^1]: One", None),
        ("- a[^1]\n\n[^1]: One", "<ul><li>a<sup>[1]</sup></li></ul><ol><li>One</li></ol>"),
        ("[^1]: https://x.invalid/a\n\na[^1]", None),
        ("[^ 1]: a\n\n[^]: b\n\n[^1](https://x.invalid)", None),
        ("[^1]:\n\na[^1]", "<p>a<sup>[1]</sup></p><ol><li></li></ol>"),
    ],
)  # fmt: skip
def test_footnotes_are_numbers_and_a_list(text, markup):
    """In the order in which the text refers to them; those that it does not refer to come last, and none is lost."""
    shown = bare(to_html(text))
    if markup:
        assert shown == markup
    else:
        assert ("<sup>[1]</sup>" in shown) == ("a[^1]" in text)


def test_footnotes_of_a_long_text_come_at_its_end():
    """However many blocks stand between."""
    text = "a[^x]\n\n" + "b\n\n" * 600 + "[^y]: Y\n\n" + "c\n\n" * 600 + "d[^y]\n\n[^x]: X\n"
    shown = bare(to_html(text))
    assert "<p>a<sup>[1]</sup></p><p>b</p>" in shown
    assert shown.endswith("<p>d<sup>[2]</sup></p><ol><li>X</li><li>Y</li></ol>")


def test_footnotes_of_a_growing_text_stand_where_they_come():
    """A reference is a number before its note is there; in the end the whole shows the list."""
    document = GrowingDocument()
    for character in "a[^2] b[^note]\n\n[^2]: Two\n[^3]: Three":
        document.feed(character)
    assert bare(document.tail) == (
        '<p>a<sup>[2]</sup> b[^note]</p><ol start="2"><li><p>Two</p></li></ol><ol start="3"><li><p>Three</p></li></ol>'
    )


def test_the_number_of_a_footnote_is_not_spoken():
    """It would interrupt the sentence."""
    assert Spoken().rest("So it is[^1], they say.\n\n[^1]: Who?") == "So it is, they say. Who?"


def test_a_growing_text_of_notes_alone_is_rendered():
    """Hundreds of notes that nothing refers to: a long text is cut between two of them, not within one."""
    document = GrowingDocument()
    document.feed("[^1]: a\n\n" * 500 + "x")
    assert "".join((*document.sealed, document.tail)).count("<li") == 500
