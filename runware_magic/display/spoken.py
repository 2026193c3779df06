"""A model's Markdown as words to be heard: whole sentences, code only named."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from runware_magic.display.markdown import MARKDOWN
from runware_magic.display.plain import counted, plain

MOST = 400  # characters at once: some twenty seconds of speech
_PARTS = 20  # looked at at once: a text can be long and have no word in it
# In a quotation or a list, too. One of backticks has none behind it: that is code within a line.
_FENCE = re.compile(
    r"^(?:[ \t>]|[-*+] |\d{1,9}[.)] )*(`{3,}(?=[^`\n]*$)|~{3,})[ \t]*([\w+#.-]{0,30}).*$", re.MULTILINE | re.ASCII
)
# A full stop needs a space behind it, 3.14 being one number; in Chinese and Japanese nothing follows.
_END = re.compile(r"[.!?…:;](?:[\"'»)\]*_\u2019\u201d]*)(?=\s)|[\u3002\uff01\uff1f]|\n")
_BLOCK = re.compile(r"^[ \t>]*(?:#{1,6} |[-*+] |\d{1,9}[.)] |\|)")
# The full stop of a list's number ends nothing, and what follows may be a fence.
_NUMBER = re.compile(r"^(?:[ \t>]|[-*+] )*\d{1,9}\.\Z", re.MULTILINE)
_BLANK = re.compile(r"(?:[ \t]*\n)+")
_MARKS = re.compile(r"^[ \t>]*(?:#{1,6} +|[-*+] +(?:\[[ xX]\] +)?)?")
_NO_WORDS = " \t>|:*_=-"  # what rules and the lines between a table and its head are made of


class Spoken:
    """A Markdown text that grows, given sentence by sentence."""

    def __init__(self) -> None:
        self._at = 0

    def left(self, text: str) -> int:
        """Count the characters that were not given yet."""
        return max(0, len(text) - self._at)

    def more(self, text: str, *, whole: bool = False) -> str:
        """Give what can be said of the text beyond what was given before; empty where that is nothing yet.

        Parameters
        ----------
        text
            All that has come.
        whole
            Whether nothing more will come, so that it ends in a sentence whatever it ends in.
        """
        if self._at > len(text):
            # What had come as the answer turned out to be reasoning.
            self._at = 0
        said: list[str] = []
        for _ in range(_PARTS):
            room = MOST - sum(map(len, said))
            if room <= 0 or not (part := self._part(text, room, whole=whole)):
                break
            said.append(part)
        return " ".join(part for part in said if not part.isspace())

    def _part(self, text: str, room: int, *, whole: bool) -> str:
        """Give the next block of code by its name, or the sentences before it; a space where there is no word in it."""
        if blank := _BLANK.match(text, self._at):
            self._at = blank.end()
        fence = self._fence(text)
        if fence and not text[self._at : fence.start()].strip():
            return self._code(text, fence, whole=whole)
        until = fence.start() if fence else len(text)
        window = text[self._at : min(self._at + room, until)]
        is_all = len(window) == until - self._at
        end = len(window) if is_all and (fence or whole) else _last_end(window)
        self._at += end
        return words(window[:end]) or " " if end else ""

    def _fence(self, text: str) -> re.Match[str] | None:
        """Find the next opening fence, if it is near enough to end what is given now."""
        near = _FENCE.search(text, self._at, self._at + 2 * MOST)
        # Again, since its line may go on beyond that.
        return near and _FENCE.match(text, near.start())

    def _code(self, text: str, fence: re.Match[str], *, whole: bool) -> str:
        closing = re.compile(rf"^[ \t>]*{fence[1][0]}{{{len(fence[1])},}}[ \t]*$", re.MULTILINE).search(
            text, fence.end()
        )
        if closing is None and not whole:
            return ""
        inside = text[fence.end() : closing.start() if closing else len(text)].strip("\n")
        self._at = closing.end() if closing else len(text)
        name = f"{fence[2]} code" if fence[2] else "Code"
        return f"{name}, {counted(inside.count(chr(10)) + 1, 'line')}."


def words(markdown: str) -> str:
    """Give a piece of Markdown as a line of plain text."""
    said = ""
    for line, begins in _lines(plain(markdown)):
        text = " ".join(_inline(line).split())
        if text:
            pauses = not said or unicodedata.category(said[-1]) == "Po"
            said = f"{said}{'.' if begins and not pauses else ''} {text}".strip()
    return said


def in_words(segments: Sequence[str]) -> str:
    """Give the segments of a badge as they are to be heard."""
    said = ", ".join(segments).replace(" / ", ", ").replace("tokens/s", "tokens per second")
    return re.sub(r"(\d) s\b", r"\1 seconds", said)


def _last_end(window: str) -> int:
    """Give where the last sentence of a text ends; 0 where none does. Of one that never ends, a part is as good."""
    ends = [found.end() for found in _END.finditer(window) if not _NUMBER.search(window, 0, found.end())]
    if ends or len(window) < MOST:
        return ends[-1] if ends else 0
    return window.rfind(" ") + 1 or len(window)


def _lines(markdown: str) -> Iterator[tuple[str, bool]]:
    """Give lines without what marks them, and whether each begins a block."""
    begins = False
    for line in markdown.split("\n"):
        if not line.strip(_NO_WORDS):
            begins = True
            continue
        cells = line.strip().strip("|").split("|") if line.lstrip().startswith("|") else [_MARKS.sub("", line)]
        yield ", ".join(cell.strip() for cell in cells), begins or bool(_BLOCK.match(line))
        begins = bool(_BLOCK.match(line))


def _inline(line: str) -> str:
    tokens = MARKDOWN.parseInline(line)
    children = (child for token in tokens for child in token.children or ())
    said = "".join(" " if child.type in {"softbreak", "hardbreak"} else child.content for child in children)
    # What is left of marks whose other end is in another sentence.
    return said.replace("**", "").replace("`", "")
