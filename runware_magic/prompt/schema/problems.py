"""What is wrong with the data of an answer: lines that name the path, what was expected and what came."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from runware_magic.chat.text import printable

#: The lines that a model is told.
MOST = 20
#: Problems are not counted beyond this number.
COUNTED = 1000

_LONGEST = 200  # characters of a line
_LONGEST_PATH = 80
_LONGEST_STEP = 40
_LONGEST_VALUE = 60
_PLAIN_NAME = re.compile(r"[^\W\d][\w-]*")

Path = Sequence[str | int]


class DataError(ValueError):
    """An answer that does not match its schema; the text is one line.

    Attributes
    ----------
    problems
        What is wrong, a line each; at most `MOST` lines.
    count
        How many problems there are; never more than `COUNTED`.
    """

    def __init__(self, problems: Iterable[str], count: int = 1) -> None:
        self.problems = tuple(printable(problem, _LONGEST) for problem in problems)[:MOST]
        self.count = max(min(count, COUNTED), len(self.problems))
        # All in `args`, so that the exception can be pickled.
        super().__init__(self.problems, self.count)

    def __str__(self) -> str:
        return self.problems[0] + self._more(1)

    @property
    def report(self) -> str:
        """All problems, as lines of a list, for the model that is asked to repair its answer."""
        lines = "\n".join(f"- {problem}" for problem in self.problems)
        more = self._more(len(self.problems)).removeprefix(", ")
        return f"{lines}\n- {more}" if more else lines

    def _more(self, told: int) -> str:
        if self.count <= told:
            return ""
        return f", and {self.count - told:,} more" + (" or still more" if self.count == COUNTED else "")


def place(path: Path) -> str:
    """Return a path as it is written in code, such as ``items[2].price``; empty for the root."""
    steps = [_step(step) for step in path]
    written = "".join(steps).removeprefix(".")
    if len(written) <= _LONGEST_PATH:
        return written
    return written[: _LONGEST_PATH // 2] + "…" + written[-_LONGEST_PATH // 2 :]


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    shown = printable(step, _LONGEST_STEP)
    return f".{shown}" if _PLAIN_NAME.fullmatch(shown) else f"[{json.dumps(shown, ensure_ascii=False)}]"


def instead(path: Path, expected: str, value: object) -> str:
    """Return the line of a value that is not as expected."""
    where = place(path)
    return f"{where}: expected {expected}, got {came(value)}" if where else f"expected {expected}, got {came(value)}"


def missing(path: Path) -> str:
    """Return the line of a value that is not there."""
    return f"{place(path)} is missing"


def extra(path: Path) -> str:
    """Return the line of a value that should not be there."""
    return f"{place(path)} is not in the schema"


def came(value: object) -> str:
    """Return a JSON value in a few words."""
    match value:
        case dict():
            return "an object" if value else "an empty object"
        case list():
            return "a list" if value else "an empty list"
        case str():
            return json.dumps(printable(value, _LONGEST_VALUE), ensure_ascii=False)
        case bool() | None:
            return json.dumps(value)
        case _:
            return printable(repr(value), _LONGEST_VALUE)
