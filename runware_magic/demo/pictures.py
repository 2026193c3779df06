"""What can be computed of a picture: its format, its size, and with Pillow its main colours."""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections import Counter
from dataclasses import dataclass
from io import BytesIO

_DATA_URI = re.compile(r"data:image/[\w.+-]+;base64,(?P<data>[A-Za-z0-9+/=]*)", re.ASCII)
_SIDE, _MOST_PIXELS = 64, 50_000_000  # pixels: enough for its colours; more are not decoded
_MAIN, _SHARE = 3, 0.05  # colours that are named, and the smallest part of the picture that counts
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # the segments of a JPEG that tell its size
_NAMES = {
    "black": (0, 0, 0),
    "grey": (128, 128, 128),
    "light grey": (208, 208, 208),
    "white": (255, 255, 255),
    "red": (214, 39, 40),
    "orange": (255, 140, 20),
    "yellow": (245, 225, 60),
    "green": (44, 160, 44),
    "turquoise": (50, 200, 190),
    "blue": (31, 100, 180),
    "light blue": (150, 195, 235),
    "purple": (130, 70, 180),
    "pink": (240, 140, 190),
    "brown": (130, 80, 50),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture as far as it was read: `colours` is empty without Pillow, or if Pillow cannot decode it."""

    form: str  # such as PNG
    size: tuple[int, int]  # pixels
    colours: tuple[str, ...] = ()  # the commonest first

    def __str__(self) -> str:
        width, height = self.size
        told = f"a {self.form} picture of {width:,} × {height:,} pixels"  # noqa: RUF001  # as in a matrix
        return told + (f", mainly {' and '.join(self.colours)}" if self.colours else "")


def look(uri: object) -> Seen | None:
    """Return what a ``data:`` URI shows; None if it is no picture in one of the usual formats."""
    match = _DATA_URI.fullmatch(uri) if isinstance(uri, str) else None
    if match is None:
        return None
    try:
        data = base64.b64decode(match["data"], validate=True)
        form, size = _header(data)
    except (binascii.Error, ValueError, struct.error):
        return None
    return Seen(form, size, _colours(data, size))


def _header(data: bytes) -> tuple[str, tuple[int, int]]:
    """Return format, width and height from the first bytes, or raise ValueError or struct.error."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG", struct.unpack_from(">II", data, 16)
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF", struct.unpack_from("<HH", data, 6)
    if data.startswith(b"\xff\xd8"):
        return "JPEG", _jpeg_size(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WebP", _webp_size(data)
    msg = "an unknown format"
    raise ValueError(msg)


def _jpeg_size(data: bytes) -> tuple[int, int]:
    at = 2
    while at < len(data):
        marker, length = struct.unpack_from(">xBH", data, at)
        if marker in _FRAME_MARKERS:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 2 + length
    msg = "a JPEG without a frame"
    raise ValueError(msg)


def _webp_size(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF


def _colours(data: bytes, size: tuple[int, int]) -> tuple[str, ...]:
    """Return the names of the main colours; none without Pillow, or for a picture that it cannot decode."""
    try:
        from PIL import Image  # noqa: PLC0415  # not everyone has it
    except ImportError:
        return ()
    if size[0] * size[1] > _MOST_PIXELS:
        return ()
    try:
        with Image.open(BytesIO(data)) as picture:
            pixels = picture.convert("RGB").resize((_SIDE, _SIDE), Image.Resampling.NEAREST).tobytes()
    except Exception:  # noqa: BLE001  # Pillow raises whatever its decoders raise
        return ()
    counted: Counter[str] = Counter()
    for colour, count in Counter(zip(pixels[::3], pixels[1::3], pixels[2::3], strict=True)).items():
        counted[_nearest(colour)] += count
    return tuple(name for name, count in counted.most_common(_MAIN) if count >= _SHARE * _SIDE * _SIDE)


def _nearest(colour: tuple[int, int, int]) -> str:
    return min(
        _NAMES, key=lambda name: sum((one - other) ** 2 for one, other in zip(_NAMES[name], colour, strict=True))
    )
