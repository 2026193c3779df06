"""Tab completion on ``%%runware`` and ``%runware`` lines, and between double braces."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from runware_magic.chat.checks import CHECKS
from runware_magic.errors import OptionError
from runware_magic.ipython.commands import table
from runware_magic.ipython.commands.table import COMMANDS
from runware_magic.ipython.setting_table import SETTINGS
from runware_magic.prompt.option_table import OPTIONS
from runware_magic.prompt.options import is_count
from runware_magic.prompt.values.items import CELLS, ERROR
from runware_magic.prompt.words import split

_EFFORTS = ("low", "medium", "high")
_CELL = re.compile(r"(?:\s*#[^\n]*\n|\s)*%%runware\b[^\n]*")  # comments may stand above it
_LINE = re.compile(r"\s*%{1,2}runware\s")
_ASKING = frozenset({"ask", "explain"})  # commands that take the options of a cell
_MOST_FILES = 1000  # of a folder that are looked at
_SPLITS = re.compile(r"""[\s,'"\\]""")
#: Options that take what another one takes.
_TAKES_THOSE_OF = {"expect": "schema", "allow": "tools"}
_BUILTINS = [name for name in dir(builtins) if name.islower() and name[0] != "_"]


@dataclass(frozen=True, slots=True)
class Offer:
    """What a word can be completed to, and what that is: a kind, or the text that a number stands for."""

    text: str
    about: str = ""


Offers = Sequence[Offer]
#: Stands for the names of files, which IPython completes.
FILES: Offers = (Offer(table.FILE),)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A turn of the current chat, which commands call by its number."""

    prompt: str
    versions: tuple[str, ...] = ()  # what tells them apart, the oldest first
    answers: tuple[str, ...] = ()  # the names of the answers of its comparison, in order


@dataclass(frozen=True, slots=True)
class Known:
    """What Tab can complete."""

    models: tuple[str, ...] = ()
    chats: tuple[str, ...] = ()
    names: tuple[str, ...] = ()  # variables of the notebook
    fitting: Callable[[str], Iterable[str]] = lambda _: ()  # those that an option takes
    answers: tuple[str, ...] = ()  # under way
    turns: tuple[Numbered, ...] = ()
    outputs: tuple[str, ...] = ()  # such as ``Out[5]``
    files: Callable[[str], Iterable[str]] = lambda _: ()  # those whose path begins so
    prompts: tuple[str, ...] = ()  # files of prompts


@dataclass(frozen=True, slots=True)
class _Line:
    """What may stand on a line: flags, whether each takes a value, the values, and other words."""

    flags: Mapping[str, bool]
    values: Callable[[str, str], Offers]  # of a flag, after what is typed of one
    words: Sequence[Offers] = ()
    repeatable: frozenset[str] = frozenset()
    is_prose: bool = False  # whether a prompt begins with the first word
    alone: frozenset[str] = frozenset()  # flags behind which a number may stand


def concerns(text: str) -> bool:
    """Whether there may be something to complete at the end of a text."""
    line = text.rpartition("\n")[2]
    return _LINE.match(line) is not None or (_CELL.match(text) is not None and _between_braces(text) is not None)


def complete(text: str, known: Known) -> tuple[str, list[str]]:
    """Return the word at the end of a text, such as a model id, and what it can be completed to."""
    word, found = offers(text, known)
    return word, [] if found is None or found is FILES else [offer.text for offer in found]


def offers(text: str, known: Known) -> tuple[str, Offers | None]:
    """Return the word at the end of a text, and what it can be completed to.

    None leaves the word to IPython, which completes attributes.
    """
    if (expression := _between_braces(text)) is not None:
        word = re.split(r"[^\w.]", expression)[-1]
        return word, None if "." in word else _matching(word, _in_braces(text, word, known))
    line = text.rpartition("\n")[2]
    word = re.split(r"\s", line)[-1]
    try:
        before = split(line[: len(line) - len(word)])
    except OptionError:
        return word, ()  # within quotes
    found = _on_line(before, word, known)
    return word, found if found is None or found is FILES else _matching(word, found)


def _between_braces(text: str) -> str | None:
    at = text.rfind("{{")
    return None if at < 0 or "}}" in text[at:] or text[at - 1 : at] == "\\" else text[at + 2 :]


def _in_braces(text: str, word: str, known: Known) -> Iterator[Offer]:
    cell = _CELL.match(text)
    if cell and "--over" in cell[0]:
        yield Offer("row", "row")
    yield from _all(sorted(name for name in known.names if word or name[0] != "_"), "variable")
    if word:
        yield from _all(_BUILTINS, "function")


def _matching(word: str, candidates: Iterable[Offer]) -> Offers:
    # Names may come from a server or a file, and must not insert a line of code.
    found = {offer.text: offer for offer in reversed([*candidates]) if offer.text.isprintable()}
    return [offer for offer in reversed(found.values()) if offer.text.startswith(word)]


def _all(texts: Iterable[str], about: str) -> list[Offer]:
    return [Offer(text, about) for text in texts]


def _on_line(before: Sequence[str], word: str, known: Known) -> Offers | None:
    if not before:
        return None
    name = before[1] if len(before) > 1 else ""
    if before[0] == "%%runware":
        return _following(_cell_line(known), before[1:], word)
    if not name:
        return _all(sorted(filter(None, COMMANDS)), "command")
    if name in _ASKING:
        return _following(_cell_line(known, is_prose=True), before[2:], word)
    return _following(_command_line(name, before[2:], known), before[2:], word) if name in COMMANDS else ()


def _following(line: _Line, tokens: Sequence[str], word: str) -> Offers:
    flag, equals, typed = word.partition("=")
    if equals and line.flags.get(flag):
        return [Offer(f"{flag}={offer.text}", offer.about) for offer in line.values(flag, typed)]
    at, last = 0, ""  # the number of words that are no flags, and the flag whose value comes next
    for before, token in zip(("", *tokens), tokens, strict=False):
        if last:
            last = ""
        elif token in line.flags:
            last = token if line.flags[token] else ""
        elif not (token.startswith("-") or (before in line.alone and is_count(token))):
            at += 1
    if last:
        return line.values(last, word)
    if line.is_prose and at:
        return ()
    if not word.startswith("-") and at < len(line.words):
        return line.words[at]
    used = {token.partition("=")[0] for token in tokens} - line.repeatable
    return _all(sorted(flag for flag in line.flags if flag not in used), "option") if word[:1] in {"", "-"} else ()


def _cell_line(known: Known, *, is_prose: bool = False) -> _Line:
    options = {flag: option for option in OPTIONS for flag in option.flags}
    return _Line(
        {flag: bool(option.metavar and not option.alone) for flag, option in options.items()},
        lambda flag, typed: _value(options[flag].name, typed, known),
        [() if is_prose else _all(sorted(known.models), "model")],
        frozenset(flag for flag, option in options.items() if option.repeatable),
        is_prose,
        frozenset(flag for flag, option in options.items() if option.alone),
    )


def _value(option: str, typed: str, known: Known) -> Offers:
    """Return what the value of an option may be, after what is typed of it."""
    head, comma, last = typed.rpartition(",")
    if option == "with":
        return [Offer(f"{head}{comma}{item.text}", item.about) for item in _items(last, known)]
    named = {*head.split(",")}
    others = {*known.models} - named
    kinds = [written.partition(":")[:2] for written, _ in CHECKS]
    fitting = sorted(known.fitting(_TAKES_THOSE_OF.get(option, option)))
    schemas = _all((f"schema:{name}" for name in fitting), "variable")
    return {
        "model": _all(sorted(known.models), "model"),
        "compare": _all((f"{head}{comma}{model}" for model in sorted(others)), "model"),
        "sweep": _all((f"{each.name}=" for each in OPTIONS if each.parameter), "parameter"),
        "expect": schemas if typed.startswith("schema:") else _all(map("".join, kinds), "check"),
        "chat": _all(sorted(known.chats), "chat"),
        "file": _all(sorted(known.prompts), "file"),
        "effort": _all(_EFFORTS, "level"),
        "output": _all(sorted(known.names), "variable"),
        **dict.fromkeys(("schema", "over", "messages"), _all(fitting, "variable")),
        **dict.fromkeys(
            ("tools", "allow"), _all((f"{head}{comma}{name}" for name in fitting if name not in named), "function")
        ),
    }.get(option, [])


def _items(typed: str, known: Known) -> list[Offer]:
    """Return what can be attached."""
    names = sorted(name for name in known.names if typed or name[0] != "_")
    offered = ((names, "variable"), ((ERROR, CELLS), "item"), (known.outputs, "output"), (known.files(typed), "file"))
    return [offer for texts, about in offered for offer in _all(texts, about)]


def files_like(folder: Path, begun: str) -> list[str]:
    """Return the files and folders in the notebook's folder or below whose path begins so; folders end in a slash."""
    head, slash, name = begun.rpartition("/")
    if Path(begun).anchor or ".." in Path(head).parts:  # on Windows, /folder and C:folder are not absolute
        return []
    with suppress(OSError, ValueError):
        found = islice((folder / head).iterdir(), _MOST_FILES)
        # What a line splits at would have to be quoted.
        paths = (path for path in found if path.name.startswith(name) and not _SPLITS.search(path.name))
        shown = (path for path in paths if name or not path.name.startswith("."))
        return sorted(f"{head}{slash}{path.name}{'/' if path.is_dir() else ''}" for path in shown)
    return []


def _command_line(name: str, tokens: Sequence[str], known: Known) -> _Line:
    command = COMMANDS[name]

    def meant(words: Sequence[str]) -> Offers:
        found = [_meant(word, tokens, known) for word in words]
        return FILES if FILES in found else [offer for each in found for offer in each]

    return _Line(
        {flag: words is not None for flag, words in command.flags.items()},
        lambda flag, _: meant(command.flags[flag] or ()),
        [meant(words) for words in command.arguments],
    )


def _meant(word: str, tokens: Sequence[str], known: Known) -> Offers:
    """Return what a word of the table of commands stands for."""
    turns = dict(enumerate(known.turns, 1))
    compared = [number for number, turn in turns.items() if turn.answers]
    named = [int(token) for token in tokens if token.isdecimal() and int(token) in turns]
    one = turns.get(named[0] if named else len(turns), Numbered(""))
    # The numbers before --turn are those of answers.
    of_turn = named[-1:] if "--turn" in tokens else compared[-1:]
    answers = turns[of_turn[0]].answers if of_turn else ()
    offered: dict[str, Offers] = {
        table.FILE: FILES,
        table.CHAT: _all(sorted(known.chats), "chat"),
        table.ANSWER: _all(known.answers, "answer"),
        table.NAME: _all(sorted(known.names), "variable"),
        table.COMMAND: _all(sorted(filter(None, COMMANDS)), "command")
        + _all(sorted(SETTINGS.keys() - COMMANDS), "setting"),
        table.FUNCTION: _all(sorted(known.fitting("tools")), "function"),
        table.TURN: [Offer(str(number), turn.prompt) for number, turn in turns.items()],
        table.COMPARED: [Offer(str(number), turns[number].prompt) for number in compared],
        table.VERSION: [Offer(str(number), text) for number, text in enumerate(one.versions, 1)],
        table.CHOICE: [Offer(str(number), text) for number, text in enumerate(answers, 1)],
    }
    return offered.get(word, [Offer(word, "word")])
