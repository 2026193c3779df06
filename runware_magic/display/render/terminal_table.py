"""Tables of a terminal: columns as wide as they have to be, or a list of rows where the terminal is too narrow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from runware_magic.display.render.terminal_lines import Line, Span, line_width, with_roles, wrapped

_BETWEEN = Span(" │ ", ("dim",))
_LEAST = 8  # columns of a cell whose text does not fit in one line


@dataclass
class TableRows:
    """The cells of a table as they are collected; the first row is its head."""

    rows: list[list[Line]] = field(default_factory=list)
    sides: list[str] = field(default_factory=list)  # to which each column aligns

    def lines(self, width: int, *, widths: Sequence[int] = (), has_head: bool = True) -> tuple[list[Line], list[int]]:
        """Return the lines of the table, and the widths of its columns.

        Rows that continue a table that was cut (`widths` are its columns) have no head.
        """
        count = max(map(len, self.rows), default=0)
        columns = _widths(self.rows, count, width, widths)
        if not columns:
            return self._stacked(width, has_head=has_head), columns
        cells = [[_cell(row, at, columns[at]) for at in range(count)] for row in self._bold_head()]
        is_tall = any(len(cell) > 1 for row in cells[1:] for cell in row)
        rule = _rule(columns)
        lines: list[Line] = []
        for at, row in enumerate(cells):
            if at == 0:
                lines += [*self._row(row, columns), rule] if has_head else []
            else:
                lines += [*([rule] if is_tall and (at > 1 or not has_head) else []), *self._row(row, columns)]
        return lines, columns

    def _bold_head(self) -> list[list[Line]]:
        return [[with_roles(cell, "strong") for cell in row] for row in self.rows[:1]] + self.rows[1:]

    def _row(self, cells: Sequence[list[Line]], columns: Sequence[int]) -> list[Line]:
        lines: list[Line] = []
        for pieces in zip_longest(*cells, fillvalue=()):
            line: list[Span] = []
            for at, piece in enumerate(pieces):
                line += [*([_BETWEEN] if at else []), *_aligned(piece, columns[at], self._side(at))]
            lines.append(_stripped(line))
        return lines

    def _side(self, at: int) -> str:
        return self.sides[at] if at < len(self.sides) else ""

    def _stacked(self, width: int, *, has_head: bool) -> list[Line]:
        head, *rows = self.rows or [[]]
        lines: list[Line] = []
        for at, row in enumerate(rows):
            lines += [()] if at or not has_head else []
            for name, cell in zip_longest(head, row, fillvalue=()):
                spans = (*with_roles(name, "strong"), *((Span(": "),) if name and cell else ()), *cell)
                lines += wrapped(spans, width)
        return lines or wrapped((span for cell in head for span in (*with_roles(cell, "strong"), Span(" "))), width)


def _widths(rows: Sequence[Sequence[Line]], count: int, width: int, before: Sequence[int]) -> list[int]:
    """Return the widths of the columns, at least those `before`, or the widest narrowed; none where they do not fit."""
    least = before if len(before) == count else (1,) * count
    natural = [max((_widest(row[at]) for row in rows if at < len(row)), default=1) for at in range(count)]
    natural = [max(pair) for pair in zip(natural, least, strict=True)]
    room = width - len(_BETWEEN.text) * (count - 1)
    if sum(natural) <= room:
        return natural
    if count == 0 or sum(min(one, _LEAST) for one in natural) > room:
        return []
    low, high = _LEAST, max(natural)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if sum(min(one, middle) for one in natural) <= room else (low, middle - 1)
    return [min(one, low) for one in natural]


def _widest(cell: Line) -> int:
    return max(line_width(line) for line in wrapped(cell, 1_000_000))


def _cell(row: Sequence[Line], at: int, width: int) -> list[Line]:
    return wrapped(row[at], width, splits=True) if at < len(row) else [()]


def _aligned(line: Line, width: int, side: str) -> Line:
    left = max(0, width - line_width(line))
    before = left if side == "right" else left // 2 if side == "center" else 0
    return (
        *((Span(" " * before),) if before else ()),
        *line,
        *((Span(" " * (left - before)),) if left - before else ()),
    )


def _stripped(line: list[Span]) -> Line:
    """Return a line without spaces at its end."""
    while line and line[-1].text.isspace():
        line.pop()
    return tuple(line)


def _rule(columns: Sequence[int]) -> Line:
    return (Span("─┼─".join("─" * column for column in columns), ("dim",)),)
