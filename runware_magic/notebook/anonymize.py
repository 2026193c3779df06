"""Remove keys and paths of folders from texts that are handed in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from runware_magic.transport.endpoint import Key

_MARK = "…"


class Anonymizer:
    """Redacts the keys in a text, and shortens the home folder to ``~`` and the notebook's folder to ``.``."""

    def __init__(self, keys: Iterable[Key | None], home: Path, here: Path) -> None:
        self._keys = [key for key in keys if key is not None and key.is_secret]
        # The longer first: one of them is usually inside the other.
        folders = sorted(((here, "."), (home, "~")), key=lambda pair: -len(str(pair[0])))
        self._folders = [(_anywhere(folder), short) for folder, short in folders if len(folder.parts) > 1]

    def __call__(self, text: str) -> str:
        """Return a text without them."""
        for key in self._keys:
            for form in key.forms:
                text = text.replace(form, _MARK)
        for pattern, short in self._folders:
            text = pattern.sub(short, text)
        return text


def anonymizer(keys: Iterable[Key | None], notebook: Path | None) -> Anonymizer:
    """Return an anonymizer for keys, the home folder, and the folder of the notebook, else the working folder."""
    here = (notebook.parent if notebook else Path()).resolve()
    try:
        return Anonymizer(keys, Path.home(), here)
    except RuntimeError:  # no home
        return Anonymizer(keys, here, here)


def _anywhere(folder: Path) -> re.Pattern[str]:
    """Return a pattern for a folder's path that is not part of a longer name or a web address."""
    paths = [str(path) for each in (folder, folder.resolve()) for path in (each, each.as_posix())]
    # Also as URLs write it, and as JSON does if the separator is a backslash.
    written = (*paths, *(quote(path, safe="/:") for path in paths), *(path.replace("\\", "\\\\") for path in paths))
    forms = "|".join(re.escape(form) for form in sorted({*written}, key=lambda form: (-len(form), form)))
    # Front ends on Windows write the letter of the drive in either case.
    return re.compile(rf"(?<!\w)(?:{forms})(?![\w-])", re.IGNORECASE if folder.drive else 0)
