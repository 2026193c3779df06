"""What a forked process lets go of: its threads did not come along, and the sockets that they used are the parent's."""

from __future__ import annotations

import os
import socket
import threading
import weakref
from contextlib import suppress
from typing import Protocol


class Forked(Protocol):
    """Holds what a fork must not share: locks that a thread may have held, threads, hopes of an answer."""

    def forget(self) -> None:
        """Start anew, in the child; its sockets are closed already, and no other thread is there."""


# Held while a socket is made, and by whoever forks: a child must not get one that is not known yet.
_making = threading.RLock()
_forked: weakref.WeakSet[Forked] = weakref.WeakSet()
# With the number of the descriptor to close: a twin stands for the socket that it was made from.
_sockets: weakref.WeakKeyDictionary[socket.socket, int] = weakref.WeakKeyDictionary()


def forget_when_forked(thing: Forked) -> None:
    """Have ``thing.forget()`` called in every child that is forked, as long as the thing is there."""
    _forked.add(thing)


class Lock:
    """A lock that is free in a forked child, whatever thread of the parent held it; who holds it may take it again."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        forget_when_forked(self)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def acquire(self, timeout: float = -1) -> bool:
        """Take it within some seconds, -1 for however long it takes; tell whether that worked."""
        return self._lock.acquire(timeout=timeout)

    def release(self) -> None:
        """Give it back."""
        self._lock.release()

    def forget(self) -> None:
        """Be free, in the child."""
        self._lock = threading.RLock()


def close_when_forked(sock: socket.socket) -> None:
    """Have a socket closed in every child that is forked, without a word to the other side."""
    _sockets[sock] = sock.fileno()


def new_socket(*arguments: int) -> socket.socket:
    """Make a socket that is closed in every child that is forked, from its first moment on."""
    with _making:
        sock = socket.socket(*arguments)
        close_when_forked(sock)
    return sock


def twin(sock: socket.socket) -> socket.socket:
    """Give a second descriptor of a socket, for as long as the first is in hands that do not show it.

    Shutting down the one shuts down the other, and in a child that is forked both are closed.

    Raises
    ------
    OSError
        When there is no descriptor left.
    """
    with _making:
        other = sock.dup()
        _sockets[other] = sock.fileno()
    return other


def close(sock: socket.socket) -> None:
    """Close a socket in this process only.

    Neither ``shutdown``, which would reach the parent's, nor ``close``, which says goodbye in TLS and waits for the
    files that other threads had made of it.
    """
    with suppress(OSError):
        os.close(sock.detach())


def _close_original(other: socket.socket, number: int) -> None:
    """Close what a twin was made from, if it is still what goes by that number."""
    with suppress(OSError):
        if number != other.fileno() and os.path.samestat(os.fstat(number), os.fstat(other.fileno())):
            os.close(number)


def _in_child() -> None:
    # By the thread that forked, which is the one that is here.
    _making.release()
    for sock, number in list(_sockets.items()):
        _close_original(sock, number)
        close(sock)
    _sockets.clear()
    for thing in list(_forked):
        thing.forget()


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(before=_making.acquire, after_in_parent=_making.release, after_in_child=_in_child)
