"""The table of answers, live and settled: what varies, where each answer begins, its checks and its cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from runware_magic.chat.text import one_line
from runware_magic.chat.turn import ROW, Variant
from runware_magic.display.render import styles
from runware_magic.display.render.bidi import isolated
from runware_magic.display.render.sanitize_html import escape

MOST_VARIED = 4  # columns of what varies; the rest stands with the other facts
_WIDEST = (0, 24, 18, 14, 11)  # percent of the page for each of so many columns, at most
_LETTER, _NARROWEST = 1.6, 9  # percent
_BOLD = 1.25  # a letter of a name takes so many of a value
_NUMBER, _CHECKS, _COST = "width:2.8em", "width:4.2em", "width:7.5em;white-space:nowrap"
# Fixed widths, so that parts of a table look like one, and a wide answer scrolls by itself.
_TABLE = "width:100%;min-width:460px;table-layout:fixed;border-collapse:collapse;margin:0"
_CELL = (
    "padding:4px 8px 4px 0;text-align:left;vertical-align:top;overflow-wrap:break-word;"
    f"{styles.TAGS['tr']};{styles.SMALL}"
)
_RIGHT = "text-align:right;padding:4px 0"


class Row(NamedTuple):
    """One row; all are plain text except the answer, which is clean HTML."""

    number: str
    values: Sequence[str]
    answer: str
    checks: str = ""
    cost: str = ""


class Columns(NamedTuple):
    """The columns of one table: the names and widths (percent) of what varies, and whether there are checks."""

    names: tuple[str, ...]
    widths: tuple[int, ...]
    has_checks: bool = False

    @classmethod
    def of(cls, variants: Iterable[Variant | None], *, has_checks: bool) -> Columns:
        """Return the columns for these answers."""
        all_varied = list(map(varied, known := list(variants)))
        names = names_of(known)[:MOST_VARIED]
        longest = (max(_BOLD * len(name), *(len(each.get(name, "")) for each in all_varied)) for name in names)
        most = _WIDEST[len(names)]
        widths = tuple(min(most, max(_NARROWEST, round(_LETTER * size))) for size in longest)
        return cls(names, widths, has_checks)

    @property
    def heads(self) -> tuple[str, ...]:
        """What stands above the columns."""
        checks = ("checks",) if self.has_checks else ()
        return ("#", *(one_line(name, 40) for name in self.names), "answer", *checks, "cost")

    def values(self, variant: Variant | None) -> tuple[str, ...]:
        """Return what distinguishes an answer, for each of the names."""
        own = varied(variant)
        return tuple(one_line(own.get(name, ""), 80) for name in self.names)

    def table(self, rows: Iterable[str]) -> str:
        """Return a table of rows as `row` makes them, or a part of a table, as HTML."""
        head = "".join(_cell("th", text, style) for text, style in zip(self.heads, self._styles, strict=True))
        return f'<table style="{_TABLE}"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'

    def row(self, row: Row) -> str:
        """Return a row as HTML."""
        cells = enumerate(zip(self.texts(row), self._styles, strict=True))
        answer = 1 + len(self.names)
        return f"<tr>{''.join(_cell('td', text, style, html=at == answer) for at, (text, style) in cells)}</tr>"

    def texts(self, row: Row) -> tuple[str, ...]:
        """Return the cells of a row."""
        checks = (row.checks,) if self.has_checks else ()
        return (row.number, *row.values, row.answer, *checks, row.cost)

    @property
    def _styles(self) -> tuple[str, ...]:
        checks = (_CHECKS,) if self.has_checks else ()
        return (_NUMBER, *(f"width:{width}%" for width in self.widths), "", *checks, f"{_COST};{_RIGHT}")


def varied(variant: Variant | None) -> Mapping[str, str]:
    """Return what distinguishes an answer from others, by name: what its row goes by, then the other labels."""
    if variant is None:
        return {}
    return {**variant.row, **{name: value for name, value in variant.labels.items() if name != ROW}}


def names_of(variants: Iterable[Variant | None]) -> tuple[str, ...]:
    """Return the names of what varies, each once; not of a row that goes by the number of its answer."""
    known = [variant for variant in variants if variant is not None]
    names = dict.fromkeys(name for variant in known for name in varied(variant))
    repeats = all(varied(variant).get(ROW) == str(variant.number) for variant in known)
    return tuple(name for name in names if name != ROW or not repeats)


def _cell(tag: str, text: str, style: str, *, html: bool = False) -> str:
    sheet = f"{_CELL};{style}" if style else _CELL
    scope = ' scope="col"' if tag == "th" else ""
    if html:
        return f'<td style="{sheet}">{text}</td>'
    colour = styles.verdict(text)
    shown = f"<span{colour}>{escape(text)}</span>" if colour else escape(text)
    return f'<{tag} style="{sheet}"{scope}{isolated(text)}>{shown}</{tag}>'
