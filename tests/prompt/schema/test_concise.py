"""Schemas in one line, as users of `llm` know them."""

import pytest

from runware_magic.chat.structured import inner_schema
from runware_magic.errors import OptionError
from runware_magic.prompt.schema.concise import concise_schema

TEXT, WHOLE, NUMBER, FLAG = ({"type": name} for name in ("string", "integer", "number", "boolean"))


@pytest.mark.parametrize(
    ("text", "properties"),
    [
        ("name", {"name": TEXT}),
        (
            "name, age int, tall bool, cm float, bio str",
            {"name": TEXT, "age": WHOLE, "tall": FLAG, "cm": NUMBER, "bio": TEXT},
        ),
        (
            "name, age int, bio: one sentence",
            {"name": TEXT, "age": WHOLE, "bio": {**TEXT, "description": "one sentence"}},
        ),
        (
            "bio: one sentence, age int: in years, name",
            {"bio": {**TEXT, "description": "one sentence"}, "age": {**WHOLE, "description": "in years"}, "name": TEXT},
        ),
        ("  name ,age   int,\n", {"name": TEXT, "age": WHOLE}),
        ("name\n  age int\n\nok bool\n", {"name": TEXT, "age": WHOLE, "ok": FLAG}),
        (
            "name, age int\nbio: short, and\tplain",
            {"name": TEXT, "age": WHOLE, "bio": {**TEXT, "description": "short, and plain"}},
        ),
        ("at: as 12:30", {"at": {**TEXT, "description": "as 12:30"}}),
        ("größe_2 float, 名前", {"größe_2": NUMBER, "名前": TEXT}),
        ("Name str", {"Name": TEXT}),
        ("name, items: the parts", {"name": TEXT, "items": {**TEXT, "description": "the parts"}}),
        ("items", {"items": TEXT}),
        ("bio:", {"bio": TEXT}),
    ],
)
def test_the_fields_of_an_object(text, properties):
    """All are required, and there are no others."""
    assert concise_schema(text) == {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    "text", ["items: name, price float", "items:name,price float", " items:\n name\n price float\n"]
)
def test_many_objects(text):
    """A list of them, which is in an object."""
    assert inner_schema(concise_schema(text)) == {"type": "array", "items": concise_schema("name, price float")}


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "The schema has no fields.", 'Write such as "name, age int'),
        (" ,, ", "The schema has no fields.", "Write such as"),
        ("items:", "The schema has no fields.", '"items: name, price float" for many'),
        (
            "age number",
            "The type of a field must be int, float, bool or str, not 'number' in 'age number'.",
            "Use float.",
        ),
        ("on date", "must be int, float, bool or str, not 'date'", "Use str."),
        ("of list", "must be int, float, bool or str, not 'list'", "Name a class for other types."),
        ("full name str", "must be a name and perhaps a type, not 'full name str'", "comma ends a description"),
        ("bio: short, no more than ten words", "not 'no more than ten words'", "write each field on a line"),
        ("2nd", "must begin with a name of letters, digits and underscores, not '2nd'", "Write such as"),
        ("first-name", "not 'first-name'", "Write such as"),
        (": one sentence", "not ''", "Write such as"),
        ("{name}", "not '{name}'", "Write such as"),
        ("name, age int, name", "The field name is there twice.", "Write such as"),
        ("Recipe", "'Recipe' looks like a class, but only its name was given.", "write 'Recipe str'"),
        ("\x1b[2J" + "x" * 10**6, "not '�[2J" + "x" * 55 + "…'", "Write such as"),
    ],
)
def test_what_is_malformed_has_a_line(text, message, hint):
    """With what is wrong, and an example."""
    with pytest.raises(OptionError) as caught:
        concise_schema(text)
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert len(str(caught.value)) < 300
