"""What ``%runware`` does beside asking: status, models, conversations, spending."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from runware_magic.chat.options import nearest
from runware_magic.chat.turn import Turn
from runware_magic.display.badge import dollars
from runware_magic.display.tables import Table
from runware_magic.errors import OptionError
from runware_magic.session import Session, Spent
from runware_magic.settings import Settings
from runware_magic.wire.endpoint import Endpoint

_UNKNOWN = "?"
_SHOWN = 60  # characters of a prompt in a table


@dataclass(frozen=True, slots=True)
class Place:
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


def status(place: Place) -> Table:
    """Say which endpoint answers, as which model, in which chat, and what was spent."""
    where = place.where()
    turns = place.session.conversation.turns(place.chat)
    if where.is_demo:
        told = "the built-in demo (no key: set RUNWARE_API_KEY or run %runware login)"
    else:
        told = where.base_url + (f" (key from {where.key.source})" if where.key else " (no key)")
    rows = [
        ("endpoint", told),
        ("model", place.settings.model_for(where)),
        ("chat", f"{place.chat}, {len(turns)} {'turn' if len(turns) == 1 else 'turns'}"),
        ("spent", _sum_of_costs(place.session.ledger)),
        ("mode", "live, from a script" if where.is_demo else "live"),
    ]
    return Table("", ("", ""), tuple(rows))


def models(place: Place, pattern: str) -> Table:
    """List the endpoint's models, those whose name holds the pattern."""
    where = place.where()
    rows = place.session.models(where, place.settings.patience)
    found = [row for row in rows if pattern.lower() in row.id.lower()]
    note = "" if found or not rows else f"None of {len(rows)} models has {pattern!r} in its name."
    return Table(
        f"Models of {where.name}",
        ("model", "context", "longest answer", "$ per million in", "$ per million out"),
        tuple((row.id, row.context, row.longest, row.price_in, row.price_out) for row in found),
        note,
    )


def history(place: Place, chat: str) -> Table:
    """List the turns of a chat."""
    chat = chat or place.chat
    places = place.session.conversation.places(chat)
    if not places:
        _must_exist(place.session, chat, ())
    return Table(
        f"Chat {chat}",
        ("turn", "version", "state", "model", "prompt", "tokens in/out", "cost"),
        tuple(_history_row(number, at.turn, len(at.versions), at.shown) for number, at in enumerate(places, 1)),
        "" if places else "No turns yet.",
    )


def chats(place: Place) -> Table:
    """List the chats."""
    names = {place.chat: (), **place.session.conversation.chats}
    rows = [
        (name, str(len(at)), _short(at[-1].turn) if at else "", "current" if name == place.chat else "")
        for name, at in sorted(names.items())
    ]
    return Table("Chats", ("chat", "turns", "last prompt", ""), tuple(rows))


def undo(place: Place) -> str:
    """Forget the last turn of the current chat."""
    turns = place.session.conversation.turns(place.chat)
    if not turns:
        return f"Chat {place.chat} has no turns to undo."
    place.session.conversation = place.session.conversation.without_last(place.chat)
    return f"Forgot turn {len(turns)} of chat {place.chat}: {_short(turns[-1])}"


def reset(place: Place, chat: str) -> str:
    """Forget a chat."""
    chat = chat or place.chat
    turns = place.session.conversation.turns(chat)
    if not turns:
        _must_exist(place.session, chat, (place.chat,))
        return f"Chat {chat} has no turns."
    place.session.conversation = place.session.conversation.without(chat)
    return f"Forgot {len(turns)} {'turn' if len(turns) == 1 else 'turns'} of chat {chat}."


def usage(place: Place) -> Table:
    """Sum up tokens, cost and time, by model and in all."""
    by_model: dict[tuple[str, str], list[Spent]] = {}
    for spent in place.session.ledger:
        by_model.setdefault((spent.model, spent.endpoint), []).append(spent)
    rows = [_usage_row(model, spent) for (model, _), spent in sorted(by_model.items())]
    if len(rows) > 1:
        rows.append(_usage_row("in all", place.session.ledger))
    columns = ("model", "requests", "tokens in", "tokens out", "cost", "time")
    return Table("Usage in this kernel", columns, tuple(rows), "" if rows else "Nothing was asked yet.")


def _must_exist(session: Session, chat: str, also: Iterable[str]) -> None:
    names = (*session.conversation.chats, *also)
    if names and chat not in names:
        msg = f"There is no chat {chat!r}."
        raise OptionError(msg, nearest(chat, names) or f"There is {', '.join(sorted(set(names)))}.")


def _history_row(number: int, turn: Turn, versions: int, shown: int) -> tuple[str, ...]:
    usage = turn.usage
    tokens = f"{_known(usage.prompt_tokens)} / {_known(usage.completion_tokens)}" if usage else _UNKNOWN
    version = str(shown + 1) if versions == 1 else f"{shown + 1} of {versions}"
    return (
        str(number),
        version,
        turn.state,
        turn.model,
        _short(turn),
        tokens,
        _UNKNOWN if turn.cost is None else dollars(turn.cost),
    )


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


def _sum_of_costs(spent: list[Spent]) -> str:
    unknown = sum(entry.cost is None for entry in spent)
    total = dollars(sum(entry.cost for entry in spent if entry.cost is not None))
    return f"{total} + {unknown} unknown" if unknown else total


def _known(count: int | None) -> str:
    return _UNKNOWN if count is None else str(count)


def _short(turn: Turn) -> str:
    text = " ".join(next((m.content for m in turn.messages if m.role == "user"), "").split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
