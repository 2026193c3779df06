"""Small versions of pictures, for outputs: the whole picture is in the record."""

from __future__ import annotations

import warnings
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

from runware_magic.chat.parts import ImagePart

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

SIDE = 240  # pixels of the page, of the longer side
_DENSITY = 2  # pixels of the picture to one of the page, on many screens
_FEW_BYTES = 60_000  # of a picture of `SIDE`
_MOST_PIXELS = 50_000_000  # that are decoded: a small file can hold a huge picture


@lru_cache(maxsize=128)
def thumbnail(picture: ImagePart, side: int = SIDE) -> ImagePart | None:
    """Return a picture for a page, where it takes at most so many pixels a side; None if it cannot be read.

    Without Pillow, a picture that is small enough is returned as it is, and None for others.
    """
    try:
        from PIL import Image  # noqa: PLC0415  # an optional package
    except ImportError:
        return picture if picture.has_signature and len(picture.data) <= _few_bytes(side) else None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the size, which is checked here
            with Image.open(BytesIO(picture.data), formats=("PNG", "JPEG", "WEBP", "GIF")) as image:
                return _scaled(picture, image, side) if image.width * image.height <= _MOST_PIXELS else None
    except Exception:  # noqa: BLE001  # a file that somebody made can make Pillow raise anything
        return None


def _few_bytes(side: int) -> int:
    return _FEW_BYTES * side * side // (SIDE * SIDE)


def _scaled(picture: ImagePart, image: Picture, side: int) -> ImagePart:
    most = _DENSITY * side
    is_small = max(image.size) <= most and len(picture.data) <= _few_bytes(side)
    moves = getattr(image, "is_animated", False)
    image.draft("RGB", (most, most))  # decodes a JPEG at a smaller size
    image.load()
    if is_small and not moves:
        return ImagePart(picture.data, picture.media_type, picture.name, image.size)
    small: Picture = image.convert("RGBA" if image.has_transparency_data else "RGB")
    small.thumbnail((most, most))
    data = _written(small, "PNG")
    if len(data) <= _few_bytes(side):
        return ImagePart(data, "image/png", picture.name, small.size)
    return ImagePart(_written(_on_white(small), "JPEG"), "image/jpeg", picture.name, small.size)


def _on_white(image: Picture) -> Picture:
    if image.mode == "RGB":
        return image
    from PIL import Image  # noqa: PLC0415  # as above

    page = Image.new("RGB", image.size, "white")
    page.paste(image, mask=image)
    return page


def _written(image: Picture, form: str) -> bytes:
    file = BytesIO()
    image.save(file, form, optimize=True)
    return file.getvalue()
