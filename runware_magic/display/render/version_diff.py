"""What changed between versions of a turn, or between two answers: facts in a table, texts word by word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from runware_magic.chat.conversation import VersionedTurn
from runware_magic.chat.text import one_line, plain
from runware_magic.chat.turn import Turn
from runware_magic.display.render import styles
from runware_magic.display.render.answer_data import text_of
from runware_magic.display.render.attached import asked
from runware_magic.display.render.badge import COUNTED_ELSEWHERE, SEPARATOR, Badge, cost_decimals, duration, state
from runware_magic.display.render.comparison_table import cost, heading, tokens
from runware_magic.display.render.html_rules import scroller
from runware_magic.display.render.listing import Column, Listing, beginning
from runware_magic.display.render.local_time import local_time
from runware_magic.display.render.sanitize_html import escape
from runware_magic.display.render.tables import TITLE, Shown, Stack, Table, short_json
from runware_magic.display.render.word_diff import Piece, compare, likeness

_LONGEST = 50_000  # characters of an answer that are compared
_ALIKE = 1 / 3  # the likeness below which marks would cover nearly everything
_UNLIKE = "They have too little in common to mark what differs."
_SAME = "The answers are the same."
_FORMATTED = "The answers differ only in their formatting."

# Columns of one width; narrow pages scroll, since texts of three words a line cannot be compared.
_FRAME = "width:100%;min-width:460px;table-layout:fixed;border-collapse:collapse;margin:0"
_CELL = f"padding:4px 12px 4px 0;text-align:left;vertical-align:top;white-space:pre-wrap;{styles.CONTENT}"
_FACTS = f"padding:0 12px 4px 0;text-align:left;vertical-align:top;{styles.BADGE}"


@dataclass(frozen=True, slots=True)
class SideBySide(Shown):
    """Two answers, and what only one says: struck through on the left, underlined on the right.

    Two with little in common stand without marks.
    """

    left: Turn
    right: Turn

    def __str__(self) -> str:
        heads = [f"{heading(turn)}{SEPARATOR}{facts}" for turn, facts in zip(*self._both, strict=True)]
        note, pieces = self._compared()
        if note == _UNLIKE:
            texts = zip(heads, self._texts, strict=True)
            return "\n\n".join((*(f"--- {head} ---\n\n{text}" for head, text in texts), note))
        signed = (f"{sign} {head}" for sign, head in zip("-+", heads, strict=True))
        return "\n".join((*signed, "", note or plain(as_text(pieces))))

    @property
    def _both(self) -> tuple[tuple[Turn, Turn], tuple[str, str]]:
        """Both answers, and their facts without the settings that are the same."""
        return (self.left, self.right), (_facts(self.left, self.right), _facts(self.right, self.left))

    @property
    def _texts(self) -> tuple[str, str]:
        return _cut(text_of(self.left)), _cut(text_of(self.right))

    def _compared(self) -> tuple[str, tuple[Piece, ...]]:
        """Return what to say of both texts as a whole, which may be empty, and their pieces."""
        old, new = self._texts
        if old == new:
            return _SAME if self.left.content == self.right.content else _FORMATTED, (Piece(old, new),)
        pieces = compare(old, new)
        return ("", pieces) if likeness(pieces) >= _ALIKE else (_UNLIKE, (Piece(old, new),))

    def _html(self) -> str:
        turns, facts = self._both
        note, pieces = self._compared()
        texts = map(escape, self._texts) if note == _UNLIKE else map(as_html, _sides(pieces))
        rows = (
            _side_row("th", f"{_CELL};font-weight:600", (escape(heading(turn)) for turn in turns)),
            _side_row("td", _FACTS, map(escape, facts)),
            _side_row("td", _CELL, texts),
        )
        table = scroller(f'<table style="{_FRAME}"><tbody>{"".join(rows)}</tbody></table>', "Table")
        said = f'<div style="{styles.NOTE}">{escape(note)}</div>' if note else ""
        return f'<div class="runware-table {styles.UNTOUCHED}">{table}{said}</div>'


def _sides(pieces: Sequence[Piece]) -> tuple[Iterable[Piece], Iterable[Piece]]:
    """Return what each side of two texts shows of their pieces."""
    return (
        (Piece(piece.old, piece.old if piece.same else "") for piece in pieces),
        (Piece(piece.new if piece.same else "", piece.new) for piece in pieces),
    )


def _side_row(tag: str, style: str, cells: Iterable[str]) -> str:
    head = ' scope="col"' if tag == "th" else ""
    both = "".join(f'<{tag} style="{style}" dir="auto"{head}>{cell}</{tag}>' for cell in cells)
    return f"<tr>{both}</tr>"


def _facts(turn: Turn, other: Turn) -> str:
    """Return the badge of a turn, with the settings in which it differs from another."""
    names = dict.fromkeys((*turn.parameters, *other.parameters))
    pairs = ((name, turn.parameters.get(name, _NOTHING), other.parameters.get(name, _NOTHING)) for name in names)
    differ = tuple(f"{one_line(name, 40)} {_value(own)}" for name, own, theirs in pairs if own != theirs)
    return str(Badge.of(turn, differ, heading(turn)))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ⋯ {len(text) - _LONGEST:,} more characters"


_NOTHING = object()
_VERSIONS = (
    Column("version", is_number=True),
    Column(""),
    Column("answer", share=30),
    Column("parameters changed", share=20),
    Column("state"),
    Column("cost", is_number=True),
    Column("tokens in/out", is_number=True),
    Column("time", is_number=True),
    Column("model"),
    Column("asked"),
)
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
    """How two texts differ, under a title; of long pieces the beginning and the end are shown.

    Two texts with little in common stand one after the other, without marks.
    """

    title: str
    pieces: tuple[Piece, ...]

    @property
    def _plainly(self) -> tuple[tuple[str, str], ...]:
        """Both texts, each under its name, if they have little in common."""
        if likeness(self.pieces) >= _ALIKE:
            return ()
        whole = Piece("".join(piece.old for piece in self.pieces), "".join(piece.new for piece in self.pieces))
        shown = _shortened(whole)
        return ("Before", shown.old), ("After", shown.new)

    def __str__(self) -> str:
        plainly = "\n".join(f"{name}:\n{text}" for name, text in self._plainly)
        return f"{plain(self.title)}:\n{plain(plainly or as_text(map(_shortened, self.pieces)))}"

    def _html(self) -> str:
        texts = "".join(
            f'<div style="{styles.BADGE}">{name}</div>{_text(escape(plain(text)))}' for name, text in self._plainly
        )
        return (
            f'<div class="{styles.UNTOUCHED}"><div style="{TITLE}">{escape(plain(self.title))}</div>'
            f"{texts or _text(as_html(map(_shortened, self.pieces)))}</div>"
        )


def _text(markup: str) -> str:
    return f'<div style="{_TEXT}" dir="auto">{markup}</div>'


def versions_table(place: VersionedTurn, number: int | None = None) -> Stack:
    """Return all versions of a turn, and what changed from each to the next; `number` is that of the turn, from 1."""
    versions = place.versions
    decimals = cost_decimals(versions)
    rows = (
        _row(at + 1, turn, versions[at - 1] if at else None, decimals, counts=at == place.shown and len(versions) > 1)
        for at, turn in enumerate(versions)
    )
    listing = Listing(
        "Versions" if number is None else f"Versions of turn {number}",
        _VERSIONS,
        tuple(rows),
        "" if len(versions) > 1 else "There is only one version.",
    )
    changes = (part for at, (old, new) in enumerate(pairwise(versions), 1) for part in _changes(at, old, new, decimals))
    return Stack((listing, *changes))


def _row(number: int, turn: Turn, before: Turn | None, decimals: int, *, counts: bool) -> tuple[str, ...]:
    return (
        str(number),
        "in use" if counts else "",
        beginning(turn.content),
        _parameters(before.parameters, turn.parameters) if before else "",
        state(turn),
        _cost(turn, decimals),
        COUNTED_ELSEWHERE if turn.counts_elsewhere else tokens((turn,)),
        duration(turn) or "?",
        one_line(turn.model, 80),
        local_time(turn.timing.started),
    )


def _cost(turn: Turn, decimals: int) -> str:
    return COUNTED_ELSEWHERE if turn.counts_elsewhere else cost((turn,), decimals)


def _changes(number: int, old: Turn, new: Turn, decimals: int) -> Iterable[Table | Difference]:
    costs = f"cost {_cost(old, decimals)} → {_cost(new, decimals)}"
    facts = f"{costs} · time {duration(old) or '?'} → {duration(new) or '?'}"
    yield Table(f"Version {number} → {number + 1} · {facts}", (), ())
    yield _change("Prompt", _prompt(old), _prompt(new))
    if old.content == new.content:
        yield _same("Answer")
    else:
        yield _change("Answer", text_of(old), text_of(new), ", except for its formatting")


def _change(title: str, before: str, after: str, but: str = "") -> Table | Difference:
    return _same(title, but) if before == after else Difference(title, compare(before, after))


def _same(title: str, but: str = "") -> Table:
    return Table("", (), (), f"{title}: the same{but}")


def _prompt(turn: Turn) -> str:
    if [message.role for message in turn.messages] == ["user"]:
        return asked(turn.messages[0])
    return "\n\n".join(f"{message.role}:\n{asked(message)}" for message in turn.messages)


def _parameters(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    names = dict.fromkeys((*old, *new))
    pairs = ((name, old.get(name, _NOTHING), new.get(name, _NOTHING)) for name in names)
    return ", ".join(f"{one_line(name, 40)} {_value(was)} → {_value(now)}" for name, was, now in pairs if was != now)


def _value(value: object) -> str:
    return "unset" if value is _NOTHING else short_json(value)


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
