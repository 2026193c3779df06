"""Rows: what one prompt is asked about, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runware_magic.chat.options import nearest
from runware_magic.errors import OptionError

_SHOWN = 40  # characters of the text that names the rows


@dataclass(frozen=True, slots=True)
class Row:
    """One of the things that a prompt is asked about.

    Attributes
    ----------
    key
        What tables call it.
    value
        What ``row`` stands for between ``{{ }}``.
    """

    key: str
    value: object


class Fields(dict[Any, Any]):
    """A dict whose entries are attributes, too: ``row.name`` and ``row["name"]`` are the same.

    It is a dict still, so that it can be written as JSON, and reads like one.
    """

    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:  # noqa: ANN401  # whatever the row holds
        # Entries first: a column called "items" or "values" is not to be a method of dict.
        if not name.startswith("__") and dict.__contains__(self, name):
            return with_attributes(dict.__getitem__(self, name))
        return super().__getattribute__(name)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # likewise
        names = [str(key) for key in dict.keys(self)]
        hint = nearest(name, names) or f"It has {', '.join(names[:10])}."
        msg = f"this row has no {name}. {hint}"
        raise AttributeError(msg)

    def __reduce__(self) -> tuple[type[Fields], tuple[dict[Any, Any]]]:
        # What pickle does otherwise calls items(), which may be an entry.
        return Fields, (dict(self),)


def with_attributes(value: object) -> object:
    """Give a dict whose entries are attributes, too; anything else as it is."""
    return Fields(value) if type(value) is dict else value


def rows_of(value: object, name: str) -> tuple[Row, ...]:
    """Give the rows of a value of the notebook.

    Parameters
    ----------
    value
        A list or any other iterable that is no text: its entries are called by their numbers from 1. A dict: its
        values are called by their keys. A DataFrame of pandas or Polars: its rows are called by their labels, or by
        their numbers where it has none; the columns of each are attributes and items. So are the entries of a dict
        in a list.
    name
        What messages call the value.

    Raises
    ------
    OptionError
        When these are no rows, or none.
    """
    rows = tuple(each_row(value, name))
    if not rows:
        msg = f"{_shown(name)} has no rows."
        raise OptionError(msg, "One request is made for each row: give at least one.")
    return rows


def each_row(value: object, name: str) -> Iterator[Row]:
    """Give rows one by one, as `rows_of` reads them: of an iterable without end, too; none is no error here.

    Raises
    ------
    OptionError
        At once, when these are no rows.
    """
    if isinstance(value, Mapping):
        return (Row(str(key), with_attributes(entry)) for key, entry in value.items())
    columns = getattr(value, "columns", None)
    for method, read in _FRAMES:
        if columns is not None and callable(getattr(value, method, None)):
            return read(value)
    if isinstance(value, Iterable) and not isinstance(value, str | bytes | bytearray):
        return (Row(str(number), with_attributes(entry)) for number, entry in enumerate(value, 1))
    msg = f"{_shown(name)} is no list, dict or DataFrame, but of type {type(value).__name__}."
    raise OptionError(msg, 'Rows are, for example, ["Oslo", "Lima"] or [{"name": "Oslo"}, {"name": "Lima"}].')


def _of_pandas(frame: Any) -> Iterator[Row]:  # noqa: ANN401  # told by what it can do: pandas is not imported
    # Not iterrows(): it makes one type of all columns, and so 3.0 of 3.
    for label, *entries in frame.itertuples(index=True, name=None):
        yield Row(str(label), Fields(zip(frame.columns, entries, strict=True)))


def _of_polars(frame: Any) -> Iterator[Row]:  # noqa: ANN401  # likewise
    for number, entries in enumerate(frame.iter_rows(named=True), 1):
        yield Row(str(number), Fields(entries))


_FRAMES: tuple[tuple[str, Callable[[Any], Iterator[Row]]], ...] = (
    ("itertuples", _of_pandas),
    ("iter_rows", _of_polars),
)


def _shown(name: str) -> str:
    return name if len(name) <= _SHOWN else f"{name[: _SHOWN - 1]}…"
