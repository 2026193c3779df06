"""Files as parts of a message."""

import os
from pathlib import Path

import pytest

from runware_magic.chat.attached import Attached
from runware_magic.chat.parts import FilePart, TextPart
from runware_magic.errors import PromptError
from runware_magic.prompt.values.files import attach_file
from runware_magic.prompt.values.inserted import ValueLimits

LIMITS = ValueLimits(max_attachment=100)


def made(folder, name, content):
    """Write a file, and return what is attached for it."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return attach_file(path, name, LIMITS)


def test_a_text_is_fenced(tmp_path):
    """In its language, by a fence that nothing in it closes; a byte order mark is no part of it."""
    attached = made(tmp_path, "notes.md", b"\xef\xbb\xbf# Notes\n```python\n1\n```\n")
    assert attached.parts == (TextPart("````md\n# Notes\n```python\n1\n```\n````"),)
    assert attached.attached == Attached("notes.md", "file")


@pytest.mark.parametrize(("content", "kept"), [("x" * 101, "x" * 100), ("é" * 101, "é" * 100), ("€" * 900, "€" * 100)])
def test_a_long_text_is_cut_and_says_so(tmp_path, content, kept):
    """Between characters; readers are told, too."""
    attached = made(tmp_path, "long.txt", content)
    assert attached.parts[0].text.startswith(f"```txt\n{kept}\n(first 100 characters of ")
    assert attached.attached.cut


def test_only_the_beginning_of_a_huge_text_is_read(tmp_path):
    """A file of a terabyte, most of which is on no disk, takes no time."""
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.write(b"a,b\n" * 200)
        file.truncate(2**40)
    assert "(first 100 characters of 1,099,511,627,776 bytes)" in attach_file(path, "huge.csv", LIMITS).parts[0].text


def test_a_pdf_is_a_file_part(tmp_path):
    """By its content, whatever it is called, and without its folder."""
    (tmp_path / "papers").mkdir()
    attached = made(tmp_path, "papers/one", b"%PDF-1.7\n...")
    assert attached.parts == (FilePart(b"%PDF-1.7\n...", "application/pdf", "one"),)
    assert attached.attached == Attached("papers/one", "file")


def sparse(path, size):
    """Make a file that begins as a PDF and is as large as wanted."""
    with path.open("wb") as file:
        file.write(b"%PDF-1.7")
        file.truncate(size)


#: What Windows has not, or calls otherwise.
OF_POSIX = (
    [
        (os.mkfifo, "it is not a file but a device or a pipe; nothing was sent"),
        (lambda path: path.symlink_to("/dev/zero"), "it is not a file but a device or a pipe; nothing was sent"),
        (lambda path: path.symlink_to(path), "it cannot be read: Too many levels of symbolic links; nothing was sent"),
    ]
    if os.name == "posix"
    else []
)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: sparse(path, 30 * 2**20), "it has 30 MB; a PDF can have at most 10 MB. Nothing was sent."),
        (
            lambda path: path.write_bytes(b"\x80\x03}q\x00."),
            "it: the file is not text in UTF-8.",
        ),
        (lambda path: path.write_text("a\0b"), "it: the file is not text in UTF-8."),
        (lambda path: path.write_bytes(b"MAGIC = b'%PDF-'\xff"), "it: the file is not text in UTF-8."),
        (Path.mkdir, "it is a folder; nothing was sent"),
        *OF_POSIX,
        (lambda _: None, "it cannot be read: No such file or directory; nothing was sent"),
    ],
)
def test_what_cannot_be_sent_is_one_line(tmp_path, make, said):
    """It names the file, and does not wait for a pipe or read a device."""
    make(tmp_path / "it")
    with pytest.raises(PromptError) as caught:
        attach_file(tmp_path / "it", "it", LIMITS)
    assert str(caught.value).startswith(said)


def test_an_svg_is_refused(tmp_path):
    """It can hold scripts, and no model reads it as a picture."""
    with pytest.raises(PromptError, match=r"drawing\.svg is an SVG"):
        made(tmp_path, "drawing.svg", '<svg xmlns="http://www.w3.org/2000/svg"/>')
