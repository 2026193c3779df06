"""Makes the toolbox of a cell: its functions, who agrees to their calls, and their limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from runware_magic.chat.messages import ToolCall, function_name
from runware_magic.chat.text import listed
from runware_magic.chat.turn import ToolResult, Turn
from runware_magic.engine.agreed import waiting
from runware_magic.engine.settings import Settings
from runware_magic.engine.tool_loop import Toolbox
from runware_magic.engine.tool_run import run_tool
from runware_magic.errors import OptionError, UsageError
from runware_magic.ipython.consent import Agreed, CellConsent, asking
from runware_magic.prompt.options import CellOptions
from runware_magic.prompt.template import Evaluate
from runware_magic.prompt.tools.named_tools import tools_of
from runware_magic.prompt.tools.read_tool import read_tool
from runware_magic.prompt.tools.tool import Tool
from runware_magic.transport.endpoint import Key

_NOTHING = object()


class Toolboxes:
    """The tools of a kernel: those that cells have named, and what the user has agreed to."""

    def __init__(self, shell: Any, evaluate: Evaluate, keys: Callable[[], Sequence[Key | None]]) -> None:  # noqa: ANN401
        self._shell, self._evaluate, self._keys = shell, evaluate, keys
        self.agreed = Agreed()
        #: By ids of turns and names that models know: tools that are not the notebook's functions of these names.
        self._kept: dict[str, dict[str, Tool]] = {}

    def of(self, options: CellOptions, settings: Settings) -> Toolbox | None:
        """Return the toolbox of a cell; None if it names no tools. Raises `UsageError` for what cannot be one."""
        if options.tools is None:
            return None
        if settings.tools == "off":
            msg = "This class's runware.toml forbids tools; nothing was sent."
            raise UsageError(msg, "Leave out --tools.")
        tools = tools_of(options.tools, self._evaluate)
        names = [tool.name for tool in tools]
        unknown = [name for name in options.allow if name not in names]
        if unknown:
            msg = f"--allow {unknown[0]} is not among the tools of this cell."
            raise OptionError(msg, f"They are {listed(names)}.")
        allowed = {*options.allow, *settings.allow_tools}
        if options.is_grid and (open_ := [name for name in names if name not in allowed]):
            msg = f"Several answers take tools only if all are allowed beforehand: {open_[0]} is not."
            raise OptionError(msg, f"Add --allow {','.join(open_)}.")
        return self.box(tools, settings, CellConsent(self.agreed, allowed, self._asks(options)))

    def box(self, tools: tuple[Tool, ...], settings: Settings, consent: CellConsent) -> Toolbox:
        """Return a toolbox with the limits of the settings.

        Where a class forbids tools, nothing runs but what is decided already: the model has to answer.
        """

        def run(tool: Tool, call: ToolCall, arguments: Mapping[str, object]) -> ToolResult:
            return run_tool(tool, call, arguments, max_result=settings.max_result, keys=self._keys())

        def keep(turn_id: str) -> None:
            others = {tool.name: tool for tool in tools if self._defined(tool.name) is not tool.function}
            self._kept |= {turn_id: others} if others else {}

        return Toolbox(tools, run, consent, 1 if settings.tools == "off" else settings.max_tool_rounds, keep)

    def again(self, turn: Turn) -> tuple[tuple[Tool, ...], tuple[str, ...]]:
        """Return the tools that a turn was asked with, as they are now, and the names of those that are not there.

        A name is the notebook's function, also if it was defined anew, unless the cell of the turn meant another one by
        it, such as a method.
        """
        told = turn.parameters.get("tools")
        named = filter(str.isidentifier, map(function_name, told)) if isinstance(told, list) else waiting(turn).values()
        kept = self._kept.get(turn.id, {})
        found = {name: kept.get(name) or self._read(name) for name in filter(None, named)}
        return tuple(filter(None, found.values())), tuple(name for name, tool in found.items() if tool is None)

    def _read(self, name: str) -> Tool | None:
        try:
            return None if (value := self._defined(name)) is None else read_tool(value, name)
        except OptionError:  # it is no function any more
            return None

    def _defined(self, name: str) -> object:
        """Return what the notebook has defined or imported; None if there is no such thing.

        Not ``open`` and what else is always there: whoever wrote a notebook's records has chosen the names in them.
        """
        value = self._shell.user_ns.get(name)
        return None if value is self._shell.user_ns_hidden.get(name, _NOTHING) else value

    def _asks(self, options: CellOptions) -> Callable[[str], str] | None:
        # In the background, a question would come while another cell runs.
        return None if options.background else asking(self._shell)
