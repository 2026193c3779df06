"""What is said of a request that was not recorded: which recorded one is the nearest, and what is different."""

from __future__ import annotations

import difflib
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from heapq import nlargest

from runware_magic.chat.messages import Message
from runware_magic.chat.request import Request
from runware_magic.errors import NotRecordedError
from runware_magic.wire.recordings import Recording, in_order

_COMPARED = 1000  # characters of a prompt
_MOST = 12  # prompts
_SHOWN, _AROUND = 160, 24  # characters
_WORDS = re.compile(r"\s+|[^\s]+")
_ELSEWHERE = (
    "In a notebook, %runware replay FILE --else demo (or live) asks there what is new; %runware live ends the replay."
)


def unrecorded(request: Request | None, recording: Recording) -> NotRecordedError:
    """Give the error for a request that a recording has no answer to.

    Parameters
    ----------
    request
        What was asked; None for the list of models.
    recording
        Where it is not.
    """
    name = recording.name
    if request is None:
        return NotRecordedError(f"{name} holds no list of models.", "%runware live ends the replay.")
    others = [each.request for each in in_order(recording.exchanges) if each.request is not None]
    if not others:
        return NotRecordedError(f"{name} holds no answer at all.", _ELSEWHERE)
    nearest = max(_near(request, others), key=lambda other: _likeness(request, other))
    if _prompt(nearest) == _prompt(request):
        told = "; ".join(_differences(request, nearest))
        return NotRecordedError(f"{name} has this prompt, but not asked so: {told}.", _ELSEWHERE)
    shown = difference(_prompt(nearest), _prompt(request))
    return NotRecordedError(
        f"{name} has no answer to this; its nearest prompt is (recorded → here): “{shown}”", _ELSEWHERE
    )


def difference(recorded: str, asked: str) -> str:
    """Give what is different in one line, as in ``Explain recursion in [two → three] sentences.``, short."""
    old, new = (_WORDS.findall(" ".join(text[:_COMPARED].split())) for text in (recorded, asked))
    parts: list[str] = []
    for what, i, j, k, n in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        was, now = "".join(old[i:j]), "".join(new[k:n])
        parts.append(_short(was, first=not parts) if what == "equal" else f"[{_cut(was)} → {_cut(now)}]")
    line = "".join(parts)
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def _short(text: str, *, first: bool) -> str:
    """Leave what is alike out but for a few words beside what is not."""
    if len(text) <= 2 * _AROUND:
        return text
    return f"…{text[-_AROUND:]}" if first else f"{text[:_AROUND]}…{text[-_AROUND:]}"


def _cut(text: str) -> str:
    text = text.strip()
    return text if len(text) <= 2 * _AROUND else text[: 2 * _AROUND - 1] + "…"


def _near(request: Request, others: Sequence[Request]) -> Sequence[Request]:
    """Give the few that are worth to be compared letter by letter, which takes long: those that share most triples."""
    if len(others) <= _MOST:
        return others
    here = _triples(request)

    def alike(other: Request) -> tuple[float, int]:
        there = _triples(other)
        return (here & there).total() / (here.total() + there.total()), -len(tuple(_differences(request, other)))

    return nlargest(_MOST, others, key=alike)


def _triples(request: Request) -> Counter[str]:
    text = f"  {_prompt(request)[:_COMPARED]} "
    return Counter(text[at : at + 3] for at in range(len(text) - 2))


def _likeness(request: Request, other: Request) -> tuple[float, int]:
    one, two = _prompt(request)[:_COMPARED], _prompt(other)[:_COMPARED]
    ratio = 1.0 if one == two else difflib.SequenceMatcher(None, one, two, autojunk=False).ratio()
    return ratio, -len(tuple(_differences(request, other)))


def _differences(request: Request, other: Request) -> Iterable[str]:
    if other.model != request.model:
        yield f"{other.model} was asked, here it is {request.model}"
    here, there = request.parameters, other.parameters
    for name in sorted({*here, *there}):
        if here.get(name) != there.get(name) or (name in here) != (name in there):
            yield f"{name} was {_value(there, name)}, here it is {_value(here, name)}"
    (system, before), (other_system, other_before) = _said_before(request), _said_before(other)
    if system != other_system:
        yield "the system message is different (-s, %config or runware.toml)"
    if before != other_before:
        yield "what was said before it is different (run the cells above it first, as they were recorded)"


def _said_before(request: Request) -> tuple[list[Message], list[Message]]:
    system = [message for message in request.messages if message.role == "system"]
    return system, [message for message in request.messages if message.role != "system"]


def _value(parameters: object, name: str) -> str:
    assert isinstance(parameters, dict)  # noqa: S101
    return _cut(json.dumps(parameters[name], ensure_ascii=False)) if name in parameters else "not set"


def _prompt(request: Request) -> str:
    """Give what was asked last."""
    return next((message.content for message in reversed(request.messages) if message.role == "user"), "")
