"""Maps a server's error to the exception that the user sees."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from http import HTTPStatus

from runware_magic.chat.parts import FilePart, ImagePart
from runware_magic.chat.request import Request
from runware_magic.errors import (
    BalanceError,
    KeyRefusedError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    ServerFailedError,
    Words,
)
from runware_magic.protocol.complaints import clean, described, parsed

AGAIN = Words("Run the cell again.", "Ask again.")
THEN_AGAIN = Words("then run the cell again.", "then ask again.")


def left(*, began: bool, told: bool, advice: str | Words = AGAIN) -> str | Words:
    """Return the hint of an interrupted answer: what is kept, what it may have cost, and the advice.

    `began` tells whether a piece of the answer had come, `told` whether usage had been reported.
    """
    if not began:
        return "It may have been billed. " + advice
    return f"The text so far is kept{'' if told else '; its cost is unknown'}. " + advice


_OUTAGE_CODES = frozenset({"providerUnavailable", "serviceUnavailable"})
_STATUS_KIND: dict[int, tuple[type[RefusedError], str, str | Words]] = {
    401: (
        KeyRefusedError,
        "rejected the key",
        "Set a new RUNWARE_API_KEY, or " + Words("run %runware login.", "give another api_key."),
    ),
    402: (BalanceError, "reports an empty balance", "Add credit to the account, " + THEN_AGAIN),
    403: (
        KeyRefusedError,
        "denied access",
        "Check the permissions of the key, or "
        + Words("run %runware login with another key.", "give another api_key."),
    ),
    404: (
        NotFoundError,
        "found no such model or address",
        Words("%runware models lists the models; check base_url too.", "Check model and base_url."),
    ),
    408: (ServerFailedError, "timed out", AGAIN),
    413: (
        RefusedError,
        "rejected the request as too long",
        "Shorten the prompt, or start over" + Words(": %runware reset.", " with a new Chat."),
    ),
    429: (RateLimitedError, "is limiting requests", "Wait a little, " + THEN_AGAIN),
}
_FAILED = (
    ServerFailedError,
    "failed",
    Words("Run the cell again later, or try another model.", "Ask again later, or try another model."),
)
_REJECTED = (RefusedError, "rejected the request", Words("Check the options of the cell.", "Check the parameters."))
_NO_ANSWER = (RefusedError, "sent no answer", "Check base_url.")
# How servers refuse a part of a message that they, or the model, cannot read.
_REJECTS_PARTS = frozenset({400, 415, 422})
_BAD_KEY = frozenset({"invalid_api_key", "invalidApiKey"})
_MOVED = (
    RefusedError,
    "redirects to another address",
    "Set base_url to the final address: redirects are not followed.",
)


def refused(status: int, body: str, *, host: str, request: Request | None = None) -> RefusedError:
    """Return the exception for a response that is no answer, given its status and its body (JSON, HTML, or nothing)."""
    found = described(parsed(body))
    # Some servers answer in plain text; what does not begin with a letter is HTML, or broken.
    message, code = found or (clean(body) if body[:1].isalpha() else "", None)
    kind, what, hint = _kind(status, code)
    if status in _REJECTS_PARTS and request is not None:
        hint = _hint_on_parts(request) or hint
    page = not message and body.lstrip()[:1] == "<"
    if page and status < HTTPStatus.MULTIPLE_CHOICES:
        return RefusedError(f"{host} sent a web page instead of an answer ({status}).", hint, status)
    said = f": {message}" if message else " and sent a web page without a reason" if page else ""
    return kind(_sentence(f"{host} {what} ({status}){said}"), hint, status, code)


def _hint_on_parts(request: Request) -> str:
    parts = [part for message in request.messages for part in message.parts]
    kinds = (("PDF files", FilePart), ("pictures", ImagePart))
    sent = [name for name, kind in kinds if any(isinstance(part, kind) for part in parts)]
    return f"Perhaps this model does not read {' or '.join(sent)}: send text, or try another model." if sent else ""


def _kind(status: int, code: str | None) -> tuple[type[RefusedError], str, str | Words]:
    if code in _OUTAGE_CODES or status >= HTTPStatus.INTERNAL_SERVER_ERROR:  # some servers report an outage as 400
        return _FAILED
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return _NO_ANSWER
    if status < HTTPStatus.BAD_REQUEST:
        return _MOVED
    return _STATUS_KIND.get(status, _REJECTED)


def reported(message: str, code: str | None, *, host: str, began: bool = True) -> RefusedError:
    """Return the exception for an error that came with status 200, before or after the answer `began`."""
    kind, _, hint = _STATUS_KIND[401] if code in _BAD_KEY else _FAILED
    what = "stopped the answer with" if began else "reported"
    hint = "The text so far is kept. " + AGAIN if began else hint
    return kind(_sentence(f"{host} {what} an error: {message}"), hint, 200, code)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def retry_after(header: str | None, now: float) -> float | None:
    """Return the seconds from `now` that a ``Retry-After`` header asks for; None if it makes no sense."""
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
