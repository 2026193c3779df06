"""Connections of the demo endpoint: kept, many at once, broken, and gone when it stops."""

from __future__ import annotations

import gc
import http.client
import json
import os
import socket
import struct
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from demo_client import body, content, events, refusal, send

import runware_magic
from runware_magic.demo import DemoEndpoint
from runware_magic.engine.connections import Connections

PACKAGE = Path(runware_magic.__file__).parent


def test_connection_is_used_again(endpoint, connection):
    """Streams, whole answers and refusals follow each other on one connection."""
    events(endpoint, connection, "hello")
    first = connection.sock
    refusal(endpoint, connection, body("hello", model="unknown"))
    refusal(endpoint, connection, body("hello"), Authorization="Bearer wrong")
    assert content(endpoint, connection, "hello", model="demo:echo@1") == "hello"
    assert connection.sock is first is not None


@pytest.mark.usefixtures("_sockets")
def test_threads_that_ask_first_at_once_share_one_endpoint(monkeypatch):
    """None is started beside the one that is known, where nobody would stop it."""
    made, both = [], threading.Barrier(2)

    class Slow(DemoEndpoint):
        def __init__(self):
            made.append(self)
            with suppress(threading.BrokenBarrierError):
                both.wait(0.2)  # where the other may be here as well, it comes
            super().__init__(pace=0)

    monkeypatch.setattr("runware_magic.demo.DemoEndpoint", Slow)
    connections = Connections()
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: connections.demo(), range(2))
    connections.close()
    assert first == second
    assert len(made) == 1


def test_requests_are_answered_at_the_same_time(endpoint):
    """Many streams at once each get their own answer."""

    def echoed(number):
        opened = http.client.HTTPConnection(urlsplit(endpoint.base_url).netloc, timeout=30)
        try:
            chunks = [json.loads(event) for event in events(endpoint, opened, f"number {number}")[:-1]]
        finally:
            opened.close()
        return "".join(choice["delta"].get("content", "") for chunk in chunks for choice in chunk["choices"])

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(echoed, range(60))) == [f"number {number}" for number in range(60)]


@pytest.mark.usefixtures("_sockets")
def test_client_that_hangs_up_leaves_no_trace(capfd):
    """A client gone in mid-stream costs its thread, prints nothing, and others are answered."""
    with DemoEndpoint(pace=0) as endpoint:
        netloc = urlsplit(endpoint.base_url).netloc
        gone = http.client.HTTPConnection(netloc, timeout=10)
        response = send(endpoint, gone, body("word " * 40_000, stream=True, max_completion_tokens=60_000))
        response.read(1)
        # Closed without a goodbye, as by a client that has crashed.
        gone.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        response.close()
        gone.close()
        other = http.client.HTTPConnection(netloc, timeout=10)
        assert content(endpoint, other, "hello", model="demo:echo@1") == "hello"
        other.close()
    assert capfd.readouterr() == ("", "")


def demo_threads():
    """Return the threads of all endpoints."""
    return [thread for thread in threading.enumerate() if thread.name.startswith("runware-demo")]


@pytest.mark.usefixtures("_sockets")
def test_stop_ends_open_streams_and_leaves_no_thread():
    """A client that waits in a stream is let go at once, without the finish of a whole answer."""
    endpoint = DemoEndpoint(pace=1000).start()
    opened = http.client.HTTPConnection(urlsplit(endpoint.base_url).netloc, timeout=10)
    response = send(endpoint, opened, body("hello", model="demo:slow@1", stream=True))
    assert b'"role"' in response.readline()
    endpoint.stop()
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        response.read()
    opened.close()
    assert demo_threads() == []


@pytest.mark.usefixtures("_sockets")
def test_stop_frees_a_stream_that_nobody_reads():
    """A thread that is stuck in sending ends with the endpoint."""
    endpoint = DemoEndpoint(pace=0).start()
    opened = http.client.HTTPConnection(urlsplit(endpoint.base_url).netloc, timeout=10)
    response = send(endpoint, opened, body("word " * 60_000, stream=True, max_completion_tokens=60_000))
    endpoint.stop()
    response.close()
    opened.close()
    assert demo_threads() == []


def test_stop_closes_the_port_and_idle_connections(endpoint, connection):
    """After stop nobody listens, and a kept connection is closed."""
    content(endpoint, connection, "hello", model="demo:echo@1")
    address = urlsplit(endpoint.base_url)
    endpoint.stop()
    assert connection.sock.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address.hostname, address.port), timeout=10)


@pytest.mark.usefixtures("_sockets")
def test_start_and_stop_may_be_repeated():
    """Starting twice is starting once, stopping twice likewise, and it starts again after a stop."""
    endpoint = DemoEndpoint()
    first = endpoint.start().base_url
    assert endpoint.start().base_url == first
    endpoint.stop()
    endpoint.stop()
    with pytest.raises(RuntimeError, match="not running"):
        _ = endpoint.base_url
    assert endpoint.start().base_url.startswith("http://127.0.0.1:")
    endpoint.stop()


def test_given_port_is_taken(endpoint):
    """A port can be chosen, and a taken one is an error that leaves nothing."""
    port = urlsplit(endpoint.base_url).port
    other = DemoEndpoint(port=port)
    with pytest.raises(OSError, match="use"):
        other.start()
    endpoint.stop()
    with other:
        assert urlsplit(other.base_url).port == port


@pytest.mark.usefixtures("_sockets")
def test_collected_endpoint_is_stopped():
    """An endpoint that nobody holds any more leaves no thread."""
    DemoEndpoint().start()
    gc.collect()
    assert demo_threads() == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_in_a_forked_child_it_does_not_run(endpoint, connection):
    """Neither being there nor ending disturbs the parent's connection; the port is free when the parent stops."""
    content(endpoint, connection, "hello", model="demo:echo@1")
    kept, port = connection.sock, urlsplit(endpoint.base_url).port
    ours, theirs = socket.socketpair()
    child = os.fork()
    if not child:
        ours.close()
        theirs.sendall(b"here")
        theirs.recv(1)
        os._exit(endpoint._listener is not None)
    ours.recv(4)
    assert content(endpoint, connection, "again", model="demo:echo@1") == "again"
    assert connection.sock is kept
    endpoint.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    ours.close()
    theirs.close()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_exit_of_python_waits_for_nothing(tmp_path):
    """A program that ends with an open stream ends at once, and prints nothing."""
    program = tmp_path / "program.py"
    program.write_text(
        "import json, urllib.request\n"
        "from runware_magic.demo import DemoEndpoint\n"
        "endpoint = DemoEndpoint(pace=1000).start()\n"
        f"data = json.dumps({body('hello', model='demo:slow@1', stream=True)!r}).encode()\n"
        "headers = {'Authorization': 'Bearer ' + endpoint.key}\n"
        "request = urllib.request.Request(endpoint.base_url + '/chat/completions', data, headers)\n"
        "response = urllib.request.urlopen(request)\n"
        "response.readline()\n"
    )
    done = subprocess.run(  # our own program
        [sys.executable, "-W", "ignore::ResourceWarning", str(program)],
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
