"""Asking an answer to end: an interrupt, a button and a command all do it in the same way."""

from __future__ import annotations

import _thread
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

Handler = Callable[[int, FrameType | None], object]

_STUCK_S = 5.0  # after an interrupt; one that comes later than this is raised as everywhere else


class Stop:
    """Asks for the end of something, from any thread, once."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._interrupted = False
        self._lock = threading.Lock()
        self._then: list[Callable[[], None]] = []

    @property
    def asked(self) -> bool:
        """Whether the end was asked for."""
        return self._interrupted or self._asked.is_set()

    def ask(self, _: object = None) -> None:
        """Ask for it; whatever a button's handler is given is of no interest."""
        with self._lock:
            self._asked.set()
            then = self._then.copy()
            self._then.clear()
        for act in then:
            act()

    def ask_from_handler(self) -> None:
        """Ask for it from a signal handler, which may stand in the midst of a lock that `ask` takes too."""
        self._interrupted = True
        _thread.start_new_thread(self.ask, ())

    def then(self, act: Callable[[], None]) -> None:
        """Have this done when the end is asked for: at once if it was."""
        with self._lock:
            if not self._asked.is_set():
                self._then.append(act)
                return
        act()

    def wait(self, seconds: float) -> bool:
        """Wait; True as soon as the end is asked for."""
        return self._asked.wait(seconds)


@contextmanager
def interrupts_ask(stop: Stop, clock: Callable[[], float] = time.monotonic, *, quiet_s: float = 0.0) -> Iterator[None]:
    """Let an interrupt of the kernel ask for the end, in place of an exception wherever the code is just then.

    So there is no moment at which a first, or a second, interrupt could leave an answer neither kept nor shown. Threads
    beside the main one are never interrupted, and nothing changes for them.

    Parameters
    ----------
    stop
        What an interrupt asks.
    clock
        Seconds, from any beginning.
    quiet_s
        For how many seconds after the block an interrupt is ignored, where one came in it.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    first_s: float | None = None

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal first_s
        if first_s is None:
            first_s = clock()
        elif clock() - first_s > _STUCK_S:
            before(number, frame)
            return
        stop.ask_from_handler()

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        quiet = first_s is not None and quiet_s > 0
        signal.signal(signal.SIGINT, _ignoring(before, clock() + quiet_s, clock) if quiet else before)


def _ignoring(before: Handler, until_s: float, clock: Callable[[], float]) -> Handler:
    def ignore(number: int, frame: FrameType | None) -> None:
        if clock() > until_s:
            signal.signal(signal.SIGINT, before)
            before(number, frame)

    return ignore
