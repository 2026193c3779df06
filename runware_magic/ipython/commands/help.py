"""The command help: the rows of the reference's tables, in a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runware_magic.chat.checks import CHECKS
from runware_magic.display.render.tables import Shown, Table
from runware_magic.ipython.commands.arguments import unknown_command
from runware_magic.ipython.commands.context import CommandContext
from runware_magic.ipython.commands.table import COMMANDS, LINE_HELP
from runware_magic.ipython.setting_table import SETTINGS, default_of, help_of
from runware_magic.prompt.option_table import OPTIONS


class Help(Shown):
    """All commands: a table in a notebook, aligned text elsewhere."""

    __slots__ = ()

    def __str__(self) -> str:
        return LINE_HELP.rstrip()

    def _html(self) -> str:
        rows = tuple((command.written, command.help) for command in COMMANDS.values())
        table = Table("All commands", ("", ""), rows, LINE_HELP.rpartition("\n\n")[2])
        return str(table._repr_mimebundle_()["text/html"])


def help_(_context: CommandContext, line: str) -> str | Help:
    """Show the rows of a command, an option, a setting or a check, or all commands."""
    name = line.strip()
    if not name:
        return Help()
    rows = _rows()
    if name not in rows:
        raise unknown_command(name, "", rows)
    return "\n".join(f"{written}\n    {meaning}" for written, meaning in rows[name])


def _rows() -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return the rows of each name; a command and a setting may have the same."""
    checks = [(written.partition(":")[0], (written, meaning)) for written, meaning in CHECKS]
    options = [(flag, (option.written, option.help)) for option in OPTIONS for flag in option.flags]
    commands = [(name, (command.written, command.help)) for name, command in COMMANDS.items()]
    settings = [
        (name, (f"%config RunwareMagics.{name} = {default_of(trait)}", help_of(trait)))
        for name, trait in SETTINGS.items()
    ]
    rows: dict[str, list[tuple[str, str]]] = {}
    for name, row in (*commands, *options, *settings, *checks):
        rows.setdefault(name, []).append(row)
    # What its help says is below, is below it there.
    rows["--expect"] += [row for _, row in checks]
    return rows
