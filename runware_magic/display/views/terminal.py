"""The view of one answer in a terminal: text is written as it arrives, reasoning is dimmed, and the badge comes last.

A terminal that understands escape sequences shows Markdown; everything else gets the text as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TextIO

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.events import Retrying
from runware_magic.chat.text import one_line, plain
from runware_magic.chat.turn import Turn
from runware_magic.display.render.answer_data import asks_for_data
from runware_magic.display.render.attached import attached_line
from runware_magic.display.render.badge import Badge, status
from runware_magic.display.render.bundle import lines_of, marked, tool_calls
from runware_magic.display.render.json_text import GrowingJsonText
from runware_magic.display.render.sources import sources_lines
from runware_magic.display.render.tool_steps import Card, Step, last_cards, so_far, steps_before
from runware_magic.display.views.repainter import GrowingMarkdown, size_of
from runware_magic.display.views.terminal_calls import CallLines
from runware_magic.display.views.terminal_writer import TerminalWriter
from runware_magic.engine.throttle import DrawCost
from runware_magic.engine.view import Settled


class TerminalView(TerminalWriter):
    """The view of one answer, without reasoning that is ``folded`` or ``hidden``.

    In the background it is written in one piece, between the outputs of other cells.
    """

    hears_choices = False  # it has no buttons

    def __init__(
        self, stream: Callable[[], TextIO], *, colour: bool, reasoning: str = "auto", background: bool = False
    ) -> None:
        super().__init__(stream, colour=colour, tells_errors=background)
        self._shows_reasoning = reasoning not in {"folded", "hidden"}  # a terminal cannot unfold
        self._reasoning = self._content = ""  # what is written
        self._growing: GrowingMarkdown | None = None  # what grows on the screen
        self._grows_content = False
        self._asked: Turn | None = None
        self._json: GrowingJsonText | None = None  # what the answer becomes if it is data
        self._retrying: Retrying | None = None
        self._has_said_attached = False
        self._steps = 0  # that are written
        self._calls = CallLines()

    def open(self, builder: TurnBuilder) -> None:
        """Write only what the prompt, which is right above, has of the notebook."""
        if not self.tells_errors:
            with self._writing():
                self._say_attached(builder.snapshot())

    def draw(self, builder: TurnBuilder, elapsed_s: float) -> DrawCost:
        """Write what has arrived since the last time."""
        if not self.tells_errors:
            with self._writing():
                self._draw_new(builder, elapsed_s)
        return DrawCost(words=True)

    def _draw_new(self, builder: TurnBuilder, elapsed_s: float) -> None:
        if builder.retrying is not None and builder.retrying != self._retrying:
            self._end_text()
            self._say(status(builder, elapsed_s))
        self._retrying = builder.retrying
        steps, now = so_far(builder, elapsed_s)
        self._write_steps(steps)
        if builder.answering and not self._content:
            self._expect(builder.snapshot())
        self._write_new(now.said.reasoning, now.said.content)
        self._say_calls(now.cards)

    def _finish(self, settled: Settled) -> None:
        if settled.variants:
            super()._finish(settled)
            return
        turn = settled.turn
        if self.tells_errors:
            self._say(f"> {one_line(turn.messages[-1].content, 80)}")
        self._say_attached(turn)
        mark = marked(one_line(settled.mark, 400)).rstrip()
        has_streamed = bool(self._reasoning or self._content or self._steps)
        if mark and not has_streamed:
            self._warn(mark)
        self._write_steps(steps_before(turn))
        if not self._content:
            self._expect(turn)
        self._write_new(turn.reasoning, turn.content, ended=True)
        self._say_calls(last_cards(turn))
        if mark and has_streamed:  # its top cannot be changed any more
            self._warn(mark)
        for line in (*map(plain, tool_calls(turn)), *sources_lines(turn.sources)):
            self._say(line)
        for line in (*lines_of(turn, says_why=self.tells_errors), *settled.notes):
            self._say(one_line(line, 400))
        self._say(str(Badge.of(turn, settled.labels, place=settled.place)))

    def _expect(self, turn: Turn) -> None:
        """Prepare for the beginning of an answer."""
        self._asked = turn
        self._begin_content()

    def _begin_content(self) -> None:
        self._content = ""
        turn = self._asked if self._asked and asks_for_data(self._asked) else None
        self._json = GrowingJsonText(turn.schema, fenced=self._shows_markdown) if turn else None

    def _say_attached(self, turn: Turn) -> None:
        line = "" if self._has_said_attached else attached_line(turn)
        self._has_said_attached = True
        if line:
            self._say(plain(line))

    def _write_steps(self, steps: Sequence[Step]) -> None:
        """Write what is missing of steps that have ended."""
        for step in steps[self._steps :]:
            self._write_new(step.said.reasoning, step.said.content, ended=True)
            self._say_calls(step.cards)
            self._steps += 1
            self._reasoning, self._content, self._calls = "", "", CallLines()

    def _say_calls(self, cards: Sequence[Card]) -> None:
        for line in self._calls.new(cards):
            self._end_text()
            self._say(line)

    def _write_new(self, reasoning: str, content: str, *, ended: bool = False) -> None:
        if not content.startswith(self._content):
            # It turned out to be reasoning, or is asked again. What is written stays; what follows begins a line.
            self._end_content()
            if not self._at_line_start:
                self._write("\n")
            self._reasoning = reasoning
            self._begin_content()
        if self._shows_reasoning and len(reasoning) > len(self._reasoning):
            self._write_reasoning(reasoning[len(self._reasoning) :])
            self._reasoning = reasoning
        if len(content) > len(self._content):
            if not self._content and self._reasoning:
                self._end_text()
                self._write("\n" if self._at_line_start else "\n\n")
            self._write_content(content[len(self._content) :])
            self._content = content
        if ended:
            self._end_content()
        self._flush()

    def _end_content(self) -> None:
        if self._json and (rest := self._json.end()):
            self._write_piece(rest)
        self._end_text()

    def _write_reasoning(self, piece: str) -> None:
        if self._shows_markdown:
            self._draw(piece, grows_content=False)
        else:
            # Dimmed piece by piece: an interrupt between two must not leave the terminal dim.
            self._write(f"{self._dim}{plain(piece)}{self._reset}")

    def _write_content(self, piece: str) -> None:
        self._write_piece(self._json.feed(piece) if self._json else piece)

    def _write_piece(self, piece: str) -> None:
        if self._shows_markdown:
            self._draw(piece, grows_content=True)
        else:
            self._write(plain(piece))

    def _draw(self, piece: str, *, grows_content: bool) -> None:
        if self._growing is None or self._grows_content != grows_content:
            self._end_text()
            if not self._at_line_start:
                self._write("\n")
            self._growing = self._growing_markdown(*(() if grows_content else ("dim",)))
            self._grows_content = grows_content
        self._growing.draw(piece, size_of(self._stream()))

    def _leave(self) -> None:
        if self._growing is not None:
            self._growing.leave()

    def _end_text(self) -> None:
        if self._growing is not None:
            self._growing.draw("", size_of(self._stream()), ended=True)
            self._growing = None
