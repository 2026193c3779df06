"""The text or the picture in a file, by its path."""

import io
import os
from pathlib import Path

import pytest
from PIL import Image

from runware_magic.chat.attached import Attached
from runware_magic.errors import PromptError
from runware_magic.prompt.values.insert import insert
from runware_magic.prompt.values.inserted import DEFAULT_LIMITS, ValueLimits


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    """Run the test in a folder of a notebook."""
    (tmp_path / "notebook").mkdir()
    monkeypatch.chdir(tmp_path / "notebook")


def written(data, name="notes.md"):
    """Return the path of a file with these bytes."""
    path = Path(name)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("data", ["Größe\n".encode(), b"\xef\xbb\xbfGr\xc3\xb6\xc3\x9fe\r\n", "Größe".encode()])
def test_a_path_is_the_text_of_its_file(data):
    """Without what other systems add to it."""
    inserted = insert(written(data), "path", DEFAULT_LIMITS)
    assert inserted.parts[0].text == "Größe"
    assert inserted.attached == Attached("path", "file")


@pytest.mark.parametrize("letter", ["a", "ö", "€", "😀"])
def test_of_a_long_file_the_beginning_is_read(letter):
    """Wherever its letters are cut, and it is said."""
    path = written((letter * 9_000).encode())
    inserted = insert(path, "path", ValueLimits(max_attachment=1_001))
    said = f"(first 1,001 characters of {path.stat().st_size:,} bytes)"
    assert inserted.parts[0].text == f"{letter * 1001}\n{said}"
    assert inserted.attached == Attached("path", "file", cut=True)


def test_a_file_that_fits_is_not_called_cut():
    """To its last character."""
    inserted = insert(written(b"a" * 1_000), "path", ValueLimits(max_attachment=1_000))
    assert (inserted.parts[0].text, inserted.attached.cut) == ("a" * 1_000, False)


def test_a_picture_s_file_is_a_picture():
    """By its bytes, not by its name."""
    out = io.BytesIO()
    Image.new("RGB", (30, 20)).save(out, "PNG")
    inserted = insert(written(out.getvalue() + b"\0" * 200_000, "notes.txt"), "path", DEFAULT_LIMITS)
    assert inserted.attached == Attached("path", "picture", (30, 20))


def pipe():
    """Return the path of a pipe, which nobody writes to."""
    os.mkfifo("pipe")
    return Path("pipe")


def link():
    """Return the path of a link that leads out of the folder."""
    target = Path("..", "secret.txt").resolve()
    target.write_text("secret", encoding="utf-8")
    Path("link").symlink_to(target)
    return Path("link")


REFUSED = {
    "binary": (lambda: written(b"a\0b"), "path: the file is not text in UTF-8. "),
    "other encoding": (lambda: written("Größe".encode("latin-1")), "path: the file is not text in UTF-8. "),
    "SVG": (
        lambda: written(b"<svg><script/></svg>", "a.svg"),
        "path is an SVG, which is not sent: it can hold scripts.",
    ),
    "folder": (Path, "path: '.' is a folder, not a file. "),
    "missing": (lambda: Path("nothing"), "path: 'nothing' cannot be read: No such file or directory. "),
    "outside": (
        lambda: Path("..", "notebook", "..", "."),
        f"path: {str(Path('../notebook/..'))!r} is outside of the notebook's folder. ",
    ),
    "link": (link, "path: 'link' is outside of the notebook's folder. "),
}

if os.name == "posix":
    REFUSED["pipe"] = (pipe, "path: 'pipe' is a device or a pipe, not a file. ")
    REFUSED["device"] = (lambda: Path("/dev/zero"), "path: '/dev/zero' is outside of the notebook's folder. ")


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_sent_is_an_error_in_one_line(name):
    """Nothing is waited for, and nothing is read that is not the notebook's."""
    make, said = REFUSED[name]
    with pytest.raises(PromptError) as caught:
        insert(make(), "path", DEFAULT_LIMITS)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no folder of devices")
def test_a_device_below_the_folder_is_not_read(monkeypatch):
    """It may have no end."""
    monkeypatch.chdir("/")
    with pytest.raises(PromptError, match="is a device or a pipe, not a file"):
        insert(Path("/dev/zero"), "path", DEFAULT_LIMITS)


def test_a_picture_s_file_has_bounds(monkeypatch):
    """It is not read if it is too large."""
    from runware_magic.prompt.values import paths

    monkeypatch.setattr(paths, "_MOST_PICTURE", 100)
    with pytest.raises(PromptError, match="path: the picture's file has 108 bytes; at most 100 are read"):
        insert(written(b"\x89PNG\r\n\x1a\n" + b"\0" * 100), "path", DEFAULT_LIMITS)
