"""Export conversations as a notebook that can be read, restored from, and run again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain, count

from nbformat import NotebookNode, v4

from runware_magic.chat.blob_homes import BlobHomes
from runware_magic.chat.conversation import Conversation, VersionedTurn
from runware_magic.chat.record import MIME_TYPE
from runware_magic.chat.saved_outputs import keep
from runware_magic.chat.text import shortened
from runware_magic.chat.turn import Bundle, Turn
from runware_magic.notebook.cell_source import to_cell
from runware_magic.notebook.escape import as_markdown, one_line

_LEGAL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_CELL, _OUTPUT = v4.new_code_cell(), v4.new_output("display_data")


def to_notebook(conversation: Conversation, chats: tuple[str, ...], bundle: Bundle) -> tuple[str, tuple[str, ...]]:
    """Return the text of a valid notebook of nbformat 4.5, and the names of the turns that no cell can ask again.

    The `chats` are written in this order; `bundle` returns what an output shows. Turns without such a cell keep their
    outputs.
    """
    work = _Work(conversation, bundle)
    cells = [cell for chat in chats for cell in work.chat(chat)]
    load = v4.new_code_cell("%load_ext runware_magic", id=work.new_id("load"))
    notebook = v4.new_notebook(cells=[load, *cells], metadata=_METADATA, nbformat_minor=5)
    return v4.writes_json(notebook), tuple(work.not_asked)


class _Work:
    def __init__(self, conversation: Conversation, bundle: Bundle) -> None:
        self._conversation, self._bundle = conversation, bundle
        self._homes: dict[str, str] = {}
        self._ids: set[str] = set()
        self._others = (f"turn-{number}" for number in count())
        self.not_asked: list[str] = []
        self._blob_homes = BlobHomes()

    def chat(self, chat: str) -> Iterator[NotebookNode]:
        """Yield the cells of a chat, without those that an earlier chat contains."""
        places = self._conversation.places(chat)
        new = [(number, place) for number, place in enumerate(places, 1) if place.turn.id not in self._homes]
        if self._homes and new:
            yield v4.new_markdown_cell(self._heading(chat, places), id=self.new_id(f"chat-{chat}"))
        for number, place in new:
            self._homes[place.turn.id] = chat
            yield self._turn(chat, number, place)

    def new_id(self, *wanted: str | None) -> str:
        """Return the first of the wanted ids that is valid and unused, else another."""
        known = chain(wanted, self._others)
        free = next(each for each in known if each and _LEGAL_ID.fullmatch(each) and each not in self._ids)
        self._ids.add(free)
        return free

    def _heading(self, chat: str, places: tuple[VersionedTurn, ...]) -> str:
        shared = next((n for n, place in enumerate(places) if place.turn.id not in self._homes), len(places))
        heading = f"## {as_markdown(one_line(chat))}"
        if not shared:
            return heading
        home = as_markdown(one_line(self._homes[places[0].turn.id]))
        turns = "the first turn" if shared == 1 else f"the first {shared} turns"
        return f"{heading}\n\nContinues after {turns} of {home}. Run `%runware restore` first to continue from there."

    def _turn(self, chat: str, number: int, place: VersionedTurn) -> NotebookNode:
        turn = place.turn
        cell_id = self.new_id(place.cell_id, turn.cell_id, turn.id)
        record = keep(self._conversation, turn, holds=partial(self._holds, cell_id))
        # Each place is saved once, in the cell of its own turn.
        record["places"] = [spot for spot in record["places"] if spot["shown"] == turn.id]
        data = {**self._bundle(turn), MIME_TYPE: record}
        source = to_cell(turn, chat) or self._remark(turn, chat, number)
        # Copies of what nbformat's builders make: they validate each output, which is slower than once for all.
        output = NotebookNode(_OUTPUT, data=data)
        return NotebookNode(_CELL, metadata=NotebookNode(), source=source, id=cell_id, outputs=[output])

    def _holds(self, cell_id: str, digests: Iterable[str]) -> frozenset[str]:
        held, _ = self._blob_homes.claim(cell_id, digests)
        return held

    def _remark(self, turn: Turn, chat: str, number: int) -> str:
        self.not_asked.append(f"{number} of {one_line(chat)}")
        # In ASCII: characters such as U+2028 would end the comment.
        asked = (f"# {shortened(json.dumps(message.to_json()))}" for message in turn.messages)
        return "\n".join(("# No %%runware cell can repeat this exact request:", *asked))
