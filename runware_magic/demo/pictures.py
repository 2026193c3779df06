"""What can be computed of a picture: its format, its size, and with Pillow its main colours."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from io import BytesIO

from runware_magic.chat.parts import ImagePart, part_from_json
from runware_magic.chat.picture_header import read_picture_header

_FORMS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WebP"}
_SIDE, _MOST_PIXELS = 64, 50_000_000  # pixels: enough for its colours; more are not decoded
_MAIN, _SHARE = 3, 0.05  # colours that are named, and the smallest part of the picture that counts
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
    try:
        part = part_from_json({"type": "image_url", "image_url": {"url": uri}})
    except ValueError:
        return None
    if not isinstance(part, ImagePart):
        return None
    header = read_picture_header(part.data)
    if header is None or header.size is None:
        return None
    return Seen(_FORMS[header.media_type], header.size, _colours(part.data, header.size))


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
