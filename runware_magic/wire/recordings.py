r"""Recordings: what was asked of endpoints and what came, byte for byte and when, in a file that people can read.

A recording is JSON lines, in UTF-8. The first says what it is::

    {"runware_recording": 1, "made": "2026-11-25T13:40:02Z", "what": "Answers of language models, as they came."}

Each line after it is one exchange over HTTP, written when it had ended (here on several lines)::

    {"asked": "2026-11-25T13:40:07.031207Z", "attempt": 1, "sent_s": 0.0,
     "endpoint": "https://api.runware.ai/v1",
     "request": {"model": "minimax:m2.7@0", "messages": [{"role": "user", "content": "Hi"}],
                 "parameters": {"max_completion_tokens": 4096}, "stream": true},
     "answer": {"status": 200, "content_type": "text/event-stream", "after_s": 0.31,
                "body": [[0.31, "data: {…}\n\n"], [0.35, "data: {…}\n\n"]],
                "ended": "whole", "ended_s": 1.72}}

``asked``
    When, in UTC. The attempts of one request have it in common; of the same request asked several times, it tells the
    order. ``attempt`` counts from 1; each was sent ``sent_s`` seconds after the first.
``endpoint``
    Who answered: an address, or ``demo``.
``request``
    What was asked; ``{"list": "models"}`` stands for the list of models. Neither key nor header is in it.
``answer``
    ``after_s``, ``ended_s`` and the first entry of each piece of ``body`` are seconds since the attempt was sent. A
    piece that is not UTF-8 by itself is ``{"base64": "…"}``. ``ended`` is ``whole``, ``refused`` (a status other than
    200), ``closed`` (the line was closed, which may have been the end), ``broken off``, ``silent`` (it timed out) or
    ``stopped`` (by the user). Where there was no answer at all, ``status`` is null, and ``ended`` is ``closed``,
    ``silent``, ``no server``, ``unknown name``, ``no connection`` or ``no secure connection``.

Replayed, the same request has its answers in the order of ``asked``, one each time, and then the last one again; of
attempts that failed, each is followed by the next after the time that it took then.

Readers pass over a line that they cannot read, and over names that they do not know; where the number of the version is
higher than theirs, they read nothing.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from runware_magic.chat.grid import fingerprint
from runware_magic.chat.messages import Message
from runware_magic.chat.request import LIMIT, OLD_LIMIT, Request
from runware_magic.chat.surrogates import encodable

#: How an exchange may end; what each means stands above.
WHOLE, REFUSED, CLOSED, BROKEN, SILENT, STOPPED = "whole", "refused", "closed", "broken off", "silent", "stopped"

_LONGEST_S = 1e6
_MOST_ATTEMPTS = 1_000_000
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{1,20}Z")
_STATUSES = range(100, 600)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One exchange.

    Attributes
    ----------
    asked, attempt, sent_s, endpoint
        As in the file.
    request
        None for the list of models.
    status
        Of HTTP; None where there was no answer.
    content_type
        As the endpoint called it.
    after_s, ended_s
        Seconds until the answer began, and until it ended.
    pieces
        The body: seconds, and bytes.
    ended
        How.
    """

    asked: str
    endpoint: str
    request: Request | None
    status: int | None
    content_type: str = ""
    after_s: float = 0.0
    ended_s: float = 0.0
    pieces: tuple[tuple[float, bytes], ...] = ()
    ended: str = WHOLE
    attempt: int = 1
    sent_s: float = 0.0

    @property
    def date(self) -> str:
        """The day, in UTC."""
        return self.asked[:10]

    @property
    def body(self) -> bytes:
        """All of it."""
        return b"".join(piece for _, piece in self.pieces)


def same(request: Request | None) -> str:
    """Give what equal requests have in common; the two names of the token limit are one."""
    if request is None:
        return ""
    names = {OLD_LIMIT: LIMIT}
    parameters = {names.get(name, name): value for name, value in request.parameters.items()}
    return fingerprint(replace(request, parameters=parameters))


