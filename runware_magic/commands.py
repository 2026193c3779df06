"""What ``%runware`` tells: where cells ask, as which model, what there is, and what was spent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from runware_magic.chat.lineage import stale
from runware_magic.display.badge import dollars
from runware_magic.display.plain import counted
from runware_magic.display.tables import Table
from runware_magic.ledger import Spent
from runware_magic.running import Prepared
from runware_magic.session import Session
from runware_magic.settings import Settings
from runware_magic.wire.endpoint import Endpoint

_UNKNOWN = "?"


@dataclass(frozen=True, slots=True)
class Here:
    """Where a command is given.

    Attributes
    ----------
    session
        What the kernel holds.
    settings
        How cells ask.
    where
        Settles the endpoint; called only by commands that talk to it or name it.
    chat
        The conversation that cells go on with.
    """

    session: Session
    settings: Settings
    where: Callable[[], Endpoint]
    chat: str


def status(here: Here) -> Table:
    """Say which endpoint answers, as which model, in which chat, and what was spent."""
    where = here.where()
    conversation = here.session.conversation
    turns = conversation.turns(here.chat)
    old = sum(bool(mark) for mark in stale(conversation, here.chat))
    if where.is_demo:
        told = "the built-in demo (no key: set RUNWARE_API_KEY or run %runware login)"
    else:
        told = where.base_url + (f" (key from {where.key.source})" if where.key else " (no key)")
    rows = [
        ("endpoint", told),
        ("model", here.settings.model_for(where)),
        ("chat", f"{here.chat}, {counted(len(turns), 'turn')}" + (f", {old} to be run again" if old else "")),
        ("spent", _sum_of_costs(here.session.ledger)),
        ("mode", "live, from a script" if where.is_demo else "live"),
    ]
    return Table("", ("", ""), tuple(rows))


def models(here: Here, pattern: str) -> Table:
    """List the endpoint's models, those whose name holds the pattern."""
    where = here.where()
    rows = here.session.models(where, here.settings.patience)
    found = [row for row in rows if pattern.lower() in row.id.lower()]
    note = "" if found or not rows else f"None of {len(rows)} models has {pattern!r} in its name."
    return Table(
        f"Models of {where.name}",
        ("model", "context", "longest answer", "$ per million in", "$ per million out"),
        tuple((row.id, row.context, row.longest, row.price_in, row.price_out) for row in found),
        note,
    )


def usage(here: Here) -> Table:
    """Sum up tokens, cost and time, by model and in all."""
    by_model: dict[tuple[str, str], list[Spent]] = {}
    for spent in here.session.ledger:
        by_model.setdefault((spent.model, spent.endpoint), []).append(spent)
    rows = [_usage_row(model, spent) for (model, _), spent in sorted(by_model.items())]
    if len(rows) > 1:
        rows.append(_usage_row("in all", list(here.session.ledger)))
    columns = ("model", "requests", "tokens in", "tokens out", "cost", "time")
    return Table("Usage in this kernel", columns, tuple(rows), "" if rows else "Nothing was asked yet.")


def dry_run(here: Here, prepared: Prepared) -> object:
    """Show what would be sent, and what it would cost at most by the prices that are known; asks nobody."""
    from runware_magic.display.dry_run import DryRun  # noqa: PLC0415  # who never asks never loads it

    turn = prepared.turn
    model = next((model for model in here.session.known_models if model.id == turn.model), None)
    prices = (_a_token(model.price_in), _a_token(model.price_out)) if model else (None, None)
    return DryRun(prepared.request, turn.endpoint, turn.chat, *prices)


def _a_token(price: str) -> float | None:
    """From dollars for a million tokens, as the list shows them, to dollars a token."""
    return None if price == _UNKNOWN else float(price.replace(",", "")) / 1_000_000


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
    unknown = counts.count(None)
    total = str(sum(count for count in counts if count is not None))
    return f"{total} + {unknown} unknown" if unknown else total


def _sum_of_costs(spent: Iterable[Spent]) -> str:
    spent = list(spent)
    unknown = sum(entry.cost is None for entry in spent)
    total = dollars(sum(entry.cost for entry in spent if entry.cost is not None))
    return f"{total} + {unknown} unknown" if unknown else total


def _known(count: int | None) -> str:
    return _UNKNOWN if count is None else str(count)
