"""HTTP connections that another thread can cut.

Closing a response from another thread waits for its reader and breaks it. Shutting its socket down frees the reader at
once, even before the headers. urllib3 exposes a socket only with its response, so these connections report theirs when
they are made. A request that is cut while it connects is shut down as soon as it has connected: nothing is sent, but
its thread waits until then, up to the time-out.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse
from typing import Any, Protocol

from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from runware_magic.chat.request import Request
from runware_magic.transport.auth import Borrower, lent
from runware_magic.transport.chunked import Dechunker
from runware_magic.transport.endpoint import Endpoint
from runware_magic.transport.forks import process
from runware_magic.transport.redaction import redact_headers


class Medium(Protocol):
    """What carries requests: the network, a recorder or a player."""

    def adapter(self, where: Endpoint) -> BaseAdapter:
        """Return the requests adapter for an endpoint."""

    def expect(self, request: Request, canceller: RequestCanceller) -> None:
        """Announce a request: the thread with this canceller is about to make it."""


class Network:
    """The network itself."""

    def adapter(self, where: Endpoint) -> BaseAdapter:  # noqa: ARG002  # as in `Medium`
        """Return an adapter whose connections can be cut."""
        return Adapter()

    def expect(self, request: Request, canceller: RequestCanceller) -> None:
        """Do nothing: the network does not count requests."""


_MOST_KEPT = 256  # connections to one host, for the next requests
_MOST_INTERIM = 10  # replies such as 100 Continue, before the real one

_running = threading.local()


class RequestCanceller:
    """Cuts the connection of one request from another thread, and records how far the request got.

    Used as a context manager in the thread that makes the request; `cut` is for any other thread.
    """

    def __init__(self) -> None:
        self.request: Request | None = None  # None for the list of models
        self.connecting = False  # nothing of the request has been sent
        self.reused = False  # the connection has served an earlier request
        self.replied = False  # a byte of a reply has come
        self._cut = threading.Event()
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._process = process()

    def __enter__(self) -> None:
        """Start."""

    def __exit__(self, *_: object) -> None:
        # From here on the socket may serve another request, which must not be cut.
        with self._lock:
            self._socket = None

    def begin(self, request: Request | None) -> None:
        """Begin an attempt: store its request, and forget how far an earlier attempt got."""
        _running.canceller = self
        self.request = request
        self.connecting = self.reused = self.replied = False

    @property
    def is_cut(self) -> bool:
        """Whether the request is to end."""
        return self._cut.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait; return True as soon as the request is to end."""
        return self._cut.wait(seconds)

    def watch(self, sock: socket.socket | None) -> None:
        """Store the socket that the request uses now."""
        self._socket = sock
        if self.is_cut:
            self._shut()

    def cut(self) -> None:
        """End the request: its reader gets an error or the end of the body at once."""
        self._cut.set()
        self._shut()

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
        """Set the time-out of all later reads, in seconds."""
        with self._lock, contextlib.suppress(OSError):
            if self._socket is not None:
                self._socket.settimeout(seconds)

    def _shut(self) -> None:
        if self._process != process():
            return  # in a forked child: the socket is the parent's
        with self._lock, contextlib.suppress(OSError):
            if self._socket is not None:
                # Not SSLSocket.shutdown, which drops its TLS state under the reader.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def canceller_here() -> RequestCanceller:
    """Return the canceller of this thread's latest request, or a new one if there is none."""
    return getattr(_running, "canceller", None) or RequestCanceller()


class _Reply(HTTPResponse):
    _interim = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # http.client's business
        super().__init__(*args, **kwargs)
        self._framing = Dechunker()
        self._arrived: list[bytes] = []  # chunks that were read, not returned yet

    def _read_status(self) -> tuple[str, int, str]:
        # http.client skips any number of "100 Continue" replies.
        self._interim += 1
        if self._interim > _MOST_INTERIM:
            msg = "more interim replies than any server sends"
            raise HTTPException(msg)
        return super()._read_status()  # type: ignore[misc, no-any-return]  # called once a reply

    def read1(self, n: int = -1) -> bytes:
        # The package reads with this method only: other methods would miss the chunks that are held here.
        if not self.chunked or (self.isclosed() and not self._arrived):
            return super().read1(n)
        while not self._arrived and not self._framing.ended:
            self._arrived = self._framing.take(self.fp.read1(n))
        # Compressed chunks are returned one by one: if one cannot be decompressed, those before it are not lost.
        some = self._arrived[: 1 if "Content-Encoding" in self.headers else None]
        del self._arrived[: len(some)]
        if not some:
            self.close()
        return b"".join(some)

    def begin(self) -> None:
        canceller_here().replied = bool(self.fp.peek(1))
        super().begin()
        if key := lent():
            redact_headers(self.headers, key)


class Reporting(Borrower):
    """Reports to this thread's `RequestCanceller` which socket a request uses, and how far it got."""

    response_class: Any = _Reply
    sock: socket.socket | None
    _has_served = False

    def connect(self) -> None:
        """Connect, and report the socket."""
        canceller = canceller_here()
        self._has_served, canceller.connecting = False, True
        super().connect()  # type: ignore[misc]  # mixed into urllib3's connections
        canceller.connecting = False
        canceller.watch(self.sock)

    def request(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # urllib3's business
        """Send a request, and report the socket that it uses."""
        canceller = canceller_here()
        canceller.reused = self.sock is not None and self._has_served
        canceller.watch(self.sock)
        super().request(*args, **kwargs)  # type: ignore[misc]  # mixed into urllib3's connections
        self._has_served = True


def reporting(pool: type[HTTPConnectionPool], mixin: type[Reporting] = Reporting) -> type[HTTPConnectionPool]:
    """Return a class of pools whose connections report."""
    connection = type("_Connection", (mixin, pool.ConnectionCls), {})
    return type("_Pool", (pool,), {"ConnectionCls": connection})


_POOLS = {"http": reporting(HTTPConnectionPool), "https": reporting(HTTPSConnectionPool)}


class Adapter(HTTPAdapter):
    """A requests adapter whose connections can be cut."""

    def __init__(self) -> None:
        # Beyond this number (10 by default) each request would open a connection of its own.
        super().__init__(pool_maxsize=_MOST_KEPT)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # requests' business
        """Create the pools, with connections that report."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:  # noqa: ANN401  # requests' business
        """Return the pools behind a proxy, with connections that report."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        if proxy.lower().startswith("socks"):
            from runware_magic.transport import socks  # noqa: PLC0415  # it needs PySocks

            manager.pool_classes_by_scheme = socks.POOLS
        return manager
