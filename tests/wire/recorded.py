"""Recording what a server says, and saying it again, for the tests of both."""

from __future__ import annotations

import socket
from datetime import datetime, timezone

import pytest
from asking import KEY, REQUEST

from runware_magic.errors import RunwareError
from runware_magic.wire.connections import Cutter
from runware_magic.wire.endpoint import endpoint
from runware_magic.wire.recorder import Recorder
from runware_magic.wire.recording_files import read
from runware_magic.wire.replaying import AT_ONCE, Player
from runware_magic.wire.transport import Patience, Transport

NOW = datetime(2026, 11, 25, 13, 40, 2, tzinfo=timezone.utc)
PATIENCE = Patience(connect_s=2, idle_s=0.3, retries=1)


def talking(where, medium, patience=PATIENCE):
    """Make a transport that goes through a medium, and never waits longer than it must."""
    return Transport(where, patience, medium=medium, jitter=lambda: 0.0)


def asked(talk, request=REQUEST):
    """Ask once; give the events, the error if there was one, and the bytes."""
    events, pieces, error = [], [], None
    try:
        events.extend(talk.answer(request, Cutter(), pieces.append))
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
