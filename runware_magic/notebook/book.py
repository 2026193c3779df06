"""Conversations as a notebook: it can be read, restored from, and run again."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import nbformat
from nbformat import NotebookNode, v4

from runware_magic.chat.archive import Keeper
from runware_magic.chat.conversation import Conversation, Place
from runware_magic.chat.record import MIME_TYPE
from runware_magic.chat.turn import Turn
from runware_magic.notebook.cells import to_cell
from runware_magic.notebook.literal import as_markdown, one_line

#: Gives what a turn shows, by MIME type.
Bundle = Callable[[Turn], dict[str, Any]]

_LEGAL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def to_notebook(conversation: Conversation, chats: tuple[str, ...], bundle: Bundle) -> tuple[str, tuple[str, ...]]:
    """Give the text of a notebook of nbformat 4.5, validated.

    Parameters
    ----------
    conversation
        The chats.
    chats
        Those to write, in this order.
    bundle
        Gives what the outputs show.

    Returns
    -------
    tuple
        The text; and the names of the turns that no cell can ask again exactly. These keep their outputs.
    """
    work = _Work(conversation, bundle)
    cells = [cell for chat in chats for cell in work.chat(chat)]
    load = v4.new_code_cell("%load_ext runware_magic", id=work.new_id("load"))
    notebook = v4.new_notebook(cells=[load, *cells], metadata=_METADATA, nbformat_minor=5)
    nbformat.validate(notebook)
    return nbformat.writes(notebook), tuple(work.not_asked)


class _Work:
    def __init__(self, conversation: Conversation, bundle: Bundle) -> None:
        self._conversation, self._bundle = conversation, bundle
        self._keeper = Keeper(conversation)
        self._homes: dict[str, str] = {}
        self._ids: set[str] = set()
        self.not_asked: list[str] = []

    def chat(self, chat: str) -> Iterator[NotebookNode]:
        """Give the cells of a chat, without those that another chat has shown already."""
        places = self._conversation.places(chat)
        new = [(number, place) for number, place in enumerate(places, 1) if place.turn.id not in self._homes]
        if self._homes and new:
            yield v4.new_markdown_cell(self._heading(chat, places), id=self.new_id(f"chat-{chat}"))
        for number, place in new:
            self._homes[place.turn.id] = chat
            yield self._turn(chat, number, place)

    def new_id(self, *wanted: str | None) -> str:
        """Give the first of the wanted ids that is legal and free, else another."""
        others = (f"turn-{number}" for number in range(len(self._ids) + 1))
        free = next(each for each in (*wanted, *others) if each and _LEGAL_ID.fullmatch(each) and each not in self._ids)
        self._ids.add(free)
        return free

    def _heading(self, chat: str, places: tuple[Place, ...]) -> str:
        shared = next((n for n, place in enumerate(places) if place.turn.id not in self._homes), len(places))
        heading = f"## {as_markdown(one_line(chat))}"
        if not shared:
            return heading
        home = as_markdown(one_line(self._homes[places[0].turn.id]))
        turns = "the first turn" if shared == 1 else f"the first {shared} turns"
        return f"{heading}\n\nGoes on after {turns} of {home}: `%runware restore` first to ask on from there."

    def _turn(self, chat: str, number: int, place: Place) -> NotebookNode:
        turn = place.turn
        data = {**self._bundle(turn), MIME_TYPE: self._record(turn)}
        cell: NotebookNode = v4.new_code_cell(
            to_cell(turn, chat) or self._remark(turn, chat, number),
            id=self.new_id(place.cell_id, turn.cell_id, turn.id),
            outputs=[v4.new_output("display_data", data=_finite(data))],
        )
        return cell

    def _record(self, turn: Turn) -> dict[str, Any]:
        """Give the record with the places that show this turn: each is told once, by the cell that stands for it."""
        record = self._keeper.keep(turn)
        return {**record, "places": [place for place in record["places"] if place["shown"] == turn.id]}

    def _remark(self, turn: Turn, chat: str, number: int) -> str:
        self.not_asked.append(f"{number} of {one_line(chat)}")
        # In ASCII, since a comment ends at line ends that are none to the eye.
        asked = (f"# {json.dumps(message.to_json())}" for message in turn.messages)
        return "\n".join(("# No %%runware cell asks exactly this again:", *asked))


def _finite(value: Any) -> Any:  # noqa: ANN401  # any JSON
    """Put null in place of the numbers that JSON has no word for, and Python reads and writes all the same."""
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
