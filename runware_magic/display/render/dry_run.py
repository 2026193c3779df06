"""Dry runs as tables: the requests that were not sent, and what they would cost at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from runware_magic.chat.pricing import (
    Prices,
    answer_tokens,
    cost_at_most,
    pictures_in,
    pictures_of,
    request_tokens,
    tokens,
)
from runware_magic.chat.request import Request
from runware_magic.chat.text import amount, counted, dollars, listed, one_line, shortened
from runware_magic.chat.turn import Turn
from runware_magic.display.render.attached import asked, attached_html, attached_line
from runware_magic.display.render.tables import Code, Shown, Stack, Table, short_json
from runware_magic.engine.course import Job
from runware_magic.engine.estimate import Estimate
from runware_magic.engine.settings import Settings
from runware_magic.protocol.snippets import as_json

_SHOWN = 80  # characters of a message in the table


@dataclass(frozen=True, slots=True)
class Sent(Shown):
    """What a prompt has of the notebook: a line that unfolds to the messages as they would be sent."""

    turn: Turn

    def __str__(self) -> str:
        return attached_line(self.turn)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {"text/plain": str(self), "text/html": attached_html(self.turn)}


def request_dry_run(  # noqa: PLR0913  # all that the table shows of one request
    request: Request,
    endpoint: str,
    chat: str | None = None,
    prices: Prices | None = None,
    *,
    budget: float | None = None,
    spent: float = 0.0,
    own: float | None = None,
    instead: str = "",
    turn: Turn | None = None,
) -> Stack:
    """Return what one request would send, and what it would cost at most.

    Parameters
    ----------
    budget, spent, own
        US dollars: the limit of the session, what of it is spent, and the limit of this answer. None sets no limit.
    instead
        What a replay does in place of the endpoint, which is not asked then.
    turn
        The turn that would hold the answer: what its prompt has of the notebook is shown as it would be over that.
    """
    cost = cost_at_most(request, prices)
    parameters = (f"{one_line(name, 40)} {short_json(value)}" for name, value in request.parameters.items())
    rows = (
        ("model", one_line(request.model, 80)),
        ("endpoint", one_line(instead or endpoint)),
        ("chat", "none" if chat is None else one_line(chat, 80)),
        ("parameters", ", ".join(parameters) or "none"),
        ("answer", "streamed" if request.stream else "one complete reply"),
        ("tokens in", f"~{request_tokens(request):,}{_uncounted(pictures_in(request))}"),
        *_limits(answer_tokens(request), cost, _left(budget, spent, own), pictures_in(request), free=bool(instead)),
    )
    messages = tuple(
        (
            one_line(message.role, 40),
            one_line(asked(message), _SHOWN),
            f"~{tokens(message.content):,}{_uncounted(pictures_of(message))}",
        )
        for message in request.messages
    )
    table = Table("Messages", ("role", "text", "tokens"), messages, "" if messages else "None.")
    sent = (Sent(turn),) if turn is not None and attached_line(turn) else ()
    return Stack((_table(rows), *sent, table, Code(shortened(as_json(request)), "json")))


def dry_run(estimate: Estimate, jobs: Sequence[Job], settings: Settings, spent: float) -> Table:
    """Return what several requests would take."""
    replayed = estimate.replayed
    rows = (
        ("requests", f"{estimate.requests:,}" + (f", and {replayed:,} replayed" if replayed else "")),
        ("answers", listed(job.name for job in jobs)),
        ("tokens in", f"~{estimate.tokens_in:,}{_uncounted(estimate.pictures)}"),
        *_limits(estimate.tokens_out, estimate.cost, _left(settings.budget, spent), estimate.pictures),
    )
    return _table(rows)


def _uncounted(pictures: int) -> str:
    return f", and {counted(pictures, 'picture or file', 'pictures or files')}: unknown" if pictures else ""


def _table(rows: tuple[tuple[str, str], ...]) -> Table:
    return Table("Dry run: nothing was sent.", ("", ""), rows)


def _limits(
    most: int | None, cost: float | None, left: str, pictures: int = 0, *, free: bool = False
) -> tuple[tuple[str, str], ...]:
    uncounted = ", pictures not counted" if pictures else ""
    return (
        ("tokens out", "unknown: no limit" if most is None else f"at most {most:,}"),
        ("cost", "nothing" if free else "unknown" if cost is None else f"about {dollars(cost)} at most{uncounted}"),
        ("budget", left),
    )


def _left(budget: float | None, spent: float, own: float | None = None) -> str:
    of_session = [] if budget is None else [f"{dollars(max(0.0, budget - spent))} left of {amount(budget)}"]
    of_answer = [] if own is None else [f"{amount(own)} for this answer"]
    return ", ".join(of_session + of_answer) or "none"
