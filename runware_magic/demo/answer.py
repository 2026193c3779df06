"""Compute the demo's answers: from a request to bytes and their times, without a connection."""

from __future__ import annotations

import hmac
import json
import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from runware_magic.demo import probabilities, stream, voices
from runware_magic.demo.chance import Repeats
from runware_magic.demo.models import MODELS
from runware_magic.demo.request import Ask, RefusalError, read

_METHODS = {"/v1/chat/completions": "POST", "/v1/models": "GET"}


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response of the demo."""

    status: int
    headers: Mapping[str, str]  # without Content-Length and Transfer-Encoding
    pieces: Iterable[tuple[float, bytes]]  # the body: seconds to pause at pace 1, and the bytes to send then
    size: int | None = None  # of the body, as the header says; None for a stream
    drops: bool = False  # whether the connection breaks before the end of the body


@dataclass(frozen=True, slots=True)
class Script:
    """Answers requests, without a connection."""

    # Random, so that no other user of this machine can ask.
    key: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    _repeats: Repeats = field(default_factory=Repeats, repr=False)

    def answer(self, method: str, target: str, authorization: str, body: bytes) -> Answer:
        """Return the response to a request; `target` is its path or address, `authorization` its header."""
        try:
            return self._routed(method, urlsplit(target).path, authorization, body)
        except RefusalError as refusal:
            return refused(refusal)

    def _routed(self, method: str, path: str, authorization: str, body: bytes) -> Answer:
        if path not in _METHODS:
            known = " and ".join(f"{method} {path}" for path, method in _METHODS.items())
            raise RefusalError(404, "unknown_url", f"There is no such address here; use {known}.")
        if method != _METHODS[path]:
            message = f"{path} takes {_METHODS[path]}, not {method}."
            raise RefusalError(405, "method_not_allowed", message, headers={"Allow": _METHODS[path]})
        self._check_key(authorization)
        if method == "GET":
            return _whole(200, {"object": "list", "data": [model.row() for model in MODELS]})
        return _said(self._repeats.counted(read(body)))

    def _check_key(self, authorization: str) -> None:
        scheme, _, key = authorization.partition(" ")
        # As bytes: `compare_digest` accepts only ASCII texts.
        same = hmac.compare_digest(key.strip().encode("utf-8", "replace"), self.key.encode())
        if scheme.lower() != "bearer" or not same:
            message = "Invalid API key: this is the demo endpoint, which accepts only its own key."
            raise RefusalError(401, "invalid_api_key", message, headers={"WWW-Authenticate": "Bearer"})


def refused(refusal: RefusalError) -> Answer:
    """Return a refusal as a response."""
    return _whole(refusal.status, refusal.body(), refusal.headers)


def _said(ask: Ask) -> Answer:
    choices = [stream.spoken(one, voices.reply(one)) for one in probabilities.choices(ask)]
    answer_id = f"chatcmpl-{secrets.token_hex(12)}"
    if ask.stream:
        headers = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}
        return Answer(200, headers, stream.steps(ask, choices, answer_id), drops=ask.model.drops)
    completion = stream.completion(ask, choices, answer_id, int(time.time()))
    longest = max(said.generated for said in choices)
    took_s = ask.model.wait_s + longest / ask.model.tokens_per_s
    return _whole(200, completion, after_s=took_s, drops=ask.model.drops)


def _whole(
    status: int, value: object, headers: Mapping[str, str] | None = None, *, after_s: float = 0.0, drops: bool = False
) -> Answer:
    data = json.dumps(value).encode("ascii")
    sent = data[: len(data) // 2] if drops else data
    return Answer(status, {"Content-Type": "application/json", **(headers or {})}, [(after_s, sent)], len(data), drops)
