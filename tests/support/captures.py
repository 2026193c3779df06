"""Answers of servers in files, byte for byte, sent again by a server of the tests."""

from __future__ import annotations

from pathlib import Path

from loopback import chunk
from played import Played

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.messages import Message
from runware_magic.chat.request import Request
from runware_magic.chat.turn import Timing, Turn
from runware_magic.transport.connections import RequestCanceller
from runware_magic.transport.endpoint import Key, endpoint
from runware_magic.transport.transport import Timeouts, Transport

_REQUEST = Request("m", (Message("user", "Hi"),), {"max_completion_tokens": 9})


def replayed(path: Path, serve=Played):
    """Let a server send what a file holds, an event a chunk; give the builder of the answer."""
    head, _, body = path.read_bytes().partition(b"\r\n\r\n")
    pieces = [piece + b"\n\n" for piece in body.split(b"\n\n") if piece]
    server = serve([head + b"\r\nTransfer-Encoding: chunked\r\n\r\n", *map(chunk, pieces), b"0\r\n\r\n"])
    transport = Transport(endpoint(server.url, Key("k", "a test")), Timeouts(2, 2, 0), medium=server.medium)
    builder = TurnBuilder(Turn("1", "m", "e", (), Timing("")))
    try:
        for event in transport.answer(_REQUEST, RequestCanceller()):
            builder.fold(event, 1)
    finally:
        transport.close()
    return builder
