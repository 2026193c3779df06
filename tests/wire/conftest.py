"""The demo endpoint, for the tests that talk to it."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import pytest
from cells import session  # noqa: F401  # a fixture

from runware_magic.wire.demo import DemoEndpoint


@pytest.fixture
def endpoint():
    """Give a running endpoint without pauses."""
    with DemoEndpoint(pace=0) as running:
        yield running


@pytest.fixture
def connection(endpoint):
    """Give a connection to the endpoint."""
    opened = http.client.HTTPConnection(urlsplit(endpoint.base_url).netloc, timeout=10)
    yield opened
    opened.close()
