"""Fixtures that all tests share."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from kernel import Kernel
from loopback import Loopback, Step
from terminal_ipython import asked, magics, shell, terminal  # noqa: F401  # fixtures
from urllib3.util import wait_for_write

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# How long an example takes is the machine's business, not a property of what is tested.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def _no_key_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the key or the endpoint of whoever runs it."""
    for name in ("RUNWARE_API_KEY", "RUNWARE_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def serve() -> Iterator[Callable[..., Loopback]]:
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


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """Start a kernel, once for the tests of a module."""
    started = Kernel(tmp_path_factory.mktemp("kernel"))
    yield started
    started.stop()


@pytest.fixture
def full():
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
