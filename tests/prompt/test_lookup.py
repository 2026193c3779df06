"""Placeholders that are looked up, not evaluated."""

import math
from types import SimpleNamespace

import pytest

from runware_magic.errors import PromptError
from runware_magic.prompt.lookup import lookup
from runware_magic.prompt.template import expand

CITY = {"name": "Oslo", "people": [717_710, 1_086_884], 3: "three"}


def counting():
    """Count, in a frame of its own."""
    yield from range(9)


RUNNING = counting()
next(RUNNING)
NAMES = {
    "running": RUNNING,
    "city": CITY,
    "row": SimpleNamespace(name="Lima", deep=CITY),
    "price": 2.5,
    "math": math,
    "_secret": "s",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ price }}", "2.5"),
        ("{{ price:.2f }}", "2.50"),
        ("{{ row.name!r }}", "'Lima'"),
        ("{{ city['name'] }} {{ city[3] }}", "Oslo three"),
        ("{{ row.deep['people'][1]:, }}", "1,086,884"),
        (r"\{{ price }}", "{{ price }}"),
    ],
)
def test_names_attributes_and_items_have_their_values(text, expected):
    """With a format or a conversion, as in a cell."""
    assert expand(text, lookup(NAMES)) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "len(city)",
        "city.get('name')",
        "row.name.upper()",
        "price + 1",
        "-price",
        "city['na' 'me'][-1]",
        "city['name'][:2]",
        "[price]",
        "f'{price}'",
        "lambda: price",
        "(x := price)",
        "[c for c in city]",
        "price if price else 0",
        "'text'",
        "city[row.name]",
        "_secret",
        "city.__class__",
        "row.deep['_x']",
        "row._x",
        "math.pi",
        "math",
        "running.gi_frame.f_globals",
        "running.gi_frame",
    ],
)
def test_all_else_is_refused_in_a_line_that_shows_it(expression):
    """Calls, operators, slices, private names, and what is behind a module: none of it is evaluated."""
    with pytest.raises(PromptError) as caught:
        expand(f"{{{{ {expression} }}}}", lookup(NAMES))
    assert caught.value.message.startswith("{{ ")
    assert "\n" not in str(caught.value)
    assert "only names values" in caught.value.hint


def test_a_name_that_is_not_there_is_told_as_in_a_cell():
    """Builtins are no names of the notebook."""
    for name in ("nothing", "open", "len"):
        with pytest.raises(PromptError, match=f"name '{name}' is not defined"):
            expand(f"{{{{ {name} }}}}", lookup(NAMES))


def test_what_is_missing_in_a_value_is_told():
    """As the value says it."""
    with pytest.raises(PromptError, match="raised KeyError"):
        expand("{{ city['x'] }}", lookup(NAMES))
