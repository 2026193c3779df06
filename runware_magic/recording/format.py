r"""Read and write the lines of recordings: requests, and their answers byte for byte with their times.

A recording is JSON lines, in UTF-8. The first line says what the file is::

    {"runware_recording": 1, "made": "2026-11-25T13:40:02Z", "what": "Answers of language models, as they came."}

Each line after it is one HTTP exchange, written when it had ended (here on several lines)::

    {"asked": "2026-11-25T13:40:07.031207Z", "attempt": 1, "sent_s": 0.0,
     "endpoint": "https://api.runware.ai/v1",
     "request": {"model": "minimax:m2.7@0", "messages": [{"role": "user", "content": "Hi"}],
                 "parameters": {"max_completion_tokens": 4096}, "stream": true},
     "answer": {"status": 200, "content_type": "text/event-stream", "after_s": 0.31,
                "body": [[0.31, "data: {…}\n\n"], [0.35, "data: {…}\n\n"]],
                "ended": "whole", "ended_s": 1.72}}

``asked``
    When, in UTC. All attempts of a request share it, and it orders equal requests. ``attempt`` counts from 1; each
    attempt was sent ``sent_s`` seconds after the first.
``endpoint``
    An address, or ``demo``.
``request``
    The request; ``{"list": "models"}`` for the list of models. It contains neither key nor headers.
``answer``
    ``after_s``, ``ended_s`` and the first entry of each piece of ``body`` are seconds since the attempt was sent. A
    piece that is not UTF-8 by itself is ``{"base64": "…"}``. ``ended`` is ``whole``, ``refused`` (a status other than
    200), ``closed`` (the connection was closed, which may have been the end), ``broken off``, ``silent`` (it timed out)
    or ``stopped`` (by the user). Without any answer, ``status`` is null, and ``ended`` is ``closed``, ``silent``,
    ``no server``, ``unknown name``, ``no connection`` or ``no secure connection``.

In a replay, equal requests get their answers in the order of ``asked``, one each time, and then the last one again. A
failed attempt is followed by the next one after the recorded time.

Readers skip lines that they cannot read, and names that they do not know. They refuse a higher version.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from runware_magic.chat.messages import Message
from runware_magic.chat.request import LIMIT, LOGPROBS, OLD_LIMIT, TOP_LOGPROBS, Request, fingerprint
from runware_magic.chat.structured import in_prompt
from runware_magic.chat.text import encodable
from runware_magic.protocol.chat_completions import CHAT_COMPLETIONS

#: How an exchange may end; see above.
WHOLE, REFUSED, CLOSED, BROKEN, SILENT, STOPPED = "whole", "refused", "closed", "broken off", "silent", "stopped"

_LONGEST_S = 1e6
_MOST_ATTEMPTS = 1_000_000
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{1,20}Z")
_STATUSES = range(100, 600)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One HTTP exchange, with the names of the file."""

    asked: str
    endpoint: str
    request: Request | None  # None for the list of models
    status: int | None  # None if there was no answer
    content_type: str = ""
    after_s: float = 0.0
    ended_s: float = 0.0
    pieces: tuple[tuple[float, bytes], ...] = ()  # the body: seconds since the attempt was sent, and bytes
    ended: str = WHOLE
    attempt: int = 1
    sent_s: float = 0.0

    @property
    def date(self) -> str:
        """The day, in UTC."""
        return self.asked[:10]


def same(request: Request | None) -> str:
    """Return a text that equal requests share; ways around a refusal (see `protocol.fallbacks`) make no difference."""
    if request is None:
        return ""
    free = {LOGPROBS, TOP_LOGPROBS, *({"reasoning_effort", "tool_choice"} if "tools" in request.parameters else ())}
    told = ((name, value) for name, value in request.parameters.items() if name not in free)
    parameters = {LIMIT if name == OLD_LIMIT else name: value for name, value in told}
    return fingerprint(in_prompt(replace(request, parameters=parameters)))


