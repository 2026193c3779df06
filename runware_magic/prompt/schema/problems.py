"""What is wrong with the data of an answer: lines that name the path, what was expected and what came."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from runware_magic.chat.text import printable

#: The lines that a model is told.
MOST = 20
#: Problems are not counted beyond this number.
COUNTED = 1000

#: The names of JSON's types in these lines.
EXPECTED = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}

Path = tuple[str | int, ...]

_LONGEST = 240  # characters of a line
_LONGEST_PATH = 80
_LONGEST_STEP = 40
_LONGEST_VALUE = 60
_PLAIN_NAME = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a place of the data: the value is not as `expected`, or has a `fault`, or what is `said`."""

    path: Path
    value: object = field(default=None, compare=False)
    expected: str = ""
    fault: str = ""
    said: str = ""

    def __str__(self) -> str:
        where = place(self.path)
        if self.said:
            return f"{where or 'the answer'} {self.said}"
        what = f"expected {self.expected}" if self.expected else self.fault
        return f"{where}{': ' * bool(where)}{what}, got {came(self.value)}"


def missing(path: Path) -> Problem:
    """Return the problem of a value that is not there."""
    return Problem(path, said="is missing")


def extra(path: Path) -> Problem:
    """Return the problem of a value that should not be there."""
    return Problem(path, said="is not in the schema")


class DataError(ValueError):
    """An answer that does not match its schema; the text is one line.

    Attributes
    ----------
    problems
        What is wrong, a line each; from one to `MOST` lines.
    count
        How many problems there are; not more than `COUNTED`.
    """

    def __init__(self, problems: Iterable[str], count: int = 1) -> None:
        self.problems = tuple(printable(problem, _LONGEST) for problem in problems)[:MOST]
        self.count = max(min(count, COUNTED), len(self.problems))
        # All in `args`, so that the exception can be pickled.
        super().__init__(self.problems, self.count)

    def __str__(self) -> str:
        return self.problems[0] + self._more(1, ", and ")

    @property
    def report(self) -> str:
        """All problems as lines of a list, for the model that is asked to repair its answer."""
        lines = [f"- {problem}" for problem in self.problems]
        return "\n".join(lines) + self._more(len(lines), "\n- and ")

    def _more(self, told: int, joined: str) -> str:
        if self.count <= told:
            return ""
        return f"{joined}{self.count - told:,} {'or more others' if self.count == COUNTED else 'more'}"


def data_error(problems: Iterable[Problem]) -> DataError:
    """Return the error of problems, each told once; what else was expected at the same place is told with it."""
    told: dict[object, list[Problem]] = {}
    for problem in problems:
        told.setdefault(problem.path if problem.expected else problem, []).append(problem)
    return DataError(map(str, map(_joined, list(told.values())[:MOST])), len(told))


def _joined(same: list[Problem]) -> Problem:
    expected = dict.fromkeys(problem.expected for problem in same)
    return replace(same[0], expected=" or ".join(expected))


def place(path: Path) -> str:
    """Return a path as it is written in code, such as ``items[2].price``; empty for the root."""
    written = "".join(map(_step, path)).removeprefix(".")
    if len(written) <= _LONGEST_PATH:
        return written
    return written[: _LONGEST_PATH // 2] + "…" + written[-_LONGEST_PATH // 2 :]


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    shown = printable(step, _LONGEST_STEP)
    return f".{shown}" if _PLAIN_NAME.fullmatch(shown) else f"[{quoted(shown)}]"


def came(value: object) -> str:
    """Return a JSON value in a few words."""
    match value:
        case dict():
            return "an object" if value else "an empty object"
        case list():
            return "a list" if value else "an empty list"
        case str():
            return quoted(printable(value, _LONGEST_VALUE))
        case bool() | None:
            return json.dumps(value)
        case _:
            return printable(repr(value), _LONGEST_VALUE)


def quoted(value: object) -> str:
    """Return a JSON value as JSON, on one line and not too long."""
    return printable(json.dumps(value, ensure_ascii=False), 2 * _LONGEST_VALUE)


def one_of(values: Iterable[object]) -> str:
    """Return the values that an enumeration has."""
    texts = [quoted(value) for value in values]
    return f"{', '.join(texts[:-1])} or {texts[-1]}" if len(texts) > 1 else "".join(texts)
