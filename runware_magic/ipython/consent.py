"""Consent to tool calls: what was agreed to beforehand, buttons, a question, or later."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from types import MethodType
from typing import Any

from IPython.core.error import StdinNotImplementedError

from runware_magic.chat.messages import ToolCall
from runware_magic.chat.text import visible
from runware_magic.engine.cancel import raise_on_interrupt
from runware_magic.engine.tool_loop import LATER, REFUSE, RUN
from runware_magic.prompt.tools.tool import Tool

#: What a user can answer.
ONCE, ALWAYS, NEVER = "once", "always", "refuse"

_BUTTONS_S = 1.0  # until a front end hears clicks, if it does at all
_SHOWN = 300  # characters of a call in a question
_ANSWERS = {"o": ONCE, "once": ONCE, "a": ALWAYS, "always": ALWAYS, "r": NEVER, "refuse": NEVER}


class Agreed:
    """The functions that the user has agreed to until the kernel ends: functions, not names, which may change."""

    def __init__(self) -> None:
        self._functions: list[Callable[..., object]] = []

    def __contains__(self, tool: Tool) -> bool:
        return any(_is_same(function, tool.function) for function in self._functions)

    def add(self, tool: Tool) -> None:
        """Agree to all calls of a tool."""
        self._functions.append(tool.function)


def _is_same(one: Any, other: Any) -> bool:  # noqa: ANN401  # whatever can be called
    """Whether two functions are one; Python makes a method anew whenever it is named."""
    if isinstance(one, MethodType) and isinstance(other, MethodType):
        return one.__self__ is other.__self__ and one.__func__ is other.__func__
    return one is other


@dataclass
class CellConsent:
    """Asks about the calls of one cell.

    Attributes
    ----------
    agreed
        What was agreed to in this kernel.
    allowed
        Names of tools that the cell allows beforehand.
    asks
        Asks a question on the line, and returns the answer; None where nobody can be asked, as in the background.
    decided
        Decisions on calls, by their ids, that commands have made.
    hears
        Whether clicks on buttons are heard while the cell runs; None where there never are any. A front end takes a
        moment until it does.
    """

    agreed: Agreed
    allowed: Collection[str] = ()
    asks: Callable[[str], str] | None = None
    decided: Mapping[str, str] = field(default_factory=dict)
    hears: Callable[[], bool] | None = None

    def __post_init__(self) -> None:
        self._chosen: dict[str, str] = {}
        self._since_s: dict[str, float] = {}  # when calls were first asked about

    def shown_in(self, view: object) -> None:
        """Take the buttons of a view, if it has any."""
        if getattr(type(view), "hears_choices", False):  # a property: it may hear them later
            self.hears = lambda: bool(getattr(view, "hears_choices", False))

    def choose(self, call_id: str, what: str) -> None:
        """Take the answer of a button: `ONCE`, `ALWAYS` or `NEVER`."""
        self._chosen[call_id] = what

    def decide(self, tool: Tool, call: ToolCall, *, again: bool) -> str | None:
        """Return what is to be done with a call; None while nobody has clicked."""
        if call.id in self.decided:
            return self.decided[call.id]
        if not again and (tool.name in self.allowed or tool in self.agreed):
            return RUN
        chosen = self._chosen.pop(call.id, None)
        waits_s = time.monotonic() - self._since_s.setdefault(call.id, time.monotonic())
        if chosen is None and (self.hears is None or not (self.hears() or waits_s < _BUTTONS_S)):
            try:
                chosen = self._asked(call, again=again)
            except KeyboardInterrupt:
                return None  # it has also stopped the answer
            if chosen is None:
                return LATER
        if chosen == ALWAYS:
            self.agreed.add(tool)
        return None if chosen is None else REFUSE if chosen == NEVER else RUN

    def _asked(self, call: ToolCall, *, again: bool) -> str | None:
        """Return the answer to a question on the line; None where nobody can answer."""
        if self.asks is None:
            return None
        written = visible(f"{call.name}({call.arguments})").replace("\n", " ")
        why = " It has run twice with these arguments." if again else ""
        most = _SHOWN
        while True:
            rest = len(written) - most
            shown, more = (f"{written[:most]}…", f", [s]how {rest:,} more characters") if rest > 0 else (written, "")
            question = f"The model calls {shown}.{why} Run it: [o]nce, [a]lways, [r]efuse{more}? "
            try:
                with raise_on_interrupt():
                    answer = self.asks(question).strip().lower()
            except (StdinNotImplementedError, EOFError, OSError):
                return None
            if answer in _ANSWERS:
                return _ANSWERS[answer]
            if answer in {"s", "show"}:
                most = len(written)


def asking(shell: Any) -> Callable[[str], str]:  # noqa: ANN401  # IPython's
    """Return what asks a question on the line, and waits for the answer."""
    kernel = getattr(shell, "kernel", None)
    return input if kernel is None else kernel.raw_input
