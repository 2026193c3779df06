"""Notices, tables and code as values that show as HTML in a notebook, and as aligned text elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from runware_magic.chat.text import one_line, plain
from runware_magic.display.render import styles
from runware_magic.display.render.bidi import isolated
from runware_magic.display.render.html_rules import code_block, may_be_wide, scroller
from runware_magic.display.render.sanitize_html import clean, escape


class Shown:
    """A value that shows itself as text, with `str`, and as HTML."""

    __slots__ = ()

    def _html(self) -> str:
        raise NotImplementedError

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {"text/plain": str(self), "text/html": clean(self._html())}


@dataclass(frozen=True, slots=True)
class Notice(Shown):
    """What a command has done, in a line; several lines are aligned with spaces."""

    text: str

    def __str__(self) -> str:
        return plain(self.text)

    def _html(self) -> str:
        style = styles.ALIGNED if "\n" in self.text else styles.CONTENT
        return f'<div class="runware-notice {styles.UNTOUCHED}" style="{style}">{escape(plain(self.text))}</div>'


@dataclass(frozen=True, slots=True)
class Code(Shown):
    """Code to read and to copy, shown literally; Pygments colours the language, if it is given."""

    text: str
    language: str = ""

    def __str__(self) -> str:
        return plain(self.text)

    def _html(self) -> str:
        return f'<div class="{styles.UNTOUCHED}">{code_block(self.text, self.language)}</div>'


@dataclass(frozen=True, slots=True)
class Stack(Shown):
    """Values that are shown as one, from top to bottom."""

    parts: tuple[Shown, ...]

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.parts))

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        # Not sanitized again, which would remove the pictures of a part.
        parts = "".join(
            f'<div style="margin:0 0 12px">{part._repr_mimebundle_()["text/html"]}</div>' for part in self.parts
        )
        return {"text/plain": str(self), "text/html": f'<div class="{styles.UNTOUCHED}">{parts}</div>'}


FRAME = f"max-width:100%;{styles.CONTENT}"
TITLE = "font-weight:600;margin:4px 0"
_MEANS_MARKUP = re.compile(r"[\\`*_\[\]|$~]")
_CELL = f"padding:2px 10px;vertical-align:top;{styles.TAGS['tr']}"
_OF_WORDS = "text-align:left"
#: Digits of one place stand below each other, and a number beside its unit.
_OF_NUMBERS = "text-align:right;white-space:nowrap"
_ONE = r"(?:[<>\u2265~] ?)?\$?(?:\d[\d,.]*|\?)(?: (?:s|ms|%))?"
_NUMBER = re.compile(rf"{_ONE}(?: / {_ONE})?")


@dataclass(frozen=True, slots=True)
class Table(Shown):
    """Rows of text, shown literally, under a title and above a note; title, heads and note may be empty."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def __str__(self) -> str:
        rows = (self.columns, *self.rows) if self.rows and any(self.columns) else self.rows
        cells = [tuple(map(_flat, row)) for row in rows]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in cells)
        return "\n".join(line for line in (_flat(self.title), *lines, _flat(self.note)) if line)

    def markdown(self) -> str:
        """Return the table as Markdown that shows its texts literally; safe only after `safe_markdown`."""
        lines = [f"| {' | '.join(map(literal, row))} |" for row in (self.columns, *self.rows)] if self.rows else []
        lines[1:1] = [f"|{' --- |' * len(self.columns)}"] if lines else []
        title = f"**{literal(self.title)}**" if self.title else ""
        return "\n\n".join(part for part in (title, "\n".join(lines), literal(self.note)) if part)

    def _html(self) -> str:
        title = f'<div style="{TITLE}">{_safe(self.title)}</div>' if self.title else ""
        note = f'<div style="{styles.SMALL_NOTE}">{_safe(self.note)}</div>' if self.note else ""
        return f'<div class="runware-table {styles.UNTOUCHED}" style="{FRAME}">{title}{self._rows()}{note}</div>'

    def _rows(self) -> str:
        if not self.rows:
            return ""
        sides = [_OF_NUMBERS if _are_numbers(column) else _OF_WORDS for column in zip(*self.rows, strict=True)]
        head = f"<thead>{_row('th', self.columns, sides)}</thead>" if any(self.columns) else ""
        body = "".join(_row("td", row, sides) for row in self.rows)
        table = f'<table style="{styles.TAGS["table"]}">{head}<tbody>{body}</tbody></table>'
        if may_be_wide((self.columns, *self.rows)):
            return scroller(table, "Table")
        return f'<div style="{styles.SCROLL}">{table}</div>'


def _are_numbers(texts: Iterable[str]) -> bool:
    """Whether the cells of a column are numbers; those that are empty or unknown may stand between them."""
    told = [*filter(None, texts)]
    return all(map(_NUMBER.fullmatch, told)) and any(map(str.isdigit, "".join(told)))


def _row(tag: str, texts: Iterable[str], sides: Iterable[str]) -> str:
    return f"<tr>{''.join(_cell(tag, text, side) for text, side in zip(texts, sides, strict=True))}</tr>"


def _cell(tag: str, text: str, side: str) -> str:
    # An empty head is a cell like others.
    tag, scope = ("th", ' scope="col"') if tag == "th" and text else ("td", "")
    colour = styles.verdict(text)
    shown = f"<span{colour}>{_safe(text)}</span>" if colour else _safe(text)
    # A head may be long.
    style = f"{_CELL};{_OF_NUMBERS.partition(';')[0] if tag == 'th' and side == _OF_NUMBERS else side}"
    return f'<{tag} style="{style}"{scope}{isolated(text)}>{shown}</{tag}>'


def _flat(text: str) -> str:
    return plain(text).replace("\n", " ")


def literal(text: str) -> str:
    """Return text as a line of Markdown that shows it literally; safe only after `safe_markdown`."""
    # Dollar signs too: two in a line would enclose a formula.
    return _MEANS_MARKUP.sub(r"\\\g<0>", _flat(text))


def short_json(value: object) -> str:
    """Return a value as JSON in a short line."""
    return one_line(json.dumps(value, ensure_ascii=False, default=str), 60)


def _safe(text: str) -> str:
    return escape(_flat(text))
