"""Answers as data: the schema of a request, and where the request had it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: The field of the request that holds a schema; some models refuse it, and get the schema in the prompt.
RESPONSE_FORMAT = "response_format"
IN_PROMPT = "prompt"

_NAME = "answer"
_LONGEST_NAME = 64  # characters that endpoints take

#: The check of an answer to a request with a schema, as verdicts name it.
SCHEMA = "schema"


def response_format(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of the field for a JSON schema, which is named by its title."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", str(schema.get("title") or ""))[:_LONGEST_NAME].strip("_")
    return {"type": "json_schema", "json_schema": {"name": name or _NAME, "schema": dict(schema)}}


def schema_in(parameters: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the JSON schema that the parameters of a request have; None if there is none."""
    told = parameters.get(RESPONSE_FORMAT)
    inner = told.get("json_schema") if isinstance(told, Mapping) else None
    schema = inner.get("schema") if isinstance(inner, Mapping) else None
    return schema if isinstance(schema, Mapping) else None
