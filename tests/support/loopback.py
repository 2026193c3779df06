"""A server on the loopback interface that sends exactly the bytes it is told, when it is told."""

from __future__ import annotations

import json
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

#: A step of a reply: bytes to send, an event to wait for, or something to do with the socket.
Step = bytes | threading.Event | Callable[[socket.socket], None]


@dataclass(frozen=True)
class Heard:
    """A request that the server read."""

    line: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def json(self) -> Any:
        """The parsed body."""
        return json.loads(self.body)


#: A reply: its steps, or what gives them for a request.
Reply = list[Step] | Callable[[Heard], list[Step]]


def head(status: int = 200, kind: str = "text/event-stream", **headers: str) -> bytes:
    """Give the head of a reply; keyword names stand for header names, underscores for dashes."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def chunk(data: bytes) -> bytes:
    """Give one chunk of a chunked body."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def chunked(pieces: Iterable[bytes], kind: str = "text/event-stream", **headers: str) -> list[Step]:
    """Give a whole reply with a chunked body, a piece a chunk."""
    return [head(200, kind, Transfer_Encoding="chunked", **headers), *map(chunk, pieces), b"0\r\n\r\n"]


def closing(pieces: Iterable[bytes], kind: str = "text/event-stream", **headers: str) -> list[Step]:
    """Give a whole reply whose body ends where the connection does."""
    return [head(200, kind, Connection="close", **headers), *pieces, hang_up]


def sized(status: int, body: bytes, kind: str = "application/json", **headers: str) -> list[Step]:
    """Give a whole reply with a body of a told length."""
    return [head(status, kind, Content_Length=str(len(body)), **headers) + body]


def hang_up(connection: socket.socket) -> None:
    """End the connection as a server does that has said everything."""
    connection.shutdown(socket.SHUT_RDWR)


def reset(connection: socket.socket) -> None:
    """End the connection as a server does that crashed."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    # Not close(): the file object that reads requests would keep the descriptor open.
    os.close(connection.detach())


def sse(*values: object) -> bytes:
    """Give server-sent events: text as it is, anything else as JSON."""
    texts = (value if isinstance(value, str) else json.dumps(value) for value in values)
    return "".join(f"data: {text}\n\n" for text in texts).encode()


def delta(**fields: object) -> dict[str, object]:
    """Give a chunk whose first choice has this delta."""
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": None}]}


def finish(reason: str = "stop") -> dict[str, object]:
    """Give the chunk that says why the model stopped."""
    return {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}


USAGE = {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7, "cost": 0.00001}}
ANSWER = (delta(role="assistant"), delta(content="Hel"), delta(content="lo"), USAGE, finish(), "[DONE]")


@dataclass
class Loopback:
    """Answers request after request with the replies it was given, in order; the last one again and again.

    A reply is its steps, or what gives them for a request.
    """

    replies: list[Reply]
    heard: list[Heard] = field(default_factory=list)
    connections: int = 0
    tls: ssl.SSLContext | None = None
    medium = None  # the network

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """The base URL to ask it by."""
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}/v1"

    def stop(self) -> None:
        """Close everything."""
        self._stopping.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def forget(self) -> None:
        """Let go of what is over: a server that runs for long would pile it up."""
        self._threads[1:] = [thread for thread in self._threads[1:] if thread.is_alive()]
        self._open[:] = [connection for connection in self._open if connection.fileno() >= 0]

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            self._open.append(connection)
            self._threads.append(threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True))
            self._threads[-1].start()

    def _serve(self, plain: socket.socket, number: int) -> None:
        try:
            connection = self.tls.wrap_socket(plain, server_side=True) if self.tls else plain
        except OSError:  # whoever came does not like the certificate
            plain.close()
            return
        with connection, connection.makefile("rb") as reader, suppress(OSError, ValueError):
            while (request := read_request(reader, number)) is not None:
                self.heard.append(request)
                reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
                for step in reply(request) if callable(reply) else reply:
                    self._do(step, connection)

    def _do(self, step: Step, connection: socket.socket) -> None:
        if isinstance(step, bytes):
            connection.sendall(step)
        elif isinstance(step, threading.Event):
            while not step.wait(0.05) and not self._stopping.is_set():
                pass
        else:
            step(connection)


def read_request(reader: Any, number: int) -> Heard | None:
    """Read a request; None where there is none."""
    line = reader.readline().decode().strip()
    if not line:
        return None
    headers = {}
    while text := reader.readline().decode().strip():
        name, _, value = text.partition(":")
        headers[name.strip().lower()] = value.strip()
    return Heard(line, headers, reader.read(int(headers.get("content-length", 0))), number)
