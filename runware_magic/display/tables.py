"""Tables: rich in a notebook, aligned text elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from runware_magic.display import look
from runware_magic.display.directions import isolated
from runware_magic.display.door import clean, escape
from runware_magic.display.plain import plain
from runware_magic.display.scrolling import may_be_wide, scroller

_FRAME = f"max-width:100%;{look.CONTENT}"
_TITLE = "font-weight:600;margin:4px 0"
_MEANS_MARKUP = re.compile(r"[\\`*_\[\]|$~]")
_CELL = f"padding:2px 10px;text-align:left;vertical-align:top;{look.TAGS['tr']}"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under a title. The text may come from outside: it is shown as it is, never as markup.

    Attributes
    ----------
    title
        What it shows; may be empty.
    columns
        The heads, all empty for none.
    rows
        As many texts in each as there are columns.
    note
        A line beneath, such as why there are no rows.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def __str__(self) -> str:
        """Give the table as text, its columns aligned."""
        cells = [tuple(_flat(text) for text in row) for row in self.rows]
        if cells and any(self.columns):
            cells.insert(0, tuple(map(_flat, self.columns)))
        widths = [max(len(row[at]) for row in cells) for at in range(len(self.columns))] if cells else []
        lines = [
            "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in cells
        ]
        return "\n".join(line for line in (_flat(self.title), *lines, _flat(self.note)) if line)

    def markdown(self) -> str:
        """Give the table as Markdown that shows its texts literally; safe only after `safe_markdown`."""
        lines = [f"| {' | '.join(map(literal, row))} |" for row in (self.columns, *self.rows)] if self.rows else []
        lines[1:1] = [f"|{' --- |' * len(self.columns)}"] if lines else []
        title = f"**{literal(self.title)}**" if self.title else ""
        return "\n\n".join(part for part in (title, "\n".join(lines), literal(self.note)) if part)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {"text/plain": str(self), "text/html": self._html()}

    def _html(self) -> str:
        title = f'<div style="{_TITLE}">{_safe(self.title)}</div>' if self.title else ""
        note = f"<div>{_safe(self.note)}</div>" if self.note else ""
        return clean(f'<div class="runware-table {look.UNTOUCHED}" style="{_FRAME}">{title}{self._rows()}{note}</div>')

    def _rows(self) -> str:
        if not self.rows:
            return ""
        head = f"<thead>{_row('th', self.columns)}</thead>" if any(self.columns) else ""
        body = "".join(_row("td", row) for row in self.rows)
        table = f'<table style="{look.TAGS["table"]}">{head}<tbody>{body}</tbody></table>'
        if may_be_wide((self.columns, *self.rows)):
            return scroller(table, "Table")
        return f'<div style="{look.SCROLL}">{table}</div>'


def _row(tag: str, texts: Iterable[str]) -> str:
    return f"<tr>{''.join(_cell(tag, text) for text in texts)}</tr>"


def _cell(tag: str, text: str) -> str:
    if tag == "th" and text:
        return f'<th style="{_CELL}" scope="col"{isolated(text)}>{_safe(text)}</th>'
    # A head that says nothing is none.
    return f'<td style="{_CELL}"{isolated(text)}>{_safe(text)}</td>'


def _flat(text: str) -> str:
    return plain(text).replace("\n", " ")


def literal(text: str) -> str:
    """Give text as a line of Markdown that shows it literally; safe only after `safe_markdown`."""
    # Of dollars, two in a line would be mathematics.
    return _MEANS_MARKUP.sub(r"\\\g<0>", _flat(text))


def _safe(text: str) -> str:
    return escape(_flat(text))
