"""A text that grows."""

import html
import re

import pytest

from runware_magic.display.render.incremental import PART, GrowingDocument, find_seam
from runware_magic.display.render.markdown import render

ANSWER = """Intro with **bold** text and a [link][ref].

[ref]: https://example.org

## Heading

- one
- two

  more of two

| a | b |
|---|---|
| 1 | $x$ |

$$
x
- y
$$

```python
def f():

    return 1
```

It costs $5 and $10.

"""
LONG = {
    "prose": "A sentence of ordinary prose which goes on for a while. " * 6 + "\n\n",
    "a fence": ("```python\n", "def f(x):\n    return x + 1\n"),
    "a table": ("| a | b |\n|---|---|\n", "| some cell | 12345 |\n"),
    "a list": "- an item with **bold** text\n",
    "a nested list": ("1. top\n", "   - an item with **bold** text\n"),
    "a fence in a list": ("1. top\n\n   ```python\n", "   x = f(1)\n"),
    "one paragraph": "word another thing ",
    "no white space": "x",
    "unclosed mathematics": ("$$\n", "a_1 = b + c\n"),
    "unclosed mathematics, and paragraphs": ("$$\n", "a_1 = b + c\n\n"),
    "a quotation": "> a line of it\n",
    "definitions": "[a]: https://example.org/x\n",
    "a table's head": "| a ",
}


def long_text(kind, size=8 * PART):
    """Give a long text of one kind: twice what a tail may be, so that one without a bound is seen."""
    start, again = LONG[kind] if isinstance(LONG[kind], tuple) else ("", LONG[kind])
    return (start + again * (size // len(again)))[:size]


def grown(text, step=40):
    """Let a text grow, piece by piece."""
    document = GrowingDocument()
    for start in range(0, len(text), step):
        document.feed(text[start : start + step])
    return document


def words(markup):
    """Give the words that a reader sees."""
    return html.unescape(re.sub(r"<[^>]*>", " ", markup)).split()


@pytest.mark.parametrize("step", [1, 7, 40, 1000, 10**6])
def test_the_parts_are_the_whole(step):
    """Sealed parts and tail together are what the whole text renders to, however it came."""
    document = grown(ANSWER * 20, step)
    parts = "".join((*document.sealed, document.tail))
    assert len(document.sealed) > 1
    assert parts.split() == render(ANSWER * 20, {"live": True}).split()


def test_a_sealed_part_never_changes():
    """What was sealed once stays as it is."""
    document, before = GrowingDocument(), ()
    for start in range(0, 20 * len(ANSWER), 50):
        document.feed((ANSWER * 20)[start : start + 50])
        assert tuple(document.sealed[: len(before)]) == before
        before = tuple(document.sealed)


@pytest.mark.parametrize("kind", LONG)
def test_the_tail_is_bounded(kind):
    """Within one long block of any kind, too, sealing goes on."""
    document = grown(long_text(kind))
    assert len(document._tail) <= 4 * PART


@pytest.mark.parametrize(
    "kind", [kind for kind in LONG if kind not in {"no white space", "definitions", "a table's head"}]
)
def test_no_word_is_lost_or_doubled_at_a_cut(kind):
    """The parts of one long block have its words in order; a table's head and a list's marks may come again."""
    text = long_text(kind)
    text = text[: text.rfind("\n") + 1] or text  # no mark is open at the end
    document = grown(text)
    shown = [word for part in (*document.sealed, document.tail) for word in words(part)]
    whole = words(render(text, {"live": True}))
    again = {"a", "b"} if kind == "a table" else {"python"}
    # How to select the code is not told of its parts.
    again |= {"·", "click", "here", "to", "select", "all"}
    assert [word for word in shown if word not in again] == [word for word in whole if word not in again]


def test_what_only_python_takes_for_a_line_end_is_none():
    """Nor is any text lost at a cut because of it."""
    text = "- a \u2028b\n\n  ```\n  c \u2028d\n  ```\n" * (PART // 10)
    document = grown(text, 7)
    shown = [word for part in (*document.sealed, document.tail) for word in words(part)]
    assert len(document.sealed) > 1
    assert [word for word in shown if word in {"a", "b", "c", "d"}] == ["a", "b", "c", "d"] * (PART // 10)


def test_a_text_that_comes_all_at_once_is_cut_as_well():
    """A single large piece is sealed in parts, too."""
    assert len(grown(ANSWER * 20, 10**6).sealed) > 2


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Hello wor", "Hello wor"),
        ("Items:\n-", "Items:"),
        ("Items:\n1.", "Items:"),
        ("text\n\n| a | b |\n|---|-", "text"),
        ("text\n```", "text"),
        ("text\n\n#", "text"),
    ],
)
def test_words_show_as_they_come_and_bare_markup_waits(text, shown):
    """The unfinished line is shown, unless it is nothing but markup: a dash is no heading yet."""
    document = grown(text)
    assert words(document.tail) == shown.split()
    assert "<h2" not in document.tail


def test_a_growing_formula_shows_its_source():
    """A display formula is not torn into text, lists or headings while it is incomplete."""
    document = grown("Then\n\n$$\nx\n- y\n= z\n")
    assert "<code" in document.tail
    assert "<h1" not in document.tail
    assert "<li" not in document.tail


def test_nothing_is_sealed_from_an_unclosed_formula_on():
    """A block after ``$$`` may yet turn out to be part of the formula."""
    text = "word\n\n" * (PART // 6) + "$$\nx\n- y\n- z\n"
    seam = find_seam(text, {})
    assert seam is not None
    assert seam.at <= text.index("$$")


def test_a_reference_from_a_sealed_part_is_known_later():
    """Link definitions hold for what comes after."""
    document = grown(
        "[ref]: https://example.org/known\n\n" + "word " * 50 + "\n\n" + ("text\n\n" * PART) + "See [ref] now"
    )
    assert 'href="https://example.org/known"' in document.tail


def test_a_fence_that_was_cut_goes_on_as_code():
    """After the cut the text is code still, and ends where the fence does."""
    document = grown(long_text("a fence in a list", 6000) + "\n   ```\n\n2. **next**\n")
    assert "<strong>next</strong>" in document.tail
    assert all("<pre" in part for part in document.sealed)
