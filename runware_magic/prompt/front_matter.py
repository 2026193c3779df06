"""Reads the options at the top of a prompt file, which comes with somebody's repository and is not trusted.

::

    +++
    model = "minimax:m2.7@0"
    temperature = 0.3
    stop = ["END"]
    param = { top_k = 40 }
    sweep = { temperature = [0, 0.7] }
    keep = true
    +++
    Review this code: {{ body }}

The keys are the names of options. A file may set none that runs, allows or reads anything.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from runware_magic.chat.request import LIMIT, OLD_LIMIT
from runware_magic.chat.text import listed, one_line
from runware_magic.errors import OptionError, PromptError
from runware_magic.prompt.option_table import OPTIONS, Option, named
from runware_magic.prompt.options import CellOptions, nearest, options_of, refuse_contradictions
from runware_magic.prompt.parameters import unexpected

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# Names for addresses and keys, as somebody might write them.
_LEADS_AWAY = re.compile(
    "url|key|proxy|proxies|host|endpoint|secret|password|credential|header|api|webhook|callback|mcp|plugin|"
    "^(address|authorization|login|token)$"
)
# They run an expression, skip a question, set a variable, or take something from the notebook or its folder.
_REFUSED = frozenset({"output", "file", "messages", "over", "yes", "tools", "allow", "with"})
_REFUSED_CHECKS = frozenset({"py", "schema"})
_REFUSED_CHECKS_NAMED = "a check with py: or schema:"
_REFUSED_FIELDS = frozenset({"tools", "tool_choice", "functions", "function_call", "n", "best_of"})
_LONGEST = 20_000  # characters, which TOML of thousands of dots takes seconds to read
_MOST_TOKENS = 100_000  # of an answer, so that somebody else's file cannot make it expensive
# What the cell sets, and what of the file does not go with it.
_EXCLUDES: Mapping[str, frozenset[str]] = {
    "model": frozenset({"compare"}),
    "compare": frozenset({"model", "background"}),
    "sweep": frozenset({"background"}),
    "repeat": frozenset({"background"}),
    "over": frozenset({"raw", "background"}),
    "background": frozenset({"compare", "sweep", "repeat"}),
    "once": frozenset({"chat"}),
    "chat": frozenset({"once"}),
}
_MARK = "+++"
_SHOWN = 60  # characters
_NOTHING = "Nothing is sent until this is corrected."


def leads_away(name: str) -> bool:
    """Whether a name stands for something that decides where prompts and keys go."""
    return _LEADS_AWAY.search(re.sub(r"[^a-z]+", "_", name.lower()).strip("_")) is not None


def split(text: str) -> tuple[str, str]:
    """Return the front matter of a file, empty if it has none, and the text below it; raise `PromptError`."""
    first, *lines = text.split("\n")
    if first.rstrip() != _MARK:
        return "", text
    end = next((number for number, line in enumerate(lines) if line.rstrip() == _MARK), None)
    if end is None:
        msg = "The options at its top do not end."
        raise PromptError(msg, "Write a line +++ above and below them.")
    return "\n".join(lines[:end]), "\n".join(lines[end + 1 :])


def read_options(matter: str) -> CellOptions:
    """Parse front matter; raise `OptionError` if it is not TOML, or sets what it must not or cannot."""
    if len(matter) > _LONGEST:
        msg = f"The text between the lines +++ has {len(matter):,} characters; {_LONGEST:,} are read."
        raise OptionError(msg, _NOTHING)
    try:
        options = options_of(dict(_written(key, value) for key, value in tomllib.loads(matter).items()))
        named = [field for name, value in _values(options) for field in (name, *_names(value))]
    except (ValueError, RecursionError) as error:  # also deeply nested arrays, and numbers of thousands of digits
        msg = f"The text between the lines +++ is not TOML: {one_line(str(error), _SHOWN)}."
        raise OptionError(msg, _NOTHING) from None
    for field in named:
        if leads_away(field) or field in _REFUSED_FIELDS:
            raise _refused(field)
    if any(check.kind in _REFUSED_CHECKS for check in options.expect):
        raise _refused(_REFUSED_CHECKS_NAMED)
    limits = [value for name, value in _values(options) if _field(name) == LIMIT]
    if not all(type(value) is int and value <= _MOST_TOKENS for value in limits):
        msg = f"max_tokens must be a whole number up to {_MOST_TOKENS:,}, the most that a prompt file may set."
        raise OptionError(msg, _NOTHING)
    return options


def below(own: CellOptions, file: CellOptions) -> CellOptions:
    """Return the options of a cell, and those of its prompt file that they leave open; raise `OptionError`."""
    names = {name for name, text in own.written.items() if text not in (None, False)}
    names = names.union(*(_EXCLUDES.get(name, ()) for name in names))
    fields = {_field(name) for name, _ in _values(own)}
    kept: dict[str, Any] = {}
    for name, text in file.written.items():
        if name in ("param", "sweep"):
            kept[name] = [entry for entry in text if _field(entry.partition("=")[0]) not in fields]
        elif _field(name) not in fields:
            kept[name] = text
    written = {**own.written, **{name: text for name, text in kept.items() if name not in names}}
    written["param"] = [*kept.get("param", ()), *(own.written.get("param") or ())]
    options = options_of(written)
    refuse_contradictions(options)
    return replace(options, is_schema_of_file=own.schema is None and file.schema is not None)


def _values(options: CellOptions) -> Iterator[tuple[str, Any]]:
    """Yield the fields of the request that options set, with each value."""
    yield from options.parameters.items()
    yield from ((name, value) for name, values in options.sweeps for value in values)


def _names(value: object) -> Iterator[str]:
    """Yield the names within a value of JSON, at any depth."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield str(name)
            yield from _names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner)


