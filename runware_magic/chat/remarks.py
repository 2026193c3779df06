"""What is said of the cells of a notebook whose outputs were not used."""

from __future__ import annotations

from runware_magic.chat.text import listed

#: Why a copy of another cell's turn is left out.
COPY = "only redisplay an answer"
_MOST_CELLS = 5


def remark(cells: tuple[int, ...], why: str) -> str:
    """Return why something of these cells, by their numbers, was left out."""
    told = named(cells).capitalize()
    if why == COPY:
        return f"{told} only redisplay{'s' if len(cells) == 1 else ''} an answer; skipped"
    return f"{told}: {why}"


def named(cells: tuple[int, ...]) -> str:
    """Return the names of cells, by their numbers."""
    if len(cells) == 1:
        return f"cell {cells[0]}"
    if len(cells) > _MOST_CELLS:
        return f"cells {listed(cells, _MOST_CELLS)}"
    return f"cells {', '.join(map(str, cells[:-1]))} and {cells[-1]}"
