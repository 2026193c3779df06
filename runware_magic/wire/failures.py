"""From what requests and urllib3 raise, to the error that the user sees."""

from __future__ import annotations

import ssl
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException, IncompleteRead
from pathlib import Path

import requests
import urllib3.exceptions

from runware_magic.errors import ConnectError, ConnectionLostError, RunwareError, TimedOutError, TransportError
from runware_magic.wire.connections import Cutter
from runware_magic.wire.losses import left

_BILLED = left(began=False, told=False)
_ADDRESS = "Check base_url and the network."


def not_answered(  # noqa: PLR0911  # one return a cause
    error: Exception, *, host: str, connect_s: float, idle_s: float, connecting: bool = False
) -> RunwareError:
    """Give the error for a request without any answer.

    Parameters
    ----------
    error
        What requests raised, or urllib3 past it.
    host
        Who was asked.
    connect_s, idle_s
        The time-outs in seconds.
    connecting
        Whether the connection was still being made.
    """
    cause = _cause(error)
    if isinstance(error, requests.exceptions.SSLError):
        return ConnectError(f"No secure connection to {host}: {_tls(error)}.", "Check base_url and the certificates.")
    if isinstance(error, requests.exceptions.ProxyError):
        return ConnectError(f"The proxy does not let through to {host}.", "Check HTTPS_PROXY and NO_PROXY.")
    if is_unknown_name(error):
        return ConnectError(f"The name {host} is not known.", _ADDRESS)
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return ConnectError(f"{host} did not accept a connection within {connect_s:g} s.", _ADDRESS)
    if isinstance(cause, urllib3.exceptions.NewConnectionError):
        return ConnectError(f"{host} accepts no connection.", _ADDRESS)
    if connecting and isinstance(error, requests.exceptions.Timeout | TimeoutError):
        return ConnectError(f"{host} did not finish the handshake within {connect_s:g} s.", _ADDRESS)
    if connecting:
        return ConnectError(f"{host} broke the handshake off.", _ADDRESS)
    if isinstance(error, requests.exceptions.ReadTimeout):
        return TimedOutError(f"{host} sent nothing for {idle_s:g} s.", _BILLED)
    if _is_no_http(cause):
        return ConnectionLostError(f"{host} sent something that is no HTTP.", f"{_BILLED} Check base_url.")
    return ConnectionLostError(f"{host} closed the connection without an answer.", _BILLED)


def is_unknown_name(error: Exception) -> bool:
    """Tell whether the name of the endpoint led nowhere."""
    return isinstance(_cause(error), urllib3.exceptions.NameResolutionError)


def is_refused_connection(error: Exception) -> bool:
    """Tell whether no server was there: nothing was sent, so trying again costs nothing."""
    cause = _cause(error)
    return (
        isinstance(cause, urllib3.exceptions.NewConnectionError)
        and not isinstance(cause, urllib3.exceptions.NameResolutionError)
        and isinstance(cause.__cause__, ConnectionRefusedError)
    )


def is_dead_connection(error: Exception) -> bool:
    """Tell whether the other side had gone: no time-out, nothing that it said."""
    cause = _cause(error)
    wrapped = isinstance(cause, urllib3.exceptions.ProtocolError | urllib3.exceptions.SSLError) and cause.args
    return isinstance(cause.args[-1] if wrapped else cause, ConnectionError | ssl.SSLEOFError)


def met_closed_door(error: Exception, cutter: Cutter) -> bool:
    """Tell whether a kept connection was dead before it brought a byte: nothing was read, so it is tried once more."""
    return cutter.reused and not cutter.replied and not cutter.is_cut and is_dead_connection(error)


def broken_off(error: Exception, *, host: str, idle_s: float, hint: str) -> RunwareError:
    """Give the error for an answer that broke off.

    Parameters
    ----------
    error
        What urllib3 raised.
    host
        Who was answering.
    idle_s
        The time-out in seconds.
    hint
        What to do about it.
    """
    if isinstance(error, urllib3.exceptions.ReadTimeoutError | TimeoutError):
        return TimedOutError(f"{host} sent nothing more for {idle_s:g} s.", hint)
    if isinstance(error, urllib3.exceptions.DecodeError):
        return ConnectionLostError(f"{host} sent bytes that cannot be decompressed.", hint)
    return ConnectionLostError(f"{host} went away in the middle of the answer.", hint)


def crashed(error: Exception) -> TransportError:
    """Give the error for what nobody expected: a bug, here or in a library.

    Parameters
    ----------
    error
        What was raised. Its kind and its place are told, its words are not: they may hold anything.
    """
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {'/'.join(Path(frames[-1].filename).parts[-2:])}:{frames[-1].lineno}" if frames else ""
    msg = f"Talking to the endpoint broke down: {type(error).__name__}{place}."
    return TransportError(msg, "Whether it was billed is unknown. Please report this, then run the cell again.")


@contextmanager
def crashes_told() -> Iterator[None]:
    """Turn what nobody expected into an error of one line: its frames would show headers and prompts."""
    try:
        yield
    except RunwareError:
        raise
    except Exception as error:  # noqa: BLE001  # that is the point
        raise crashed(error) from None


def _is_no_http(cause: BaseException) -> bool:
    """Tell whether something came that cannot be read, and not merely the end."""
    told = cause.args[-1] if isinstance(cause, urllib3.exceptions.ProtocolError) and cause.args else cause
    return isinstance(told, HTTPException) and not isinstance(told, ConnectionError | IncompleteRead)


def _cause(error: Exception) -> BaseException:
    """Find what urllib3 raised: requests wraps it once, and its MaxRetryError once more."""
    inner = error.args[0] if error.args else error
    reason = getattr(inner, "reason", None)
    return reason if isinstance(reason, BaseException) else inner if isinstance(inner, BaseException) else error


def _tls(error: requests.exceptions.SSLError) -> str:
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return "its certificate is not valid here"
    return "the other side does not speak TLS as expected"
