"""Parses the words and flags after a command of ``%runware``."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from runware_magic.chat.text import one_line
from runware_magic.errors import OptionError
from runware_magic.prompt.marks import refuse_marks
from runware_magic.prompt.options import nearest
from runware_magic.prompt.words import split

_HELP = "%runware? shows each command."


@dataclass(frozen=True, slots=True)
class Words:
    """The words and flags after a command."""

    words: tuple[str, ...] = ()
    flags: dict[str, str] = field(default_factory=dict, hash=False)  # without dashes; switches have an empty value

    def word(self, at: int) -> str:
        """Return a word; empty if there are fewer."""
        return self.words[at] if at < len(self.words) else ""


def read_words(
    command: str, line: str, *, most: int = 1, flags: Collection[str] = (), switches: Collection[str] = ()
) -> Words:
    """Parse what follows a command: up to `most` words, flags with a value, and switches without one.

    Raises `OptionError` if the line cannot be split, a flag is unknown or has no value, or there are too many words.
    """
    tokens = iter(split(line))
    words: list[str] = []
    found: dict[str, str] = {}
    for token in tokens:
        name, equals, value = token.removeprefix("--").partition("=")
        if not token.startswith("--"):
            words.append(token)
        elif name in switches and not equals:
            found[name] = ""
        elif name in flags:
            found[name] = value if equals else _value(token, next(tokens, None))
        else:
            known = [f"--{flag}" for flag in (*flags, *switches)]
            msg = f"{token} is not an option of %runware {command}."
            raise OptionError(msg, nearest(token, known) or _HELP)
    if len(words) > most:
        msg = f"Unexpected {words[most]!r} after %runware {command}."
        raise OptionError(msg, "Quote names with spaces; %runware? shows each command.")
    return Words(tuple(words), found)


def unknown_command(name: str, rest: str, known: Collection[str]) -> OptionError:
    """Return the error for a line that begins with no command.

    Raises `OptionError` if the first word has invisible characters, or some that only look like a dash or a quote.
    """
    if name.startswith("%%runware"):
        hint = "Start a new cell with it; only comments may come before it."
        return OptionError("%%runware is not the first line of its cell.", hint)
    msg = f"{name} is not a command of %runware."
    if rest.rstrip().endswith("?"):
        return OptionError(msg, f"To ask this: %runware ask {one_line(f'{name} {rest}')}")
    if name.endswith("?"):
        return OptionError(msg, _HELP)
    refuse_marks(name)
    return OptionError(msg, nearest(name, known) or "%runware? lists them; %runware ask PROMPT asks.")


def read_number(text: str, what: str, most: int) -> int:
    """Parse a number from 1 to `most`; raise `OptionError` if it is not one."""
    if not most:
        msg = f"There is no {what} in this chat yet."
        raise OptionError(msg, "Ask something first; %runware chat lists the chats.")
    if not text.isdecimal() or not 1 <= int(text) <= most:
        there = f"Numbers go from 1 to {most}" if most > 1 else "The only number is 1"
        msg = f"There is no {what} {text!r}."
        raise OptionError(msg, f"{there}; %runware history lists them.")
    return int(text)


def _value(flag: str, value: str | None) -> str:
    if value is None:
        msg = f"{flag} needs a value."
        raise OptionError(msg, _HELP)
    return value
