"""The format and the size of a picture, from its first bytes: PNG, JPEG, WebP, GIF."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # JPEG's markers before a size
_VP8X = 30  # bytes up to the end of a size
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # JPEG's markers without a length


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """What a picture says of itself. The size is width and height in pixels; None if it cannot be read."""

    media_type: str
    size: tuple[int, int] | None


def read_picture_header(data: bytes) -> PictureHeader | None:
    """Return what the first bytes of a picture say; None if it is no PNG, JPEG, WebP or GIF."""
    for media_type, begins, find_size in _FORMATS:
        if data.startswith(begins) and (media_type != "image/webp" or data[8:12] == b"WEBP"):
            try:
                width, height = find_size(data)
            except (struct.error, IndexError):
                return PictureHeader(media_type, None)
            return PictureHeader(media_type, (width, height) if width and height else None)
    return None


def _of_png(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _of_gif(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", data, 6)
    return width, height


def _of_jpeg(data: bytes) -> tuple[int, int]:
    at = 2
    while True:
        if data[at] != 0xFF:  # noqa: PLR2004  # what begins a marker
            return 0, 0
        marker = data[at + 1]
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        if marker == 0xFF or marker in _ALONE:  # noqa: PLR2004  # it may be repeated
            at += 1 if marker == 0xFF else 2  # noqa: PLR2004
        else:
            at += 2 + struct.unpack_from(">H", data, at + 2)[0]


def _of_webp(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X" and len(data) >= _VP8X:
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF


_FORMATS = (
    ("image/png", b"\x89PNG\r\n\x1a\n", _of_png),
    ("image/jpeg", b"\xff\xd8\xff", _of_jpeg),
    ("image/gif", (b"GIF87a", b"GIF89a"), _of_gif),
    ("image/webp", b"RIFF", _of_webp),
)
