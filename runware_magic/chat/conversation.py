"""The conversations of a notebook: which turns there are, in which order, and what the next request sees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from runware_magic.chat.messages import Message
from runware_magic.chat.turn import COMPLETE, FAILED, Turn

SYSTEM = "system"
#: Stands between the id of a cell and a number, for the second and later questions of one run of that cell.
NTH = "#"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a turn stands in its chat, with all versions of it.

    Attributes
    ----------
    cell_id
        The cell that asks at this place; None where the front end tells no cells.
    versions
        Every answer that was given here, oldest first; at least one.
    shown
        Index of the version that counts.
    order
        A number that grows from place to place of a notebook: a chat lists its places by it.
    """

    cell_id: str | None
    versions: tuple[Turn, ...]
    shown: int = 0
    order: int = 0

    @property
    def turn(self) -> Turn:
        """The version that counts."""
        return self.versions[self.shown]

    def with_version(self, turn: Turn) -> Place:
        """Add a version, or bring one up to date.

        A stopped or failed run does not take the place of a complete version.
        """
        known = [version.id for version in self.versions]
        if turn.id in known:
            at = known.index(turn.id)
            versions = (*self.versions[:at], turn, *self.versions[at + 1 :])
        else:
            at = len(known)
            versions = (*self.versions, turn)
        counts = turn.state == COMPLETE or self.turn.state != COMPLETE
        return replace(self, versions=versions, shown=at if counts else self.shown)

    def holds(self, turn_id: str) -> bool:
        """Tell whether a turn is one of the versions."""
        return any(version.id == turn_id for version in self.versions)


