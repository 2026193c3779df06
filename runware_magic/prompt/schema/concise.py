"""The concise form of a schema: ``name, age int, bio: one sentence``.

Fields stand between commas or on lines. A field is a name and perhaps a type: ``int``, ``float``, ``bool`` or ``str``,
which is the default. A colon begins its description: to the end of the line, or, where all is on one line, to the next
comma. A text that begins with ``items:`` describes a list of such objects.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from runware_magic.chat.structured import wrapped
from runware_magic.chat.text import printable
from runware_magic.errors import OptionError

_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
_ALMOST = {
    **dict.fromkeys(("string", "text", "date"), "str"),
    **dict.fromkeys(("integer", "count"), "int"),
    **dict.fromkeys(("number", "double", "decimal"), "float"),
    **dict.fromkeys(("boolean", "flag"), "bool"),
}
_MANY = "items:"
_NAME = re.compile(r"[^\W\d]\w*")
_SHOWN = 60  # characters
_EXAMPLE = 'Write such as "name, age int, bio: one sentence", or "items: name, price float" for many.'


def looks_like_class(text: str) -> bool:
    """Whether a text is one word that begins with a capital letter, as names of classes do."""
    return bool(_NAME.fullmatch(text)) and text[0].isupper()


def concise_schema(text: str) -> dict[str, Any]:
    """Return the JSON schema of a text in the concise form, or raise `OptionError`."""
    text = text.strip()
    if looks_like_class(text):
        msg = f"{printable(text, _SHOWN)!r} looks like a class, but only its name was given."
        raise OptionError(msg, f"Pass the class itself, without quotes; for a field of that name, write '{text} str'.")
    if text.startswith(_MANY):
        return wrapped({"type": "array", "items": _object(text.removeprefix(_MANY))})
    return _object(text)


def _object(text: str) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for written, description in _fields(text.strip()):
        name, schema = _field(written)
        if name in properties:
            msg = f"The field {printable(name, _SHOWN)} is there twice."
            raise OptionError(msg, _EXAMPLE)
        properties[name] = {**schema, **({"description": description} if description else {})}
    if not properties:
        msg = "The schema has no fields."
        raise OptionError(msg, _EXAMPLE)
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _fields(text: str) -> Iterator[tuple[str, str]]:
    """Yield each field and its description."""
    for line in text.split("\n") if "\n" in text else text.split(","):
        before, _, description = line.partition(":")
        # Before the description of the last one, a line may have several.
        *others, last = (part.strip() for part in before.split(","))
        yield from ((other, "") for other in others if other)
        if last or description.strip():
            yield last, " ".join(description.split())


def _field(written: str) -> tuple[str, dict[str, Any]]:
    """Return the name and the schema of a field, or raise `OptionError`."""
    shown = printable(written, _SHOWN)
    name, *kinds = written.split() or [""]
    if not _NAME.fullmatch(name):
        msg = f"A field must begin with a name of letters, digits and underscores, not {shown!r}."
        raise OptionError(msg, _EXAMPLE)
    if len(kinds) > 1:
        msg = f"A field must be a name and perhaps a type, not {shown!r}."
        raise OptionError(
            msg, "On one line, a comma ends a description; to have commas in it, write each field on a line."
        )
    kind = kinds[0] if kinds else "str"
    if kind not in _TYPES:
        meant = f"Use {_ALMOST[kind.lower()]}" if kind.lower() in _ALMOST else "Name a class for other types"
        msg = f"The type of a field must be int, float, bool or str, not {printable(kind, _SHOWN)!r} in {shown!r}."
        raise OptionError(msg, f"{meant}. {_EXAMPLE}")
    return name, {"type": _TYPES[kind]}
