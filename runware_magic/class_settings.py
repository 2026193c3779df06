"""What a ``runware.toml`` says: a class's settings, which can send neither a prompt nor a key elsewhere.

::

    model = "minimax:m2.7@0"           # asked where a cell names none
    models = ["minimax:m2.7@0"]        # the ones that may be asked
    system = "Answer in one sentence." # what a new chat starts with
    max_tokens = 1000                  # the longest answer, reasoning included; 100,000 at most
    temperature = 0.3                  # from 0 to 2
    budget = 0.5                       # US dollars, for all answers of a kernel
    reasoning = "folded"               # auto, open, folded or hidden
    confirm_above = [10, 0.2]          # requests, US dollars: what takes more wants --yes; never more than 20 and 1
    mode = { replay = "one.jsonl" }    # beside it, or below; with speed = 1, 2 or "max", and else = "demo" or "live"

Everything else is refused: what a repository brings is not to decide where a reader's key and prompts go.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from runware_magic.chat.option_table import named
from runware_magic.chat.options import nearest
from runware_magic.errors import UsageError
from runware_magic.settings import CONFIRM_ABOVE, REASONING

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

#: Where the prompts and the key of a reader go, in the words that one might try.
NEVER = frozenset(
    {
        *("base_url", "url", "api_base", "api_url", "runware_base_url"),
        *("address", "host", "endpoint", "proxy", "headers"),
        *("key", "api_key", "apikey", "token", "secret", "password", "authorization", "runware_api_key", "login"),
    }
)
#: What is the reader's own to set: how long their kernel waits, what it does unasked, how much at once.
READERS = frozenset(
    {"keep", "restore", "retries", "connect_timeout", "idle_timeout", "frames_per_second", "max_parallel", "widgets"}
)
_LIKE_THEM = re.compile("url|key|proxy|proxies|host|endpoint|secret|password|credential|header|api")
_MOST_TOKENS = 100_000  # of an answer: what a repository brings is not to make one dear
_LONGEST_NAME = 200  # characters
_NOTHING = "Nothing is sent until that is corrected."


@dataclass(frozen=True, slots=True)
class Replay:
    """A recording that answers.

    Attributes
    ----------
    file
        Its path from the folder of the settings on, with slashes; it leads nowhere else.
    speed
        How many times as fast as it was recorded; infinite for at once.
    elsewhere
        Who answers what was not recorded, ``demo`` or ``live``; empty for nobody.
    """

    file: str
    speed: float = 1.0
    elsewhere: str = ""


@dataclass(frozen=True, slots=True)
class ClassSettings:
    """What a class has settled.

    Attributes
    ----------
    values
        By the names of `runware_magic.settings.Settings`.
    models
        Those that may be asked; empty for all.
    replay
        What answers in place of an endpoint, if something does.
    """

    values: Mapping[str, Any] = field(default_factory=dict, hash=False)
    models: tuple[str, ...] = ()
    replay: Replay | None = None


def read_settings(text: str, name: str) -> ClassSettings:
    """Read what a ``runware.toml`` says.

    Parameters
    ----------
    text
        Its text, not trusted.
    name
        What to call it in errors.

    Raises
    ------
    UsageError
        When it is no TOML, sets what it must not or what is unknown, or a value is out of range.
    """
    try:
        table = tomllib.loads(text)
    # Arrays in arrays in arrays, and integers of thousands of digits.
    except (ValueError, RecursionError) as error:
        msg = f"{name} is not TOML: {error}."
        raise UsageError(msg, _NOTHING) from None
    said = {key: _read(key, value, f"{name}{_line(text, key)}") for key, value in table.items()}
    models, replay = said.pop("models", ()), said.pop("mode", None)
    if models and said.setdefault("model", models[0]) not in models:
        msg = f"{name}{_line(text, 'model')}: model is {said['model']}, which is not one of its models."
        raise UsageError(msg, "Add it to them, or name one of them.")
    return ClassSettings(said, models, replay)


def _read(key: str, value: object, where: str) -> Any:  # noqa: ANN401  # of whatever kind the setting is
    if key not in _KEYS:
        raise _refused(key, where)
    try:
        return _KEYS[key](value)
    except ValueError as error:
        msg = f"{where}: {key} takes {error}."
        raise UsageError(msg, _NOTHING) from None


def _refused(key: str, where: str) -> UsageError:
    key = key[:_LONGEST_NAME]
    plain = re.sub(r"[^a-z]+", "_", key.lower()).strip("_")
    if plain in NEVER or _LIKE_THEM.search(plain):
        msg = f"{where}: {key} is not for a file to set, nor is anything that says where prompts and keys go."
        return UsageError(msg, f"Take it out. {_NOTHING}")
    if plain in READERS:
        msg = f"{where}: {key} is for each reader to set."
        return UsageError(msg, f"Take it out; %config RunwareMagics.{plain} sets it. {_NOTHING}")
    msg = f"{where}: {key} is not a setting."
    hint = nearest(key, _KEYS) or f"There are {', '.join(_KEYS)}."
    return UsageError(msg, f"{hint} {_NOTHING}")


def _line(text: str, key: str) -> str:
    """Say in which line a key is set; nothing where that cannot be told."""
    found = re.search(rf"^\s*\[*\s*[\"']?{re.escape(key)}[\"']?\s*[=.\]]", text, re.MULTILINE)
    return f", line {text.count(chr(10), 0, found.end()) + 1}" if found else ""


def _word(value: object) -> str:
    expected = "a text without spaces, such as minimax:m2.7@0"
    if not isinstance(value, str) or not value.isprintable() or value.split() != [value] or len(value) > _LONGEST_NAME:
        raise ValueError(expected)
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        msg = "some text"
        raise ValueError(msg)
    return value


def _models(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        msg = 'a list of models, such as ["a:b@1", "c:d@2"]'
        raise ValueError(msg)
    return tuple(_word(entry) for entry in value)


def _one_of(*words: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if value not in words:
            msg = f"one of {', '.join(words)}"
            raise ValueError(msg)
        return str(value)

    return read


def _as_option(name: str) -> Callable[[object], Any]:
    """Read a number as the option of this name does."""
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
    msg = f"[requests, dollars], and never more than [{requests}, {dollars:g}]: it can be lowered only"
    raise ValueError(msg)


def _mode(value: object) -> Replay | None:
    if value == "live":
        return None
    expected = '"live", or { replay = "one.jsonl" } with speed = 1, 2 or "max" and else = "demo" or "live"'
    if not isinstance(value, dict) or not {"replay"} <= value.keys() <= {"replay", "speed", "else"}:
        raise ValueError(expected)
    speed, elsewhere = value.get("speed", 1), value.get("else", "")
    if (
        isinstance(speed, bool) or speed not in (1, 2, "max") or elsewhere not in ("", "demo", "live")
    ):  # a list has no hash
        raise ValueError(expected)
    return Replay(_path_within(value["replay"]), math.inf if speed == "max" else float(speed), elsewhere)


def _path_within(value: object) -> str:
    expected = 'for replay the path of a file beside it or below, such as "lessons/one.jsonl"'
    text = value if isinstance(value, str) else ""
    # On whichever system it was written: there it leads nowhere else either.
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
    "mode": _mode,
}
