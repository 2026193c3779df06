"""Finds the JSON value of an answer: bare, in a code fence, or within prose. Beyond that, nothing is guessed."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from runware_magic.chat.text import encodable, encodable_json, printable

_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})(.*)$", re.MULTILINE)
_OPENINGS = {"object": "{", "array": "["}
_BRACKET = re.compile(r"\{|\[(?=\s*(?:[\[{\"\-0-9\]tfn]|\Z))")
#: What stands in braces in prose, such as {x}, and is not meant as JSON.
_IN_PROSE = re.compile(r"\{(?!\s*\})[^{}\[\]\"':]*\}")
_SCALAR = re.compile(r"[\"\-0-9tfn]")
#: Where a decoder stops if the text ends within a literal, a number or an escape.
_HALF = re.compile(r"(?:-|\.|[eE][+-]?|t(?:ru?)?|f(?:a(?:ls?)?)?|n(?:ul?)?|\\?(?:u[0-9a-fA-F]{0,4})?)?\s*\Z")
_HALF_PAIR = re.compile(r"\\u[dD][89a-fA-F]")
_SHOWN = 40  # characters of an answer
_DEEPEST = 50  # levels, as in records
_LONGEST_NUMBER = 308  # characters
_TRIES = 500  # brackets that are none of JSON

_TOO_DEEP = f"the JSON is nested deeper than {_DEEPEST} levels"
_CUT = "the JSON is cut off"
_SEVERAL = "the answer has more than one JSON value"


_Found = tuple[Any, int, int]  # a value, and where it stands


class NoJsonError(ValueError):
    """An answer has no JSON value that can be used; the text says why, in a few words."""


class _NotJsonError(NoJsonError):
    """What begins like JSON is none."""

    def __init__(self, why: str, end: int) -> None:
        super().__init__(why)
        self.end = end  # where the decoder stopped


class _CutError(NoJsonError):
    """The text ends within a value."""


def json_of(text: str, schema: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401  # any JSON value
    """Return the JSON value of an answer; `schema` tells what it begins with.

    An answer that is a JSON value of another kind, and nothing else, is that value. Raises `NoJsonError` if there is
    none or more than one, or if it is cut off, nested deeper than 50 levels, has a key twice, or has a constant that is
    no JSON, such as NaN.
    """
    return found_json(text, schema)[0]


def found_json(text: str, schema: Mapping[str, Any] | None = None) -> tuple[Any, str]:
    """Return the JSON value of an answer, as `json_of` does, and its text."""
    openings = openings_of(schema)
    within = _within_fences(text, openings).strip()
    value, start, end = _found(within, openings)
    _refuse_depth(value)
    written = within[start:end]
    if encodable(written) is written and not _HALF_PAIR.search(written):
        return value, written
    # Half a pair of surrogates can be written nowhere.
    writable = encodable_json(value)
    return (value, written) if writable == value else (writable, json.dumps(writable))


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
    blocks = list(_fenced(text))
    if openings:
        blocks = [block for block in blocks if block.lstrip()[:1] in tuple(openings)]
    if len(blocks) > 1:
        msg = "the answer has more than one block of JSON"
        raise NoJsonError(msg)
    return blocks[0] if blocks else text


def _fenced(text: str) -> Iterator[str]:
    """Yield what is in each code fence; the last may have no end."""
    opened: re.Match[str] | None = None
    for fence in _FENCE.finditer(text):
        if opened is None:
            opened = fence if fence[1][0] == "~" or "`" not in fence[2] else None
        elif fence[1].startswith(opened[1]) and not fence[2].strip():
            yield text[opened.end() : fence.start()]
            opened = None
    if opened is not None:
        yield text[opened.end() :]


def _found(text: str, openings: str) -> _Found:
    """Return the only value that begins as wanted, and where it stands."""
    if not openings:
        return _alone(text)
    if _SCALAR.match(text):
        try:
            return _alone(text)
        except (_NotJsonError, _CutError):
            pass  # prose may begin so
    wanted: list[_Found] = []
    others: list[_Found] = []
    for found in _bracketed(text, openings):
        begins_as_wanted = text[found[1]] in openings
        (wanted if begins_as_wanted else others).append(found)
        if len(wanted) > 1:
            raise NoJsonError(_SEVERAL)
    if wanted:
        return wanted[0]
    others = [other for other in others if other[1:] == (0, len(text)) or not _is_citation(other[0])]
    if not others:
        msg = f"the answer has no JSON: {_shown(text)}"
        raise NoJsonError(msg)
    if len(others) > 1:
        raise NoJsonError(_SEVERAL)
    return others[0]


def _alone(text: str) -> _Found:
    value, end = _decoded(text, 0)
    if end < len(text):
        msg = f"not JSON: more follows: {_shown(text[end:])}"
        raise _NotJsonError(msg, end)
    return value, 0, end


def _bracketed(text: str, openings: str) -> Iterator[_Found]:
    """Yield the values in brackets and where they stand; raise for what begins as wanted, but is no value."""
    end, tries, has_wanted = 0, 0, False
    while (bracket := _BRACKET.search(text, end)) and tries < _TRIES:
        start = bracket.start()
        is_wanted = text[start] in openings
        if prose := _IN_PROSE.match(text, start):
            end = prose.end()
            continue
        try:
            value, end = _decoded(text, start)
        except _CutError:
            raise NoJsonError(_SEVERAL if has_wanted else _CUT) from None
        except _NotJsonError as error:
            if is_wanted and not has_wanted:
                raise
            # Prose around the JSON may have brackets.
            end, tries = max(error.end, start + 1), tries + 1
        else:
            has_wanted = has_wanted or is_wanted
            yield value, start, end


def _is_citation(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(entry, int) for entry in value)


def _decoded(text: str, start: int) -> tuple[Any, int]:
    try:
        value, end = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        if error.msg.startswith("Unterminated string") or _HALF.match(text, error.pos):
            raise _CutError(_CUT) from None
        came = _shown(text[error.pos : error.pos + 8 * _SHOWN])
        msg = f"not JSON: {error.msg}, line {error.lineno}: {came}"
        raise _NotJsonError(msg, error.pos) from None
    except RecursionError:
        raise NoJsonError(_TOO_DEEP) from None
    return value, end


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


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        msg = f"the key {_shown(twice)} is there twice"
        raise NoJsonError(msg)
    return found


def _no_constant(name: str) -> Any:  # noqa: ANN401  # returns nothing
    msg = f"{name} is not a JSON value"
    raise NoJsonError(msg)


def _finite(text: str) -> float:
    value = float(text)
    if value in {float("inf"), float("-inf")}:
        raise NoJsonError(_too_large(text))
    return value


def _whole(text: str) -> int:
    # Where a number may have decimals, a larger one would become infinite.
    if len(text) > _LONGEST_NUMBER:
        raise NoJsonError(_too_large(text))
    return int(text)


def _too_large(number: str) -> str:
    return f"{_shown(number)} is too large a number"


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite, parse_int=_whole
)


def _shown(text: str) -> str:
    return repr(printable(text, _SHOWN))
