"""Rows of one line each: what a page or a terminal is too narrow for is left out, from the right."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from runware_magic.chat.text import one_line, plain
from runware_magic.display.render import styles
from runware_magic.display.render.bidi import isolated
from runware_magic.display.render.sanitize_html import escape
from runware_magic.display.render.tables import FRAME, TITLE, Shown

_WIDTH = 116  # columns, where no terminal tells its own
_GAP = "  "
_LEAST = 12  # columns of text that still tell something
_LONGEST = 300  # characters of an entry
_SIGNS = re.compile(r"\*\*|`+|^[ >#]+(?= )", re.MULTILINE)
_TABLE = re.compile(r"(?:^\|.*(?:\n|\Z))+", re.MULTILINE)
_READ = 20_000  # characters of a text with tables
_LETTER_EM, _PADDING_EM = 0.64, 1.2  # the widest digits of common fonts, and the space of a column

# A row is one line high: a column for which there is no room wraps into the next line, which does not show.
_ROW = f"padding:0;display:flex;flex-wrap:wrap;height:1.9em;overflow:hidden;{styles.TAGS['tr']}"
_CELL = (
    "box-sizing:border-box;max-width:100%;padding:.15em .6em;line-height:1.6;white-space:nowrap;overflow:hidden;"
    "text-overflow:ellipsis"
)
_BLOCK = "display:block;width:100%;margin:0;border:none"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a listing."""

    name: str
    share: int = 0  # per cent of the width that a text gets at least; 0 for a column as wide as its longest entry
    is_number: bool = False  # aligned right


@dataclass(frozen=True, slots=True)
class _Filled:
    """A column with its texts: its name, then its entries."""

    column: Column
    texts: tuple[str, ...]

    @property
    def longest(self) -> int:
        return max(map(len, self.texts))

    def least(self, width: int) -> int:
        """Return the characters that it takes at least of a width."""
        share = max(_LEAST, width * self.column.share // 100)
        return min(self.longest, share) if self.column.share else self.longest

    def justified(self, text: str, width: int) -> str:
        cut = one_line(text, width)
        return cut.rjust(width) if self.column.is_number else cut.ljust(width)

    @property
    def look(self) -> str:
        align = "right" if self.column.is_number else "left"
        if self.column.share:
            # The smaller a share, the more it gets of what is left over.
            return f"flex:{100 // self.column.share} 1 {self.column.share}%;min-width:8em;text-align:{align};{_CELL}"
        return f"flex:0 0 {_LETTER_EM * self.longest + _PADDING_EM:.1f}em;text-align:{align};{_CELL}"


@dataclass(frozen=True, slots=True)
class Listing(Shown):
    """Rows of text, shown literally, under a title and above a note; columns without an entry are left out."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def __str__(self) -> str:
        columns = self._filled()
        widths = _fitted(columns, _room())
        shown = [
            [column.justified(text, width) for text in column.texts]
            for column, width in zip(columns, widths, strict=False)
        ]
        lines = (_GAP.join(row).rstrip() for row in zip(*shown, strict=True))
        return "\n".join(line for line in (one_line(self.title), *lines, plain(self.note)) if line)

    def _filled(self) -> list[_Filled]:
        entries = (tuple(one_line(text, _LONGEST) for text in told) for told in zip(*self.rows, strict=True))
        # Not strict: without rows there are no entries.
        return [
            _Filled(column, (column.name, *told))
            for column, told in zip(self.columns, entries, strict=False)
            if any(told)
        ]

    def _html(self) -> str:
        title = f'<div style="{TITLE}">{escape(one_line(self.title))}</div>' if self.title else ""
        note = f"<div>{escape(plain(self.note))}</div>" if self.note else ""
        return f'<div class="runware-table {styles.UNTOUCHED}" style="{FRAME}">{title}{self._table()}{note}</div>'

    def _table(self) -> str:
        columns = self._filled()
        if not columns:
            return ""
        looks = [column.look for column in columns]
        head, *rows = zip(*(column.texts for column in columns), strict=True)
        body = "".join(_row("td", row, looks) for row in rows)
        return (
            f'<table style="{_BLOCK}"><thead style="{_BLOCK}">{_row("th", head, looks)}</thead>'
            f'<tbody style="{_BLOCK}">{body}</tbody></table>'
        )


def _room() -> int:
    # What a kernel was started in is not where its outputs are read.
    return shutil.get_terminal_size((_WIDTH, 0)).columns if sys.stdout.isatty() else _WIDTH


def beginning(markdown: str) -> str:
    """Return the beginning of a Markdown text in one line, without its commonest signs, and with tables as a word."""
    return one_line(_SIGNS.sub("", without_tables(markdown)[: 2 * _LONGEST]), _LONGEST)


def without_tables(markdown: str) -> str:
    """Return the beginning of a Markdown text with a word in place of each table, whose rows would hide the text."""
    return _TABLE.sub("[table]\n", markdown[:_READ])


def _fitted(columns: Sequence[_Filled], width: int) -> list[int]:
    """Return the widths of the first columns, as many as there is room for."""
    widths = [column.least(width) for column in columns]
    while len(widths) > 1 and _left(widths, width) < 0:
        widths.pop()
    for at in range(len(widths)):
        widths[at] += max(0, min(columns[at].longest - widths[at], _left(widths, width)))
    return widths


def _left(widths: Sequence[int], width: int) -> int:
    return width - sum(widths) - len(_GAP) * (len(widths) - 1)


def _row(tag: str, texts: Iterable[str], looks: Iterable[str]) -> str:
    cells = (_cell(tag, text, look) for text, look in zip(texts, looks, strict=True))
    return f'<tr style="{_ROW}">{"".join(cells)}</tr>'


def _cell(tag: str, text: str, look: str) -> str:
    # An empty head is a cell like others.
    tag, scope = ("th", ' scope="col"') if tag == "th" and text else ("td", "")
    return f'<{tag} style="{look}"{scope}{isolated(text)}>{escape(text)}</{tag}>'
