"""The text or the picture in a file, by its path."""

from __future__ import annotations

import codecs
import stat
from pathlib import Path

from runware_magic.chat.attached import Attached
from runware_magic.chat.parts import TextPart
from runware_magic.chat.picture_header import read_picture_header
from runware_magic.chat.text import one_line
from runware_magic.errors import PromptError
from runware_magic.prompt.values.inserted import Inserted, ValueLimits
from runware_magic.prompt.values.pictures import is_svg, picture_part, refuse_svg

_BYTES = 4  # of a character in UTF-8, at most
_HEADER = 512  # bytes that tell a picture from a text
_MOST_PICTURE = 100_000_000  # bytes of a picture's file
_SEND_PATH = "{{ str(path) }} sends the path itself."


def file(value: object, name: str, limits: ValueLimits) -> Inserted | None:
    """Return the text of a file below the notebook's folder, or its picture; None for values that are no paths."""
    if not isinstance(value, Path):
        return None
    try:
        return content_of(_allowed(value, name), name, limits)
    except OSError as error:
        msg = f"{name}: {one_line(str(value))!r} cannot be read: {error.strerror or type(error).__name__}."
        raise PromptError(msg, _SEND_PATH) from None


def content_of(path: Path, name: str, limits: ValueLimits) -> Inserted:
    """Return the text of a file or its picture, or raise `PromptError` or OSError."""
    size = path.stat().st_size
    with path.open("rb") as opened:
        head = opened.read(max(_HEADER, _BYTES * (limits.max_attachment + 1)))
        if read_picture_header(head) is None:
            return _text(head, size, name, limits)
        if size > _MOST_PICTURE:
            msg = f"{name}: the picture's file has {size:,} bytes; at most {_MOST_PICTURE:,} are read."
            raise PromptError(msg, "Make it smaller first.")
        return picture_part(head + opened.read(), name, limits)


def _allowed(path: Path, name: str) -> Path:
    """Return the resolved path of a file; raise `PromptError` if it is no file, or outside of the notebook's folder."""
    real = path.resolve(strict=True)
    if not real.is_relative_to(Path.cwd().resolve()):
        msg = f"{name}: {one_line(str(path))!r} is outside of the notebook's folder."
        raise PromptError(msg, "Copy it there, or read it in a cell above and send its text.")
    if not stat.S_ISREG(real.stat().st_mode):
        what = "a folder" if real.is_dir() else "a device or a pipe"
        msg = f"{name}: {one_line(str(path))!r} is {what}, not a file."
        raise PromptError(msg, _SEND_PATH)
    return real


def _text(head: bytes, size: int, name: str, limits: ValueLimits) -> Inserted:
    if is_svg(head):
        refuse_svg(name)
    try:
        # The last character may be cut.
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(head, final=len(head) >= size)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        msg = f"{name}: the file is not text in UTF-8."
        raise PromptError(msg, "Read it in a cell above, and send what is of interest.")
    text = text.replace("\r\n", "\n")
    cut = len(text) > limits.max_attachment
    if cut:
        text = f"{text[: limits.max_attachment]}\n(first {limits.max_attachment:,} characters of {size:,} bytes)"
    return Inserted((TextPart(text.rstrip("\n")),), Attached(name, "file", cut=cut))
