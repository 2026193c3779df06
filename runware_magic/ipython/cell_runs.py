"""Which run of which cell asked: its number, and the page that showed it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from runware_magic.chat.conversation import VersionedTurn
from runware_magic.chat.turn import Turn


@dataclass(frozen=True, slots=True)
class Run:
    """The last run of a cell."""

    number: int  # as in ``In [3]``; 0 where the cell is not kept
    page: str | None  # of the front end; None for a console


class CellRuns:
    """The last run of each cell that has asked in this kernel.

    A page that is loaded anew drops what would show in the outputs of its earlier self. It shows what the saved
    notebook holds, so that an answer which is not there is lost to it. ``shown`` returns the turn that the output of a
    cell shows, ``saved`` the ids of those in the file, or None where the front end does not tell which one it is.
    """

    def __init__(self, shown: Callable[[str], Turn | None], saved: Callable[[], frozenset[str] | None]) -> None:
        self._shown, self._saved = shown, saved
        self._runs: dict[str, Run] = {}  # by cell, or by turn where the front end tells no cell
        # By cell: the page that an answer was to show on, and the turn that showed there before.
        self._asked: dict[str, tuple[str, Turn | None]] = {}
        self.lost: dict[str, Turn] = {}  # by cell

    def began(self, cell_id: str, run: Run) -> None:
        """Note that a cell asks."""
        self._runs[cell_id] = run
        self.lost.pop(cell_id, None)
        if run.page is not None:
            self._asked[cell_id] = run.page, self._shown(cell_id)

    def ended(self, turns: tuple[Turn, ...], run: Run) -> None:
        """Note the answers of a cell without an id."""
        self._runs |= {turn.id: run for turn in turns if turn.cell_id is None}

    def prompt_of(self, place: VersionedTurn) -> str:
        """Return the prompt beside the cell of a turn, such as ``In [3]``; empty if it is not known."""
        run = self._runs.get(place.cell_id or place.turn.id)
        return f"In [{run.number}]" if run and run.number else ""

    def look(self, page: str | None, cell_id: str | None = None) -> tuple[Turn, ...]:
        """Return the answers that turn out to be lost to this page, each once; not that of the cell that asks now."""
        ended = {}
        for cell, (before, earlier) in self._asked.items():
            turn = None if page in {None, before} else self._shown(cell)
            if turn is not None and turn is not earlier:
                ended[cell] = turn
        for cell in ended:
            del self._asked[cell]
        saved = self._saved() if ended else None
        if saved is None:
            return ()
        lost = {cell: turn for cell, turn in ended.items() if turn.id not in saved}
        self.lost |= lost
        return tuple(turn for cell, turn in lost.items() if cell != cell_id)


def lost_notice(count: int, number: int | None) -> str:
    """Return what to tell about answers that are lost to the page; `number` is that of the only turn, if it has one."""
    what, it = ("an answer was", "it") if count == 1 else (f"{count} answers were", "them")
    where = "its own cell" if count == 1 else "each one's own cell"
    command = f"%runware answer {number}" if number else "%runware answer"
    return (
        f"This page was reloaded before {what} saved. {command} shows {it} again, and so does {where} with --keep; "
        "both are free."
    )


def new_chat_notice(saved: int) -> str:
    """Return what to tell where a chat begins in a notebook that holds turns."""
    what, it = ("the saved turn", "it") if saved == 1 else (f"the {saved} saved turns", "them")
    return f"This begins a new chat, without {what} of this notebook: %runware restore loads {it}."
