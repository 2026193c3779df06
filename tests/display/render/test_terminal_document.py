"""Markdown that grows on a terminal."""

import pytest

from runware_magic.display.render.terminal_document import TerminalDocument
from runware_magic.display.render.terminal_markdown import render_lines

SAMPLE = """# Title with `code`

Some **bold** and *italic* text with a [link](https://example.com/a).

1. First item that is quite long and has to wrap somewhere because it goes on and on and on
   - nested *one*
2. Second

> A quote
> - list in it

```python
def f(x: int) -> str:
    return f"{x}"  # comment
```

| Name | 数量 |
|:-----|----:|
| Apple 🍎 | 12 |

$$
a = b
$$
"""
# Of each kind enough for two cuts and more: a part has a thousand characters, and two thousand where no line ends.
LONG = {
    "sample": SAMPLE * 6,
    "paragraph": "word *some* text and more. " * 160,
    "chinese": "重要なのは、日本語の文章が正しく折り返されることです。" * 160,
    "code": "Intro:\n\n```python\n" + "x = f(1) + 2  # hi\n" * 150 + "```\n\nAfter.",
    "line of code": "```\n" + "abc def " * 400 + "\n```\nend",
    "list": "\n".join(f"{at}. item *{at}*\n    - nested one\n    - nested two" for at in range(1, 60)),
    "deep list": "\n".join(f"- item *{at}*\n  - nested one\n    - deep" for at in range(1, 60)),
    "loose list": "\n\n".join(f"{at}. item\n\n   More.\n\n   ```py\n   x=1\n   ```" for at in range(1, 60)),
    "code in a list": "1. Do\n\n   ```py\n" + "".join(f"   x = {at}\n" for at in range(200)) + "   ```\n2. Then",
    "table": "| a | b |\n|---|--:|\n" + "".join(f"| cell | {at} |\n" for at in range(10, 99)) * 2 + "\nEnd",
    "quote": "\n>\n".join("> quoted text here that goes on for a while" for _ in range(60)),
}


def grown(text, step, width=79):
    """Give the lines of a text that grew, step by step, and all lines that were seen on the way."""
    document, lines, seen = TerminalDocument(colours=True, width=width), [], set()
    for start in range(0, len(text), step):
        document.feed(text[start : start + step])
        final, tail = document.lines()
        lines += final
        seen.update(texts([*final, *tail]))
    final, tail = document.lines(ended=True)
    return [*lines, *final, *tail], seen


def texts(lines):
    """Give the text of lines."""
    return ["".join(span.text for span in line) for line in lines]


@pytest.mark.parametrize("name", LONG)
@pytest.mark.parametrize("width", [79, 39])
def test_a_text_that_grew_looks_like_the_whole(name, width):
    """However long its blocks are: they are cut inside, and no seam shows."""
    whole = texts(render_lines(LONG[name], {}, width, colours=True).lines)
    assert texts(grown(LONG[name], 83, width)[0]) == whole


@pytest.mark.parametrize(("name", "step"), [("list", 61), ("list", 97), ("line of code", 89), ("code in a list", 31)])
def test_no_seam_shows_wherever_it_falls(name, step):
    """Within a list with numbers, whose rest begins with a bullet; at the end of a line of code."""
    assert texts(grown(LONG[name], step)[0]) == texts(render_lines(LONG[name], {}, 79, colours=True).lines)


def test_no_raw_sign_flashes():
    """Whatever is open is closed, and what may become anything is not shown yet."""
    _, seen = grown(SAMPLE, 1)
    assert not [line for line in seen if any(sign in line for sign in ("**", "`", "[", "](", "|", "# T", "~~", "$$"))]
    assert any("Some bo" in line for line in seen)


def test_a_large_text_is_never_rendered_again_as_a_whole():
    """What is final has left the document: only its end is rendered at each step."""
    document, most = TerminalDocument(colours=True), 0
    for _ in range(30):
        document.feed("A *paragraph* of some words.\n\n- item\n- item\n\n```py\nx = 1\n```\n\n" * 10)
        _, tail = document.lines()
        most = max(most, len(tail))
    assert most < 200
