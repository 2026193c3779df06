"""Reads schemas: classes and other types, JSON schemas, the concise form."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from runware_magic.errors import OptionError
from runware_magic.prompt.schema.concise import concise_schema
from runware_magic.prompt.schema.problems import DataError
from runware_magic.prompt.schema.schema import Schema, schema_of_json


def read_schema(value: object) -> Schema:
    """Return the schema of a type, a JSON schema, or a text in the concise form; or raise `OptionError`."""
    if isinstance(value, Schema):
        return value
    if isinstance(value, str):
        return schema_of_json(concise_schema(value), value)
    if isinstance(value, dict):
        return schema_of_json(value, value)
    return _of_type(value)


def schema_of(text: str, evaluate: Callable[[str], object]) -> Schema:
    """Return the schema of the option's text: of the value of an expression, else of the concise form."""
    try:
        value = evaluate(text)
    except Exception:  # noqa: BLE001  # the user's own expression may raise anything
        return read_schema(text)
    return read_schema(value)


def _of_type(kind: Any) -> Schema:  # noqa: ANN401  # any type
    import pydantic  # noqa: PLC0415  # takes longer than loading the extension may

    try:
        adapter = pydantic.TypeAdapter(kind)
        schema = adapter.json_schema()
    except Exception as error:
        msg = f"{kind!r:.60} is no schema: {error!s:.100}"
        raise OptionError(msg, "Name a class, a JSON schema or fields.") from error

    def data(_value: object, text: str) -> object:
        try:
            return adapter.validate_json(text, strict=True)
        except pydantic.ValidationError as error:
            lines = [f"{found['loc']}: {found['msg']}" for found in error.errors(include_url=False)]
            raise DataError(lines, error.error_count()) from None

    return Schema(json.loads(json.dumps(schema)), kind, data)
