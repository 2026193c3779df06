"""What is worked out in the lesson of notebook 04: products, right and wrong, and dates in the form of the examples."""

from __future__ import annotations

import re

from runware_magic.wire.demo.request import Ask
from runware_magic.wire.demo.stream import Reply

_TIMES = "\u00d7"
_PRODUCT = re.compile(
    rf"what is (\d{{1,6}}) ?(?:times|[x*{_TIMES}]) ?(\d{{1,6}})\?(?: (?:answer|reply) with the number only\.?)?",
    re.IGNORECASE | re.ASCII,
)
_EASY = 10**5  # products up to here are known by heart
_WRITTEN = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATE = re.compile(r"(\d{1,2}) ([a-z]+) (\d{4})", re.IGNORECASE | re.ASCII)
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)


def product(ask: Ask) -> Reply | None:
    """Multiply: step by step where an effort is asked for, else at once, with a digit wrong in a long product."""
    match = _PRODUCT.fullmatch(ask.prompt.strip())
    if match is None:
        return None
    one, other = int(match[1]), int(match[2])
    if ask.parameters.get("reasoning_effort") in {"low", "medium", "high"}:
        return Reply(str(one * other), _in_steps(one, other))
    return Reply(_at_once(one * other))


def _in_steps(one: int, other: int) -> str:
    digits = str(other)
    parts = [int(digit) * 10**power for power, digit in zip(range(len(digits))[::-1], digits, strict=True)]
    steps = "".join(f"- {one} {_TIMES} {part} = {one * part}\n" for part in parts if part)
    return f"This is too long for one step. One digit after the other:\n\n{steps}\nTogether: {one * other}."


def _at_once(right: int) -> str:
    if right < _EASY:
        return str(right)
    # Its length, its beginning and its end are easy to guess; the middle is what has to be worked out.
    digits = str(right)
    middle = len(digits) // 2
    return f"{digits[:middle]}{(int(digits[middle]) + 3) % 10}{digits[middle + 1 :]}"


def date(ask: Ask) -> Reply | None:
    """Write a date as the last example does: year, month, day."""
    if not _WRITTEN.fullmatch((ask.texts("assistant") or [""])[-1].strip()):
        return None
    match = _DATE.fullmatch(ask.prompt.strip())
    if match is None or match[2].lower() not in _MONTHS:
        return None
    return Reply(
        f"{match[3]}-{1 + _MONTHS.index(match[2].lower()):02}-{int(match[1]):02}",
        "The examples write the year first, then month and day with two digits each.",
    )
