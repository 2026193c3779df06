"""The face: ``%%runware`` and ``%runware`` parse what was written and hand it over; errors show in one line."""

from __future__ import annotations

import atexit
import getpass
import os
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class, no_var_expand
from IPython.display import display
from traitlets import Enum, Float, Int, Unicode

from runware_magic import commands
from runware_magic.chat.cell import to_messages
from runware_magic.chat.messages import Message
from runware_magic.chat.options import CellOptions, help_text, nearest, parse_ask, parse_line
from runware_magic.completion import BRACES, LINE, Known, complete
from runware_magic.display.view import View
from runware_magic.errors import EndpointError, OptionError, RunwareError
from runware_magic.session import Ask, Session
from runware_magic.settings import Settings, colab_secret, find_endpoint, find_key
from runware_magic.wire.endpoint import DEMO_MODEL, MODEL, Endpoint, Key
from runware_magic.wire.transport import Patience

_CELL_HELP = f"""Ask a language model: the text of the cell is the prompt, the answer streams below it.

    %%runware [MODEL] [options]
    Explain recursion in two sentences.

Options:

{help_text()}

MODEL is an AIR id such as {MODEL}, or a slug; %runware models lists them. Quote texts with spaces.

The text of the cell:

  - A line that is exactly system:, user: or assistant: starts a message with that role.
  - {{{{ expression }}}} is replaced by its value in the notebook; a format may follow, as in {{{{ price:.2f }}}}.
    Single braces are left alone; \\{{{{ stands for two literal braces.

Each cell is a turn of the conversation: it sees the turns before it, and running it again answers it anew.
Without a key, a built-in demo endpoint answers; set RUNWARE_API_KEY or run %runware login to ask real models.
"""

_LINE_HELP = """Everything beside asking in a cell.

    %runware                  which endpoint, model and chat; what was spent
    %runware ask PROMPT       one prompt on one line, with the options of %%runware before it
    %runware models [TEXT]    the endpoint's models, with context length and prices
    %runware history [CHAT]   the turns of a chat
    %runware chat [NAME]      go on with another chat; without a name, list them
    %runware undo             forget the last turn
    %runware reset [CHAT]     forget a chat
    %runware usage            tokens, cost and time by model
    %runware login            ask for the key without showing it; it stays in this kernel

%%runware? tells how to ask.
"""


