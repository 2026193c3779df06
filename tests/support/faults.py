"""What a server can do wrong, and when; what is to come of it is the table in test_faults.py."""

from __future__ import annotations

import itertools
import json
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from loopback import USAGE, Step, chunk, delta, finish, hang_up, head, reset, sse

from runware_magic.protocol.limits import Bounds

#: Small enough to be passed in a moment.
BOUNDS = Bounds(answer=20_000, event=10_000, silence=30_000)
IDLE_S = 0.4
PAUSE_S = 0.001  # between the bytes of a slow server: in all, many times the idle time-out

#: The pieces of a whole answer, and the phase that each begins.
WHOLE = {
    "reasoning": sse(delta(role="assistant"), delta(reasoning_content="Think")),
    "content": sse(delta(content="Hel")),
    "usage": sse(delta(content="lo"), USAGE),
    "finish": sse(finish()),
    "done": sse("[DONE]"),
}
#: What has come when a phase is reached: reasoning, content, and whether the cost was told.
HAS_COME = {
    "before": ("", "", False),
    "headers": ("", "", False),
    "reasoning": ("Think", "", False),
    "content": ("Think", "Hel", False),
    "usage": ("Think", "Hello", True),
    "finish": ("Think", "Hello", True),
    "done": ("Think", "Hello", True),
}
PHASES = tuple(HAS_COME)


@dataclass(frozen=True)
class Framing:
    """How HTTP tells where a body ends.

    Attributes
    ----------
    head
        The head of the reply.
    wrap
        Makes a piece of the body from data.
    end
        Ends the body.
    """

    head: bytes
    wrap: Callable[[bytes], bytes]
    end: Step


def _packing() -> Framing:
    packer = zlib.compressobj(wbits=31)

    def wrap(data: bytes) -> bytes:
        return chunk(packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH))

    return Framing(head(Transfer_Encoding="chunked", Content_Encoding="gzip"), wrap, b"0\r\n\r\n")


#: A fresh one for every reply: to compress is to remember.
FRAMINGS: dict[str, Callable[[], Framing]] = {
    "chunked": lambda: Framing(head(Transfer_Encoding="chunked"), chunk, b"0\r\n\r\n"),
    "closing": lambda: Framing(head(Connection="close"), bytes, hang_up),
    "gzip": _packing,
}

#: From the framing and what would have followed, to what follows in its place.
Fault = Callable[[Framing, Iterator[Step]], list[Step]]


def reply(fault: str, framing: str, phase: str) -> list[Step]:
    """Give a whole answer, with a fault when a phase is reached."""
    framed = FRAMINGS[framing]()
    steps = _steps(framed)
    return [*itertools.islice(steps, PHASES.index(phase)), *FAULTS[fault](framed, steps)]


def _steps(framed: Framing) -> Iterator[Step]:
    # One by one: what is compressed depends on what was before.
    yield framed.head
    yield from map(framed.wrap, WHOLE.values())
    yield framed.end


def half_close(connection: socket.socket) -> None:
    """Say that nothing more will come, and go on listening."""
    connection.shutdown(socket.SHUT_WR)


def say_nothing(connection: socket.socket) -> None:
    """Say nothing more for as long as anybody is there."""
    while connection.recv(4096):
        pass


@dataclass(frozen=True)
class Endless:
    """Sends something until nobody takes it any more."""

    data: bytes

    def __call__(self, connection: socket.socket) -> None:
        """Send it."""
        while True:
            connection.sendall(self.data)


