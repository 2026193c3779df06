"""Markdown as words to be heard."""

import pytest

from runware_magic.display.spoken import MOST, Spoken, in_words, words

TEXT = """## Answer

Costs $5, and $e^x$; see [the docs](https://example.org) and `code`.

| a | b |
|---|---|
| 1 | 2 |

1. first
2. second

```python
x = 1
y = 2
```

Pi is 3.14, and **so on. It** ends"""


@pytest.mark.parametrize(
    ("markdown", "said"),
    [
        ("# One\n\nTwo *three*", "One. Two three"),
        ("a\nb", "a b"),
        ("- a\n- [x] b", "a. b"),
        ("> quoted [text](https://x.org)", "quoted text"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a, b. 1, 2"),
        ("<b>x</b> &amp; $y$ ![alt](http://x.org/p.png)", "<b>x</b> & y alt"),
        ("**half. of", "half. of"),
        ("---", ""),
        ("esc \x1b[2J \u202e", "esc ␛[2J"),
    ],
)
def test_marks_are_not_said(markdown, said):
    """What is left is what a reader sees, in one line."""
    assert words(markdown) == said


@pytest.mark.parametrize("step", [1, 7, 50, 1000])
def test_each_sentence_is_said_once(step):
    """However the text comes: whole sentences, code by its name."""
    spoken = Spoken()
    said = [spoken.more(TEXT[:end]) for end in range(0, len(TEXT), step)]
    said.append(spoken.more(TEXT, whole=True))
    parts = [part for part in said if part]
    assert " ".join(parts).replace(". ", " ") == (
        "Answer Costs $5, and e^x; see the docs and code. a, b 1, 2 1 first 2 second python code, 2 lines Pi is 3.14, "
        "and so on It ends"
    ).replace(". ", " ")
    assert parts[-1].endswith("It ends")


def test_half_a_sentence_waits():
    """Nor is a number taken for its end."""
    spoken = Spoken()
    assert spoken.more("It is 3.14159 and") == ""
    assert spoken.more("It is 3.14159 and no more. The") == "It is 3.14159 and no more."


def test_code_waits_for_its_end():
    """And is named then, whatever stands in it."""
    spoken = Spoken()
    assert spoken.more("See.\n\n```\na. b. c. ") == "See."
    assert spoken.more("See.\n\n```\na. b. c. \n```\n") == "Code, 1 line."


@pytest.mark.parametrize(
    "text", ["A sentence of some words. " * 100, "word " * 600, "x" * 3000, "今天天气很好。" * 300]
)
def test_not_much_is_said_at_once(text):
    """Whether sentences end, or words, or nothing does; and all of it in the end."""
    spoken = Spoken()
    said = []
    while part := spoken.more(text, whole=True):
        said.append(part)
    assert max(map(len, said)) <= MOST
    assert "".join(said).replace(" ", "") == text.replace(" ", "")


def test_an_answer_that_was_reasoning_is_begun_anew():
    """What stands where it stood is said."""
    spoken = Spoken()
    spoken.more("So much was thought. And more. ")
    assert spoken.more("Four. ") == "Four."


def test_a_badge_in_words():
    """As one would say it."""
    assert in_words(("m", "5 in / 2 out", "$0.1", "first token 0.41 s", "22 tokens/s")) == (
        "m, 5 in, 2 out, $0.1, first token 0.41 seconds, 22 tokens per second"
    )
