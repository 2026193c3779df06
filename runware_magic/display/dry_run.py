"""A request that is not sent: what it would be, where to, and what it would cost, about."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from runware_magic.chat.estimate import Prices, answer_tokens, cost_at_most, request_tokens, tokens
from runware_magic.chat.request import Request
from runware_magic.chat.runnable import as_json
from runware_magic.display.badge import amount, dollars
from runware_magic.display.plain import one_line
from runware_magic.display.stack import Code, Stack
from runware_magic.display.tables import Table

_SHOWN = 80  # characters of a message in the table


@dataclass(frozen=True, slots=True)
class DryRun:
    """What would be sent.

    Attributes
    ----------
    request
        All of it.
    endpoint
        What messages call the endpoint: its address, or ``demo``.
    chat
        Which conversation the turn would belong to; None for none.
    prices
        Of the model; None where the endpoint does not tell, or was not asked.
    budget, spent, own
        US dollars: what may be spent in all, what was, and what may be spent on this answer. None sets no limit.
    instead
        Who answers in the place of an endpoint, which is not asked then; empty where it is.
    """

    request: Request
    endpoint: str
    chat: str | None = None
    prices: Prices | None = None
    budget: float | None = None
    spent: float = 0.0
    own: float | None = None
    instead: str = ""

    def __str__(self) -> str:
        """Give it as text."""
        return str(self._stack())

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return self._stack()._repr_mimebundle_()

    def _stack(self) -> Stack:
        return Stack((self._facts(), _messages(self.request), Code(as_json(self.request), "json")))

    def _left(self) -> str:
        parts = []
        if self.budget is not None:
            parts.append(f"{dollars(max(0.0, self.budget - self.spent))} left of {amount(self.budget)}")
        if self.own is not None:
            parts.append(f"{amount(self.own)} for this answer")
        return ", ".join(parts) or "none"

    def _facts(self) -> Table:
        request = self.request
        most = answer_tokens(request)
        cost = cost_at_most(request, self.prices)
        rows = (
            ("model", one_line(request.model, 80)),
            ("endpoint", one_line(self.instead or self.endpoint)),
            ("chat", "none" if self.chat is None else one_line(self.chat, 80)),
            ("parameters", _parameters(request)),
            ("answer", "piece by piece" if request.stream else "in one piece"),
            ("tokens in", f"~{request_tokens(request):,}"),
            ("tokens out", "unknown: no limit" if most is None else f"at most {most:,}"),
            ("cost", "nothing" if self.instead else "unknown" if cost is None else f"about {dollars(cost)} at most"),
            ("budget", self._left()),
        )
        return Table("Dry run: nothing was sent.", ("", ""), rows)


def _messages(request: Request) -> Table:
    rows = (
        (one_line(message.role, 40), one_line(message.content, _SHOWN), f"~{tokens(message.content):,}")
        for message in request.messages
    )
    return Table("Messages", ("role", "text", "tokens"), tuple(rows), "" if request.messages else "None.")


def _parameters(request: Request) -> str:
    pairs = (
        f"{one_line(name, 40)} {one_line(json.dumps(value, ensure_ascii=False), 60)}"
        for name, value in request.parameters.items()
    )
    return ", ".join(pairs) or "none"
