"""Make a JSON value that a schema allows, from what is known; the rest is made up, and says so where it is text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from runware_magic.demo import placeholders, simple_schemas

_ENOUGH, _MOST = (
    500,
    5_000,
)  # values of an answer: optional ones are left out beyond the first, none is made beyond the other
_DEEP, _DEEPEST = 6, 40  # levels, likewise
_ITEMS = 2  # of an array that may have any number
_MANY = 20  # items of an array that has more rows


class CannotMakeError(Exception):
    """The demo finds no value for a schema."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known for an answer: values by the names of fields, and rows of them for lists.

    Names are in lower case and without other signs than letters and digits; see `key`.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    rows: Sequence[Mapping[str, Any]] = ()

    def within(self) -> Known:
        """Return what is known for the objects within one that has used the fields."""
        return Known({}, self.rows)


def key(name: str) -> str:
    """Return a field's name as `Known` has it."""
    return re.sub(r"[\W_]+", "", name.lower())


@dataclass(frozen=True, slots=True)
class Made:
    """A value, and the names of its fields that are made up."""

    value: Any
    invented: tuple[str, ...] = ()


def made(schema: Mapping[str, Any], known: Known) -> Made:
    """Return a value that the schema allows; raise CannotMakeError if none is found."""
    maker = _Maker(schema)
    try:
        value = maker.made(schema, known, _Place("value"))
    except (ArithmeticError, RecursionError):
        raise CannotMakeError from None
    if not allows(schema, value):
        raise CannotMakeError
    return Made(value, tuple(dict.fromkeys(maker.invented)))


def is_schema(schema: Mapping[str, Any]) -> bool:
    """Whether this is a JSON schema."""
    if simple_schemas.is_simple(schema):
        return True
    from jsonschema import SchemaError  # noqa: PLC0415  # rarely used

    try:
        _validator_of(json.dumps(schema))
    except (SchemaError, RecursionError):
        return False
    return True


def allows(schema: Mapping[str, Any], value: object, part: Mapping[str, Any] | None = None) -> bool:
    """Whether a schema allows a value; `part` is a schema within it to ask instead."""
    asked = schema if part is None else part
    if simple_schemas.is_simple(asked):
        return simple_schemas.allows(asked, value)
    try:
        validator = _validator_of(json.dumps(schema))
        return bool((validator if part is None else validator.evolve(schema=part)).is_valid(value))
    except Exception:  # noqa: BLE001  # patterns and references that do not exist, and endless ones, show only now
        return False


