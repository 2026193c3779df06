"""A turn as the ``%%runware`` cell that asks it again: exactly, or not at all."""

from __future__ import annotations

import json
import re
import shlex
from ast import literal_eval
from collections.abc import Iterator

from runware_magic.chat.cell import to_messages
from runware_magic.chat.messages import Message
from runware_magic.chat.option_table import OPTIONS, Option
from runware_magic.chat.options import parse_line
from runware_magic.chat.turn import Turn
from runware_magic.errors import UsageError

#: The chat of a cell that names none.
MAIN = "main"

_FLAGS = {option.name: option for option in OPTIONS}
_PARAMETERS = {option.parameter: option for option in OPTIONS if option.parameter}
_ARGPARSES = "--"  # no option gets it as its value
_SHORT = 80  # characters of a system message that still reads well on the line
_PIECE = 180  # characters in a placeholder: ten times as many, when each is escaped, are still read as one

# What does not reach the magic as it stands in the cell, or may not: Jupyter saves no lone surrogates, editors
# normalise line ends, and IPython 9 takes away prompts (from the whole cell, if one line has ">>>") and the spaces of
# lines that have nothing else. https://github.com/ipython/ipython/blob/main/IPython/core/inputtransformer2.py
# Backslashes and braces before a placeholder would change what it means: they go into it.
_CHANGED = r"(?<![\\{])[\\{]*[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+|^[^\S\n]*>>>|^[^\S\n]+$"
_UNSAFE = re.compile(_CHANGED, re.MULTILINE)
_READ_OTHERWISE = re.compile(rf"{_CHANGED}|^(?:system|user|assistant):(?=[ \t]*$)|{{{{", re.MULTILINE)
# Taken for a prompt of Python or IPython on the second line of a cell only.
_PROMPT = re.compile(r"\s*\.{3}|.{0,6}In \[")


def to_cell(turn: Turn, chat: str) -> str | None:
    r"""Give the text of the cell that asks a turn again.

    Parameters
    ----------
    turn
        The turn.
    chat
        The chat that the cell is to ask in.

    Returns
    -------
    str or None
        A ``%%runware`` cell whose model, parameters and messages are exactly the turn's, in the way that reads best.
        Nothing in it is evaluated but texts between quotes. None where there is no such cell: a message is empty, or
        begins or ends with an empty line; one of several begins or ends with a space; a role or a parameter has a
        name that a cell cannot give; the last message is an assistant's.
    """
    options = _options(turn, chat)
    for more, body in _ways(turn.messages):
        # A first line that looks like a prompt would lose it; empty lines before a message mean nothing.
        space = "\n" if _PROMPT.match(body) else ""
        cell = f"{' '.join(['%%runware', *options, *more])}\n{space}{body}"
        if _asks(cell, turn, chat):
            return cell
    return None


def _ways(messages: tuple[Message, ...]) -> Iterator[tuple[list[str], str]]:
    """Give what may stand on the line and below it, the most readable first; not every way gives the messages back."""
    # An option for the system message takes the place of all of them.
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
    """Tell whether the option gives this value."""
    try:
        return str(value) != _ARGPARSES and option.read(str(value)) == value
    except ValueError:
        return False


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    # Two braces that open stand in texts only, where JSON has another way to write them.
    return (text if text.isprintable() else json.dumps(value)).replace("{{", r"{\u007b")


def _written(option: Option, text: str) -> str:
    # Behind a space, a text that starts with a dash would be taken for another option.
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
    """Write a text as Python does, in pieces: whatever it is, it comes back from its evaluation."""
    pieces = (text[at : at + _PIECE] for at in range(0, len(text), _PIECE))
    quoted = (repr(piece).replace("{", r"\x7b").replace("}", r"\x7d") for piece in pieces)
    return "".join(f"{{{{ {piece} }}}}" for piece in quoted)


def _asks(cell: str, turn: Turn, chat: str) -> bool:
    line, _, body = cell.partition("\n")
    try:
        # No name and no call has a value here: a cell that would run anything is not written.
        options = parse_line(line.removeprefix("%%runware"), literal_eval)
        messages = to_messages(f"{body}\n", None if options.raw else literal_eval)
    except (UsageError, AttributeError):  # the latter where argparse has taken a value away
        return False
    if options.system:
        messages = (Message("system", options.system), *(m for m in messages if m.role != "system"))
    asked = (options.model, options.chat or MAIN, dict(options.parameters), messages)
    return line.isprintable() and asked == (turn.model, chat, dict(turn.parameters), turn.messages)
