"""Messages in records: images and files are stored once in the record's blobs, and messages refer to them by digest."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from runware_magic.chat.messages import Message, ToolCall
from runware_magic.chat.parts import FilePart, ImagePart, Part, TextPart
from runware_magic.chat.record_values import read_list, read_object, read_text, shown
from runware_magic.chat.text import one_line

_SIDES = 2  # width and height
_LONGEST_NAME = 60  # characters


def bytes_of(messages: Iterable[Message]) -> dict[str, bytes]:
    """Return the bytes of all images and files, by digest."""
    parts = (part for message in messages for part in message.parts if not isinstance(part, TextPart))
    return {part.digest: part.data for part in parts}


def written_blobs(blobs: Mapping[str, bytes]) -> dict[str, str]:
    """Return blobs as records hold them: base64, by digest."""
    return {digest: base64.b64encode(data).decode() for digest, data in blobs.items()}


def read_blobs(value: object) -> dict[str, bytes]:
    """Return the blobs of a record (not trusted) that are what their digests say; other entries are left out."""
    found = {}
    for digest, text in value.items() if isinstance(value, Mapping) else ():
        with suppress(TypeError, ValueError):
            data = base64.b64decode(read_text(text, "a blob"), validate=True)
            if digest == f"sha256:{hashlib.sha256(data).hexdigest()}":
                found[digest] = data
    return found


def all_blobs(records: Iterable[object]) -> dict[str, bytes]:
    """Return the blobs of all outputs of a notebook: those of a turn may be in the output of another cell."""
    found: dict[str, bytes] = {}
    for record in records:
        if isinstance(record, Mapping):
            others = record.get("others")
            for each in (record, *(others if isinstance(others, list) else ())):
                found |= read_blobs(each.get("blobs")) if isinstance(each, Mapping) else {}
    return found


def message_fields(message: Message) -> dict[str, Any]:
    """Return the record of a message."""
    fields = message.to_json()
    return fields if message.has_only_text else {**fields, "content": [_part_fields(part) for part in message.parts]}


def message_from_fields(
    fields: Mapping[str, Any], blobs: Mapping[str, bytes], lost: list[str] | None = None
) -> Message:
    """Parse the record of a message (not trusted), or raise KeyError, TypeError or ValueError.

    With a list for what is ``lost``, an image or a file that cannot be read does not raise: why is appended, and a text
    stands in its place.
    """
    role, content = read_text(fields["role"], "role"), fields["content"]
    calls = tuple(
        ToolCall.from_json(read_object(call, "a tool call"))
        for call in read_list(fields.get("tool_calls", []), "tool_calls")
    )
    call_id = read_text(fields.get("tool_call_id", ""), "tool_call_id")
    if not isinstance(content, list):
        return Message(role, read_text(content, "content"), tool_calls=calls, tool_call_id=call_id)
    parts = tuple(_part(read_object(part, "a part"), blobs, lost) for part in content)
    return Message(role, parts=parts, tool_calls=calls, tool_call_id=call_id)


def _part_fields(part: Part) -> dict[str, Any]:
    if isinstance(part, TextPart):
        return part.to_json()
    kind = "image" if isinstance(part, ImagePart) else "file"
    size = {"size": list(part.size)} if isinstance(part, ImagePart) and part.size else {}
    return {"type": kind, "blob": part.digest, "media_type": part.media_type, "name": part.name, **size}


def _part(fields: Mapping[str, Any], blobs: Mapping[str, bytes], lost: list[str] | None) -> Part:
    if fields["type"] == "text":
        return TextPart(read_text(fields["text"], "text"))
    try:
        return _with_bytes(fields, blobs)
    except (KeyError, TypeError, ValueError) as error:
        if lost is None:
            raise
        name = fields.get("name")
        name = (isinstance(name, str) and one_line(name, _LONGEST_NAME)) or "a picture or file"
        lost.append(f"{name} {error if isinstance(error, ValueError) else 'cannot be read'}")
        return TextPart(f"[{name}: not restored]")


def _with_bytes(fields: Mapping[str, Any], blobs: Mapping[str, bytes]) -> Part:
    name, media_type = read_text(fields.get("name", ""), "name"), read_text(fields["media_type"], "media_type")
    digest = read_text(fields["blob"], "blob")
    if digest not in blobs:
        msg = "is in no output of this notebook any more"
        raise ValueError(msg)
    if fields["type"] != "image":
        return FilePart(blobs[digest], media_type, name)
    try:
        image = ImagePart(blobs[digest], media_type, name, _size(fields.get("size")))
    except ValueError:
        msg = f"has a format that is not shown: {shown(media_type)}"
        raise ValueError(msg) from None
    if not image.has_signature:
        msg = f"is not the picture that it should be: {media_type}"
        raise ValueError(msg)
    return image


def _size(value: object) -> tuple[int, int] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != _SIDES or not all(type(side) is int and side > 0 for side in value):
        msg = "has a size that is not a width and a height in pixels"
        raise TypeError(msg)
    return value[0], value[1]
