"""Write a turn as the ``%%runware`` cell that asks it again: exactly, or not at all."""

from __future__ import annotations

import json
import re
import shlex
from ast import literal_eval
from collections.abc import Iterator
from typing import Any

from runware_magic.chat.messages import Message
from runware_magic.chat.turn import Turn
from runware_magic.errors import UsageError
from runware_magic.prompt.option_table import OPTIONS, Option
from runware_magic.prompt.options import parse_line
from runware_magic.prompt.template import to_messages

#: The chat of cells that name none.
MAIN = "main"

_FLAGS = {option.name: option for option in OPTIONS}
# Not those that may stand alone: they set several fields.
_PARAMETERS = {option.parameter: option for option in OPTIONS if option.parameter and not option.alone}
_ARGPARSES = "--"  # cannot be the value of an option
_SHORT = 80  # characters of a system message that is readable on the line
_PIECE = 180  # characters in a placeholder, which may have ten times as many when all are escaped

# What the magic may not receive as it stands in the cell: Jupyter saves no lone surrogates, editors normalise line
# ends, and IPython 9 removes prompts (from the whole cell, if one line has ">>>") and the spaces of empty lines:
# https://github.com/ipython/ipython/blob/main/IPython/core/inputtransformer2.py
# Backslashes and braces before a placeholder would change its meaning, so they become part of it.
_CHANGED = r"(?<![\\{])[\\{]*[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+|^[^\S\n]*>>>|^[^\S\n]+$"
_UNSAFE = re.compile(_CHANGED, re.MULTILINE)
_READ_OTHERWISE = re.compile(rf"{_CHANGED}|^(?:system|user|assistant):(?=[^\S\n]*$)|{{{{", re.MULTILINE)
# IPython takes these for a prompt on the second line of a cell only.
_PROMPT = re.compile(r"\s*\.{3}|.{0,6}In \[")


def to_cell(turn: Turn, chat: str) -> str | None:
    """Return the ``%%runware`` cell that asks a turn again in `chat`, in its most readable form.

    Its model, parameters and messages are exactly the turn's, and it evaluates nothing but quoted texts. Return None if
    there is no such cell: a message is empty, or begins or ends with an empty line; a role or a parameter has a name
    that cells cannot express; the last message is an assistant's.
    """
    options = _options(turn, chat)
    for more, body in _ways(turn.messages):
        # IPython would remove what looks like a prompt; empty lines before a message have no meaning.
        space = "\n" if _PROMPT.match(body) else ""
        cell = f"{' '.join(['%%runware', *options, *more])}\n{space}{body}"
        if _asks(cell, turn, chat):
            return cell
    return None


def _ways(messages: tuple[Message, ...]) -> Iterator[tuple[list[str], str]]:
    """Yield possible options and bodies, the most readable first; some may give other messages."""
    # The option replaces all system messages.
    led = tuple(message for message in messages if message.role == "system")
    led = led if led == messages[:1] else ()
    told = [_written(_FLAGS["system"], message.content) for message in led]
    rest = messages[len(led) :]
    short = all(len(message.content) <= _SHORT and _is_plain(message.content) for message in led)
    in_roles = (told, _body(rest)) if short else ([], _body(messages))
    alone = len(rest) == 1 and not _UNSAFE.search(rest[0].content)
    if not any(_READ_OTHERWISE.search(message.content) for message in messages):
        yield in_roles
    if alone and short:
        yield ["--raw", *told], rest[0].content
    yield in_roles
    if alone:
        yield ["--raw", *told], rest[0].content


def _body(messages: tuple[Message, ...]) -> str:
    texts = [_READ_OTHERWISE.sub(_escaped, message.content) for message in messages]
    if len(messages) == 1 and messages[0].role == "user":
        return texts[0]
    return "\n\n".join(f"{message.role}:\n{text}" for message, text in zip(messages, texts, strict=True))


def _escaped(match: re.Match[str]) -> str:
    return r"\{{" if match[0] == "{{" else _placeholders(match[0])


def _options(turn: Turn, chat: str) -> list[str]:
    named = [_written(_FLAGS["model"], turn.model)]
    if chat != MAIN:
        named.append(_written(_FLAGS["chat"], chat))
    return named + [word for name, value in turn.parameters.items() for word in _parameter(name, value)]


def _parameter(name: str, value: object) -> list[str]:
    option = _PARAMETERS.get(name)
    values = value if isinstance(value, list) else [value]
    fits = option is not None and option.repeatable == isinstance(value, list)
    if option and fits and values and all(_reads(option, entry) for entry in values):
        return [_written(option, str(entry)) for entry in values]
    return [_written(_FLAGS["param"], f"{name}={_json(value)}")]


def _reads(option: Option, value: object) -> bool:
    """Whether the option can express this value."""
    try:
        return str(value) != _ARGPARSES and option.read(str(value)) == value
    except ValueError:
        return False


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    # Two opening braces occur in texts only, where JSON can escape them.
    return (text if text.isprintable() else json.dumps(value)).replace("{{", r"{\u007b")


def _written(option: Option, text: str) -> str:
    # After a space, a text that starts with a dash would be read as another option.
    return f"{option.flags[-1]}={_word(text)}" if text.startswith("-") else f"{option.flags[0]} {_word(text)}"


def _word(text: str) -> str:
    if not _is_plain(text):
        return _placeholders(text)
    if "'" in text and not set(text) & set('"\\'):
        return f'"{text}"'
    return shlex.quote(text)


def _is_plain(text: str) -> bool:
    return text.isprintable() and "{{" not in text and text != _ARGPARSES


def _placeholders(text: str) -> str:
    """Write a text as Python literals, in pieces, so that any text can be written."""
    pieces = (text[at : at + _PIECE] for at in range(0, len(text), _PIECE))
    quoted = (repr(piece).replace("{", r"\x7b").replace("}", r"\x7d") for piece in pieces)
    return "".join(f"{{{{ {piece} }}}}" for piece in quoted)


def _asks(cell: str, turn: Turn, chat: str) -> bool:
    line, _, body = cell.partition("\n")
    try:
        # Literals only: a cell that would evaluate anything else is not written.
        options = parse_line(line.removeprefix("%%runware"), literal_eval)
        messages = to_messages(f"{body}\n", None if options.raw else literal_eval)
    except (UsageError, AttributeError):  # AttributeError: argparse dropped a value
        return False
    if options.system:
        messages = (Message("system", options.system), *(m for m in messages if m.role != "system"))
    asked = (options.model, options.chat or MAIN, dict(options.parameters), _sent(messages))
    return line.isprintable() and asked == (turn.model, chat, dict(turn.parameters), _sent(turn.messages))


def _sent(messages: tuple[Message, ...]) -> list[dict[str, Any]]:
    # Text that is in several parts is sent as one.
    return [message.to_json() for message in messages]
