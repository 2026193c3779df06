"""Pictures, made small for outputs."""

import io
import sys
import warnings

import pytest
from attaching import picture, png

from runware_magic.chat.parts import ImagePart
from runware_magic.display.render.thumbnail import thumbnail


def saved(form, mode="RGB", size=(1200, 800), **options):
    """Return a picture of noise, which does not compress, in a format; nobody tries to compress it, either."""
    image = pytest.importorskip("PIL.Image")
    file = io.BytesIO()
    options |= {"PNG": {"compress_level": 0}, "WEBP": {"method": 0}}.get(form, {})
    image.effect_noise(size, 90).convert(mode).save(file, form, **options)
    return ImagePart(file.getvalue(), f"image/{form.lower()}", "p")


@pytest.mark.parametrize(
    ("form", "mode"),
    [
        ("PNG", "RGB"),
        ("PNG", "RGBA"),
        ("PNG", "LA"),
        ("PNG", "P"),
        ("JPEG", "RGB"),
        ("JPEG", "L"),
        ("JPEG", "CMYK"),
        ("WEBP", "RGB"),
        ("GIF", "P"),
    ],
)
def test_a_large_picture_becomes_small(form, mode):
    """In the same proportions, and few bytes, whatever it is made of."""
    small = thumbnail(saved(form, mode))
    assert small.size == (480, 320)
    assert len(small.data) < 150_000
    assert small.has_signature


@pytest.mark.parametrize("side", [240, 480])
def test_a_picture_is_as_large_as_its_place(side):
    """Two of its pixels to one of the page, and as many bytes as are worth it."""
    small = thumbnail(saved("PNG", size=(1200, 600)), side)
    assert small.size == (2 * side, side)
    assert len(small.data) < 150_000 * (side / 240) ** 2


def test_a_small_picture_stays_as_it_is():
    """Byte for byte."""
    assert thumbnail(picture("p", 40, 30)).data == png(40, 30)


def test_a_picture_that_moves_stands_still():
    """The reader of an answer did not ask for a film."""
    image = pytest.importorskip("PIL.Image")
    frames, file = [image.new("L", (20, 20), 20 * shade) for shade in range(9)], io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    assert thumbnail(ImagePart(file.getvalue(), "image/gif", "film")).media_type == "image/png"


def test_a_huge_picture_in_a_small_file_is_not_decoded():
    """Not even one that is not much beyond the bound; nothing is printed either."""
    pytest.importorskip("PIL")
    with warnings.catch_warnings(record=True) as seen:
        assert thumbnail(picture("p", 8_000, 8_000)) is None
    assert seen == []


def test_without_pillow_only_small_pictures_show(monkeypatch):
    """As they are, if their first bytes are those of a picture."""
    monkeypatch.setitem(sys.modules, "PIL", None)
    thumbnail.cache_clear()
    few, many = ImagePart(png(3, 5), "image/png"), ImagePart(png() + bytes(60_000), "image/png")
    assert [thumbnail(each) for each in (few, many, ImagePart(b"<svg>", "image/png"))] == [few, None, None]
    thumbnail.cache_clear()
