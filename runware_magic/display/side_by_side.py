"""Two answers beside each other: facts on top, and what differs, word by word."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from runware_magic.chat.turn import Turn
from runware_magic.display import look
from runware_magic.display.badge import SEPARATOR, badge
from runware_magic.display.comparing import Piece, compare
from runware_magic.display.comparison_table import heading
from runware_magic.display.differences import as_html, as_text
from runware_magic.display.door import clean, escape
from runware_magic.display.plain import one_line, plain
from runware_magic.display.scrolling import scroller

_LONGEST = 50_000  # characters of an answer that are compared

# Of one width; on a narrow page they scroll, since two texts of three words a line cannot be compared.
_FRAME = "width:100%;min-width:460px;table-layout:fixed;border-collapse:collapse;margin:0"
_CELL = f"padding:4px 12px 4px 0;text-align:left;vertical-align:top;white-space:pre-wrap;{look.CONTENT}"
_FACTS = f"padding:0 12px 4px 0;text-align:left;vertical-align:top;{look.BADGE}"


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Two answers and how they differ. They come from outside: they are shown as they are, never as markup.

    Attributes
    ----------
    left, right
        The answers. What only the left one says is struck through, what only the right one says underlined.
    """

    left: Turn
    right: Turn

    def __str__(self) -> str:
        """Give it as text, differences marked as ``[-left-]{+right+}``."""
        facts = (
            f"{sign} {SEPARATOR.join((heading(turn), *_facts(turn)))}"
            for sign, turn in zip("-+", self._both, strict=True)
        )
        said = (
            plain(as_text(self._pieces())) if self.left.content != self.right.content else "The answers are the same."
        )
        return "\n".join((*facts, "", said))

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {"text/plain": str(self), "text/html": clean(self._html())}

    @property
    def _both(self) -> tuple[Turn, Turn]:
        return self.left, self.right

    def _pieces(self) -> tuple[Piece, ...]:
        return compare(_cut(self.left.content), _cut(self.right.content))

    def _html(self) -> str:
        pieces = self._pieces()
        sides = (
            (Piece(piece.old, piece.old if piece.same else "") for piece in pieces),
            (Piece(piece.new if piece.same else "", piece.new) for piece in pieces),
        )
        rows = (
            _row("th", f"{_CELL};font-weight:600", (escape(heading(turn)) for turn in self._both)),
            _row("td", _FACTS, (escape(SEPARATOR.join(_facts(turn))) for turn in self._both)),
            _row("td", _CELL, map(as_html, sides)),
        )
        table = f'<table style="{_FRAME}"><tbody>{"".join(rows)}</tbody></table>'
        return f'<div class="runware-table {look.UNTOUCHED}">{scroller(table, "Table")}</div>'


def _row(tag: str, style: str, cells: Iterable[str]) -> str:
    head = ' scope="col"' if tag == "th" else ""
    both = "".join(f'<{tag} style="{style}" dir="auto"{head}>{cell}</{tag}>' for cell in cells)
    return f"<tr>{both}</tr>"


def _facts(turn: Turn) -> tuple[str, ...]:
    pairs = turn.parameters.items()
    asked = (
        f"{one_line(name, 40)} {one_line(json.dumps(value, ensure_ascii=False, default=str), 60)}"
        for name, value in pairs
    )
    total = turn.timing.total_s
    return (*badge(turn, tuple(asked), heading(turn)), *([f"{total:.1f} s in all"] if total is not None else []))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ⋯ {len(text) - _LONGEST:,} more characters"
