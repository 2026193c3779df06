"""What all views of a terminal share: lines that are written once, for a terminal, a file or a pipe."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TextIO

from runware_magic.chat.text import plain
from runware_magic.chat.turn import Turn
from runware_magic.display.render.bundle import refusal
from runware_magic.display.render.comparison import settled_bundle
from runware_magic.display.render.terminal_lines import Span, encoded
from runware_magic.display.views.repainter import GrowingMarkdown, size_of
from runware_magic.engine.view import Settled

_DIM, _RESET = "\x1b[2m", "\x1b[0m"
_DUMB = {"dumb", "unknown"}  # terminals without escape sequences, by the names in TERM

_screen = threading.RLock()
_last: list[TerminalWriter] = []  # the one that has written last


class TerminalWriter:
    """What both views share: each line is written once, since written text cannot be changed.

    ``stream`` returns the stream, which can be another one each time; ``colour`` says whether it understands escape
    sequences, as files and pipes do not.
    """

    def __init__(self, stream: Callable[[], TextIO], *, colour: bool, tells_errors: bool = False) -> None:
        self.tells_errors = tells_errors
        self._stream = stream
        is_terminal = _is_terminal(stream())
        colour = colour and not (is_terminal and os.environ.get("TERM", "").lower() in _DUMB)
        self._shows_markdown = colour and is_terminal
        self._dim, self._reset = (_DIM, _RESET) if colour else ("", "")
        self._at_line_start = True
        self._settled = False

    def hand_over(self) -> None:
        """Return no display: what is written cannot be replaced."""

    def announce_end(self, ended: object) -> None:
        """Do nothing: what is written stays."""

    def settle(self, settled: Settled) -> None:
        """Write the rest, the first time."""
        if not self._settled:
            self._settled = True
            with self._writing():
                self._finish(settled)

    def refuse(self, model: str, error: BaseException) -> None:
        """Write that there is no answer."""
        with self._writing():
            self._say(refusal(model, error, says_why=self.tells_errors)["text/plain"])

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Write alone: a background answer may end while another one grows, which then goes on below it."""
        with _screen:
            if _last and _last[0] is not self:
                _last[0]._leave()  # noqa: SLF001  # of this class
            _last[:] = [self]
            yield

    def _leave(self) -> None:
        """Let something else be written below."""

    def _finish(self, settled: Settled) -> None:
        text = settled_bundle(settled)["text/plain"]
        for piece, is_answer in _pieces(text, settled.variants):
            if is_answer and self._shows_markdown:
                self._growing_markdown().draw(piece, size_of(self._stream()), ended=True)
            else:
                self._write(f"{piece}\n")
        self._flush()

    def _growing_markdown(self, *roles: str) -> GrowingMarkdown:
        return GrowingMarkdown(self._write, colours=not os.environ.get("NO_COLOR"), roles=roles)

    def _say(self, line: str) -> None:
        if not self._at_line_start:
            self._write("\n")
        self._write(f"{self._dim}{line}{self._reset}\n")
        self._flush()

    def _warn(self, line: str) -> None:
        roles = ("warning", "strong") if self._shows_markdown else ()
        shown = encoded((Span(line, roles),), colours=not os.environ.get("NO_COLOR"))
        self._write(f"{shown}\n" if self._at_line_start else f"\n{shown}\n")

    def _write(self, text: str) -> None:
        stream = self._stream()
        encoding = getattr(stream, "encoding", None) or "utf-8"
        with suppress(BrokenPipeError):  # whoever reads has left; the answer is kept all the same
            stream.write(text if text.isascii() else text.encode(encoding, "replace").decode(encoding))
        self._at_line_start = text.removesuffix(_RESET).endswith("\n")

    def _flush(self) -> None:
        with suppress(BrokenPipeError):
            self._stream().flush()


def _pieces(text: str, turns: Sequence[Turn]) -> Iterator[tuple[str, bool]]:
    """Yield the lines of a text up to each of the answers in it, the answer, and the rest, with whether it is one."""
    # Data is no Markdown.
    texts = {plain(turn.content).strip("\n") for turn in turns if turn.data is None}
    answers = sorted(texts - {""}, key=len, reverse=True)
    between = "|".join(map(re.escape, answers))
    at = 0
    for answer in re.finditer(rf"(?<=\n\n)(?:{between})(?=\n\n)", text) if answers else ():
        yield text[at : answer.start() - 1], False
        yield answer[0], True
        at = answer.end() + 1
    yield text[at:], False


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, ValueError):  # no real stream, or a closed one
        return False
