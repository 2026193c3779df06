"""The face: the traits, and the two magics, which hand over what was written; errors show in one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class, no_var_expand
from traitlets import Bool, Enum, Float, Int, Tuple, Unicode

from runware_magic.errors import RunwareError, StoppedError
from runware_magic.help import CELL_HELP, LINE_HELP
from runware_magic.wire.endpoint import MODEL

if TYPE_CHECKING:
    from runware_magic.background import Background
    from runware_magic.completion import Known
    from runware_magic.dispatch import Dispatch
    from runware_magic.session import Session
    from runware_magic.settings import Settings
    from runware_magic.shell import Hooks
    from runware_magic.views import Views


@magics_class
class RunwareMagics(Magics):
    """Configuration of ``%%runware``; see each trait's help with ``%config RunwareMagics``."""

    shell: InteractiveShell
    hooks: Hooks

    model = Unicode(MODEL, help="Model that is asked when a cell names none (AIR id or slug).").tag(config=True)
    base_url = Unicode(
        "",
        help="Address of the endpoint; empty takes RUNWARE_BASE_URL, else Runware's where a key is known, else the "
        "demo's; demo asks the demo in any case.",
    ).tag(config=True)
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
    widgets = Enum(
        ("auto", "on", "off"),
        "auto",
        help="How a growing answer is shown. on: by widgets; off: by a display that is updated four times a second at "
        "most, for front ends without widgets; auto: as on in a front end, as off where a notebook is executed, as "
        "text in a console.",
    ).tag(config=True)
    frames_per_second = Float(15, min=1, max=30, help="How often a growing answer is drawn, at most.").tag(config=True)
    connect_timeout = Float(10, min=0.1, help="Seconds for a connection to be made.").tag(config=True)
    idle_timeout = Float(120, min=0.1, help="Seconds of silence before an answer counts as lost.").tag(config=True)
    keep = Bool(
        default_value=False,
        help="Show the answer that a cell's very request has had before, and send nothing (as --keep does).",
    ).tag(config=True)
    restore = Enum(
        ("ask", "auto", "off"),
        "ask",
        help="What loading does in a notebook that holds turns: say so, restore them, or nothing.",
    ).tag(config=True)
    budget = Float(
        None,
        min=0,
        allow_none=True,
        help="US dollars that the answers of this kernel may cost, the demo's pretended ones too; None sets no limit.",
    ).tag(config=True)
    max_parallel = Int(8, min=1, help="How many answers of a comparison stream at once.").tag(config=True)
    confirm_above = Tuple(
        Int(min=0),
        Float(min=0),
        default_value=(20, 1.0),
        help="How many requests, and how many US dollars at most, a comparison may take without --yes.",
    ).tag(config=True)
    retries = Int(2, min=0, help="How often to try again when the endpoint is busy or not there.").tag(config=True)

    def __init__(self, shell: InteractiveShell, views: Callable[[InteractiveShell], Views]) -> None:
        super().__init__(shell)
        self._views = views

    @no_var_expand
    @cell_magic("runware")  # type: ignore[arg-type]  # IPython's decorators are untyped, here and below
    def ask_cell(self, line: str, cell: str) -> None:  # noqa: D102  # its docstring is CELL_HELP
        with _told_in_one_line():
            self.dispatch.ask_cell(line, cell)

    ask_cell.__doc__ = CELL_HELP  # type: ignore[assignment]

    @no_var_expand
    @line_magic("runware")  # type: ignore[arg-type]
    def command(self, line: str) -> None:  # noqa: D102  # its docstring is LINE_HELP
        with _told_in_one_line():
            self.dispatch.command(line)

    command.__doc__ = LINE_HELP  # type: ignore[assignment]

    @cached_property
    def dispatch(self) -> Dispatch:
        """What is done with all that is written."""
        from runware_magic.dispatch import Dispatch  # noqa: PLC0415  # the first use pays, not every kernel

        return Dispatch(self, self._views(self.shell))

    @property
    def session(self) -> Session:
        """What the kernel holds."""
        return self.dispatch.session

    @property
    def background(self) -> Background:
        """The answers that go on while other cells run."""
        return self.dispatch.background

    def known(self) -> Known:
        """Give what Tab completes to; asks no endpoint."""
        return self.dispatch.known()

    def close(self) -> None:
        """End what is under way, and close what is open."""
        if "dispatch" in self.__dict__:
            self.dispatch.close()

    @property
    def settings(self) -> Settings:
        """The traits, as a value."""
        from runware_magic.settings import Settings  # noqa: PLC0415  # as in `dispatch`
        from runware_magic.wire.patience import Patience  # noqa: PLC0415

        return Settings(
            model=self.model,
            base_url=self.base_url,
            system=self.system,
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            reasoning=self.reasoning,
            widgets=self.widgets,
            frames_per_second=self.frames_per_second,
            patience=Patience(self.connect_timeout, self.idle_timeout, self.retries),
            budget=self.budget,
            confirm_above=self.confirm_above,
        )

    def is_set(self, name: str) -> bool:
        """Tell whether the user has set a trait: by ``%config``, in a file of IPython's, or from Python."""
        # Set to what it is by default it is set nevertheless, and nothing has changed that one could observe.
        configured = name in self.config.get(type(self).__name__, {})
        return configured or getattr(self, name) != self.traits()[name].default()


@contextmanager
def _told_in_one_line() -> Iterator[None]:
    """Let errors out without the frames below, which hold the request and its headers."""
    try:
        yield
    except RunwareError as error:
        # What it came from has frames as well, and a debugger finds it although no traceback shows it.
        error.__cause__ = error.__context__ = None
        raise error.with_traceback(None) from None
    except KeyboardInterrupt:
        msg = "Stopped."
        raise StoppedError(msg) from None