@dataclass(frozen=True, slots=True)
class Recording:
    """The exchanges of a recording."""

    name: str  # of its file, without the folder
    exchanges: tuple[Recorded, ...]  # in the order in which they ended
    remark: str = ""  # which of its lines could not be used, in one line; empty if all could

    def takes(self) -> dict[str, list[tuple[Recorded, ...]]]:
        """Return for each request, by `same`, what came each time it was sent: its attempts, in order.

        Stopped answers are left out if the same request has another answer.
        """
        asked: dict[tuple[str, str], list[Recorded]] = {}
        for each in sorted(self.exchanges, key=lambda each: (each.asked, each.attempt)):
            asked.setdefault((same(each.request), each.asked), []).append(each)
        takes: dict[str, list[tuple[Recorded, ...]]] = {}
        for (which, _), attempts in asked.items():
            takes.setdefault(which, []).append(tuple(attempts))
        return {
            which: [take for take in all_of_it if take[-1].ended != STOPPED] or all_of_it
            for which, all_of_it in takes.items()
        }


def to_line(recorded: Recorded) -> bytes:
    """Return the line of an exchange."""
    return line(
        {
            "asked": recorded.asked,
            "attempt": recorded.attempt,
            "sent_s": round(recorded.sent_s, 4),
            "endpoint": recorded.endpoint,
            "request": _asked(recorded.request),
            "answer": {
                "status": recorded.status,
                "content_type": recorded.content_type,
                "after_s": round(recorded.after_s, 4),
                "body": [[round(at_s, 4), _readable(piece)] for at_s, piece in recorded.pieces],
                "ended": recorded.ended,
                "ended_s": round(recorded.ended_s, 4),
            },
        }
    )


def from_json(value: object) -> Recorded:
    """Parse an exchange, which is not trusted: raise KeyError, TypeError or ValueError if it is invalid."""
    fields = _object(value)
    answer = _object(fields["answer"])
    status, asked, attempt = answer["status"], _text(fields["asked"]), fields.get("attempt", 1)
    if type(attempt) is not int or not 1 <= attempt <= _MOST_ATTEMPTS:
        raise ValueError
    if not _TIME.fullmatch(asked) or (status is not None and (type(status) is not int or status not in _STATUSES)):
        raise ValueError
    return Recorded(
        asked,
        _text(fields["endpoint"]),
        _request(_object(fields["request"])),
        status,
        # It becomes a header: visible ASCII only.
        "".join(char for char in _text(answer["content_type"]) if " " <= char <= "~"),
        _seconds(answer["after_s"]),
        _seconds(answer["ended_s"]),
        tuple((_seconds(at_s), _bytes(piece)) for at_s, piece in answer["body"]),
        _text(answer["ended"]),
        attempt,
        _seconds(fields.get("sent_s", 0.0)),
    )


def _asked(request: Request | None) -> dict[str, Any]:
    if request is None:
        return {"list": "models"}
    return {
        "model": request.model,
        "messages": [message.to_json() for message in request.messages],
        "parameters": dict(request.parameters),
        "stream": request.stream,
    }


def _request(fields: Mapping[str, Any]) -> Request | None:
    if fields.get("list") == "models":
        return None
    messages = tuple(Message.from_json(_object(message)) for message in fields["messages"])
    request = Request(_text(fields["model"]), messages, dict(_object(fields["parameters"])), bool(fields["stream"]))
    json.dumps(CHAT_COMPLETIONS.encode(request), allow_nan=False)
    return request


def _readable(piece: bytes) -> str | dict[str, str]:
    try:
        return piece.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(piece).decode()}


def _bytes(piece: object) -> bytes:
    if isinstance(piece, Mapping):
        return base64.b64decode(piece["base64"], validate=True)
    return _text(piece).encode()


def line(value: object) -> bytes:
    """Return a line of JSON."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False).encode() + b"\n"
    except UnicodeEncodeError:  # prompts may contain lone surrogates, which UTF-8 cannot encode
        return json.dumps(value, allow_nan=False).encode() + b"\n"


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return encodable(value)


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LONGEST_S:
        raise ValueError
    return float(value)