def endlessly(data: bytes) -> Endless:
    """Send this until nobody takes it any more."""
    return Endless(data * (1 + 4096 // len(data)))


def pause(_: socket.socket) -> None:
    """Wait a little."""
    threading.Event().wait(PAUSE_S)


def slowly(_: Framing, rest: Iterator[Step]) -> list[Step]:
    """Send what follows byte by byte."""
    steps: list[Step] = []
    for step in rest:
        for byte in step if isinstance(step, bytes) else ():
            steps += [bytes((byte,)), pause]
        if not isinstance(step, bytes):
            steps.append(step)
    return steps


def _instead(*steps: Step) -> Fault:
    return lambda _, __: list(steps)


def _first(data: bytes) -> Fault:
    return lambda framing, rest: [framing.wrap(data), *rest]


def _last(data: bytes) -> Fault:
    return lambda framing, _: [framing.wrap(data), framing.end]


def _for_ever(data: bytes) -> Fault:
    return lambda framing, _: [endlessly(framing.wrap(data))]


def _odd_header(_: Framing, rest: Iterator[Step]) -> list[Step]:
    status, end, headers = FRAMINGS["chunked"]().head.partition(b"\r\n")
    next(rest)
    return [status + end + b"X-\xff: \xff\xfe" + end + headers, *rest]


BROKEN = {"error": {"message": "out of luck", "code": "c"}}

FAULTS: dict[str, Fault] = {
    "reset": _instead(reset),
    "hang up": _instead(hang_up),
    "half-close": _instead(half_close),
    "clean end": lambda framing, _: [framing.end],
    "stall": _instead(say_nothing),
    "a byte at a time": slowly,
    "broken JSON, once": _first(b'data: {"choi\n\n'),
    "broken JSON, at the end": _last(b'data: {"choi'),
    "invalid UTF-8": _first(b"\xff\xfe\xc3: \xff\ndata: \xff\xfe\xc3\n\n"),
    "error event": _last(b"event: error\n" + sse(BROKEN["error"])),
    "error chunk": _last(sse(BROKEN)),
    "huge event": _last(sse(delta(content="x" * BOUNDS.event))),
    "endless line": _for_ever(b"data: " + b"x" * 2000),
    "endless event": _for_ever(b"data: x\n"),
    "endless text": _for_ever(sse(delta(content="x" * 100))),
    "endless reasoning": _for_ever(sse(delta(reasoning="x" * 100))),
    "endless tool calls": _for_ever(sse(delta(tool_calls=[{}] * 9))),
    "endless comments": _for_ever(b": ping\n"),
    "endless empty events": _for_ever(b"data:\n\n"),
    "endless empty chunks": _for_ever(sse({"choices": []})),
    "endless padding": _for_ever(b"\n"),
    "many empty events": _first(b"data:\n\n" * 3000),
    "many comments": _first(b": ping\n" * 3000),
    "broken gzip": lambda framing, _: [chunk(b"\x00no gzip" * 9), framing.end],
    "cut gzip": lambda framing, _: [framing.end],
    "gzip bomb": _last(b" " * 1_000_000),
    "rubbish for a chunk": _instead(b"zzz\r\n", hang_up),
    "endless trailers": _instead(b"0\r\n", endlessly(b"X-More: yes\r\n")),
    # Before the headers.
    "no HTTP": _instead(b"\x16\x03\x01\xff\xfe hello\r\n\r\n", hang_up),
    "invalid UTF-8 in a header": _odd_header,
    "endless status line": _instead(endlessly(b"H")),
    "endless headers": _instead(b"HTTP/1.1 200 OK\r\n", endlessly(b"X-More: yes\r\n")),
    "endless interim replies": _instead(endlessly(b"HTTP/1.1 100 Continue\r\n\r\n")),
}


#: Every shape of an error's body, by name; each says "no such luck" where it says anything.
_SAID = {"message": "no such luck", "code": "c", "taskUUID": "t", "parameter": "p"}
BODIES: dict[str, bytes] = {
    "errors": json.dumps({"errors": [_SAID]}).encode(),
    "error": json.dumps({"error": _SAID}).encode(),
    "error, a text": json.dumps({"error": "no such luck"}).encode(),
    "message": json.dumps({"message": "no such luck"}).encode(),
    "list": json.dumps([_SAID]).encode(),
    "text": b"no such luck",
    "page": b"<!doctype html><title>no such luck</title><script>alert(1)</script>",
    "nothing": b"",
    "rubbish": b"\xff\xfe{[",
}
