"""The files of recordings: read whole, and added to line by line. What stands in them, `recordings` tells."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from runware_magic.errors import UsageError
from runware_magic.wire.recordings import Recorded, Recording, from_json, line

VERSION = 1
#: A larger file is not read, in bytes.
LARGEST = 512 * 2**20

_HIGHEST = 1e9  # of versions; what is more is none
_MARK = "runware_recording"
_WHAT = "Answers of language models, as they came."


def read(path: Path) -> Recording:
    """Read a recording.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    UsageError
        When it cannot be read, is no recording, or one of a later version.
    """
    try:
        _must_be_file(path)
        if path.stat().st_size > LARGEST:
            msg = f"{path.name} has more than the {LARGEST >> 20} MB that are read."
            raise UsageError(msg, "Split it: each part begins with the first line.")
        with path.open("rb") as file:
            _check_first(file.readline(), path.name)
            return _recording(path.name, file)
    except (OSError, ValueError) as error:  # a null character in the name
        raise _unreadable(path, error) from None


def _recording(name: str, lines: Iterable[bytes]) -> Recording:
    exchanges: list[Recorded] = []
    bad: list[int] = []
    text, number = b"\n", 1
    for number, text in enumerate(lines, 2):
        if text.strip():
            try:
                value = json.loads(text)
                # Two that were put together, or begun by two kernels at once, have it twice.
                if not (isinstance(value, dict) and value.get(_MARK) == VERSION):
                    exchanges.append(from_json(value))
            except (ValueError, TypeError, KeyError, RecursionError):
                bad.append(number)
    return Recording(name, tuple(exchanges), _remark(bad, 0 if text.endswith(b"\n") else number))


def is_recording(path: Path) -> bool:
    """Tell whether more can be added to a file: False where there is none, or an empty one.

    Raises
    ------
    UsageError
        When something else is there, or a recording of a later version.
    """
    try:
        _must_be_file(path)
        with path.open("rb") as file:
            first = file.readline(4096)
    except FileNotFoundError:
        return False
    except (OSError, ValueError) as error:  # a null character in the name
        raise _unreadable(path, error) from None
    if first:
        _check_first(first, path.name)
    return bool(first)


def first_line(made: str) -> bytes:
    """Give the line that says what it is; `made` is when, ISO 8601."""
    return line({_MARK: VERSION, "made": made, "what": _WHAT})


def append(path: Path, text: bytes, made: str) -> None:
    """Add a line that is on the disk when this returns; behind one that was cut off, it is a line of its own.

    Parameters
    ----------
    path
        The file. Where there is none, or nothing in it, it is begun.
    text
        The line, or nothing.
    made
        As for `first_line`.

    Raises
    ------
    OSError
        When it cannot be written.
    """
    # Written in one go, so that two kernels may add to the same file.
    with path.open("a+b", buffering=0) as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            text = text if file.read(1) == b"\n" else b"\n" + text
        else:
            text = first_line(made) + text
        left = memoryview(text)
        while left:
            left = left[file.write(left) :]
        os.fsync(file.fileno())


def _must_be_file(path: Path) -> None:
    # Opening a pipe would wait for ever.
    if path.exists() and not path.is_file():
        msg = f"{path.name or path} is not a file."
        raise UsageError(msg, "Give the path of a recording (.jsonl) or of a saved notebook.")


def _check_first(text: bytes, name: str) -> None:
    try:
        version = json.loads(text)[_MARK]
    except (ValueError, TypeError, KeyError, RecursionError):
        msg = f"{name} is not a recording: its first line does not say so."
        raise UsageError(msg, "%runware record FILE makes one.") from None
    if isinstance(version, bool) or not isinstance(version, int | float) or not 0 <= version <= _HIGHEST:
        version = 0
    if version != VERSION:
        msg = f"{name} is a recording of version {version:g}; this reads version {VERSION}."
        raise UsageError(msg, "Update runware-magic, or record it anew.")


def _remark(bad: list[int], last: int) -> str:
    if bad == [last]:
        return "its last line is cut off and was passed over"
    return f"{_numbered(bad)} cannot be read and {'was' if len(bad) == 1 else 'were'} passed over" if bad else ""


def _numbered(lines: list[int]) -> str:
    shown = ", ".join(map(str, lines[:5]))
    return f"line {shown}" if len(lines) == 1 else f"lines {shown}{', …' if len(lines) > 5 else ''}"  # noqa: PLR2004


def _unreadable(path: Path, error: OSError | ValueError) -> UsageError:
    if isinstance(error, FileNotFoundError | NotADirectoryError | ValueError):
        return UsageError(f"There is no file {path.name}.", "A relative path starts in the folder of the notebook.")
    return UsageError(f"{path.name} cannot be read: {error.strerror}.", "Give the path of a recording.")
