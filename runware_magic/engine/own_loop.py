"""Awaits in an event loop of its own: the thread of a cell has a loop, which runs the cell."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Awaitable
from concurrent.futures import Future, wait
from contextlib import suppress
from typing import Generic, TypeVar

_T = TypeVar("_T")
_LOOKS_EACH_S = 0.1
_PATIENCE_S = 0.2  # for what was interrupted to clean up


def awaited(awaitable: Awaitable[_T]) -> _T:
    """Return what an awaitable gives, awaited in another thread; an interrupt of the caller cancels it."""
    waiting = _Awaiting(awaitable)
    # Not named as the engine's threads are, whose prints are not the function's.
    thread = threading.Thread(target=waiting.run, args=(contextvars.copy_context(),), name="async-tool", daemon=True)
    try:
        thread.start()
        # An interrupt just before a wait does not end it, and on Windows none does.
        while not wait([waiting.outcome], _LOOKS_EACH_S).done:
            pass
        return waiting.outcome.result()
    except BaseException:
        # Without effect if it has ended by itself.
        waiting.cancel()
        thread.join(_PATIENCE_S)
        raise


class _Awaiting(Generic[_T]):
    def __init__(self, awaitable: Awaitable[_T]) -> None:
        self.outcome: Future[_T] = Future()
        self._awaitable = awaitable
        self._is_cancelled = False
        self._task: asyncio.Task[_T] | None = None

    def run(self, context: contextvars.Context) -> None:
        try:
            self.outcome.set_result(context.run(asyncio.run, self._main()))
        except BaseException as error:  # noqa: BLE001  # the waiting thread raises it
            self.outcome.set_exception(error)

    def cancel(self) -> None:
        self._is_cancelled = True
        if (task := self._task) is not None:
            with suppress(RuntimeError):  # its loop is closed
                task.get_loop().call_soon_threadsafe(task.cancel)

    async def _main(self) -> _T:
        self._task = asyncio.ensure_future(_result(self._awaitable))
        if self._is_cancelled:
            self._task.cancel()
        return await self._task


async def _result(awaitable: Awaitable[_T]) -> _T:
    return await awaitable
