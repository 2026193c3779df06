"""Parses what ``--with`` names: variables, outputs, cells, the last error, files."""

from __future__ import annotations

import re

#: The item for the last error of the notebook.
ERROR = "error"
#: How the item for the last cells begins; a number follows.
CELLS = "cells:"

_CLOSES = {"(": ")", "[": "]", "{": "}"}
_QUOTES = frozenset("'\"")
_EXPECTED = "names with commas and no spaces, such as df,Out[5],cells:3,error,notes.md"


def read_items(text: str) -> tuple[str, ...]:
    """Return the items of one ``--with``, or raise ValueError with what is expected."""
    items = tuple(item.strip() for item in pieces(text))
    if not all(items):
        raise ValueError(_EXPECTED)
    for item in items:
        if item.startswith(CELLS) and not cells_asked(item):
            expected = "cells:N with a number from 1, such as cells:3, or names"
            raise ValueError(expected)
    return items


def cells_asked(item: str) -> int:
    """Return how many cells an item asks for; 0 if it is another item."""
    match = re.fullmatch(rf"{CELLS}(\d{{1,6}})", item, re.ASCII)
    return int(match[1]) if match else 0


def pieces(text: str) -> list[str]:
    """Split at the commas outside brackets and quotes: ``df.loc[:, 'a,b'],fig`` has two pieces."""
    pieces, open_until = [""], list[str]()
    for char in text:
        if char == "," and not open_until:
            pieces.append("")
            continue
        pieces[-1] += char
        if open_until and char == open_until[-1]:
            open_until.pop()
        elif char in _QUOTES and not (open_until and open_until[-1] in _QUOTES):
            open_until.append(char)
        elif char in _CLOSES and not (open_until and open_until[-1] in _QUOTES):
            open_until.append(_CLOSES[char])
    return pieces
