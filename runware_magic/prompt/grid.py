"""A grid of requests: all combinations of models, parameters, rows and runs of one cell."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from runware_magic.prompt.row_columns import RowColumns
from runware_magic.prompt.rows import Row


@dataclass(frozen=True, slots=True)
class Cell:
    """One request of a grid."""

    number: int  # from 1
    model: str | None = None  # None for the model that would be asked without a grid
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)  # the swept ones
    row: Row | None = None
    run: int = 1  # counts answers to the same request

    def labels(self, grid: Grid) -> dict[str, str]:
        """Return what differs from other cells of the grid, as texts."""
        row = {"row": self.row.key} if self.row is not None and grid.varies_rows else {}
        return row | {name: label(value) for name, value in self.varied(grid).items()}

    def varied(self, grid: Grid) -> dict[str, Any]:
        """Return what differs from other cells of the same row, each value in its own type."""
        values: dict[str, Any] = {"model": self.model} if len(grid.models) > 1 else {}
        values |= {name: self.parameters[name] for name, swept in grid.sweeps if len(swept) > 1}
        return values | ({"run": self.run} if grid.runs > 1 else {})


@dataclass(frozen=True, slots=True)
class Grid:
    """Everything that is asked at once: the product of models, sweeps, rows and runs.

    `models` may be empty: then the usual model is asked. `rows` is None for a prompt without rows; `source` is the
    value that they were read from.
    """

    models: tuple[str, ...] = ()
    sweeps: tuple[tuple[str, tuple[Any, ...]], ...] = field(default=(), hash=False)
    rows: tuple[Row, ...] | None = field(default=None, hash=False)
    runs: int = 1
    source: object = field(default=None, hash=False, compare=False)

    def __len__(self) -> int:
        return math.prod(map(len, self._axes()))

    def cells(self) -> Iterator[Cell]:
        """Yield the requests: row by row, in a row model by model, then by the sweeps, then run by run."""
        names = [name for name, _ in self.sweeps]
        for number, (row, model, *values, run) in enumerate(itertools.product(*self._axes()), 1):
            yield Cell(number, model, dict(zip(names, values, strict=True)), row, run)

    @property
    def varies_rows(self) -> bool:
        """Whether there is more than one row."""
        return self.rows is not None and len(self.rows) > 1

    def values(self) -> dict[int, dict[str, object]]:
        """Return the columns that distinguish the requests, by number; each value in its own type.

        What rows have of their own is in `row_columns`; where their labels repeat, ``row_number`` counts them from 1.
        Lists and dicts become texts, since tables cannot be grouped by them.
        """
        rows = (self.rows or ()) if self.varies_rows else ()
        repeated = any(row.key != str(row.label) for row in rows)
        columns: dict[str, dict[str, object]] = {
            row.key: {"row_number": number} if repeated else {} for number, row in enumerate(rows, 1)
        }
        return {
            cell.number: (columns.get(cell.row.key, {}) if cell.row else {})
            | {
                name: label(value) if isinstance(value, list | dict) else value
                for name, value in cell.varied(self).items()
            }
            for cell in self.cells()
        }

    def row_columns(self) -> RowColumns | None:
        """Return what the rows have of their own; None without rows."""
        return None if self.rows is None else RowColumns.of(self.rows, self.source, len(self) // len(self.rows))

    def _axes(self) -> list[Any]:
        rows = (None,) if self.rows is None else self.rows
        return [rows, self.models or (None,), *(values for _, values in self.sweeps), range(1, self.runs + 1)]


def label(value: object) -> str:
    """Return the value of a parameter as it would be written on the line."""
    if isinstance(value, str):
        return value
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.removesuffix(".0") if isinstance(value, float) else text
