"""What is done with what was written: cells are parsed and asked, commands looked up and carried out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display

from runware_magic import frontend
from runware_magic.chat.cell import to_messages
from runware_magic.chat.conversation import NTH
from runware_magic.chat.messages import Message
from runware_magic.chat.options import CellOptions, nearest, parse_ask, parse_line
from runware_magic.checking import Checker, must_pass
from runware_magic.classroom import Classroom
from runware_magic.completion import Known
from runware_magic.display.plain import plain
from runware_magic.errors import EndpointError, OptionError, UsageError
from runware_magic.help import COMMANDS
from runware_magic.running import Ask
from runware_magic.session import Session
from runware_magic.settings import Settings
from runware_magic.stopping import interrupts_ask
from runware_magic.views import Views
from runware_magic.whom import Whom
from runware_magic.wire.endpoint import DEMO_MODEL, MODEL, Endpoint, Key
from runware_magic.wire.pasted import refuse_text

if TYPE_CHECKING:
    from runware_magic.answering import Answer
    from runware_magic.background import Background
    from runware_magic.commands import Here

_NO_NAMES: Mapping[str, object] = {}
_QUIET_S = 0.5  # longer than a kernel takes to be through with a cell


class Configured(Protocol):
    """Where cells and commands stand: a shell, and the traits that may change at any time."""

    shell: InteractiveShell
    base_url: str
    keep: bool
    max_parallel: int

    @property
    def settings(self) -> Settings:
        """How cells ask when neither they nor the class say."""

    def is_set(self, name: str) -> bool:
        """Tell whether the user has set a trait."""


class Dispatch:
    """Does what cells and commands say.

    Parameters
    ----------
    magics
        The configuration.
    view
        Gives what shows an answer.

    Attributes
    ----------
    session
        What the kernel holds.
    chat
        The conversation that cells go on with.
    classroom
        The class's settings.
    """

    def __init__(self, magics: Configured, view: Views) -> None:
        self.session = Session()
        self.chat = "main"
        self._whom = Whom(self.session, lambda: magics.base_url)
        self.classroom = Classroom(self._open_notebook, self._whom.replay)
        self._magics, self._shell, self._view = magics, magics.shell, view
        self._asked: tuple[object, int] = (None, 0)  # the run of a cell, and how many questions it has asked

    def ask_cell(self, line: str, cell: str) -> None:
        """Ask what a ``%%runware`` cell says."""
        cell_id = self._cell_id()
        try:
            self._refuse_keys(line, cell)
            self._ask_body(parse_line(line, self._evaluate), cell, cell_id)
        except (UsageError, EndpointError) as error:
            # Nothing was sent, and yet the front end has cleared the output, which held the turn.
            self.session.show_again(cell_id, self._view(self._magics.settings, None), error)
            raise

    def command(self, line: str) -> None:
        """Do what a ``%runware`` line says."""
        name, _, rest = line.strip().partition(" ")
        self._refuse_keys(line)
        if name and name not in COMMANDS:
            msg = f"{name} is not a command of %runware."
            raise OptionError(msg, nearest(name, COMMANDS) or "%runware? lists them; %runware ask PROMPT asks.")
        self._show(self._run_command(name, rest.strip()))

    @cached_property
    def background(self) -> Background:
        """The answers that go on while other cells run."""
        from runware_magic.background import Background  # noqa: PLC0415  # the first question pays, not every kernel

        return Background()

    def close(self) -> None:
        """End what is under way, and close what is open."""
        if "background" in self.__dict__:
            self.background.close()
        self.session.close()

    def known(self) -> Known:
        """Give what Tab completes to; asks no endpoint."""
        turns = self.session.conversation.all_turns()
        models = {MODEL, DEMO_MODEL, *self.session.peers.model_ids(), *(turn.model for turn in turns)}
        return Known(
            models=self.classroom.models or tuple(models),
            chats=tuple({self.chat, *self.session.conversation.chats}),
            commands=COMMANDS,
            names=tuple(self._shell.user_ns),
            answers=tuple(answer.name for answer in self.background.under_way()),
        )

    def _ask_body(self, options: CellOptions, body: str, cell_id: str | None) -> None:
        if options.is_grid:
            self._ask_grid(options, body, cell_id)
        else:
            self._ask(options, to_messages(body, None if options.raw else self._evaluate), cell_id)

    def _ask_grid(self, options: CellOptions, body: str, cell_id: str | None) -> None:
        from runware_magic import grids  # noqa: PLC0415  # as in _run_command
        from runware_magic.fan import Fan, failure  # noqa: PLC0415

        where, settings = self._where(), self._settings()
        grid = grids.grid_of(options, self._evaluate)
        jobs = grids.jobs_of(
            grid, body, lambda messages: self._asking(options, messages, cell_id), self._evaluate, options
        )
        chat = jobs[0].ask.chat
        if chat is not None:
            self._here().must_be_still(chat)
        estimate = grids.estimated(self.session, jobs, where, settings)
        if options.dry_run:
            self._show(grids.dry_run(estimate, jobs, settings, self.session.budget.spent))
            return
        if not options.yes:
            grids.confirm(estimate, settings.confirm_above)
        fan = Fan(
            self.session,
            jobs,
            where,
            settings,
            lambda stop, pick: self._view.grid(settings, stop, pick),
            max_parallel=options.max_parallel or self._magics.max_parallel,
        )
        with interrupts_ask(fan.stop, quiet_s=self._quiet_s):
            turns = fan.run()
        if options.output:
            self._shell.user_ns[options.output] = self.session.comparison(turns)
        if error := failure(turns, len(jobs), stopped=fan.stop.asked, first=fan.first_error):
            raise error
        must_pass(turns, options.expect_rate)

    @property
    def _quiet_s(self) -> float:
        # The kernel takes its own handler back when it is through with the cell. Until then, another interrupt would
        # hit it while it tells of the first, which it does not always survive.
        return _QUIET_S if hasattr(self._shell, "kernel") else 0.0

    def _ask(self, options: CellOptions, messages: tuple[Message, ...], cell_id: str | None) -> None:
        if options.background and not frontend.comes_back(self._parent):
            options = replace(options, background=False)
        ask = self._asking(options, messages, cell_id)
        where, settings = self._where(), self._settings()
        if options.dry_run:
            from runware_magic import commands  # noqa: PLC0415  # as in _run_command

            self._show(commands.dry_run(self._here(), self.session.prepare(ask, where, settings)))
            return
        answer = self._answer(ask, where, settings, options)

        def bind(answer: Answer) -> None:
            # An answer that broke off is one too: an older value must not stand in for it.
            if options.output and answer.turn is not None:
                self._shell.user_ns[options.output] = answer.turn

        if options.background:
            self.background.start(answer, bind)
            return
        try:
            turn = answer.here(self._quiet_s)
        finally:
            bind(answer)
        must_pass((turn,), options.expect_rate)

    def _asking(self, options: CellOptions, messages: tuple[Message, ...], cell_id: str | None) -> Ask:
        if options.system:
            messages = (Message("system", options.system), *(m for m in messages if m.role != "system"))
        return Ask(
            messages,
            options.model,
            None if options.once else options.chat or self.chat,
            cell_id,
            options.parameters,
            options.stream,
            options.keep or self._magics.keep,
            options.budget,
        )

    def _answer(self, ask: Ask, where: Endpoint, settings: Settings, options: CellOptions) -> Answer:
        from runware_magic.answering import Answer  # noqa: PLC0415  # the first question pays, not every kernel

        checker = Checker(options.expect, self._evaluate)
        checker.look_ahead()
        earlier = self.background.of_chat(ask.chat)
        for answer in earlier:
            if ask.cell_id is not None and answer.cell_id == ask.cell_id:
                # Its cell runs again: nobody sees the old answer grow any more.
                answer.stop.ask()
        if options.nowait and earlier:
            msg = f"An answer of chat {ask.chat} is under way ({earlier[0].name})."
            raise UsageError(msg, "Leave --nowait out to wait for it; %runware stop ends it.")
        return Answer(
            *(
                self.session,
                ask,
                where,
                settings,
                lambda stop: self._view(settings, stop, background=options.background),
            ),
            earlier=earlier,
            checked=checker.checked,
            name=self.background.name_for(ask.chat),
        )

    def _ask_line(self, rest: str) -> None:
        options, prompt = parse_ask(rest, self._evaluate)
        self._ask_body(options, prompt, self._cell_id())

    def _run_command(self, name: str, rest: str) -> object:
        from runware_magic.carrying_out import Desk, carry_out  # noqa: PLC0415  # who only asks never loads it

        desk = Desk(
            self.session,
            self._whom,
            self._here,
            self._ask_line,
            self._go_on_with,
            self.classroom.let_be,
            self._open_notebook,
            self._keys,
        )
        return carry_out(desk, name, rest)

    def _go_on_with(self, chat: str) -> None:
        self.chat = chat

    def _here(self) -> Here:
        from runware_magic.commands import Here  # noqa: PLC0415  # as in _run_command

        try:
            settings = self._settings()
        except UsageError:
            # What talks to an endpoint settles where to send first, and that fails.
            settings = self._magics.settings
        told = partial(self.classroom.rows, self._magics.is_set)
        return Here(self.session, settings, self._where, self.chat, self.background, told)

    def _settings(self) -> Settings:
        return self.classroom.applied(self._magics.settings, self._magics.is_set)

    def _open_notebook(self) -> Path | None:
        if "JPY_SESSION_NAME" not in os.environ and "__vsc_ipynb_file__" not in self._shell.user_ns:
            return None
        from runware_magic.notebook import saved  # noqa: PLC0415  # where a front end tells its notebook

        return saved.find(os.environ, self._shell.user_ns)

    def _where(self) -> Endpoint:
        self.classroom.look()  # nothing is sent while the class's settings are broken
        return self._whom.answers()

    def _refuse_keys(self, line: str, cell: str = "") -> None:
        """Raise a `PromptError` where a key was pasted, before anything can repeat it: an error or a list, say."""
        for text, where in ((line, "The line"), (cell, "The cell")):
            refuse_text(text, where, self._keys())

    def _keys(self) -> tuple[Key | None, ...]:
        return (self._whom.login, *self.session.keys())

    def _evaluate(self, expression: str, names: Mapping[str, object] = _NO_NAMES) -> object:
        namespace = {**self._shell.user_ns, **names} if names else self._shell.user_ns
        return eval(expression, namespace)  # noqa: S307  # the user's own code, in their own notebook

    def _cell_id(self) -> str | None:
        """Name the cell that asks; a second question of the same run of a cell is a turn of its own."""
        parent = self._parent
        cell_id = frontend.cell_id(parent)
        if cell_id is None:
            return None
        run = (cell_id, (parent.get("header") or {}).get("msg_id"))
        self._asked = (run, self._asked[1] + 1 if self._asked[0] == run and run[1] else 1)
        return cell_id if self._asked[1] == 1 else f"{cell_id}{NTH}{self._asked[1]}"

    @property
    def _parent(self) -> Any:  # noqa: ANN401  # a message of Jupyter's
        return getattr(self._shell, "parent_header", None)

    def _show(self, result: object) -> None:
        if isinstance(result, str):
            print(plain(result))  # noqa: T201  # what the user asked for
        elif result is not None:
            display(result)
