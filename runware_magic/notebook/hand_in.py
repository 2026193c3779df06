"""A notebook's chats as one page for a teacher: every turn with all its versions, what changed, and what it took."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from runware_magic.chat.conversation import Conversation, Place
from runware_magic.chat.lineage import stale
from runware_magic.chat.record import from_record, to_record
from runware_magic.chat.turn import Turn
from runware_magic.errors import UsageError
from runware_magic.notebook.files import check, write_whole
from runware_magic.notebook.literal import as_html, one_line
from runware_magic.notebook.page import page, prompts

_MOST_DIFFERENCES = 50  # versions whose differences are told


@dataclass(frozen=True, slots=True)
class Faces:
    """How things show, as safe HTML with inline styles over JupyterLab's variables.

    Attributes
    ----------
    turn
        One answer.
    comparison
        Several that were asked for at once, and the one of them that counts.
    versions
        What changed between the versions of a turn, which has this number.
    costs
        What answers cost together, in words; empty where none is known.
    """

    turn: Callable[[Turn], str]
    comparison: Callable[[Sequence[Turn], Turn | None], str]
    versions: Callable[[Place, int], str]
    costs: Callable[[Sequence[Turn]], str]


def write(  # noqa: PLR0913  # what to write, how it shows, where it may go
    path: Path,
    conversation: Conversation,
    *,
    chats: Sequence[str],
    faces: Faces,
    hidden: Callable[[str], str],
    open_notebook: Path | None,
    force: bool,
) -> str:
    """Write chats to a page, whole or not at all.

    Parameters
    ----------
    path
        Where to: ``.html``.
    conversation
        All chats.
    chats
        Those to write, in this order.
    faces
        How their turns show.
    hidden
        Gives a text without what nobody else is to read: keys, and where folders are.
    open_notebook
        The notebook that a front end has open, where it is known: never written to, and the page is called after it.
    force
        Whether a file that is there may be replaced.

    Returns
    -------
    str
        What was written, in one line.

    Raises
    ------
    UsageError
        When the suffix is another, there is nothing to write, or the file cannot or may not be written.
    """
    if path.suffix.lower() not in {".html", ".htm"}:
        msg = f"A hand-in is a page, and {path.suffix or 'no suffix'} is not .html."
        raise UsageError(msg, "%runware hand-in work.html")
    check(path, force=force, open_notebook=open_notebook)
    chats = [chat for chat in chats if conversation.places(chat)]
    if not chats:
        msg = "There is no turn to hand in."
        raise UsageError(msg, "Ask something first, or %runware restore.")
    title = open_notebook.stem if open_notebook else path.stem
    only = Conversation({chat: conversation.places(chat) for chat in chats})
    work, names = _Work(_without(only, hidden), faces), [hidden(chat) for chat in chats]
    write_whole(path, page(hidden(title), work.about(names), "\n".join(map(work.chat, names))))
    of = f"chat {one_line(chats[0])}" if len(chats) == 1 else f"{len(chats)} chats"
    held = f"{_count(work.turns, 'turn')} of {of}, {_count(work.answers, 'answer')} in all,"
    return f"Wrote {held} to {one_line(str(path))}."


class _Work:
    def __init__(self, conversation: Conversation, faces: Faces) -> None:
        self._conversation, self._faces = conversation, faces
        self._homes: dict[str, str] = {}  # of turns that a chat has shown
        self.turns = self.answers = 0

    def about(self, chats: Sequence[str]) -> str:
        """Say in a line what all of it took."""
        turns = {turn.id: turn for chat in chats for turn in _versions(self._conversation.places(chat))}.values()
        days = sorted({day for turn in turns if (day := one_line(turn.timing.started)[:10])})
        when = days[:1] if len(days) == 1 else [f"{days[0]} to {days[-1]}"] if days else []
        models = dict.fromkeys(one_line(turn.model) for turn in turns)
        return " · ".join((_count(len(turns), "answer"), *when, *models, *self._took(turns)))

    def chat(self, chat: str) -> str:
        """Give a chat; of what it shares with an earlier one, only that it does."""
        places = self._conversation.places(chat)
        marks = stale(self._conversation, chat)
        parts = [f'<h2 dir="auto">{as_html(one_line(chat))}</h2>']
        shared = [place for place in places if place.turn.id in self._homes]
        if shared:
            home = as_html(one_line(self._homes[shared[0].turn.id]))
            which = "The first turn is" if len(shared) == 1 else f"The first {len(shared)} turns are"
            parts.append(f'<p class="about">{which} told above, in chat {home}.</p>')
        for number, (place, mark) in enumerate(zip(places, marks, strict=True), 1):
            if place.turn.id not in self._homes:
                self._homes[place.turn.id] = chat
                parts.append(self._turn(number, place, mark))
        return "\n".join(parts)

    def _turn(self, number: int, place: Place, mark: str) -> str:
        groups = _groups(place)
        shown = next(group for group in groups if place.turn in group)
        self.turns, self.answers = self.turns + 1, self.answers + len(place.versions)
        facts = (str(number), _when(place.turn), one_line(mark), *self._took(place.versions))
        head = f'<p class="number">{as_html(" · ".join(fact for fact in facts if fact))}</p>'
        parts = (head, *prompts(place.turn), self._answer(shown, place.turn), *self._others(number, place, groups))
        return "\n".join(("<section>", *parts, "</section>"))

    def _answer(self, group: Sequence[Turn], counts: Turn | None) -> str:
        if len(group) == 1:
            return self._faces.turn(group[0])
        return self._faces.comparison(group, counts)

    def _others(self, number: int, place: Place, groups: Sequence[Sequence[Turn]]) -> Iterator[str]:
        """Give the other runs of a cell: what changed from each to the next, and each of them, folded."""
        if len(groups) == 1:
            return
        # Answers that were asked for at once are compared with each other above, and stand here as one.
        runs = [place.turn if place.turn in group else group[0] for group in groups]
        first = max(0, len(runs) - _MOST_DIFFERENCES)
        latest = replace(place, versions=tuple(runs[first:]), shown=max(0, runs.index(place.turn) - first))
        yield _folded(f"{len(runs)} versions: what changed", self._faces.versions(latest, number))
        for at, (run, group) in enumerate(zip(runs, groups, strict=True), 1):
            if run is not place.turn:
                told = "\n".join((*prompts(run), self._answer(group, None)))
                yield _folded(" · ".join(part for part in (f"Version {at}", _when(run)) if part), told)

    def _took(self, turns: Iterable[Turn]) -> Iterator[str]:
        turns = tuple(turns)
        costs = self._faces.costs(turns)
        unknown = "" if all(turn.cost is not None for turn in turns) else " and what is unknown"
        yield f"{costs}{unknown}" if costs else "cost unknown"
        seconds = [turn.timing.total_s for turn in turns if turn.timing.total_s is not None]
        if seconds:
            yield f"{math.fsum(seconds):.1f} s"


def _groups(place: Place) -> list[list[Turn]]:
    """Give the versions of a turn by the run of its cell; answers that were asked for at once are of one."""
    groups: dict[tuple[str, str], list[Turn]] = {}
    for turn in place.versions:
        run = ("comparison", turn.variant.comparison) if turn.variant else ("turn", turn.id)
        groups.setdefault(run, []).append(turn)
    return list(groups.values())


def _versions(places: Iterable[Place]) -> Iterator[Turn]:
    return (turn for place in places for turn in place.versions)


def _when(turn: Turn) -> str:
    return one_line(turn.timing.started).replace("T", " ").replace("Z", " UTC")


def _folded(summary: str, inside: str) -> str:
    return f'<details class="other"><summary>{as_html(summary)}</summary>\n{inside}\n</details>'


def _without(conversation: Conversation, hidden: Callable[[str], str]) -> Conversation:
    """Give the chats with all their texts as they may be read by others."""

    def seen(place: Place) -> Place:
        return replace(place, versions=tuple(_seen(turn, hidden) for turn in place.versions))

    return Conversation({hidden(chat): tuple(map(seen, places)) for chat, places in conversation.chats.items()})


def _seen(turn: Turn, hidden: Callable[[str], str]) -> Turn:
    # By way of the record, since every text of a turn stands in it: what is added to turns later is not forgotten here.
    try:
        return from_record(_texts(to_record(turn), hidden))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        msg = f"A turn of chat {one_line(str(turn.chat))} cannot be written: {error}."
        raise UsageError(msg, "Leave its chat out: --chat names the one to hand in.") from None


def _texts(value: object, hidden: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return hidden(value)
    if isinstance(value, dict):
        return {hidden(name): _texts(entry, hidden) for name, entry in value.items()}
    return [_texts(entry, hidden) for entry in value] if isinstance(value, list) else value


def _count(count: int, of_what: str) -> str:
    return f"{count} {of_what if count == 1 else f'{of_what}s'}"
