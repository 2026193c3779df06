"""Markdown as words to be heard."""

import pytest
from growth import assert_not_quadratic

from runware_magic.display.render.speech import MOST, Spoken, blocks

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
BLOCKS = ["Answer.", "Costs $5, and e^x; see the docs and code.", "a. b. 1. 2.", "1. first. 2. second."]
BLOCKS += ["python code, 2 lines.", "Pi is 3.14, and so on. It ends."]


@pytest.mark.parametrize(
    ("markdown", "said"),
    [
        ("# One\n\nTwo *three*", "One. Two three."),
        ("a\nb  \nc<br>d", "a b c d."),
        ("- a\n- [x] b\n- [ ] c", "a. ☑ b. ☐ c."),
        ("3. a\n\n   b\n4. c!", "3. a. b. 4. c!"),
        ("> quoted [text](https://x.org)", "quoted text."),
        ("| a | b |\n|---|---|\n| 1 ||", "a. b. 1."),
        ("<b>x</b> &amp; $y$ ![alt](http://x.org/p.png) H<sub>2</sub>O", "<b>x</b> & y alt H2O."),
        ("$$\nx + y\n$$", "x + y."),
        ("<details><summary>More</summary>\n\nInside.\n\n</details>", "More. Inside."),
        ("---", ""),
        ("esc \x1b[2J \u202e", "esc ␛[2J."),
        ("a&#x202e;b &#13;c", "ab c."),
        ("- ```py\n  x = 1. \n\n  y\n  ```", "py code, 3 lines."),
        ("* item\n\n  1. ~~~\n     x\n     ~~~", "item. Code, 1 line."),
        ("> - ````c++ title=x\n>   a\n>   ```\n>   b", "c++ code, 3 lines."),
        (f"```{'x' * 5000}\nx\n```", f"{'x' * 29}… code, 1 line."),
        ("text\n\n    indented", "text. Code, 1 line."),
        ("```js foo``` is code. And on.", "js foo is code. And on."),
    ],
)
def test_marks_are_not_said(markdown, said):
    """What is left is what a reader sees, in one line; of code, its name and how long it is."""
    assert " ".join(blocks(markdown)) == said


def test_a_long_text_has_the_same_blocks():
    """Wherever the part ends that is parsed first."""
    for length in range(4000 - len(TEXT) - 2, 4000):
        assert " ".join(blocks(f"{'x' * length}\n\n{TEXT}")) == " ".join(["x" * length + ".", *BLOCKS])


@pytest.mark.parametrize("step", [1, 7, 50, 1000])
def test_each_block_is_said_once(step):
    """However the text comes: as a whole, and when no more of it can come."""
    spoken = Spoken()
    said = [spoken.more(TEXT[:end]) for end in range(0, len(TEXT), step)]
    said.append(spoken.rest(TEXT))
    assert " ".join(part for part in said if part) == " ".join(BLOCKS)
    # Tables and lists by parts, too.
    assert step > 1 or sum(map(bool, said)) > len(BLOCKS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("It is 3.14159. And", ""),
        ("It is 3.14159. And\n\n", ""),
        ("It is 3.14159. And\n\nno", "It is 3.14159. And."),
        ("See.\n\n```\na. b. c. ", "See."),
        ("See.\n\n```\na. b. c. \n```\nOn", "See. Code, 1 line."),
        ("1. ", ""),
        ("1. First it is. ", ""),
        ("1. First it is. \n2. S", "1. First it is."),
        ("| a | b |\n|---|---|\n| 1", "a. b."),
    ],
)
def test_what_may_still_change_waits(text, said):
    """The last block, be it code, an item or a row."""
    assert Spoken().more(text) == said


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_lines_end_as_they_like(ends):
    """Each paragraph is said once all the same."""
    spoken = Spoken()
    text = ends.join(["One.", "", "Two.", "", "Three."])
    assert [spoken.more(text[:end]) for end in (5, 12, len(text))] == ["", "One.", "Two."]
    assert spoken.rest(text) == "Three."


@pytest.mark.fuzz
@pytest.mark.parametrize(
    "piece",
    [
        *(
            "\n",
            " \n",
            "---\n",
            "`",
            "> ",
            ">\n",
            "* * ",
            "| - ",
            "1. ",
            "- ",
            "```\n",
            "~~~a\n",
            "``` `\n",
            "**\n",
            "a ",
        ),
        *("a\n\n", "- a\n", "http://x/[", "| a |\n|-|\n", "[^1]: a\n\n"),
    ],
)
def test_a_frame_takes_no_long(piece):
    """Whatever a long text is made of."""

    def speak(text):
        spoken = Spoken()
        for say in (spoken.more, spoken.more, spoken.rest):
            say(text)

    assert_not_quadratic(speak, lambda size: piece * (size // len(piece)), 64_000)


def test_not_much_is_said_at_once():
    """Some paragraphs, then some more; of one that is very long, the beginning."""
    text = "A sentence of some words.\n\n" * 100 + "word " * 600 + "\n\nEnd"
    spoken, said = Spoken(), []
    while part := spoken.more(text):
        said.append(part)
    assert max(map(len, said)) <= MOST
    assert " ".join(said).count("A sentence of some words.") == 100
    assert said[-1].endswith("word word…")
    assert spoken.rest(text) == "End."


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Word. " * 100, ("Word. " * 100).strip()),
        ("Word. " * 200, ""),
        ("- a\n" * 200, "a. " * 199 + "a."),
        ("x" * 20_001, ""),
    ],
)
def test_at_the_end_is_said_what_is_little(text, rest):
    """Else it would be heard long after."""
    assert Spoken().rest(text) == rest


def test_an_answer_that_was_reasoning_is_begun_anew():
    """What stands where it stood is said."""
    spoken = Spoken()
    spoken.more("- So much was thought.\n- And more.\n- And")
    assert spoken.more("- Four.\n- F") == "Four."
