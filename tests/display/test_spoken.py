"""Markdown as words to be heard."""

import time

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


CODE = "x = 1. \ny = 2. "
FENCES = {
    "- ```py\n  CODE\n  ```": "py code, 2 lines.",
    "* item\n\n  1. ~~~\n     CODE\n     ~~~": "item Code, 2 lines.",
    "1. ~~~\n   CODE\n   ~~~": "Code, 2 lines.",
    "> - ````c++ title=x\n>   CODE\n>   ```\n>   `````": "c++ code, 3 lines.",
    "~~~ a`b`\nCODE\n```\n~~~": "a code, 3 lines.",
    "```py\nCODE\n~~~\n```": "py code, 3 lines.",
    f"```{'x' * 5000}\nCODE\n```": f"{'x' * 30} code, 2 lines.",
}


@pytest.mark.parametrize("text", FENCES)
@pytest.mark.parametrize("step", [1, 7, 6000])
def test_code_is_named_wherever_it_stands(text, step):
    """In lists and quotations; what comes behind it is said."""
    text, said = f"{text}\n\nSo. Much. ".replace("CODE", CODE), FENCES[text]
    spoken = Spoken()
    parts = [spoken.more(text[:end]) for end in range(0, len(text), step)]
    parts.append(spoken.more(text))
    assert " ".join(part for part in parts if part) == f"{said} So. Much."


@pytest.mark.parametrize("text", ["```js foo``` is code. And on. ", "- ``` ` ``` is. And on. "])
def test_code_within_a_line_is_read(text):
    """Also at its beginning: nothing waits for its end."""
    assert Spoken().more(text).endswith(". And on.")


def test_a_number_of_a_list_is_no_sentence():
    """It is said with what it numbers."""
    spoken = Spoken()
    assert spoken.more("1. ") == ""
    assert spoken.more("1. First it") == ""
    assert spoken.more("1. First it is. ") == "1. First it is."


@pytest.mark.parametrize("size", range(300, 900, 7))
def test_nothing_is_lost_before_a_fence_that_is_far(size):
    """Wherever it comes to stand beyond what is looked at."""
    text = ("word " * size)[:size] + "\n\n```" + "python" * 3 + " x" * 400 + "\ny\n```\nThe end. "
    spoken, said = Spoken(), []
    while part := spoken.more(text):
        said.append(part)
    words = ("word " * size)[:size].split()
    assert " ".join(said).replace(".", "").split() == [*words, "python" * 3, "code,", "1", "line", "The", "end"]


@pytest.mark.parametrize(
    "piece",
    ["\n", " \n", "---\n", "`", "> ", ">\n", "* * ", "| - ", "1. ", "- ", "```\n", "~~~a\n", "``` `\n", "**\n", "a "],
)
def test_a_frame_takes_no_long(piece):
    """Whatever a long text is made of."""
    text, spoken = piece * (256_000 // len(piece)), Spoken()
    for _ in range(3):
        started = time.process_time()
        spoken.more(text)
        assert time.process_time() - started < 0.5


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
