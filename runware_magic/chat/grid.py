"""A grid of requests: every model with every parameter, row and run that one cell asks for."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from runware_magic.chat.request import Request
from runware_magic.chat.rows import Row

_DIGITS = 32  # of a fingerprint: 128 bits


@dataclass(frozen=True, slots=True)
class Cell:
    """One request of a grid.

    Attributes
    ----------
    number
        Which it is, counting from 1.
    model
        The model that is asked; None for the one that would be asked anyway.
    parameters
        Those that are swept, by the endpoint's names.
    row
        What it is asked about; None in a grid without rows.
    run
        Counts answers to one and the same request from 1.
    """

    number: int
    model: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    row: Row | None = None
    run: int = 1

    def labels(self, grid: Grid) -> dict[str, str]:
        """Give what tells it from others of its grid, as texts: nothing that is the same in all of them."""
        labels = {}
        if self.row is not None and grid.rows is not None and len(grid.rows) > 1:
            labels["row"] = self.row.key
        if self.model is not None and len(grid.models) > 1:
            labels["model"] = self.model
        labels |= {name: label(self.parameters[name]) for name, values in grid.sweeps if len(values) > 1}
        if grid.runs > 1:
            labels["run"] = str(self.run)
        return labels


@dataclass(frozen=True, slots=True)
class Grid:
    """What is asked for at once: the product of all this.

    Attributes
    ----------
    models
        Each is asked; none stands for the one that would be asked anyway.
    sweeps
        Parameters by the endpoint's names, each with the values that it takes.
    rows
        What is asked about; None for a prompt without rows.
    runs
        How often each request is made.
    """

    models: tuple[str, ...] = ()
    sweeps: tuple[tuple[str, tuple[Any, ...]], ...] = field(default=(), hash=False)
    rows: tuple[Row, ...] | None = field(default=None, hash=False)
    runs: int = 1

    def __len__(self) -> int:
        """Give the number of requests."""
        return math.prod(map(len, self._axes()))

    def cells(self) -> Iterator[Cell]:
        """Give the requests one by one: row by row, in a row model by model, then by the sweeps, then run by run."""
        names = [name for name, _ in self.sweeps]
        for number, (row, model, *values, run) in enumerate(itertools.product(*self._axes()), 1):
            yield Cell(number, model, dict(zip(names, values, strict=True)), row, run)

    def _axes(self) -> list[Any]:
        rows = (None,) if self.rows is None else self.rows
        return [rows, self.models or (None,), *(values for _, values in self.sweeps), range(1, self.runs + 1)]


def label(value: object) -> str:
    """Give a value of a parameter as it would be written on the line."""
    if isinstance(value, str):
        return value
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.removesuffix(".0") if isinstance(value, float) else text


def fingerprint(request: Request, nth: int = 1) -> str:
    """Give what tells a request from every other, whenever and wherever it is made.

    Parameters
    ----------
    request
        Of it count model, messages and parameters: not the order of names, nor whether the answer comes in pieces.
    nth
        Its number among equal ones, counting from 1.

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    messages = [message.to_json() for message in request.messages]
    # There and back: names of an inner dict may be of several types, and are sorted as the texts that are sent.
    parameters = json.loads(json.dumps(dict(request.parameters)))
    told = json.dumps([request.model, messages, parameters, nth], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()[:_DIGITS]


class Fingerprints:
    """Gives each request a fingerprint of its own: the second of two equal ones another than the first.

    Asked in the same order, it gives the same ones again. Not for several threads at once.
    """

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def __call__(self, request: Request) -> str:
        """Give the fingerprint of the next request."""
        first = fingerprint(request)
        nth = self._seen[first] = self._seen.get(first, 0) + 1
        return first if nth == 1 else fingerprint(request, nth)
