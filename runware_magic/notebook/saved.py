"""What a saved notebook tells: its turns, and where it lies. Nothing in it is run, and only the records are read."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from runware_magic.chat.archive import Entry, Rebuilt, rebuild
from runware_magic.chat.record import MIME_TYPE
from runware_magic.errors import UsageError

#: A larger file is not read, in bytes.
LARGEST = 512 * 1024 * 1024

_MAJOR = 4
_DEEPEST = 100  # levels; a notebook with a whole record has about a dozen
_LONGEST_INTEGER = 300  # digits
_STRING_OR_BRACKET = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)
_SHOWN = 120  # characters


def read(path: str | os.PathLike[str]) -> Rebuilt:
    """Rebuild the chats from a saved notebook.

    Parameters
    ----------
    path
        The file; ``~`` stands for the home folder.

    Raises
    ------
    UsageError
        When there is no such file, or it is no notebook of format 4.
    """
    place = _at_home(path)
    return rebuild_from(_text(place), _shown(place))


def rebuild_from(text: str, name: str = "The text") -> Rebuilt:
    """Rebuild the chats from a notebook's JSON.

    Only the records of turns are looked at: whatever else is in the notebook may be invalid.

    Parameters
    ----------
    text
        The JSON of a notebook of format 4, minor versions 0 to 5 and later.
    name
        What to call it in errors.

    Raises
    ------
    UsageError
        When it is no notebook of format 4.
    """
    return rebuild(_entries(_cells(text, name)))


def holds_turns(path: str | os.PathLike[str]) -> int:
    """Count the turns that a saved notebook would bring back, without rebuilding them; 0 when it cannot be read.

    Parameters
    ----------
    path
        The file.
    """
    # Asked while the extension loads: whatever is the matter with a file, that is not to fail.
    with suppress(Exception):
        text = _text(_at_home(path))
        if f'"{MIME_TYPE}"' in text:
            records = [entry.kept for entry in _entries(_cells(text, "")) if isinstance(entry.kept, Mapping)]
            return len({repr(record.get("id")) for record in records if _stands(record)})
    return 0


def find(environment: Mapping[str, str], user_namespace: Mapping[str, object]) -> Path | None:
    """Give the path of the open notebook, where the front end tells it and a file is there.

    Parameters
    ----------
    environment
        The kernel's: JupyterLab and Notebook 7 set ``JPY_SESSION_NAME``. After a renaming that is the old name.
    user_namespace
        The user's variables: VS Code sets ``__vsc_ipynb_file__``.

    Returns
    -------
    Path or None
        As it was told, or its last part alone: a kernel starts in the folder of its notebook.
    """
    for told in (user_namespace.get("__vsc_ipynb_file__"), environment.get("JPY_SESSION_NAME")):
        if isinstance(told, str) and told:
            # With real-time collaboration the name follows the name of a drive: "RTC:folder/lesson.ipynb".
            last = re.split(r"[/\\]", told)[-1].removeprefix("RTC:")
            found = next((path for path in (Path(told), Path(last)) if _is_notebook(path)), None)
            if found:
                return found
    return None


def _is_notebook(path: Path) -> bool:
    try:
        return path.suffix.lower() == ".ipynb" and path.is_file()
    except (OSError, ValueError):
        return False


def _at_home(path: str | os.PathLike[str]) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:  # no such user
        return Path(path)


def _text(path: Path) -> str:
    name = _shown(path)
    try:
        data = _bytes(path, name)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        msg = f"There is no file {name}."
        raise UsageError(msg, f"A relative path starts at {_shown(_here())}.") from error
    except PermissionError as error:
        msg = f"{name} cannot be read: permission denied."
        raise UsageError(msg, "Ask its owner, or take a copy that is yours.") from error
    except OSError as error:
        msg = f"{name} cannot be read: {error.strerror}."
        raise UsageError(msg) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"{name} is not a notebook: byte {error.start} is not UTF-8."
        raise UsageError(msg, "Give the path of a saved .ipynb file.") from error


def _bytes(path: Path, name: str) -> bytes:
    about = path.stat()
    # Opening a pipe would wait for ever.
    if not stat.S_ISREG(about.st_mode):
        msg = f"{name} is {'a folder' if stat.S_ISDIR(about.st_mode) else 'not a file'}."
        raise UsageError(msg, "Give the path of a saved .ipynb file.")
    if about.st_size > LARGEST:
        msg = f"{name} has {about.st_size // 2**20} MB, more than the {LARGEST // 2**20} MB that are read."
        raise UsageError(msg, "Clear the large outputs of other cells in a copy of it, and restore from that.")
    return path.read_bytes()


def _cells(text: str, name: str) -> list[object]:
    try:
        notebook = _parsed(text)
    except json.JSONDecodeError as error:
        msg = f"{name} is not a notebook: line {error.lineno} is not JSON."
        raise UsageError(msg, "Was it cut short, or left with the marks of a merge?") from error
    version = notebook.get("nbformat") if isinstance(notebook, dict) else None
    if isinstance(version, bool) or not isinstance(version, int | float):
        msg = f"{name} is not a notebook: it tells no nbformat."
        raise UsageError(msg, "Give the path of a saved .ipynb file.")
    if version != _MAJOR:
        hint = (
            "Open it in Jupyter and save it, or run jupyter nbconvert --to notebook."
            if version < _MAJOR
            else "Update runware-magic, or save the notebook in format 4."
        )
        msg = f"{name} is a notebook of format {f'{version}'[:20]}; this reads format {_MAJOR}."
        raise UsageError(msg, hint)
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        msg = f"{name} is not a notebook: it has no list of cells."
        raise UsageError(msg, "Give the path of a saved .ipynb file.")
    return cells


def _entries(cells: list[object]) -> Iterator[Entry]:
    taken: set[str] = set()
    for number, cell in enumerate(cells, 1):
        if isinstance(cell, dict):
            cell_id = cell.get("id")
            # Of two cells with one id a front end gives the second another.
            known = cell_id if isinstance(cell_id, str) and cell_id not in taken else None
            taken |= {known} if known else set()
            for kept in _kept(cell.get("outputs")):
                yield Entry(kept, number, known or None)


def _kept(outputs: object) -> Iterator[object]:
    for output in outputs if isinstance(outputs, list) else ():
        data = output.get("data") if isinstance(output, dict) else None
        if isinstance(data, dict) and MIME_TYPE in data:
            yield _record(data[MIME_TYPE])


def _record(value: object) -> object:
    # nbformat writes vendor JSON as it is; other tools write its text, whole or line by line.
    lines = value if isinstance(value, list) else [value]
    texts = [line for line in lines if isinstance(line, str)]
    if not texts or len(texts) < len(lines):
        return value
    try:
        return _parsed("".join(texts))
    except json.JSONDecodeError:
        return "".join(texts)


def _stands(record: Mapping[str, object]) -> bool:
    return record.get("places") != [] and record.get("chat") is not None


def _parsed(text: str) -> Any:  # noqa: ANN401  # whatever it is, it is checked
    try:
        return json.loads(text, parse_int=_number)
    except RecursionError:
        return json.loads(_shallow(text), parse_int=_number)


def _number(digits: str) -> float:
    # Python refuses to read integers of more than 4,300 digits, and fails to make a float of one of 400.
    return int(digits) if len(digits) < _LONGEST_INTEGER else float(digits)


def _shallow(text: str) -> str:
    """Give JSON with null in the place of whatever is nested too deep for Python's parser."""
    pieces: list[str] = []
    deep = start = 0
    for token in _STRING_OR_BRACKET.finditer(text):
        mark = text[token.start()]
        if mark in "[{":
            deep += 1
            if deep == _DEEPEST + 1:
                pieces += text[start : token.start()], "null"
        elif mark in "]}":
            deep -= 1
            if deep == _DEEPEST:
                start = token.end()
    return "".join((*pieces, text[start:] if deep <= _DEEPEST else ""))


def _here() -> Path:
    try:
        return Path.cwd()
    except OSError:
        return Path()


def _shown(path: Path) -> str:
    text = str(path)
    short = text if len(text) <= _SHOWN else f"…{text[-_SHOWN:]}"
    return "".join(character if character.isprintable() else "�" for character in short)
