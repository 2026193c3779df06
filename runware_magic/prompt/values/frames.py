"""Tables of any library as one kind of value, of which only what is asked for is read."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from runware_magic.errors import PromptError
from runware_magic.prompt.values.libraries import belongs_to

_SIDES = 2  # rows and columns


@dataclass(frozen=True, slots=True)
class Frame:
    """A table; its methods take slices with both ends.

    Attributes
    ----------
    shape
        The numbers of rows and columns.
    columns
        Returns names and types of columns.
    block
        Returns values by rows and columns.
    labels
        Returns the labels of rows; None if they have none.
    dtype
        The type of all values; empty if each column has its own.
    """

    shape: tuple[int, int]
    columns: Callable[[slice], Iterable[tuple[object, object]]]
    block: Callable[[slice, slice], Iterable[Sequence[object]]]
    labels: Callable[[slice], Iterable[object]] | None = None
    dtype: str = ""


def read_frame(value: Any, name: str) -> Frame | None:  # noqa: ANN401  # of any library, none of which is imported here
    """Return a table or a 2-D array; None for other values. Raises `PromptError` if its library cannot be read."""
    if belongs_to(value, "pandas", "DataFrame", "Series"):
        return _of_pandas(value if hasattr(value, "columns") else value.to_frame())
    if belongs_to(value, "polars", "DataFrame", "Series"):
        return _of_polars(value if hasattr(value, "columns") else value.to_frame())
    if all(hasattr(type(value), known) for known in ("ndim", "shape", "dtype", "tolist")) and value.ndim == _SIDES:
        return _of_array(value)
    return _foreign(value, name)


def _of_pandas(frame: Any) -> Frame:  # noqa: ANN401
    def columns(at: slice) -> Iterable[tuple[object, object]]:
        part = frame.iloc[:0, at]
        return zip(part.columns, part.dtypes, strict=True)

    def block(rows: slice, at: slice) -> Iterable[Sequence[object]]:
        # By columns: a row has one type for all, 3 becomes 3.0, and 0.1 in 32 bits gets more digits than it has.
        part = frame.iloc[rows, at]
        return zip(*(part.iloc[:, column].array for column in range(part.shape[1])), strict=True)

    return Frame(frame.shape, columns, block, lambda rows: frame.index[rows])


def _of_polars(frame: Any) -> Frame:  # noqa: ANN401
    return Frame(
        frame.shape,
        lambda at: zip(frame.columns[at], frame.dtypes[at], strict=True),
        lambda rows, at: frame[rows, at].rows(),
    )


def _of_arrow(table: Any) -> Frame:  # noqa: ANN401
    def block(rows: slice, at: slice) -> Iterable[Sequence[object]]:
        part = table.slice(rows.start, rows.stop - rows.start)
        return zip(*(part.column(column).to_pylist() for column in range(at.start, at.stop)), strict=True)

    return Frame(
        (table.num_rows, table.num_columns),
        lambda at: [(table.schema.field(column).name, table.schema.field(column).type) for column in _each(at)],
        block,
    )


def _of_array(array: Any) -> Frame:  # noqa: ANN401
    def block(rows: slice, at: slice) -> Iterable[Sequence[object]]:
        part = array[rows, at]
        if not belongs_to(array, "numpy", "ndarray"):
            return part.tolist()  # type: ignore[no-any-return]  # of any library
        # Not `tolist`, which makes numbers of dates.
        return [[part[row, column] for column in range(part.shape[1])] for row in range(part.shape[0])]

    return Frame(tuple(array.shape), lambda at: ((column, "") for column in _each(at)), block, _each, str(array.dtype))


def _each(at: slice) -> range:
    return range(at.start, at.stop)


def _foreign(value: Any, name: str) -> Frame | None:  # noqa: ANN401
    """Return a table of another library, by a protocol that it has and a library that is installed."""
    readers = [reader for reader in _READERS if hasattr(type(value), reader[0])]
    for _, module, function, frame_of in readers:
        with suppress(ImportError), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a protocol may be deprecated
            read = getattr(import_module(module), function)
            try:
                return frame_of(read(value))
            except ImportError:
                raise
            except Exception:  # noqa: BLE001  # a single column, for example: its text is sent
                return None
    if not readers:
        return None
    msg = f"{name} is a table of {type(value).__module__}, which cannot be read here."
    raise PromptError(msg, "Install pyarrow, polars or pandas, or convert the table in a cell above.")


# A protocol, what reads it, and what it returns.
_READERS: tuple[tuple[str, str, str, Callable[[Any], Frame]], ...] = (
    ("__arrow_c_stream__", "pyarrow", "table", _of_arrow),
    ("__arrow_c_stream__", "polars", "DataFrame", _of_polars),
    ("__dataframe__", "pyarrow.interchange", "from_dataframe", _of_arrow),
    ("__dataframe__", "pandas.api.interchange", "from_dataframe", _of_pandas),
)
