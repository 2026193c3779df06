"""Estimates what a grid of requests costs, and asks for confirmation if that is much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runware_magic.chat.pricing import answer_tokens, cost_at_most, pictures_in, request_tokens
from runware_magic.chat.text import counted, dollars
from runware_magic.engine.course import Job
from runware_magic.engine.ledger import total
from runware_magic.engine.session import Session
from runware_magic.engine.settings import Settings
from runware_magic.errors import ConfirmError, NotRecordedError
from runware_magic.transport.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class Estimate:
    """Estimated use of some requests, together."""

    requests: int
    tokens_in: int
    tokens_out: int | None  # at most; None if a request has no limit
    cost: float | None  # US dollars at most; None if a price is unknown
    replayed: int = 0  # requests that are not sent during a replay
    pictures: int = 0  # images and files, whose tokens are unknown and not counted


def estimated(session: Session, jobs: Sequence[Job], where: Endpoint, settings: Settings) -> Estimate:
    """Estimate what jobs use. Requests the endpoint's prices, once."""
    sent, replayed = [], 0
    for job in jobs:
        try:
            prepared, there = session.routed(session.prepare(job.ask, where, settings), where, settings)
        except NotRecordedError:
            replayed += 1
            continue
        replayed += bool(there.recording)
        if not there.recording:
            judges = (job.plan.judge.call(check, prepared.turn) for check in job.plan.judges)
            sent += [(each.request, there) for each in (prepared, *judges)]
    for there in {there for _, there in sent}:
        session.connections.ask_for_prices(there, settings.timeouts)
    requests = [request for request, _ in sent]
    limits = [answer_tokens(request) for request in requests]
    costs = [cost_at_most(request, session.connections.lists.prices(there, request.model)) for request, there in sent]
    return Estimate(
        len(requests),
        sum(map(request_tokens, requests)),
        None if None in limits else sum(limit for limit in limits if limit is not None),
        None if None in costs else total(costs),
        replayed,
        sum(map(pictures_in, requests)),
    )


def confirm(estimate: Estimate, above: tuple[int, float]) -> None:
    """Raise `ConfirmError` if an estimate exceeds so many requests, or so many US dollars."""
    requests, most = above
    cost = estimate.cost
    if estimate.requests <= requests and (cost is None or cost <= most):
        return
    uncounted = ", pictures not counted" if estimate.pictures else ""
    said = "of unknown cost" if cost is None else f"for about {dollars(cost)} at most{uncounted}"
    msg = f"This cell would send {counted(estimate.requests, 'request')} {said}; nothing was sent."
    hint = "Add --yes to send them, or --dry-run for details; RunwareMagics.confirm_above sets the limit."
    raise ConfirmError(msg, hint)
