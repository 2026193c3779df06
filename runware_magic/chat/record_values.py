"""Readers for the values of records, which are not trusted: an unexpected value raises an error that names it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from runware_magic.chat.text import encodable

_DEEPEST = 50  # levels; Python can neither compare nor write what is nested much deeper
_LONGEST_S = 1e9
_MOST = 10**9  # of any count: larger numbers are slow to format
_MOST_DOLLARS = 1e6
_SHOWN = 20  # characters


def read_object(value: object, name: str) -> Mapping[str, Any]:
    """Return an object."""
    if not isinstance(value, Mapping):
        raise _unexpected(value, name, "an object")
    return value


def read_list(value: object, name: str) -> list[object]:
    """Return a list."""
    if not isinstance(value, list):
        raise _unexpected(value, name, "a list")
    return value


def read_text(value: object, name: str) -> str:
    """Return a text that can be encoded."""
    if not isinstance(value, str):
        raise _unexpected(value, name, "text")
    return encodable(value)


def read_text_or_none(value: object, name: str) -> str | None:
    """Return a text, or None."""
    return None if value is None else read_text(value, name)


def read_count(value: object, name: str) -> int:
    """Return a count: a whole number from 0."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST:
        raise _unexpected(value, name, "a count")
    return value


def read_flag(value: object, name: str) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise _unexpected(value, name, "true or false")
    return value


def read_seconds(value: object, name: str) -> float | None:
    """Return seconds, or None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LONGEST_S:
        raise _unexpected(value, name, "seconds")
    return value


def read_amount(value: object, name: str) -> float | None:
    """Return US dollars, or None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MOST_DOLLARS:
        raise _unexpected(value, name, "US dollars")
    return value


def read_json(value: Any, name: str = "parameters", deep: int = 0) -> Any:  # noqa: ANN401  # JSON in, JSON out
    """Return a JSON value that is not nested too deeply; from Python 3.12 on, `json` reads thousands of levels."""
    if deep > _DEEPEST:
        msg = f"{name} are nested deeper than {_DEEPEST} levels"
        raise ValueError(msg)
    if isinstance(value, Mapping):
        return {encodable(key): read_json(entry, name, deep + 1) for key, entry in value.items()}
    if isinstance(value, list):
        return [read_json(entry, name, deep + 1) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise _unexpected(value, f"a number in {name}", "a finite number")
    return encodable(value) if isinstance(value, str) else value


def _unexpected(value: object, name: str, expected: str) -> TypeError:
    return TypeError(f"{name}: expected {expected}, got {shown(value)}")


def shown(value: object) -> str:
    """Return a short text for a value."""
    # Never a whole value: it may be very long, or too deep for repr().
    if value is None or isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return repr(value[:_SHOWN])
    return "a list" if isinstance(value, list) else "an object"
