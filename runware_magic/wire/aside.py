"""Work in a thread of its own, and errors that come out of one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent import futures
from contextlib import suppress
from typing import TypeVar

from runware_magic.errors import StoppedError
from runware_magic.wire.connections import Cutter

#: Has something done when the end is asked for.
Stopper = Callable[[Callable[[], None]], None]

_T = TypeVar("_T")
_E = TypeVar("_E", bound=BaseException)


def bare(error: _E) -> _E:
    """Take every frame off an error: those of a request hold its headers, and with them the key."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def aside(work: Callable[[Cutter], _T], within_s: float | None = None, stopped_by: Stopper | None = None) -> _T:
    """Do a piece of work in another thread: an interrupt is prompt then, whatever the work waits for.

    Parameters
    ----------
    work
        What to do; it is given what cuts its connection.
    within_s
        How long it may take, in seconds; None is as long as it likes.
    stopped_by
        Is given what ends the wait, from any thread.

    Returns
    -------
    object
        What the work gave. Its errors come bare.

    Raises
    ------
    TimeoutError
        When it took longer; its connection is cut then.
    StoppedError
        When it was stopped; likewise.
    """
    cutter, outcome = Cutter(), futures.Future[_T]()
    thread = threading.Thread(target=_settle, args=(outcome, work, cutter), name="runware-aside", daemon=True)

    def give_up() -> None:
        outcome.cancel()

    try:
        # In here: an interrupt may come before `start` returns, and the thread is at work all the same.
        thread.start()
        if stopped_by:
            stopped_by(give_up)
        error = outcome.exception(within_s)
    except futures.CancelledError:
        cutter.cut()
        msg = "Stopped before it was asked."
        raise StoppedError(msg, "Run the cell again to ask.") from None
    except futures.TimeoutError:  # which is Python's own from 3.11 on
        cutter.cut()
        raise TimeoutError from None
    except BaseException:
        cutter.cut()
        raise
    if error is not None:
        raise bare(error)
    return outcome.result()


def _settle(outcome: futures.Future[_T], work: Callable[[Cutter], _T], cutter: Cutter) -> None:
    try:
        with cutter:
            outcome.set_result(work(cutter))
    except futures.InvalidStateError:
        pass  # nobody waits any more
    except BaseException as error:  # noqa: BLE001  # whatever it is, it belongs to the thread that waits
        with suppress(futures.InvalidStateError):
            outcome.set_exception(error)
