"""Daemon threads that read one answer after another."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

#: What a thread does, and what it calls when it is free again.
Work = tuple[Callable[[], object], Callable[[], object]]


def in_new_thread(work: Callable[[], object], then: Callable[[], object]) -> None:
    """Run work in a thread of its own, then call `then`; raise RuntimeError if the system allows no more threads."""
    _Thread((work, then), lambda _: False).start()


class ReusedThreads:
    """As many threads as are busy at the same time: thousands of short answers need no thread each.

    Not a `ThreadPoolExecutor`, for which Python waits when it exits.
    """

    def __init__(self) -> None:
        self._idle: list[_Thread] = []
        self._is_open = True
        self._lock = threading.Lock()

    def run(self, work: Callable[[], object], then: Callable[[], object]) -> None:
        """Run work in an idle thread, or in a new one, as `in_new_thread` does."""
        with self._lock:
            thread = self._idle.pop() if self._idle else None
        if thread is None:
            _Thread((work, then), self._rests).start()
        else:
            thread.next.put((work, then))

    def close(self) -> None:
        """End the idle threads, and each other one after its work."""
        with self._lock:
            idle, self._idle, self._is_open = self._idle, [], False
        for thread in idle:
            thread.next.put(None)
        for thread in idle:
            thread.join()

    def _rests(self, thread: _Thread) -> bool:
        with self._lock:
            if self._is_open:
                self._idle.append(thread)
            return self._is_open


class _Thread(threading.Thread):
    """Works until it is told to end, or may not rest."""

    def __init__(self, first: Work, rests: Callable[[_Thread], bool]) -> None:
        super().__init__(name="runware-call", daemon=True)
        self.next: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self.next.put(first)
        self._rests = rests

    def run(self) -> None:
        while job := self.next.get():
            work, then = job
            try:
                work()
            finally:
                goes_on = self._rests(self)
                then()
            if not goes_on:
                return
