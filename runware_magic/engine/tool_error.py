"""An error of a function, as a model is told it: its type and its text, without paths of this machine."""

from __future__ import annotations

import re

from runware_magic.notebook.anonymize import anonymizer
from runware_magic.prompt.raised import said
from runware_magic.prompt.values.sources import CELL_FILE

_READ = 1_000_000  # characters of the text
_PATH = re.compile(r"[^\s\"'(),]+")
_LIBRARIES = re.compile(r"^.*[/\\](?:site-packages|dist-packages|lib[/\\]python3\.\d+)[/\\]")


def error_text(error: BaseException) -> str:
    """Return the type and the text of an error, without the folders of packages, of the user and of the notebook."""
    text = _PATH.sub(lambda found: _shortened(found[0]), said(error)[:_READ])
    return ": ".join(filter(None, (type(error).__name__, anonymizer((), None)(text))))


def _shortened(path: str) -> str:
    """Return a path below the folder of packages, or of Python's own modules; for the code of a cell, no path."""
    return "<cell>" if CELL_FILE.search(path) else _LIBRARIES.sub("", path, count=1)
