"""Recording what a server says, and saying it again, for the tests of both."""

from __future__ import annotations

import socket
from datetime import datetime, timezone

import pytest
from asking import KEY, REQUEST

from runware_magic.errors import RunwareError
from runware_magic.recording.file import read
from runware_magic.recording.player import AT_ONCE, Player
from runware_magic.recording.recorder import Recorder
from runware_magic.transport.connections import RequestCanceller
from runware_magic.transport.endpoint import endpoint
from runware_magic.transport.transport import Timeouts, Transport

NOW = datetime(2026, 11, 25, 13, 40, 2, tzinfo=timezone.utc)
TIMEOUTS = Timeouts(connect_s=2, idle_s=0.3, retries=1)


def talking(where, medium, timeouts=TIMEOUTS):
    """Make a transport that goes through a medium, and never waits longer than it must."""
    return Transport(where, timeouts, medium=medium, jitter=lambda: 0.0)


def asked(talk, request=REQUEST):
    """Ask once; give the events, the error if there was one, and the bytes."""
    events, pieces, error = [], [], None
    try:
        events.extend(talk.answer(request, RequestCanceller(), pieces.append))
    except RunwareError as caught:
        error = type(caught).__name__, str(caught)
    return events, error, b"".join(pieces)


def recorded(path, url, *requests, key=KEY):
    """Ask a server, and record it; give what came, and the recorder."""
    recorder = Recorder(path, now=lambda: NOW)
    talk = talking(endpoint(url, key), recorder)
    try:
        return [asked(talk, request) for request in requests or (REQUEST,)], recorder
    finally:
        talk.close()


def replaying(path, speed=AT_ONCE):
    """Make a transport that is answered by a recording."""
    player = Player(read(path), speed)
    return talking(player.endpoint, player)


def played(talk, request=REQUEST):
    """Ask a recording once, as `asked` does."""
    try:
        return asked(talk, request)
    finally:
        talk.close()


@pytest.fixture
def no_network(monkeypatch):
    """Give what blocks all sockets from there on."""

    def no(*_, **__):
        pytest.fail("the network was touched")

    def block():
        for name in ("connect", "connect_ex", "sendto"):
            monkeypatch.setattr(socket.socket, name, no)
        monkeypatch.setattr(socket, "getaddrinfo", no)

    return block


def body_of(recorded):
    """Return the whole body of a recorded exchange."""
    return b"".join(piece for _, piece in recorded.pieces)
