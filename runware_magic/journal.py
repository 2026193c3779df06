"""A file of turns, one a line: what has ended is written at once, and found again by whoever goes on."""

from __future__ import annotations

import json
import os
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from io import FileIO

from runware_magic.chat.record import from_record, to_record
from runware_magic.chat.turn import COMPLETE, Turn
from runware_magic.errors import OptionError

_HINT = "Name a file that can be made or added to, such as answers.jsonl."


class Journal:
    """Turns in a file.

    Parameters
    ----------
    path
        Where it lies; made if it is not there. Lines that are no whole turn are passed over: whoever wrote the last one
        may have been killed.

    Raises
    ------
    OptionError
        When it cannot be read or written.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._waiting: deque[tuple[bytes, Callable[[OSError | None], object]]] = deque()
        # Where the lines begin, not what they say: a file is larger than memory before its places are.
        self._places: defaultdict[str, deque[int]] = defaultdict(deque)
        self._file: FileIO | None = None
        self._closed = False
        try:
            with self._opened() as file:
                self._look(file)
        except OSError as error:
            msg = f"The record cannot be kept in {os.fspath(path)}: {error.strerror or error}."
            raise OptionError(msg, _HINT) from None

    def close(self) -> None:
        """Let go of the file; a turn that is added later is written all the same."""
        with self._lock:
            self._closed = True
            self._let_go()

    def take(self, fingerprint: str, endpoint: str | None) -> Turn | None:
        """Give the whole answer to a request, if it was written before; each is given once.

        Parameters
        ----------
        fingerprint
            Of the request.
        endpoint
            Who must have answered; None where any will do.
        """
        places = self._places.get(fingerprint)
        while places:
            turn = self._at(places.popleft())
            if turn is not None and endpoint in {None, turn.endpoint}:
                return turn
        return None

    def add(self, turn: Turn, then: Callable[[OSError | None], object] = lambda _: None) -> None:
        """Write a turn, from any thread.

        Parameters
        ----------
        turn
            What has ended.
        then
            Called, in whichever thread, once it is written; with the error where it cannot be.
        """
        line = json.dumps(to_record(turn), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        self._waiting.append((line, then))
        # Whoever writes writes for those who come meanwhile: sixty threads are not to queue for a file. And looks once
        # more after that, for who came when it was too late.
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
            self._file.write(b"".join(line for line, _ in added))
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
        # Without a buffer: what was written is there, whatever becomes of this process.
        return open(self._path, "a+b", buffering=0)  # noqa: PTH123  # a path of any kind

    def _look(self, file: FileIO) -> None:
        last = b"\n"
        for place, last in _lines(self._path):
            if fingerprint := _answered(last):
                self._places[fingerprint].append(place)
        if not last.endswith(b"\n"):
            file.write(b"\n")

    def _at(self, place: int) -> Turn | None:
        try:
            with open(self._path, "rb") as file:  # noqa: PTH123  # likewise
                file.seek(place)
                return from_record(json.loads(file.readline()))
        except (OSError, KeyError, TypeError, ValueError, OverflowError, RecursionError):
            return None


def _lines(path: str | os.PathLike[str]) -> Iterator[tuple[int, bytes]]:
    place = 0
    with open(path, "rb") as file:  # noqa: PTH123  # likewise
        for line in file:
            yield place, line
            place += len(line)


def _answered(line: bytes) -> str | None:
    """Give the fingerprint of the request that a line tells a whole answer to; None where it tells none."""
    try:
        record = json.loads(line)
        found = record["variant"]["fingerprint"] if record["state"] == COMPLETE else None
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    return found if isinstance(found, str) else None
