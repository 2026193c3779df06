"""Makes the toolbox of a cell: its functions, who agrees to their calls, and their limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from runware_magic.chat.messages import ToolCall
from runware_magic.chat.text import listed
from runware_magic.chat.turn import ToolResult
from runware_magic.engine.settings import Settings
from runware_magic.engine.tool_loop import Toolbox
from runware_magic.engine.tool_run import run_tool
from runware_magic.errors import OptionError, UsageError
from runware_magic.ipython.consent import Agreed, CellConsent, asking
from runware_magic.prompt.options import CellOptions
from runware_magic.prompt.template import Evaluate
from runware_magic.prompt.tools.named_tools import tools_of
from runware_magic.prompt.tools.tool import Tool
from runware_magic.transport.endpoint import Key


class Toolboxes:
    """The tools of a kernel: those that cells have named, and what the user has agreed to."""

    def __init__(self, shell: Any, evaluate: Evaluate, keys: Callable[[], Sequence[Key | None]]) -> None:  # noqa: ANN401
        self._shell, self._evaluate, self._keys = shell, evaluate, keys
        self.agreed = Agreed()
        self.known: dict[str, Tool] = {}  # by the names that models know

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
        """Return a toolbox with the limits of the settings."""
        self.known |= {tool.name: tool for tool in tools}

        def run(tool: Tool, call: ToolCall, arguments: Mapping[str, object]) -> ToolResult:
            return run_tool(tool, call, arguments, max_result=settings.max_result, keys=self._keys())

        return Toolbox(tools, run, consent, settings.max_tool_rounds)

    def _asks(self, options: CellOptions) -> Callable[[str], str] | None:
        # In the background, a question would come while another cell runs.
        return None if options.background else asking(self._shell)
