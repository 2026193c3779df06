"""Tables: rich in a notebook, aligned text elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from runware_magic.display.plain import plain

_CELL = "padding:2px 10px;text-align:left;vertical-align:top;border-bottom:1px solid var(--jp-border-color2,#8884)"


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
            cells.insert(0, self.columns)
        widths = [max(len(row[at]) for row in cells) for at in range(len(self.columns))] if cells else []
        lines = [
            "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in cells
        ]
        return "\n".join(line for line in (self.title, *lines, self.note) if line)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {"text/plain": str(self), "text/html": self._html()}

    def _html(self) -> str:
        head = "".join(f'<th style="{_CELL}">{_safe(name)}</th>' for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f'<td style="{_CELL}">{_safe(text)}</td>' for text in row) + "</tr>" for row in self.rows
        )
        title = f'<div style="font-weight:600;margin:4px 0">{_safe(self.title)}</div>' if self.title else ""
        heads = f"<thead><tr>{head}</tr></thead>" if any(self.columns) and self.rows else ""
        table = f'<table style="border-collapse:collapse">{heads}<tbody>{body}</tbody></table>' if self.rows else ""
        note = f"<div>{_safe(self.note)}</div>" if self.note else ""
        # A dollar or a backslash in a cell is text: without the class, front ends would look for mathematics.
        return f'<div class="runware-table mathjax_ignore tex2jax_ignore">{title}{table}{note}</div>'


def _flat(text: str) -> str:
    return plain(text).replace("\n", " ")


def _safe(text: str) -> str:
    return escape(_flat(text)).replace("$", "<span>$</span>").replace("\\", "<span>\\</span>")
