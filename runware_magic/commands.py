"""What ``%runware`` tells: where cells ask, as which model, what there is, and what was spent."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from runware_magic.background import Background
from runware_magic.chat.command_line import read_words
from runware_magic.chat.lineage import stale
from runware_magic.display.badge import amount, dollars
from runware_magic.display.badge import status as running
from runware_magic.display.plain import counted
from runware_magic.display.tables import Table
from runware_magic.errors import NotRecordedError, UsageError
from runware_magic.ledger import Spent, total
from runware_magic.running import Prepared
from runware_magic.session import Session
from runware_magic.settings import Settings
from runware_magic.wire.endpoint import DEMO, Endpoint

_UNKNOWN = "?"
_NO_KEY = "no key: set RUNWARE_API_KEY or run %runware login"


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
    background
        The answers that go on while other cells run.
    of_class
        Says what the class's settings are, where there are any.
    """

    session: Session
    settings: Settings
    where: Callable[[], Endpoint]
    chat: str
    background: Background
    of_class: Callable[[], tuple[tuple[str, str], ...]] = tuple

    def must_be_still(self, chat: str) -> None:
        """Refuse to change a chat that is being answered: the answer would come after the change.

        Raises
        ------
        UsageError
            When an answer of it is under way.
        """
        if under_way := self.background.of_chat(chat):
            msg = f"An answer of chat {chat} is under way."
            raise UsageError(msg, f"Wait for it, or end it: %runware stop {under_way[0].name}")


def status(here: Here) -> Table:
    """Say which endpoint answers, as which model, in which chat, and what was spent."""
    where = here.where()
    conversation = here.session.conversation
    under_way = here.background.under_way()
    turns = conversation.turns(here.chat)
    old = sum(bool(mark) for mark in stale(conversation, here.chat))
    if where.recording:
        told = f"none: {where.recording} answers, as {where.host.lower() if where.is_demo else where.name} did"
    elif where.is_demo:
        chosen = here.settings.base_url == DEMO
        told = f"the built-in demo ({'as base_url says' if chosen else _NO_KEY})"
    else:
        told = where.base_url + (f" (key from {where.key.source})" if where.key else " (no key)")
    rows = [
        ("endpoint", told),
        ("model", here.settings.model_for(where)),
        ("chat", f"{here.chat}, {counted(len(turns), 'turn')}" + (f", {old} to be run again" if old else "")),
        ("spent", _spending(here)),
        ("mode", _mode(here, where)),
        *(("running", f"{answer.name}: {running(answer.draft, answer.elapsed_s)}") for answer in under_way),
        *here.of_class(),
    ]
    return Table("", ("", ""), tuple(rows))


def _mode(here: Here, where: Endpoint) -> str:
    peers = here.session.peers
    if peers.player is not None:
        speed = peers.player.speed
        times = {1.0: "its own pace", 2.0: "twice its pace"}.get(speed, f"{speed:g} times its pace")
        pace = "without pauses" if math.isinf(speed) else f"at {times}"
        dates = " to ".join(peers.player.dates)
        return f"replay of {where.recording}, recorded {dates or 'never'}, {pace} (not billed)"
    said = "live, from a script" if where.is_demo else "live"
    if peers.recorder is not None:
        trouble = f"; {peers.recorder.trouble}" if peers.recorder.trouble else ""
        said += f", recorded in {peers.recorder.path.name} ({peers.recorder.count} so far{trouble})"
    return said


def stop(here: Here, line: str) -> str:
    """End an answer that goes on in the background, or all of them."""
    stopped = here.background.stop(read_words("stop", line).word(0))
    return f"Stopped {', '.join(stopped)}: what had arrived is kept." if stopped else "No answer is under way."


