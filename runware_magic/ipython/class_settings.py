"""Reads ``runware.toml``: a class's settings, which cannot redirect prompts or keys.

::

    model = "minimax:m2.7@0"           # for cells that name none
    models = ["minimax:m2.7@0"]        # the models that are allowed
    system = "Answer in one sentence." # the first message of new chats
    max_tokens = 1000                  # of an answer with its reasoning; 100,000 at most
    temperature = 0.3                  # from 0 to 2
    budget = 0.5                       # US dollars, for all answers of a kernel
    reasoning = "folded"               # auto, open, folded or hidden
    confirm_above = [10, 0.2]          # requests and US dollars that need --yes; at most 20 and 1
    explain = "hint"                   # %runware explain gives no solution; "off" refuses it
    judge_model = "minimax:m2.7@0"     # makes the checks with judge:
    tools = "off"                      # no model may call functions; a file cannot allow calls
    mode = { replay = "one.jsonl" }    # in the same folder or below; speed = 1, 2 or "max"; else = "demo" or "live"

Everything else is refused: a downloaded file must not decide where a reader's key and prompts go.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from runware_magic.engine.settings import CONFIRM_ABOVE, EXPLAIN, REASONING
from runware_magic.errors import UsageError
from runware_magic.prompt.front_matter import leads_away
from runware_magic.prompt.option_table import named
from runware_magic.prompt.options import nearest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

#: Traits that each reader sets alone.
READERS = frozenset(
    {"keep", "restore", "retries", "connect_timeout", "idle_timeout", "frames_per_second", "max_parallel", "widgets"}
    | {"max_rows", "max_columns", "max_image_side", "max_attachment", "allow_tools", "max_tool_rounds", "max_result"}
)
_MOST_TOKENS = 100_000  # of an answer, so that a downloaded file cannot make it expensive
_LONGEST_NAME = 200  # characters
_NOTHING = "Nothing is sent until this is corrected."


@dataclass(frozen=True, slots=True)
class Replay:
    """A recording that answers instead of an endpoint."""

    file: str  # path within the folder of the settings, with slashes
    speed: float = 1.0  # 2 for twice as fast as recorded, infinite for no pauses
    elsewhere: str = ""  # what answers requests that were not recorded: ``demo``, ``live`` or nothing


@dataclass(frozen=True, slots=True)
class ClassSettings:
    """The content of a settings file."""

    values: Mapping[str, Any] = field(default_factory=dict, hash=False)  # fields of `engine.settings.Settings`
    models: tuple[str, ...] = ()  # that are allowed; empty for all
    replay: Replay | None = None


def read_settings(text: str, name: str) -> ClassSettings:
    """Parse a ``runware.toml``, whose text is not trusted; errors call it `name`.

    Raises `UsageError` if it is not TOML, or a setting is unknown, not allowed, or out of range.
    """
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also deeply nested arrays, and numbers of thousands of digits
        msg = f"{name} is not TOML: {error}."
        raise UsageError(msg, _NOTHING) from None
    said = {key: _read(key, value, f"{name}{_line(text, key)}") for key, value in table.items()}
    models, replay = said.pop("models", ()), said.pop("mode", None)
    if models and said.setdefault("model", models[0]) not in models:
        msg = f"{name}{_line(text, 'model')}: model is {said['model']}, which is not in models."
        raise UsageError(msg, "Add it to models, or choose a model from the list.")
    return ClassSettings(said, models, replay)


def _read(key: str, value: object, where: str) -> Any:  # noqa: ANN401  # each setting has its own type
    if key not in _KEYS:
        raise _refused(key, where)
    try:
        return _KEYS[key](value)
    except ValueError as error:
        msg = f"{where}: {key} must be {error}."
        raise UsageError(msg, _NOTHING) from None


def _refused(key: str, where: str) -> UsageError:
    key = key[:_LONGEST_NAME]
    plain = re.sub(r"[^a-z]+", "_", key.lower()).strip("_")
    if leads_away(key):
        msg = (
            f"{where}: {key} cannot be set in this file, nor can anything else that decides where prompts and keys go."
        )
        return UsageError(msg, f"Remove it. {_NOTHING}")
    if plain in READERS:
        msg = f"{where}: {key} cannot be set in this file: each user sets it."
        return UsageError(msg, f"Remove it; %config RunwareMagics.{plain} sets it. {_NOTHING}")
    msg = f"{where}: {key} is not a setting."
    hint = nearest(key, _KEYS) or f"The settings are {', '.join(_KEYS)}."
    return UsageError(msg, f"{hint} {_NOTHING}")


def _line(text: str, key: str) -> str:
    """Return in which line a key is set; empty if it is not found."""
    found = re.search(rf"^\s*\[*\s*[\"']?{re.escape(key)}[\"']?\s*[=.\]]", text, re.MULTILINE)
    return f", line {text.count(chr(10), 0, found.end()) + 1}" if found else ""


def _word(value: object) -> str:
    expected = "a text without spaces, such as minimax:m2.7@0"
    if not isinstance(value, str) or not value.isprintable() or value.split() != [value] or len(value) > _LONGEST_NAME:
        raise ValueError(expected)
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        msg = "a non-empty text"
        raise ValueError(msg)
    return value


def _models(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        msg = 'a list of models, such as ["a:b@1", "c:d@2"]'
        raise ValueError(msg)
    return tuple(_word(entry) for entry in value)


def _one_of(*names: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if value not in names:
            msg = f"one of {', '.join(names)}"
            raise ValueError(msg)
        return str(value)

    return read


def _as_option(name: str) -> Callable[[object], Any]:
    """Return a reader that takes the numbers that the option of this name takes."""
    option = named(name)
    assert option is not None  # noqa: S101  # the tables of this package agree

    def read(value: object) -> Any:  # noqa: ANN401  # as in `_read`
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return option.read(repr(value) if number else "")

    return read


def _max_tokens(value: object) -> int:
    number: int = _as_option("max_tokens")(value)
    if number > _MOST_TOKENS:
        msg = f"a whole number from 1 to {_MOST_TOKENS:,}"
        raise ValueError(msg)
    return number


def _confirm_above(value: object) -> tuple[int, float]:
    requests, dollars = CONFIRM_ABOVE
    match value:
        case [int(asked), int(cost) | float(cost)] if 0 <= asked <= requests and 0 <= cost <= dollars:
            return int(asked), float(cost)
    msg = f"[requests, dollars], at most [{requests}, {dollars:g}]"
    raise ValueError(msg)


def _mode(value: object) -> Replay | None:
    if value == "live":
        return None
    expected = '"live", or { replay = "one.jsonl" } with speed = 1, 2 or "max" and else = "demo" or "live"'
    if not isinstance(value, dict) or not {"replay"} <= value.keys() <= {"replay", "speed", "else"}:
        raise ValueError(expected)
    speed, elsewhere = value.get("speed", 1), value.get("else", "")
    # Tuples, not sets, since lists have no hash.
    if isinstance(speed, bool) or speed not in (1, 2, "max") or elsewhere not in ("", "demo", "live"):
        raise ValueError(expected)
    return Replay(_path_within(value["replay"]), math.inf if speed == "max" else float(speed), elsewhere)


def _path_within(value: object) -> str:
    expected = 'a table whose replay is a path in the same folder or below, such as "lessons/one.jsonl"'
    text = value if isinstance(value, str) else ""
    # As a path of either system, since the file may be written on the other one.
    paths = PurePosixPath(text), PureWindowsPath(text)
    leads_away = any(path.anchor or ".." in path.parts for path in paths) or text.startswith("~")
    if not text.strip() or not text.isprintable() or leads_away:
        raise ValueError(expected)
    return PurePosixPath(text).as_posix()


_KEYS: Mapping[str, Callable[[object], Any]] = {
    "model": _word,
    "models": _models,
    "system": _text,
    "max_tokens": _max_tokens,
    "temperature": _as_option("temperature"),
    "budget": _as_option("budget"),
    "reasoning": _one_of(*REASONING),
    "confirm_above": _confirm_above,
    "explain": _one_of(*EXPLAIN),
    "judge_model": _word,
    "tools": _one_of("off"),
    "mode": _mode,
}
