"""Making a connection that can be given up while it is being made."""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Iterable
from typing import Any, Protocol

from urllib3.exceptions import LocationParseError
from urllib3.util import wait_for_write
from urllib3.util.connection import allowed_gai_family

from runware_magic.wire.forks import new_socket

# Looked at, not told: what shutting down does to a socket that is connecting differs from system to system.
_LOOK_S = 0.02
_UNDER_WAY = frozenset({0, errno.EINPROGRESS, getattr(errno, "WSAEWOULDBLOCK", errno.EINPROGRESS)})


class Dialler(Protocol):
    """Who wants the connection."""

    @property
    def is_cut(self) -> bool:
        """Whether it is not wanted any more."""

    def watch(self, sock: socket.socket | None) -> None:
        """Take note of the socket."""


def dial(
    address: tuple[str, int],
    timeout_s: float | None,
    source_address: tuple[str, int] | None,
    options: Iterable[tuple[Any, ...]] | None,
    dialler: Dialler,
) -> socket.socket:
    """Connect to the first of a name's addresses that accepts.

    Parameters
    ----------
    address
        Name and port.
    timeout_s
        For each of the name's addresses; also the time-out of the socket from then on.
    source_address
        What to bind to, if anything.
    options
        What to set on the socket before it connects.
    dialler
        Who wants the connection.

    Returns
    -------
    socket.socket
        Connected. A fork does not share it.

    Raises
    ------
    OSError
        When there is no such name, none of its addresses accepts, or the dialler has given up.
    LocationParseError
        When the name cannot be one.
    """
    failure = OSError("The name has no address.")
    for family, kind, protocol, _, place in _addresses(*address):
        if dialler.is_cut:
            raise ConnectionAbortedError
        sock = new_socket(family, kind, protocol)
        try:
            for option in options or ():
                sock.setsockopt(*option)
            if source_address:
                sock.bind(source_address)
            _connect(sock, place, timeout_s, dialler)
        except OSError as error:
            sock.close()
            failure = error
        except BaseException:
            sock.close()
            raise
        else:
            dialler.watch(sock)
            return sock
    raise failure


def _addresses(host: str, port: int) -> list[tuple[Any, ...]]:
    try:
        return [*socket.getaddrinfo(host.strip("[]"), port, allowed_gai_family(), socket.SOCK_STREAM)]
    except UnicodeError:
        msg = f"'{host}', label empty or too long"
        raise LocationParseError(msg) from None


def _connect(sock: socket.socket, place: Any, timeout_s: float | None, dialler: Dialler) -> None:  # noqa: ANN401  # as in typeshed
    sock.settimeout(0)
    number = sock.connect_ex(place)
    if number not in _UNDER_WAY:
        raise OSError(number, os.strerror(number))
    end_s = None if timeout_s is None else time.monotonic() + timeout_s
    while not wait_for_write(sock, _LOOK_S):
        if dialler.is_cut:
            raise ConnectionAbortedError
        if end_s is not None and time.monotonic() >= end_s:
            raise TimeoutError
    if number := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
        raise OSError(number, os.strerror(number))
    sock.settimeout(timeout_s)
