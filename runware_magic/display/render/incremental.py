"""Render a growing Markdown text as HTML of which only the end changes, so that each piece costs what the end costs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markdown_it.token import Token

from runware_magic.chat.text import plain
from runware_magic.display.render.markdown import MARKDOWN, render
from runware_magic.display.render.open_marks import closed
from runware_magic.display.render.tags import HALF_TAG

PART = 1000  # characters: a longer part is sealed where a block, an item, a row or a line of code ends
_LONGEST = 2 * PART  # a longer paragraph or item is cut between words
_LONGEST_REOPENING = PART // 3

_MARKERS = re.compile(r"(?: |>|[-*+] |\d{1,9}[.)] )*")
_WORD = re.compile(r"\s(?=[^\W\d_])")


@dataclass(frozen=True, slots=True)
class Seam:
    """A place to cut: ``at`` characters are final.

    ``reopening`` replaces the first ``skip`` characters of the rest, so that it continues what the cut goes through:
    the first line of a fence, the head of a table, bullets in place of indentation. ``bullets`` counts these; ``fence``
    says whether the cut goes through a fence.
    """

    at: int
    reopening: str = ""
    skip: int = 0
    fence: bool = False
    bullets: int = 0


def find_seam(text: str, env: Mapping[str, Any]) -> Seam | None:
    """Find the last place at which a growing text may be cut; None as long as there is none.

    If it has two top-level blocks, every one but the last is final. Otherwise a long block is cut inside. The last line
    may be incomplete. `env` is what the parser knows from the parts before; it is not changed.
    """
    if len(text) < PART:
        return None
    complete = text[: text.rfind("\n") + 1]
    # Lines as in markdown-it; Python would also end them at U+2028.
    lines = [f"{line}\n" for line in complete.split("\n")[:-1]]
    tokens, unclosed = _blocks(complete, env)
    lines_of_blocks = (token.map[0] for token in tokens if token.level == 0 and token.map)
    # One line can hold several: a fold, its summary, and its content.
    starts = list(dict.fromkeys(line for line in lines_of_blocks if line <= unclosed))
    if len(starts) > 1:
        return Seam(sum(map(len, lines[: starts[-1]])))
    return _fence(text, lines, tokens) or _inside(lines, tokens) or (_at_word(text) if len(text) >= _LONGEST else None)


def _blocks(text: str, env: Mapping[str, Any]) -> tuple[list[Token], float]:
    """Parse blocks only; return those that open or stand alone, and the line of a formula that may yet be closed."""
    tokens: list[Token] = []
    known: dict[str, Any] = {"references": dict(env.get("references", {}))}
    MARKDOWN.block.parse(text, MARKDOWN, known, tokens)
    opening = [token for token in tokens if token.nesting >= 0 and token.map and token.type != "inline"]
    return opening, known.get("unclosed", float("inf"))


def _fence(text: str, lines: list[str], tokens: list[Token]) -> Seam | None:
    """Cut a long fence at the end of a line, or in a line that is long itself."""
    if not tokens or tokens[-1].type != "fence":
        return None
    token = tokens[-1]
    opener, last = _span(token)
    complete = sum(map(len, lines))
    block = lines[opener:last]
    is_closed = token.content.count("\n") == len(block) - 2 and block[-1].strip(" >\n").startswith(token.markup)
    if is_closed:
        return Seam(complete)
    beginning = _indented(block[0].partition(token.markup)[0])
    reopening = f"{beginning}{token.markup}{token.info}\n"
    at = complete if complete > len(text) // 2 else len(text)
    if len(reopening) > _LONGEST_REOPENING:
        return Seam(at)
    return Seam(at, reopening, fence=True, bullets=beginning.count("-"))


def _inside(lines: list[str], tokens: list[Token]) -> Seam | None:
    """Cut a list at an item, a table at a row, a quotation at a paragraph."""
    later = [token for token in tokens if _span(token)[0] > _span(tokens[0])[0]]
    if not later:
        return None
    line = _span(later[-1])[0]
    at = sum(map(len, lines[:line]))
    if later[-1].type == "tr_open":
        head = "".join(lines[_span(tokens[0])[0] :][:2])
        return Seam(at, head if tokens[0].type == "table_open" and len(head) < _LONGEST_REOPENING else "")
    indentation = len(lines[line]) - len(lines[line].lstrip(" "))
    beginning = _indented(" " * indentation)
    return Seam(at, beginning, skip=indentation, bullets=beginning.count("-"))


def _at_word(text: str) -> Seam:
    # Before a letter only: a digit or a sign could start a list or a heading there.
    last = max((match.end() for match in _WORD.finditer(text)), default=0)
    return Seam(last if last > len(text) // 2 else len(text))


def _indented(markers: str) -> str:
    """Return the beginning of a line at the same depth: bullets replace those before the cut."""
    width = len((_MARKERS.match(markers) or [""])[0])
    if ">" in markers or width < 2:  # noqa: PLR2004  # a bullet takes two columns
        return markers
    return "- " * (width // 2 - width % 2) + "-  " * (width % 2)


def _span(token: Token) -> tuple[int, int]:
    first, last = token.map or (0, 0)
    return first, last


# A last line of markup only can still become anything: "-" under a paragraph is a heading for one frame, and then a
# list.
_PROVISIONAL = re.compile(r"(?:^|\n)[ \t>]*(?:[-=*+#|`~:_$\\\[ ]+|\d{1,9}[.)]?)[ \t]*\Z")


class GrowingText:
    """A text that grows: what stands before a seam is cut off, so that only a tail is parsed again."""

    def __init__(self) -> None:
        self._tail = ""
        self._references: dict[str, Any] = {}

    def feed(self, delta: str) -> None:
        """Add text to the end."""
        text = plain(delta)
        # In steps, so that also of a text that comes at once, only a tail is parsed again for each part.
        for start in range(0, len(text), PART):
            self._tail += text[start : start + PART]
            while (seam := find_seam(self._tail, {"references": self._references})) and self._cut(seam):
                pass

    @property
    def _shown(self) -> str:
        """The tail without an end that can still become anything, and with what is open closed."""
        return closed(_PROVISIONAL.sub("", HALF_TAG.sub("", self._tail)))

    def _cut(self, seam: Seam) -> bool:
        """Cut the tail at a seam; return whether that makes it shorter."""
        raise NotImplementedError


class GrowingDocument(GrowingText):
    """A growing text as sealed parts and a tail.

    Links to a reference that is defined further on, and a long block that is cut inside, can look different from the
    whole text rendered at once.
    """

    is_seamless = False

    def __init__(self) -> None:
        super().__init__()
        self.sealed: list[str] = []  # the HTML of the parts that will not change again, in order
        self._outline: list[int] = []
        self._resumed: dict[str, Any] = {}

    @property
    def tail(self) -> str:
        """The HTML of the rest, with the unfinished last line."""
        shown = self._shown
        known = {"references": dict(self._references), "outline": list(self._outline)}
        env = {**self._resumed, **known, "live": True, "growing": True}
        return render(shown, env) if shown.strip() else ""

    def _cut(self, seam: Seam) -> bool:
        rest = seam.reopening + self._tail[seam.at + seam.skip :]
        if len(rest) >= len(self._tail):
            return False
        known = {"references": self._references, "outline": self._outline}
        env = {**self._resumed, **known, "live": True, "cut": seam.fence}
        self.sealed.append(render(self._tail[: seam.at], env))
        self._tail, self._resumed = rest, {"resumed": seam.fence, "bullets": seam.bullets}
        return True
