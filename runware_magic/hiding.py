"""Texts that go to others, without the keys that are known here and without where folders are on this machine."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from runware_magic.wire.endpoint import Key

_MARK = "…"


class Hiding:
    """Takes out of texts what nobody else is to read.

    Parameters
    ----------
    keys
        Those that are known here; a word that serves as one is not hidden.
    home
        The home folder, which shows as ``~``.
    here
        The folder of the notebook, which shows as ``.``.
    """

    def __init__(self, keys: Iterable[Key | None], home: Path, here: Path) -> None:
        self._keys = [key for key in keys if key is not None and key.is_secret]
        # The longer first: one of them mostly lies in the other.
        folders = sorted(((here, "."), (home, "~")), key=lambda pair: -len(str(pair[0])))
        self._folders = [(_anywhere(folder), short) for folder, short in folders if len(folder.parts) > 1]

    def __call__(self, text: str) -> str:
        """Give a text without them."""
        for key in self._keys:
            for form in key.forms:
                text = text.replace(form, _MARK)
        for pattern, short in self._folders:
            text = pattern.sub(short, text)
        return text


def hiding(keys: Iterable[Key | None], notebook: Path | None) -> Hiding:
    """Hide keys, this user's home folder, and the folder of a notebook, or else the one that the kernel works in."""
    here = (notebook.parent if notebook else Path()).resolve()
    try:
        return Hiding(keys, Path.home(), here)
    except RuntimeError:  # no home
        return Hiding(keys, here, here)


def _anywhere(folder: Path) -> re.Pattern[str]:
    """Match a folder's path, not within a longer name or an address of the web."""
    paths = [str(path) for each in (folder, folder.resolve()) for path in (each, each.as_posix())]
    # As an address holds it, and as JSON does where the separator is a backslash.
    written = (*paths, *(quote(path, safe="/:") for path in paths), *(path.replace("\\", "\\\\") for path in paths))
    forms = "|".join(re.escape(form) for form in sorted({*written}, key=lambda form: (-len(form), form)))
    return re.compile(rf"(?<!\w)(?:{forms})(?![\w-])")
