"""Two answers beside each other."""

import html
import re

from hypothesis import given
from hypothesis import strategies as st
from variants import answer

from runware_magic.chat.turn import Reply
from runware_magic.display.render.sanitize_html import clean
from runware_magic.display.render.version_diff import SideBySide

TEXTS = st.lists(st.sampled_from(["<b>", "$x$", "\\(", "\x1b[1m", "word ", "\n"]) | st.text(max_size=3)).map("".join)


def laid(left, right):
    """Lay two texts side by side."""
    return SideBySide(answer(1, 2, reply=Reply(left)), answer(2, 2, reply=Reply(right)))


def test_what_only_one_says_is_marked_on_its_side():
    """Struck through on the left, underlined on the right, and nothing of the other side."""
    cells = re.findall(r"<td[^>]*>(.*?)</td>", laid("the cat sat", "the dog sat")._repr_mimebundle_()["text/html"])
    bare = [re.sub(r' style="[^"]*"', "", cell) for cell in cells[-2:]]
    assert bare == ["the <del>cat</del> sat", "the <ins>dog</ins> sat"]


def test_as_text_both_are_one():
    """The facts of each in a line, then the differences as wdiff writes them."""
    assert str(laid("the cat sat", "the dog sat")) == (
        "- 1 · temperature 1 · m · 51 in / 38 out · $0.0100 · 2.4 s\n"
        "+ 2 · temperature 2 · m · 51 in / 38 out · $0.0100 · 2.4 s\n"
        "\n"
        "the [-cat-]{+dog+} sat"
    )


def test_equal_answers_are_said_to_be():
    """Nothing is marked."""
    assert str(laid("the cat", "the cat")).endswith("\nThe answers are the same.")


def test_settings_that_differ_are_among_the_facts():
    """By name, as they were sent; those that are the same are left out."""
    left, right = answer(1, 2, parameters={"seed": 3, "top_p": 1, "stop": ["a"]}), answer(2, 2, parameters={"top_p": 1})
    first, second = str(SideBySide(left, right)).splitlines()[:2]
    assert 'seed 3 · stop ["a"]' in first
    assert "seed unset · stop unset" in second
    assert "top_p" not in first + second


def test_answers_with_little_in_common_stand_without_marks():
    """Beside each other as HTML, one after the other as text."""
    both = laid("Rain is acid and washes salt out of rock.", "The mountain wept,\nand so the sea is salt.")
    markup = both._repr_mimebundle_()["text/html"]
    assert "<del" not in markup
    assert "<ins" not in markup
    assert "too little in common" in markup
    text = str(both)
    assert text.index("washes salt") < text.index("--- 2") < text.index("wept")
    assert "[-" not in text


def test_the_signs_of_markdown_are_no_words():
    """Nor are they differences; where nothing else differs, that is said."""
    text = str(laid("## Salt\n\n- the **cat** sat\n- `x`", "## Salt\n\n- the **dog** sat\n- `x`"))
    assert text.endswith("Salt\n\n• the [-cat-]{+dog+} sat\n• x")
    assert str(laid("the **cat**", "the cat")).endswith("The answers differ only in their formatting.")


def test_answers_that_were_not_compared_go_by_their_models():
    """Which are said once."""
    lines = str(SideBySide(answer(variant=None), answer(variant=None, model="other:x@1"))).splitlines()
    assert [line.partition(" · 51 in")[0] for line in lines[:2]] == ["- m", "+ other:x@1"]


@given(TEXTS, TEXTS)
def test_hostile_text_is_shown_as_text(left, right):
    """What the door lets through is what was written, and all of it is there."""
    markup = laid(left, right)._repr_mimebundle_()["text/html"]
    assert clean(markup) == markup
    assert set(re.findall(r"<(\w+)", markup)) <= {"div", "a", "table", "tbody", "tr", "th", "td", "span", "del", "ins"}
    assert "\x1b" not in html.unescape(markup) + str(laid(left, right))


def test_a_very_long_answer_is_compared_in_part():
    """And the rest counted."""
    assert "49,999 more characters" in str(laid("x " * 50_000, "y " * 50_000))
