"""Fixtures that all tests share."""

from __future__ import annotations

import gc
import http.client
import os
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from hurried import LEFT_OUT
from hypothesis import is_hypothesis_test, settings
from kernel import Kernel
from loopback import Loopback, Step
from urllib3.util import wait_for_write

from runware_magic.demo import DemoEndpoint
from runware_magic.engine.in_process_demo import InProcessDemo

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# How long an example takes is the machine's business, not a property of what is tested.
# The same few examples each time, unless others are asked for: what is found by chance is a fault of another day.
settings.register_profile("same", deadline=None, derandomize=True, max_examples=50)
settings.register_profile("explore", deadline=None, max_examples=int(os.environ.get("RUNWARE_EXAMPLES", "500")))
settings.load_profile("explore" if "RUNWARE_EXAMPLES" in os.environ else os.environ.get("HYPOTHESIS_PROFILE", "same"))

# jsonschema builds the grammars of all kinds of addresses when nbformat imports it: seconds in each process of the
# tests and in each that they start, and no schema of notebooks names one.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (LEFT_OUT, os.environ.get("PYTHONPATH"))))

#: Fixtures from `tests/support`. As plugins, for an import above would load nbformat before that.
pytest_plugins = ["cells", "terminal_ipython", "front_end", "function_calls"]

# The job in the background of a shell ignores interrupts, and so would every kernel that it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return as many as there are processors; twice as many for all tests, half of whose time is waiting."""
    waits = config.args_source is pytest.Config.ArgsSource.TESTPATHS and "not kernel" not in config.option.markexpr
    return (os.cpu_count() or 1) * (2 if waits else 1)


#: What a test is marked with, by the fixture that it uses, at whichever remove.
MARKED = {"_sockets": "socket", "_kernels": "kernel", "browser": "browser"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what a test needs, so that ``-m`` can leave it out; before pytest looks at the marks."""
    for item in items:
        for fixture, mark in MARKED.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(mark)
        if any(item.get_closest_marker(mark) for mark in MARKED.values()):
            # A busy machine can starve a server, a kernel or a page. pytest reports what it runs again.
            item.add_marker(pytest.mark.flaky(reruns=2))
        if is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker("fuzz")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Let no search for garbage go through the thousands of tests again: IPython searches whenever it is reset."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session")
def _sockets() -> None:
    """Let a test connect and listen; a test without this cannot."""


@pytest.fixture(scope="session")
def _kernels(_sockets: None) -> None:
    """Let a test start kernels, or other programs that take a second and more."""


@pytest.fixture(autouse=True)
def _no_socket_that_nobody_knows_of(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test that is not marked for sockets use none: so the marks are true."""
    if "_sockets" not in request.fixturenames:

        def no(*_: object) -> None:
            pytest.fail("this test uses a socket, and not the fixture `_sockets`")

        for name in ("bind", "connect", "connect_ex"):
            monkeypatch.setattr(socket.socket, name, no)


@pytest.fixture(autouse=True)
def _no_key_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the key or the endpoint of whoever runs it."""
    for name in ("RUNWARE_API_KEY", "RUNWARE_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def paced() -> None:
    """Let the built-in demo answer at a model's pace; without this it makes no pauses."""


@pytest.fixture(autouse=True)
def _no_pauses_of_the_demo(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test wait for words that it only wants to be there."""
    if "paced" not in request.fixturenames:
        monkeypatch.setitem(DemoEndpoint.__init__.__kwdefaults__, "pace", 0.0)
        monkeypatch.setattr(InProcessDemo.__init__, "__defaults__", (0.0,))


@pytest.fixture
def serve(_sockets: None) -> Iterator[Callable[..., Loopback]]:
    """Start servers that send exactly what they are told; stopped at the end."""
    servers: list[Loopback] = []

    def start(*replies: list[Step], tls: ssl.SSLContext | None = None) -> Loopback:
        servers.append(Loopback(list(replies), tls=tls))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Give what holds a server up; open in the end."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture(scope="session")
def running(_kernels: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """Start a kernel, once for all tests that leave it as it was."""
    started = Kernel(tmp_path_factory.mktemp("kernel"))
    yield started
    started.stop()


@pytest.fixture
def full(_sockets):
    """Give the port of a server that accepts nobody and has no place left for who waits."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        waiting = [socket.socket()]
        while True:
            waiting[-1].settimeout(0)
            waiting[-1].connect_ex(listener.getsockname())
            if not wait_for_write(waiting[-1], 0.2):
                break
            waiting.append(socket.socket())
        yield listener.getsockname()[1]
        for sock in waiting:
            sock.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give an installed Chrome or Chromium, or get one; never skip."""
    # Here: who tests without a browser needs none of it.
    from lab_server import launched
    from playwright.sync_api import sync_playwright

    try:
        with sync_playwright() as playwright, launched(playwright) as found:
            yield found
    except RuntimeError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def endpoint(_sockets):
    """Give a running endpoint without pauses."""
    with DemoEndpoint(pace=0) as running:
        yield running


@pytest.fixture
def connection(endpoint):
    """Give a connection to the endpoint."""
    opened = http.client.HTTPConnection(urlsplit(endpoint.base_url).netloc, timeout=10)
    yield opened
    opened.close()
