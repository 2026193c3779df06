"""State that a forked process must create anew: threads are not copied, and connections are the parent's."""

from __future__ import annotations

import os
import threading
import weakref
from typing import Protocol


class Forked(Protocol):
    """An object with state that a fork must not share: locks that a thread may have held, threads, connections."""

    def forget(self) -> None:
        """Reset the state in the child, which has one thread."""


_forked: weakref.WeakSet[Forked] = weakref.WeakSet()


def forget_when_forked(thing: Forked) -> None:
    """Register a weak reference: ``thing.forget()`` is called in every forked child."""
    _forked.add(thing)


_process = os.getpid()


def process() -> int:
    """Return the id of this process without a system call: it is asked for at every event."""
    return _process


def _in_child() -> None:
    global _process  # noqa: PLW0603  # one for each process
    _process = os.getpid()
    for thing in list(_forked):
        thing.forget()


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=_in_child)


class Lock:
    """A reentrant lock that is free in a forked child, even if a thread of the parent held it."""

    def __init__(self) -> None:
        self.forget()
        forget_when_forked(self)

    def forget(self) -> None:
        """Create the lock anew, unlocked."""
        lock = threading.RLock()
        self.acquire, self.release = lock.acquire, lock.release

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()
