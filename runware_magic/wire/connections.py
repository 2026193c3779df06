"""HTTP connections that another thread can cut, and that a fork does not share.

Closing a response from another thread waits for the reader and breaks it; shutting the socket down frees the reader at
once, before the headers as well. For that, the socket has to be known: urllib3 tells it to nobody before it has a
response, so its connections report theirs, from the moment on at which they are made.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from runware_magic.wire.dialling import dial
from runware_magic.wire.forks import close_when_forked, forget_when_forked, twin
from runware_magic.wire.framing import Dechunker
from runware_magic.wire.lending import Borrower, lent
from runware_magic.wire.redaction import hide_in_headers

_MOST_KEPT = 256  # connections to one host, for the next requests
_MOST_INTERIM = 10  # replies that say that another will come

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
        self._shut()

    def begin(self) -> None:
        """Forget how far an earlier attempt got."""
        self.connecting = self.reused = self.replied = False

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Let the block read for so many seconds in all, however often a byte comes: then its reads end or fail."""
        timer = threading.Timer(seconds, self._shut)
        timer.name, timer.daemon = "runware-timer", True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            # What it shuts is this request's for as long as this goes on.
            timer.join()

    def shorten(self, seconds: float) -> None:
        """Let reads from now on time out after these seconds."""
        with self._lock, contextlib.suppress(OSError):
            if self._socket is not None:
                self._socket.settimeout(seconds)

    def _shut(self) -> None:
        with self._lock:
            _shut(self._socket)


def _shut(sock: socket.socket | None) -> None:
    if sock is not None:
        with contextlib.suppress(OSError):
            # Not SSLSocket.shutdown, which drops its TLS state under the reader.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)


def cutter_here() -> Cutter:
    """Give this thread's cutter; one that nobody asks where there is none."""
    return getattr(_running, "cutter", None) or Cutter()


class _Reply(HTTPResponse):
    _interim = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # http.client's business
        super().__init__(*args, **kwargs)
        self._framing = Dechunker()
        self._arrived: list[bytes] = []  # chunks that were read and not given

    def _read_status(self) -> tuple[str, int, str]:
        # http.client passes over as many "100 Continue" as there come.
        self._interim += 1
        if self._interim > _MOST_INTERIM:
            msg = "more interim replies than any server sends"
            raise HTTPException(msg)
        return super()._read_status()  # type: ignore[misc, no-any-return]  # the one place where it reads on

    def read1(self, n: int = -1) -> bytes:
        # This package reads by this method only: whoever mixed it with others would miss what is held here.
        if not self.chunked or (self.isclosed() and not self._arrived):
            return super().read1(n)
        while not self._arrived and not self._framing.ended:
            self._arrived = self._framing.take(self.fp.read1(n))
        # Of what is packed, each by itself: where one cannot be unpacked, those before it can.
        some = self._arrived[: 1 if "Content-Encoding" in self.headers else None]
        del self._arrived[: len(some)]
        if not some:
            self.close()
        return b"".join(some)

    def begin(self) -> None:
        # The first byte is looked at and left where it is.
        cutter_here().replied = bool(self.fp.peek(1))
        super().begin()
        if key := lent():
            hide_in_headers(self.headers, key)


class _Reporting(Borrower):
    """Tells the `Cutter` of this thread which socket a request uses, and how far it got."""

    response_class: Any = _Reply
    sock: socket.socket | None
    host: str
    port: int
    timeout: float | None
    source_address: Any
    socket_options: Any
    _has_served = False

    def connect(self) -> None:
        cutter = cutter_here()
        self._has_served, cutter.connecting = False, True
        super().connect()  # type: ignore[misc]  # mixed into urllib3's connections
        cutter.connecting = False
        if self.sock is not None:
            close_when_forked(self.sock)
        cutter.watch(self.sock)

    def _new_conn(self) -> socket.socket:
        # In place of urllib3's, which shows the socket to nobody before it is connected. Its errors are the same.
        host = getattr(self, "_dns_host", self.host)
        try:
            return dial((host, self.port), self.timeout, self.source_address, self.socket_options, cutter_here())
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error  # type: ignore[arg-type]  # as above
        except TimeoutError as error:
            message = f"Connection to {self.host} timed out. (connect timeout={self.timeout})"
            raise ConnectTimeoutError(self, message) from error
        except OSError as error:
            raise NewConnectionError(self, f"Failed to establish a new connection: {error}") from error  # type: ignore[arg-type]

    def request(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # urllib3's business
        cutter = cutter_here()
        cutter.reused = self.sock is not None and self._has_served
        cutter.watch(self.sock)
        super().request(*args, **kwargs)  # type: ignore[misc]  # mixed into urllib3's connections
        self._has_served = True


class _Connection(_Reporting, HTTPConnection):
    pass


class _TLSConnection(_Reporting, HTTPSConnection):
    def connect(self) -> None:
        self._twin: socket.socket | None = None
        try:
            super().connect()
        finally:
            if self._twin is not None:
                self._twin.close()

    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        # The handshake takes the socket apart and shows what becomes of it only when it is over.
        self._twin = twin(sock)
        cutter_here().watch(self._twin)
        return sock


class _Queue(queue.LifoQueue[Any]):
    """Keeps idle connections; in a forked child it has none, and locks that nobody holds."""

    def __init__(self, maxsize: int = 0) -> None:
        super().__init__(maxsize)
        forget_when_forked(self)

    def forget(self) -> None:
        super().__init__(self.maxsize)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection
    QueueCls = _Queue


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection
    QueueCls = _Queue


class Adapter(HTTPAdapter):
    """A requests adapter whose connections can be cut."""

    def __init__(self) -> None:
        # Of more than are kept, each request would make its own: ten, where nobody says so.
        super().__init__(pool_maxsize=_MOST_KEPT)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # requests' business
        """Let the pools make connections that report."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # requests' business
        """Let the pools behind a proxy do the same."""
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}
        return manager
