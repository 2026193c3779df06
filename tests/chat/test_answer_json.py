"""The JSON of an answer is found in fences and prose; what is not one JSON value says why."""

import json

import pytest
from growth import assert_not_quadratic
from hypothesis import given
from hypothesis import strategies as st
from json_layouts import INDENT, OBJECTS, VALUES, layouts

from runware_magic.chat.answer_json import NoJsonError, found_json, json_of

OBJECT, LIST = {"type": "object"}, {"type": "array"}


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        ('{"a": 1}', OBJECT, {"a": 1}),
        ('```json\n{"a": 1}\n```', OBJECT, {"a": 1}),
        ('Here it is:\n\n~~~\n{"a": 1}\n~~~\nI hope that helps {or not}.', OBJECT, {"a": 1}),
        ('Sure [1]: {"a": [1, 2]} as you asked.', OBJECT, {"a": [1, 2]}),
        ("The numbers {of today} are [1, 2].", LIST, [1, 2]),
        ('{"a": "```"}', OBJECT, {"a": "```"}),
        ("```python\nprint({})\n```\n\n```json\n{}\n```", OBJECT, {}),
        (" 12 ", {"type": "integer"}, 12),
        ('```\n"twelve"\n```', {"type": "string"}, "twelve"),
        ("[1]", None, [1]),
        ("[1, 2]", OBJECT, [1, 2]),
        ('"I cannot."', OBJECT, "I cannot."),
        ("null", OBJECT, None),
        ("12", OBJECT, 12),
        ('[{"a": 1}]', OBJECT, [{"a": 1}]),
        ('Here [1]: [{"a": 1}]', OBJECT, [{"a": 1}]),
        ('{"items": [1]}', LIST, {"items": [1]}),
        ('With f(x) = {x} and [note 1], [see]: {"a": 1} in {y}.', OBJECT, {"a": 1}),
        ('````\n{"a": "b"}\n````', OBJECT, {"a": "b"}),
        ('```json\n{"a": 1}', OBJECT, {"a": 1}),
        ("````\n```json\n{}\n```\n````", OBJECT, {}),
        ('{"a": "\\ud83d\\ude00 \\ud83d"}', OBJECT, {"a": "😀 \ufffd"}),
        ("{}", {"$ref": "#/$defs/A", "$defs": {"A": {"type": "object"}}}, {}),
    ],
)
def test_the_value_is_found(text, schema, value):
    """Bare, fenced, in prose."""
    assert json_of(text, schema) == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("I cannot do that.", "the answer has no JSON: 'I cannot do that.'"),
        ("", "the answer has no JSON: ''"),
        ('{"a": 1', "the JSON is cut off"),
        ('{"a": "so f', "the JSON is cut off"),
        ('```json\n{"a": [1, ', "the JSON is cut off"),
        ('{"a": 1} {"a": 2}', "the answer has more than one JSON value"),
        ('{"a": 1} {"a": ', "the answer has more than one JSON value"),
        ('{"a": 1} {or} [1] {"a": 2}', "the answer has more than one JSON value"),
        ('[{"a": 1}] and [{"a": 2}]', "the answer has more than one JSON value"),
        ('[{"a": 1}, {"a": 2', "the JSON is cut off"),
        ("I cannot [1].", "the answer has no JSON: 'I cannot [1].'"),
        ("{" + "9" * 5000, "not JSON: Expecting property name enclosed in double quotes, line 1: '" + "9" * 39 + "…'"),
        ('{"a": ' + "9" * 309 + "}", "'" + "9" * 39 + "…' is too large a number"),
        ("```\n{}\n```\n```\n{}\n```", "the answer has more than one block of JSON"),
        ('{"a": NaN}', "NaN is not a JSON value"),
        ('{"a": 1e999}', "'1e999' is too large a number"),
        ('{"a": 1, "a": 2}', "the key 'a' is there twice"),
        ("{'a': 1}", "not JSON: Expecting property name enclosed in double quotes, line 1: \"'a': 1}\""),
        ('{"a":' * 60 + "1" + "}" * 60, "the JSON is nested deeper than 50 levels"),
        ('{"a":' * 60_000 + "1" + "}" * 60_000, "the JSON is nested deeper than 50 levels"),
    ],
)
def test_what_is_no_single_value_says_why(text, why):
    """In a few words."""
    with pytest.raises(NoJsonError) as caught:
        json_of(text, OBJECT)
    assert str(caught.value) == why


