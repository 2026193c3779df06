"""Finds the JSON value of an answer: bare, in a code fence, or within prose. Beyond that, nothing is guessed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from runware_magic.chat.text import printable

#: Code fences, each with what is in it.
_FENCED = re.compile(r"^[ \t]*(```+|~~~+)[^\n]*\n(.*?)^[ \t]*\1[`~]*[ \t]*$", re.MULTILINE | re.DOTALL)
_OPENINGS = {"object": "{", "array": "["}
_SHOWN = 40  # characters of an answer
_DEEPEST = 50  # levels, as in records


class NoJsonError(ValueError):
    """An answer has no JSON value that can be used; the text says why, in a few words."""


def json_of(text: str, schema: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401  # any JSON value
    """Return the JSON value of an answer; `schema` tells what it begins with.

    Raises `NoJsonError` if there is none or more than one, or if it is cut off, nested deeper than 50 levels, has a key
    twice, or has a constant that is no JSON, such as NaN.
    """
    openings = openings_of(schema)
    within = _within_fences(text, openings).strip()
    start = next((at for at, sign in enumerate(within) if sign in openings), None) if openings else 0
    if start is None:
        msg = f"the answer has no JSON: {_shown(within)}"
        raise NoJsonError(msg)
    value, end = _decoded(within, start)
    if _has_another(within[end:], openings):
        msg = "the answer has more than one JSON value"
        raise NoJsonError(msg)
    return value


def openings_of(schema: Mapping[str, Any] | None) -> str:
    """Return the signs that a value of a schema may begin with; empty for values that are not in brackets."""
    schema = schema or {}
    reference = str(schema.get("$ref", ""))
    if reference.startswith("#/$defs/"):
        named = schema.get("$defs", {}).get(reference.removeprefix("#/$defs/"), {})
        return openings_of({**named, "$ref": ""})
    kind = schema.get("type")
    return _OPENINGS.get(kind, "") if isinstance(kind, str) else "{["


def _within_fences(text: str, openings: str) -> str:
    blocks = [match[2] for match in _FENCED.finditer(text)]
    if openings:
        blocks = [block for block in blocks if block.lstrip()[:1] in openings]
    if len(blocks) > 1:
        msg = "the answer has more than one block of JSON"
        raise NoJsonError(msg)
    return blocks[0] if blocks else text


def _decoded(text: str, start: int) -> tuple[Any, int]:
    try:
        value, end = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        if not text[error.pos :].strip() or error.msg.startswith("Unterminated string"):
            msg = "the JSON is cut off"
        else:
            msg = f"not JSON: {error.msg}, line {error.lineno}: {_shown(text[error.pos :])}"
        raise NoJsonError(msg) from None
    except RecursionError:
        raise NoJsonError(_TOO_DEEP) from None
    _refuse_depth(value)
    return value, end


def _has_another(rest: str, openings: str) -> bool:
    """Whether another value follows; prose may, unless the value is not in brackets."""
    if not openings:
        return bool(rest.strip())
    at = next((at for at, sign in enumerate(rest) if sign in openings), None)
    if at is None:
        return False
    try:
        _DECODER.raw_decode(rest, at)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse_depth(value: object) -> None:
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return
    raise NoJsonError(_TOO_DEEP)


_TOO_DEEP = f"the JSON is nested deeper than {_DEEPEST} levels"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        msg = f"the key {_shown(twice)} is there twice"
        raise NoJsonError(msg)
    return found


def _no_constant(name: str) -> Any:  # noqa: ANN401  # returns nothing
    msg = f"{name} is not a JSON value"
    raise NoJsonError(msg)


def _finite(text: str) -> float:
    value = float(text)
    if value in {float("inf"), float("-inf")}:
        msg = f"{_shown(text)} is too large a number"
        raise NoJsonError(msg)
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)


def _shown(text: str) -> str:
    return repr(printable(text, _SHOWN))
