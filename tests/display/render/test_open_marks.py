"""What a growing text has opened is closed for as long as it grows."""

import html
import re
import time

import pytest

from runware_magic.display.render.incremental import GrowingDocument
from runware_magic.display.render.markdown import to_html
from runware_magic.display.render.open_marks import closed

SAMPLE = """# Title with `code`

Some **bold** and *italic* text with a [link](https://example.com/a_b) and ***both*** and __under__ and ~~gone~~.
It goes **on
here** and `more code`, **bold with `code` in it**, [**a bold link**](https://example.com/c_d_e).

1. First **item** that
   - nested *one* `x`
2. Second [`a`](https://example.com/d)

> A **quote** of
> two *lines and
> more*.

```python
def f(**x: int) -> str:
    return f"{x}" * 2  # `comment`
```

| Name | **Q** |
|:-----|----:|
| Apple `a` | *12* |

- [ ] do **it**
- [x] done

**重要。**然后
"""
TABLE = "| a | b |\n|---|---|\n"


@pytest.mark.parametrize("step", [1, 3])
def test_no_raw_sign_flashes(step):
    """Whatever is open is closed, and what may become anything is not shown yet."""
    document, seen = GrowingDocument(), set()
    for start in range(0, len(SAMPLE), step):
        document.feed(SAMPLE[start : start + step])
        shown = re.sub(r"<pre.*?</pre>", "", "".join((*document.sealed, document.tail)), flags=re.DOTALL)
        seen.update(html.unescape(re.sub(r"<[^>]*>", "", shown)).split("\n"))
    assert [line for line in seen if re.search(r"[*`|~_\[\]#]|\]\(", line)] == []
    assert any("Some bo" in line for line in seen)


def test_what_is_whole_is_shown_as_it_is():
    """Nothing of a text that ends with a line is left out or added."""
    document = GrowingDocument()
    document.feed(SAMPLE)
    assert re.sub(r"<[^>]*>", "", document.tail).split() == re.sub(r"<[^>]*>", "", to_html(SAMPLE)).split()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a **b", "a **b**"),
        ("a **b *c", "a **b *c***"),
        ("a **b** c", "a **b** c"),
        ("a **", "a"),
        ("a **b ", "a **b**"),
        ("a **b*", "a **b**"),
        ("***a**", "***a***"),
        ("**a\nb", "**a\nb**"),
        ("**a\n\nb", "**a\n\nb"),
        ("> **a\n> b", "> **a\n> b**"),
        ("> *a\n> ", "> *a*"),
        ("- *a\n- **b", "- *a\n- **b**"),
        ("a `b", "a `b`"),
        ("a `**b", "a `**b`"),
        ("``a`", "``a``"),
        ("`a` **b", "`a` **b**"),
        ("`a` **b*c", "`a` **b*c***"),
        ("2 * 3", "2 * 3"),
        ("snake_case", "snake_case"),
        ("a _b", "a _b_"),
        ("~~a", "~~a~~"),
        ("~5 min", "~5 min"),
        ("a\\", "a"),
        ("a \\*b", "a \\*b"),
        ("$a_1 _b$ c", "$a_1 _b$ c"),
        ("costs $5 **a", "costs $5 **a**"),
        ("$$\n*a", "$$\n*a"),
        ("\\[ *a", "\\[ *a"),
        ("see [the page](https://x.o", "see the page"),
        ("see [the pa", "see the pa"),
        ("see [the page]", "see the page"),
        ("see ![the pa", "see the pa"),
        ("see [**a", "see **a**"),
        ("see [`a", "see `a`"),
        ("see [1]", "see [1]"),
        ("see[^1", "see"),
        ("[a](https://x.org/_y) z", "[a](https://x.org/_y) z"),
        ("- [x", "- "),
        ("| **a", ""),
        ("text\n| a | b |\n", "text\n"),
        (f"{TABLE}| **a", f"{TABLE}| **a**"),
        (f"{TABLE}| *a | `b", f"{TABLE}| *a | `b`"),
        ("```\na **b", "```\na **b"),
        ("- ```\n  a **b", "- ```\n  a **b"),
        ("~~~\n```\na **b", "~~~\n```\na **b"),
        ("```\na\n```\n**b", "```\na\n```\n**b**"),
        ("*.py " + "and more words " * 40, "*.py " + "and more words " * 40),
    ],
)
def test_marks_that_are_open_are_closed(text, shown):
    """In the last paragraph, item or cell; code, formulas and addresses are left alone."""
    assert closed(text) == shown


@pytest.mark.parametrize(
    "piece",
    ["*a ", "`a ", "[a", "](x ", "<a", "_a *b ", "$", "$ a ", "| a ", "\\(", "`", "`a``", "a*", "~~", "\n> *a", "- [x"],
)
def test_no_tail_takes_long(piece):
    """What opens again and again takes no longer than the tail takes to render."""
    text = piece * (4000 // len(piece))
    started = time.process_time()
    for _ in range(5):
        closed(text)
    assert time.process_time() - started < 1
