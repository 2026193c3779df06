"""The JSON of an answer that grows: never what is not there, at the end all of it, and linear work."""

import json
import random
import re
from unittest.mock import patch

import pytest
from growth import assert_not_quadratic
from hypothesis import given
from hypothesis import strategies as st
from json_answers import TreeReader, answers, assert_begins, pieces, rows_of, values

from runware_magic.chat.answer_json import json_of
from runware_magic.chat.text import encodable_json
from runware_magic.display.render import growing_json
from runware_magic.display.render.growing_json import PART, GrowingJson

cuts = st.lists(st.integers(0, 400), max_size=12)


def grown(text, each=7, schema=None):
    """Return a document that has got a text some characters at a time."""
    document = GrowingJson(schema)
    for start in range(0, len(text), each):
        document.feed(text[start : start + each])
    return document


def shown(document):
    """Return the rows that a document shows."""
    return TreeReader(*document.sealed, document.tail).rows


def test_a_text_grows_beside_its_name():
    """Where it stands at its end: it does not jump."""
    growing = GrowingJson({"type": "object"})
    growing.feed('{"name": "Ada')
    assert re.search(r"<div[^>]*><span[^>]*>name</span>: <span[^>]*>[^<]*Ada</span></div>", growing.tail)


@given(answers(), cuts)
def test_a_tree_never_shows_what_is_not_there_and_ends_as_the_value(answer, where):
    """However the JSON is written, whatever stands around it, wherever it is split."""
    value, text = answer
    assert json_of(text, {"type": "object" if isinstance(value, dict) else "array"}) == value
    whole = list(rows_of(value))
    document = GrowingJson({"type": "object" if isinstance(value, dict) else "array"})
    for piece in pieces(text, where):
        document.feed(piece)
        rows = shown(document)
        # What stands in prose, as [1], is shown until a fence begins.
        if "As in" not in text:
            assert_begins(rows, whole, ended=False)
    assert_begins(shown(document), whole, ended=True)


@given(st.lists(values, min_size=1, max_size=8), st.integers(1, 300))
def test_a_long_tree_is_the_same_in_sealed_parts(several, each):
    """Each part stands by itself, here a short one; together they have every row once."""
    value = encodable_json(several)
    with patch.object(growing_json, "PART", 150):
        document = grown(json.dumps(value, indent=1), each)
    assert_begins(shown(document), list(rows_of(value)), ended=True)


@pytest.mark.parametrize(
    ("so_far", "rows"),
    [
        ('{"n": 12', []),
        ('{"n": 12.', []),
        ('{"n": 12.5 ', ["n", (12.5,)]),
        ('{"yes": tru', []),
        ('{"a": "x", "yes', ["a", 'x"']),
        ('{"a": "x", "yes":', ["a", 'x"']),
        ('{"a": "x\\', ["a", "x"]),
        ('{"a": "x\\u00e', ["a", "x"]),
        ('{"a": "x\\ud83d', ["a", "x"]),
        ('{"a": "x\\ud83d\\u', ["a", "x"]),
        ('{"a": "x\\ud83d\\ude00', ["a", "x😀"]),
    ],
)
def test_what_is_not_certain_waits(so_far, rows):
    """Half numbers and literals, names without a value, half escapes, and half pairs of them."""
    found = shown(grown(so_far, 1))
    assert [part for _, label, value in found[1:] for part in (label, value)] == rows


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ('{"a": 1, "b": NaN, "c": 2}', ' "b": NaN, "c": 2}'),
        ('{"a": 1 "b": 2}', '"b": 2}'),
        ('{"a": 1]', "]"),
        ('{"a": "x\\y"}', '\\y"}'),
        ('{"a": "x\ny"}', 'y"}'),
        ('{"a": 01}', '{"a": 01}'),
        ("I could use {this} or that", "{this} or that"),
        ("[" * 51, "[" * 51),
    ],
)
def test_what_is_no_json_shows_as_text_from_there_on(text, rest):
    """The tree stops; nothing is lost."""
    document = grown(text)
    assert rest.strip() in TreeReader.text_of(*document.sealed, document.tail)


