"""A server without a socket: its replies are read as they would be from one, up to the connection itself.

What a server does to a connection is here what a read of it comes to: an end, an error, a time-out. So nothing waits,
and there is no thread. `Loopback` does the same over a socket.
"""

from __future__ import annotations

import io
import itertools
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

from faults import Endless, half_close, pause, say_nothing
from loopback import Heard, Reply, Step, hang_up, read_request, reset
from urllib3.connectionpool import HTTPConnectionPool

from runware_magic.chat.request import Request
from runware_magic.transport import connections
from runware_magic.transport.endpoint import Endpoint


class Played:
    """Answers request after request with the replies it was given, in order, the last one again and again; a `Medium`.

    Attributes
    ----------
    replies
        What is still to come.
    heard
        The requests that came.
    """

    port = 9
    url = f"http://127.0.0.1:{port}/v1"

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.heard: list[Heard] = []
        self.medium = self

    def adapter(self, where: Endpoint) -> connections.Adapter:  # noqa: ARG002  # as in `Medium`
        """Return an adapter whose connections lead here."""
        adapter = connections.Adapter()
        adapter.poolmanager.pool_classes_by_scheme = {"http": _pool(lambda: _Socket(self.reply))}
        return adapter

    def expect(self, request: Request, canceller: connections.RequestCanceller) -> None:
        """Take note of nothing."""

    def reply(self, sent: bytes) -> Iterator[Step]:
        """Return the steps of the reply to a request."""
        heard = read_request(io.BytesIO(sent), len(self.heard) + 1)
        self.heard.append(heard)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return iter(reply(heard) if callable(reply) else reply)


def _pool(dial: Callable[[], socket.socket]) -> type[HTTPConnectionPool]:
    class Connection(connections._POOLS["http"].ConnectionCls):
        def _new_conn(self) -> socket.socket:
            return dial()

    return type("Pool", (HTTPConnectionPool,), {"ConnectionCls": Connection})


class _Socket(socket.socket):
    """A socket that is connected to nothing, as far as this package uses one; each serves one request."""

    def __init__(self, reply: Callable[[bytes], Iterator[Step]]) -> None:
        super().__init__()
        self._reply, self._sent = reply, bytearray()

    def sendall(self, data: Any, flags: int = 0) -> None:  # noqa: ARG002  # as in socket
        self._sent += data

    def makefile(self, *_: Any, **__: Any) -> Any:
        return io.BufferedReader(_Steps(lambda: self._reply(bytes(self._sent))))


class _Steps(io.RawIOBase):
    """The steps of a reply as a reader of the connection meets them."""

    def __init__(self, begin: Callable[[], Iterator[Step]]) -> None:
        self._begin, self._steps = begin, iter(())
        self._begun, self._left = False, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._begun:
            self._begun, self._steps = True, self._begin()
        while not self._left:
            step = next(self._steps, say_nothing)  # a server that has answered waits for the next request
            if isinstance(step, bytes):
                self._left = step
            elif isinstance(step, Endless):
                self._steps = itertools.repeat(step.data)
            elif step in (hang_up, half_close):
                self._steps = itertools.repeat(hang_up)
                return 0
            elif step is reset:
                raise ConnectionResetError
            elif step is say_nothing or isinstance(step, threading.Event):
                raise TimeoutError
            elif step is not pause:
                message = f"only a socket can do this: {step}"
                raise NotImplementedError(message)
        size = min(len(buffer), len(self._left))
        buffer[:size], self._left = self._left[:size], self._left[size:]
        return size
