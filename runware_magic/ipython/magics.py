"""The two magics and the traits that configure them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from functools import cached_property
from io import TextIOWrapper
from typing import TYPE_CHECKING

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class, no_var_expand
from traitlets import Bool, Enum, Float, Int, Tuple, Unicode

from runware_magic.chat.request import MODEL
from runware_magic.errors import RunwareError, StoppedError
from runware_magic.ipython.commands.table import LINE_HELP
from runware_magic.prompt.option_table import CELL_HELP

if TYPE_CHECKING:
    from runware_magic.display.views.choose import Views
    from runware_magic.engine.background import Background
    from runware_magic.engine.session import Session
    from runware_magic.engine.settings import Settings
    from runware_magic.ipython.ask import Dispatch
    from runware_magic.ipython.cell_log import CellLog
    from runware_magic.ipython.completion import Known
    from runware_magic.ipython.shell_hooks import Hooks


@magics_class
class RunwareMagics(Magics):
    """Configuration of ``%%runware``; see each trait's help with ``%config RunwareMagics``."""

    shell: InteractiveShell
    hooks: Hooks
    log: CellLog

    model = Unicode(MODEL, help="Default model (AIR id or slug).").tag(config=True)
    base_url = Unicode(
        "",
        help="Address of the endpoint. Empty: RUNWARE_BASE_URL if it is set, else Runware if a key is known, else the "
        "demo. demo: always the demo.",
    ).tag(config=True)
    system = Unicode("", help="System message of new chats.").tag(config=True)
    max_tokens = Int(4096, min=1, help="Maximum length of an answer in tokens, including reasoning.").tag(config=True)
    temperature = Float(
        None, min=0, max=2, allow_none=True, help="Randomness, from 0 (low) to 2 (high). None: the model's default."
    ).tag(config=True)
    reasoning = Enum(
        ("auto", "open", "folded", "hidden"),
        "auto",
        help="How reasoning is shown. auto: open while the model thinks, folded when the answer starts.",
    ).tag(config=True)
    widgets = Enum(
        ("auto", "on", "off"),
        "auto",
        help="How a streaming answer is shown. on: with widgets. off: without widgets, updated at most four times a "
        "second. auto: like on in a front end, like off where a notebook is executed, as text in a console.",
    ).tag(config=True)
    frames_per_second = Float(15, min=1, max=30, help="How often a streaming answer is drawn, at most.").tag(
        config=True
    )
    connect_timeout = Float(10, min=0.1, help="Seconds to wait for a connection.").tag(config=True)
    idle_timeout = Float(120, min=0.1, help="Seconds without data before an answer counts as lost.").tag(config=True)
    keep = Bool(
        default_value=False, help="Reuse a cell's answer if nothing has changed, and send nothing (like --keep)."
    ).tag(config=True)
    restore = Enum(
        ("ask", "auto", "off"),
        "ask",
        help="What loading does if the notebook has saved turns. ask: show a notice. auto: restore them. off: nothing.",
    ).tag(config=True)
    budget = Float(
        None,
        min=0,
        allow_none=True,
        help="Maximum cost in US dollars of all answers in this kernel, also the demo's made-up costs. None: no limit.",
    ).tag(config=True)
    max_parallel = Int(8, min=1, help="How many answers of a comparison stream at the same time.").tag(config=True)
    confirm_above = Tuple(
        Int(min=0),
        Float(min=0),
        default_value=(20, 1.0),
        help="Number of requests and US dollars above which a comparison needs --yes.",
    ).tag(config=True)
    explain = Enum(
        ("on", "hint", "off"),
        "on",
        help="What %runware explain asks for. on: an explanation. hint: a tutor's hint, no solution. off: nothing.",
    ).tag(config=True)
    allow_tools = Tuple(
        help="Names of functions that a model may call without a question, where a cell names them in --tools."
    ).tag(config=True)
    max_tool_rounds = Int(
        8, min=1, help="How often results of tools are sent for one answer; the last time, the model has to answer."
    ).tag(config=True)
    max_result = Int(20_000, min=100, help="Characters of a tool's result that are sent, at most.").tag(config=True)
    judge_model = Unicode("", help="Model that makes checks with judge:. Empty: the model of the cell.").tag(
        config=True
    )
    max_rows = Int(20, min=2, help="Rows of a table in a prompt, such as {{ df }}, at most.").tag(config=True)
    max_columns = Int(20, min=2, help="Columns of a table in a prompt, at most.").tag(config=True)
    max_image_side = Int(
        1568, min=16, help="Pixels of the longer side of a picture in a prompt, at most; larger ones are scaled."
    ).tag(config=True)
    max_attachment = Int(
        20_000, min=100, help="Characters of a table, a file, a source, an error or an answer in a prompt, at most."
    ).tag(config=True)
    retries = Int(2, min=0, help="How often to retry when the endpoint is busy or cannot be reached.").tag(config=True)

    def __init__(self, shell: InteractiveShell, views: Callable[[InteractiveShell], Views]) -> None:
        super().__init__(shell)
        self._views = views

    @no_var_expand
    @cell_magic("runware")  # type: ignore[arg-type]  # IPython's decorators are untyped, here and below
    def ask_cell(self, line: str, cell: str) -> None:  # noqa: D102  # its docstring is CELL_HELP
        with _told_in_one_line(), _printed_by_all_means():
            self.dispatch.ask_cell(line, cell)

    ask_cell.__doc__ = CELL_HELP  # type: ignore[assignment]

    @no_var_expand
    @line_magic("runware")  # type: ignore[arg-type]
    def command(self, line: str) -> None:  # noqa: D102  # its docstring is LINE_HELP
        with _told_in_one_line(), _printed_by_all_means():
            self.dispatch.command(line)

    command.__doc__ = LINE_HELP  # type: ignore[assignment]

    @cached_property
    def dispatch(self) -> Dispatch:
        """Runs cells and commands; made at the first use."""
        from runware_magic.ipython.ask import Dispatch  # noqa: PLC0415  # keeps loading the extension fast

        return Dispatch(self, self._views(self.shell))

    @property
    def session(self) -> Session:
        """The state of the kernel."""
        return self.dispatch.session

    @property
    def background(self) -> Background:
        """Answers that continue while other cells run."""
        return self.dispatch.background

    def known(self) -> Known:
        """Return what Tab completes to; an endpoint that has answered is asked for its models, once."""
        return self.dispatch.known()

    def close(self) -> None:
        """Stop all answers, and close all connections."""
        if "dispatch" in self.__dict__:
            self.dispatch.close()

    @property
    def settings(self) -> Settings:
        """The traits, as a value."""
        from runware_magic.engine.settings import Settings  # noqa: PLC0415  # as in `dispatch`
        from runware_magic.transport.timeouts import Timeouts  # noqa: PLC0415

        # Most fields have the name of their trait.
        values = {field.name: getattr(self, field.name) for field in fields(Settings) if self.has_trait(field.name)}
        return Settings(timeouts=Timeouts(self.connect_timeout, self.idle_timeout, self.retries), **values)

    def is_set(self, name: str) -> bool:
        """Whether the user has set a trait: with ``%config``, in a file of IPython's, or from Python.

        What a class settles and is no trait, such as whether there are tools, no user sets.
        """
        if name not in self.traits():
            return False
        # The configuration is checked as well, since a trait may be set to its default value.
        configured = name in self.config.get(type(self).__name__, {})
        return configured or getattr(self, name) != self.traits()[name].default()


@contextmanager
def _told_in_one_line() -> Iterator[None]:
    """Remove the frames from errors: their variables contain the request and its headers."""
    try:
        yield
    except RunwareError as error:
        # A debugger could find frames in the causes, though no traceback shows them.
        error.__cause__ = error.__context__ = None
        raise error.with_traceback(None) from None
    except KeyboardInterrupt:
        msg = "Stopped."
        raise StoppedError(msg) from None


@contextmanager
def _printed_by_all_means() -> Iterator[None]:
    """Let IPython print question marks for what a redirected stdout cannot hold, which is not UTF-8 on Windows."""
    stream = sys.stdout
    if getattr(stream, "errors", None) != "strict" or not isinstance(stream, TextIOWrapper):
        yield
        return
    stream.reconfigure(errors="replace")
    try:
        yield
    finally:
        stream.reconfigure(errors="strict")