@pytest.mark.parametrize(("text", "why"), [("12 apples", "more follows: 'apples'"), ("1 2", "more follows: '2'")])
def test_a_value_without_brackets_stands_alone(text, why):
    """Else a number of the prose could be taken for it."""
    with pytest.raises(NoJsonError, match=f"^not JSON: {why}$"):
        json_of(text, {"type": "integer"})


def _why_not(text, schema=OBJECT):
    """Return why an answer has no value; empty if it has one."""
    try:
        json_of(text, schema)
    except NoJsonError as error:
        return str(error)
    return ""


@given(layouts(OBJECTS))
def test_any_object_is_found_in_any_layout(answer):
    """With its text, which has the same value."""
    value, text = answer
    found, written = found_json(text, OBJECT)
    assert found == value
    assert json.loads(written) == value
    assert written in text


BEFORE = ["", "Here it is:\n", "```json\n"]


@given(OBJECTS | st.lists(VALUES), INDENT, st.sampled_from(BEFORE), st.integers(0))
def test_an_answer_that_ends_anywhere_within_its_value_is_cut_off(value, indent, before, at):
    """Wherever the limit of tokens is reached, and whatever kind of value is expected."""
    text = json.dumps(value, indent=indent)
    cut = before + text[: 1 + at % (len(text) - 1)]
    for schema in (OBJECT, LIST, None) if text[0] == "{" or not before else (LIST, None):
        assert _why_not(cut, schema) == "the JSON is cut off"


@pytest.mark.parametrize("before", BEFORE)
def test_every_end_of_a_value_with_all_kinds_in_it_is_cut_off(before):
    """Within literals, numbers and escapes, too."""
    text = json.dumps({"a": "\\\x00é\U0001f600", "b": [True, False, None, -1.5e30, 12], "c": {}})
    whys = {_why_not(before + text[:end]) for end in range(1, len(text))}
    assert whys == {"the JSON is cut off"}


@given(st.text(max_size=60) | st.lists(st.sampled_from([*'{}[]",:`~\\ \n1-', "```", "true", "\\ud8"])).map("".join))
def test_any_text_has_a_value_or_a_reason(text):
    """A short one, on one line."""
    for schema in (OBJECT, LIST, None, {"type": "string"}):
        why = _why_not(text, schema)
        assert why.isprintable()
        assert len(why) < 160


@pytest.mark.fuzz
@pytest.mark.parametrize(
    "piece",
    [
        "[a ",
        "[1 ",
        "{x} ",
        "[1] ",
        "```a\n",
        "````\n",
        "~~~\n```\n",
        "[[1] ",
        '{"a": 1} ',
        "{} {",
        "[" * 20,
        "\n{",
        '"',
    ],
)
def test_finding_takes_time_with_the_length_of_the_answer(piece):
    """Whatever brackets and fences it has."""
    assert_not_quadratic(_why_not, lambda size: piece * (size // len(piece)), 400_000)
    assert_not_quadratic(_why_not, lambda size: '{"a": 1}' + piece * (size // len(piece)), 400_000)


def test_a_key_that_is_there_twice_is_found_at_once():
    """Among many."""
    keys = ", ".join(f'"{number}": 1' for number in [*range(20_000), 19_999])
    with pytest.raises(NoJsonError, match=r"^the key '19999' is there twice$"):
        json_of(f"{{{keys}}}", OBJECT)
