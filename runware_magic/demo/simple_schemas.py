"""Validate by JSON schemas that have the usual words only: jsonschema, which knows all, may take seconds to import."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_DEEPEST = 20  # levels


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


#: Whether a value has a type.
_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: _is_number(value) and value == value // 1,
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
}


def is_simple(schema: object, depth: int = 0) -> bool:
    """Whether a schema is valid, and has such words only as `allows` knows."""
    if isinstance(schema, bool):
        return True
    if not isinstance(schema, Mapping) or depth > _DEEPEST or schema.keys() - _WELL_FORMED.keys():
        return False
    return all(_WELL_FORMED[word](told, depth + 1) for word, told in schema.items())


def _are_simple(schemas: object, depth: int) -> bool:
    return isinstance(schemas, Mapping) and all(is_simple(schema, depth) for schema in schemas.values())


def _is_list_of(values: object, kind: Callable[[object], bool]) -> bool:
    return isinstance(values, list) and all(map(kind, values)) and len(values) == len(set(map(repr, values)))


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, str | int | float)


def _is_type(name: object) -> bool:
    return isinstance(name, str) and name in _TYPES


#: The words, and whether what stands behind them is as it must be.
_WELL_FORMED: dict[str, Callable[[Any, int], bool]] = {
    "type": lambda told, _: _is_type(told) or (bool(told) and _is_list_of(told, _is_type)),
    "properties": _are_simple,
    "required": lambda told, _: _is_list_of(told, lambda name: isinstance(name, str)),
    "additionalProperties": is_simple,
    "items": is_simple,
    "enum": lambda told, _: bool(told) and _is_list_of(told, _is_scalar),
    "const": lambda told, _: _is_scalar(told),
    "anyOf": lambda told, depth: isinstance(told, list) and bool(told) and all(is_simple(way, depth) for way in told),
    "minimum": lambda told, _: _is_number(told),
    "maximum": lambda told, _: _is_number(told),
    "default": lambda *_: True,
    "title": lambda told, _: isinstance(told, str),
    "description": lambda told, _: isinstance(told, str),
}


def allows(schema: Any, value: Any) -> bool:  # noqa: ANN401  # any JSON value
    """Whether a simple schema allows a value."""
    if isinstance(schema, bool):
        return schema
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    return (
        (not types or any(_TYPES[name](value) for name in types))
        and ("enum" not in schema or any(_equal(value, entry) for entry in schema["enum"]))
        and ("const" not in schema or _equal(value, schema["const"]))
        and ("anyOf" not in schema or any(allows(way, value) for way in schema["anyOf"]))
        and (not _is_number(value) or schema.get("minimum", value) <= value <= schema.get("maximum", value))
        and _allows_entries(schema, value)
    )


def _allows_entries(schema: Mapping[str, Any], value: object) -> bool:
    if isinstance(value, list):
        return all(allows(schema.get("items", True), entry) for entry in value)
    if not isinstance(value, dict):
        return True
    properties, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
    if any(name not in value for name in schema.get("required", [])):
        return False
    return all(allows(properties.get(name, rest), entry) for name, entry in value.items())


def _equal(one: object, other: object) -> bool:
    # In JSON, unlike in Python, true is not 1.
    return isinstance(one, bool) == isinstance(other, bool) and one == other
