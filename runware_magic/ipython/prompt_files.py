"""Finds and reads prompt files, in the notebook's folder and those below it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from runware_magic.chat.text import one_line
from runware_magic.errors import UsageError
from runware_magic.prompt.prompt_file import PromptFile

#: The folder that is listed by default.
FOLDER = "prompts"
LARGEST = 1024 * 1024  # bytes; a larger file is not read

_SUFFIXES = frozenset({".md", ".markdown", ".txt", ".prompt"})
_MOST = 500  # entries of a folder that are looked at
_SHOWN = 80  # characters of a path
_OUTSIDE = "Copy it beside the notebook, or into a folder below."


def read_text(path: str, folder: Path) -> str:
    """Read a prompt file, whose path starts at the notebook's folder; raise `UsageError` if it is not usable."""
    name = one_line(path, _SHOWN)
    place = within(path, folder)
    try:
        about = place.stat()
        # Opening a pipe would wait for ever, and a device may not end.
        if not stat.S_ISREG(about.st_mode):
            msg = f"{name} is {'a folder' if stat.S_ISDIR(about.st_mode) else 'not a file'}."
            raise UsageError(msg, "Name a text file; %runware prompts lists those of a folder.")
        if about.st_size > LARGEST:
            msg = f"{name} has {about.st_size:,} bytes; a prompt file may have {LARGEST:,}."
            raise UsageError(msg, "Shorten it.")
        text = place.read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError) as error:
        msg = f"There is no file {name}."
        raise UsageError(msg, "Its path starts at the notebook's folder; %runware prompts lists files.") from error
    except OSError as error:
        msg = f"{name} cannot be read: {error.strerror}."
        raise UsageError(msg, "Check its permissions.") from error
    except UnicodeDecodeError as error:
        msg = f"{name} is not a text: byte {error.start} is not UTF-8."
        raise UsageError(msg, "Save it as UTF-8.") from error
    if "\0" in text:
        msg = f"{name} is not a text: it has a null character."
        raise UsageError(msg, "Name a text file.")
    return text


def listed_in(path: str, folder: Path) -> list[tuple[str, PromptFile | UsageError]]:
    """Return the prompt files of a folder by their paths, each as read or why it cannot be; raise `UsageError`."""
    place = within(path, folder)
    try:
        names = sorted(entry.name for entry in _some(place))
    except OSError as error:
        msg = f"There is no folder {one_line(path, _SHOWN)}."
        raise UsageError(msg, "Name one beside the notebook: %runware prompts FOLDER") from error
    found: list[tuple[str, PromptFile | UsageError]] = []
    for name in names:
        shown = name if path in ("", ".") else f"{path.rstrip('/')}/{name}"
        try:
            found.append((shown, PromptFile.read(read_text(shown, folder), shown)))
        except UsageError as error:
            found.append((shown, error))
    return found


def names_in(folder: Path) -> tuple[str, ...]:
    """Return the paths of the files in the folder of prompts; none if there is no such folder."""
    with suppress(OSError):
        return tuple(sorted(f"{FOLDER}/{entry.name}" for entry in _some(folder / FOLDER)))
    return ()


def within(path: str, folder: Path) -> Path:
    """Return the place of a path that starts at a folder; raise `UsageError` if it leads out of it."""
    with suppress(OSError, RuntimeError, ValueError):  # links in a circle, a null character
        top = folder.resolve()
        place = (top / os.path.expanduser(path)).resolve()  # noqa: PTH111  # Path's own fails for an unknown user
        if place.is_relative_to(top):
            return place
    # Also through a symbolic link: a repository must not choose which of the reader's files are sent.
    msg = f"{one_line(path, _SHOWN)} is outside the notebook's folder."
    raise UsageError(msg, _OUTSIDE)


def _some(place: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(place) as entries:
        for entry, _ in zip(entries, range(_MOST), strict=False):
            if Path(entry.name).suffix.lower() in _SUFFIXES and not entry.name.startswith("."):
                yield entry
