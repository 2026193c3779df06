"""Explain why a request is not in a recording: find the nearest recorded request, and name the differences."""

from __future__ import annotations

import difflib
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from runware_magic.chat.request import Request
from runware_magic.errors import NotRecordedError, Words
from runware_magic.recording.format import Recording, same

_COMPARED = 1000  # characters of a prompt
_SHOWN, _AROUND = 160, 24  # characters
_WORDS = re.compile(r"\s+|[^\s]+")
_ELSEWHERE = Words(
    "To answer new requests, use %runware replay FILE --else demo (or live); %runware live stops the replay.",
    "To ask something new, use a Chat without replay.",
)
_SYSTEM = "the system message is different" + Words(" (-s, %config or runware.toml)", "")
_BEFORE = "the messages before it are different " + Words(
    "(run the cells above first, as recorded)", "(ask those first, as recorded)"
)


def unrecorded(request: Request | None, recording: Recording) -> NotRecordedError:
    """Return the error for a request that is not in a recording; None is the list of models."""
    name = recording.name
    if request is None:
        return NotRecordedError(f"{name} contains no list of models.", _ELSEWHERE)
    recorded = sorted(recording.exchanges, key=lambda each: each.asked)
    others = {same(each.request): each.request for each in recorded if each.request is not None}
    if not others:
        return NotRecordedError(f"{name} contains no answers.", _ELSEWHERE)
    here = _triples(request)

    def likeness(other: Request) -> tuple[float, int]:
        # By shared triples of letters: comparing letter by letter would take long in a large recording.
        there = _triples(other)
        return (here & there).total() / (here.total() + there.total()), -len(tuple(_differences(request, other)))

    nearest = max(others.values(), key=likeness)
    was, now = _prompt(nearest), _prompt(request)
    why: str | Words
    if was == now:
        why = f"{name} has this prompt, but with a different request: " + _listed(_differences(request, nearest)) + "."
    elif _words(was) == _words(now):
        first = len(os.path.commonprefix((was, now)))  # noqa: RUF071  # of letters, as is meant here
        was, now = (text[max(0, first - _AROUND) : first + _AROUND] for text in (was, now))
        why = f"{name} has almost this prompt: it has {was!r}, here it is {now!r}."
    else:
        why = f"{name} has no answer to this prompt. The nearest one is (recorded → here): “{difference(was, now)}”"
    return NotRecordedError(why, _ELSEWHERE)


def difference(recorded: str, asked: str) -> str:
    """Return the differences in one short line: ``Explain recursion in [two → three] sentences.`` for example."""
    old, new = (_WORDS.findall(" ".join(_words(text))) for text in (recorded, asked))
    parts: list[str] = []
    for what, i, j, k, n in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        was, now = "".join(old[i:j]), "".join(new[k:n])
        parts.append(_short(was, first=not parts) if what == "equal" else f"[{_cut(was)} → {_cut(now)}]")
    line = "".join(parts)
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def _words(text: str) -> list[str]:
    return text[:_COMPARED].split()


def _short(text: str, *, first: bool) -> str:
    """Shorten an equal part to the words next to a difference."""
    if len(text) <= 2 * _AROUND:
        return text
    return f"…{text[-_AROUND:]}" if first else f"{text[:_AROUND]}…{text[-_AROUND:]}"


def _cut(text: str) -> str:
    text = text.strip()
    return text if len(text) <= 2 * _AROUND else text[: 2 * _AROUND - 1] + "…"


def _triples(request: Request) -> Counter[str]:
    text = f"  {_prompt(request)[:_COMPARED]} "
    return Counter(text[at : at + 3] for at in range(len(text) - 2))


def _differences(request: Request, other: Request) -> Iterable[str | Words]:
    if other.model != request.model:
        yield f"the model was {other.model}, here it is {request.model}"
    here, there = request.parameters, other.parameters
    for name in sorted({*here, *there}):
        if here.get(name) != there.get(name) or (name in here) != (name in there):
            yield f"{name} was {_value(there, name)}, here it is {_value(here, name)}"
    if _said(request, by_system=True) != _said(other, by_system=True):
        yield _SYSTEM
    (*before, now), (*before_other, recorded) = (_said(each, by_system=False) or [{}] for each in (request, other))
    if now != recorded:
        yield "its pictures or files are different"
    if before != before_other:
        yield _BEFORE


def _listed(parts: Iterable[str | Words]) -> str | Words:
    told: str | Words = ""
    for part in parts:
        told = told + ("; " if told else "") + part
    return told


def _said(request: Request, *, by_system: bool) -> list[dict[str, Any]]:
    # As it is sent: recordings do not hold the names of pictures.
    return [message.to_json() for message in request.messages if message.is_instruction == by_system]


def _value(parameters: Mapping[str, Any], name: str) -> str:
    return _cut(json.dumps(parameters[name], ensure_ascii=False)) if name in parameters else "not set"


def _prompt(request: Request) -> str:
    """Return the user's last message."""
    return next((message.content for message in reversed(request.messages) if message.role == "user"), "")
