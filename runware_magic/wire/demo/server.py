"""The HTTP of the demo endpoint: one thread a connection, on the loopback interface only."""

from __future__ import annotations

import hmac
import json
import logging
import os
import secrets
import socket
import socketserver
import threading
import time
import weakref
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from runware_magic.wire.demo import stream, voices
from runware_magic.wire.demo.chance import Repeats
from runware_magic.wire.demo.models import MODELS
from runware_magic.wire.demo.request import Ask, RefusalError, read
from runware_magic.wire.forks import close, forget_when_forked

_HOST = "127.0.0.1"
_MAX_BODY, _MAX_DISCARD = 8 << 20, 64 << 20  # bytes
_JOIN_S = 5.0
_logger = logging.getLogger(__name__)


class DemoEndpoint:
    """An endpoint on this machine that speaks the real one's wire format, with scripted answers.

    Parameters
    ----------
    port
        Where to listen; 0 takes any free port.
    pace
        Factor of all pauses: 1 is a model's pace, 0 none.

    Attributes
    ----------
    key
        The key that requests must carry. Random, so that no other user of this machine can ask.
    """

    def __init__(self, *, port: int = 0, pace: float = 1.0) -> None:
        self.key = secrets.token_urlsafe(32)
        self._port, self._pace = port, pace
        self._lock = threading.Lock()
        self._listener: _Listener | None = None
        self._finalizer: weakref.finalize[[], DemoEndpoint] | None = None

    @property
    def base_url(self) -> str:
        """The address in front of ``/chat/completions``.

        Raises
        ------
        RuntimeError
            When the endpoint is not running.
        """
        if self._listener is None:
            msg = "The demo endpoint is not running: call start() first."
            raise RuntimeError(msg)
        return f"http://{_HOST}:{self._listener.server_address[1]}/v1"

    def start(self) -> DemoEndpoint:
        """Listen; does nothing when it does already.

        Raises
        ------
        OSError
            When the port is taken.
        """
        with self._lock:
            if self._listener is None:
                self._listener = _Listener(self._port, self.key, self._pace)
                self._listener.start()
                # Runs when the endpoint is collected, and before Python exits.
                self._finalizer = weakref.finalize(self, self._listener.stop)
                forget_when_forked(self)
        return self

    def stop(self) -> None:
        """End all streams, close all sockets and wait for all threads; does nothing when it is not running."""
        with self._lock:
            if self._finalizer is not None:
                self._finalizer()
            self._listener = self._finalizer = None

    def forget(self) -> None:
        """Let go of what a fork has copied: the sockets and the threads are the parent's."""
        # The lock may have been held by a thread that does not exist here.
        self._lock = threading.Lock()
        if self._finalizer is not None:
            self._finalizer.detach()
        if self._listener is not None:
            self._listener.let_go()
        self._listener = self._finalizer = None

    def __enter__(self) -> DemoEndpoint:  # noqa: PYI034  # Python 3.10 has no Self
        """Start."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()


class _Listener(ThreadingHTTPServer):
    """Accepts connections, and knows every one that is open."""

    daemon_threads = True
    # On Windows the option would let another process listen on the same port.
    allow_reuse_address = os.name == "posix"
    request_queue_size = 128
    # `stop` wakes the loop; this is for when it cannot, because no file descriptor is left to connect with.
    timeout = 1.0

    def __init__(self, port: int, key: str, pace: float) -> None:
        self.key, self.pace = key, pace
        self.stopping = threading.Event()
        self.repeats = Repeats()
        self._connections: dict[threading.Thread, socket.socket] = {}
        self._loop = threading.Thread(target=self._accept, name="runware-demo", daemon=True)
        super().__init__((_HOST, port), _Handler)

    def server_bind(self) -> None:
        # HTTPServer would look up this machine's name, which can take seconds and asks the network.
        socketserver.TCPServer.server_bind(self)

    def start(self) -> None:
        self._loop.start()

    def _accept(self) -> None:
        # Not `serve_forever`: it polls, and `shutdown` waits for its next look.
        while not self.stopping.is_set():
            self.handle_request()

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ANN401, ARG002  # typed so in typeshed
        return not self.stopping.is_set()

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  # typed so in typeshed
        thread = threading.Thread(
            target=self._serve, args=(request, client_address), name="runware-demo-connection", daemon=True
        )
        # Before it starts: `stop` must see every thread that there is.
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

    def let_go(self) -> None:
        for connection in (self.socket, *self._connections.values()):
            close(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401, ARG002  # typed so in typeshed
        _logger.debug("The demo endpoint gave up a connection.", exc_info=True)  # noqa: LOG014  # called in one


def _join(thread: threading.Thread) -> None:
    # A collected endpoint is stopped in whichever thread the collector runs.
    if thread is not threading.current_thread():
        thread.join(_JOIN_S)


class _Handler(BaseHTTPRequestHandler):
    """One connection: request after request, until either side closes it."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "runware-demo", ""
    disable_nagle_algorithm = True
    server: _Listener

    def answer(self) -> None:
        """Answer a request of any method."""
        try:
            self._route()
        except RefusalError as refusal:
            self._send_json(refusal.status, refusal.body(), refusal.headers)
        except OSError:
            # The client has gone away, or the endpoint is being stopped.
            self.close_connection = True

    do_GET = do_POST = do_HEAD = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer  # noqa: N815  # http.server's

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name in the standard library
        """Say nothing: what goes to stderr ends up in a notebook's cell."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """Refuse what is no HTTP, or an unheard-of method, as JSON like everything else."""
        self.close_connection = True
        refusal = RefusalError(code, "bad_request", message or HTTPStatus(code).phrase)
        self._send_json(code, refusal.body(), {})

    def _route(self) -> None:
        # The body is read whatever becomes of it: the connection's next request stands behind it.
        body = self._body()
        path = urlsplit(self.path).path
        if path not in _METHODS:
            known = " and ".join(f"{method} {path}" for path, method in _METHODS.items())
            raise RefusalError(404, "unknown_url", f"There is no such address here: {known} are all there is.")
        if self.command != _METHODS[path]:
            message = f"{path} takes {_METHODS[path]}, not {self.command}."
            raise RefusalError(405, "method_not_allowed", message, headers={"Allow": _METHODS[path]})
        self._check_key()
        if self.command == "GET":
            self._send_json(200, {"object": "list", "data": [model.row() for model in MODELS]}, {})
        else:
            self._chat(self.server.repeats.counted(read(body)))

    def _body(self) -> bytes:
        if "Transfer-Encoding" in self.headers:
            raise self._last(411, "length_required", "Send the body with a Content-Length.")
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit() and len(length) < 16):  # noqa: PLR2004  # digits of a petabyte
            raise self._last(400, "invalid_length", "The Content-Length is not a length.")
        size = int(length)
        if size > _MAX_BODY:
            # A client that is still sending when the connection closes would never see the answer.
            self._discard(min(size, _MAX_DISCARD))
            raise self._last(413, "too_large", f"The body is larger than {_MAX_BODY >> 20} MiB.")
        body = self.rfile.read(size)
        if len(body) < size:
            raise ConnectionResetError
        return body

    def _discard(self, size: int) -> None:
        while size > 0 and (piece := self.rfile.read(min(size, 1 << 16))):
            size -= len(piece)

    def _last(self, status: int, code: str, message: str) -> RefusalError:
        # Where the next request begins is unknown: there will be none.
        return RefusalError(status, code, message, headers={"Connection": "close"})

    def _check_key(self) -> None:
        scheme, _, key = self.headers.get("Authorization", "").partition(" ")
        # Bytes: `compare_digest` takes no text beyond ASCII.
        same = hmac.compare_digest(key.strip().encode("utf-8", "replace"), self.server.key.encode())
        if scheme.lower() != "bearer" or not same:
            message = "Invalid API key: this is the demo endpoint, which takes only the key it made itself."
            raise RefusalError(401, "invalid_api_key", message, headers={"WWW-Authenticate": "Bearer"})

    def _chat(self, ask: Ask) -> None:
        said = stream.spoken(ask, voices.reply(ask))
        answer_id = f"chatcmpl-{secrets.token_hex(12)}"
        pauses = _Pauses(self.server.stopping, self.server.pace)
        if ask.stream:
            self._stream(ask, said, answer_id, pauses)
            return
        pauses.wait(stream.duration_s(ask, said))
        answer = stream.completion(ask, said, answer_id, int(time.time()))
        self._send_json(200, answer, {}, drops=ask.model.drops)

    def _stream(self, ask: Ask, said: stream.Spoken, answer_id: str, pauses: _Pauses) -> None:
        # HTTP/1.0 knows no chunks: the body ends where the connection does.
        chunked = self.request_version != "HTTP/1.0"
        framing = ("Transfer-Encoding", "chunked") if chunked else ("Connection", "close")
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Cache-Control", "no-cache")
        self.send_header(*framing)
        self.end_headers()
        for pause_s, event in stream.steps(ask, said, answer_id):
            pauses.wait(pause_s)
            self.wfile.write(b"%x\r\n%b\r\n" % (len(event), event) if chunked else event)
        if ask.model.drops:
            self.close_connection = True
        elif chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _send_json(self, status: int, value: object, headers: Mapping[str, str], *, drops: bool = False) -> None:
        data = json.dumps(value).encode("ascii")
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, text in headers.items():
            self.send_header(name, text)
        self.end_headers()
        if drops:
            data, self.close_connection = data[: len(data) // 2], True
        if self.command != "HEAD":
            self.wfile.write(data)


#: Which method each address takes.
_METHODS = {"/v1/chat/completions": "POST", "/v1/models": "GET"}


class _Pauses:
    """Pauses of one answer, measured from its start: what sending takes does not add up."""

    def __init__(self, stopping: threading.Event, pace: float) -> None:
        self._stopping, self._pace = stopping, pace
        self._due_s = time.monotonic()

    def wait(self, seconds: float) -> None:
        """Wait for so long at pace 1; raises ConnectionAbortedError when the endpoint is stopped."""
        self._due_s += seconds * self._pace
        if self._stopping.wait(max(0.0, self._due_s - time.monotonic())):
            raise ConnectionAbortedError
