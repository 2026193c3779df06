"""Tab completion on ``%%runware`` and ``%runware`` lines, and between double braces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from runware_magic.ipython.commands.table import ANSWER, CHAT, COMMANDS
from runware_magic.prompt.option_table import OPTIONS

_EFFORTS = ("low", "medium", "high")


@dataclass(frozen=True, slots=True)
class Known:
    """The names that Tab can complete."""

    models: tuple[str, ...] = ()
    chats: tuple[str, ...] = ()
    names: tuple[str, ...] = ()  # variables of the notebook
    answers: tuple[str, ...] = ()  # under way


def concerns(text: str) -> bool:
    """Whether there may be something to complete at the end of a text."""
    line = text.rpartition("\n")[2]
    return re.match(r"\s*%{1,2}runware\s", line) is not None or (
        re.match(r"\s*%%runware\b", text) is not None and "{{" in line
    )


def complete(text: str, known: Known) -> tuple[str, list[str]]:
    """Return the word at the end of a text, such as a model id, and what it can be completed to."""
    line = text.rpartition("\n")[2]
    if braces := re.search(r"\{\{([^{}]*)$", line):
        word = re.split(r"[^\w.]", braces[1])[-1]
        # IPython completes attributes itself.
        return word, [] if "." in word else _matching(word, (name for name in known.names if word or name[0] != "_"))
    word = re.split(r"\s", line)[-1]
    before = line[: len(line) - len(word)].split()
    return word, _matching(word, _candidates(before, word, known) if before else ())


def _matching(word: str, candidates: Iterable[str]) -> list[str]:
    # Names may come from a server or a file, and must not insert a line of code.
    return sorted({name for name in candidates if name.startswith(word) and name.isprintable()})


def _candidates(before: list[str], word: str, known: Known) -> Iterable[str]:
    offered = _offered(before, known)
    flag, equals, _ = word.partition("=")
    if equals and flag in offered:
        return [f"{flag}={value}" for value in offered[flag]]
    if values := offered.get(before[-1]):
        return values
    return [flag for flag in offered if flag] if word.startswith("-") else offered.get("", ())


def _offered(before: list[str], known: Known) -> Mapping[str, tuple[str, ...]]:
    """Return what may follow some words: values by flag, and other words under the empty text."""
    name = before[1] if len(before) > 1 else ""
    if before[0] == "%%runware" or name == "ask":
        return {"": known.models if before == ["%%runware"] else (), **_options(known)}
    if not name:
        return {"": tuple(filter(None, COMMANDS))}
    names = {CHAT: known.chats, ANSWER: known.answers}
    completion = COMMANDS[name].completion if name in COMMANDS else {}
    return {flag: tuple(v for word in words for v in names.get(word, (word,))) for flag, words in completion.items()}


def _options(known: Known) -> dict[str, tuple[str, ...]]:
    by_name = {
        "model": known.models,
        "compare": known.models,
        "over": known.names,
        "chat": known.chats,
        "effort": _EFFORTS,
        "output": known.names,
    }
    return {flag: by_name.get(option.name, ()) for option in OPTIONS for flag in option.flags}
