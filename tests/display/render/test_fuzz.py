"""Texts grown from a grammar of everything that means something to some reader, and what comes out of the doors."""

import html
import json
import random
import re
from itertools import islice, pairwise
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strict_readers import assert_harmless_to_all_readers, assert_sound
from vectors import FAMILIES, VECTORS
from wild_texts import texts, token

from runware_magic.chat.text import one_line, plain
from runware_magic.display.render import markdown
from runware_magic.display.render.growing_json import GrowingJson
from runware_magic.display.render.incremental import GrowingDocument
from runware_magic.display.render.json_tree import tree_html
from runware_magic.display.render.markdown import to_html
from runware_magic.display.render.math import GATED, typesettable
from runware_magic.display.render.sanitize_html import clean, escape
from runware_magic.display.render.sanitize_markdown import safe_markdown
from runware_magic.display.render.speech import MOST, Spoken


def formulas(markup):
    """Give what MathJax will see."""
    found = re.findall(r'<span class="mathjax_process[^"]*">(.*?)</span>', markup, re.DOTALL)
    return [html.unescape(one) for one in found]


def for_each_vector(family, check):
    """Check the text of each vector of a family: a thousand tests would take longer than what they test."""
    try:
        for vector in FAMILIES[family]:
            check(vector.text)
    except Exception as error:
        raise AssertionError(str(vector)) from error


@pytest.mark.fuzz
@pytest.mark.parametrize("family", FAMILIES)
def test_each_vector_comes_out_sound(family):
    """As HTML, and as the Markdown that other readers render."""

    def check(text):
        assert_sound(to_html(text))
        assert_harmless_to_all_readers(safe_markdown(text))

    for_each_vector(family, check)


@pytest.mark.fuzz
@pytest.mark.parametrize("number", [number for number, vector in VECTORS.items() if vector.family == "tags"])
def test_each_vector_of_tags_comes_out_sound_wherever_it_is_split(number):
    """A character at a time where it stands alone; a few at a time in a list, in a table, and between others."""
    text, dice = VECTORS[number].text[:300], random.Random(number)  # noqa: S311  # the same pieces each time
    for around in ("{}", "- {}\n- a", "| a | {} |\n|---|---|\n| b | c |", "<details><summary>{}\n\n{}", "a {} *{}* b"):
        document, whole = GrowingDocument(), iter(around.format(text, text))
        while piece := "".join(islice(whole, 1 if around == "{}" else dice.randint(1, 9))):
            document.feed(piece)
            assert_sound(document.tail)
        assert_sound(to_html(around.format(text, text)))
        assert_harmless_to_all_readers(safe_markdown(around.format(text, text)))


@given(texts)
def test_html_is_sound_whatever_the_text(text):
    """And MathJax sees nothing that reaches beyond a formula."""
    markup = to_html(text)
    assert_sound(markup)
    for formula in formulas(markup):
        assert formula[:2] + formula[-2:] in {r"\(\)", r"\[\]"}
        assert typesettable(formula[2:-2])


@given(st.lists(texts, min_size=1, max_size=8), st.sampled_from(["a\n\n", "- a\n- b\n\n# c\n\n"]))
def test_a_long_text_passes_in_parts_as_it_would_as_a_whole(parts, filling):
    """Of a few tokens each instead of hundreds: a part leaves nothing open that a later one would stand in."""
    with patch.object(markdown, "_TOGETHER", 4):
        markup = to_html((filling * 2).join(["", *parts, ""]))
    assert_sound(markup)
    assert clean(markup) == markup


@given(texts)
def test_the_door_lets_through_what_is_sound_whatever_comes(text):
    """Markup, too, that no renderer of this package writes; and what is escaped is all there."""
    assert_sound(clean(text))
    shown = plain(text).lstrip("\ufeff")
    assert html.unescape(re.sub("<[^>]*>", "", clean(escape(shown)))) == shown


@given(st.lists(texts, min_size=1, max_size=8), st.integers(1, 400))
def test_each_part_of_a_growing_text_is_sound(parts, step):
    """Each sealed part by itself, and the tail at moments all along."""
    text = "\n\n".join(part * (1 + len(part) % 7) for part in parts)
    document = GrowingDocument()
    starts = range(0, len(text), step)
    for number, start in enumerate(starts):
        document.feed(text[start : start + step])
        if number % (1 + len(starts) // 20) == 0:
            assert_sound(document.tail)
    for part in (*document.sealed, document.tail):
        assert_sound(part)


short_texts = st.lists(token, max_size=8).map("".join)
json_texts = st.dictionaries(short_texts, st.lists(short_texts, max_size=3) | short_texts, max_size=4)


@given(json_texts, st.lists(token, max_size=4), st.integers(1, 80))
def test_each_tree_of_json_is_sound(value, broken, step):
    """Settled, and each part of one that grows, also where it turns out to be no JSON."""
    assert_sound(tree_html(value))
    text = "".join((json.dumps([value], ensure_ascii=False), *broken, json.dumps({"a": value})))
    document = GrowingJson()
    for start in range(0, len(text), step):
        document.feed(text[start : start + step])
    for part in (*document.sealed, document.tail):
        assert_sound(part)


@pytest.mark.fuzz
@pytest.mark.parametrize("family", FAMILIES)
def test_each_vector_in_a_tree_comes_out_sound(family):
    """As a name and as a value, settled and growing, and where JSON was expected."""

    def check(text):
        value = {text: [text, {text[:40]: 1}]}
        assert_sound(tree_html(value))
        for answer in (json.dumps(value), text):
            document = GrowingJson()
            document.feed(answer)
            for part in (*document.sealed, document.tail):
                assert_sound(part)

    for_each_vector(family, check)


@given(texts)
def test_stored_markdown_harms_no_reader(text):
    """Four that trust it, of different dialects; nor does TeX in it reach beyond its formula."""
    stored = safe_markdown(text)
    assert_harmless_to_all_readers(stored)
    outside = re.sub(r"^(`{3,}).*?^\1$", "", stored, flags=re.DOTALL | re.MULTILINE)
    assert not GATED.search(outside)


@given(texts, st.lists(st.integers(0, 2000), max_size=6))
def test_terminal_text_has_no_control_character_however_it_is_split(text, cuts):
    """Each piece disarmed by itself gives what the whole gives."""
    shown = plain(text)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown)
    bounds = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    assert "".join(plain(text[start:end]) for start, end in pairwise(bounds)) == shown
    assert plain(shown) == shown
    assert one_line(text) == " ".join(one_line(text).split())


@given(st.lists(texts, min_size=1, max_size=8), st.integers(1, 400))
def test_any_text_can_be_spoken(parts, step):
    """A bit at a time, while it grows and when it has ended: little at once, and no control character."""
    text = "\n\n".join(part * (1 + len(part) % 7) for part in parts)
    spoken, step = Spoken(), max(step, len(text) // 50)
    said = [*(spoken.more(text[:end]) for end in range(0, len(text), step)), spoken.more(text), spoken.rest(text)]
    assert max(map(len, said)) <= MOST
    assert all(part == one_line(part, MOST) for part in said)
