"""The command tools."""

from __future__ import annotations

import json
from functools import partial

from runware_magic.display.render.tables import Code, Notice, Shown, Stack, Table
from runware_magic.errors import OptionError
from runware_magic.ipython.commands.context import CommandContext
from runware_magic.prompt.tools.described import COLUMNS, described
from runware_magic.prompt.tools.named_tools import tools_of
from runware_magic.prompt.tools.tool import Tool
from runware_magic.transport.endpoint import Key
from runware_magic.transport.key_leaks import without_keys

_NO_DESCRIPTION = "(no description: a docstring would be one)"
_NO_PARAMETERS = "(no parameters)"


def tools(context: CommandContext, line: str) -> Stack:
    """Show what a model would see of functions, and the JSON that would be sent."""
    if not line:
        msg = "The command needs the name of a function."
        raise OptionError(msg, "%runware tools weather")
    found = tools_of(line, lambda text: context.evaluate(text, {}))
    return Stack(tuple(part for tool in found for part in _shown(tool, context.resolver.keys())))


def _shown(tool: Tool, keys: tuple[Key | None, ...]) -> tuple[Shown, ...]:
    # A docstring may hold a key; a request with it would be refused.
    hide = partial(without_keys, keys=keys)
    rows = tuple(tuple(map(hide, row)) for row in described(tool))
    return (
        Notice(f"{tool.name}: {hide(tool.description) or _NO_DESCRIPTION}"),
        Table("", COLUMNS, rows) if rows else Notice(_NO_PARAMETERS),
        Code(hide(json.dumps(tool.to_json(), indent=2, ensure_ascii=False)), "json"),
    )
