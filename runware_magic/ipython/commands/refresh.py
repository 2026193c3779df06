"""The command refresh: asks again what was answered before an earlier turn changed."""

from __future__ import annotations

import shlex
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from runware_magic.chat.checks import Check, read_check
from runware_magic.chat.lineage import stale
from runware_magic.chat.text import counted
from runware_magic.chat.turn import Turn
from runware_magic.engine import estimate
from runware_magic.engine.course import Job
from runware_magic.engine.query import Query
from runware_magic.errors import RunwareError, StoppedError
from runware_magic.ipython.commands.again import plan_again, tools_again
from runware_magic.ipython.commands.arguments import read_words
from runware_magic.ipython.commands.context import CommandContext
from runware_magic.ipython.commands.history import must_exist, short
from runware_magic.transport.endpoint import DEMO, Endpoint


@dataclass(frozen=True, slots=True)
class _Due:
    """A turn that is to be asked again, with all answers of its comparison if it has several."""

    at: int  # from 0
    prompt: str
    jobs: tuple[Job, ...]
    picked: int | None  # the number of the answer in use of several
    said: str  # of tools that it is asked without


def refresh(context: CommandContext, line: str) -> object:
    """Ask the turns of a chat again that are out of date."""
    words = read_words("refresh", line, switches=("dry-run", "yes"))
    chat = words.word(0) or context.chat
    must_exist(context, chat)
    context.must_be_still(chat)
    marks = stale(context.session.conversation, chat)
    first = next((at for at, mark in enumerate(marks) if mark), None)
    if first is None:
        return f"Chat {chat} is up to date. {_of_others(context, chat)}".rstrip()
    # The temperature of a turn without one was its model's own.
    where, settings = context.where(), replace(context.settings, temperature=None)
    # All that follow: the new answer makes them out of date, too.
    due = [_due(context, chat, at, where) for at in range(first, len(marks))]
    jobs = [job for each in due for job in each.jobs]
    if "dry-run" in words.flags:
        from runware_magic.display.render.dry_run import dry_run  # noqa: PLC0415  # rarely used

        expected = estimate.estimated(context.session, jobs, where, settings)
        return dry_run(expected, jobs, settings, context.session.budget.spent)
    if len(jobs) > 1 and "yes" not in words.flags:
        estimate.confirm(estimate.estimated(context.session, jobs, where, settings), settings.confirm_above)
    return _refreshed(context, chat, due)


def _refreshed(context: CommandContext, chat: str, due: Sequence[_Due]) -> str:
    asked, failed = 0, 0
    for number, each in enumerate(due, 1):
        if not stale(context.session.conversation, chat)[each.at]:
            continue  # the turn before it got no answer that counts
        context.show(f"Turn {each.at + 1} ({number} of {len(due)}): {each.prompt} {each.said}".rstrip())
        with _left_when_stopped(context, chat, each.at):
            turns = context.ask_again(each.jobs, each.picked)
        asked += 1
        failed += any(not verdict.passed for turn in turns for verdict in turn.verdicts)
    checks = f", {failed} of which failed a check" if failed else ""
    return f"Chat {chat} is up to date: {counted(asked, 'turn')} asked again{checks}."


@contextmanager
def _left_when_stopped(context: CommandContext, chat: str, at: int) -> Iterator[None]:
    """Add to an error which turn it was, and how many are left."""
    try:
        yield
    except RunwareError as error:
        marks = stale(context.session.conversation, chat)
        left = len(marks) - at - (not marks[at])
        # What stopped it is no reason to run a cell again.
        hint = "" if isinstance(error, StoppedError) else f"{error.hint} "
        more = f"%runware refresh continues: {counted(left, 'turn')} left." if left else ""
        msg = f"Turn {at + 1}: {error.message}"
        raise type(error)(msg, f"{hint}{more}".rstrip()) from None


def _due(context: CommandContext, chat: str, at: int, where: Endpoint) -> _Due:
    conversation = context.session.conversation
    place = conversation.places(chat)[at]
    comparison = uuid.uuid4().hex

    def job(turn: Turn) -> tuple[Job, str]:
        box, parameters, said = tools_again(context, turn)
        query = Query(
            turn.messages,
            # The demo knows only its own models, and no other endpoint knows these.
            turn.model if where.is_demo == (turn.endpoint == DEMO) else None,
            chat,
            place.cell_id,
            parameters,
            variant=turn.variant and replace(turn.variant, comparison=comparison),
            again=place.turn.id,
            attached=turn.attached,
        )
        return Job(query, plan_again(context, turn, tuple(_checks(turn)), box)), said

    variant = place.turn.variant
    jobs, notices = zip(*map(job, conversation.variants(place.turn) or (place.turn,)), strict=True)
    return _Due(
        at,
        short(place.turn),
        jobs,
        variant.number if variant else None,
        max(notices),
    )


def _checks(turn: Turn) -> Iterator[Check]:
    """Yield the checks that the turn was given; those with values of a row are not known."""
    for verdict in turn.verdicts:
        with suppress(ValueError):  # a later version's, in a saved notebook
            if "{{" not in verdict.check:
                yield read_check(verdict.check)


def _of_others(context: CommandContext, chat: str) -> str:
    """Return a sentence on another chat that is out of date; empty if there is none."""
    conversation = context.session.conversation
    for other in conversation.chats:
        if other != chat and (old := sum(map(bool, stale(conversation, other)))):
            return f"Out of date in chat {other}: {counted(old, 'turn')} (%runware refresh {shlex.quote(other)})."
    return ""
