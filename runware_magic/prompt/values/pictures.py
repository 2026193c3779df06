"""Figures and pictures as parts of a message."""

from __future__ import annotations

import base64
import inspect
import io
import re
from collections.abc import Callable
from typing import Any, NoReturn

from runware_magic.chat.attached import Attached
from runware_magic.chat.picture_header import read_picture_header
from runware_magic.errors import PromptError
from runware_magic.prompt.raised import raised
from runware_magic.prompt.values.inserted import Inserted, ValueLimits
from runware_magic.prompt.values.libraries import belongs_to
from runware_magic.prompt.values.scaling import scaled

_SVG = re.compile(rb"<svg[\s>]|<(?:\?xml|!DOCTYPE svg)\b.{,1500}?<svg[\s>]", re.DOTALL)


def picture(value: object, name: str, limits: ValueLimits) -> Inserted | None:
    """Return a figure or a picture of any library, scaled; None for other values."""
    for is_one, draw in _SOURCES:
        if is_one(value):
            drawn = _drawn(draw, value, name, limits)
            return None if drawn is None else picture_part(drawn, name, limits)
    return None


def picture_part(drawn: Any, name: str, limits: ValueLimits) -> Inserted:  # noqa: ANN401  # bytes, or a picture of Pillow's
    """Return the bytes of a picture, or a picture of Pillow's, as it is sent."""
    part, cut = scaled(drawn, name, limits.max_image_side)
    return Inserted((part,), Attached(name, "picture", part.size or (), cut))


def is_svg(data: bytes) -> bool:
    """Whether a file begins as an SVG does."""
    return _SVG.match(data[:2000].removeprefix(b"\xef\xbb\xbf").lstrip()) is not None


def refuse_svg(name: str) -> NoReturn:
    """Raise `PromptError`: an SVG is a document, not pixels."""
    msg = f"{name} is an SVG, which is not sent: it can hold scripts."
    raise PromptError(msg, "Save it as PNG, or send its source as text.")


def _drawn(draw: Callable[[Any, str, int], object], value: object, name: str, limits: ValueLimits) -> object:
    try:
        return draw(value, name, limits.max_image_side)
    except PromptError:
        raise
    except Exception as error:  # noqa: BLE001  # a figure may raise anything
        msg = f"{name}: drawing it raised {raised(error)}."
        hint = (
            "Pictures of Plotly need kaleido: %pip install kaleido."
            if _is_plotly(value)
            else "Show it in a cell first."
        )
        raise PromptError(msg, hint) from None


def _draw_matplotlib(figure: Any, _: str, most: int) -> bytes:  # noqa: ANN401
    figure = whole_figure(figure)
    out = io.BytesIO()
    # Not drawn larger than it is sent.
    figure.savefig(out, format="png", dpi=min(figure.dpi, most / max(figure.get_size_inches())))
    return out.getvalue()


def whole_figure(value: Any) -> Any:  # noqa: ANN401
    """Return the figure of Matplotlib's that axes, or a part of a figure, belong to; other values as they are."""
    while belongs_to(value, "matplotlib.artist", "Artist") and not hasattr(value, "savefig") and value.figure:
        value = value.figure
    return value


def _draw_ipython(image: Any, name: str, _: int) -> bytes:  # noqa: ANN401
    if not isinstance(image.data, bytes):
        msg = f"{name} has an address and no picture; nothing is loaded from it."
        raise PromptError(msg, "Image(url=…, embed=True) loads it in a cell above.")
    return image.data


def _draw_png(value: Any, *_: object) -> bytes | None:  # noqa: ANN401
    try:
        drawn = value._repr_png_()  # IPython's protocol
    except NotImplementedError:
        return None  # as IPython has it
    data = drawn[0] if isinstance(drawn, tuple) else drawn
    return base64.b64decode(data) if isinstance(data, str) else data


def _as_is(value: object, *_: object) -> object:
    return bytes(value) if isinstance(value, bytearray) else value


def _is_plotly(value: object) -> bool:
    return belongs_to(value, "plotly.basedatatypes", "BaseFigure")


def _is_bytes(value: object) -> bool:
    return isinstance(value, bytes | bytearray) and read_picture_header(bytes(value[:32])) is not None


#: Whether a value is of a kind, and what draws it: as bytes, as a picture of Pillow's, or not at all.
_SOURCES: tuple[tuple[Callable[[object], bool], Callable[[Any, str, int], object]], ...] = (
    (_is_bytes, _as_is),
    (
        lambda value: isinstance(value, bytes | bytearray) and is_svg(bytes(value[:2000])),
        lambda _, name, __: refuse_svg(name),
    ),
    (lambda value: belongs_to(value, "PIL.Image", "Image"), _as_is),
    (
        lambda value: (
            belongs_to(value, "matplotlib.figure", "FigureBase", "Figure")
            or belongs_to(value, "matplotlib.axes", "Axes")
        ),
        _draw_matplotlib,
    ),
    (lambda value: belongs_to(value, "IPython.core.display", "SVG"), lambda _, name, __: refuse_svg(name)),
    (lambda value: belongs_to(value, "IPython.core.display", "Image"), _draw_ipython),
    (_is_plotly, lambda figure, _, __: figure.to_image(format="png")),
    (lambda value: hasattr(type(value), "_repr_png_") and not inspect.isclass(value), _draw_png),
)
