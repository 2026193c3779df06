"""The command explain: asks about the last error of the notebook."""

from __future__ import annotations

from dataclasses import replace

from runware_magic.errors import OptionError, UsageError
from runware_magic.ipython.commands.context import CommandContext
from runware_magic.prompt.option_table import OPTIONS
from runware_magic.prompt.options import CellOptions, parse_ask
from runware_magic.prompt.values.items import ERROR
from runware_magic.prompt.words import WORD

#: The chat of explanations, unless the line names another.
CHAT = "explain"
_QUESTION = "Explain this error: what does it mean, what caused it, and how do I correct it?"
_HINT = (
    "Be my tutor: give me a hint that helps me find the mistake myself. Say what the error means and where to look. "
    "Do not write the corrected code, and do not give the solution."
)


def explain(context: CommandContext, line: str) -> None:
    """Ask about the last error, in a chat of its own unless the line names another."""
    how = context.settings.explain
    if how == "off":
        msg = "%runware explain is turned off by this notebook's settings."
        raise UsageError(msg, "Read the last line of the error first: it says what went wrong.")

    def about_the_error(options: CellOptions, question: str) -> tuple[CellOptions, str]:
        chat = options.chat or (None if options.once else CHAT)
        hint = _HINT if how == "hint" else ""
        asked = "\n\n".join(filter(None, (question or ("" if hint else _QUESTION), hint)))
        return replace(options, chat=chat, items=(ERROR, *options.items)), asked

    context.ask(_options_first(line), about_the_error)


def _options_first(line: str) -> str:
    """Return a line with the options behind the question before it; unchanged if there are none."""
    flags = {flag for option in OPTIONS for flag in option.flags}
    for word in WORD.finditer(line):
        if word[0].partition("=")[0] in flags and _is_all_options(line[word.start() :]):
            return f"{line[word.start() :]} {line[: word.start()]}"
    return line


def _is_all_options(text: str) -> bool:
    try:
        return not parse_ask(text)[1]
    except OptionError:
        return False
