"""Figures that a function draws by pyplot and leaves open, as a cell may: where Jupyter shows them at its end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any


class NewFigures:
    """The figures of pyplot that are open in the end and were not in the beginning; none where windows show them."""

    def __init__(self) -> None:
        self._before = frozenset(_numbers())

    def taken(self) -> Iterator[Any]:
        """Yield each, and close it, so that the cell does not show it once more."""
        for number in _numbers():
            if number not in self._before:
                pyplot: Any = sys.modules["matplotlib.pyplot"]
                figure = pyplot.figure(number)
                pyplot.close(figure)
                yield figure


def _numbers() -> list[int]:
    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    # While it is being imported, it has nothing.
    if pyplot is None or not hasattr(pyplot, "get_fignums"):
        return []
    is_inline = "inline" in str(sys.modules["matplotlib"].get_backend()).lower()
    return list(pyplot.get_fignums()) if is_inline else []
