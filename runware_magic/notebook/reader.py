"""Read the turns of saved notebooks, and find the open one; nothing in a notebook is run."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from runware_magic.chat.record import MIME_TYPE
from runware_magic.chat.saved_outputs import Restored, SavedOutput, rebuild
from runware_magic.errors import UsageError

#: A larger file is not read, in bytes.
LARGEST = 512 * 1024 * 1024

_MAJOR = 4
_LONGEST_INTEGER = 300  # digits
_SHOWN = 120  # characters


def read(path: str | os.PathLike[str]) -> Restored:
    """Rebuild the chats of a saved notebook (``~`` is the home folder); raise UsageError if it is not of format 4."""
    place = Path(os.path.expanduser(path))  # noqa: PTH111  # Path's own fails for a user who does not exist
    return rebuild_from(_text(place), _shown(place))


def rebuild_from(text: str, name: str = "The text") -> Restored:
    """Rebuild the chats from a notebook's JSON; raise UsageError, with `name`, if it is not one of format 4.

    Only the records of turns are read: anything else in the notebook may be invalid.
    """
    return rebuild(_entries(_cells(text, name)))


def holds_turns(path: str | os.PathLike[str]) -> int:
    """Count the turns of the chats in a saved notebook, without rebuilding them; 0 if it cannot be read."""
    records = _records(path)
    places = [record for record in records if record.get("places") != [] and record.get("chat") is not None]
    return len({repr(record.get("id")) for record in places})


def turn_ids(path: str | os.PathLike[str]) -> frozenset[str]:
    """Return the ids of the turns in a saved notebook, in all versions; none if it cannot be read."""
    records = _records(path)
    others = (record.get("others") for record in records)
    versions = (version for each in others if isinstance(each, list) for version in each)
    return frozenset(str(each.get("id")) for each in (*records, *versions) if isinstance(each, Mapping))


def _records(path: str | os.PathLike[str]) -> list[Mapping[str, Any]]:
    # Called while the extension loads, which must not fail because of a file.
    with suppress(Exception):
        text = _text(Path(path).expanduser())
        if f'"{MIME_TYPE}"' in text:
            return [entry.kept for entry in _entries(_cells(text, "")) if isinstance(entry.kept, Mapping)]
    return []


def find(environment: Mapping[str, str], user_namespace: Mapping[str, object]) -> Path | None:
    """Return the path of the open notebook, if the front end names it and the file exists.

    JupyterLab and Notebook 7 set ``JPY_SESSION_NAME`` in the environment, which is the old name after a renaming; VS
    Code sets the variable ``__vsc_ipynb_file__``. The path is as given, or its last part: a kernel starts in the folder
    of its notebook.
    """
    for told in (user_namespace.get("__vsc_ipynb_file__"), environment.get("JPY_SESSION_NAME")):
        if isinstance(told, str) and told:
            # Real-time collaboration adds the name of a drive: "RTC:folder/lesson.ipynb".
            last = re.split(r"[/\\]", told)[-1].removeprefix("RTC:")
            for path in (Path(told), Path(last)):
                if path.suffix.lower() == ".ipynb" and os.path.isfile(path):  # noqa: PTH113  # Path's own may fail
                    return path
    return None


def _text(path: Path) -> str:
    name = _shown(path)
    try:
        data = _bytes(path, name)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        msg = f"There is no file {name}."
        raise UsageError(msg, f"A relative path starts at {_shown(_here())}.") from error
    except PermissionError as error:
        msg = f"{name} cannot be read: permission denied."
        raise UsageError(msg, "Ask its owner for access, or use your own copy.") from error
    except OSError as error:
        msg = f"{name} cannot be read: {error.strerror}."
        raise UsageError(msg) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"{name} is not a notebook: byte {error.start} is not UTF-8."
        raise UsageError(msg, "Name a saved .ipynb file.") from error


def _bytes(path: Path, name: str) -> bytes:
    about = path.stat()
    # Opening a pipe would wait forever.
    if not stat.S_ISREG(about.st_mode):
        msg = f"{name} is {'a folder' if stat.S_ISDIR(about.st_mode) else 'not a file'}."
        raise UsageError(msg, "Name a saved .ipynb file.")
    if about.st_size > LARGEST:
        msg = f"{name} has {about.st_size // 2**20} MB; at most {LARGEST // 2**20} MB can be read."
        raise UsageError(msg, "Copy it, clear large outputs of other cells in the copy, and restore from the copy.")
    return path.read_bytes()


def _cells(text: str, name: str) -> list[object]:
    try:
        notebook = _parsed(text)
    except json.JSONDecodeError as error:
        msg = f"{name} is not a notebook: line {error.lineno} is not JSON."
        raise UsageError(msg, "It may be cut off, or contain merge conflict markers.") from error
    version = notebook.get("nbformat") if isinstance(notebook, dict) else None
    if isinstance(version, bool) or not isinstance(version, int | float):
        msg = f"{name} is not a notebook: it has no nbformat number."
        raise UsageError(msg, "Name a saved .ipynb file.")
    if version != _MAJOR:
        hint = "Update runware-magic, or save the notebook in format 4."
        if version < _MAJOR:
            hint = "Open it in Jupyter and save it, or run jupyter nbconvert --to notebook."
        msg = f"{name} is a notebook of format {f'{version}'[:20]}; this reads format {_MAJOR}."
        raise UsageError(msg, hint)
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        msg = f"{name} is not a notebook: it has no cells."
        raise UsageError(msg, "Name a saved .ipynb file.")
    return cells


def _entries(cells: list[object]) -> Iterator[SavedOutput]:
    taken: set[str] = set()
    for number, cell in enumerate(cells, 1):
        if isinstance(cell, dict):
            cell_id = cell.get("id")
            # Front ends give the second of two cells with the same id a new one.
            known = cell_id if isinstance(cell_id, str) and cell_id not in taken else None
            taken |= {known} if known else set()
            for kept in _kept(cell.get("outputs")):
                yield SavedOutput(kept, number, known or None)


def _kept(outputs: object) -> Iterator[object]:
    for output in outputs if isinstance(outputs, list) else ():
        data = output.get("data") if isinstance(output, dict) else None
        if isinstance(data, dict) and MIME_TYPE in data:
            yield _record(data[MIME_TYPE])


def _record(value: object) -> object:
    # nbformat writes vendor JSON as JSON; other tools write it as text, whole or as a list of lines.
    lines = value if isinstance(value, list) else [value]
    texts = [line for line in lines if isinstance(line, str)]
    if not texts or len(texts) < len(lines):
        return value
    try:
        return _parsed("".join(texts))
    except json.JSONDecodeError:
        return "".join(texts)


def _parsed(text: str) -> Any:  # noqa: ANN401  # callers check what it is
    try:
        return json.loads(text, parse_int=_number)
    except RecursionError as error:
        msg = "nested too deep"
        raise json.JSONDecodeError(msg, text, 0) from error


def _number(digits: str) -> float:
    # Python refuses integers of more than 4,300 digits, and cannot convert one of 400 to a float.
    return int(digits) if len(digits) < _LONGEST_INTEGER else float(digits)


def _here() -> Path:
    try:
        return Path.cwd()
    except OSError:
        return Path()


def _shown(path: Path) -> str:
    text = str(path)
    short = text if len(text) <= _SHOWN else f"…{text[-_SHOWN:]}"
    return "".join(character if character.isprintable() else "�" for character in short)
