"""What the first bytes of a picture say."""

import io

import pytest
from PIL import Image

from runware_magic.chat.picture_header import PictureHeader, read_picture_header


def encoded(form, size=(300, 200), mode="RGB", **options):
    """Return a picture in a format."""
    out = io.BytesIO()
    Image.new(mode, size).save(out, form, **options)
    return out.getvalue()


PICTURES = {
    "png": (encoded("PNG"), "image/png"),
    "jpeg": (encoded("JPEG"), "image/jpeg"),
    "jpeg, progressive, with a comment": (encoded("JPEG", progressive=True, comment=b"\xff\xc0 x" * 99), "image/jpeg"),
    "gif": (encoded("GIF"), "image/gif"),
    "webp": (encoded("WEBP"), "image/webp"),
    "webp, lossless": (encoded("WEBP", lossless=True), "image/webp"),
    "webp, extended": (encoded("WEBP", mode="RGBA", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0"), "image/webp"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_format_and_the_size_are_read(name):
    """As Pillow wrote them."""
    data, media_type = PICTURES[name]
    assert read_picture_header(data) == PictureHeader(media_type, (300, 200))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_that_is_cut_off_has_no_size_or_the_right_one(name):
    """And reading it never fails."""
    data, media_type = PICTURES[name]
    heads = (read_picture_header(data[:end]) for end in range(12, min(len(data), 1200)))
    assert {head.size for head in heads} <= {None, (300, 200)}
    assert read_picture_header(data[:16]).media_type == media_type


@pytest.mark.parametrize("data", [b"", b"GIF", b"<svg/>", b"RIFF\0\0\0\0WAVE", b"%PDF-1.7", b"\x89PNG"])
def test_other_bytes_are_no_picture(data):
    """Whatever they begin like."""
    assert read_picture_header(data) is None
