"""Figures and pictures in a message."""

import base64
import builtins
import io
import struct
import sys
from types import ModuleType

import matplotlib as mpl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.display import SVG
from IPython.display import Image as Displayed
from PIL import Image

from runware_magic.chat.attached import Attached
from runware_magic.chat.parts import ImagePart, TextPart
from runware_magic.chat.picture_header import read_picture_header
from runware_magic.errors import PromptError
from runware_magic.prompt.values.insert import insert
from runware_magic.prompt.values.inserted import DEFAULT_LIMITS, ValueLimits

mpl.use("agg")
FORMATS = ["PNG", "JPEG", "WEBP", "GIF"]
UPRIGHT, TURNED = 1, 6  # orientations: the latter is turned by 90 degrees to be seen


def encoded(picture, form="PNG", **options):
    """Return a picture as the bytes of a file."""
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def shades(width=60, height=40, mode="RGB"):
    """Return a picture that is no single colour."""
    return Image.linear_gradient("L").resize((width, height)).convert(mode)


def sent(value, **limits):
    """Return the part that is sent for a picture, and what readers are told of it."""
    inserted = insert(value, "fig", ValueLimits(**limits))
    (part,) = inserted.parts
    return part, inserted.attached


def refused(value, **limits):
    """Return why a picture is not sent, in one line."""
    with pytest.raises(PromptError) as caught:
        sent(value, **limits)
    assert "\n" not in str(caught.value)
    assert "0x" not in str(caught.value)
    return str(caught.value)


def figure():
    """Return a figure with axes."""
    from matplotlib.figure import Figure

    made = Figure()
    made.subplots().plot([1, 2])
    return made


class Drawn:
    """Draws itself for IPython."""

    def __init__(self, drawn):
        self._drawn = drawn

    def _repr_png_(self):
        if isinstance(self._drawn, Exception):
            raise self._drawn
        return self._drawn


