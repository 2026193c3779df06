"""A file of turns, one a line. Each is written when it ends, and found again by the next run."""

from __future__ import annotations

import json
import os
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from io import FileIO

from runware_magic.chat.record import from_record, to_record
from runware_magic.chat.turn import COMPLETE, Turn
from runware_magic.errors import OptionError

_HINT = "Name a file that can be written, such as answers.jsonl."


class TurnLog:
    """Turns in a file, which is made if it is missing. Lines that hold no whole turn are skipped.

    Raises `OptionError` if the file cannot be read or written.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._waiting: deque[tuple[bytes, Callable[[OSError | None], object]]] = deque()
        # Offsets of lines, not turns: the file may be larger than memory.
        self._places: defaultdict[str, deque[int]] = defaultdict(deque)
        self._file: FileIO | None = None
        self._closed = False
        try:
            with self._opened() as file:
                self._index(file)
        except OSError as error:
            msg = f"The record cannot be written to {os.fspath(path)}: {error.strerror or error}."
            raise OptionError(msg, _HINT) from None

    def close(self) -> None:
        """Close the file; a turn that is added later is written nevertheless."""
        with self._lock:
            self._closed = True
            self._let_go()

    def take(self, fingerprint: str, endpoint: str | None) -> Turn | None:
        """Return the whole answer to a request if the file has one, each of them once.

        `endpoint` is the one that must have answered; None for any.
        """
        places = self._places.get(fingerprint)
        while places:
            turn = self._at(places.popleft())
            if turn is not None and endpoint in {None, turn.endpoint}:
                return turn
        return None

    def add(self, turn: Turn, then: Callable[[OSError | None], object] = lambda _: None) -> None:
        """Write a turn, from any thread; call `then` when it is written, with the error if it cannot be."""
        line = json.dumps(to_record(turn), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        self._waiting.append((line, then))
        # One thread writes the lines of all that wait, so that no thread queues for the file. The loop takes the lines
        # that came after the last write and before the lock was free.
        while self._waiting and self._lock.acquire(blocking=False):
            try:
                self._write()
            finally:
                self._lock.release()

    def _write(self) -> None:
        added = [self._waiting.popleft() for _ in range(len(self._waiting))]
        error = None
        try:
            self._file = self._file or self._opened()
            rest = b"".join(line for line, _ in added)
            while rest:  # a disk that is almost full takes a part
                rest = rest[self._file.write(rest) :]
        except OSError as raised:
            error = raised
        if self._closed:
            self._let_go()
        for _, then in added:
            then(error)

    def _let_go(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _opened(self) -> FileIO:
        # Without a buffer, so that nothing is lost when this process is killed.
        return open(self._path, "a+b", buffering=0)  # noqa: PTH123  # any os.PathLike

    def _index(self, file: FileIO) -> None:
        place, last = 0, b"\n"
        with open(self._path, "rb") as lines:  # noqa: PTH123  # any os.PathLike
            for last in lines:
                if fingerprint := _answered(last):
                    self._places[fingerprint].append(place)
                place += len(last)
        if not last.endswith(b"\n"):
            file.write(b"\n")

    def _at(self, place: int) -> Turn | None:
        try:
            with open(self._path, "rb") as file:  # noqa: PTH123  # as above
                file.seek(place)
                return from_record(json.loads(file.readline()))
        except (OSError, KeyError, TypeError, ValueError, OverflowError, RecursionError):
            return None


def _answered(line: bytes) -> str | None:
    """Return the fingerprint of the request if the line holds a whole answer."""
    try:
        record = json.loads(line)
        is_whole = record["state"] == COMPLETE and not record.get("maybe_cut")
        found = record["variant"]["fingerprint"] if is_whole else None
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    return found if isinstance(found, str) else None
