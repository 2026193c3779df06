"""Why there was no answer at all, in a word for a recording; and the same again, from that word."""

from __future__ import annotations

import socket

import requests
import urllib3.exceptions

from runware_magic.wire.failures import is_refused_connection, is_unknown_name
from runware_magic.wire.recordings import CLOSED, SILENT

NO_SERVER, UNKNOWN_NAME = "no server", "unknown name"
NO_CONNECTION, NO_SECURE_CONNECTION = "no connection", "no secure connection"


def why_unanswered(error: Exception) -> str:
    """Give the word for what requests raised, or urllib3 past it."""
    if is_refused_connection(error):
        return NO_SERVER
    if is_unknown_name(error):
        return UNKNOWN_NAME
    if isinstance(error, requests.exceptions.SSLError):
        return NO_SECURE_CONNECTION
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return NO_CONNECTION
    return SILENT if isinstance(error, requests.exceptions.ReadTimeout) else CLOSED


def unanswered(why: str, host: str, *, again: bool = True) -> requests.RequestException:
    """Give what requests would raise, for a word; the end of the connection for one that is not known.

    Parameters
    ----------
    why
        The word.
    host
        Who was asked.
    again
        Whether it was tried again then.
    """
    match why:
        case "no server":
            refused = urllib3.exceptions.NewConnectionError(None, "refused")  # type: ignore[arg-type]  # as of a recording
            refused.__cause__ = ConnectionRefusedError() if again else None
            return _wrapped(refused)
        case "unknown name":
            return _wrapped(urllib3.exceptions.NameResolutionError(host, None, socket.gaierror()))  # type: ignore[arg-type]
        case "no secure connection":
            return requests.exceptions.SSLError()
        case "no connection":
            return requests.exceptions.ConnectTimeout()
        case "silent":
            return requests.exceptions.ReadTimeout()
    return requests.exceptions.ConnectionError()


def _wrapped(reason: Exception) -> requests.exceptions.ConnectionError:
    return requests.exceptions.ConnectionError(urllib3.exceptions.MaxRetryError(None, "", reason))  # type: ignore[arg-type]
