"""The view of a terminal: text as it comes, the reasoning dimmed, the badge last."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from runware_magic.chat.events import Retrying
from runware_magic.chat.turn import Draft, Turn
from runware_magic.display.badge import SEPARATOR, badge, status
from runware_magic.display.bundle import lines_of, refusal
from runware_magic.display.comparison import settled_bundle
from runware_magic.display.plain import one_line, plain
from runware_magic.display.view import Settled
from runware_magic.pace import Drawn

_DIM, _RESET = "\x1b[2m", "\x1b[0m"
_HIDES_REASONING = {"folded", "hidden"}


class TerminalView:
    """Writes a turn to a stream.

    Parameters
    ----------
    stream
        Gives where to, each time.
    colour
        Whether it understands escape sequences: false for a file or a pipe.
    reasoning
        ``folded`` and ``hidden`` leave it out: there is nothing to unfold it with.
    background
        Whether the answer goes on while other cells run: it is written in one piece then, between theirs.
    """

    def __init__(
        self, stream: Callable[[], TextIO], *, colour: bool, reasoning: str = "auto", background: bool = False
    ) -> None:
        self.tells_errors = background
        self._stream = stream
        self._dim, self._reset = (_DIM, _RESET) if colour else ("", "")
        self._shows_reasoning = reasoning not in _HIDES_REASONING
        self._reasoning = self._content = ""  # what is written
        self._at_line_start = True
        self._settled = False
        self._retrying: Retrying | None = None

    def open(self, draft: Draft) -> None:
        """Do nothing: the prompt is right above, and the answer comes right below."""

    def draw(self, draft: Draft, elapsed_s: float) -> Drawn:
        """Write what has come since: nothing is written twice."""
        if not self.tells_errors:
            self._write_on(draft, elapsed_s)
        return Drawn(words=True)

    def farewell(self, ended: Turn | BaseException) -> None:
        """Do nothing: what is written stays."""

    def settle(self, settled: Settled) -> None:
        """Write the rest, the remarks and the badge, once: what is written cannot be changed."""
        if self._settled:
            return
        self._settled = True
        if settled.variants:
            self._write(f"{settled_bundle(settled)['text/plain']}\n")
            return
        turn = settled.turn
        if self.tells_errors:
            self._say(f"> {one_line(turn.messages[-1].content, 80)}")
        self._write_new(turn.reasoning, turn.content)
        for call in turn.reply.tool_calls:
            self._say(plain(f"{call.name}({call.arguments})"))
        for line in (*lines_of(turn, says_why=self.tells_errors), *settled.notes):
            self._say(one_line(line, 400))
        self._say(SEPARATOR.join(badge(turn, settled.labels)))

    def refuse(self, model: str, error: BaseException) -> None:
        """Write that there is no answer."""
        self._say(refusal(model, error, says_why=self.tells_errors)["text/plain"])

    def _write_on(self, draft: Draft, elapsed_s: float) -> None:
        if draft.retrying is not None and draft.retrying != self._retrying:
            self._say(status(draft, elapsed_s))
        self._retrying = draft.retrying
        self._write_new(draft.reasoning, draft.content)

    def _write_new(self, reasoning: str, content: str) -> None:
        if not content.startswith(self._content):
            # It turned out to be reasoning, and cannot be written again.
            self._reasoning, self._content = reasoning, ""
        if self._shows_reasoning and len(reasoning) > len(self._reasoning):
            # Dimmed piece by piece: an interrupt between two must not leave the terminal dim.
            self._write(f"{self._dim}{plain(reasoning[len(self._reasoning) :])}{self._reset}")
            self._reasoning = reasoning
        if len(content) > len(self._content):
            if not self._content and self._reasoning:
                self._write("\n" if self._at_line_start else "\n\n")
            self._write(plain(content[len(self._content) :]))
            self._content = content
        self._stream().flush()

    def _say(self, line: str) -> None:
        if not self._at_line_start:
            self._write("\n")
        self._write(f"{self._dim}{line}{self._reset}\n")
        self._stream().flush()

    def _write(self, text: str) -> None:
        self._stream().write(text)
        self._at_line_start = text.removesuffix(_RESET).endswith("\n")
