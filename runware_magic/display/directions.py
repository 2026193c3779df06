"""Which way blocks of text read: Arabic and Hebrew from right to left, also among others that do not.

``dir="auto"`` would do it, but for what goes with the direction: on which side a quotation has its line, a list its
bullets, a table its first column. So it is settled here, once, by the first letter that has a direction.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

_LTR, _RTL = "ltr", "rtl"
_BLOCKS = {
    *("paragraph_open", "heading_open", "blockquote_open", "bullet_list_open", "ordered_list_open", "table_open"),
    *("th_open", "td_open"),
}
_LETTERS = {"L": _LTR, "R": _RTL, "AL": _RTL}


def directions(markdown: MarkdownIt) -> None:
    """Give each block that reads otherwise than what it stands in the attribute ``dir``; ``rtl`` says it of all."""
    markdown.core.ruler.push("directions", _mark)


def direction(text: str) -> str | None:
    """Tell which way a text reads: ``ltr`` or ``rtl``, by its first letter; None where it has none."""
    # ASCII first: nearly all texts begin with it.
    return next((found for character in text if (found := _LETTERS.get(unicodedata.bidirectional(character)))), None)


def isolated(text: str) -> str:
    """Give the attribute, with a space before it, for text that stands by itself in what reads from left to right."""
    return f' dir="{_RTL}"' if direction(text) == _RTL else ""


def _mark(state: StateCore) -> None:
    if state.src.isascii():
        return
    tokens = state.tokens
    around = [_LTR]
    for at, token in enumerate(tokens):
        if token.nesting > 0:
            own = _first(tokens[at : _end(tokens, at)]) if token.type in _BLOCKS else None
            if own and own != around[-1]:
                token.attrSet("dir", own)
            around.append(own or around[-1])
            token.meta["rtl"] = around[-1] == _RTL
        elif token.nesting < 0:
            around.pop()


def _end(tokens: Sequence[Token], start: int) -> int:
    level = tokens[start].level
    after = range(start + 1, len(tokens))
    return next((at for at in after if tokens[at].level == level and tokens[at].nesting < 0), len(tokens))


def _first(tokens: Iterable[Token]) -> str | None:
    """Give the direction of the first letter that is no code, no formula and no address."""
    texts = (child.content for token in tokens for child in token.children or () if child.type == "text")
    return next((found for text in texts if (found := direction(text))), None)
