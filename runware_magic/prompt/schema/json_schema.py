"""JSON schemas that are dicts: whether one is valid, and what validates by it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from runware_magic.chat.text import printable
from runware_magic.errors import OptionError
from runware_magic.prompt.schema.problems import place, quoted

if TYPE_CHECKING:
    from jsonschema import ValidationError

_SHOWN = 80
_HINT = 'Write such as {"type": "object", "properties": {"name": {"type": "string"}}}, or name a class.'
#: Keywords that say nothing about values, but tell that a dict is meant as a schema.
_NOTES = {"$schema", "$id", "$defs", "definitions", "title", "description", "default", "examples"}
#: What has values in it, not schemas.
_VALUES = {"const", "default", "enum", "examples"}


def checked_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a JSON schema, or raise `OptionError` if it is none, or refers to what is not in it."""
    from jsonschema import SchemaError  # noqa: PLC0415  # as in `validator_of`

    try:
        text = json.dumps(schema, allow_nan=False)
        copy: dict[str, Any] = json.loads(text)
        keywords = set(validator_of(text).VALIDATORS)
        _refuse_references(copy)
    except SchemaError as error:
        where = place(tuple(error.absolute_path))
        raise _no_schema(where + ": " * bool(where) + error.message) from None
    except (TypeError, ValueError, RecursionError) as error:
        raise _no_schema(str(error)) from None
    if copy and not copy.keys() & (_NOTES | keywords):
        raise _no_schema(quoted(next(iter(copy))) + " is none of its keywords")
    return copy


def _no_schema(why: str) -> OptionError:
    return OptionError(f"The dict is no JSON schema: {printable(why, _SHOWN)}.", _HINT)


@lru_cache
def validator_of(text: str) -> Any:  # noqa: ANN401  # jsonschema makes the class at run time
    """Return the validator of a schema, which is given as JSON. Cached, since making it takes milliseconds.

    Raises `jsonschema.SchemaError` if it is not a schema.
    """
    import jsonschema  # noqa: PLC0415  # takes longer than loading the extension may
    from referencing import Registry  # noqa: PLC0415  # likewise

    schema = json.loads(text)
    # The empty registry keeps references from being fetched.
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    kind = jsonschema.validators.extend(kind, {"uniqueItems": _unique_items})  # type: ignore[no-untyped-call]
    return kind(schema, registry=Registry())


def _unique_items(_validator: object, wanted: object, value: object, _schema: object) -> Iterator[ValidationError]:
    """Do as jsonschema does, but not in time with the square of the items."""
    if wanted and isinstance(value, list) and len(set(map(_hashable, value))) < len(value):
        from jsonschema.exceptions import ValidationError as Unequal  # noqa: PLC0415  # as in `validator_of`

        yield Unequal("")


def _hashable(value: object) -> object:
    if isinstance(value, dict):
        return frozenset((name, _hashable(inner)) for name, inner in value.items())
    if isinstance(value, list):
        return tuple(map(_hashable, value))
    return (value,) if isinstance(value, bool) else value  # 1 and true are equal in Python only


def _refuse_references(schema: dict[str, Any]) -> None:
    """Raise `OptionError` if a reference leads nowhere, as far as that can be seen."""
    inner = list(_schemas(schema))
    if any(isinstance(each.get("$id"), str) for each in inner):
        return  # references may go by these
    for each in inner:
        reference = each.get("$ref")
        if isinstance(reference, str) and not _leads_somewhere(schema, reference):
            why = "nothing is there" if reference.startswith("#") else "other documents are not fetched"
            msg = f"The JSON schema refers to {printable(reference, _SHOWN)!r}, but {why}."
            raise OptionError(msg, 'Put the schema under "$defs" and refer to "#/$defs/NAME".')


def _schemas(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for name, inner in value.items():
            if name not in _VALUES:
                yield from _schemas(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _schemas(inner)


def _leads_somewhere(schema: object, reference: str) -> bool:
    if not reference.startswith("#/"):
        return reference.startswith("#")  # an anchor, or the root
    from urllib.parse import unquote  # noqa: PLC0415  # rarely used

    for step in unquote(reference[2:]).split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(schema, list) and name.isdecimal() and int(name) < len(schema):
            schema = schema[int(name)]
        elif isinstance(schema, dict) and name in schema:
            schema = schema[name]
        else:
            return False
    return True
