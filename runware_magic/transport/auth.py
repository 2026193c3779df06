"""Keep the key out of a request until it is sent.

requests, urllib3 and http.client hold the headers of a request in many frames and objects, and http.client can print
them. They see a placeholder only. The key is lent to the thread for one request, and replaces the placeholder when the
bytes go to the socket.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from requests.auth import AuthBase

from runware_magic.transport.endpoint import Key

_lent = threading.local()


class Bearer(AuthBase):
    """Adds the placeholder as a header. Passed as ``auth``, so that requests does not read ~/.netrc instead."""

    def __init__(self, key: Key | None) -> None:
        self._key = key

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header."""
        if self._key:
            prepared.headers["Authorization"] = f"Bearer {self._key!r}"
        return prepared


@contextmanager
def lending(key: Key | None) -> Iterator[None]:
    """Lend the key to the requests of this thread within the block."""
    _lent.key = key
    try:
        yield
    finally:
        _lent.key = None


def lent() -> Key | None:
    """Return the key that this thread may use now."""
    return getattr(_lent, "key", None)


class Borrower:
    """Fills in the key that was lent; a mixin of http.client's connections."""

    def send(self, data: Any) -> None:  # noqa: ANN401  # whatever http.client sends
        """Send; in the head of a request, the key replaces its placeholder."""
        key = lent()
        # With the line ends of a header: no JSON, so no prompt, can contain it.
        if key is not None and isinstance(data, bytes) and _line(repr(key)) in data:
            # A memoryview's repr does not show its content, where a traceback prints the frames that it passes through.
            data = memoryview(data.replace(_line(repr(key)), _line(key.reveal()), 1))
        super().send(data)  # type: ignore[misc]  # see above


def _line(word: str) -> bytes:
    return f"\r\nAuthorization: Bearer {word}\r\n".encode("latin-1")
