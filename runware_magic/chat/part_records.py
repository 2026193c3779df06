"""Messages in records: images and files are stored once in the record's blobs, and messages refer to them by digest."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from runware_magic.chat.messages import Message
from runware_magic.chat.parts import FilePart, ImagePart, Part, TextPart
from runware_magic.chat.record_values import read_object, read_text

_SIDES = 2  # width and height


def blobs_of(messages: Iterable[Message]) -> dict[str, str]:
    """Return the bytes of all images and files as base64, by digest."""
    parts = (part for message in messages for part in message.parts if not isinstance(part, TextPart))
    return {part.digest: base64.b64encode(part.data).decode() for part in parts}


def message_fields(message: Message) -> dict[str, Any]:
    """Return the record of a message."""
    fields = message.to_json()
    return fields if message.has_only_text else {**fields, "content": [_part_fields(part) for part in message.parts]}


def message_from_fields(fields: Mapping[str, Any], blobs: Mapping[str, Any]) -> Message:
    """Parse the record of a message (not trusted), or raise KeyError, TypeError or ValueError."""
    role, content = read_text(fields["role"], "role"), fields["content"]
    if not isinstance(content, list):
        return Message(role, read_text(content, "content"))
    return Message(role, parts=tuple(_part(read_object(part, "a part"), blobs) for part in content))


def _part_fields(part: Part) -> dict[str, Any]:
    if isinstance(part, TextPart):
        return part.to_json()
    kind = "image" if isinstance(part, ImagePart) else "file"
    size = {"size": list(part.size)} if isinstance(part, ImagePart) and part.size else {}
    return {"type": kind, "blob": part.digest, "media_type": part.media_type, "name": part.name, **size}


def _part(fields: Mapping[str, Any], blobs: Mapping[str, Any]) -> Part:
    if fields["type"] == "text":
        return TextPart(read_text(fields["text"], "text"))
    data = base64.b64decode(read_text(blobs[fields["blob"]], "a blob"), validate=True)
    told = data, read_text(fields["media_type"], "media_type"), read_text(fields.get("name", ""), "name")
    part = ImagePart(*told, _size(fields.get("size"))) if fields["type"] == "image" else FilePart(*told)
    if part.digest != fields["blob"]:
        msg = "the bytes of a picture or file are not those that were recorded"
        raise ValueError(msg)
    return part


def _size(value: object) -> tuple[int, int] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != _SIDES or not all(type(side) is int and side > 0 for side in value):
        msg = "the size of a picture is its width and height in pixels"
        raise TypeError(msg)
    return value[0], value[1]
