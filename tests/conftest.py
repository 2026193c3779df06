"""Fixtures that all tests share."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator

import pytest
from loopback import Loopback, Step
from terminal_ipython import asked, magics, shell, terminal  # noqa: F401  # fixtures


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