def test_a_growing_tree_begins_anew_where_a_fence_does():
    """What stood in the prose before is no longer shown as a value."""
    document = grown('As in [1]: see below.\n\n```json\n{"a": [1]}\n```\nDone.', 3)
    assert shown(document) == [(0, None, "{…}"), (1, "a", "[…]"), (2, None, (1,))]


def test_whole_objects_are_folds_and_open_ones_are_not():
    """An open one goes on in a later part, where no fold could reach."""
    document = grown('{"whole": {"a": 1}, "open": {"b": 2, ')
    assert document.tail.count("<details") == 1
    assert document.tail.count("disclosure-open") == 2


def test_the_tail_stays_short_and_sealed_parts_stay():
    """So that a frame costs what it brings."""
    document, longest, before = GrowingJson(), 0, []
    text = json.dumps([{"name": f"n {number}", "text": "word " * (number % 90)} for number in range(300)])
    for start in range(0, len(text), 40):
        document.feed(text[start : start + 40])
        longest = max(longest, len(document.tail))
        assert document.sealed[: len(before)] == before
        before = list(document.sealed)
    assert longest < 25 * PART
    assert len(document.sealed) > 100


def _deep(number):
    inner = "1"
    for level in range(40):
        inner = f'{{"level {level}": {inner}, "n": {number}}}'
    return inner


SHAPES = {
    "string": lambda size: json.dumps({"a": "word and word " * (size // 14)}),
    "one word": lambda size: json.dumps({"a": "x" * size}),
    "escapes": lambda size: json.dumps({"a": "\n\u00e9" * (size // 8)}),
    "key": lambda size: json.dumps({"x" * size: 1}),
    "number": lambda size: f"[{'1' * size}]",
    "numbers": lambda size: json.dumps(list(range(size // 7))),
    "records": lambda size: json.dumps([{"name": f"n {at}", "age": at, "tags": ["x"]} for at in range(size // 50)]),
    "deep": lambda size: f"[{', '.join(map(_deep, range(size // 1100)))}]",
    "brackets": lambda size: f"[{', '.join(['[' * 40 + ']' * 40] * (size // 82))}]",
    "prose": lambda size: "word and word " * (size // 14),
    "broken": lambda size: "{" + "word and word " * (size // 14),
    "fences": lambda size: "```\n" * (size // 4),
    "blanks": lambda size: " " * size,
}


@pytest.mark.fuzz
@pytest.mark.parametrize("shape", SHAPES)
def test_a_delta_costs_what_it_brings(shape):
    """With every frame drawn, whatever is long."""

    def draw(text):
        document = GrowingJson()
        for start in range(0, len(text), 80):
            document.feed(text[start : start + 80])
            assert document.tail is not None

    assert_not_quadratic(draw, SHAPES[shape], 64_000)


SIGNS = ['"', "\\", "{", "]", ",", "\n```\n", "<b>", "", "\x00", "\\u12"]


@given(answers(), st.randoms(use_true_random=False), st.integers(1, 50))
def test_broken_json_never_fails(answer, dice, each):
    """Characters taken out, put in and exchanged anywhere."""
    signs = list(answer[1])
    for _ in range(dice.randint(1, 5)):
        at = dice.randint(0, len(signs))
        signs[at : at + dice.randint(0, 2)] = dice.choice(SIGNS)
    document = grown("".join(signs), each)
    assert TreeReader(*document.sealed, document.tail) is not None


@pytest.mark.fuzz
def test_any_signs_of_json_in_any_order_never_fail():
    """Tokens at random."""
    dice = random.Random(7)  # noqa: S311  # the same texts each time
    tokens = ['"a"', '"', "{", "}", "[", "]", ",", ":", "1", "-", "true", "nul", "\\", "\n", "```", "~~~\n", " ", "x"]
    for _ in range(500):
        document = grown("".join(dice.choices(tokens, k=dice.randint(1, 60))), dice.randint(1, 9))
        assert TreeReader(*document.sealed, document.tail) is not None
