"""Reads schemas: types, JSON schemas, the concise form."""

from __future__ import annotations

import ast
import builtins
import dataclasses
import enum
from collections.abc import Callable, Mapping
from typing import get_origin

from runware_magic.chat.text import printable
from runware_magic.errors import OptionError, Words
from runware_magic.prompt.schema.concise import concise_schema, looks_like_class
from runware_magic.prompt.schema.json_schema import checked_schema
from runware_magic.prompt.schema.python_types import is_type, read_fields, read_type, type_name
from runware_magic.prompt.schema.schema import Schema, schema_of_json

_SHOWN = 80
_HINT = Words(
    'Name a class, list[Class] or a JSON schema of the notebook, or write the fields: "name, age int".',
    'Pass a class, list[Class], a JSON schema, or the fields as text: "name, age int".',
)
#: What can stand for a type or a JSON schema; other expressions, such as tuples, are meant as fields.
_NAMING = (ast.Attribute, ast.Subscript, ast.Dict, ast.List, ast.Call)
#: Of JSON Schema.
_WORDS = ("$ref", "allOf", "anyOf", "enum", "items", "oneOf", "properties", "type")
_BASES = ("enum", "pydantic", "typing", "typing_extensions")  # have classes to derive from
_BUILT_IN = {int, float, bool, str, list, dict, tuple, set, frozenset}


def read_schema(value: object) -> Schema:
    """Return the schema of a type, a JSON schema, or a text in the concise form; or raise `OptionError`.

    Types are Pydantic models, dataclasses, typed dicts, enums, and all others that pydantic understands, such as
    ``list[Model]`` or ``Literal["a", "b"]``. What is no object in JSON stands in an object with one field.
    """
    match value:
        case Schema():
            return value
        case str():
            schema = concise_schema(value)
            return Schema(schema, value, read_fields(schema))
        case Mapping():
            return schema_of_json(checked_schema(value), value)
        case _ if is_type(value):
            schema, read = read_type(value)
            return Schema(schema, value, read)
        case _:
            raise _refused(value)


def schema_of(text: str, evaluate: Callable[[str], object]) -> Schema:
    """Return the schema that the text of an option names or describes, or raise `OptionError`.

    `evaluate` returns the value of an expression. The text is

    - a name if it is one word with a capital, or if its value is a type, a JSON schema, or an instance of a class that
      would be a schema. Any other word is a field, whether it has a value or not; so are the names of Python's own
      classes, except those of JSON values;
    - an expression if it is a path, a call, has an index, or is made with braces, brackets or ``|``;
    - else the concise form.
    """
    text = text.strip()
    node = _parsed(text)
    if not isinstance(node, ast.Name) or node.id != text:
        is_expression = isinstance(node, _NAMING) or _is_union(node)
        return read_schema(_value(text, evaluate) if is_expression else text)
    named = None
    try:
        named = _value(text, evaluate) if looks_like_class(text) else _named(text, evaluate)
        return read_schema(text if named is None else named)
    except OptionError as error:
        if is_type(named):
            raise
        raise OptionError(error.message, f"{error.hint} For a field of that name, write '{text} str'.") from None


def suggests_schema(value: object) -> bool:
    """Whether somebody might have made a value to be a schema: a class with fields, or a dict with a schema's words."""
    if isinstance(value, dict):
        return any(word in value for word in _WORDS)
    if get_origin(value) is not None or not isinstance(value, type):
        return get_origin(value) is not None
    has_fields = dataclasses.is_dataclass(value) or issubclass(value, enum.Enum)
    known = has_fields or hasattr(value, "model_json_schema") or hasattr(value, "__total__")  # of typed dicts
    return known and value.__module__.partition(".")[0] not in _BASES


def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _is_union(node: ast.expr | None) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr)


def _value(text: str, evaluate: Callable[[str], object]) -> object:
    try:
        return evaluate(text)
    except Exception as error:  # noqa: BLE001  # the user's own expression may raise anything
        msg = f"{printable(text, _SHOWN)} has no value: {type(error).__name__}: {printable(str(error), _SHOWN)}."
        raise OptionError(msg, "Run the cell that defines it.") from None


def _named(name: str, evaluate: Callable[[str], object]) -> object:
    """Return the value of a name if it is a schema, or seems to be meant as one; else None."""
    try:
        value = evaluate(name)
    except Exception:  # noqa: BLE001  # it has none
        return None
    if getattr(builtins, name, None) is value:
        return value if isinstance(value, type) and value in _BUILT_IN else None
    return value if isinstance(value, Schema | Mapping) or is_type(value) or _is_instance(value) else None


def _is_instance(value: object) -> bool:
    """Whether a value is an instance of a class that would be a schema."""
    return not isinstance(value, type) and (
        dataclasses.is_dataclass(value) or isinstance(value, enum.Enum) or hasattr(type(value), "model_json_schema")
    )


def _refused(value: object) -> OptionError:
    kind = printable(type(value).__name__, _SHOWN)
    match value:
        case [only] if is_type(only):
            msg = "A schema must be a type, not a list of types."
            return OptionError(msg, f"Use list[{type_name(only)}].")
        case _ if _is_instance(value):
            return OptionError(f"A schema must be a class, not an instance of {kind}.", f"Use {kind} itself.")
        case _:
            return OptionError(f"A schema must be a class, a JSON schema or fields, not {_with_article(kind)}.", _HINT)


def _with_article(kind: str) -> str:
    return kind if kind == "NoneType" else f"a{'n' * (kind[:1].lower() in 'aeiou')} {kind}"
