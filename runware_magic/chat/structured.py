"""Answers as data: the schema of a request, and where the request had it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from runware_magic.chat.answer_json import openings_of
from runware_magic.chat.parts import TextPart
from runware_magic.chat.request import Request

if TYPE_CHECKING:
    from runware_magic.chat.turn import Turn
    from runware_magic.chat.verdict import Verdict

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


#: The titles of objects around values that are no objects, and their only fields. No class has such a name.
_AROUND = {"list of items": "items", "one value": "value"}


def wrapped(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of an object whose only field has the values of another schema.

    Many endpoints take no schema whose root is not an object.
    """
    title = "list of items" if schema.get("type") == "array" else "one value"
    return {
        "title": title,
        "type": "object",
        "properties": {_AROUND[title]: dict(schema)},
        "required": [_AROUND[title]],
        "additionalProperties": False,
    }


def field_around(schema: Mapping[str, Any] | None) -> str:
    """Return the field of the object that `wrapped` describes; empty for all other schemas."""
    field = _AROUND.get(str((schema or {}).get("title")), "")
    return field if field and list((schema or {}).get("properties") or ()) == [field] else ""


def inner_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema that `wrapped` put an object around."""
    inner = schema["properties"][field_around(schema)]
    return {**inner, "$defs": schema["$defs"]} if "$defs" in schema else dict(inner)


def unwrapped(value: object, schema: Mapping[str, Any] | None) -> object:
    """Return what the object that `wrapped` describes has in its field; for all other values and schemas, the value."""
    field = field_around(schema)
    return value[field] if field and isinstance(value, Mapping) and set(value) == {field} else value


def is_bare(value: object, schema: Mapping[str, Any]) -> bool:
    """Whether a value is meant to be what `wrapped` put an object around: models may leave that object out."""
    if not isinstance(value, Mapping):
        return True
    return set(value) != {field_around(schema)} and "{" in openings_of(inner_schema(schema))


def instruction(schema: Mapping[str, Any]) -> str:
    """Return what a prompt says for an endpoint that takes no schema."""
    text = json.dumps(schema, ensure_ascii=False, indent=2)
    return f"Answer with JSON only, without other text. The JSON must match this JSON schema:\n\n```json\n{text}\n```"


def correction(problems: str) -> str:
    """Return what a model is told whose answer does not match the schema: the lines of the problems."""
    return (
        f"That answer does not match the schema:\n\n{problems}\n\n"
        "Correct this, change nothing else, and answer again with the whole JSON only."
    )


def in_prompt(request: Request) -> Request:
    """Return a request with its schema in the last message of the user, and in no field."""
    schema = schema_in(request.parameters)
    if schema is None:
        return request
    parameters = {name: value for name, value in request.parameters.items() if name != RESPONSE_FORMAT}
    messages = list(request.messages)
    users = [at for at, message in enumerate(messages) if message.role == "user"]
    at = users[-1] if users else len(messages) - 1
    told = TextPart(f"\n\n{instruction(schema)}")
    messages[at] = replace(messages[at], parts=(*messages[at].parts, told))
    return replace(request, messages=tuple(messages), parameters=parameters)


def failed_schema(turn: Turn) -> Verdict | None:
    """Return the verdict of the schema, if there is one that an answer does not match."""
    return next((verdict for verdict in turn.verdicts if verdict.check == SCHEMA and not verdict.passed), None)
