"""Finds the message and code of an error in a server's JSON, whatever its shape."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

from runware_magic.chat.text import encodable

_LONGEST = 300  # characters of a server's words in an error
_DEEPEST = 12  # levels that are searched for words
_MOST = 5  # entries of a list, or fields, that are reported
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")

# Fields with words, in the order of a sentence.
_ONLY_OF_ERRORS = ("error_msg", "error_message", "errorMessage", "errmsg", "detail")
_SAID = (
    *("title", "error", "error_description", "message", "msg", "status_msg", *_ONLY_OF_ERRORS[:-1]),
    *("base_resp", "errors", "detail", "details"),
)
_BY_FIELD = frozenset({"error", "errors", "detail", "details"})  # may map fields to words
_CODES = ("code", "error_code", "errcode", "status_code", "statusCode", "type")
_PLACES = frozenset({"body", "query", "path", "header", "cookie"})  # of a request: the first step of FastAPI's paths

# Codes and words of success.
_FINE = frozenset({"", "0", "200", "20000", "ok", "success", "succeeded"})
_BAD_STATE = re.compile(r"error|fail|failed|failure|.*(?:error|exception)", re.IGNORECASE)
_LEAST_BAD = 400  # an HTTP status
_WITHOUT_REASON = "an error without a reason"

Complaint = tuple[str, str | None]  # the message and the code


def clean(text: str) -> str:
    """Return a server's words in one line: without control characters, not too long."""
    line = _CONTROL.sub(" ", encodable(text)).strip()
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def parsed(text: str | bytes) -> object:
    """Parse JSON; None if it is invalid."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def described(value: object) -> Complaint | None:
    """Return the message and the code in the parsed JSON of an error; None if it is no error.

    The JSON may be ``{"error": {…}}``, ``{"error": "…"}``, ``{"errors": […]}``, ``{"message": "…"}``,
    ``{"detail": …}``, ``{"base_resp": {…}}``, a list of these, or text, which may be JSON again. The message includes
    names of wrong fields and the words of a provider behind the server.
    """
    words, code = _words(value), _code(value)
    return (clean(words), code and clean(code)) if words else None


def complaint(value: object, *, alone: bool = False) -> Complaint | None:
    """Return the error, as `described` does, in an event or in a body with status 200; None for anything else.

    If the value is `alone`, all that came, any words in it are an error, unless it reports success.
    """
    if not isinstance(value, Mapping):
        return None
    is_marked = value.get("error") or value.get("errors") or value.get("object") == "error"
    choices = value.get("choices")
    answers = isinstance(choices, list) and any(isinstance(choice, dict) and any(choice.values()) for choice in choices)
    if not is_marked and (answers or not _complains(value, alone=alone)):
        return None
    code = _code(value)
    return described(value) or (_WITHOUT_REASON, code and clean(code))


def more_telling(one: Complaint | None, other: Complaint | None) -> Complaint | None:
    """Return the first of two errors that has the server's own words."""
    return other if other and (one is None or one[0] == _WITHOUT_REASON) else one


def _complains(value: Mapping[str, Any], *, alone: bool) -> bool:
    base, success = value.get("base_resp"), value.get("success")
    if success is False or (isinstance(base, Mapping) and _is_bad_code(base.get("status_code"))):
        return True
    # Without words, a code says too little.
    if success is True or _words(value).lower() in _FINE:
        return False
    codes = [value[name] for name in _CODES[:-1] if value.get(name) is not None]
    bad = any(map(_is_bad_code, codes)) or any(_is_bad_state(value.get(name)) for name in ("status", "type"))
    return bad or (not codes and (alone or any(value.get(name) for name in _ONLY_OF_ERRORS)))


def _is_bad_code(code: object) -> bool:
    if isinstance(code, bool) or not isinstance(code, int | str):
        return False
    return str(code).strip().lower() not in _FINE


def _is_bad_state(state: object) -> bool:
    if isinstance(state, str):
        return bool(_BAD_STATE.fullmatch(state))
    return isinstance(state, int) and state >= _LEAST_BAD


def _words(value: object, deep: int = 0) -> str:
    """Return the words of an error, however deeply nested; empty if there are none."""
    match value:
        case str():
            inner = parsed(value) if value.lstrip()[:1] in {"{", "["} and deep <= _DEEPEST else None
            return _words(inner, deep + 1) or value.strip()
        case list() if deep <= _DEEPEST:
            parts = [_words(entry, deep + 1) for entry in value[:_MOST]]
            return "; ".join(dict.fromkeys(filter(None, parts)))
        case Mapping() if deep <= _DEEPEST:
            return _said_in(value, deep + 1)
        case _:
            return ""


def _said_in(value: Mapping[str, Any], deep: int) -> str:
    said = ""
    for name in _SAID:
        found = value.get(name)
        words = _words(found, deep)
        if not words and name in _BY_FIELD and isinstance(found, Mapping):
            parts = ((field, _words(entry, deep)) for field, entry in islice(found.items(), _MOST))
            words = "; ".join(f"{field}: {told}" for field, told in parts if told)
        said = _with(said, words)
    said = _with(said, _from_behind(value.get("metadata"), deep))
    field = _field(value)
    return f"{field}: {said}" if said and field else said


def _with(said: str, more: str) -> str:
    """Append words unless they are there already."""
    if not said or said in more:
        return more or said
    return said if more in said else f"{said.rstrip('.: ')}: {more}"


def _from_behind(metadata: object, deep: int) -> str:
    """Return what the provider behind a router said: text, JSON in a text, or reasons; HTML says nothing."""
    if not isinstance(metadata, Mapping):
        return ""
    words = _words(metadata.get("raw"), deep) or _words(metadata.get("reasons"), deep)
    return "" if words.startswith("<") else words


def _field(value: Mapping[str, Any]) -> str:
    """Return the name of the field that a validator rejected, from ``["body", "temperature"]`` or from a text."""
    path = value.get("loc") or value.get("path")
    if isinstance(path, list):
        return ".".join(str(step) for step in path[:_MOST] if isinstance(step, str | int) and step not in _PLACES)
    named = value.get("field")
    return named if isinstance(named, str) else ""


def _code(value: object, deep: int = 0) -> str | None:
    """Return the code closest to the words."""
    if isinstance(value, list):
        value = value[0] if value else None
    if not isinstance(value, Mapping) or deep > _DEEPEST:
        return None
    inner = (_code(value.get(name), deep + 1) for name in _SAID)
    codes = (value.get(name) for name in _CODES)
    own = (str(code) for code in codes if code and isinstance(code, str | int) and not isinstance(code, bool))
    return next((code for code in (*inner, *own) if code), None)
