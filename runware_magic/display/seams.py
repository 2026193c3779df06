"""Where a growing Markdown text may be cut, so that what stands before the cut never changes again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markdown_it.token import Token

from runware_magic.display.markdown import MARKDOWN

#: Characters from which on a part is sealed, if a block, an item, a row or a line of code ends in it.
PART = 1000
_LONGEST = 2 * PART  # of one paragraph or item: beyond, it is cut between words
_LONGEST_REOPENING = PART // 3

_MARKERS = re.compile(r"(?: |>|[-*+] |\d{1,9}[.)] )*")
_WORD = re.compile(r"\s(?=[^\W\d_])")


@dataclass(frozen=True, slots=True)
class Seam:
    """A place to cut.

    Attributes
    ----------
    at
        How many characters are final.
    reopening
        What to put before the rest, for it to go on with what the cut goes through: the opening line of a fence, the
        head of a table, bullets in place of indentation.
    skip
        How many characters of the rest that takes the place of.
    fence
        Whether the cut goes through a fence.
    bullets
        How many bullets at the beginning of the rest only stand in for indentation.
    """

    at: int
    reopening: str = ""
    skip: int = 0
    fence: bool = False
    bullets: int = 0


def find_seam(text: str, env: Mapping[str, Any]) -> Seam | None:
    """Find the last place at which a growing text may be cut.

    Between top-level blocks, if it has two: every one but the last is final. Within a block otherwise, once it is long.

    Parameters
    ----------
    text
        What has come and is not final yet; its last line may be incomplete.
    env
        What the parser knows from the parts before; it is not changed.

    Returns
    -------
    Seam or None
        None as long as nothing can be cut.
    """
    if len(text) < PART:
        return None
    complete = text[: text.rfind("\n") + 1]
    # markdown-it's own idea of a line, not Python's, which ends lines at U+2028 too.
    lines = [f"{line}\n" for line in complete.split("\n")[:-1]]
    tokens, unclosed = _blocks(complete, env)
    starts = [token.map[0] for token in tokens if token.level == 0 and token.map and token.map[0] <= unclosed]
    if len(starts) > 1:
        return Seam(sum(map(len, lines[: starts[-1]])))
    return _fence(text, lines, tokens) or _inside(lines, tokens) or (_at_word(text) if len(text) >= _LONGEST else None)


def _blocks(text: str, env: Mapping[str, Any]) -> tuple[list[Token], float]:
    """Parse blocks only; give those that open or stand alone, and the line of a formula that may yet be closed."""
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
    if _is_closed(token, lines[opener:last]):
        return Seam(complete)
    markers = lines[opener][: lines[opener].index(token.markup)]
    beginning = _indented(markers)
    reopening = f"{beginning}{token.markup}{token.info}\n"
    at = complete if complete > len(text) // 2 else len(text)
    if len(reopening) > _LONGEST_REOPENING:
        return Seam(at)
    return Seam(at, reopening, fence=True, bullets=beginning.count("-"))


def _is_closed(token: Token, lines: list[str]) -> bool:
    return token.content.count("\n") == len(lines) - 2 and lines[-1].strip(" >\n").startswith(token.markup)


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
    """Give the beginning of a line at the same depth: bullets stand in for those of the lines before the cut."""
    width = len((_MARKERS.match(markers) or [""])[0])
    if ">" in markers or width < 2:  # noqa: PLR2004  # a bullet takes two columns
        return markers
    return "- " * (width // 2 - width % 2) + "-  " * (width % 2)


def _span(token: Token) -> tuple[int, int]:
    first, last = token.map or (0, 0)
    return first, last
