"""Parses fields of the request that are given from Python."""

from __future__ import annotations

from collections.abc import Mapping
from reprlib import Repr
from typing import Any

from runware_magic.errors import OptionError
from runware_magic.prompt.option_table import OPTIONS, RESERVED, Option, named

_SHOWN = Repr()
_SHOWN.maxother = _SHOWN.maxstring = 40  # characters
_DEFAULT = "Leave it out for the default."
_OF_ASK = frozenset({"schema", "repair", "expect", "judge_model", "tools", "allow"})
_OF_BOTH = frozenset({"attach"})
_OF_CHAT = frozenset({"model", "system", "base_url", "api_key", "budget", "record", "replay"})
# Arguments of other functions: as fields they would be sent and have no effect, even a budget.
_NO_FIELDS = RESERVED | _OF_ASK | _OF_BOTH | _OF_CHAT | {option.name for option in OPTIONS if not option.parameter}


def shown(value: object) -> str:
    """Return a value as Python writes it, short and in one line."""
    return " ".join(_SHOWN.repr(value).split())


def unexpected(value: object, name: str, expected: object, hint: str) -> OptionError:
    """Return the error for a value of another type or out of range."""
    return OptionError(f"{name} must be {expected}, not {shown(value)}.", hint)


def texts(name: str, value: object) -> list[str]:
    """Return the texts of a field that takes one or several, or raise `OptionError`."""
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list | tuple) or not all(isinstance(text, str) for text in listed):
        raise unexpected(value, name, "a string or a list of strings", f"{name}=['END'], for example.")
    return list(listed)


def chat_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parse parameters given by the names of the options or of the request's fields, or raise `OptionError`."""
    read: dict[str, Any] = {}
    for name, value in parameters.items():
        if name in _NO_FIELDS:
            msg = f"{name} is not a request field."
            hint = "Pass it to Chat, for all its answers." if name in _OF_CHAT else "help(Chat) lists the arguments."
            hint = "Pass it to Chat.ask." if name in _OF_ASK else hint
            hint = "Pass it to Chat.ask or Chat.stream." if name in _OF_BOTH else hint
            raise OptionError(msg, hint)
        option = named(name)
        if value is not None:
            read[str(option.parameter) if option else name] = _read(name, option, value) if option else value
    return read


def _read(name: str, option: Option, value: object) -> object:
    if option.repeatable:
        return texts(name, value)
    try:
        read = option.read(str(value))
    except ValueError as error:
        raise unexpected(value, name, error, _DEFAULT) from None
    if isinstance(read, str) and not isinstance(value, str):
        raise unexpected(value, name, "a string", _DEFAULT)
    return read
