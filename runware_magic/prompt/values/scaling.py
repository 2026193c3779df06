"""Pictures as they are sent: upright, not too large, without metadata."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

from runware_magic.chat.parts import ImagePart
from runware_magic.chat.picture_header import PictureHeader, read_picture_header
from runware_magic.errors import PromptError
from runware_magic.prompt.raised import raised

if TYPE_CHECKING:
    from PIL.Image import Image

_MOST_BYTES = 5_000_000  # endpoints refuse larger pictures
_MOST_PIXELS = 150_000_000  # a third of a gigabyte while it is scaled, or more
_ORIENTATION = 0x0112  # in EXIF
_READ = ("PNG", "JPEG", "WEBP", "GIF")
_PHOTOGRAPHS = {"JPEG", "MPO", "WEBP"}
_QUALITY = 90
_SEE = "Open it in a cell above to see what is wrong."
_SMALLER = "Make it smaller first."


def scaled(drawn: Any, name: str, most: int) -> tuple[ImagePart, bool]:  # noqa: ANN401  # bytes, or a picture of Pillow's
    """Return a picture whose longer side has at most `most` pixels, and whether it is one of several frames.

    `drawn` is the bytes of a file, or a picture of Pillow's. Raises `PromptError`, if it cannot be sent, in one line.
    """
    width, height = _told(drawn, name).size or (0, 0) if isinstance(drawn, bytes) else drawn.size
    if width * height > _MOST_PIXELS:
        msg = f"{name} has {width:,} × {height:,} pixels; at most {_MOST_PIXELS:,} can be scaled."  # noqa: RUF001  # the sign for a size
        raise PromptError(msg, _SMALLER)
    try:
        from PIL import Image, UnidentifiedImageError  # noqa: PLC0415  # not everywhere installed
    except ImportError:
        return _as_it_is(drawn, name), False
    try:
        with warnings.catch_warnings():
            # The limit is above.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = _opened(drawn, most) if isinstance(drawn, bytes) else drawn
            return _written(image, name, most), bool(getattr(image, "is_animated", False))
    except PromptError:
        raise
    except UnidentifiedImageError:
        msg = f"{name} is a broken picture."
        raise PromptError(msg, _SEE) from None
    except Exception as error:  # noqa: BLE001  # decoders raise anything for a broken file
        msg = f"{name} is a broken picture: {raised(error)}."
        raise PromptError(msg, _SEE) from None


def _told(data: bytes, name: str) -> PictureHeader:
    header = read_picture_header(data)
    if header is None:
        msg = f"{name} is no PNG, JPEG, WebP or GIF."
        raise PromptError(msg, "Convert it first.")
    return header


def _as_it_is(data: bytes, name: str) -> ImagePart:
    header = _told(data, name)
    if header.size is None:
        msg = f"{name} is a broken picture: it has no size."
        raise PromptError(msg, _SEE)
    if len(data) > _MOST_BYTES:
        msg = f"{name} has {len(data):,} bytes; at most {_MOST_BYTES:,} can be sent as they are."
        raise PromptError(msg, "Pillow makes it smaller: %pip install pillow.")
    return ImagePart(data, header.media_type, name, header.size)


def _opened(data: bytes, most: int) -> Image:
    from PIL import Image  # noqa: PLC0415  # as above

    image = Image.open(io.BytesIO(data), formats=_READ)
    if image.format == "JPEG":
        image.draft(None, (most, most))  # decodes at a fraction of its size, but never smaller
    return image


def _written(image: Image, name: str, most: int) -> ImagePart:
    from PIL import ImageOps  # noqa: PLC0415  # as above

    form = image.format
    if image.getexif().get(_ORIENTATION, 1) != 1:
        image = ImageOps.exif_transpose(image)
    # Palettes cannot be scaled.
    image = _in_colour(image)
    factor = min(1, most / max(image.size))
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    image = image.copy() if size == image.size else image.resize(size, reducing_gap=3.0)
    image.info.clear()  # comments, places, colour profiles
    forms = ("JPEG",) if form in _PHOTOGRAPHS and image.mode != "RGBA" else ("PNG", "JPEG")
    for form in forms:
        data = _encoded(image, form)
        if len(data) <= _MOST_BYTES:
            return ImagePart(data, f"image/{form.lower()}", name, size)
    msg = f"{name} has {size[0]:,} × {size[1]:,} pixels, which take more than {_MOST_BYTES:,} bytes."  # noqa: RUF001  # as above
    raise PromptError(msg, "Lower RunwareMagics.max_image_side, or make it smaller first.")


def _in_colour(image: Image) -> Image:
    """Return a picture as RGB, RGBA or shades of grey, which all formats can hold."""
    clear = image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info
    if image.mode[0] in {"I", "F"}:
        # 16 bits and more for a shade.
        brightest = max(255.0, float(image.getextrema()[1]))  # type: ignore[arg-type]  # of one channel
        image = image.convert("F").point(lambda shade: shade * (255 / brightest) + 0.0)
        return image.convert("L")
    mode = "RGBA" if clear else "L" if image.mode in {"1", "L"} else "RGB"
    return image if image.mode == mode else image.convert(mode)


def _encoded(image: Image, form: str) -> bytes:
    from PIL import Image  # noqa: PLC0415  # as above

    out = io.BytesIO()
    if form == "JPEG" and image.mode == "RGBA":
        on_white = Image.new("RGB", image.size, "white")
        on_white.paste(image, mask=image.getchannel("A"))
        image = on_white
    image.save(out, form, quality=_QUALITY)
    return out.getvalue()
