"""The JSON of an answer is found in fences and prose; what is not one JSON value says why."""

import pytest

from runware_magic.chat.answer_json import NoJsonError, json_of

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
