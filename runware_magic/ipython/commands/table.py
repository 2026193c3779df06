"""The table of commands, from which help, the reference, Tab completion and dispatch are made."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runware_magic.ipython.commands.context import CommandContext

#: Placeholders in completions: names of chats, answers under way, commands, variables and files.
CHAT, ANSWER, COMMAND, NAME, FUNCTION, FILE = "CHAT", "ANSWER", "COMMAND", "NAME", "FUNCTION", "FILE"
#: Numbers of turns, of turns with several answers, of the versions of a turn, of the answers of a comparison.
TURN, COMPARED, VERSION, CHOICE = "TURN", "COMPARED", "VERSION", "CHOICE"
_BY_NAME = {"N": TURN, "V": VERSION, "K": CHOICE, "I": CHOICE, "J": CHOICE, "PATH": FILE, "FILE": FILE}
_BY_FLAG = {"--chat": (CHAT,), "--turn": (COMPARED,), "--from": (NAME,), "--block": ("all",)}


@dataclass(frozen=True, slots=True)
class Command:
    """A row of the table of commands.

    Its function is imported when it is first called, with a `CommandContext` and the rest of the line. It returns text,
    a value that shows itself, or None.
    """

    name: str  # the first word after ``%runware``
    usage: str  # the arguments
    help: str  # one sentence
    function: str  # ``module:function`` of this package
    words: tuple[str, ...] = ()  # what Tab offers in place of what the usage says, where no flag is meant
    verbatim: bool = False  # whether ``{{ }}`` in the rest of the line is kept

    @property
    def written(self) -> str:
        """How the command is written on a line."""
        return " ".join(filter(None, ("%runware", self.name, self.usage)))

    @property
    def flags(self) -> dict[str, tuple[str, ...] | None]:
        """What Tab offers after each flag; None after one that takes no value."""
        found = re.findall(r"\[(--[a-z-]+) ?([^]]*)", self.usage)
        return {flag: _BY_FLAG.get(flag, _choices(value)) if value else None for flag, value in found}

    @property
    def arguments(self) -> tuple[tuple[str, ...], ...]:
        """What Tab offers for each other word, in order."""
        if self.words:
            return (self.words,)
        return tuple(map(_choices, re.sub(r"\[--[^]]*|[][]", "", self.usage).split()))

    def run(self, context: CommandContext, rest: str) -> object:
        """Run the command, and return what to show."""
        module, _, function = self.function.partition(":")
        return getattr(import_module(f"{__package__}.{module}"), function)(context, rest)


def _choices(usage: str) -> tuple[str, ...]:
    """Return what a word may be, as the usage tells: words as they are, and placeholders."""
    words = (_BY_NAME.get(word, word) for word in usage.split("|"))
    return tuple(word for word in words if word.islower() or word.isdecimal() or word in _BY_NAME.values())


#: The help text has an empty line between groups.
_GROUPS = (
    (
        Command("", "", "current endpoint, model, chat and cost", "status:status"),
        # Verbatim, since placeholders of a prompt are filled in later.
        Command(
            "ask", "PROMPT", "ask a prompt on one line; options of %%runware come first", "basics:ask", verbatim=True
        ),
        Command(
            "explain",
            "[QUESTION]",
            "ask about the last error, in a chat of its own; with options of %%runware",
            "explain:explain",
            verbatim=True,
        ),
        Command("models", "[TEXT]", "models of the endpoint, with context length and prices", "status:models"),
        Command(
            "code",
            "[N] [--block K|all] [--from TURN]",
            "put code of the last answer, or of turn N, into a new cell below, which is not run: the first block in "
            "Python, block K, or all; --from takes the turn from a variable, such as one of -o",
            "code:code",
        ),
        Command(
            "prompts", "[FOLDER]", "list prompt files, with their first line and what they need", "prompts:prompts"
        ),
        Command(
            "tools",
            "NAME,…",
            "show what a model would see of functions: name, description, parameters, and the JSON that is sent",
            "tools:tools",
            (FUNCTION,),
        ),
        Command(
            "allow",
            "[NAME …]",
            "run tool calls that wait, all or those of these functions, and go on with the answer",
            "consent:allow",
            (FUNCTION,),
        ),
        Command(
            "refuse",
            "[NAME …]",
            "refuse tool calls that wait, all or those of these functions, and go on with the answer",
            "consent:refuse",
            (FUNCTION,),
        ),
        Command("usage", "", "tokens, cost and time by model", "status:usage"),
        Command(
            "stop",
            "[NAME|all]",
            "stop an answer in the background; the text so far is kept",
            "basics:stop",
            (ANSWER, "all"),
        ),
        # Verbatim: a key is refused, not evaluated.
        Command(
            "login",
            "[--ask]",
            "take the key from Colab's secrets or the system's keyring, or ask for it without showing it; it stays in "
            "this kernel",
            "basics:login",
            verbatim=True,
        ),
        Command("logout", "", "forget that key", "basics:logout"),
        Command(
            "help",
            "[NAME]",
            "explain a command, an option of %%runware, a check or a setting; without a name, list the commands",
            "help:help_",
            (COMMAND,),
        ),
    ),
    (
        Command("record", "FILE", "record requests and answers from now on; FILE is JSON lines", "recording:record"),
        Command(
            "replay",
            "FILE [--speed 1|2|max] [--else demo|live]",
            "answer from a recording or a saved notebook, without network or key; --else sets who answers requests "
            "that were not recorded",
            "recording:replay",
        ),
        Command("live", "", "stop recording and replaying", "recording:live"),
    ),
    (
        Command("history", "[CHAT]", "list the turns of a chat", "history:history", (CHAT,)),
        Command(
            "answer",
            "[N|all]",
            "show turn N again in this cell, or all turns; without N, the answers that a reloaded page has lost, else "
            "the last one",
            "history:answer",
        ),
        Command(
            "versions",
            "[N] [--use V]",
            "show the versions of a turn and their differences, or use another one",
            "history:versions",
        ),
        Command("pick", "K [--turn N]", "continue from answer K of the last comparison, or of turn N", "history:pick"),
        Command(
            "diff",
            "[I J] [--turn N]",
            "show two answers of a comparison side by side, with the words that differ",
            "history:diff",
        ),
        Command(
            "show",
            "[N] [--as curl|python|json|sse] [--whole]",
            "show the request of a turn, ready to run; sse: the bytes received; --whole: pictures in full",
            "history:show",
        ),
        Command("chat", "[NAME]", "switch to another chat; without a name, list the chats", "history:chat", (CHAT,)),
        Command(
            "fork",
            "NAME [--at N]",
            "start a new chat that shares all turns so far, or the turns up to N",
            "history:fork",
        ),
        Command(
            "refresh",
            "[CHAT] [--dry-run] [--yes]",
            "ask again, in order, the turns that were answered before an earlier turn changed",
            "refresh:refresh",
            (CHAT,),
        ),
        Command("undo", "", "forget the last turn", "history:undo"),
        Command("reset", "[CHAT]", "forget a chat", "history:reset", (CHAT,)),
        Command("restore", "[PATH]", "restore the chats from a saved notebook: this one or another", "files:restore"),
        Command(
            "export",
            "PATH [--chat NAME] [--force] [--no-images]",
            "write a chat to a file: .ipynb, .md, .jsonl or .html; --no-images leaves out the pictures of prompts",
            "files:export",
        ),
        Command(
            "hand-in",
            "PATH [--chat NAME] [--force] [--no-images]",
            "write all chats with all versions to one page, for a teacher; --no-images as for export",
            "files:hand_in",
        ),
    ),
)
COMMANDS: Mapping[str, Command] = {command.name: command for group in _GROUPS for command in group}

#: What asks for the row of a command, behind its name.
ASKS_FOR_HELP = frozenset({"-h", "--help"})
_MARGIN, _WIDTH = 30, 115  # columns where help begins and ends


def _lines(command: Command) -> str:
    usage = f"    {command.written}"
    indent = " " * _MARGIN
    text = textwrap.fill(command.help, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
    return f"{usage:<{_MARGIN}}{text.lstrip()}" if len(usage) < _MARGIN - 1 else f"{usage}\n{text}"


_TABLE = "\n\n".join("\n".join(map(_lines, group)) for group in _GROUPS)
LINE_HELP = f"""All commands.

{_TABLE}

Names and paths may contain {{{{ expression }}}}, as in a cell. Quote names with spaces. C:\\paths and ~ work.
%%runware? shows how to ask in a cell.
"""
