"""Read the files of recordings, and append to them. `recording.format` describes their lines."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from runware_magic.chat.text import listed
from runware_magic.errors import UsageError, Words
from runware_magic.recording.format import Recorded, Recording, from_json, line

VERSION = 1
#: A larger file is not read, in bytes.
LARGEST = 512 * 2**20

_HIGHEST = 1e9  # version; anything higher is not a version
_MARK = "runware_recording"
_WHAT = "Answers of language models, as they came."


def read(path: Path) -> Recording:
    """Read a recording; raise UsageError if it cannot be read, is not a recording, or is of a later version."""
    try:
        _must_be_file(path)
        if path.stat().st_size > LARGEST:
            msg = f"{path.name} is larger than {LARGEST >> 20} MB."
            raise UsageError(msg, "Split it; each part must begin with the first line.")
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
                # Recordings that were joined, or begun by two kernels at once, have the first line twice.
                if not (isinstance(value, dict) and value.get(_MARK) == VERSION):
                    exchanges.append(from_json(value))
            except (ValueError, TypeError, KeyError, RecursionError):
                bad.append(number)
    return Recording(name, tuple(exchanges), _remark(bad, 0 if text.endswith(b"\n") else number))


def is_recording(path: Path) -> bool:
    """Whether lines can be appended to a file; False if there is none, or an empty one.

    Raise UsageError if it is something else, or a recording of a later version.
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
    """Return the first line of a recording; `made` is when, in ISO 8601."""
    return line({_MARK: VERSION, "made": made, "what": _WHAT})


def append(path: Path, text: bytes, made: str) -> None:
    """Append a line, which is on the disk when this returns; a line that was cut off before it gets its line end.

    A file that is missing or empty is begun; `made` is as for `first_line`. Raises OSError.
    """
    # In one write, so that two kernels can append to the same file.
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
    # Opening a pipe would wait forever.
    if path.exists() and not path.is_file():
        msg = f"{path.name or path} is not a file."
        raise UsageError(msg, "Name a recording (.jsonl) or a saved notebook.")


def _check_first(text: bytes, name: str) -> None:
    try:
        version = json.loads(text)[_MARK]
    except (ValueError, TypeError, KeyError, RecursionError):
        msg = f"{name} is not a recording: its first line does not say so."
        raise UsageError(msg, Words("%runware record FILE", "Chat(record=FILE)") + " makes one.") from None
    if isinstance(version, bool) or not isinstance(version, int | float) or not 0 <= version <= _HIGHEST:
        version = 0
    if version != VERSION:
        msg = f"{name} is a recording of version {version:g}; this reads version {VERSION}."
        raise UsageError(msg, "Update runware-magic, or record it again.")


def _remark(bad: list[int], last: int) -> str:
    if bad == [last]:
        return "the last line is cut off and was skipped"
    many, were = ("", "was") if len(bad) == 1 else ("s", "were")
    return f"line{many} {listed(bad, 5)} cannot be read and {were} skipped" if bad else ""


def _unreadable(path: Path, error: OSError | ValueError) -> UsageError:
    if isinstance(error, FileNotFoundError | NotADirectoryError | ValueError):
        return UsageError(f"There is no file {path.name}.", "A relative path starts in the folder of the notebook.")
    return UsageError(f"{path.name} cannot be read: {error.strerror}.", "Name a recording.")
