"""What Tab offers on a ``%%runware`` line, on a ``%runware`` line, and between double braces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from runware_magic.chat.options import OPTIONS

#: What IPython takes for the end of a word: a model id is several words to it.
_BREAKS = " \t\n`!@#$^&*()=+[{]}\\|;:'\",<>?"
_EFFORTS = ("low", "medium", "high")
#: The lines, up to the cursor, that there is something to offer on.
LINE, BRACES = r"\s*%{1,2}runware\s", r".*\{\{[^{}]*$"


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
    """

    models: tuple[str, ...] = ()
    chats: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def complete(text: str, known: Known) -> list[str]:
    """Give completions for the word before the cursor.

    Parameters
    ----------
    text
        The line up to the cursor.
    known
        What can be completed to.

    Returns
    -------
    list of str
        Each in place of what IPython takes for the last word, not of the whole model id.
    """
    if braces := re.search(r"\{\{([^{}]*)$", text):
        word = re.split(r"[^\w]", braces[1])[-1]
        return [name for name in known.names if name.startswith(word) and (word or not name.startswith("_"))]
    if not re.match(LINE, text):
        return []
    word = re.split(r"\s", text)[-1]
    return _in_place(word, _candidates(text[: len(text) - len(word)].split(), word, known))


def _candidates(before: list[str], word: str, known: Known) -> Iterable[str]:
    values = _values(known)
    flag, equals, _ = word.partition("=")
    if equals and flag in values:
        return [f"{flag}={value}" for value in values[flag]]
    if before[-1] in values:
        return values[before[-1]]
    asks = before[0] == "%%runware" or before[:2] == ["%runware", "ask"]
    if asks and word.startswith("-"):
        return [flag for option in OPTIONS for flag in option.flags]
    if before == ["%%runware"]:
        return known.models
    if before == ["%runware"]:
        return known.commands
    return known.chats if before[-1] in {"history", "reset", "chat"} else ()


def _values(known: Known) -> Mapping[str, tuple[str, ...]]:
    by_name = {"model": known.models, "chat": known.chats, "effort": _EFFORTS, "output": known.names}
    return {flag: by_name[option.name] for option in OPTIONS if option.name in by_name for flag in option.flags}


def _in_place(word: str, candidates: Iterable[str]) -> list[str]:
    typed = max((word.rfind(char) for char in _BREAKS), default=-1) + 1
    return sorted({candidate[typed:] for candidate in candidates if candidate.startswith(word)})
