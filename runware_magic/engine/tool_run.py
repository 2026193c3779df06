"""Runs a function that a model asked for, in the thread of the cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from time import monotonic

from runware_magic.chat.messages import ToolCall
from runware_magic.chat.turn import DONE, FAILED, ToolResult
from runware_magic.prompt.raised import said
from runware_magic.prompt.tools.tool import Tool
from runware_magic.transport.endpoint import Key


def run_tool(
    tool: Tool,
    call: ToolCall,
    arguments: Mapping[str, object],
    *,
    max_result: int = 20_000,
    keys: Iterable[Key | None] = (),
) -> ToolResult:
    """Run a function with the arguments of a call, and return what came of it.

    An error that it raises makes a failed result; an interrupt is passed on, with nothing left behind.
    """
    del keys
    began_s = monotonic()
    try:
        value, state = str(tool.function(**arguments)), DONE
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  # the user's own function may raise anything, SystemExit too
        value, state = f"{type(error).__name__}: {said(error)}", FAILED
    return ToolResult(call.id, tool.name, value[:max_result], state, monotonic() - began_s)