@magics_class
class RunwareMagics(Magics):
    """Configuration of ``%%runware``; see each trait's help with ``%config RunwareMagics``."""

    shell: InteractiveShell

    model = Unicode(MODEL, help="Model that is asked when a cell names none (AIR id or slug).").tag(config=True)
    base_url = Unicode("", help="Address of the endpoint; empty takes RUNWARE_BASE_URL, else Runware's.").tag(
        config=True
    )
    system = Unicode("", help="System message that a new chat starts with.").tag(config=True)
    max_tokens = Int(4096, min=1, help="Longest answer in tokens, reasoning included.").tag(config=True)
    temperature = Float(
        None, min=0, max=2, allow_none=True, help="0 is sober, 2 is wild; None leaves it to the model."
    ).tag(config=True)
    reasoning = Enum(
        ("auto", "open", "folded", "hidden"),
        "auto",
        help="How reasoning shows; auto: open while the model thinks, folded when its answer starts.",
    ).tag(config=True)
    frames_per_second = Float(15, min=1, max=30, help="How often a growing answer is drawn, at most.").tag(config=True)
    connect_timeout = Float(10, min=0.1, help="Seconds for a connection to be made.").tag(config=True)
    idle_timeout = Float(120, min=0.1, help="Seconds of silence before an answer counts as lost.").tag(config=True)
    retries = Int(2, min=0, help="How often to try again when the endpoint is busy or not there.").tag(config=True)

    def __init__(self, shell: InteractiveShell, session: Session, view: Callable[[Settings], View]) -> None:
        super().__init__(shell)
        self.session = session
        self.chat = "main"
        self._view = view
        self._login: Key | None = None
        self._commands: dict[str, Callable[[str], object]] = {
            "ask": self._ask_line,
            "models": lambda rest: commands.models(self._place(), rest),
            "history": lambda rest: commands.history(self._place(), rest),
            "chat": self._chat,
            "undo": lambda rest: commands.undo(self._place()),  # noqa: ARG005  # all commands take a rest
            "reset": lambda rest: commands.reset(self._place(), rest),
            "usage": lambda rest: commands.usage(self._place()),  # noqa: ARG005
            "login": self._log_in,
        }

    @no_var_expand
    @cell_magic("runware")  # type: ignore[arg-type]  # IPython's decorators are untyped, here and below
    def ask_cell(self, line: str, cell: str) -> None:  # noqa: D102  # its docstring is _CELL_HELP
        options = parse_line(line, self._evaluate)
        self._ask(options, to_messages(cell, None if options.raw else self._evaluate))

    ask_cell.__doc__ = _CELL_HELP  # type: ignore[assignment]

    @no_var_expand
    @line_magic("runware")  # type: ignore[arg-type]
    def command(self, line: str) -> None:  # noqa: D102  # its docstring is _LINE_HELP
        name, _, rest = line.strip().partition(" ")
        if not name:
            self._show(commands.status(self._place()))
        elif name in self._commands:
            self._show(self._commands[name](rest.strip()))
        else:
            msg = f"{name} is not a command of %runware."
            raise OptionError(msg, nearest(name, self._commands) or "%runware? lists them; %runware ask PROMPT asks.")

    command.__doc__ = _LINE_HELP  # type: ignore[assignment]

    @property
    def settings(self) -> Settings:
        """The traits, as a value."""
        return Settings(
            model=self.model,
            base_url=self.base_url,
            system=self.system,
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            reasoning=self.reasoning,
            frames_per_second=self.frames_per_second,
            patience=Patience(self.connect_timeout, self.idle_timeout, self.retries),
        )

    def complete(self, _: InteractiveShell, event: SimpleNamespace) -> list[str]:
        """Answer IPython's completion hook; asks no endpoint."""
        return complete(event.text_until_cursor, self._known())

    def _known(self) -> Known:
        turns = self.session.conversation.all_turns()
        return Known(
            models=tuple({MODEL, DEMO_MODEL, *self.session.known_models, *(turn.model for turn in turns)}),
            chats=tuple({self.chat, *self.session.conversation.chats}),
            commands=tuple(self._commands),
            names=tuple(self.shell.user_ns),
        )

    def _ask(self, options: CellOptions, messages: tuple[Message, ...]) -> None:
        if options.system:
            messages = (Message("system", options.system), *(m for m in messages if m.role != "system"))
        ask = Ask(
            messages,
            options.model,
            None if options.once else options.chat or self.chat,
            self._cell_id(),
            options.parameters,
            options.stream,
        )
        settings = self.settings
        try:
            turn = self.session.run(ask, self._where(), settings, lambda: self._view(settings))
        except RunwareError as error:
            # The frames below hold the request and its headers: no debugger and no traceback is to walk into them.
            raise error.with_traceback(None) from None
        if options.output:
            self.shell.user_ns[options.output] = turn

    def _ask_line(self, rest: str) -> None:
        options, prompt = parse_ask(rest, self._evaluate)
        self._ask(options, to_messages(prompt, None if options.raw else self._evaluate))

    def _chat(self, name: str) -> object:
        if not name:
            return commands.chats(self._place())
        if len(name.split()) > 1:
            msg = f"The name of a chat is one word, not {name!r}."
            raise OptionError(msg, "%runware chat lists the chats.")
        self.chat = name
        turns = len(self.session.conversation.turns(name))
        return f"Cells go on with chat {name} ({turns} {'turn' if turns == 1 else 'turns'} so far)."

    def _log_in(self, rest: str) -> str:
        if rest:
            msg = "%runware login takes nothing on the line: a key typed there would be saved with the notebook."
            raise OptionError(msg, "Run %runware login alone and type the key where it asks.")
        try:
            typed = getpass.getpass("Runware API key: ")
        except (StdinNotImplementedError, EOFError):
            msg = "There is nobody to type a key here."
            raise EndpointError(msg, "Set RUNWARE_API_KEY before the kernel starts.") from None
        self._login = Key(typed, "%runware login")
        return "The key is kept in this kernel only. %runware shows which endpoint answers now."

    def _place(self) -> commands.Place:
        return commands.Place(self.session, self.settings, self._where, self.chat)

    def _where(self) -> Endpoint:
        key = find_key(self._login, os.environ, colab_secret)
        return find_endpoint(self.base_url, os.environ, key, self.session.demo)

    def _evaluate(self, expression: str) -> object:
        return eval(expression, self.shell.user_ns)  # noqa: S307  # the user's own code, in their own notebook

    def _cell_id(self) -> str | None:
        header: Any = getattr(self.shell, "parent_header", None)
        metadata = header.get("metadata") if isinstance(header, dict) else None
        cell_id = metadata.get("cellId") if isinstance(metadata, dict) else None
        return cell_id if isinstance(cell_id, str) and cell_id else None

    def _show(self, result: object) -> None:
        if isinstance(result, str):
            print(result)  # noqa: T201  # what the user asked for
        elif result is not None:
            display(result)


def load(shell: InteractiveShell) -> None:
    """Register the magics with a shell, once."""
    if _loaded(shell):
        return
    magics = RunwareMagics(shell, Session(), _view_for(shell))
    shell.register_magics(magics)
    for pattern in (LINE, BRACES):
        shell.set_hook("complete_command", magics.complete, re_key=pattern)
    atexit.register(magics.session.close)


def unload(shell: InteractiveShell) -> None:
    """Take the magics away and close what they opened."""
    magics = _loaded(shell)
    if magics is None:
        return
    magics.session.close()
    atexit.unregister(magics.session.close)
    shell.configurables.remove(magics)  # type: ignore[arg-type]
    for table in shell.magics_manager.magics.values():
        table.pop("runware", None)
    shell.magics_manager.registry.pop(RunwareMagics.__name__, None)


def _loaded(shell: InteractiveShell) -> RunwareMagics | None:
    entries: list[Any] = shell.configurables
    return next((entry for entry in entries if isinstance(entry, RunwareMagics)), None)


def _view_for(shell: InteractiveShell) -> Callable[[Settings], View]:
    """Choose how answers show: as widgets where a kernel talks to a front end, as text in a terminal."""
    return _widgets if hasattr(shell, "kernel") else _text


def _widgets(settings: Settings) -> View:
    from runware_magic.display.live import LiveView  # noqa: PLC0415  # the first answer pays for it, not every kernel

    return LiveView(reasoning=settings.reasoning)


def _text(settings: Settings) -> View:
    from runware_magic.display.terminal import TerminalView  # noqa: PLC0415  # likewise

    return TerminalView(sys.stdout, colour=sys.stdout.isatty(), reasoning=settings.reasoning)
