"""Builds the jobs of cells that ask for several answers."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace

from runware_magic.chat.turn import Turn, Variant
from runware_magic.comparison import Comparison
from runware_magic.engine.checker import Checker
from runware_magic.engine.course import Job, Plan
from runware_magic.engine.query import Query
from runware_magic.engine.session import Session
from runware_magic.errors import OptionError
from runware_magic.ipython.cell_prompt import PlanOf
from runware_magic.prompt.grid import Grid
from runware_magic.prompt.options import IN_QUOTES, CellOptions
from runware_magic.prompt.raised import raised
from runware_magic.prompt.row_columns import paths_in, used_of
from runware_magic.prompt.rows import Row, rows_of, told_of
from runware_magic.prompt.template import Prompt

#: Returns the value of an expression, with these names added to the notebook's.
Evaluate = Callable[[str, Mapping[str, object]], object]
#: Returns the prompt of a cell: what returns the values of its expressions, and names that are added to the notebook's.
PromptOf = Callable[[Callable[[str], object], Mapping[str, object]], Prompt]


def grid_of(options: CellOptions, evaluate: Evaluate) -> Grid:
    """Return the grid of a cell; raise `OptionError` if ``--over`` has no rows."""
    if options.over is not None:
        try:
            value = evaluate(options.over, {})
        except Exception as error:  # noqa: BLE001  # the user's own expression may raise anything
            msg = f"--over {options.over} raised {raised(error)}."
            # An unknown name within the expression was most likely meant as a text.
            unquoted = isinstance(error, NameError) and not options.over.startswith(error.name or "")
            hint = IN_QUOTES if unquoted else "Name a list, dict or DataFrame from a cell above."
            raise OptionError(msg, hint) from None
        rows = rows_of(value, options.over)
        return Grid(options.compare, options.sweeps, rows, options.repeat, value)
    return Grid(options.compare, options.sweeps, None, options.repeat)


def jobs_of(
    grid: Grid, prompt_of: PromptOf, ask: Callable[[Prompt], Query], checks: Checker, plan_of: PlanOf
) -> list[Job]:
    """Return the jobs of a cell, in order.

    `ask` makes a query of the prompt of each row, `plan_of` a plan of its checks. Raises `UsageError` if the prompt is
    not a request, or a check is not valid; the error names the row.
    """
    comparison, size = uuid.uuid4().hex, len(grid)
    jobs: list[Job] = []
    last, query, plan = None, None, Plan()
    used: dict[str, str] = {}
    for cell in grid.cells():
        if query is None or cell.row is not last:
            # Once for each row: all its cells come one after the other.
            checker = replace(checks, names={"row": cell.row.value} if cell.row else {})
            with told_of(cell.row):
                prompt, used = _filled(prompt_of, cell.row, checker)
                query = ask(prompt)
                plan = plan_of(checker.filled())
            last = cell.row
        variant = Variant(comparison, cell.number, size, cell.labels(grid), used=used)
        parameters = {**query.parameters, **cell.parameters}
        varied = replace(query, model=cell.model or query.model, parameters=parameters, variant=variant)
        jobs.append(Job(varied, plan))
    return jobs


def _filled(prompt_of: PromptOf, row: Row | None, checker: Checker) -> tuple[Prompt, dict[str, str]]:
    """Return the prompt of a cell with the values of a row, and what it used of the row."""
    expressions: list[str] = []

    def noted(expression: str) -> object:
        expressions.append(expression)
        return checker.value(expression)

    prompt = prompt_of(noted, checker.names)
    return prompt, used_of(row, paths_in((*prompt.looked_up, *expressions))) if row else {}


def as_value(session: Session, turns: tuple[Turn, ...], grid: Grid) -> Comparison:
    """Return the answers as a value of the notebook, which knows the one in use."""
    ids = {turn.id for turn in turns}

    def counts() -> Turn | None:
        here = session.conversation.turns(turns[0].chat or "")
        return next((turn for turn in here if turn.id in ids), None)

    return Comparison(turns, counts, session.choose, grid.values(), grid.row_columns())
