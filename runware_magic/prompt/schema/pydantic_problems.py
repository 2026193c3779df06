"""What pydantic finds wrong with data, in the lines that JSON schemas have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from runware_magic.chat.text import printable
from runware_magic.prompt.schema.problems import (
    COUNTED,
    EXPECTED,
    DataError,
    Path,
    Problem,
    data_error,
    extra,
    missing,
)

if TYPE_CHECKING:
    from pydantic import ValidationError

_SHOWN = 120
_ABSENT = ("missing", "missing_argument", "missing_positional_only_argument", "missing_keyword_only_argument")
_MORE = ("extra_forbidden", "unexpected_keyword_argument")
_RAISED = ("value_error", "assertion_error")
_TYPES = {
    "object": ("dict_type", "model_type", "model_attributes_type", "dataclass_type", "mapping_type"),
    "array": ("list_type", "tuple_type", "set_type", "frozen_set_type"),
    "string": ("string_type",),
    "number": ("float_type",),
    "integer": ("int_type", "int_from_float"),
    "boolean": ("bool_type",),
    "null": ("none_required",),
}
_EXPECTED = {kind: EXPECTED[name] for name, kinds in _TYPES.items() for kind in kinds}
_LIMITS = {
    "enum": "{expected}",
    "literal_error": "{expected}",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "multiple_of": "a multiple of {multiple_of}",
    "string_too_short": "text of at least {min_length} characters",
    "string_too_long": "text of at most {max_length} characters",
    "string_pattern_mismatch": 'text that matches "{pattern}"',
    "too_short": "at least {min_length} items",
    "too_long": "at most {max_length} items",
}
_SHOULD_BE = "Input should be "


def error_of(error: ValidationError, value: object) -> DataError:
    """Return the error of a JSON value that pydantic found problems with."""
    found = error.errors(include_url=False)
    return data_error(_problem(each, value) for each in islice(found, COUNTED))


def _problem(error: Mapping[str, Any], root: object) -> Problem:
    kind, came, context = error["type"], error["input"], error.get("ctx") or {}
    is_absent = kind in _ABSENT
    path = _path(error["loc"], root, is_new=is_absent)
    if is_absent:
        return missing(path)
    if kind in _MORE:
        return extra(path)
    if kind in _EXPECTED:
        return Problem(path, came, expected=_EXPECTED[kind])
    if kind in _LIMITS:
        return Problem(path, came, expected=printable(_LIMITS[kind].format_map(context), _SHOWN))
    said = str(context["error"] if kind in _RAISED else "") or error["msg"]
    if said.startswith(_SHOULD_BE):
        return Problem(path, came, expected=printable(said.removeprefix(_SHOULD_BE), _SHOWN))
    return Problem(path, came, fault=printable(said, _SHOWN))


def _path(steps: Sequence[str | int], value: object, *, is_new: bool) -> Path:
    """Return the steps that lead to a value. Others name the forms of a union, or say that it is about a key."""
    path: list[str | int] = []
    for number, step in enumerate(steps, 1):
        if isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        elif isinstance(value, dict) and step in value:
            value = value[str(step)]
        elif not (is_new and number == len(steps)):
            continue
        path.append(step)
    return tuple(path)