PNG = encoded(shades())
PICTURES = {
    **{f"bytes of {form}": (lambda form=form: encoded(shades(), form)) for form in FORMATS},
    "bytearray": lambda: bytearray(PNG),
    **{
        f"PIL {mode}": (lambda mode=mode: shades(mode=mode))
        for mode in ("1", "L", "P", "LA", "RGBA", "CMYK", "I", "F", "I;16")
    },
    "display.Image": lambda: Displayed(PNG),
    "bytes of its own": lambda: Drawn(PNG),
    "base64 of its own": lambda: Drawn(base64.b64encode(PNG).decode()),
    "with metadata": lambda: Drawn((PNG, {"width": 3})),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_an_image_part(name):
    """In a format that endpoints take, under its name, with its size."""
    part, attached = sent(PICTURES[name]())
    assert (part.name, part.size, attached) == ("fig", (60, 40), Attached("fig", "picture", (60, 40)))
    assert read_picture_header(part.data) == (read_picture_header(part.data).__class__)(part.media_type, (60, 40))


@pytest.mark.parametrize("axes", [False, True])
def test_a_figure_of_matplotlib_is_drawn(axes):
    """Axes are drawn with the figure that they are in."""
    value = figure().axes[0] if axes else figure()
    assert sent(value)[1] == Attached("fig", "picture", (640, 480))
    assert sent(value, max_image_side=320)[1] == Attached("fig", "picture", (320, 240))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_the_orientation_is_applied_and_all_metadata_is_gone(form):
    """A photograph says where it was taken, and by whom."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = TURNED, "where and by whom"
    comment = {"comment": b"where"} if form == "JPEG" else {}
    data = encoded(shades(), form, exif=exif, icc_profile=b"where and by whom", **comment)
    part, _ = sent(data)
    assert b"where" in data
    assert b"where" not in part.data
    assert part.size == (40, 60)
    assert not Image.open(io.BytesIO(part.data)).getexif()


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_what_is_clear_stays_clear(mode):
    """And a picture without metadata keeps its pixels, if its format loses none."""
    picture = shades(mode=mode)
    if mode == "RGBA":
        picture.putalpha(shades(mode="L"))
    part, _ = sent(picture)
    assert Image.open(io.BytesIO(part.data)).tobytes() == picture.tobytes()


def test_the_user_s_picture_is_left_as_it_is():
    """It is not scaled in place, and keeps what it knows."""
    picture = shades(400, 200)
    picture.info["comment"] = "mine"
    before = picture.tobytes()
    sent(picture, max_image_side=20)
    assert (picture.size, picture.info, picture.tobytes()) == ((400, 200), {"comment": "mine"}, before)


def test_sixteen_bits_for_a_shade_are_shown_as_eight():
    """Not as white all over."""
    deep = Image.new("I;16", (2, 1))
    deep.putpixel((0, 0), 32_000)
    deep.putpixel((1, 0), 64_000)
    part, _ = sent(encoded(deep))
    assert list(Image.open(io.BytesIO(part.data)).convert("L").tobytes()) == [127, 255]


def test_a_huge_picture_is_scaled():
    """Of 12,000 by 9,000 pixels."""
    part, attached = sent(encoded(Image.new("L", (12_000, 9_000)), "JPEG"))
    assert (part.size, attached.cut) == ((1568, 1176), False)


def test_of_a_moving_picture_the_first_frame_is_sent():
    """Even if it has 500."""
    frames = [Image.new("RGB", (20, 10), (number % 256, number // 2, 0)) for number in range(1, 501)]
    part, attached = sent(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert attached == Attached("fig", "picture", (20, 10), cut=True)
    assert part.media_type == "image/png"
    assert Image.open(io.BytesIO(part.data)).convert("RGB").getpixel((0, 0)) == (1, 0, 0)


def test_a_figure_of_plotly_draws_itself(monkeypatch):
    """Or says what it lacks."""
    plotly = ModuleType("plotly.basedatatypes")
    plotly.BaseFigure = type("BaseFigure", (), {"to_image": lambda self, format: PNG})  # noqa: A006, ARG005  # as Plotly's
    monkeypatch.setitem(sys.modules, "plotly.basedatatypes", plotly)
    drawn = plotly.BaseFigure()
    assert sent(drawn)[1] == Attached("fig", "picture", (60, 40))
    drawn.to_image = None
    assert "%pip install kaleido" in refused(drawn)


class Untold(Exception):  # noqa: N818  # a name for a test
    """Has several lines."""

    def __str__(self):
        return "no\nsuch luck"


def broken_figure():
    """Return a figure that raises while it is drawn."""
    made = figure()
    made.draw = made.axes[0].draw = lambda *_: (_ for _ in ()).throw(Untold)
    return made


REFUSED = {
    "cut off": (lambda: encoded(Image.effect_noise((60, 40), 90))[:500], "fig is a broken picture: OSError: "),
    "no pixels": (lambda: PNG[:20], "fig is a broken picture: OSError: "),
    "rubbish": (lambda: b"GIF89a", "fig is a broken picture. "),
    "SVG in bytes": (
        lambda: b' <?xml version="1.0"?>\n<!-- x -->\n<svg onload="f()"/>',
        "fig is an SVG, which is not sent",
    ),
    "SVG": (lambda: SVG("<svg/>"), "fig is an SVG, which is not sent: it can hold scripts."),
    "an address": (
        lambda: Displayed(url="https://e.example/a.png"),
        "fig has an address and no picture; nothing is loaded",
    ),
    "raises": (broken_figure, "fig: drawing it raised Untold: no such luck. "),
    "raises, too": (lambda: Drawn(Untold()), "fig: drawing it raised Untold: no such luck. "),
    "no PNG": (lambda: Drawn(b"abc"), "fig is no PNG, JPEG, WebP or GIF. "),
    "a bomb": (
        lambda: PNG[:16] + struct.pack(">II", 100_000, 90_000) + PNG[24:],
        "fig has 100,000 × 90,000 pixels; at most",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_sent_is_an_error_in_one_line(name):
    """It names the value, and nothing is loaded from anywhere."""
    make, said = REFUSED[name]
    assert refused(make()).startswith(said)


@pytest.mark.parametrize("drawn", [None, NotImplementedError()])
def test_what_does_not_draw_itself_now_is_its_text(drawn):
    """As in IPython: `None` is no picture."""
    value = Drawn(drawn)
    assert insert(value, "v", DEFAULT_LIMITS).parts == (TextPart(str(value)),)


def test_a_picture_that_stays_too_large_is_sent_as_a_photograph(monkeypatch):
    """Or refused, if it is too large even so."""
    from runware_magic.prompt.values import scaling

    noise = Image.effect_noise((300, 300), 100).convert("RGBA")
    assert sent(noise)[0].media_type == "image/png"
    monkeypatch.setattr(scaling, "_MOST_BYTES", 80_000)
    assert sent(noise)[0].media_type == "image/jpeg"
    monkeypatch.setattr(scaling, "_MOST_BYTES", 1_000)
    assert refused(noise).startswith("fig has 300 × 300 pixels, which take more than 1,000 bytes.")


@pytest.fixture
def _without_pillow(monkeypatch):
    find = builtins.__import__

    def without(name, *rest):
        if name.partition(".")[0] == "PIL":
            raise ImportError(name)
        return find(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)


@pytest.mark.usefixtures("_without_pillow")
def test_without_pillow_a_picture_is_sent_as_it_is(monkeypatch):
    """Up to a size, and with the one that it has."""
    from runware_magic.prompt.values import scaling

    assert sent(PNG, max_image_side=10) == (
        ImagePart(PNG, "image/png", "fig", (60, 40)),
        Attached("fig", "picture", (60, 40)),
    )
    assert refused(PNG[:18]).startswith("fig is a broken picture")
    monkeypatch.setattr(scaling, "_MOST_BYTES", 50)
    assert refused(PNG).startswith(
        f"fig has {len(PNG)} bytes; at most 50 can be sent as they are. Pillow makes it smaller"
    )


@given(
    st.integers(1, 90),
    st.integers(1, 90),
    st.sampled_from(["1", "L", "P", "RGB", "RGBA", "LA", "I;16", "F"]),
    st.sampled_from([None, *FORMATS]),
    st.integers(16, 80),
)
def test_any_picture_is_sent_within_its_bounds(width, height, mode, form, most):
    """With its proportions, never larger than it was."""
    picture = shades(width, height, "L").convert(mode)
    if form:
        picture = encoded(picture.convert("RGB"), form)
    part, attached = sent(picture, max_image_side=most)
    assert max(part.size) == min(most, max(width, height))
    scale = max(part.size) / max(width, height)
    assert all(abs(side - max(1, full * scale)) <= 0.5 for side, full in zip(part.size, (width, height), strict=True))
    assert read_picture_header(part.data).size == part.size == attached.shape
