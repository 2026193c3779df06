"""Consent of Python callers to tool calls: what they have allowed, and decisions on calls that wait."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from runware_magic.chat.messages import ToolCall
from runware_magic.chat.text import listed
from runware_magic.chat.turn import PENDING, ToolResult, Turn
from runware_magic.engine.tool_loop import LATER, REFUSE, RUN, Toolbox, last_calls, refused
from runware_magic.engine.tool_run import run_tool
from runware_magic.errors import OptionError
from runware_magic.prompt.parameters import unexpected
from runware_magic.prompt.tools.named_tools import tools_given
from runware_magic.prompt.tools.tool import Tool
from runware_magic.transport.endpoint import Key

#: Functions, or their names; True for all.
Allowed = bool | Iterable[str | Callable[..., object]]


@dataclass(frozen=True, slots=True)
class Agreed:
    """Agrees to the calls of some tools; others wait."""

    names: Collection[str] = ()
    decided: Mapping[str, str] = field(default_factory=dict)  # by ids of calls

    def decide(self, tool: Tool, call: ToolCall, *, again: bool) -> str | None:
        """Return a decision."""
        if call.id in self.decided:
            return self.decided[call.id]
        return RUN if tool.name in self.names and not again else LATER


def is_written_out(tools: object) -> bool:
    """Whether tools are given as requests have them: such calls are shown, and nothing runs."""
    entries = tools if isinstance(tools, list) else []
    return bool(entries) and all(isinstance(each, Mapping) and "type" in each for each in entries)


def toolbox(tools: object, allow: Allowed, keys: Callable[[], Iterable[Key | None]]) -> Toolbox | None:
    """Return the tools that a Python caller gives; None for none. Raises `OptionError` for what cannot be one."""
    given = tools_given(tools)
    if not given:
        if allow:
            msg = "allow needs tools."
            raise OptionError(msg, "tools=[weather], allow=[weather], for example.")
        return None
    return box_of(given, Agreed(_names(given, allow)), keys)


def all_allowed(box: Toolbox | None) -> Toolbox | None:
    """Return a toolbox; raise `OptionError` if nothing agrees to a tool beforehand."""
    names = box.consent.names if box and isinstance(box.consent, Agreed) else ()
    for tool in box.tools if box else ():
        if tool.name not in names:
            msg = f"{tool.name} is not allowed: map takes tools only if all are."
            raise OptionError(msg, "allow=True, for example.")
    return box


def box_of(tools: tuple[Tool, ...], consent: Agreed, keys: Callable[[], Iterable[Key | None]]) -> Toolbox:
    """Return tools with what is agreed to."""

    def run(tool: Tool, call: ToolCall, arguments: Mapping[str, object]) -> ToolResult:
        return run_tool(tool, call, arguments, keys=keys())

    return Toolbox(tools, run, consent)


def decided_in(box: Toolbox, decided: Mapping[str, str]) -> Toolbox:
    """Return a toolbox with decisions on calls, by their ids, beside what was allowed beforehand."""
    names = box.consent.names if isinstance(box.consent, Agreed) else ()
    return replace(box, consent=Agreed(names, decided))


def waiting(turn: Turn) -> dict[str, str]:
    """Return the functions whose calls wait, by the ids of the calls.

    The names are those of the calls, which will run: a record that somebody else wrote may say others beside them.
    """
    pending = {each.tool_call_id for each in turn.replies if isinstance(each, ToolResult) and each.state == PENDING}
    return {call.id: call.name for call in last_calls(turn) if call.id in pending}


def decisions(turn: Turn, names: Collection[str], decision: str) -> dict[str, str]:
    """Return a decision on the calls that wait: of these functions, of all without names; the others go on waiting.

    Raises `OptionError` for a function whose call does not wait.
    """
    found = waiting(turn)
    if unknown := [name for name in names if name not in found.values()]:
        msg = f"No call of {unknown[0]} waits."
        raise OptionError(msg, f"Waiting are calls of {listed(dict.fromkeys(found.values()))}.")
    return {call_id: decision if not names or name in names else LATER for call_id, name in found.items()}


def with_refusals(turn: Turn, decided: Mapping[str, str]) -> Turn:
    """Return a turn whose refused calls have their results: for these, no function is needed."""
    names = {call_id: name for call_id, name in waiting(turn).items() if decided.get(call_id) == REFUSE}
    replies = (
        refused(each.tool_call_id, names[each.tool_call_id])
        if isinstance(each, ToolResult) and each.state == PENDING and each.tool_call_id in names
        else each
        for each in turn.replies
    )
    return replace(turn, replies=tuple(replies))


def pending_in(turns: Iterable[Turn]) -> Turn | None:
    """Return the last turn whose tool calls wait; None if there is none."""
    return next((turn for turn in reversed(list(turns)) if turn.state == PENDING and waiting(turn)), None)


def _names(tools: tuple[Tool, ...], allow: Allowed) -> frozenset[str]:
    if isinstance(allow, bool):
        return frozenset(tool.name for tool in tools) if allow else frozenset()
    if not isinstance(allow, Iterable) or isinstance(allow, str):
        raise unexpected(allow, "allow", "True, or a list of tools", "allow=[weather], for example.")
    names = set()
    for each in allow:
        found = [tool.name for tool in tools if each in (tool.name, tool.function)]
        if not found:
            name = each if isinstance(each, str) else getattr(each, "__name__", "a value")
            msg = f"allow names {name}, which is no tool."
            raise OptionError(msg, f"The tools are {listed([tool.name for tool in tools])}.")
        names.update(found)
    return frozenset(names)
