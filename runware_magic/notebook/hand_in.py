"""Write a notebook's chats as one page for a teacher: all versions of every turn, changes, time and cost."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from runware_magic.chat.conversation import Conversation, VersionedTurn
from runware_magic.chat.lineage import stale
from runware_magic.chat.part_records import bytes_of
from runware_magic.chat.record import from_record, to_record
from runware_magic.chat.text import counted, with_texts
from runware_magic.chat.turn import Turn
from runware_magic.errors import UsageError
from runware_magic.notebook.atomic_write import check, write_whole
from runware_magic.notebook.escape import as_html, one_line
from runware_magic.notebook.html_page import answered, page, prompts

_MOST_DIFFERENCES = 50  # versions whose differences are shown


@dataclass(frozen=True, slots=True)
class Faces:
    """Functions that return safe HTML with inline styles that use JupyterLab's variables."""

    turn: Callable[[Turn], str]
    comparison: Callable[[Sequence[Turn], Turn | None], str]  # of answers asked for at once, and the one that counts
    versions: Callable[[VersionedTurn, int], str]  # the changes between a turn's versions, with its number
    costs: Callable[[Sequence[Turn]], str]  # of answers together, in words; empty if none is known


def write(  # noqa: PLR0913  # what to write, how it shows, where it may go
    path: Path,
    conversation: Conversation,
    *,
    chats: Sequence[str],
    faces: Faces,
    anonymize: Callable[[str], str],
    open_notebook: Path | None,
    force: bool,
) -> str:
    """Write chats to an HTML page, completely or not at all; return what was written, in one line.

    `anonymize` returns a text without keys and paths of folders. `open_notebook`, if it is known, names the page and is
    never written to. Raise UsageError if there is nothing to write, or the file must not or cannot be written.
    """
    if path.suffix.lower() not in {".html", ".htm"}:
        msg = f"A hand-in must be an .html file, not {path.suffix or 'a file without suffix'}."
        raise UsageError(msg, "%runware hand-in work.html")
    check(path, force=force, open_notebook=open_notebook)
    chats = [chat for chat in chats if conversation.places(chat)]
    if not chats:
        msg = "There are no turns to hand in."
        raise UsageError(msg, "Ask something first, or %runware restore.")
    title = open_notebook.stem if open_notebook else path.stem
    handed_in = {anonymize(chat): _anonymized(conversation.places(chat), anonymize) for chat in chats}
    work = _Work(Conversation(handed_in), faces)
    write_whole(path, page(anonymize(title), work.about(), "\n".join(work.chat(anonymize(chat)) for chat in chats)))
    of = f"chat {one_line(chats[0])}" if len(chats) == 1 else f"{len(chats)} chats"
    held = f"{counted(work.turns, 'turn')} of {of}, {counted(work.answers, 'answer')} in total,"
    return f"Wrote {held} to {one_line(str(path))}."


