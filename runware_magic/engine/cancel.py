"""Cancelling an answer: interrupts, buttons and commands use the same token."""

from __future__ import annotations

import _thread
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

Handler = Callable[[int, FrameType | None], object]

_STUCK_S = 5.0  # an interrupt that comes so long after the first is raised as usual


class CancelToken:
    """Cancels something, from any thread, once."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._interrupted = False
        self._lock = threading.Lock()
        self._then: list[Callable[[], object]] = []

    @property
    def asked(self) -> bool:
        """Whether it is cancelled."""
        return self._interrupted or self._asked.is_set()

    def ask(self, _: object = None) -> None:
        """Cancel. The argument is what buttons pass to their handlers."""
        with self._lock:
            self._asked.set()
            then = self._then.copy()
            self._then.clear()
        for act in then:
            act()

    def ask_from_handler(self) -> None:
        """Cancel from a signal handler, which may have interrupted code that holds the lock."""
        self._interrupted = True
        _thread.start_new_thread(self.ask, ())

    def then(self, act: Callable[[], object]) -> None:
        """Call a function when this is cancelled; at once if it is already."""
        with self._lock:
            if not self._asked.is_set():
                self._then.append(act)
                return
        act()

    def wait(self, seconds: float) -> bool:
        """Wait, and return whether it is cancelled."""
        return self._asked.wait(seconds)


@contextmanager
def cancel_on_interrupt(
    stop: CancelToken, clock: Callable[[], float] = time.monotonic, *, quiet_s: float = 0.0
) -> Iterator[None]:
    """Cancel a token on an interrupt of the kernel, instead of raising an exception wherever the code is.

    So no interrupt can leave an answer neither kept nor shown. Only the main thread is ever interrupted. After the
    block, more interrupts are ignored for `quiet_s` seconds if one came within it.
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


@contextmanager
def raise_on_interrupt() -> Iterator[None]:
    """Raise KeyboardInterrupt in a block of the main thread, too, when an interrupt cancels a token.

    Else what waits for a line of input would go on to wait.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        before(number, frame)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _ignoring(before: Handler, until_s: float, clock: Callable[[], float]) -> Handler:
    def ignore(number: int, frame: FrameType | None) -> None:
        if clock() > until_s:
            signal.signal(signal.SIGINT, before)
            before(number, frame)

    return ignore
