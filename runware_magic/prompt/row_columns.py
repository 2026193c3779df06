"""The columns of a row in tables of answers: what the prompt used of it, and all that it has of its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runware_magic.chat.text import one_line
from runware_magic.prompt.rows import Row

_LONGEST = 200  # characters of a value in a record, which holds the prompt with all of it anyway
_NO_TEXT = re.compile(r"<.* at 0x[0-9A-Fa-f]+>")  # a kind and an address, which differs each time
_VALUE = "value"  # the column of rows that have no names in them

#: The way from a row to a value in it: names of attributes, and keys in brackets.
Path = tuple[tuple[str, Any], ...]
_ATTRIBUTE, _KEY = "attribute", "key"


def paths_in(expressions: Iterable[str]) -> tuple[Path, ...]:
    """Return what Python expressions use of ``row``: of ``row.name.upper()`` the way to ``upper``, each way once."""
    trees = (ast.parse(expression.strip(), mode="eval") for expression in expressions)
    return tuple(dict.fromkeys(path for tree in trees for path in _paths(tree)))


def used_of(row: Row, paths: Iterable[Path]) -> dict[str, str]:
    """Return the values of a row at the end of these ways, as texts by name; without a dict that is used whole."""
    ends = (_followed(row.value, path) for path in paths)
    told = ((name or "row", _told(value)) for name, value in ends if name or not _has_names(value))
    return {name: text for name, text in told if text is not None}


def _paths(node: ast.AST) -> Iterator[Path]:
    path = _path(node)
    if path is not None:
        yield path
        return
    for child in ast.iter_child_nodes(node):
        yield from _paths(child)


def _path(node: ast.AST) -> Path | None:
    """Return the way from ``row`` to what this node names, or None if it is another expression."""
    match node:
        case ast.Name(id="row"):
            return ()
        case ast.Attribute(value=inner, attr=key):
            kind = _ATTRIBUTE
        case ast.Subscript(value=inner, slice=ast.Constant(value=str() | int() as key)):
            kind = _KEY
        case _:
            return None
    before = _path(inner)
    return None if before is None else (*before, (kind, key))


def _followed(value: Any, path: Path) -> tuple[str, Any]:  # noqa: ANN401  # whatever the row holds
    """Return the name and the value at the end of a way, or before the first method on it."""
    name = ""
    for kind, key in path:
        try:
            inner = getattr(value, key) if kind == _ATTRIBUTE else value[key]
        except Exception:  # noqa: BLE001  # the user's own; a condition may have kept it from the prompt
            break
        if callable(inner):
            break
        name, value = (f"{name or 'row'}[{key}]" if isinstance(key, int) else f"{name}.{key}".lstrip(".")), inner
    return name, value


def _told(value: object) -> str | None:
    """Return a value as a short text; None for one that has none of its own, such as a picture or a table."""
    try:
        text = str(value)
    except Exception:  # noqa: BLE001  # the user's own
        return None
    is_text = isinstance(value, str)
    return one_line(text, _LONGEST) if is_text or not ("\n" in text or _NO_TEXT.search(text)) else None


def _has_names(value: object) -> bool:
    return isinstance(value, Mapping)


@dataclass(frozen=True, slots=True)
class RowColumns:
    """What the rows of a comparison have of their own.

    `answers` are asked for about each row. `frame` is a copy of the DataFrame or Series of pandas that the rows come
    from, which keeps types. Without it, labels are the index if the rows have keys, and else their positions from 0.
    """

    rows: tuple[Row, ...]
    answers: int
    frame: Any = None
    has_keys: bool = False

    @classmethod
    def of(cls, rows: tuple[Row, ...], source: Any, answers: int) -> RowColumns:  # noqa: ANN401  # duck-typed
        """Return the columns of rows that were read from this value."""
        frame = source.copy() if hasattr(source, "iloc") else None
        return cls(rows, answers, frame, isinstance(source, Mapping))

    def position(self, number: int) -> int:
        """Return the index of the row that the answer with this number is about."""
        return (number - 1) // self.answers

    def fields(self, number: int) -> dict[str, object]:
        """Return the row that the answer with this number is about, by column."""
        value = self.rows[self.position(number)].value
        return {str(name): value[name] for name in dict.keys(value)} if isinstance(value, dict) else {_VALUE: value}

    def to_dataframe(self, pandas: Any, numbers: Iterable[int]) -> Any:  # noqa: ANN401  # pandas is optional
        """Return a row for each of these answers, with the index that the rows have."""
        positions = list(map(self.position, numbers))
        if self.frame is None:
            index = pandas.Index([self.rows[at].label for at in positions] if self.has_keys else positions)
            return pandas.DataFrame([self.fields(1 + at * self.answers) for at in positions], index=index)
        taken = self.frame.iloc[positions]
        return taken.to_frame(_VALUE if taken.name is None else taken.name) if hasattr(taken, "to_frame") else taken