def models(here: Here, pattern: str) -> Table:
    """List the endpoint's models, those whose name holds the pattern."""
    where = here.where()
    rows = here.session.peers.models(where, here.settings.patience)
    found = [row for row in rows if pattern.lower() in row.id.lower()]
    note = "" if found or not rows else f"None of {len(rows)} models has {pattern!r} in its name."
    return Table(
        f"Models of {where.name}" + (f", as recorded in {where.recording}" if where.recording else ""),
        ("model", "context", "longest answer", "$ per million in", "$ per million out"),
        tuple((row.id, row.context, row.longest, row.price_in, row.price_out) for row in found),
        note,
    )


def usage(here: Here) -> Table:
    """Sum up tokens, cost and time, by model and in all."""
    by_model: dict[tuple[bool, bool, str, str], list[Spent]] = {}
    for spent in here.session.ledger:
        by_model.setdefault((spent.recorded, spent.earlier, spent.model, spent.endpoint), []).append(spent)
    rows = [
        _usage_row(model + (" (earlier)" if earlier else "") + (" (replayed, not billed)" if recorded else ""), spent)
        for (recorded, earlier, model, _), spent in sorted(by_model.items())
    ]
    billed = [spent for spent in here.session.ledger if not spent.recorded]
    if len(rows) > 1 and billed:
        rows.append(
            _usage_row(
                "in all, without what was replayed" if len(billed) < len(here.session.ledger) else "in all", billed
            )
        )
    columns = ("model", "requests", "tokens in", "tokens out", "cost", "time")
    earlier = (
        "Earlier: before this kernel, as the notebook tells." if any(earlier for _, earlier, *_ in by_model) else ""
    )
    return Table("Usage in this kernel", columns, tuple(rows), earlier if rows else "Nothing was asked yet.")


def dry_run(here: Here, prepared: Prepared) -> object:
    """Show what would be sent, and what it would cost at most by the prices that are known; asks nobody."""
    from runware_magic.display.dry_run import DryRun  # noqa: PLC0415  # who never asks never loads it

    where, instead = here.where(), ""
    try:
        prepared, where = here.session.routed(prepared, where, here.settings)
        if prepared.turn.recorded is not None:
            instead = f"none: {where.recording} answers, recorded {prepared.turn.recorded}"
    except NotRecordedError:
        instead = f"none: {where.recording} has no answer to this"
    turn = prepared.turn
    prices = here.session.peers.prices(where, turn.model)
    budget = (here.settings.budget, here.session.budget.spent, prepared.budget)
    return DryRun(prepared.request, turn.endpoint, turn.chat, prices, *budget, instead)


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
    sums = [str(sum(told))] if told or not counts else []
    return " + ".join([*sums, *_unknown([None] * (len(counts) - len(told)), "unknown")])


def _sum_of_costs(spent: Iterable[Spent]) -> str:
    spent = list(spent)
    told = [entry.cost for entry in spent if entry.cost is not None]
    unknown = [entry.estimate for entry in spent if entry.cost is None]
    sums = [dollars(total(told))] if told or not unknown else []
    return " + ".join([*sums, *_unknown(unknown, "unknown")])


def _unknown(estimates: Sequence[float | None], what: str) -> tuple[str, ...]:
    """Say how many costs are unknown, and about what those are of which that can be said."""
    guessed = [estimate for estimate in estimates if estimate is not None]
    of_them = "" if len(guessed) == len(estimates) else f"{len(guessed)} of them "
    about = f" ({of_them}about {dollars(total(guessed))})" if guessed else ""
    return (f"{len(estimates)} {what}{about}",) if estimates else ()


def _spending(here: Here) -> str:
    """Say what was spent in this kernel, by answers under way too, and what is left of the budget."""
    session, budget = here.session, here.settings.budget
    sums = " + ".join([_sum_of_costs(session.ledger.here()), *_unknown(session.budget.under_way, "under way")])
    if budget is not None:
        sums += f", of {amount(budget)}: {dollars(max(0.0, budget - session.budget.spent))} left"
    return sums


def _known(count: int | None) -> str:
    return _UNKNOWN if count is None else str(count)
