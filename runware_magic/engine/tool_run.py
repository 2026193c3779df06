"""Runs a function that a model asked for, in the thread of the cell."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from time import monotonic

from runware_magic.chat.messages import ToolCall
from runware_magic.chat.parts import ImagePart, Part, TextPart
from runware_magic.chat.text import counted
from runware_magic.chat.turn import DONE, FAILED, ToolResult
from runware_magic.engine.new_figures import NewFigures
from runware_magic.engine.own_loop import awaited
from runware_magic.engine.tool_error import error_text
from runware_magic.engine.tool_output import captured, parts_of
from runware_magic.errors import StoppedError
from runware_magic.prompt.tools.result_text import result_of
from runware_magic.prompt.tools.tool import Tool
from runware_magic.transport.endpoint import Key
from runware_magic.transport.key_leaks import without_keys


def run_tool(
    tool: Tool,
    call: ToolCall,
    arguments: Mapping[str, object],
    *,
    max_result: int = 20_000,
    keys: Iterable[Key | None] = (),
) -> ToolResult:
    """Run a function with the arguments of a call, in this thread, and return what came of it.

    What it prints and displays is kept for the reader, not shown. What is awaitable is awaited, in an event loop of its
    own. An error that it raises makes a failed result. An interrupt is passed on as KeyboardInterrupt, when nothing is
    left behind. Neither the result nor what is kept has any of the keys.
    """
    hide = partial(without_keys, keys=tuple(keys))
    figures, state = NewFigures(), DONE
    with captured() as output:
        began_s = monotonic()
        try:
            value = tool.function(**arguments)
            if inspect.isawaitable(value):
                value = awaited(value)
            seconds = monotonic() - began_s
            returned = error_text(value) if isinstance(value, BaseException) else value
            result = result_of(returned, max_result, hide)
        except (KeyboardInterrupt, StoppedError):
            # An interrupt of a prompt that the function asks is the other one.
            raise KeyboardInterrupt from None
        except BaseException as error:  # noqa: BLE001  # a function may raise anything: SystemExit, for example
            seconds, state = monotonic() - began_s, FAILED
            result = result_of(error_text(error), max_result, hide)
        opened = [each for each in figures.taken() if all(each is not drawn for drawn in result.drawn)]
        more = result_of(opened, max_result, hide).pictures
    displayed = parts_of(output, max_result, hide)
    content = _told(result.text, displayed, len(more))
    return ToolResult(call.id, tool.name, content, state, seconds, (*displayed, *result.pictures, *more))


def _told(text: str, displayed: Sequence[Part], figures: int) -> str:
    """Return what the model is told: the result, and that the reader has seen more."""
    pictures = figures + sum(isinstance(part, ImagePart) for part in displayed)
    was = "was" if pictures == 1 else "were"
    seen = f"({counted(pictures, 'picture')} {was} shown to the user)" if pictures else ""
    has_printed = any(isinstance(part, TextPart) for part in displayed)
    nothing = "(no result; what the function printed was shown to the user only)" if has_printed else "(no result)"
    return "\n".join(filter(None, (text or nothing, seen)))
