"""Runs what cells and lines say: asks cells, and dispatches commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from IPython.display import display

from runware_magic.chat.conversation import NTH
from runware_magic.chat.messages import Message
from runware_magic.chat.turn import Turn
from runware_magic.display.views import frontend
from runware_magic.display.views.choose import Views
from runware_magic.engine.cancel import CancelToken
from runware_magic.engine.checker import Checker, must_pass
from runware_magic.engine.connections import belongs_to_notebook
from runware_magic.engine.course import Job
from runware_magic.engine.query import Query
from runware_magic.engine.session import Session
from runware_magic.engine.settings import Settings
from runware_magic.engine.view import GridView, ViewOfOne
from runware_magic.errors import EndpointError, UsageError
from runware_magic.ipython.cell_prompt import Sources
from runware_magic.ipython.cell_runs import CellRuns, Run, lost_notice, new_chat_notice
from runware_magic.ipython.class_file import Classroom, folder_of, open_notebook
from runware_magic.ipython.commands.arguments import unknown_command
from runware_magic.ipython.commands.context import Change, CommandContext
from runware_magic.ipython.commands.table import ASKS_FOR_HELP, COMMANDS
from runware_magic.ipython.completion import Known, files_like
from runware_magic.ipython.endpoints import EndpointResolver
from runware_magic.ipython.views import view_of
from runware_magic.notebook import reader
from runware_magic.prompt.options import CellOptions, parse_ask, parse_line
from runware_magic.prompt.template import Prompt, with_line_ends
from runware_magic.prompt.words import filled
from runware_magic.transport.endpoint import Endpoint
from runware_magic.transport.key_leaks import refuse_text

if TYPE_CHECKING:
    from runware_magic.engine.background import Background
    from runware_magic.engine.runner import Runner
    from runware_magic.engine.tool_loop import Toolbox
    from runware_magic.ipython.cell_prompt import PlanOf
    from runware_magic.ipython.compare import PromptOf
    from runware_magic.ipython.magics import RunwareMagics
    from runware_magic.ipython.toolboxes import Toolboxes

_QUIET_S = 0.5  # longer than a kernel takes to finish a cell


class Dispatch:
    """Runs cells and commands with the state of a kernel."""

    def __init__(self, magics: RunwareMagics, view: Views) -> None:
        self.session = Session()
        belongs_to_notebook(self.session.connections)
        self.chat = "main"
        self._resolver = EndpointResolver(self.session, lambda: magics.base_url)
        self._open_notebook = partial(open_notebook, magics.shell)
        self.classroom = Classroom(self._open_notebook, self._resolver.replay)
        self._magics, self._shell, self._view = magics, magics.shell, view
        self._last_where: Endpoint | None = None
        self._asked: tuple[object, int] = (None, 0)  # the run of a cell, and the number of its questions
        self._runs = CellRuns(self.session.outputs.turn_of, self._saved_turns)
        self._has_begun = False  # whether a chat has, in this kernel

    @property
    def _sources(self) -> Sources:
        folder = partial(folder_of, self._open_notebook())
        return Sources(self._shell, self._magics.log, self._evaluate, folder, self._refuse_keys, self._toolbox)

    def _toolbox(self, options: CellOptions, settings: Settings) -> Toolbox | None:
        return self.toolboxes.of(options, settings) if options.tools is not None else None

    @cached_property
    def toolboxes(self) -> Toolboxes:
        """The functions that models may call."""
        from runware_magic.ipython.toolboxes import Toolboxes  # noqa: PLC0415  # keeps loading the extension fast

        return Toolboxes(self._shell, self._evaluate, self._resolver.keys)

    def ask_cell(self, line: str, cell: str) -> None:
        """Ask a ``%%runware`` cell."""
        cell_id = self._cell_id()
        self._tell_lost()
        try:
            self._refuse_keys(("The line", line), ("The cell", cell))
            self._ask_body(parse_line(line, self._evaluate), with_line_ends(cell), cell_id)
        except (UsageError, EndpointError) as error:
            # The front end has cleared the output, which contained the earlier answer.
            self.session.show_again(cell_id, ViewOfOne(self._view(self._magics.settings, None)), error)
            raise

    def command(self, line: str) -> None:
        """Run a ``%runware`` line."""
        name, rest = (*line.split(maxsplit=1), "", "")[:2]
        self._refuse_keys(("The line", line))
        if name in ASKS_FOR_HELP or (name in COMMANDS and rest.strip() in ASKS_FOR_HELP):
            name, rest = "help", "" if name in ASKS_FOR_HELP else name
        if name not in COMMANDS:
            raise unknown_command(name, rest, COMMANDS)
        self._tell_lost(shows_them=name == "answer")
        command = COMMANDS[name]
        rest = rest.strip() if command.verbatim else filled(rest, self._evaluate)
        self._show(command.run(self._context(), rest))

    @cached_property
    def background(self) -> Background:
        """Answers that continue while other cells run."""
        from runware_magic.engine.background import Background  # noqa: PLC0415  # keeps loading the extension fast

        return Background()

    def close(self) -> None:
        """Stop all answers, and close all connections."""
        if "background" in self.__dict__:
            self.background.close()
        self.session.close()

    def known(self) -> Known:
        """Return what Tab completes to; an endpoint that has answered is asked for its models, once."""
        from runware_magic.ipython.known_names import known_models, known_names  # noqa: PLC0415  # as in `_runner`
        from runware_magic.ipython.prompt_files import names_in  # noqa: PLC0415  # as in `_prompt_file`

        under_way, folder = self.background.under_way(), self._sources.folder()
        models = self.classroom.models or known_models(self.session, self._last_where, self._magics.settings)
        known = known_names(self.session.conversation, self._shell, self.chat, under_way, models)
        outputs, prompts = self._magics.log.outputs, names_in(folder)
        return replace(known, outputs=outputs, files=partial(files_like, folder), prompts=prompts)

    def _ask_body(self, options: CellOptions, body: str, cell_id: str | None) -> None:
        options, prompt_of = self._sources.read(options, body, self._magics.settings.limits)
        options, plan_of = self._sources.plan(options, self._settings())
        if options.is_grid:
            self._ask_grid(options, prompt_of, plan_of, cell_id)
        else:
            self._ask(options, prompt_of(self._evaluate, {}), plan_of, cell_id)

    def _ask_grid(self, options: CellOptions, prompt_of: PromptOf, plan_of: PlanOf, cell_id: str | None) -> None:
        from runware_magic.display.render import dry_run  # noqa: PLC0415  # only comparisons need these
        from runware_magic.engine import estimate  # noqa: PLC0415
        from runware_magic.engine.runner import Runner  # noqa: PLC0415
        from runware_magic.ipython import compare  # noqa: PLC0415

        where, settings = self._where(), self._settings()
        grid = compare.grid_of(options, self._evaluate)
        asking = partial(self._asking, options, cell_id)
        jobs = compare.jobs_of(grid, prompt_of, asking, Checker(options.expect, self._evaluate), plan_of)
        self._context().must_be_still(jobs[0].ask.chat)
        expected = estimate.estimated(self.session, jobs, where, settings)
        if options.dry_run:
            self._show(dry_run.dry_run(expected, jobs, settings, self.session.budget.spent))
            return
        if not options.yes:
            estimate.confirm(expected, settings.confirm_above)
        most = options.max_parallel or self._magics.max_parallel
        runner = Runner(self.session, jobs, where, settings, partial(self._view.grid, settings), max_parallel=most)
        self._run(runner, options, lambda turns: compare.as_value(self.session, turns, grid))

    def _run(self, runner: Runner, options: CellOptions, value: Callable[[tuple[Turn, ...]], object]) -> None:
        """Run the answers, here or in the background, and bind them to the variable that the cell names."""
        # Not `execution_count`, which is the next cell's already in new versions of IPython.
        inputs: Any = self._shell.history_manager
        run = Run(len(inputs.input_hist_parsed) - 1, frontend.page(self._parent))
        if runner.cell_id is not None:
            self._runs.began(runner.cell_id, run)
        if runner.chat is not None:
            self._tell_new_chat()

        def bind(runner: Runner) -> None:
            self._runs.ended(runner.turns, run)
            # Also a broken answer, so that the variable does not keep an older value.
            if options.output and runner.turns:
                self._shell.user_ns[options.output] = value(runner.turns)

        if options.background:
            self.background.start(runner, bind)
            return
        try:
            turns = self._here(runner)
        finally:
            bind(runner)
        must_pass(turns, options.expect_rate)

    def _here(self, runner: Runner) -> tuple[Turn, ...]:
        # Until the kernel restores its handler, another interrupt would hit its report of the first, and can end it.
        return runner.here(_QUIET_S if hasattr(self._shell, "kernel") else 0.0)

    def _ask_again(self, jobs: Sequence[Job], picked: int | None) -> tuple[Turn, ...]:
        """Ask a turn again, in the output that shows it if there is one.

        `picked` is the number of the answer in use, if there are several.
        """
        from runware_magic.engine.runner import Runner  # noqa: PLC0415  # as in `_runner`

        def shown_by(stop: CancelToken, pick: Callable[[int], None] | None) -> GridView:
            into = self.session.outputs.display_of(jobs[0].ask.cell_id)
            if picked is None:
                return ViewOfOne(view_of(self._view, jobs[0], settings, stop, into=into))
            return self._view.grid(settings, stop, pick, into=into)

        # The temperature of a turn without one was its model's own, whatever the setting is now.
        settings, most = replace(self._settings(), temperature=None), self._magics.max_parallel
        where = self._where()
        return self._here(Runner(self.session, jobs, where, settings, shown_by, max_parallel=most, preferred=picked))

    def _ask(self, options: CellOptions, prompt: Prompt, plan_of: PlanOf, cell_id: str | None) -> None:
        if options.background and not frontend.comes_back(self._parent):
            options = replace(options, background=False)
        ask = self._asking(options, cell_id, prompt)
        where, settings = self._where(), self._settings()
        if options.dry_run:
            from runware_magic.ipython.dry_run import dry_run_of  # noqa: PLC0415  # as in `_runner`

            self._show(dry_run_of(self.session, self.session.prepare(ask, where, settings), where, settings))
            return
        job = Job(ask, plan_of(Checker(options.expect, self._evaluate).filled()))
        self._run(self._runner(job, where, settings, options), options, lambda turns: turns[0])

    def _asking(self, options: CellOptions, cell_id: str | None, prompt: Prompt) -> Query:
        messages = prompt.messages
        # Here an error can name the row; the whole request is checked before it is sent.
        self._refuse_keys(*((f"The {message.role} message", message.content) for message in messages))
        if options.system:
            messages = (Message("system", options.system), *(m for m in messages if not m.is_instruction))
        return Query(
            messages,
            options.model,
            None if options.once else options.chat or self.chat,
            cell_id,
            options.parameters,
            options.stream,
            options.keep or self._magics.keep,
            options.budget,
            attached=prompt.attached,
        )

    def _runner(self, job: Job, where: Endpoint, settings: Settings, options: CellOptions) -> Runner:
        from runware_magic.engine.runner import Runner  # noqa: PLC0415  # keeps loading the extension fast

        ask = job.ask
        earlier = self.background.of_chat(ask.chat)
        for answer in earlier:
            if ask.cell_id is not None and answer.cell_id == ask.cell_id:
                # The cell runs again, and the front end has cleared the old answer.
                answer.stop.ask()
        if options.nowait and earlier:
            msg = f"Chat {ask.chat} is still answering ({earlier[0].name})."
            raise UsageError(msg, "Leave out --nowait to wait for it, or stop it: %runware stop")

        def shown_by(stop: CancelToken, _: object) -> ViewOfOne:
            return ViewOfOne(view_of(self._view, job, settings, stop, background=options.background))

        name = self.background.name_for(ask.chat)
        return Runner(self.session, [job], where, settings, shown_by, earlier=earlier, name=name)

    def _ask_line(self, rest: str, change: Change) -> None:
        options, prompt = change(*parse_ask(rest, self._evaluate))
        self._ask_body(options, prompt, self._cell_id())

    def _context(self) -> CommandContext:
        return CommandContext(
            session=self.session,
            resolver=self._resolver,
            background=self.background,
            chat=self.chat,
            find_settings=self._settings,
            where=self._where,
            of_class=partial(self.classroom.rows, self._magics.is_set),
            override=self.classroom.override,
            notebook=self._open_notebook,
            ask=self._ask_line,
            ask_again=self._ask_again,
            evaluate=self._evaluate,
            show=self._show,
            use_chat=partial(setattr, self, "chat"),
            run_of=self._runs.prompt_of,
            show_turn=self._show_turn,
            lost=lambda: tuple(self._runs.lost.values()),
            toolboxes=lambda: self.toolboxes,
            shell=self._shell,
        )

    def _show_turn(self, turn: Turn) -> None:
        # As in the background: no error of this cell says why an answer is not whole.
        view = self._view(self._settings(), None, background=True)
        self.session.show_turn(turn, view, frontend.cell_id(self._parent) or turn.id)

    def _tell_lost(self, *, shows_them: bool = False) -> None:
        lost = self._runs.look(frontend.page(self._parent), frontend.cell_id(self._parent))
        if lost and not shows_them:
            at = self.session.conversation.index_of_turn(self.chat, lost[0].id) if len(lost) == 1 else None
            self._show(lost_notice(len(lost), None if at is None else at + 1))

    def _tell_new_chat(self) -> None:
        """Say once that a chat begins without the turns that the notebook holds."""
        begins, self._has_begun = not (self._has_begun or self.session.conversation.chats), True
        path = self._open_notebook() if begins and self._magics.restore != "off" else None
        if path is not None and (saved := reader.holds_turns(path)):
            self._show(new_chat_notice(saved))

    def _saved_turns(self) -> frozenset[str] | None:
        path = self._open_notebook()
        return None if path is None else reader.turn_ids(path)

    def _settings(self) -> Settings:
        return self.classroom.applied(self._magics.settings, self._magics.is_set)

    def _where(self) -> Endpoint:
        self.classroom.current()  # raises if the class's settings are broken, before anything is sent
        self._last_where = self._resolver.answers()
        return self._last_where

    def _refuse_keys(self, *texts: tuple[str, str]) -> None:
        """Raise `PromptError` if a text contains a key, before an error or a table can repeat it."""
        for where, text in texts:
            refuse_text(text, where, self._resolver.keys())

    def _evaluate(self, expression: str, names: Mapping[str, object] | None = None) -> object:
        namespace = {**self._shell.user_ns, **names} if names else self._shell.user_ns
        return eval(expression, namespace)  # noqa: S307  # the user's own code

    def _cell_id(self) -> str | None:
        """Return the id of the cell that asks, with a number for more questions of the same run."""
        cell_id = frontend.cell_id(self._parent)
        if cell_id is None:
            return None
        run = (cell_id, (self._parent.get("header") or {}).get("msg_id"))
        self._asked = (run, self._asked[1] + 1 if self._asked[0] == run and run[1] else 1)
        return cell_id if self._asked[1] == 1 else f"{cell_id}{NTH}{self._asked[1]}"

    @property
    def _parent(self) -> Any:  # noqa: ANN401  # a message of Jupyter's
        return getattr(self._shell, "parent_header", None)

    def _show(self, result: object) -> None:
        if isinstance(result, str):
            from runware_magic.display.render.tables import Notice  # noqa: PLC0415  # as in `_runner`

            result = Notice(result)
        if result is not None:
            display(result)
