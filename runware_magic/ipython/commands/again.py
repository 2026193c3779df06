"""What is expected of a turn that a command asks again, or goes on with, and what its model may call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runware_magic.chat.checks import Check
from runware_magic.chat.text import listed
from runware_magic.chat.turn import Turn
from runware_magic.engine.checker import Checker
from runware_magic.engine.course import Plan
from runware_magic.engine.judge import Judge
from runware_magic.engine.tool_loop import Toolbox
from runware_magic.ipython.commands.context import CommandContext
from runware_magic.ipython.consent import CellConsent, asking
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


_OF_TOOLS = frozenset({"tools", "tool_choice", "parallel_tool_calls"})
_FORBIDDEN = "This class's runware.toml forbids its tools."
_NOT_ALLOWED = "Several answers take tools only if allow_tools has them: it is asked without."


def tools_again(context: CommandContext, turn: Turn) -> tuple[Toolbox | None, Mapping[str, Any], str]:
    """Return the tools of a turn, the fields of its request, and what is said of tools that it is asked without.

    Who may run them is asked as ever: a command agrees to nothing. Tools that were written out are sent as they were.
    """
    told, settings = turn.parameters.get("tools"), context.settings
    if not told or not isinstance(told, list):
        return None, turn.parameters, ""
    boxes = context.toolboxes()
    tools, missing = boxes.again(turn)
    if not turn.replies and [tool.to_json() for tool in tools] != told:
        return None, turn.parameters, ""
    said = f"{listed(missing)} is not in this kernel: it is asked without." if missing else ""
    if settings.tools == "off":
        tools, said = (), _FORBIDDEN
    elif turn.variant and any(tool.name not in settings.allow_tools for tool in tools):
        tools, said = (), _NOT_ALLOWED
    if not tools:
        return None, {name: value for name, value in turn.parameters.items() if name not in _OF_TOOLS}, said
    box = boxes.box(tools, settings, CellConsent(boxes.agreed, settings.allow_tools, asking(context.shell)))
    return box, {**turn.parameters, "tools": [tool.to_json() for tool in tools]}, said
