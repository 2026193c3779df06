"""Map what requests and urllib3 raise to the errors that users see."""

from __future__ import annotations

import ssl
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException, IncompleteRead
from pathlib import Path

import requests
import urllib3.exceptions

from runware_magic.errors import ConnectError, ConnectionLostError, RunwareError, TimedOutError, TransportError, Words
from runware_magic.protocol.errors import THEN_AGAIN, left
from runware_magic.transport.connections import RequestCanceller
from runware_magic.transport.endpoint import Endpoint
from runware_magic.transport.local_causes import bundle_variable, cause_of, local_cause, root_of
from runware_magic.transport.timeouts import Timeouts

_LONGER = Words(" To wait longer, raise RunwareMagics.idle_timeout.", "")
_BILLED = left(began=False, told=False)
_ADDRESS = "Check base_url and the network."


def not_answered(  # noqa: PLR0911  # one return a cause
    error: Exception, where: Endpoint, timeouts: Timeouts, *, connecting: bool
) -> RunwareError:
    """Return the error for a request without any answer.

    `error` is what requests raised, or urllib3 past it; `connecting` says whether the connection was still being made.
    """
    host, cause = where.host, cause_of(error)
    connect_s, idle_s = timeouts.connect_s, timeouts.idle_s
    if local := local_cause(error, where):
        return local
    if isinstance(error, requests.exceptions.SSLError):
        unverified = "CERTIFICATE_VERIFY_FAILED" in str(error)
        why = "its certificate could not be verified" if unverified else "the TLS handshake failed"
        hint = f"Check base_url and {bundle_variable(where) or 'the certificates'}."
        return ConnectError(f"No secure connection to {host}: {why}.", hint)
    if is_unknown_name(error):
        return ConnectError(f"The host name {host} was not found.", _ADDRESS)
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return ConnectError(f"{host} did not accept a connection within {connect_s:g} s.", _ADDRESS)
    if isinstance(cause, urllib3.exceptions.NewConnectionError):
        # A replayed refusal has no cause.
        refused = isinstance(cause.__cause__, ConnectionRefusedError | None)
        how = "refused the connection (nothing is listening there)" if refused else "could not be reached"
        return ConnectError(f"{host} {how}.", _ADDRESS)
    if connecting and isinstance(error, requests.exceptions.Timeout | TimeoutError):
        return ConnectError(f"{host} did not complete the handshake within {connect_s:g} s.", _ADDRESS)
    if connecting:
        return ConnectError(f"{host} closed the connection during the handshake.", _ADDRESS)
    if isinstance(error, requests.exceptions.ReadTimeout):
        return TimedOutError(f"{host} sent nothing for {idle_s:g} s.", _BILLED + _LONGER)
    root = root_of(error)
    if isinstance(root, HTTPException) and not isinstance(root, ConnectionError | IncompleteRead):
        return ConnectionLostError(f"{host} sent a reply that is not HTTP.", _BILLED + " Check base_url.")
    return ConnectionLostError(f"{host} closed the connection without an answer.", _BILLED)


def is_unknown_name(error: Exception) -> bool:
    """Whether the name of the endpoint could not be resolved."""
    return isinstance(cause_of(error), urllib3.exceptions.NameResolutionError)


def is_refused_connection(error: Exception) -> bool:
    """Whether no server was listening: nothing was sent, so trying again costs nothing."""
    cause = cause_of(error)
    was_tried = isinstance(cause, urllib3.exceptions.NewConnectionError) and not is_unknown_name(error)
    return was_tried and isinstance(cause.__cause__, ConnectionRefusedError)


def is_stale_connection(error: Exception, canceller: RequestCanceller) -> bool:
    """Whether a kept connection was dead before a byte came: the server read nothing, so it is safe to try again."""
    dead = isinstance(root_of(error), ConnectionError | ssl.SSLEOFError)
    return dead and canceller.reused and not canceller.replied and not canceller.is_cut


def broken_off(error: Exception, *, host: str, idle_s: float, hint: str | Words) -> RunwareError:
    """Return the error for an answer that broke off, from what urllib3 raised."""
    if isinstance(error, urllib3.exceptions.ReadTimeoutError | TimeoutError):
        return TimedOutError(f"{host} sent nothing more for {idle_s:g} s.", hint + _LONGER)
    if isinstance(error, urllib3.exceptions.DecodeError):
        return ConnectionLostError(f"{host} sent bytes that cannot be decompressed.", hint)
    return ConnectionLostError(f"{host} closed the connection before the answer was complete.", hint)


@contextmanager
def unexpected_in_one_line() -> Iterator[None]:
    """Turn unexpected errors into one line without a traceback: its frames would show headers and prompts."""
    try:
        yield
    except RunwareError:
        raise
    except Exception as error:  # noqa: BLE001  # a bug, here or in a library
        # The kind and the place only: the text of the error may hold anything.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{'/'.join(Path(frame.filename).parts[-2:])}:{frame.lineno}"
        msg = f"Unexpected error while talking to the endpoint: {type(error).__name__} in {place}."
        raise TransportError(msg, "It may have been billed. Please report this, " + THEN_AGAIN) from None
