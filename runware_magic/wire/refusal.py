"""From what a server says in an error, to the error that the user sees."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from runware_magic.chat.surrogates import encodable
from runware_magic.errors import (
    BalanceError,
    KeyRefusedError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    ServerFailedError,
)

_LONGEST = 300  # characters of a server's words in an error
_SECRET = 4  # characters from which on a key is one: shorter ones stand in for a key where none is wanted
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_OUTAGE_CODES = frozenset({"providerUnavailable", "serviceUnavailable"})
_STATUS_KIND: dict[int, tuple[type[RefusedError], str, str]] = {
    401: (KeyRefusedError, "does not accept the key", "Set RUNWARE_API_KEY anew, or run %runware login."),
    402: (BalanceError, "says that the balance is used up", "Add credit to the account, then run the cell again."),
    403: (KeyRefusedError, "forbids this", "Check what the key may do, or run %runware login with another."),
    404: (NotFoundError, "knows no such model or address", "%runware models lists the models; check base_url too."),
    408: (ServerFailedError, "gave up waiting", "Run the cell again."),
    413: (RefusedError, "finds the request too long", "Ask for less, or begin anew: %runware reset."),
    429: (RateLimitedError, "has too many requests", "Wait a little, then run the cell again."),
}
_FAILED = (ServerFailedError, "failed", "Run the cell again later, or try another model.")
_REJECTED = (RefusedError, "rejected the request", "Check the options of the cell.")
_KEPT = "What had arrived is kept."
_NO_ANSWER = (RefusedError, "sent no answer", "Check base_url.")
_BAD_KEY = frozenset({"invalid_api_key", "invalidApiKey"})
_MOVED = (
    RefusedError,
    "redirects elsewhere",
    "Set base_url to the address that answers: requests are never sent on.",
)


def clean(text: str, secret: str = "") -> str:
    """Make a server's words fit for one line: no control characters, not too long, without the key.

    Parameters
    ----------
    text
        What the server said.
    secret
        The key that it was sent, and may repeat.
    """
    if len(secret) >= _SECRET:
        # Before anything is cut off, else a part of it would be left.
        text = text.replace(secret, "…")
    line = _CONTROL.sub(" ", encodable(text)).strip()
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def described(value: object, secret: str = "") -> tuple[str, str | None] | None:
    """Find the message and the code in the parsed JSON of an error, whatever its shape.

    Parameters
    ----------
    value
        ``{"error": {…}}``, ``{"error": "…"}``, ``{"errors": […]}``, ``{"message": "…"}``, ``{"detail": …}``, a list
        of these, or text.
    secret
        As in `clean`.

    Returns
    -------
    tuple or None
        The message and the code, if there is one; None where nothing reads as an error.
    """
    match value:
        case str() if value.strip():
            return clean(value, secret), None
        case [first, *_]:
            return described(first, secret)
        case Mapping():
            for key in ("error", "errors", "detail"):
                if found := described(value.get(key), secret):
                    return found[0], found[1] or _code(value, secret)
            message = value.get("message") or value.get("msg")
            if not isinstance(message, str) or not message.strip():
                return None
            return clean(message, secret), _code(value, secret)
        case _:
            return None


def _code(value: Mapping[str, Any], secret: str) -> str | None:
    code = value.get("code") or value.get("type")
    return clean(str(code), secret) if isinstance(code, str | int) and not isinstance(code, bool) else None


def refused(status: int, body: str, *, host: str, secret: str = "") -> RefusedError:
    """Give the error for an answer that is none.

    Parameters
    ----------
    status
        The HTTP status.
    body
        JSON of any shape, HTML, or nothing.
    host
        Whose answer it is.
    secret
        As in `clean`.
    """
    found = described(_parsed(body), secret)
    # Some say it in plain words; what begins otherwise is a page, or broken.
    message, code = found or (clean(body, secret) if body[:1].isalpha() else "", None)
    kind, what, hint = _kind(status, code)
    page = not message and body.lstrip()[:1] == "<"
    if page and status < HTTPStatus.MULTIPLE_CHOICES:
        return RefusedError(f"{host} sent a page in place of an answer ({status}).", hint, status)
    said = f": {message}" if message else " and sent a page, not a reason" if page else ""
    return kind(_sentence(f"{host} {what} ({status}){said}"), hint, status, code)


def _kind(status: int, code: str | None) -> tuple[type[RefusedError], str, str]:
    if code in _OUTAGE_CODES or status >= HTTPStatus.INTERNAL_SERVER_ERROR:  # an outage was seen as a 400
        return _FAILED
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return _NO_ANSWER
    if status < HTTPStatus.BAD_REQUEST:
        return _MOVED
    return _STATUS_KIND.get(status, _REJECTED)


def reported(message: str, code: str | None, *, host: str, began: bool = True) -> RefusedError:
    """Give the error for one that came with status 200.

    Parameters
    ----------
    message, code
        What the endpoint said, made fit already.
    host
        Who said it.
    began
        Whether a piece of an answer had come before it.
    """
    kind, _, hint = _STATUS_KIND[401] if code in _BAD_KEY else _FAILED
    if began:
        return kind(_sentence(f"{host} broke the answer off: {message}"), f"{_KEPT} Run the cell again.", 200, code)
    return kind(_sentence(f"{host} reports: {message}"), hint, 200, code)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def asks_for_other_limit(error: Exception, sent: str, other: str) -> bool:
    """Tell whether an error is the 400 that wants the token limit under its other name."""
    # "max_tokens is not supported, use max_completion_tokens" names both, "unknown parameter max_tokens" only one.
    if not isinstance(error, RefusedError) or error.status != HTTPStatus.BAD_REQUEST:
        return False
    return re.search(rf"\b(?:{sent}|{other})\b", error.message) is not None


def retry_after(header: str | None, now: float) -> float | None:
    """Read a ``Retry-After`` header.

    Parameters
    ----------
    header
        Seconds, or a date.
    now
        Seconds since the epoch.

    Returns
    -------
    float or None
        Seconds to wait, at least 0; None when the header is missing or makes no sense.
    """
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(header).timestamp() - now
        except (ValueError, OverflowError):
            return None
    return max(0.0, seconds) if seconds == seconds else None  # noqa: PLR0124  # not a number


def _parsed(body: str) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
