"""The concise form of a schema: ``name, age int, bio: one sentence``."""

from __future__ import annotations

import re
from typing import Any

from runware_magic.chat.structured import wrapped
from runware_magic.chat.text import printable
from runware_magic.errors import OptionError

_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
_MANY = re.compile(r"\s*items:")
_NAME = re.compile(r"[^\W\d]\w*")
_SHOWN = 60
_EXAMPLE = 'Write such as "name, age int, bio: one sentence", or "items: name, price float" for many.'


def concise_schema(text: str) -> dict[str, Any]:
    """Return the JSON schema of a concise form, or raise `OptionError`."""
    many = _MANY.match(text)
    schema = _object(text[many.end() :] if many else text)
    return wrapped({"type": "array", "items": schema}) if many else schema


def _object(text: str) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for part in re.split(r"\n" if "\n" in text.strip() else ",", text):
        if not part.strip():
            continue
        head, _, description = part.partition(":")
        name, _, kind = head.strip().partition(" ")
        if not _NAME.fullmatch(name) or (kind.strip() or "str") not in _TYPES:
            msg = f"{printable(part.strip(), _SHOWN)!r} is no field of a schema."
            raise OptionError(msg, _EXAMPLE)
        properties[name] = {"type": _TYPES[kind.strip() or "str"]}
        if description.strip():
            properties[name]["description"] = description.strip()
    if not properties:
        msg = "The schema has no fields."
        raise OptionError(msg, _EXAMPLE)
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
