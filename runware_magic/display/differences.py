"""What changed between the versions of a turn: facts in a table, prompts and answers word by word."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from runware_magic.chat.conversation import Place
from runware_magic.chat.turn import Turn
from runware_magic.display import look
from runware_magic.display.badge import costs
from runware_magic.display.comparing import Piece, compare
from runware_magic.display.door import clean, escape
from runware_magic.display.plain import one_line, plain
from runware_magic.display.stack import Stack
from runware_magic.display.tables import Table

_UNKNOWN = "?"
_NOTHING = object()
_LONGEST_SAME = 600  # characters that are shown of a text that did not change, or did
_LONGEST_CHANGE = 20_000

# Half-transparent shades suit any background; line and strike tell the two apart without colours.
_SHADES = {
    "del": "background-color:#e5484d4d;text-decoration:line-through",
    "ins": "background-color:#2ea0434d;text-decoration:underline",
}
_TEXT = f"{look.CONTENT};white-space:pre-wrap"
_TITLE = "font-weight:600;margin:4px 0"

# Between the two characters of every mark that stands in the text itself, with the backslashes it has there already.
_IN_MARKS = re.compile(r"(?<=\[)\\*(?=-)|(?<=-)\\*(?=\])|(?<=\{)\\*(?=\+)|(?<=\+)\\*(?=\})")


def as_text(pieces: Iterable[Piece]) -> str:
    r"""Give differences as text: ``[-old-]{+new+}``, as wdiff writes them.

    Where the texts hold such marks themselves, a backslash stands between the two characters: ``[\-``. So both texts
    can be read back from it.
    """
    return "".join(_marked(piece) for piece in pieces)


def as_html(pieces: Iterable[Piece]) -> str:
    """Give differences as inline HTML: escaped text, ``<del>`` and ``<ins>``."""
    return "".join(
        escape(plain(piece.old)) if piece.same else _element("del", piece.old) + _element("ins", piece.new)
        for piece in pieces
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """How two texts differ, under a title. The texts may come from outside: they are shown, never obeyed.

    Attributes
    ----------
    title
        What they are.
    pieces
        From `compare`. Of long ones the beginning and the end are shown.
    """

    title: str
    pieces: tuple[Piece, ...]

    def __str__(self) -> str:
        """Give it as text, marked as ``[-old-]{+new+}``."""
        return f"{plain(self.title)}:\n{plain(as_text(map(_shortened, self.pieces)))}"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        markup = (
            f'<div class="{look.UNTOUCHED}"><div style="{_TITLE}">{escape(plain(self.title))}</div>'
            f'<div style="{_TEXT}" dir="auto">{as_html(map(_shortened, self.pieces))}</div></div>'
        )
        return {"text/plain": str(self), "text/html": clean(markup)}


@dataclass(frozen=True, slots=True)
class Versions:
    """All versions of a turn, and what changed from each to the next.

    Attributes
    ----------
    place
        The turn.
    number
        Which turn of its chat it is, counting from 1; None leaves it out.
    """

    place: Place
    number: int | None = None

    def __str__(self) -> str:
        """Give them as text."""
        return str(self._stack())

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return self._stack()._repr_mimebundle_()

    def _stack(self) -> Stack:
        versions = self.place.versions
        pairs = enumerate(pairwise(versions), 1)
        changes = (part for number, (old, new) in pairs for part in _changes(number, old, new))
        return Stack((_table(self.place, self.number), *changes))


def _table(place: Place, number: int | None) -> Table:
    versions = place.versions
    before = (None, *versions)
    rows = (
        _row(at + 1, turn, before[at], counts=at == place.shown and len(versions) > 1)
        for at, turn in enumerate(versions)
    )
    return Table(
        "Versions" if number is None else f"Versions of turn {number}",
        ("version", "", "when", "model", "parameters changed", "state", "tokens in/out", "cost", "time"),
        tuple(rows),
        "" if len(versions) > 1 else "There is one version: nothing to compare.",
    )


def _row(number: int, turn: Turn, before: Turn | None, *, counts: bool) -> tuple[str, ...]:
    usage = turn.usage
    tokens = (usage.prompt_tokens, usage.completion_tokens) if usage else (None, None)
    return (
        str(number),
        "counts" if counts else "",
        one_line(turn.timing.started.replace("T", " "), 40),
        one_line(turn.model, 80),
        _parameters(before.parameters, turn.parameters) if before else "",
        one_line(turn.state, 40),
        " / ".join(_UNKNOWN if count is None else f"{count:,}" for count in tokens),
        _cost(turn),
        _seconds(turn),
    )


def _changes(number: int, old: Turn, new: Turn) -> Iterable[Table | Difference]:
    facts = (
        f"Version {number} → {number + 1}",
        f"cost {_cost(old)} → {_cost(new)}",
        f"time {_seconds(old)} → {_seconds(new)}",
    )
    yield Table(" · ".join(facts), (), ())
    for title, before, after in (("Prompt", _prompt(old), _prompt(new)), ("Answer", old.content, new.content)):
        yield Table("", (), (), f"{title}: the same") if before == after else Difference(title, compare(before, after))


def _prompt(turn: Turn) -> str:
    if [message.role for message in turn.messages] == ["user"]:
        return turn.messages[0].content
    return "\n\n".join(f"{message.role}:\n{message.content}" for message in turn.messages)


def _parameters(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    names = dict.fromkeys((*old, *new))
    pairs = ((name, old.get(name, _NOTHING), new.get(name, _NOTHING)) for name in names)
    return ", ".join(f"{one_line(name, 40)} {_value(was)} → {_value(now)}" for name, was, now in pairs if was != now)


def _value(value: object) -> str:
    return "unset" if value is _NOTHING else one_line(json.dumps(value, ensure_ascii=False, default=str), 60)


def _cost(turn: Turn) -> str:
    return costs((turn,)) or _UNKNOWN


def _seconds(turn: Turn) -> str:
    return _UNKNOWN if turn.timing.total_s is None else f"{turn.timing.total_s:.1f} s"


def _marked(piece: Piece) -> str:
    old, new = (_IN_MARKS.sub(r"\\\g<0>", text) for text in (piece.old, piece.new))
    if piece.same:
        return old
    return (f"[-{old}-]" if old else "") + (f"{{+{new}+}}" if new else "")


def _element(tag: str, text: str) -> str:
    # A line that ends, or no longer does, is a change that nobody would see.
    seen = text.replace("\n", "↵\n") if text.isspace() else text
    return f'<{tag} style="{_SHADES[tag]}">{escape(plain(seen))}</{tag}>' if text else ""


def _shortened(piece: Piece) -> Piece:
    limit = _LONGEST_SAME if piece.same else _LONGEST_CHANGE
    return Piece(_ends(piece.old, limit), _ends(piece.new, limit))


def _ends(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]} ⋯ {len(text) - 2 * half:,} characters ⋯ {text[-half:]}"
