"""Run work in a thread of its own, so that the caller can be interrupted while it waits."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from concurrent import futures
from contextlib import suppress
from typing import TypeVar

from runware_magic.errors import StoppedError
from runware_magic.protocol.errors import AGAIN
from runware_magic.transport.connections import RequestCanceller

#: Registers a function to call when the user stops the request.
Stopper = Callable[[Callable[[], object]], object]

_LOOKS_EACH_S = 0.2

_T = TypeVar("_T")
_E = TypeVar("_E", bound=BaseException)


def bare(error: _E) -> _E:
    """Return an error without its traceback and causes: frames of a request hold its headers, and so the key."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def run_interruptibly(
    work: Callable[[RequestCanceller], _T], within_s: float | None = None, stopped_by: Stopper | None = None
) -> _T:
    """Run `work` in another thread and return its result; an interrupt of the caller takes effect at once.

    `work` receives the canceller of its connection, and `stopped_by` a function that stops it from any thread. Errors
    of the work are raised without their traceback. If it is stopped (StoppedError) or takes more than `within_s`
    seconds (TimeoutError), its connection is cut.
    """
    canceller, outcome = RequestCanceller(), futures.Future[_T]()

    def run() -> None:
        try:
            with canceller:
                result = work(canceller)
            outcome.set_result(result)
        except BaseException as error:  # noqa: BLE001  # the waiting thread raises it
            with suppress(futures.InvalidStateError):  # nobody waits any more
                outcome.set_exception(bare(error))

    try:
        # Within `try`: an interrupt may come before `start` returns, when the thread already runs.
        threading.Thread(target=run, name="runware-aside", daemon=True).start()
        if stopped_by:
            stopped_by(outcome.cancel)
        _wait(outcome, within_s)
        return outcome.result(0)
    except futures.CancelledError:
        msg = "Stopped before it was asked."
        raise StoppedError(msg, AGAIN) from None
    except futures.TimeoutError:  # which is Python's own from 3.11 on
        raise TimeoutError from None
    finally:
        canceller.cut()  # no effect once the work has ended


def _wait(outcome: futures.Future[_T], within_s: float | None) -> None:
    """Wait for an outcome, in short steps: on Windows, no interrupt ends a wait."""
    ends_s = math.inf if within_s is None else time.monotonic() + within_s
    while not outcome.done() and (left_s := ends_s - time.monotonic()) > 0:
        with suppress(futures.TimeoutError, futures.CancelledError):
            outcome.exception(min(left_s, _LOOKS_EACH_S))