@lru_cache
def _validator_of(text: str) -> Any:  # noqa: ANN401  # jsonschema makes the class at run time
    """Return the validator of a schema; raise `jsonschema.SchemaError` if it is none."""
    import jsonschema  # noqa: PLC0415  # rarely used
    from referencing import Registry  # noqa: PLC0415

    schema = json.loads(text)
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    # The empty registry keeps references from being fetched.
    return kind(schema, registry=Registry(), format_checker=kind.FORMAT_CHECKER)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value stands: its name, its place in the list that it is an item of (from 1), and its level."""

    name: str
    nth: int = 1
    depth: int = 0

    def inner(self, name: str, nth: int = 1) -> _Place:
        return _Place(name, nth, self.depth + 1)


class _Maker:
    """Makes one value."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._count = 0
        self.invented: list[str] = []

    def made(self, schema: object, known: Known, place: _Place) -> Any:  # noqa: ANN401  # any JSON value
        self._count += 1
        if place.depth > _DEEPEST or self._count > _MOST or schema is False:
            raise CannotMakeError
        told = self._whole(schema)
        if "const" in told:
            return told["const"]
        if told.get("enum"):
            return self._told_enum(told, known, place)
        for choices in ("anyOf", "oneOf"):
            if told.get(choices):
                return self._choice(told, choices, known, place)
        return self._typed(told, known, place)

    def _short(self, place: _Place) -> bool:
        """Whether what may be left out is left out, so that recursion ends."""
        return place.depth > _DEEP or self._count > _ENOUGH

    def _whole(self, schema: object) -> dict[str, Any]:
        """Return a schema with its references and ``allOf`` put in."""
        told = dict(schema) if isinstance(schema, Mapping) else {}
        for _ in range(_DEEPEST):
            parts = told.pop("allOf", [])
            if "$ref" in told:
                parts = [self._named(told.pop("$ref")), *parts]
            if not parts:
                return told
            for part in parts:
                told = _merged(told, part)
        raise CannotMakeError

    def _named(self, reference: object) -> Any:  # noqa: ANN401  # any JSON value
        found: Any = self._root
        if not isinstance(reference, str) or not reference.startswith("#"):
            raise CannotMakeError
        for step in filter(None, reference[1:].split("/")):
            found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, Mapping) else None
        return found

    def _allows(self, schema: Mapping[str, Any], made: object) -> bool:
        return allows(self._root, made, schema)

    def _told_enum(self, told: Mapping[str, Any], known: Known, place: _Place) -> Any:  # noqa: ANN401  # any JSON value
        found = known.fields.get(key(place.name))
        allowed = [entry for entry in told["enum"] if self._allows(told, entry)]
        same = [entry for entry in allowed if found is not None and str(entry).lower() == str(found).lower()]
        if not allowed:
            raise CannotMakeError
        if same:
            return same[0]
        self.invented += [place.name] * (len(allowed) > 1)
        return allowed[(place.nth - 1) % len(allowed)]

    def _choice(self, told: Mapping[str, Any], choices: str, known: Known, place: _Place) -> Any:  # noqa: ANN401  # any JSON value
        rest = {word: entry for word, entry in told.items() if word != choices}
        ways = [_merged(rest, self._whole(way)) for way in told[choices] if way is not False]
        # Null is what is left out, and what ends a recursion.
        for way in sorted(ways, key=lambda way: (way.get("type") == "null") != self._short(place)):
            try:
                made = self.made(way, known, place.inner(place.name, place.nth))
            except CannotMakeError:
                continue
            if self._allows(told, made):
                return made
        raise CannotMakeError

    def _typed(self, told: Mapping[str, Any], known: Known, place: _Place) -> Any:  # noqa: ANN401  # any JSON value
        kind = _kind(told)
        if kind == "object":
            return self._object(told, known, place)
        if kind == "array":
            return self._array(told, known, place)
        found = known.fields.get(key(place.name))
        if found is not None and self._allows(told, found):
            return found
        if kind != "null":
            self.invented.append(place.name)
        if kind == "string":
            return self._first(told, placeholders.texts(told, place.name, place.nth))
        if kind in {"integer", "number"}:
            return self._first(told, placeholders.numbers(told, place.nth, whole=kind == "integer"))
        return place.nth % 2 == 1 if kind == "boolean" else None

    def _first(self, told: Mapping[str, Any], tried: Iterator[Any]) -> Any:  # noqa: ANN401  # any JSON value
        for value in tried:
            if self._allows(told, value):
                return value
        raise CannotMakeError

    def _object(self, told: Mapping[str, Any], known: Known, place: _Place) -> dict[str, Any]:
        properties = told.get("properties") or {}
        required = told.get("required") or []
        inner = known.within() if any(key(name) in known.fields for name in properties) else known
        made = {}
        for name, schema in {**properties, **{name: {} for name in required if name not in properties}}.items():
            if name not in required and self._short(place):
                continue
            try:
                nested = _kind(self._whole(schema)) in {"object", "array"}
                made[name] = self.made(schema, inner if nested else known, place.inner(name, place.nth))
            except CannotMakeError:
                if name in required:
                    raise
        missing = int(
            told.get("minProperties") or (not properties and isinstance(told.get("additionalProperties"), Mapping))
        )
        for nth in range(1, 1 + missing - len(made)):
            made[f"made_up_{nth}"] = self.made(told.get("additionalProperties", {}), inner, place.inner("value", nth))
        return made

    def _array(self, told: Mapping[str, Any], known: Known, place: _Place) -> list[Any]:
        fixed, items = told.get("prefixItems") or [], told.get("items", {})
        least = int(told.get("minItems") or 0)
        most = min(int(told.get("maxItems", max(_MANY, least))), len(fixed) if items is False else _MOST)
        rows = self._rows(items, known, _singular(place.name))
        wanted = max(least, len(fixed), len(rows) or (0 if self._short(place) else _ITEMS))
        made: list[Any] = []
        for at in range(min(most, wanted)):
            schema, row = fixed[at] if at < len(fixed) else items, rows[at] if at < len(rows) else Known()
            try:
                made.append(self.made(schema, row, place.inner(_singular(place.name), at + 1)))
            except CannotMakeError:
                if at < least:
                    raise
                break
        return _distinct(made) if told.get("uniqueItems") else made

    def _rows(self, items: object, known: Known, name: str) -> list[Known]:
        """Return what is known of each item; of one that is no object, the field of this name, or the name."""
        kind = _kind(self._whole(items)) if items is not False else ""
        if kind == "object":
            return [Known(row) for row in known.rows]
        field_name = next((given for given in (key(name), "name") if any(given in row for row in known.rows)), "")
        single = field_name != "name" or len(known.rows) > 1
        return [Known({key(name): row[field_name]}) for row in known.rows if field_name in row and single]


def _singular(name: str) -> str:
    return re.sub(r"ies$", "y", name).removesuffix("s") or name


def _merged(told: dict[str, Any], part: object) -> dict[str, Any]:
    """Return a schema that demands what both do, as far as they differ in what they name."""
    if part is False or part is None:
        raise CannotMakeError
    merged = dict(told)
    for word, entry in (part if isinstance(part, Mapping) else {}).items():
        here = merged.get(word)
        if here is None:
            merged[word] = entry
        elif word in {"required", "allOf"}:
            merged[word] = [*here, *entry]
        elif word in {"properties", "$defs"}:
            merged[word] = {**here, **entry}
        elif word in {"minimum", "minLength", "minItems", "exclusiveMinimum"}:
            merged[word] = max(here, entry)
        elif word in {"maximum", "maxLength", "maxItems", "exclusiveMaximum"}:
            merged[word] = min(here, entry)
    return merged


def _kind(told: Mapping[str, Any]) -> str:
    """Return the type to make: the first that is not null, or what the other words of the schema are about."""
    types = told.get("type")
    if isinstance(types, list) and types:
        return next((kind for kind in types if kind != "null"), "null")
    if isinstance(types, str):
        return types
    return next((kind for words, kind in _ABOUT if words & told.keys()), "string")


_ABOUT: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"properties", "required", "additionalProperties", "minProperties"}), "object"),
    (frozenset({"items", "prefixItems", "minItems", "maxItems"}), "array"),
    (frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}), "number"),
)


def _distinct(items: list[Any]) -> list[Any]:
    return list({json.dumps(item, sort_keys=True): item for item in items}.values())
