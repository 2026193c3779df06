"""The commands ask, stop, login and logout."""

from __future__ import annotations

from runware_magic.chat.text import listed
from runware_magic.errors import KeyRefusedError, RunwareError
from runware_magic.ipython.commands.arguments import read_words
from runware_magic.ipython.commands.context import CommandContext
from runware_magic.ipython.login import log_in
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
