"""The command prompts."""

from __future__ import annotations

from collections.abc import Iterable

from runware_magic.chat.text import listed, one_line
from runware_magic.display.render.tables import Table
from runware_magic.errors import PromptError, UsageError
from runware_magic.ipython.class_file import folder_of
from runware_magic.ipython.commands.arguments import read_words
from runware_magic.ipython.commands.context import CommandContext
from runware_magic.ipython.prompt_files import FOLDER, listed_in
from runware_magic.prompt.prompt_file import PromptFile
from runware_magic.transport.endpoint import Key
from runware_magic.transport.key_leaks import refuse_text

_SHOWN = 60  # characters of a first line
_NONE = "No files that end in .md or .txt."


def prompts(context: CommandContext, line: str) -> Table:
    """List the prompt files of a folder, with their first line and what they need."""
    folder = read_words("prompts", line).word(0) or FOLDER
    found = listed_in(folder, folder_of(context.notebook()))
    rows = tuple((name, *_told(file, context.resolver.keys())) for name, file in found)
    note = "%%runware -f PATH asks with one." if rows else _NONE
    return Table(f"Prompts in {one_line(folder, _SHOWN)}", ("file", "first line", "needs"), rows, note)


def _told(file: PromptFile | UsageError, keys: Iterable[Key | None]) -> tuple[str, str]:
    if isinstance(file, UsageError):
        return f"cannot be used: {one_line(file.message, 2 * _SHOWN)}", ""
    try:
        refuse_text(file.text, "It", keys)
    except PromptError:
        return "cannot be used: it contains a key", ""
    try:
        return one_line(file.first_line, _SHOWN), listed(file.needs())
    except PromptError as error:
        return one_line(file.first_line, _SHOWN), f"cannot be used: {one_line(error.message, 2 * _SHOWN)}"
