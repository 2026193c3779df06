"""Tool calls in a terminal, where each line is written once: when a call begins, and when it has ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runware_magic.chat.draft import RUNNING, WAITING, WRITING
from runware_magic.display.render.tool_lines import argument_lines, call_line, result_lines
from runware_magic.display.render.tool_steps import Card


class CallLines:
    """What is written of the calls of a reply."""

    def __init__(self) -> None:
        self._begun: set[int] = set()
        self._ended: set[int] = set()

    def new(self, cards: Sequence[Card]) -> Iterator[str]:
        """Yield the lines that are new, each of plain text."""
        for at, card in enumerate(cards):
            if card.state == WRITING:
                continue
            has_ended = card.state not in {WAITING, RUNNING}
            begins = at not in self._begun
            if begins:
                self._begun.add(at)
                yield f"{call_line(card)}  {card.told}" if has_ended else call_line(card)
                yield from argument_lines(card)
            if has_ended and at not in self._ended:
                self._ended.add(at)
                if not begins:
                    yield f"← {card.name}  {card.told}"
                yield from result_lines(card)
