"""What changed between versions of a turn, or between two answers: facts in a table, texts word by word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from runware_magic.chat.conversation import VersionedTurn
from runware_magic.chat.text import one_line, plain
from runware_magic.chat.turn import Turn
from runware_magic.display.render import styles
from runware_magic.display.render.badge import SEPARATOR, Badge
from runware_magic.display.render.comparison_table import cost, heading, tokens
from runware_magic.display.render.html_rules import scroller
from runware_magic.display.render.sanitize_html import escape
from runware_magic.display.render.tables import TITLE, Shown, Stack, Table, short_json
from runware_magic.display.render.word_diff import Piece, compare

_LONGEST = 50_000  # characters of an answer that are compared

# Columns of one width; narrow pages scroll, since texts of three words a line cannot be compared.
_FRAME = "width:100%;min-width:460px;table-layout:fixed;border-collapse:collapse;margin:0"
_CELL = f"padding:4px 12px 4px 0;text-align:left;vertical-align:top;white-space:pre-wrap;{styles.CONTENT}"
_FACTS = f"padding:0 12px 4px 0;text-align:left;vertical-align:top;{styles.BADGE}"


@dataclass(frozen=True, slots=True)
class SideBySide(Shown):
    """Two answers, and what only one says: struck through on the left, underlined on the right."""

    left: Turn
    right: Turn

    def __str__(self) -> str:
        signed = (("-", self.left), ("+", self.right))
        facts = (f"{sign} {heading(turn)}{SEPARATOR}{_facts(turn)}" for sign, turn in signed)
        differ = self.left.content != self.right.content
        return "\n".join((*facts, "", plain(as_text(self._pieces())) if differ else "The answers are the same."))

    def _pieces(self) -> tuple[Piece, ...]:
        return compare(_cut(self.left.content), _cut(self.right.content))

    def _html(self) -> str:
        pieces, both = self._pieces(), (self.left, self.right)
        sides = (
            (Piece(piece.old, piece.old if piece.same else "") for piece in pieces),
            (Piece(piece.new if piece.same else "", piece.new) for piece in pieces),
        )
        rows = (
            _side_row("th", f"{_CELL};font-weight:600", (escape(heading(turn)) for turn in both)),
            _side_row("td", _FACTS, (escape(_facts(turn)) for turn in both)),
            _side_row("td", _CELL, map(as_html, sides)),
        )
        table = f'<table style="{_FRAME}"><tbody>{"".join(rows)}</tbody></table>'
        return f'<div class="runware-table {styles.UNTOUCHED}">{scroller(table, "Table")}</div>'


def _side_row(tag: str, style: str, cells: Iterable[str]) -> str:
    head = ' scope="col"' if tag == "th" else ""
    both = "".join(f'<{tag} style="{style}" dir="auto"{head}>{cell}</{tag}>' for cell in cells)
    return f"<tr>{both}</tr>"


def _facts(turn: Turn) -> str:
    parameters = tuple(f"{one_line(name, 40)} {short_json(value)}" for name, value in turn.parameters.items())
    return str(Badge.of(turn, parameters, heading(turn)))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ⋯ {len(text) - _LONGEST:,} more characters"


_NOTHING = object()
_LONGEST_SAME = 600  # characters that are shown of a text that did not change, or did
_LONGEST_CHANGE = 20_000

# Half-transparent shades suit any background; underline and strike tell the two apart without colours.
_SHADES = {
    "del": "background-color:#e5484d4d;text-decoration:line-through",
    "ins": "background-color:#2ea0434d;text-decoration:underline",
}
_TEXT = f"{styles.CONTENT};white-space:pre-wrap"

# Between the two characters of each mark that the text itself holds, with the backslashes that are there already.
_IN_MARKS = re.compile(r"(?<=\[)\\*(?=-)|(?<=-)\\*(?=\])|(?<=\{)\\*(?=\+)|(?<=\+)\\*(?=\})")


def as_text(pieces: Iterable[Piece]) -> str:
    r"""Return differences as text: ``[-old-]{+new+}``, as wdiff writes them.

    Where the texts hold such marks themselves, a backslash stands between the two characters: ``[\-``. So both texts
    can be read back.
    """
    return "".join(map(_marked, pieces))


def as_html(pieces: Iterable[Piece]) -> str:
    """Return differences as inline HTML: escaped text, ``<del>`` and ``<ins>``."""
    return "".join(
        escape(plain(piece.old)) if piece.same else _element("del", piece.old) + _element("ins", piece.new)
        for piece in pieces
    )


@dataclass(frozen=True, slots=True)
class Difference(Shown):
    """How two texts differ, under a title; of long pieces the beginning and the end are shown."""

    title: str
    pieces: tuple[Piece, ...]

    def __str__(self) -> str:
        return f"{plain(self.title)}:\n{plain(as_text(map(_shortened, self.pieces)))}"

    def _html(self) -> str:
        return (
            f'<div class="{styles.UNTOUCHED}"><div style="{TITLE}">{escape(plain(self.title))}</div>'
            f'<div style="{_TEXT}" dir="auto">{as_html(map(_shortened, self.pieces))}</div></div>'
        )


def versions_table(place: VersionedTurn, number: int | None = None) -> Stack:
    """Return all versions of a turn, and what changed from each to the next; `number` is that of the turn, from 1."""
    versions = place.versions
    rows = (
        _row(at + 1, turn, versions[at - 1] if at else None, counts=at == place.shown and len(versions) > 1)
        for at, turn in enumerate(versions)
    )
    table = Table(
        "Versions" if number is None else f"Versions of turn {number}",
        ("version", "", "when", "model", "parameters changed", "state", "tokens in/out", "cost", "time"),
        tuple(rows),
        "" if len(versions) > 1 else "There is only one version.",
    )
    changes = (part for at, (old, new) in enumerate(pairwise(versions), 1) for part in _changes(at, old, new))
    return Stack((table, *changes))


def _row(number: int, turn: Turn, before: Turn | None, *, counts: bool) -> tuple[str, ...]:
    return (
        str(number),
        "in use" if counts else "",
        one_line(turn.timing.started.replace("T", " "), 40),
        one_line(turn.model, 80),
        _parameters(before.parameters, turn.parameters) if before else "",
        one_line(turn.state, 40),
        tokens((turn,)),
        cost((turn,)),
        _seconds(turn),
    )


def _changes(number: int, old: Turn, new: Turn) -> Iterable[Table | Difference]:
    facts = f"cost {cost((old,))} → {cost((new,))} · time {_seconds(old)} → {_seconds(new)}"
    yield Table(f"Version {number} → {number + 1} · {facts}", (), ())
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
    return "unset" if value is _NOTHING else short_json(value)


def _seconds(turn: Turn) -> str:
    return "?" if turn.timing.total_s is None else f"{turn.timing.total_s:.1f} s"


def _marked(piece: Piece) -> str:
    old, new = (_IN_MARKS.sub(r"\\\g<0>", text) for text in (piece.old, piece.new))
    if piece.same:
        return old
    return (f"[-{old}-]" if old else "") + (f"{{+{new}+}}" if new else "")


def _element(tag: str, text: str) -> str:
    # Otherwise nobody would see a line break that was added or removed.
    seen = text.replace("\n", "↵\n") if text.isspace() else text
    return f'<{tag} style="{_SHADES[tag]}">{escape(plain(seen))}</{tag}>' if text else ""


def _shortened(piece: Piece) -> Piece:
    limit = _LONGEST_SAME if piece.same else _LONGEST_CHANGE
    return Piece(_ends(piece.old, limit), _ends(piece.new, limit))


def _ends(text: str, limit: int) -> str:
    half = limit // 2
    return text if len(text) <= limit else f"{text[:half]} ⋯ {len(text) - 2 * half:,} characters ⋯ {text[-half:]}"
