"""The data of answers as columns of a table: nested fields by dotted names, lists as lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from runware_magic.chat.answer_json import json_of
from runware_magic.chat.structured import unwrapped
from runware_magic.chat.turn import Turn

#: The column of data that has no fields.
DATA = "data"


def data_columns(turns: Sequence[Turn], taken: Iterable[str] = ()) -> list[dict[str, object]]:
    """Return the fields of each answer's data, all with the same names; None where an answer has no such data.

    A field whose name is ``taken`` by another column of the table is called ``data.…``.
    """
    rows = [dict(_fields(_plain(turn))) if turn.data is not None else {} for turn in turns]
    names = dict.fromkeys(name for row in rows for name in row)
    taken = {*taken}
    return [{f"{DATA}.{name}" if name in taken else name: row.get(name) for name in names} for row in rows]


def _plain(turn: Turn) -> object:
    """Return data as JSON values, whatever class it has."""
    return unwrapped(json_of(turn.content, turn.schema), turn.schema)


def _fields(value: object, prefix: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _fields(inner, f"{prefix}.{name}" if prefix else name)
    else:
        yield prefix or DATA, value
