"""Parts of a message: text, images, files."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runware_magic.chat.text import encodable

_DATA_URI = re.compile(r"data:(?P<kind>[\w.+-]+/[\w.+-]+);base64,(?P<data>[A-Za-z0-9+/=]*)")
_PICTURES = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
    "image/gif": re.compile(rb"GIF8[79]a"),
}


@dataclass(frozen=True, slots=True)
class TextPart:
    """A text within a message.

    Attributes
    ----------
    text
        The text.
    """

    text: str

    def __post_init__(self) -> None:
        # Lone surrogates, as in file names from another system, cannot be sent.
        object.__setattr__(self, "text", encodable(self.text))

    def to_json(self) -> dict[str, Any]:
        """Return the Chat Completions form."""
        return {"type": "text", "text": self.text}


@dataclass(frozen=True, slots=True)
class _Blob:
    """Bytes with a media type, and perhaps a name."""

    data: bytes = field(repr=False)
    media_type: str
    name: str = ""

    @property
    def digest(self) -> str:
        """The hash of the bytes: ``sha256:`` and 64 hexadecimal digits."""
        return f"sha256:{hashlib.sha256(self.data).hexdigest()}"

    @property
    def data_uri(self) -> str:
        """The bytes as a ``data:`` URI."""
        return f"data:{self.media_type};base64,{base64.b64encode(self.data).decode()}"


@dataclass(frozen=True, slots=True)
class ImagePart(_Blob):
    """An image within a message.

    Attributes
    ----------
    data, media_type
        Its bytes, and what they are: ``image/png``, ``image/jpeg``, ``image/webp`` or ``image/gif``.
    name
        The user's name for it, if known.
    size
        Width and height in pixels; None if unknown.
    """

    size: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.media_type not in _PICTURES:
            msg = f"a picture is one of {', '.join(sorted(_PICTURES))}"
            raise ValueError(msg)

    @property
    def has_signature(self) -> bool:
        """Whether its first bytes are those of pictures of its media type."""
        return bool(_PICTURES[self.media_type].match(self.data))

    def to_json(self) -> dict[str, Any]:
        """Return the Chat Completions form."""
        return {"type": "image_url", "image_url": {"url": self.data_uri}}


@dataclass(frozen=True, slots=True)
class FilePart(_Blob):
    """A file within a message, such as a PDF.

    Attributes
    ----------
    data, media_type
        Its bytes, and what they are, such as ``application/pdf``.
    name
        The user's name for it.
    """

    def to_json(self) -> dict[str, Any]:
        """Return the Chat Completions form."""
        return {"type": "file", "file": {"filename": self.name, "file_data": self.data_uri}}


Part = TextPart | ImagePart | FilePart


def part_from_json(value: Mapping[str, Any]) -> Part:
    """Parse the Chat Completions form of a part, or raise KeyError, TypeError or ValueError. Fetches nothing."""
    kind = value["type"]
    if kind == "text" and isinstance(value["text"], str):
        return TextPart(value["text"])
    if kind == "image_url":
        media_type, data = _read_data_uri(value["image_url"]["url"])
        return ImagePart(data, media_type)
    if kind == "file":
        media_type, data = _read_data_uri(value["file"]["file_data"])
        return FilePart(data, media_type, str(value["file"]["filename"]))
    msg = "this kind of part is unknown"
    raise ValueError(msg)


def _read_data_uri(uri: object) -> tuple[str, bytes]:
    match = _DATA_URI.fullmatch(uri) if isinstance(uri, str) else None
    if match is None:
        msg = "pictures and files in a message must be base64"
        raise ValueError(msg)
    return match["kind"], base64.b64decode(match["data"], validate=True)
