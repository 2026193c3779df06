"""The conversations of a notebook: their turns, the order of these, and which of them the next request includes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from operator import attrgetter, itemgetter

from runware_magic.chat.index import Index
from runware_magic.chat.messages import SYSTEM, Message
from runware_magic.chat.turn import COMPLETE, FAILED, Turn

#: Separates the id of a cell from a number, for the second and later questions of one run of that cell.
NTH = "#"
#: A turn's chat, its number there from 1, and its place.
Spot = tuple[str, int, "VersionedTurn"]


@dataclass(frozen=True, slots=True)
class VersionedTurn:
    """A turn's place in its chat, with all versions of the turn."""

    cell_id: str | None  # None if the front end does not tell
    versions: tuple[Turn, ...]  # oldest first; at least one
    shown: int = 0  # the index of the version in use
    order: int = 0  # grows from place to place of the notebook

    @property
    def turn(self) -> Turn:
        """The version in use."""
        return self.versions[self.shown]

    def with_version(self, turn: Turn) -> VersionedTurn:
        """Return the place with a version added or updated. A stopped or failed run never replaces a complete one."""
        versions = {version.id: version for version in (*self.versions, turn)}
        counts = turn.state == COMPLETE or self.turn.state != COMPLETE
        shown = list(versions).index(turn.id) if counts else self.shown
        return replace(self, versions=tuple(versions.values()), shown=shown)

    def holds(self, turn_id: str) -> bool:
        """Whether a turn is one of the versions."""
        return any(version.id == turn_id for version in self.versions)


