"""What is expected of a turn that a command asks again, or goes on with."""

from __future__ import annotations

from runware_magic.chat.checks import Check
from runware_magic.chat.turn import Turn
from runware_magic.engine.checker import Checker
from runware_magic.engine.course import Plan
from runware_magic.engine.judge import Judge
from runware_magic.engine.tool_loop import Toolbox
from runware_magic.ipython.commands.context import CommandContext
from runware_magic.prompt.schema.read_schema import read_schema


def plan_again(
    context: CommandContext, turn: Turn, checks: tuple[Check, ...] = (), tools: Toolbox | None = None
) -> Plan:
    """Return the plan of a turn: with its schema, these checks and tools, and the judge of today's settings."""
    schema = turn.schema if turn.schema_sent else None
    settings = context.settings
    return Plan.of(
        Checker(checks, context.evaluate).filled(),
        Judge(settings.judge_model or None, settings.max_tokens),
        read_schema(dict(schema)) if schema is not None else None,
        tools=tools,
    )
