r"""Recordings: what was asked of endpoints and what came, byte for byte and when, in a file that people can read.

A recording is JSON lines, in UTF-8. The first says what it is::

    {"runware_recording": 1, "made": "2026-11-25T13:40:02Z", "what": "Answers of language models, as they came."}

Each line after it is one exchange over HTTP, written when it had ended (here on several lines)::

    {"asked": "2026-11-25T13:40:07.031207Z", "attempt": 1, "endpoint": "https://api.runware.ai/v1",
     "request": {"model": "minimax:m2.7@0", "messages": [{"role": "user", "content": "Hi"}],
                 "parameters": {"max_completion_tokens": 4096}, "stream": true},
     "answer": {"status": 200, "content_type": "text/event-stream", "after_s": 0.31,
                "body": [[0.31, "data: {…}\n\n"], [0.35, "data: {…}\n\n"]],
                "ended": "whole", "ended_s": 1.72}}

``asked``
    When, in UTC. The attempts of one request have it in common; of the same request asked several times, it tells the
    order. ``attempt`` counts from 1.
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

Readers pass over a line that they cannot read, and over names that they do not know; where the number of the version is
higher than theirs, they read nothing.
"""

from __future__ import annotations

import base64
import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from runware_magic.chat.grid import fingerprint
from runware_magic.chat.messages import Message
from runware_magic.chat.request import LIMIT, OLD_LIMIT, Request
from runware_magic.chat.surrogates import encodable
from runware_magic.errors import UsageError

VERSION = 1
#: How an exchange may end; what each means stands above.
WHOLE, REFUSED, CLOSED, BROKEN, SILENT, STOPPED = "whole", "refused", "closed", "broken off", "silent", "stopped"
#: A larger file is not read, in bytes.
LARGEST = 512 * 2**20

_MARK = "runware_recording"
_WHAT = "Answers of language models, as they came."
_LONGEST_S = 1e6
_STATUSES = range(100, 600)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One exchange.

    Attributes
    ----------
    asked, attempt, endpoint
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


def read(path: Path) -> Recording:
    """Read a recording.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    UsageError
        When it cannot be read, is no recording, or one of a later version.
    """
    first, *rest = _contents(path).split(b"\n")
    _check_first(first, path.name)
    exchanges, bad = [], []
    for number, line in enumerate(rest, 2):
        if line.strip():
            try:
                exchanges.append(from_json(json.loads(line)))
            except (ValueError, TypeError, KeyError, RecursionError):
                bad.append(number)
    return Recording(path.name, tuple(exchanges), _remark(bad, len(rest) + 1 if rest and rest[-1].strip() else 0))


def is_recording(path: Path) -> bool:
    """Tell whether more can be added to a file: False where there is none, or an empty one.

    Raises
    ------
    UsageError
        When something else is there, or a recording of a later version.
    """
    try:
        with path.open("rb") as file:
            first = file.readline(4096)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _unreadable(path, error) from None
    if first:
        _check_first(first, path.name)
    return bool(first)


def first_line(made: str) -> bytes:
    """Give the line that says what it is; `made` is when, ISO 8601."""
    return _line({_MARK: VERSION, "made": made, "what": _WHAT})


def append(path: Path, line: bytes) -> None:
    """Add a line that is on the disk when this returns; behind one that was cut off, it is a line of its own.

    Raises
    ------
    OSError
        When it cannot be written.
    """
    with path.open("a+b") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            line = line if file.read(1) == b"\n" else b"\n" + line
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def to_line(recorded: Recorded) -> bytes:
    """Give the line of an exchange."""
    return _line(
        {
            "asked": recorded.asked,
            "attempt": recorded.attempt,
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


def from_json(line: object) -> Recorded:
    """Read the parsed line of an exchange, not trusted.

    Raises
    ------
    KeyError, TypeError, ValueError
        When it is none.
    """
    fields = _object(line)
    answer = _object(fields["answer"])
    status = answer["status"]
    if status is not None and (type(status) is not int or status not in _STATUSES):
        msg = "no status of HTTP"
        raise ValueError(msg)
    return Recorded(
        _text(fields["asked"]),
        _text(fields["endpoint"]),
        _request(_object(fields["request"])),
        status,
        # A header of what is told to requests: visible ASCII.
        "".join(char for char in _text(answer["content_type"]) if " " <= char <= "~"),
        _seconds(answer["after_s"]),
        _seconds(answer["ended_s"]),
        tuple((_seconds(at_s), _bytes(piece)) for at_s, piece in answer["body"]),
        _text(answer["ended"]),
        max(1, int(fields.get("attempt", 1))),
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


def _line(value: object) -> bytes:
    # Names and prompts may hold halves of characters, which UTF-8 has no bytes for.
    return encodable(json.dumps(value, ensure_ascii=False, allow_nan=False)).encode() + b"\n"


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


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LONGEST_S:
        msg = "expected seconds"
        raise ValueError(msg)
    return float(value)


def _contents(path: Path) -> bytes:
    try:
        # Opening a pipe would wait for ever.
        if path.exists() and not path.is_file():
            msg = f"{path.name} is not a file."
            raise UsageError(msg, "Give the path of a recording (.jsonl) or of a saved notebook.")
        if path.stat().st_size > LARGEST:
            msg = f"{path.name} has more than the {LARGEST >> 20} MB that are read."
            raise UsageError(msg, "Split it: each part begins with the first line.")
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from None


def _check_first(line: bytes, name: str) -> None:
    try:
        version = _object(json.loads(line))[_MARK]
    except (ValueError, TypeError, KeyError, RecursionError):
        msg = f"{name} is not a recording: its first line does not say so."
        raise UsageError(msg, "%runware record FILE makes one.") from None
    if isinstance(version, bool) or not isinstance(version, int | float) or not math.isfinite(version):
        version = 0
    if version != VERSION:
        msg = f"{name} is a recording of version {version:g}; this reads version {VERSION}."
        raise UsageError(msg, "Update runware-magic, or record it anew.")


def _remark(bad: list[int], last: int) -> str:
    if bad == [last]:
        return "its last line is cut off and was passed over"
    return f"{_numbered(bad)} cannot be read and {'was' if len(bad) == 1 else 'were'} passed over" if bad else ""


def _numbered(lines: list[int]) -> str:
    shown = ", ".join(map(str, lines[:5]))
    return f"line {shown}" if len(lines) == 1 else f"lines {shown}{', …' if len(lines) > 5 else ''}"  # noqa: PLR2004


def _unreadable(path: Path, error: OSError) -> UsageError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return UsageError(f"There is no file {path.name}.", "A relative path starts in the folder of the notebook.")
    return UsageError(f"{path.name} cannot be read: {error.strerror}.", "Give the path of a recording.")


def in_order(exchanges: Iterable[Recorded]) -> Iterator[Recorded]:
    """Give each request that was recorded once, in the order in which it was first asked."""
    known: set[str] = set()
    for each in sorted(exchanges, key=lambda each: each.asked):
        if each.request is not None and (which := same(each.request)) not in known:
            known.add(which)
            yield each