@dataclass(frozen=True, slots=True)
class Conversation:
    """All chats of a notebook, by name. Immutable: every change returns a new one.

    All conversations derived from one share its `index`.
    """

    chats: Mapping[str, tuple[VersionedTurn, ...]] = field(default_factory=dict, hash=False)
    index: Index = field(default_factory=Index, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.index.is_new:
            for chat, places in self.chats.items():
                self.index.put_all(chat, places)

    def places(self, chat: str) -> tuple[VersionedTurn, ...]:
        """Return the places of a chat in order; none for a chat that does not exist."""
        return self.chats.get(chat, ())

    def turns(self, chat: str) -> tuple[Turn, ...]:
        """Return the turns of a chat in order, each in the version in use."""
        return tuple(place.turn for place in self.places(chat))

    def all_turns(self) -> tuple[Turn, ...]:
        """Return every version of every turn, each once."""
        found = {turn.id: turn for places in self.chats.values() for place in places for turn in place.versions}
        return tuple(found.values())

    def place_of(self, chat: str, cell_id: str | None, again: str | None = None) -> VersionedTurn | None:
        """Return the place of a cell in a chat, as `index_of` finds it, or None."""
        at = self.index_of(chat, cell_id, again)
        return None if at is None else self.places(chat)[at]

    def index_of(self, chat: str, cell_id: str | None, again: str | None = None) -> int | None:
        """Return the index of a cell's place in a chat, from 0, or None; `again` names a turn of the place instead."""
        if again is not None:
            return self.index_of_turn(chat, again)
        if cell_id is None:
            return None
        hint = self.index.of_cell(cell_id).get(chat)
        return self._found(chat, hint, lambda place: place.cell_id == cell_id)

    def index_of_turn(self, chat: str, turn_id: str) -> int | None:
        """Return the index of the place that holds a turn, from 0, or None."""
        return self._found(chat, self.index.of_turn(turn_id).get(chat), lambda place: place.holds(turn_id))

    def spots(self, turn: Turn) -> list[Spot]:
        """Return the places that hold a turn, and all other places of the same cells, in the order of the chats."""
        found = {
            (chat, at) for chat in self.index.of_turn(turn.id) if (at := self.index_of_turn(chat, turn.id)) is not None
        }
        # A cell has one output, even if its place in a fork has other versions than in the original chat.
        for cell_id in {turn.cell_id, *(self.places(chat)[at].cell_id for chat, at in found)}:
            for chat in self.index.of_cell(cell_id):
                if (at := self.index_of(chat, cell_id)) is not None:
                    found.add((chat, at))
        ranks = {chat: rank for rank, chat in enumerate(self.chats)} if len(found) > 1 else {}
        return [
            (chat, at + 1, self.places(chat)[at])
            for chat, at in sorted(found, key=lambda spot: (ranks.get(spot[0], 0), spot[1]))
        ]

    def before(self, chat: str, cell_id: str | None, again: str | None = None) -> tuple[Turn, ...]:
        """Return the turns before a cell's own, or all turns of the chat if the cell has none yet."""
        return tuple(place.turn for place in self.places(chat)[: self.index_of(chat, cell_id, again)])

    def with_turn(self, turn: Turn) -> Conversation:
        """Return the conversation with a turn added: at the place of its cell, or at the end of its chat.

        A turn without a cell takes the place of the version that it supersedes. When a cell answers for the first time
        in a chat and has a turn in another, all versions of that turn move to the new chat. In a fork both chats keep
        theirs. Other choices of the same request become further versions.
        """
        if turn.chat is None:
            return self
        places = self.places(turn.chat)
        at = self.index_of(turn.chat, turn.cell_id)
        for name in (turn.id, turn.supersedes):
            if at is None and name is not None:
                at = self.index_of_turn(turn.chat, name)
        if at is None:
            return self._with_new(turn, turn.chat)._with_choices(turn.chat, turn)  # noqa: SLF001  # another of its own kind
        place = places[at].with_version(turn)
        fits = self.index.put(turn.chat, at, place.cell_id, (turn,))
        kept = self._with_places(turn.chat, (*places[:at], place, *places[at + 1 :]), fits=fits)
        return kept._with_choices(turn.chat, turn)  # noqa: SLF001  # as above

    def _with_choices(self, chat: str, turn: Turn) -> Conversation:
        """Return the conversation with the other choices of a turn as further versions of it."""
        at = self.index_of_turn(chat, turn.id)
        if at is None or not turn.other_choices:
            return self
        places = self.places(chat)
        versions = {version.id: version for version in (*places[at].versions, *turn.other_choices)}
        place = replace(places[at], versions=tuple(versions.values()))
        fits = self.index.put(chat, at, place.cell_id, turn.other_choices)
        return self._with_places(chat, (*places[:at], place, *places[at + 1 :]), fits=fits)

    def with_variants(self, variants: tuple[Turn, ...]) -> Conversation:
        """Return the conversation with the answers of a comparison as versions of one turn.

        The first whole one is used. None of them replaces an earlier whole answer unless it is whole itself.
        """
        counts = first_whole(variants)
        kept = self.with_turn(counts)
        at = kept.index_of_turn(counts.chat or "", counts.id)
        if counts.chat is None or at is None:
            return self
        places = kept.places(counts.chat)
        new = {turn.id for turn in variants}
        versions = (*(version for version in places[at].versions if version.id not in new), *variants)
        shown = next(i for i, version in enumerate(versions) if version.id == places[at].turn.id)
        place = replace(places[at], versions=versions, shown=shown)
        fits = kept.index.put(counts.chat, at, place.cell_id, variants)
        return kept._with_places(counts.chat, (*places[:at], place, *places[at + 1 :]), fits=fits)  # noqa: SLF001  # another of its own kind

    def with_chosen(self, turn: Turn) -> Conversation:
        """Return the conversation with this version of its turn in use."""
        at = None if turn.chat is None else self.index_of_turn(turn.chat, turn.id)
        if turn.chat is None or at is None:
            return self
        ids = [version.id for version in self.places(turn.chat)[at].versions]
        return self.with_shown(turn.chat, 1 + at, 1 + ids.index(turn.id))

    def variants(self, turn: Turn) -> tuple[Turn, ...]:
        """Return all answers of the comparison that a turn belongs to, in order; none where it belongs to none."""
        at = None if turn.variant is None else self.index_of_turn(turn.chat or "", turn.id)
        if turn.variant is None or at is None:
            return ()
        found = {
            each.variant.number: each
            for each in self.places(turn.chat or "")[at].versions
            if each.variant is not None and each.variant.comparison == turn.variant.comparison
        }
        return tuple(found[number] for number in sorted(found))

    def with_shown(self, chat: str, number: int, version: int) -> Conversation:
        """Return the conversation with another version of a turn in use; numbers and versions count from 1."""
        places = self.places(chat)
        chosen = replace(places[number - 1], shown=version - 1)
        return self._with_places(chat, (*places[: number - 1], chosen, *places[number:]))

    def forked(self, chat: str, name: str, number: int | None = None) -> Conversation:
        """Return the conversation with a new chat that shares the first turns of another: all, or up to this number."""
        places = self.places(chat)[:number]
        self.index.put_all(name, places)
        return self._with_places(name, places)

    def without_last(self, chat: str) -> Conversation:
        """Return the conversation without the last turn of a chat."""
        return self._with_places(chat, self.places(chat)[:-1])

    def without(self, chat: str) -> Conversation:
        """Return the conversation without a chat."""
        return Conversation({name: places for name, places in self.chats.items() if name != chat}, self.index)

    def merged(self, older: Conversation) -> Conversation:
        """Return the conversation with the turns of an older one before its own; turns that are here already stay."""
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

    def latest_chat(self, current: str) -> str:
        """Return the chat that has the newest turn; the current one if it has that too, or if there is none."""
        last = {name: places[-1].order for name, places in self.chats.items() if places}
        return max(last, key=lambda name: (last[name], name == current), default=current)

    def next_order(self) -> int:
        """Return a number larger than the order of every place."""
        last = map(itemgetter(-1), filter(None, self.chats.values()))
        return 1 + max(map(attrgetter("order"), last), default=0)

    def _with_new(self, turn: Turn, chat: str) -> Conversation:
        moved = self._elsewhere(turn, chat) if turn.state == COMPLETE else None
        places = self.places(chat)
        new = VersionedTurn(turn.cell_id, (turn,), order=self.next_order())
        fits = self.index.put(chat, len(places), turn.cell_id, (turn,))
        if moved is None:
            return self._with_places(chat, (*places, new), fits=fits)
        home, place = moved
        left = tuple(other for other in self.places(home) if other is not place)
        new = replace(new, versions=(*place.versions, turn), shown=len(place.versions))
        self.index.put_all(home, left)
        self.index.put(chat, len(places), turn.cell_id, place.versions)
        return self._with_places(home, left, fits=fits)._with_places(chat, (*places, new), fits=fits)  # noqa: SLF001  # as above

    def _elsewhere(self, turn: Turn, chat: str) -> tuple[str, VersionedTurn] | None:
        homes = {name for name in self.index.of_cell(turn.cell_id) if name != chat}
        for name in self.chats if len(homes) > 1 else homes:
            place = self.place_of(name, turn.cell_id) if name in homes else None
            if place is not None:
                return name, place
        return None

    def _found(self, chat: str, hint: int | None, fits: Callable[[VersionedTurn], bool]) -> int | None:
        places = self.places(chat)
        if hint is None or (hint < len(places) and fits(places[hint])):
            return hint
        return next((at for at, place in enumerate(places) if fits(place)), None)

    def _with_places(self, chat: str, places: tuple[VersionedTurn, ...], *, fits: bool = True) -> Conversation:
        chats = {**self.chats, chat: places}
        # If a derived conversation has a different turn under this id, they can no longer share an index.
        return Conversation(chats, self.index) if fits else Conversation(chats)


def added(messages: tuple[Message, ...], before: Iterable[Turn], system: str) -> tuple[Message, ...]:
    """Return the messages that a cell adds to its chat, with the default system message if the chat has none."""
    if not system or any(message.is_instruction for message in messages):
        return messages
    told = any(turn.system_messages for turn in before if turn.state != FAILED)
    return messages if told else (Message(SYSTEM, system), *messages)


def context(before: Iterable[Turn], messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """Return all messages of a request: current system message, earlier questions and answers, new messages.

    A turn's system messages replace earlier ones, and go first, as endpoints require. Failed and empty answers are left
    out together with their questions.
    """
    system: tuple[Message, ...] = ()
    history: list[Message] = []
    for turn in before:
        if turn.system_messages and turn.state != FAILED:
            system = turn.system_messages
        history += turn.exchange
    system = tuple(message for message in messages if message.is_instruction) or system
    return (*system, *history, *(message for message in messages if not message.is_instruction))


def first_whole(turns: Iterable[Turn]) -> Turn:
    """Return the first whole answer; if there is none, the first complete one, or else the first."""
    return min(turns, key=lambda turn: (turn.state != COMPLETE, not turn.is_whole))
