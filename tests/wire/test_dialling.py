"""Connections that never come about: given up in time, and gone then, in a forked child too."""

import os
import socket
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from asking import REQUEST, transport

from runware_magic.wire.exchange import Exchange
from runware_magic.wire.patience import Patience

PATIENT = Patience(connect_s=60, idle_s=60, retries=0)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="counts what Linux tells of processes")


@pytest.fixture
def mute():
    """Give the port of a server that lets everybody in and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture(params=["http", "https", "handshake", "proxy"])
def exchange(request, full, mute, monkeypatch):
    """Give an exchange whose connection is being made and never will be, and what tells its sockets."""
    url = {
        "http": f"http://127.0.0.1:{full}/v1",
        "https": f"https://127.0.0.1:{full}/v1",
        "handshake": f"https://127.0.0.1:{mute}/v1",
        "proxy": "https://nowhere.invalid/v1",
    }[request.param]
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{mute}")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    # Whatever there is, since the system's list of sockets may lack some while it changes.
    before = descriptors()
    talk = transport(url, PATIENT)
    begun = Exchange(talk, REQUEST)
    # A handshake has a second descriptor at hand, to be ended by.
    held = 1 if request.param.startswith("http") else 2
    until(lambda: len(sockets(full, mute) - before) == held)
    yield begun, lambda: sockets(full, mute) - before
    begun.close()
    talk.close()


def sockets(*ports):
    """Give the sockets of this process that lead to some ports: descriptors, and the names that the system has."""
    rows = [line.split() for line in Path("/proc/self/net/tcp").read_text().splitlines()[1:]]
    names = {f"socket:[{row[9]}]" for row in rows if int(row[2].partition(":")[2], 16) in ports}
    return {(number, name) for number, name in descriptors() if name in names}


def descriptors():
    """Give what this process has open: descriptors, and the names that the system has."""
    found = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the descriptor of the listing
            found.add((descriptor.name, str(descriptor.readlink())))
    return found


def until(condition):
    """Wait for what comes in a moment."""
    end_s = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end_s
        threading.Event().wait(0.01)


def test_what_connects_is_given_up_at_once(exchange):
    """No thread and no socket waits for the time-out."""
    begun, held = exchange
    began_s = time.monotonic()
    begun.close()
    assert time.monotonic() - began_s < 2
    assert not begun._thread.is_alive()
    assert held() == set()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_what_connects_is_not_in_a_child(exchange):
    """A connection that is being made, or a handshake that takes the socket apart, stays with the parent."""
    _, held = exchange
    before = held()
    child = os.fork()
    if not child:
        os._exit(len(held()))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert held() == before
