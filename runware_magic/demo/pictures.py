"""What can be computed of a picture: its format, its size, with Pillow its main colours and the course of a line."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from io import BytesIO

from runware_magic.chat.parts import ImagePart, part_from_json
from runware_magic.chat.picture_header import read_picture_header

_FORMS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WebP"}
_SIDE, _MOST_PIXELS = 64, 50_000_000  # pixels: enough for its colours; more are not decoded
_MAIN, _SHARE = 3, 0.05  # colours that are named, and the smallest part of the picture that counts
_LINE_SIDE, _LINE_WIDTH = 256, 0.4  # pixels in which a line is sought, and the least part of the width that it takes
_LEVEL = 0.02  # of the height
_VIVID = 60  # between the strongest and the weakest of red, green and blue: letters and axes are grey
_GREY = {"black", "grey", "light grey", "white"}
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
    course: str = ""  # of what is drawn on a white ground, a sentence

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
    return Seen(_FORMS[header.media_type], header.size, *_read(part.data, header.size))


def _read(data: bytes, size: tuple[int, int]) -> tuple[tuple[str, ...], str]:
    """Return the main colours and the course; both empty without Pillow, or for a picture that it cannot decode."""
    try:
        from PIL import Image  # noqa: PLC0415  # not everyone has it
    except ImportError:
        return (), ""
    if size[0] * size[1] > _MOST_PIXELS:
        return (), ""
    try:
        with Image.open(BytesIO(data)) as opened:
            picture = opened.convert("RGB")
            few = picture.resize((_SIDE, _SIDE), Image.Resampling.NEAREST).tobytes()
            # All pixels count, since a line may be thin.
            more = picture.resize((_LINE_SIDE, _LINE_SIDE), Image.Resampling.BOX).tobytes()
    except Exception:  # noqa: BLE001  # Pillow raises whatever its decoders raise
        return (), ""
    colours = _colours(_pixels(few))
    return colours, _course(_pixels(more)) if colours[:1] == ("white",) else ""


def _pixels(data: bytes) -> list[tuple[int, int, int]]:
    return list(zip(data[::3], data[1::3], data[2::3], strict=True))


def _colours(pixels: list[tuple[int, int, int]]) -> tuple[str, ...]:
    counted: Counter[str] = Counter()
    for colour, count in Counter(pixels).items():
        counted[_nearest(colour)] += count
    return tuple(name for name, count in counted.most_common(_MAIN) if count >= _SHARE * len(pixels))


def _course(pixels: list[tuple[int, int, int]]) -> str:
    """Return where the commonest vivid colour is high and low, from left to right; empty if it is in a part only."""
    vivid = [(at, colour) for at, colour in enumerate(pixels) if max(colour) - min(colour) >= _VIVID]
    named = {colour: _nearest(colour) for colour in {colour for _, colour in vivid}}
    counted = Counter(name for _, colour in vivid if (name := named[colour]) not in _GREY)
    if not counted:
        return ""
    ((name, _),) = counted.most_common(1)
    drawn = [divmod(at, _LINE_SIDE) for at, colour in vivid if named[colour] == name]
    tops: dict[int, int] = {}
    for row, column in drawn:  # from above
        tops.setdefault(column, row)
    first, last, lowest = min(tops), max(tops), max(tops.values())
    highest = min(tops, key=lambda column: (tops[column], column))
    if last - first < _LINE_WIDTH * _LINE_SIDE:
        return ""
    if lowest - tops[highest] < _LEVEL * _LINE_SIDE:
        return f"The {name} in it is level"
    from_, to = (_height(tops[column], tops[highest], lowest) for column in (first, last))
    peak = f"{100 * (highest - first) / (last - first):.0f} % of its width"
    return f"The {name} in it begins {from_} on the left, is highest at {peak}, and ends {to} on the right"


def _height(row: int, top: int, bottom: int) -> str:
    share = (bottom - row) / (bottom - top)
    return "low" if share < 1 / 3 else "high" if share > 2 / 3 else "halfway up"


def _nearest(colour: tuple[int, int, int]) -> str:
    return min(
        _NAMES, key=lambda name: sum((one - other) ** 2 for one, other in zip(_NAMES[name], colour, strict=True))
    )
