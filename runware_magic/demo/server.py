"""The HTTP server of the demo endpoint: one thread a connection, on the loopback interface only."""

from __future__ import annotations

import logging
import os
import socket
import socketserver
import threading
import time
import weakref
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from typing import Any

from runware_magic.demo.answer import Answer, Script, refused
from runware_magic.demo.request import RefusalError
from runware_magic.transport.forks import Lock, forget_when_forked

_HOST = "127.0.0.1"
_MAX_BODY, _MAX_DISCARD = 8 << 20, 64 << 20  # bytes
_JOIN_S = 5.0
_logger = logging.getLogger(__name__)


class DemoEndpoint:
    """A server on this machine with the real endpoint's wire format and scripted answers.

    ::

        with DemoEndpoint() as endpoint:
            ...  # POST {endpoint.base_url}/chat/completions, Authorization: Bearer {endpoint.key}

    Port 0 is any free port. `pace` is the factor of all pauses: 1 is a model's pace, 0 none.
    """

    def __init__(self, *, port: int = 0, pace: float = 1.0) -> None:
        self.script = Script()
        self._port, self._pace = port, pace
        self._lock = Lock()
        self._listener: _Listener | None = None
        self._finalizer: weakref.finalize[[], DemoEndpoint] | None = None

    @property
    def key(self) -> str:
        """The key that requests need."""
        return self.script.key

    @property
    def base_url(self) -> str:
        """The address before ``/chat/completions``; a RuntimeError if the endpoint is not running."""
        if self._listener is None:
            msg = "The demo endpoint is not running: call start() first."
            raise RuntimeError(msg)
        return f"http://{_HOST}:{self._listener.server_address[1]}/v1"

    def start(self) -> DemoEndpoint:
        """Start to listen, if it does not yet; an OSError if the port is taken."""
        with self._lock:
            if self._listener is None:
                self._listener = _Listener(self._port, self.script, self._pace)
                # Also when the endpoint is garbage-collected, and before Python exits.
                self._finalizer = weakref.finalize(self, self._listener.stop)
                forget_when_forked(self)
        return self

    def stop(self) -> None:
        """End all streams, close all sockets and wait for all threads, if it is running."""
        with self._lock:
            if self._finalizer is not None:
                self._finalizer()
            self._listener = self._finalizer = None

    def forget(self) -> None:
        """Stop in a forked child, where the threads are missing and the sockets are the parent's."""
        if self._finalizer is not None:
            self._finalizer.detach()
        if self._listener is not None:
            # Else the port would still accept connections after the parent has stopped.
            self._listener.socket.close()
        self._listener = self._finalizer = None

    def __enter__(self) -> DemoEndpoint:  # noqa: PYI034  # Python 3.10 has no Self
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Listener(ThreadingHTTPServer):
    """Accepts connections, and tracks all that are open."""

    daemon_threads = True
    # On Windows, this would let another process listen on the same port.
    allow_reuse_address = os.name == "posix"
    request_queue_size = 128
    # For when `stop` cannot wake the loop, because no file descriptor is left to connect with.
    timeout = 1.0

    def __init__(self, port: int, script: Script, pace: float) -> None:
        self.script, self.pace = script, pace
        self.stopping = threading.Event()
        self._connections: dict[threading.Thread, socket.socket] = {}
        self._loop = threading.Thread(target=self._accept, name="runware-demo", daemon=True)
        super().__init__((_HOST, port), _Handler)
        self._loop.start()

    def server_bind(self) -> None:
        # HTTPServer would resolve this machine's name over the network, which can take seconds.
        socketserver.TCPServer.server_bind(self)

    def _accept(self) -> None:
        # Not `serve_forever`: it polls, and `shutdown` waits for the next poll.
        while not self.stopping.is_set():
            self.handle_request()

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ANN401, ARG002  # typed so in typeshed
        return not self.stopping.is_set()

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  # typed so in typeshed
        thread = threading.Thread(
            target=self._serve, args=(request, client_address), name="runware-demo-connection", daemon=True
        )
        # Before it starts: `stop` must know every thread.
        self._connections[thread] = request
        try:
            thread.start()
        except RuntimeError:
            del self._connections[thread]
            raise

    def _serve(self, request: socket.socket, client_address: Any) -> None:  # noqa: ANN401  # typed so in typeshed
        try:
            self.process_request_thread(request, client_address)
        finally:
            del self._connections[threading.current_thread()]

    def stop(self) -> None:
        self.stopping.set()
        with suppress(OSError):
            socket.create_connection((_HOST, self.server_address[1]), timeout=1.0).close()
        _join(self._loop)
        self.server_close()
        connections = list(self._connections.items())
        for _, connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread, _ in connections:
            _join(thread)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401, ARG002  # typed so in typeshed
        _logger.debug("The demo endpoint gave up a connection.", exc_info=True)  # noqa: LOG014  # called in one