class _Work:
    def __init__(self, conversation: Conversation, faces: Faces) -> None:
        self._conversation, self._faces = conversation, faces
        self._homes: dict[str, str] = {}  # of turns that a chat has shown
        self.turns = self.answers = 0

    def about(self) -> str:
        """Return the totals of all chats in a line."""
        turns = self._conversation.all_turns()
        days = sorted({day for turn in turns if (day := one_line(turn.timing.started)[:10])})
        when = days[:1] if len(days) == 1 else [f"{days[0]} to {days[-1]}"] if days else []
        models = dict.fromkeys(one_line(turn.model) for turn in turns)
        return " · ".join((counted(len(turns), "answer"), *when, *models, *self._took(turns)))

    def chat(self, chat: str) -> str:
        """Return a chat; turns that an earlier chat contains are only mentioned."""
        places = self._conversation.places(chat)
        marks = stale(self._conversation, chat)
        parts = [f'<h2 dir="auto">{as_html(one_line(chat))}</h2>']
        shared = [place for place in places if place.turn.id in self._homes]
        if shared:
            home = as_html(one_line(self._homes[shared[0].turn.id]))
            which = "The first turn is" if len(shared) == 1 else f"The first {len(shared)} turns are"
            parts.append(f'<p class="about">{which} shown above, in chat {home}.</p>')
        for number, (place, mark) in enumerate(zip(places, marks, strict=True), 1):
            if place.turn.id not in self._homes:
                self._homes[place.turn.id] = chat
                parts.append(self._turn(number, place, mark))
        return "\n".join(parts)

    def _turn(self, number: int, place: VersionedTurn, mark: str) -> str:
        groups = _groups(place)
        shown = next(group for group in groups if place.turn in group)
        self.turns, self.answers = self.turns + 1, self.answers + len(place.versions)
        facts = (str(number), _when(place.turn), one_line(mark), *self._took(place.versions))
        head = f'<h3 class="number">{as_html(" · ".join(fact for fact in facts if fact))}</h3>'
        parts = (head, *prompts(place.turn), self._answer(shown, place.turn), *self._others(number, place, groups))
        return "\n".join(("<section>", *parts, "</section>"))

    def _answer(self, group: Sequence[Turn], counts: Turn | None) -> str:
        return answered(self._faces.turn(group[0]) if len(group) == 1 else self._faces.comparison(group, counts))

    def _others(self, number: int, place: VersionedTurn, groups: Sequence[Sequence[Turn]]) -> Iterator[str]:
        """Yield the other runs of a cell, folded: the changes from each to the next, and each of them."""
        if len(groups) == 1:
            return
        # Answers that were asked for at once are compared above, and count as one here.
        runs = [place.turn if place.turn in group else group[0] for group in groups]
        first = max(0, len(runs) - _MOST_DIFFERENCES)
        latest = replace(place, versions=tuple(runs[first:]), shown=max(0, runs.index(place.turn) - first))
        yield _folded(f"{len(runs)} versions: what changed", answered(self._faces.versions(latest, number)))
        for at, (run, group) in enumerate(zip(runs, groups, strict=True), 1):
            if run is not place.turn:
                told = "\n".join((*prompts(run), self._answer(group, None)))
                yield _folded(" · ".join(part for part in (f"Version {at}", _when(run)) if part), told)

    def _took(self, turns: Iterable[Turn]) -> Iterator[str]:
        turns = tuple(turns)
        costs = self._faces.costs(turns)
        missing = sum(turn.cost is None and not turn.counts_elsewhere for turn in turns)
        unknown = f" ({counted(missing, 'answer')} not reported)" if missing else ""
        yield f"{costs}{unknown}" if costs else "cost unknown"
        seconds = [turn.timing.total_s for turn in turns if turn.timing.total_s is not None]
        if seconds:
            yield f"{math.fsum(seconds):.1f} s"


def _groups(place: VersionedTurn) -> list[list[Turn]]:
    """Return the versions of a turn by the run of its cell: answers that were asked for at once are one group."""
    groups: dict[tuple[str, str], list[Turn]] = {}
    for turn in place.versions:
        run = ("comparison", turn.variant.comparison) if turn.variant else ("turn", turn.id)
        groups.setdefault(run, []).append(turn)
    return list(groups.values())


def _when(turn: Turn) -> str:
    return one_line(turn.timing.started).replace("T", " ").replace("Z", " UTC")


def _folded(summary: str, inside: str) -> str:
    return f'<details class="other"><summary>{as_html(summary)}</summary>\n{inside}\n</details>'


def _anonymized(places: Iterable[VersionedTurn], anonymize: Callable[[str], str]) -> tuple[VersionedTurn, ...]:
    return tuple(replace(place, versions=tuple(_seen(turn, anonymize) for turn in place.versions)) for place in places)


def _seen(turn: Turn, anonymize: Callable[[str], str]) -> Turn:
    # Through the record, which contains every text of a turn: fields that are added later are included.
    # Without the bytes of pictures and files, in which it would be chance to find a path.
    record, blobs = to_record(turn, blobs=False), bytes_of(turn.messages)
    try:
        return from_record(with_texts(record, anonymize), blobs, [])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        msg = f"A turn of chat {one_line(str(turn.chat))} cannot be written: {error}."
        raise UsageError(msg, "Leave out its chat: --chat NAME hands in only one chat.") from None
