"""The exercises of notebook 04: products, right and wrong, and dates in the form of the examples."""

from __future__ import annotations

import re

from runware_magic.demo.request import Ask
from runware_magic.demo.stream import Reply

_TIMES = "\u00d7"
_PRODUCT = re.compile(
    rf"what is (\d{{1,6}}) ?(?:times|[x*{_TIMES}]) ?(\d{{1,6}})\?(?: (?:answer|reply) with the number only\.?)?",
    re.IGNORECASE | re.ASCII,
)
_EASY = 10**5  # products below this are always right
_WRITTEN = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATE = re.compile(r"(?<!\d)(\d{1,2}) ([a-z]+) (\d{4})", re.IGNORECASE | re.ASCII)
#: The months, in lower case.
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)


def product(ask: Ask) -> Reply | None:
    """Multiply: step by step if an effort is set, else at once, with one wrong digit in a long product."""
    match = _PRODUCT.fullmatch(ask.prompt.strip())
    if match is None:
        return None
    one, other = int(match[1]), int(match[2])
    if ask.parameters.get("reasoning_effort") in {"low", "medium", "high"}:
        parts = [int(digit) * 10**power for power, digit in enumerate(reversed(str(other)))][::-1]
        steps = "".join(f"- {one} {_TIMES} {part} = {one * part}\n" for part in parts if part)
        thought = f"This is too long for one step. One digit after the other:\n\n{steps}\nTogether: {one * other}."
        return Reply(str(one * other), thought)
    if one * other < _EASY:
        return Reply(str(one * other))
    # As in a model: length, beginning and end of a product are easy to guess, the middle is not.
    digits = str(one * other)
    middle = len(digits) // 2
    return Reply(f"{digits[:middle]}{(int(digits[middle]) + 3) % 10}{digits[middle + 1 :]}")


def date(ask: Ask) -> Reply | None:
    """Write a date as in the last example: year, month, day."""
    if not _WRITTEN.fullmatch((ask.texts("assistant") or [""])[-1].strip()):
        return None
    match = _DATE.fullmatch(ask.prompt.strip())
    if match is None or match[2].lower() not in MONTHS:
        return None
    return Reply(
        f"{match[3]}-{1 + MONTHS.index(match[2].lower()):02}-{int(match[1]):02}",
        "The examples write the year first, then month and day with two digits each.",
    )


def written_date(text: str) -> str:
    """Return the first date of a text, such as 14 May 2026, as year, month and day; empty if there is none."""
    for match in _DATE.finditer(text):
        if match[2].lower() in MONTHS and 1 <= int(match[1]) <= 31:  # noqa: PLR2004  # days
            return f"{match[3]}-{1 + MONTHS.index(match[2].lower()):02}-{int(match[1]):02}"
    return ""
