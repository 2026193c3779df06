"""Puts together what a cell sends: its text, a prompt file, a list of messages, and what is attached."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runware_magic.chat.parts import TextPart
from runware_magic.prompt.options import CellOptions
from runware_magic.prompt.template import Evaluate, Prompt
from runware_magic.prompt.values.attach import behind
from runware_magic.prompt.values.inserted import Inserted, ValueLimits

if TYPE_CHECKING:
    from runware_magic.engine.checker import Checker
    from runware_magic.engine.course import Plan
    from runware_magic.engine.settings import Settings
    from runware_magic.engine.tool_loop import Toolbox
    from runware_magic.ipython.cell_log import CellLog
    from runware_magic.ipython.compare import PromptOf
    from runware_magic.prompt.prompt_file import PromptFile

#: Returns the plan of an answer with these checks.
PlanOf = Callable[["Checker"], "Plan"]


@dataclass(frozen=True, slots=True)
class Sources:
    """What the prompts of a notebook are made of."""

    shell: Any  # IPython's
    log: CellLog
    evaluate: Evaluate
    folder: Callable[[], Path]  # of the notebook
    refuse_keys: Callable[..., None]  # raises for pairs of a place and a text with a key in it
    toolbox: Callable[[CellOptions, Settings], Toolbox | None]

    def read(self, options: CellOptions, body: str, limits: ValueLimits) -> tuple[CellOptions, PromptOf]:
        """Return the options of a cell, with those of its prompt file, and what makes its prompts."""
        from runware_magic.prompt.cell_text import CellText  # noqa: PLC0415  # keeps loading the extension fast

        file = self._prompt_file(options.file) if options.file else None
        if file is not None:
            options = file.below(options)
        text = CellText(body, options.raw, file, options.messages)
        attachments = self._attachments(options, limits)  # once, not for each row

        def prompt_of(evaluate: Evaluate, names: Mapping[str, object]) -> Prompt:
            return behind(text.prompt(evaluate, {**self.shell.user_ns, **names}, limits), attachments)

        return options, prompt_of

    def plan(self, options: CellOptions, settings: Settings) -> tuple[CellOptions, PlanOf]:
        """Return the options of a cell, with the fields of its schema and tools, and what makes plans of its checks.

        Raises `UsageError` if the schema is none, or a tool cannot be described.
        """
        from runware_magic.engine.course import Plan  # noqa: PLC0415  # keeps loading the extension fast
        from runware_magic.engine.judge import Judge  # noqa: PLC0415  # likewise

        schema = None
        if options.schema is not None:
            from runware_magic.prompt.schema.read_schema import read_schema, schema_of  # noqa: PLC0415  # rarely used

            of_file = options.is_schema_of_file
            schema = read_schema(options.schema) if of_file else schema_of(options.schema, self.evaluate)
        judge = Judge(settings.judge_model or None, settings.max_tokens)
        tools = self.toolbox(options, settings)
        fields = Plan(schema=schema, tools=tools).parameters
        plan_of = partial(Plan.of, judge=judge, schema=schema, repair=options.repair, tools=tools)
        return replace(options, parameters={**options.parameters, **fields}), plan_of

    def _prompt_file(self, path: str) -> PromptFile:
        from runware_magic.ipython.prompt_files import read_text  # noqa: PLC0415  # rarely used
        from runware_magic.prompt.prompt_file import PromptFile  # noqa: PLC0415  # likewise

        text = read_text(path, self.folder())
        self.refuse_keys((f"The file {path}", text))
        return PromptFile.read(text, path)

    def _attachments(self, options: CellOptions, limits: ValueLimits) -> tuple[Inserted, ...]:
        if not options.items:
            return ()
        from runware_magic.ipython.attachments import Attacher  # noqa: PLC0415  # keeps loading the extension fast

        attachments = Attacher(self.log, self.shell, self.evaluate, self.folder()).attach(options.items, limits)
        for each in attachments:
            texts = (part.text for part in each.parts if isinstance(part, TextPart))
            self.refuse_keys(*((f"--with {each.attached.name}", text) for text in texts if each.attached))
        return attachments
