"""Attaches values and files behind a prompt, each under its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from runware_magic.chat.messages import Message
from runware_magic.chat.parts import Part, TextPart
from runware_magic.errors import OptionError, PromptError
from runware_magic.prompt.raised import raised
from runware_magic.prompt.template import Prompt
from runware_magic.prompt.values.bounded import attached_text
from runware_magic.prompt.values.fence import fenced
from runware_magic.prompt.values.files import attach_file
from runware_magic.prompt.values.insert import insert
from runware_magic.prompt.values.inserted import Inserted, ValueLimits
from runware_magic.prompt.values.joined import joined

# Kinds of values that stand in a fenced block, and its language.
_FENCED = {"source": "python", "error": "text"}


def attach_value(value: object, name: str, limits: ValueLimits) -> Inserted:
    """Return what is attached for a value, cut to what may be attached, or raise `PromptError`."""
    try:
        inserted = insert(value, name, limits)
    except PromptError:
        raise
    except Exception as error:  # noqa: BLE001  # the user's own object may raise anything
        msg = f"{name} has no text: {raised(error)}; nothing was sent."
        raise PromptError(msg) from None
    if inserted.attached is None:
        inserted = attached_text(_text_of(inserted.parts), name, "text", limits)
    elif language := _FENCED.get(inserted.attached.kind):
        inserted = replace(inserted, parts=(TextPart(fenced(_text_of(inserted.parts), language)),))
    return titled(f"{name}:", inserted)


def titled(title: str, inserted: Inserted) -> Inserted:
    """Return an attachment with a title above it."""
    return replace(inserted, parts=(TextPart(f"{title}\n\n"), *inserted.parts))


def behind(prompt: Prompt, attachments: Sequence[Inserted]) -> Prompt:
    """Return a prompt with attachments behind the last message that is a user's."""
    if not attachments:
        return prompt
    messages, attached = list(prompt.messages), [each.attached for each in attachments if each.attached]
    if all(message.role != "user" for message in messages):
        messages.append(Message("user"))  # a list of messages may end with the result of a tool
    at = max(number for number, message in enumerate(messages) if message.role == "user")
    pieces: list[str | Inserted] = [Inserted(messages[at].parts)]
    for each in attachments:
        pieces += ["\n\n", each]
    messages[at] = replace(messages[at], content="", parts=joined(pieces))
    return Prompt(tuple(messages), tuple(dict.fromkeys((*prompt.attached, *attached))), prompt.looked_up)


def attach_all(values: object, limits: ValueLimits) -> tuple[Inserted, ...]:
    """Return what is attached for values from Python: a list, or a dict with their names.

    Raises `OptionError` for anything else, and `PromptError` if a value cannot be sent.
    """
    if isinstance(values, Mapping):
        named = [(str(name), value) for name, value in values.items()]
    elif isinstance(values, list | tuple):
        named = [(_name(value, number), value) for number, value in enumerate(values, 1)]
    else:
        msg = f"attach must be a list or a dict, not a value of type {type(values).__name__}."
        raise OptionError(msg, "attach=[df] or attach={'prices': df}, for example.")
    return tuple(
        titled(f"{name}:", attach_file(value, name, limits))
        if isinstance(value, Path)
        else attach_value(value, name, limits)
        for name, value in named
    )


def _name(value: object, number: int) -> str:
    told = value.name if isinstance(value, Path) else getattr(value, "__name__", None)
    return told if isinstance(told, str) and told else f"attachment {number}"


def _text_of(parts: tuple[Part, ...]) -> str:
    return "".join(part.text for part in parts if isinstance(part, TextPart))
