"""The commands status, models and usage."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence

from runware_magic.chat.lineage import stale
from runware_magic.chat.text import amount, counted, dollars
from runware_magic.display.render.badge import status as running
from runware_magic.display.render.tables import Table
from runware_magic.engine.ledger import Spent, total
from runware_magic.ipython.commands.context import CommandContext
from runware_magic.prompt.words import split
from runware_magic.protocol.model_list import per_million
from runware_magic.transport.credentials import URL_VARIABLE
from runware_magic.transport.endpoint import Endpoint

_NO_KEY = "no key: set RUNWARE_API_KEY or run %runware login"


def status(context: CommandContext, _line: str) -> Table:
    """Show the endpoint, the model, the chat, and what was spent."""
    where = context.where()
    conversation = context.session.conversation
    under_way = context.background.under_way()
    turns = conversation.turns(context.chat)
    old = sum(bool(mark) for mark in stale(conversation, context.chat))
    if where.recording:
        told = f"none: {where.recording} answers, recorded from {where.host.lower() if where.is_demo else where.name}"
    elif where.is_demo:
        says = "base_url" if context.settings.base_url.strip() else URL_VARIABLE if os.getenv(URL_VARIABLE) else ""
        told = f"the built-in demo ({f'set by {says}' if says else _NO_KEY})"
    else:
        told = where.base_url + (f" (key from {where.key.source})" if where.key else " (no key)")
    rows = [
        ("endpoint", told),
        ("model", context.settings.model_for(where)),
        ("chat", f"{context.chat}, {counted(len(turns), 'turn')}" + (f", {old} out of date" if old else "")),
        ("spent", _spending(context)),
        ("mode", _mode(context, where)),
        *(("running", f"{answer.name}: {running(answer.builder, answer.elapsed_s)}") for answer in under_way),
        *context.of_class(),
    ]
    return Table("", ("", ""), tuple(rows))


def _mode(context: CommandContext, where: Endpoint) -> str:
    connections = context.session.connections
    if connections.player is not None:
        speed = connections.player.speed
        times = {1.0: "original speed", 2.0: "twice the speed"}.get(speed, f"{speed:g} times the speed")
        pace = "without pauses" if math.isinf(speed) else f"at {times}"
        dates = " to ".join(connections.player.dates)
        return f"replay of {where.recording}, recorded {dates or 'never'}, {pace} (not billed)"
    said = "demo" if where.is_demo else "live"
    if connections.recorder is not None:
        trouble = f"; {connections.recorder.trouble}" if connections.recorder.trouble else ""
        said += f", recorded in {connections.recorder.path.name} ({connections.recorder.count} so far{trouble})"
    return said


def models(context: CommandContext, line: str) -> Table:
    """List the endpoint's models whose name contains a text."""
    pattern = " ".join(split(line))
    where = context.where()
    rows = context.session.connections.models(where, context.settings.timeouts)
    found = [row for row in rows if pattern.lower() in row.id.lower()]
    note = "" if found or not rows else f"None of {len(rows)} models has {pattern!r} in its name."
    return Table(
        f"Models of {where.name}" + (f", as recorded in {where.recording}" if where.recording else ""),
        ("model", "context", "longest answer", "$ per million in", "$ per million out"),
        tuple(
            (row.id, row.context, row.longest, per_million(row.prompt_price), per_million(row.completion_price))
            for row in found
        ),
        note,
    )


def usage(context: CommandContext, _line: str) -> Table:
    """Show tokens, cost and time, by model and in total."""
    by_model: dict[tuple[bool, bool, str, str], list[Spent]] = {}
    for spent in context.session.ledger:
        by_model.setdefault((spent.recorded, spent.earlier, spent.model, spent.endpoint), []).append(spent)
    rows = [
        _usage_row(model + (" (earlier)" if earlier else "") + (" (replayed, not billed)" if recorded else ""), spent)
        for (recorded, earlier, model, _), spent in sorted(by_model.items())
    ]
    billed = [spent for spent in context.session.ledger if not spent.recorded]
    if len(rows) > 1 and billed:
        rows.append(_usage_row("total, not replayed" if len(billed) < len(context.session.ledger) else "total", billed))
    columns = ("model", "requests", "tokens in", "tokens out", "cost", "time")
    note = "" if rows else "Nothing has been asked yet."
    if any(earlier for _, earlier, *_ in by_model):
        note = "Earlier: asked before this kernel started; restored from the notebook."
    return Table("Usage in this kernel", columns, tuple(rows), note)


def _usage_row(name: str, spent: list[Spent]) -> tuple[str, ...]:
    return (
        name,
        str(len(spent)),
        _sum([entry.prompt_tokens for entry in spent]),
        _sum([entry.completion_tokens for entry in spent]),
        _sum_of_costs(spent),
        f"{sum(entry.total_s for entry in spent):.1f} s",
    )


def _sum(counts: list[int | None]) -> str:
    told = [count for count in counts if count is not None]
    return _noted(str(sum(told)) if told or not counts else "", [None] * (len(counts) - len(told)))


def _sum_of_costs(spent: Sequence[Spent]) -> str:
    told = [entry.cost for entry in spent if entry.cost is not None]
    unknown = [entry.estimate for entry in spent if entry.cost is None]
    return _noted(dollars(total(told)) if told or not unknown else "", unknown)


def _noted(known: str, missing: Sequence[float | None]) -> str:
    """Return a sum, with how many answers it lacks, and about what they cost as far as that is known."""
    about = _about(missing)
    note = f"{counted(len(missing), 'answer')} not reported{about and f', {about}'}" if missing else ""
    return f"{known} ({note})" if known and note else known or note


def _about(estimates: Sequence[float | None]) -> str:
    guessed = [estimate for estimate in estimates if estimate is not None]
    of_them = "" if len(guessed) == len(estimates) else f"{len(guessed)} of them "
    return f"{of_them}about {dollars(total(guessed))}" if guessed else ""


def _spending(context: CommandContext) -> str:
    """Return what was spent in this kernel, with answers under way, and what is left of the budget."""
    session, budget = context.session, context.settings.budget
    sums = _sum_of_costs(session.ledger.here())
    if under_way := session.budget.under_way:
        about = _about(under_way)
        sums += f" + {len(under_way)} in progress{about and f' ({about})'}"
    if budget is not None:
        sums += f"; {dollars(max(0.0, budget - session.budget.spent))} of the budget of {amount(budget)} left"
    return sums
