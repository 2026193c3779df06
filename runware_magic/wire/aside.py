"""Work in a thread of its own, and errors that come out of one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from runware_magic.wire.connections import Cutter

_T = TypeVar("_T")
_E = TypeVar("_E", bound=BaseException)


def bare(error: _E) -> _E:
    """Take every frame off an error: those of a request hold its headers, and with them the key."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def aside(work: Callable[[Cutter], _T]) -> _T:
    """Do a piece of work in another thread: an interrupt is prompt then, whatever the work waits for.

    Parameters
    ----------
    work
        What to do; it is given what cuts its connection.

    Returns
    -------
    object
        What the work gave. Its errors come bare.
    """
    cutter, outcome = Cutter(), Future[_T]()
    threading.Thread(target=_settle, args=(outcome, work, cutter), name="runware-aside", daemon=True).start()
    try:
        error = outcome.exception()
    except BaseException:
        cutter.cut()
        raise
    if error is not None:
        raise bare(error)
    return outcome.result()


def _settle(outcome: Future[_T], work: Callable[[Cutter], _T], cutter: Cutter) -> None:
    try:
        with cutter:
            outcome.set_result(work(cutter))
    except BaseException as error:  # noqa: BLE001  # whatever it is, it belongs to the thread that waits
        outcome.set_exception(error)
