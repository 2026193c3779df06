"""Connections that are given up before they are there."""

import socket
import threading
import time

import pytest
from asking import OK, REQUEST, transport
from calling import started
from growth import PROMPTLY_S

from runware_magic.errors import TransportError
from runware_magic.transport.connections import Reporting, RequestCanceller
from runware_magic.transport.timeouts import Timeouts


@pytest.fixture(params=["nobody accepts", "a handshake is not answered", "a proxy does not answer"])
def connecting(request, full, monkeypatch, _sockets):
    """Return an address whose connections never complete, and a function that waits until one is being made."""
    if request.param == "nobody accepts":
        begun, connect = threading.Event(), Reporting.connect
        monkeypatch.setattr(Reporting, "connect", lambda connection: (begun.set(), connect(connection)))
        yield f"http://127.0.0.1:{full}", lambda: begun.wait(5)
        return
    with socket.create_server(("127.0.0.1", 0)) as mute:
        here, held = f"127.0.0.1:{mute.getsockname()[1]}", []
        monkeypatch.setenv("https_proxy", f"http://{here}")
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        by_proxy = request.param == "a proxy does not answer"
        yield f"https://{'nowhere.invalid' if by_proxy else here}", lambda: held.append(mute.accept()[0])
        for connection in held:
            connection.recv(1)
            connection.close()


def test_whoever_gives_a_connection_up_is_free_at_once(connecting):
    """Only a thread waits for the time-out."""
    url, until_it_is_made = connecting
    under_way = started(transport(url, Timeouts(connect_s=5, idle_s=5, retries=0)))
    until_it_is_made()
    began_s = time.monotonic()
    under_way.stop()
    assert under_way.outcome().turn.state == "stopped"
    under_way.close()
    assert time.monotonic() - began_s < PROMPTLY_S


def test_nothing_goes_out_on_a_connection_that_was_given_up(serve):
    """It comes about too late."""
    server = serve(OK)
    canceller = RequestCanceller()
    canceller.cut()
    with pytest.raises(TransportError):
        list(transport(server.url).answer(REQUEST, canceller))
    assert server.heard == []