def _join(thread: threading.Thread) -> None:
    # The garbage collector stops an endpoint in any thread, perhaps in this one.
    if thread is not threading.current_thread():
        thread.join(_JOIN_S)


class _Handler(BaseHTTPRequestHandler):
    """One connection: request after request, until either side closes it."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "runware-demo", ""
    disable_nagle_algorithm = True
    server: _Listener

    def answer(self) -> None:
        try:
            try:
                # Always read the body: the connection's next request follows it.
                body = self._body()
                key = self.headers.get("Authorization", "")
                answer = self.server.script.answer(self.command, self.path, key, body)
            except RefusalError as refusal:
                answer = refused(refusal)
            self._send(answer)
        except OSError:
            # The client closed the connection, or the endpoint is being stopped.
            self.close_connection = True

    do_GET = do_POST = do_HEAD = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer  # noqa: N815  # http.server's

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name in the standard library
        """Log nothing: a notebook shows stderr in a cell."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """Refuse invalid HTTP and unknown methods, as JSON like all errors."""
        self.close_connection = True
        self._send(refused(RefusalError(code, "bad_request", message or HTTPStatus(code).phrase)))

    def _body(self) -> bytes:
        if "Transfer-Encoding" in self.headers:
            raise self._last(411, "length_required", "Send the body with a Content-Length.")
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit() and len(length) < 16):  # noqa: PLR2004  # digits of a petabyte
            raise self._last(400, "invalid_length", "The Content-Length is not a length.")
        size = int(length)
        if size > _MAX_BODY:
            # A client that is still sending when the connection closes would never read the answer.
            left = min(size, _MAX_DISCARD)
            while left > 0 and (piece := self.rfile.read(min(left, 1 << 16))):
                left -= len(piece)
            raise self._last(413, "too_large", f"The body is larger than {_MAX_BODY >> 20} MiB.")
        body = self.rfile.read(size)
        if len(body) < size:
            raise ConnectionResetError
        return body

    def _last(self, status: int, code: str, message: str) -> RefusalError:
        # It is unknown where the next request begins.
        return RefusalError(status, code, message, headers={"Connection": "close"})

    def _send(self, answer: Answer) -> None:
        # Pauses are measured from the start, so that the time for sending does not add up.
        due_s = time.monotonic()
        pieces = iter(answer.pieces)
        # The head comes with the first piece, which is all of an answer that is not streamed.
        pause_s, first = next(pieces)
        self._wait_until(due_s + pause_s * self.server.pace)
        self.send_response(answer.status)
        framed = ("Transfer-Encoding", "chunked") if answer.size is None else ("Content-Length", str(answer.size))
        for name, text in (*answer.headers.items(), framed):
            self.send_header(name, text)
        self.end_headers()
        self.close_connection |= answer.drops
        if self.command == "HEAD":
            return
        for pause_s, piece in chain([(0.0, first)], pieces):
            due_s += pause_s * self.server.pace
            self._wait_until(due_s)
            self.wfile.write(piece if answer.size is not None else b"%x\r\n%b\r\n" % (len(piece), piece))
        if answer.size is None and not answer.drops:
            self.wfile.write(b"0\r\n\r\n")

    def _wait_until(self, due_s: float) -> None:
        if self.server.stopping.wait(max(0.0, due_s - time.monotonic())):
            raise ConnectionAbortedError
