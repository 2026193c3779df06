"""Write the reason why there was no answer as a word in a recording, and raise it again from that word."""

from __future__ import annotations

import socket

import requests
import urllib3.exceptions

from runware_magic.recording.format import CLOSED, SILENT
from runware_magic.transport.errors import is_refused_connection, is_unknown_name

NO_SERVER, UNKNOWN_NAME = "no server", "unknown name"
_KINDS = {
    "no secure connection": requests.exceptions.SSLError,
    "no connection": requests.exceptions.ConnectTimeout,
    SILENT: requests.exceptions.ReadTimeout,
}


def why_unanswered(error: Exception) -> str:
    """Return the word for what requests raised, or urllib3 past it."""
    if is_refused_connection(error):
        return NO_SERVER
    if is_unknown_name(error):
        return UNKNOWN_NAME
    return next((why for why, kind in _KINDS.items() if isinstance(error, kind)), CLOSED)


def unanswered(why: str, *, again: bool = True) -> requests.RequestException:
    """Return what requests would raise, for a word; a lost connection for unknown words.

    `again` is whether the request was tried again when it was recorded.
    """
    if why == NO_SERVER:
        refused = urllib3.exceptions.NewConnectionError(None, "refused")  # type: ignore[arg-type]  # no connection
        refused.__cause__ = ConnectionRefusedError() if again else None
        return _wrapped(refused)
    if why == UNKNOWN_NAME:
        return _wrapped(urllib3.exceptions.NameResolutionError("", None, socket.gaierror()))  # type: ignore[arg-type]
    return _KINDS.get(why, requests.exceptions.ConnectionError)()


def _wrapped(reason: Exception) -> requests.exceptions.ConnectionError:
    return requests.exceptions.ConnectionError(urllib3.exceptions.MaxRetryError(None, "", reason))  # type: ignore[arg-type]
