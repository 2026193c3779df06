"""The key on its way into a request: lent to the connection for one request, and filled in at the socket.

requests, urllib3 and http.client hold the headers of a request in many frames and objects, and http.client prints them
when it is told to. What they see of the key is a word that stands for it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from requests.auth import AuthBase

from runware_magic.wire.endpoint import Key

_lent = threading.local()


class Bearer(AuthBase):
    """Says where the key belongs; given as ``auth``, so that requests does not look into ~/.netrc instead."""

    def __init__(self, key: Key | None) -> None:
        self._key = key

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        """Write the word into the header."""
        if self._key:
            prepared.headers["Authorization"] = f"Bearer {self._key!r}"
        return prepared


@contextmanager
def lending(key: Key | None) -> Iterator[None]:
    """Let the requests of this thread have the key, as long as the block lasts."""
    _lent.key = key
    try:
        yield
    finally:
        _lent.key = None


def lent() -> Key | None:
    """Give the key that this thread may use now."""
    return getattr(_lent, "key", None)


class Borrower:
    """A connection that fills in the key that it was lent; mixed into those of http.client."""

    def send(self, data: Any) -> None:  # noqa: ANN401  # whatever http.client sends
        """Send; in the head of a request the key takes the place of its word."""
        super().send(_filled(data))  # type: ignore[misc]  # see above


def _filled(data: Any) -> Any:  # noqa: ANN401  # as above
    key = lent()
    # A line of a head: no JSON, so no prompt, can hold it with its line ends.
    if key is None or not isinstance(data, bytes) or _line(repr(key)) not in data:
        return data
    # A view shows its address in place of its content, to whoever looks at the frames that it passes through.
    return memoryview(data.replace(_line(repr(key)), _line(key.reveal()), 1))


def _line(word: str) -> bytes:
    return f"\r\nAuthorization: Bearer {word}\r\n".encode("latin-1")