@dataclass(frozen=True, slots=True)
class Conversation:
    """All chats of a notebook, by name. A value: every change gives a new one."""

    chats: Mapping[str, tuple[Place, ...]] = field(default_factory=dict, hash=False)

    def places(self, chat: str) -> tuple[Place, ...]:
        """Give the places of a chat in order; none for a chat that does not exist."""
        return self.chats.get(chat, ())

    def turns(self, chat: str) -> tuple[Turn, ...]:
        """Give the turns of a chat in order, each in the version that counts."""
        return tuple(place.turn for place in self.places(chat))

    def all_turns(self) -> tuple[Turn, ...]:
        """Give every version of every turn, each once."""
        found = {turn.id: turn for places in self.chats.values() for place in places for turn in place.versions}
        return tuple(found.values())

    def place_of(self, chat: str, cell_id: str | None) -> Place | None:
        """Give the place of a cell in a chat, if it has one."""
        at = self._index(chat, cell_id)
        return None if at is None else self.places(chat)[at]

    def before(self, chat: str, cell_id: str | None) -> tuple[Turn, ...]:
        """Give the turns that a cell answers from: those before its own, or all when it has none yet."""
        return self.turns(chat)[: self._index(chat, cell_id)]

    def with_turn(self, turn: Turn) -> Conversation:
        """Keep a turn: at the place of its cell, or at the end of its chat.

        A cell that answers for the first time in a chat, and has a turn in another, moves that turn over with all its
        versions. In a fork both chats keep theirs: they share their past, not their future.
        """
        if turn.chat is None:
            return self
        places = self.places(turn.chat)
        at = self._index(turn.chat, turn.cell_id)
        if at is None:
            at = next((i for i, place in enumerate(places) if place.holds(turn.id)), None)
        if at is not None:
            return self._with_places(turn.chat, (*places[:at], places[at].with_version(turn), *places[at + 1 :]))
        return self._with_new(turn, turn.chat)

    def with_variants(self, variants: tuple[Turn, ...]) -> Conversation:
        """Keep the answers that a cell asked for at once, as versions of one turn: the first whole one counts.

        As with a single answer, none of them takes the place of an earlier whole one unless it is whole itself.
        """
        counts = next((turn for turn in variants if turn.state == COMPLETE), variants[0])
        kept = self.with_turn(counts)
        at = next((i for i, place in enumerate(kept.places(counts.chat or "")) if place.holds(counts.id)), None)
        if counts.chat is None or at is None:
            return self
        places = kept.places(counts.chat)
        new = {turn.id for turn in variants}
        versions = (*(version for version in places[at].versions if version.id not in new), *variants)
        shown = next(i for i, version in enumerate(versions) if version.id == places[at].turn.id)
        place = replace(places[at], versions=versions, shown=shown)
        return kept._with_places(counts.chat, (*places[:at], place, *places[at + 1 :]))  # noqa: SLF001  # another of its own kind

    def with_chosen(self, turn: Turn) -> Conversation:
        """Let this version of its turn count."""
        for number, place in enumerate(self.places(turn.chat or ""), 1):
            ids = [version.id for version in place.versions]
            if turn.chat is not None and turn.id in ids:
                return self.with_shown(turn.chat, number, 1 + ids.index(turn.id))
        return self

    def variants(self, turn: Turn) -> tuple[Turn, ...]:
        """Give all answers of the comparison that a turn belongs to, in order; none where it belongs to none."""
        if turn.variant is None:
            return ()
        place = next((place for place in self.places(turn.chat or "") if place.holds(turn.id)), None)
        found = {
            each.variant.number: each
            for each in (place.versions if place else ())
            if each.variant is not None and each.variant.comparison == turn.variant.comparison
        }
        return tuple(found[number] for number in sorted(found))

    def with_shown(self, chat: str, number: int, version: int) -> Conversation:
        """Let another version of a turn count; numbers and versions count from 1."""
        places = self.places(chat)
        chosen = replace(places[number - 1], shown=version - 1)
        return self._with_places(chat, (*places[: number - 1], chosen, *places[number:]))

    def forked(self, chat: str, name: str, number: int | None = None) -> Conversation:
        """Let a new chat share the first turns of another: all, or up to this number."""
        return self._with_places(name, self.places(chat)[:number])

    def without_last(self, chat: str) -> Conversation:
        """Forget the last turn of a chat, with all its versions."""
        return self._with_places(chat, self.places(chat)[:-1])

    def without(self, chat: str) -> Conversation:
        """Forget a chat."""
        return Conversation({name: places for name, places in self.chats.items() if name != chat})

    def merged(self, older: Conversation) -> Conversation:
        """Take in another conversation's turns, before those that are here; what is here already stays as it is."""
        after = older.next_order()
        chats = {
            name: tuple(replace(place, order=place.order + after) for place in places)
            for name, places in self.chats.items()
        }
        for name, places in older.chats.items():
            here = {version.id for place in self.places(name) for version in place.versions}
            new = [place for place in places if not any(version.id in here for version in place.versions)]
            chats[name] = (*new, *chats.get(name, ()))
        return Conversation(chats)

    def next_order(self) -> int:
        """Give a number that is larger than every place's."""
        return 1 + max((place.order for places in self.chats.values() for place in places), default=0)

    def _with_new(self, turn: Turn, chat: str) -> Conversation:
        moved = self._elsewhere(turn, chat) if turn.state == COMPLETE else None
        new = Place(turn.cell_id, (turn,), order=self.next_order())
        if moved is None:
            return self._with_places(chat, (*self.places(chat), new))
        home, place = moved
        left = tuple(other for other in self.places(home) if other is not place)
        new = replace(new, versions=(*place.versions, turn), shown=len(place.versions))
        return Conversation({**self.chats, home: left, chat: (*self.places(chat), new)})

    def _elsewhere(self, turn: Turn, chat: str) -> tuple[str, Place] | None:
        for name in self.chats:
            place = self.place_of(name, turn.cell_id)
            if name != chat and place is not None:
                return name, place
        return None

    def _index(self, chat: str, cell_id: str | None) -> int | None:
        if cell_id is None:
            return None
        return next((i for i, place in enumerate(self.places(chat)) if place.cell_id == cell_id), None)

    def _with_places(self, chat: str, places: tuple[Place, ...]) -> Conversation:
        return Conversation({**self.chats, chat: places})


def added(messages: tuple[Message, ...], before: Iterable[Turn], system: str) -> tuple[Message, ...]:
    """Give what a cell adds to its chat: its messages, led by the default system message where none holds yet.

    Parameters
    ----------
    messages
        The messages of the cell.
    before
        The turns that it answers from.
    system
        What a chat starts with when nobody says otherwise; may be empty.
    """
    told = any(message.role == SYSTEM for turn in before if turn.state != FAILED for message in turn.messages)
    if not system or told or any(message.role == SYSTEM for message in messages):
        return messages
    return (Message(SYSTEM, system), *messages)


def context(before: Iterable[Turn], messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """Give all messages of a request: the system message in force, the exchanges before, and the new messages.

    A turn that brings system messages sets them for the chat from there on; whatever came before is replaced, and
    they go first, since endpoints want them there. Failed and empty answers are left out with their questions.

    Parameters
    ----------
    before
        The turns that the new messages are asked after, in order.
    messages
        What is asked now.
    """
    system: tuple[Message, ...] = ()
    history: list[Message] = []
    for turn in before:
        if turn.state != FAILED:
            system = _system(turn.messages) or system
        if turn.answers:
            history += [message for message in turn.messages if message.role != SYSTEM]
            history.append(Message("assistant", turn.content))
    system = _system(messages) or system
    return (*system, *history, *(message for message in messages if message.role != SYSTEM))


def _system(messages: Iterable[Message]) -> tuple[Message, ...]:
    return tuple(message for message in messages if message.role == SYSTEM)
