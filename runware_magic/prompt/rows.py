"""Rows of data: a prompt is asked once for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from runware_magic.chat.text import listed, one_line
from runware_magic.errors import OptionError, UsageError
from runware_magic.prompt.options import nearest
from runware_magic.prompt.raised import raised

_SHOWN = 40  # characters of the expression for the rows


@dataclass(frozen=True, slots=True)
class Row:
    """One row. Its key is its name in tables, unique among the rows; its value is ``row`` between ``{{ }}``.

    The label is its name in the data, such as the label of a DataFrame's row: of any type, not always unique.
    """

    key: str
    value: object
    label: object = field(default=None, compare=False)


class Fields(dict[Any, Any]):
    """A dict with its entries as attributes: ``row.name`` is ``row["name"]``. As a dict, it can be written as JSON."""

    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:  # noqa: ANN401  # whatever the row holds
        # Entries first: a column may be called "items" or "values", as methods of dict are.
        if not name.startswith("__") and dict.__contains__(self, name):
            return with_attributes(dict.__getitem__(self, name))
        return super().__getattribute__(name)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # likewise
        names = [str(key) for key in dict.keys(self)]
        hint = nearest(name, names) or f"Its names are {listed(names)}."
        msg = f"this row has no {name}. {hint}"
        raise AttributeError(msg)

    def __reduce__(self) -> tuple[type[Fields], tuple[dict[Any, Any]]]:
        # By default, pickle calls items(), which may be an entry.
        return Fields, (dict(self),)


def with_attributes(value: object) -> object:
    """Return a dict as `Fields`; anything else unchanged."""
    return Fields(value) if type(value) is dict else value


def rows_of(value: object, name: str) -> tuple[Row, ...]:
    """Return the rows of a value of the notebook, or raise `OptionError`; `name` is its name in messages.

    The rows are the entries of a list or another iterable, numbered from 1; the values of a dict or of a pandas Series,
    by key or label; or the rows of a DataFrame of pandas (by label) or Polars (numbered). Columns, and entries of a
    dict in a list, are attributes and items of a row.
    """
    rows: list[Row] = []
    unread = each_row(value, name)
    try:
        for row in unread:
            rows.append(row)  # noqa: PERF402  # how many there are before an error, the error says
    except Exception as error:  # noqa: BLE001  # a generator or a database may raise anything
        msg = f"{one_line(name, _SHOWN)}: row {len(rows) + 1} raised {raised(error)}."
        raise OptionError(msg, "Read the rows into a list in a cell above, and use that list.") from None
    if not rows:
        msg = f"{one_line(name, _SHOWN)} has no rows."
        raise OptionError(msg, "Each row is one request: add at least one row.")
    return tuple(rows)


def each_row(value: object, name: str) -> Iterator[Row]:
    """Return an iterator over rows, as `rows_of` reads them; the iterable may be endless or empty.

    Raises `OptionError` at once for a value of another type.
    """
    if isinstance(value, Mapping):
        return _distinct(value.items())
    for attribute, method, read in _OF_LIBRARIES:
        if getattr(value, attribute, None) is not None and callable(getattr(value, method, None)):
            return read(value)
    if isinstance(value, Iterable) and not isinstance(value, str | bytes | bytearray):
        return _numbered(value)
    msg = f"{one_line(name, _SHOWN)} must be a list, dict or DataFrame, not a value of type {type(value).__name__}."
    raise OptionError(msg, 'Rows are, for example, ["Oslo", "Lima"] or [{"name": "Oslo"}, {"name": "Lima"}].')


def _numbered(entries: Iterable[object]) -> Iterator[Row]:
    for number, entry in enumerate(entries, 1):
        yield Row(str(number), with_attributes(entry), number)


def _of_pandas(frame: Any) -> Iterator[Row]:  # noqa: ANN401  # duck-typed: pandas is not imported
    # Not iterrows(): it converts all columns to one type, so 3 becomes 3.0.
    rows = frame.itertuples(index=True, name=None)
    return _distinct((label, dict(zip(frame.columns, entries, strict=True))) for label, *entries in rows)


# An attribute and a method that identify each type, and its reader.
_OF_LIBRARIES: tuple[tuple[str, str, Callable[[Any], Iterator[Row]]], ...] = (
    ("columns", "itertuples", _of_pandas),
    ("columns", "iter_rows", lambda frame: _numbered(frame.iter_rows(named=True))),  # Polars
    ("index", "items", lambda series: _distinct(series.items())),
)


@contextmanager
def told_of(row: Row | None) -> Iterator[None]:
    """Add the row's name to errors of the block."""
    try:
        yield
    except UsageError as error:
        if row is None:
            raise
        about = f"Row {row.key}"
        raise error.about(about) from None


def _distinct(labelled: Iterable[tuple[Any, object]]) -> Iterator[Row]:
    """Yield rows with their labels as names; a number distinguishes those with the same label."""
    used: set[str] = set()
    counts: dict[str, int] = {}
    for label, value in labelled:
        key = str(label)
        while key in used:
            counts[str(label)] = counts.get(str(label), 1) + 1
            key = f"{label} ({counts[str(label)]})"
        used.add(key)
        yield Row(key, with_attributes(value), label)
