"""A forked process works, and takes nothing from its parent."""

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import forking
import pytest
from loopback import ANSWER, Loopback, chunk, chunked, delta, finish, head, sse

from runware_magic.transport.connections import RequestCanceller
from runware_magic.transport.forks import Lock

PROGRAM = Path(forking.__file__)
OK = chunked([sse(value) for value in ANSWER])

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="counts what Linux tells of processes")


@pytest.fixture(scope="module", params=["_exit", "exit", "multiprocessing"])
def forked(_kernels, _sockets, request):
    """Fork with a kept connection, a running demo endpoint and a stream under way; give what both processes tell."""
    go_on = threading.Event()
    parts = [head(Transfer_Encoding="chunked"), chunk(sse(delta(content="par"))), go_on]
    rest = [chunk(sse(delta(content="tial"), finish(), "[DONE]")), b"0\r\n\r\n"]
    held = Loopback([[*parts, *rest]])
    # Asked by the parent, by the child, and by the parent again: only then the stream goes on.
    whole = Loopback([OK, OK, [lambda _: go_on.set(), *OK]])
    environment = {name: text for name, text in os.environ.items() if not name.startswith("RUNWARE_")}
    command = [sys.executable, "-W", "ignore::DeprecationWarning", str(PROGRAM), request.param, whole.url, held.url]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    yield json.loads(done.stdout), whole, held
    held.stop()
    whole.stop()


def test_a_child_starts_with_no_thread_and_can_ask(forked):
    """What was under way ends in one line and keeps what had arrived; asking opens connections of its own."""
    seen, whole, _ = forked
    child = seen["child"]
    assert child["threads"] == ["MainThread", "task"]
    assert child["stream"][0] == "ConnectionLostError"
    assert "\n" not in child["stream"][1]
    assert child["turns"] == ["par"]
    assert (child["kept"], child["demo"]) == ("Hello", "in the child")
    assert child["history"] == ["before", "Hello", "in the child", "Hello"]
    assert child["port"] != seen["port"]
    assert [heard.connection for heard in whole.heard] == [1, 2, 1]


def test_a_child_takes_nothing_from_its_parent(forked):
    """Neither by being there nor by ending: connections, endpoint and stream go on as if it had never been."""
    seen, whole, held = forked
    assert seen["status"] == 0
    assert seen["before"] == seen["after"]
    assert len(seen["before"][0]) == 5
    assert (seen["demo"], seen["kept"]) == ("after", "Hello")
    assert seen["stream"] == ["partial", "complete"]
    assert [heard.json["messages"][-1]["content"] for heard in whole.heard] == ["before", "in the child", "after"]
    assert (held.connections, len(held.heard)) == (1, 1)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_what_a_child_cuts_goes_on_in_its_parent():
    """Such as requests of a `map` that was begun before it: the child ends, and lets go of all that it knows."""
    ours, theirs = socket.socketpair()
    canceller = RequestCanceller()
    with ours, theirs, canceller:
        canceller.watch(ours)
        child = os.fork()
        if not child:
            canceller.cut()
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        ours.sendall(b"x")
        assert theirs.recv(2) == b"x"
        canceller.cut()
        assert theirs.recv(1) == b""


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_lock_is_free_in_a_child():
    """Though a thread of the parent holds it, which the child does not have."""
    lock, held, go_on = Lock(), threading.Event(), threading.Event()

    def hold():
        with lock:
            held.set()
            go_on.wait(60)

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(60)
    child = os.fork()
    if not child:
        os._exit(0 if lock.acquire(timeout=20) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert not lock.acquire(timeout=0.01)
    go_on.set()
    holder.join()
    assert lock.acquire(timeout=20)