def _field(name: str) -> str:
    """Return the field of the request that a name stands for: an option's, or a field's own."""
    option = named(name.strip().replace("-", "_"))
    field = option.parameter if option and option.parameter else name.strip()
    return LIMIT if field == OLD_LIMIT else field


def _written(key: str, value: object) -> tuple[str, Any]:
    """Return an option's name, and its value as it would be written in a cell."""
    option = named(key.replace("-", "_"))
    name = option.name if option else key.replace("-", "_")
    if leads_away(key) or name in _REFUSED:
        raise _refused(key)
    if option is None:
        names = [option.name for option in OPTIONS if option.name not in _REFUSED]
        msg = f"{one_line(key, _SHOWN)} is not an option."
        raise OptionError(msg, nearest(key, names) or f"A prompt file may set {listed(names, len(names))}.")
    if not option.metavar:
        if not isinstance(value, bool):
            raise unexpected(value, name, "true or false", _NOTHING)
        return name, value
    entries = value if isinstance(value, list) and option.repeatable else [value]
    texts = [text for entry in entries for text in _texts(option, entry)]
    return name, texts if option.repeatable else texts[0]


def _texts(option: Option, value: object) -> Iterator[str]:
    if isinstance(value, dict) and option.name in ("param", "sweep"):
        for name, entry in value.items():
            values = entry if option.name == "sweep" and isinstance(entry, list) else [entry]
            yield f"{name}={','.join(map(_json, values))}"
    elif isinstance(value, str) and "{{" not in value:
        yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
    elif value is True and option.alone:
        yield option.alone
    else:
        expected = "a text without {{ }}, or a number" + (", or a list of these" if option.repeatable else "")
        raise unexpected(value, option.name, expected, _NOTHING)


def _json(value: object) -> str:
    # Dates are text, as TOML writes them.
    return json.dumps(value, ensure_ascii=False, default=str)


def _refused(key: str) -> OptionError:
    msg = f"A prompt file cannot set {one_line(key, _SHOWN)}, since the file may be somebody else's."
    return OptionError(msg, f"Set it in the cell or the notebook. {_NOTHING}")
