"""The commands ask, stop, login, logout and help."""

from __future__ import annotations

from runware_magic.chat.text import listed
from runware_magic.display.render.tables import Shown, Table
from runware_magic.errors import KeyRefusedError, RunwareError
from runware_magic.ipython.commands.arguments import read_words, unknown_command
from runware_magic.ipython.commands.context import CommandContext
from runware_magic.ipython.commands.table import COMMANDS, LINE_HELP, Command
from runware_magic.ipython.login import log_in
from runware_magic.prompt.option_table import OPTIONS, Option
from runware_magic.transport.timeouts import Timeouts

_SOON = Timeouts(connect_s=5.0, idle_s=5.0, retries=0)


def ask(context: CommandContext, line: str) -> None:
    """Ask a prompt on one line."""
    context.ask(line, lambda options, prompt: (options, prompt))


def stop(context: CommandContext, line: str) -> str:
    """Stop an answer in the background, or all of them."""
    stopped = context.background.stop(read_words("stop", line).word(0))
    return f"Stopped {listed(stopped)}. The text so far is kept." if stopped else "No answer is in progress."


def login(context: CommandContext, line: str) -> str:
    """Get a key for this kernel."""
    try:
        context.resolver.login, said = log_in(line)
    except KeyboardInterrupt:
        return "No key was typed; nothing has changed."
    return f"{said} {_tried(context)}"


def logout(context: CommandContext, line: str) -> str:
    """Forget the key that login took."""
    read_words("logout", line, most=0)
    had, context.resolver.login = context.resolver.login, None
    return "The key is forgotten. %runware shows which endpoint answers now." if had else "No key was taken by login."


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
    """Show the row of a command or of an option, or all commands."""
    name = line.strip()
    if not name:
        return Help()
    rows: dict[str, Command | Option] = {flag: option for option in OPTIONS for flag in option.flags}
    rows |= COMMANDS
    if name not in rows:
        raise unknown_command(name, "", rows)
    return f"{rows[name].written}\n    {rows[name].help}"


def _tried(context: CommandContext) -> str:
    """Return whether the endpoint takes the key; asking for its models costs nothing."""
    try:
        where = context.resolver.live()
        context.session.connections.models(where, _SOON)
    except KeyRefusedError as error:
        return f"But {error}"
    except RunwareError as error:
        return f"It could not be tried: {error}"
    return f"{where.host} accepts it." if where.key else f"{where.host} answers, which needs no key."
