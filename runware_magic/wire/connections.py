"""HTTP connections that another thread can cut.

Closing a response from another thread waits for the reader and breaks it; shutting the socket down frees the reader at
once, before the headers as well. For that, the socket has to be known: urllib3 tells it to nobody before it has a
response, so its connections report theirs.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from http.client import HTTPResponse
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_running = threading.local()


class Cutter:
    """Cuts the connection of one request, whatever it is doing, and knows how far the request got.

    Used as a context manager in the thread that makes the request; `cut` is for any other.

    Attributes
    ----------
    connecting
        Whether the connection is being made: nothing of the request has gone out.
    reused
        Whether the connection had served another request before.
    replied
        Whether a byte of a reply has come.
    """

    def __init__(self) -> None:
        self.connecting = self.reused = self.replied = False
        self._cut = threading.Event()
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None

    def __enter__(self) -> None:
        _running.cutter = self

    def __exit__(self, *_: object) -> None:
        # From here on the socket may serve another request: it is no longer this one's to cut.
        _running.cutter = None
        with self._lock:
            self._socket = None

    @property
    def is_cut(self) -> bool:
        """Whether the request is to end."""
        return self._cut.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait; True as soon as the request is to end."""
        return self._cut.wait(seconds)

    def watch(self, sock: socket.socket | None) -> None:
        """Take note of the socket that the request uses now."""
        with self._lock:
            self._socket = sock
            if self.is_cut:
                _shut(sock)

    def cut(self) -> None:
        """End the request: its reader gets an error or the end of the body at once."""
        self._cut.set()
        with self._lock:
            _shut(self._socket)

    def begin(self) -> None:
        """Forget how far an earlier attempt got."""
        self.connecting = self.reused = self.replied = False

    def shorten(self, seconds: float) -> None:
        """Let reads from now on time out after these seconds."""
        with self._lock, contextlib.suppress(OSError):
            if self._socket is not None:
                self._socket.settimeout(seconds)


def _shut(sock: socket.socket | None) -> None:
    if sock is not None:
        with contextlib.suppress(OSError):
            # Not SSLSocket.shutdown, which drops its TLS state under the reader.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _cutter() -> Cutter:
    """Give this thread's; one that nobody asks where there is none."""
    return getattr(_running, "cutter", None) or Cutter()


class _Reply(HTTPResponse):
    def begin(self) -> None:
        # The first byte is looked at and left where it is.
        _cutter().replied = bool(self.fp.peek(1))
        super().begin()


class _Reporting:
    """Tells the `Cutter` of this thread which socket a request uses, and how far it got."""

    response_class: Any = _Reply
    sock: socket.socket | None
    _has_served = False

    def connect(self) -> None:
        cutter = _cutter()
        self._has_served, cutter.connecting = False, True
        super().connect()  # type: ignore[misc]  # mixed into urllib3's connections
        cutter.connecting = False
        cutter.watch(self.sock)

    def request(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # urllib3's business
        cutter = _cutter()
        cutter.reused = self.sock is not None and self._has_served
        cutter.watch(self.sock)
        super().request(*args, **kwargs)  # type: ignore[misc]  # mixed into urllib3's connections
        self._has_served = True


class _Connection(_Reporting, HTTPConnection):
    pass


class _TLSConnection(_Reporting, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


class Adapter(HTTPAdapter):
    """A requests adapter whose connections can be cut."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # requests' business
        """Let the pools make connections that report."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # requests' business
        """Let the pools behind a proxy do the same."""
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}
        return manager
