"""Type checks of arguments from Python, with errors of one line that name the argument."""

from __future__ import annotations

import os

from runware_magic.errors import OptionError, PromptError
from runware_magic.prompt.parameters import unexpected

_PATH = "'answers.jsonl' or a pathlib.Path, for example."


def must_be_prompt(value: object) -> None:
    """Raise `PromptError` unless the value is a text."""
    if not isinstance(value, str):
        raise PromptError(_wrong("prompt", "a string", value), _decode(value) or "'Why is the sky blue?', for example.")


def must_be_text(hint: str, **values: object) -> None:
    """Raise `OptionError` unless each value is a text or None. Values are not repeated: one may be a key."""
    for name, value in values.items():
        if value is not None and not isinstance(value, str):
            raise OptionError(_wrong(name, "a string", value), _decode(value) or hint)


def must_be_path(*, or_none: bool = False, **values: object) -> None:
    """Raise `OptionError` unless each value is a path, or None where that is allowed."""
    for name, value in values.items():
        is_path = isinstance(value, str | os.PathLike) and isinstance(os.fspath(value), str)
        if not is_path and not (or_none and value is None):
            raise OptionError(_wrong(name, "a file path", value), _decode(value) or _PATH)


def must_be_bool(**values: object) -> None:
    """Raise `OptionError` unless each value is True or False: a text such as "no" would count as a yes."""
    for name, value in values.items():
        if not isinstance(value, bool):
            raise unexpected(value, name, "True or False", f"{name}=False, for example.")


def must_be_count(hint: str, **values: object) -> None:
    """Raise `OptionError` unless each value is a whole number from 1."""
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise unexpected(value, name, "a whole number from 1", hint)


def must_be_budget(value: object) -> None:
    """Raise `OptionError` unless the value is a number of US dollars or None."""
    is_amount = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    if not is_amount and value is not None:
        raise unexpected(value, "budget", "an amount in US dollars, 0 or more", "None means no limit.")


def _wrong(name: str, kind: str, value: object) -> str:
    given = "None" if value is None else f"a value of type {type(value).__name__}"
    return f"{name} must be {kind}, not {given}."


def _decode(value: object) -> str:
    return "Decode the bytes first: value.decode()." if isinstance(value, bytes | bytearray) else ""
