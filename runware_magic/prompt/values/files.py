"""Files as attachments: text, pictures, PDFs."""

from __future__ import annotations

import stat
from pathlib import Path

from runware_magic.chat.attached import Attached
from runware_magic.chat.parts import FilePart, TextPart
from runware_magic.chat.text import printable
from runware_magic.errors import PromptError
from runware_magic.prompt.values.fence import fenced
from runware_magic.prompt.values.inserted import Inserted, ValueLimits
from runware_magic.prompt.values.paths import content_of

_MB = 1024 * 1024
_LARGEST_PDF = 10 * _MB  # with base64, two thirds of what servers accept as one request
_BEGINNING = 1024  # bytes in which the mark of a PDF may stand
_SHOWN = 80  # characters of a name


def attach_file(path: Path, name: str, limits: ValueLimits) -> Inserted:
    """Return what is attached for a file, or raise `PromptError`; `name` is its name for readers."""
    shown = printable(name, _SHOWN)
    try:
        about = path.stat()
        # Opening a pipe would block, and a device may have no end.
        if not stat.S_ISREG(about.st_mode):
            what = "a folder" if stat.S_ISDIR(about.st_mode) else "not a file but a device or a pipe"
            msg = f"{shown} is {what}; nothing was sent."
            raise PromptError(msg, "Name a file.")
        with path.open("rb") as file:
            if file.read(_BEGINNING).lstrip().startswith(b"%PDF-"):
                return _pdf(path, name, about.st_size)
        inserted = content_of(path, shown, limits)
    except (OSError, ValueError) as error:  # also a null character in the path
        why = getattr(error, "strerror", None) or type(error).__name__
        msg = f"{shown} cannot be read: {why}; nothing was sent."
        raise PromptError(msg) from None
    texts = [part.text for part in inserted.parts if isinstance(part, TextPart)]
    if not texts:
        return inserted
    return Inserted((TextPart(fenced("".join(texts), path.suffix.lstrip(".").lower())),), inserted.attached)


def _pdf(path: Path, name: str, size: int) -> Inserted:
    if size > _LARGEST_PDF:
        msg = f"{printable(name, _SHOWN)} has {size / _MB:.0f} MB; a PDF can have at most {_LARGEST_PDF // _MB} MB."
        raise PromptError(msg, "Nothing was sent. Attach the pages that matter, or their text.")
    # Its name only: the folders may be private.
    return Inserted((FilePart(path.read_bytes(), "application/pdf", path.name),), Attached(name, "file"))
