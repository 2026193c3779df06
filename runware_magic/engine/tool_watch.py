"""Shows tool calls while the user is asked and while functions run, and lets interrupts reach these."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from runware_magic.chat.draft import CallUnderWay, TurnBuilder
from runware_magic.engine.cancel import CancelToken

_POLL_S = 0.05  # between looks at whether the user has answered
_TICK_S = 0.5  # between drawings while nothing changes


class ToolWatch:
    """Draws the calls of one answer by `draw`; `stop` is cancelled when the user stops the answer."""

    def __init__(self, builder: TurnBuilder, draw: Callable[[], object], stop: CancelToken) -> None:
        self._builder, self._draw, self._stop = builder, draw, stop
        self._drawn_s = 0.0
        self._lock = threading.Lock()

    def show(self, calls: Sequence[CallUnderWay]) -> None:
        """Show calls in their new states."""
        self._builder.calls = tuple(calls)
        self._redraw()

    def wait(self) -> bool:
        """Wait a moment, and draw now and then; return whether the user has not stopped the answer."""
        if self._stop.wait(_POLL_S) or self._stop.asked:
            return False
        if time.monotonic() - self._drawn_s > _TICK_S:
            self._redraw()
        return True

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let time tick while a function runs in this thread, and let an interrupt or a stop reach the function."""
        ended = threading.Event()
        # By its name: what other threads display belongs to the function that runs.
        ticker = threading.Thread(target=self._tick, args=(ended,), daemon=True, name="runware-ticks")
        ticker.start()
        try:
            with _interruptible(self._stop, ended):
                yield
        finally:
            ended.set()
            ticker.join(_TICK_S)

    def _tick(self, ended: threading.Event) -> None:
        while not ended.wait(_TICK_S):
            self._redraw()

    def _redraw(self) -> None:
        # The thread that ticks and the one that runs the function may both draw.
        with self._lock:
            self._drawn_s = time.monotonic()
            self._draw()


@contextmanager
def _interruptible(stop: CancelToken, ended: threading.Event) -> Iterator[None]:
    """Raise KeyboardInterrupt in a block of the main thread when the kernel is interrupted, or the answer stopped.

    In other threads, a function runs to its end.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_number: int, _frame: object) -> None:
        ended.set()  # one interrupt is enough
        stop.ask_from_handler()
        raise KeyboardInterrupt

    def reach() -> None:
        if ended.is_set():
            return
        if hasattr(signal, "pthread_kill") and main is not None:
            signal.pthread_kill(main, signal.SIGINT)  # which also ends a call that sleeps
        else:  # Windows, where this ends a sleep of the main thread from any other
            signal.raise_signal(signal.SIGINT)

    main = threading.main_thread().ident
    before = signal.signal(signal.SIGINT, interrupt)
    stop.then(reach)
    try:
        yield
    finally:
        ended.set()
        signal.signal(signal.SIGINT, before)
