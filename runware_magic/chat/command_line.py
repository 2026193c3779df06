"""The words and flags behind a command of ``%runware``."""

from __future__ import annotations

import shlex
from collections.abc import Collection
from dataclasses import dataclass, field

from runware_magic.chat.options import nearest
from runware_magic.errors import OptionError


@dataclass(frozen=True, slots=True)
class Words:
    """What stands behind a command.

    Attributes
    ----------
    words
        Those that are no flags, in order.
    flags
        The flags that were given, without dashes; those that take no value with an empty one.
    """

    words: tuple[str, ...] = ()
    flags: dict[str, str] = field(default_factory=dict, hash=False)

    def word(self, at: int) -> str:
        """Give a word; empty where there are fewer."""
        return self.words[at] if at < len(self.words) else ""


def read_words(
    command: str, line: str, *, most: int = 1, flags: Collection[str] = (), switches: Collection[str] = ()
) -> Words:
    """Read what stands behind a command.

    Parameters
    ----------
    command
        Its name, for errors.
    line
        The rest of the line, quoted as in a shell.
    most
        How many words it takes.
    flags, switches
        The flags that it knows, with a value and without one.

    Raises
    ------
    OptionError
        When a flag is unknown or lacks its value, or there are too many words.
    """
    tokens = iter(_split(line))
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
            raise _unknown(token, command, (*flags, *switches))
    if len(words) > most:
        msg = f"Did not expect {words[most]!r} behind %runware {command}."
        raise OptionError(msg, "Quote names with spaces; %runware? shows each command.")
    return Words(tuple(words), found)


def read_number(text: str, what: str, most: int) -> int:
    """Read a number that counts from 1.

    Raises
    ------
    OptionError
        When it is none, or larger than what there is.
    """
    if not text.isdecimal() or not 1 <= int(text) <= most:
        there = f"from 1 to {most}" if most > 1 else "1" if most else "none yet"
        msg = f"There is no {what} {text!r}."
        raise OptionError(msg, f"There is {there}; %runware history lists them.")
    return int(text)


def _split(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        msg = "A quote on the line is not closed."
        raise OptionError(msg, "Quote names with spaces on both sides.") from None


def _value(flag: str, value: str | None) -> str:
    if value is None:
        msg = f"{flag} takes a value."
        raise OptionError(msg, "%runware? shows each command.")
    return value


def _unknown(token: str, command: str, known: Collection[str]) -> OptionError:
    hint = nearest(token, [f"--{name}" for name in known])
    return OptionError(f"{token} is not an option of %runware {command}.", hint or "%runware? shows each command.")