@dataclass(frozen=True, slots=True)
class Recording:
    """What was recorded.

    Attributes
    ----------
    name
        What it is called: the name of its file, without the folder.
    exchanges
        In the order in which they ended.
    remark
        What of it could not be used, in one line; empty where all could.
    """

    name: str
    exchanges: tuple[Recorded, ...]
    remark: str = ""

    def takes(self) -> dict[str, list[tuple[Recorded, ...]]]:
        """Give for each request, by `same`, what came each time that it was asked: its attempts, in order.

        What somebody stopped is left out where the same request has another answer.
        """
        asked: dict[tuple[str, str], list[Recorded]] = {}
        for each in sorted(self.exchanges, key=lambda each: (each.asked, each.attempt)):
            asked.setdefault((same(each.request), each.asked), []).append(each)
        takes: dict[str, list[tuple[Recorded, ...]]] = {}
        for (which, _), attempts in asked.items():
            takes.setdefault(which, []).append(tuple(attempts))
        for which, all_of_it in takes.items():
            takes[which] = [take for take in all_of_it if take[-1].ended != STOPPED] or all_of_it
        return takes


def to_line(recorded: Recorded) -> bytes:
    """Give the line of an exchange."""
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
    """Read the parsed line of an exchange, not trusted.

    Raises
    ------
    KeyError, TypeError, ValueError
        When it is none.
    """
    fields = _object(value)
    answer = _object(fields["answer"])
    status = answer["status"]
    if status is not None and (type(status) is not int or status not in _STATUSES):
        msg = "no status of HTTP"
        raise ValueError(msg)
    return Recorded(
        _time(fields["asked"]),
        _text(fields["endpoint"]),
        _request(_object(fields["request"])),
        status,
        # A header of what is told to requests: visible ASCII.
        "".join(char for char in _text(answer["content_type"]) if " " <= char <= "~"),
        _seconds(answer["after_s"]),
        _seconds(answer["ended_s"]),
        tuple((_seconds(at_s), _bytes(piece)) for at_s, piece in answer["body"]),
        _text(answer["ended"]),
        _count(fields.get("attempt", 1)),
        _seconds(fields.get("sent_s", 0.0)),
    )


def request_in(body: bytes) -> Request:
    """Give the request that a body asks.

    Raises
    ------
    KeyError, TypeError, ValueError
        When it is none.
    """
    fields = dict(_object(json.loads(body)))
    model, messages, stream = fields.pop("model"), fields.pop("messages"), bool(fields.pop("stream"))
    if stream:
        fields.pop("stream_options", None)
    return Request(_text(model), tuple(Message.from_json(message) for message in messages), fields, stream)


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
    json.dumps(request.body(), allow_nan=False)
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
    """Give a line of JSON."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False).encode() + b"\n"
    except UnicodeEncodeError:  # prompts may hold halves of characters, which UTF-8 has no bytes for
        return json.dumps(value, allow_nan=False).encode() + b"\n"


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        msg = "expected an object"
        raise TypeError(msg)
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        msg = "expected text"
        raise TypeError(msg)
    return encodable(value)


def _time(value: object) -> str:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        msg = "expected a time in UTC"
        raise ValueError(msg)
    return value


def _count(value: object) -> int:
    if type(value) is not int or not 1 <= value <= _MOST_ATTEMPTS:
        msg = "expected a number from 1"
        raise ValueError(msg)
    return value


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LONGEST_S:
        msg = "expected seconds"
        raise ValueError(msg)
    return float(value)


def in_order(exchanges: Iterable[Recorded]) -> Iterator[Recorded]:
    """Give each request that was recorded once, in the order in which it was first asked."""
    known: set[str] = set()
    for each in sorted(exchanges, key=lambda each: each.asked):
        if each.request is not None and (which := same(each.request)) not in known:
            known.add(which)
            yield each
