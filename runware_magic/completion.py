"""What Tab offers on a ``%%runware`` line, on a ``%runware`` line, and between double braces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from runware_magic.chat.option_table import OPTIONS

_EFFORTS = ("low", "medium", "high")
_OPTIONS = {
    "versions": ("--use",),
    "fork": ("--at",),
    "pick": ("--turn",),
    "diff": ("--turn",),
    "show": ("--as",),
    "export": ("--chat", "--force"),
    "hand-in": ("--chat", "--force"),
    "replay": ("--speed", "--else"),
}
_NAMES_A_CHAT = {"history", "reset", "chat"}


@dataclass(frozen=True, slots=True)
class Known:
    """What can be completed to.

    Attributes
    ----------
    models, chats
        Their names.
    commands
        The commands of ``%runware``.
    names
        The variables of the notebook.
    answers
        The answers under way.
    """

    models: tuple[str, ...] = ()
    chats: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()


def concerns(text: str) -> bool:
    """Tell whether there may be something to offer at the end of a text."""
    line = text.rpartition("\n")[2]
    return re.match(r"\s*%{1,2}runware\s", line) is not None or (
        re.match(r"\s*%%runware\b", text) is not None and "{{" in line
    )


def complete(text: str, known: Known) -> tuple[str, list[str]]:
    """Give what the end of a text can be completed to.

    Parameters
    ----------
    text
        The cell up to the cursor.
    known
        What can be completed to.

    Returns
    -------
    tuple
        The word that is completed, a whole model id for example, and what it may become.
    """
    line = text.rpartition("\n")[2]
    if braces := re.search(r"\{\{([^{}]*)$", line):
        word = re.split(r"[^\w.]", braces[1])[-1]
        # Behind a dot IPython knows more.
        return word, [] if "." in word else _matching(word, (name for name in known.names if word or name[0] != "_"))
    word = re.split(r"\s", line)[-1]
    before = line[: len(line) - len(word)].split()
    return word, _matching(word, _candidates(before, word, known) if before else ())


def _matching(word: str, candidates: Iterable[str]) -> list[str]:
    # Names may come from a server or a file: none of them writes a line of code.
    return sorted({name for name in candidates if name.startswith(word) and name.isprintable()})


def _candidates(before: list[str], word: str, known: Known) -> Iterable[str]:
    values = _values(known)
    flag, equals, _ = word.partition("=")
    if equals and flag in values:
        return [f"{flag}={value}" for value in values[flag]]
    if before[-1] in values:
        return values[before[-1]]
    command = before[1] if len(before) > 1 else ""
    if before[0] == "%%runware" or command == "ask":
        flags = [flag for option in OPTIONS for flag in option.flags]
        return flags if word.startswith("-") else known.models if before == ["%%runware"] else ()
    if not command:
        return known.commands
    if word.startswith("-"):
        return _OPTIONS.get(command, ())
    named = {"stop": (*known.answers, "all"), **dict.fromkeys(_NAMES_A_CHAT, known.chats)}
    return named.get(command, ())


def _values(known: Known) -> Mapping[str, tuple[str, ...]]:
    by_name = {
        "model": known.models,
        "compare": known.models,
        "over": known.names,
        "chat": known.chats,
        "effort": _EFFORTS,
        "output": known.names,
    }
    values = {flag: by_name[option.name] for option in OPTIONS if option.name in by_name for flag in option.flags}
    return {
        **values,
        "--as": ("curl", "python", "json", "sse"),
        "--speed": ("1", "2", "max"),
        "--else": ("demo", "live"),
    }
