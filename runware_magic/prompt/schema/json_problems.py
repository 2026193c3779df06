"""What jsonschema finds wrong with data, in lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from runware_magic.chat.text import printable
from runware_magic.prompt.schema.problems import COUNTED, EXPECTED, Path, Problem, extra, missing, one_of, quoted

_Error = Any  # jsonschema.ValidationError, whose parts type checkers take for unset

_SHOWN = 80
#: What a keyword wants, with its value.
_WANTED = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "multipleOf": "a multiple of {}",
    "minLength": "text of at least {} characters",
    "maxLength": "text of at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "minProperties": "at least {} fields",
    "maxProperties": "at most {} fields",
    "pattern": "text that matches {}",
    "uniqueItems": "no item twice",
    "oneOf": "one form of the schema, not several",
}
_SHAPES = ("type", "const", "enum")


def problems_of(validator: Any, value: object) -> list[Problem]:  # noqa: ANN401  # as in `validator_of`
    """Return what is wrong with a value; at most `COUNTED` problems."""
    from referencing.exceptions import Unresolvable  # noqa: PLC0415  # as in `validator_of`

    try:
        return list(islice(_told(validator.iter_errors(value)), COUNTED))
    except Unresolvable as error:
        why = f"the schema refers to {printable(str(error.ref), _SHOWN)!r}, which is not in it"
    except RecursionError:
        why = "the schema refers to itself without end"
    return [Problem((), said=f"cannot be checked: {why}")]


def _told(errors: Iterable[_Error]) -> Iterator[Problem]:
    for error in errors:
        path = tuple(error.absolute_path)
        match error.validator:
            case "required":
                yield from (missing((*path, name)) for name in error.validator_value if name not in error.instance)
            case "additionalProperties" if error.validator_value is False:
                yield from (extra((*path, name)) for name in _extras(error))
            case "anyOf" | "oneOf" if error.context:
                yield from _closest(error)
            case _:
                yield _problem(error, path)


def _problem(error: _Error, path: Path) -> Problem:
    if expected := _expected(error):
        return Problem(path, error.instance, expected=expected)
    return Problem(
        path, error.instance, fault=printable(error.message.removeprefix(repr(error.instance)).strip(), _SHOWN)
    )


def _expected(error: _Error) -> str:
    wanted = error.validator_value
    match error.validator:
        case "type":
            said = " or ".join(EXPECTED.get(name, name) for name in ([wanted] if isinstance(wanted, str) else wanted))
        case "enum":
            said = one_of(wanted)
        case "const":
            said = quoted(wanted)
        case name:
            said = _WANTED.get(name, "").format(quoted(wanted) if name == "pattern" else wanted)
    return said


def _extras(error: _Error) -> list[str]:
    known, patterns = error.schema.get("properties", {}), error.schema.get("patternProperties", {})
    return [
        name
        for name in islice(error.instance, COUNTED)
        if name not in known and not any(re.search(pattern, name) for pattern in patterns)
    ]


def _closest(error: _Error) -> Iterator[Problem]:
    """Yield the problems of the form that a value is meant to have; if it has the shape of none, what it may be."""
    forms: dict[object, list[_Error]] = {}
    for inner in error.context:
        forms.setdefault(inner.schema_path[0], []).append(inner)
    near = [form for form in forms.values() if not any(map(_is_another_shape, form))]
    if near:
        fewest = min(near, key=len)
        yield from _told(fewest)
        return
    path = tuple(error.absolute_path)
    for form in forms.values():
        yield from (_problem(inner, path) for inner in form if _is_another_shape(inner))


def _is_another_shape(error: _Error) -> bool:
    return error.validator in _SHAPES and not error.relative_path
