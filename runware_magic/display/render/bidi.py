"""The direction of blocks of text: from right to left for Arabic and Hebrew, also inside other text.

``dir="auto"`` does not move what depends on the direction: the line of a quotation, the bullets of a list, the first
column of a table. So the direction is set here, from the first letter that has one.
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
    """Set ``dir`` on each block whose direction differs from that of its parent, and ``rtl`` in the meta of all."""
    markdown.core.ruler.push("directions", _mark)


def direction(text: str) -> str | None:
    """Return the direction of the first letter that has one: ``ltr`` or ``rtl``; None where none has."""
    return next((found for character in text if (found := _LETTERS.get(unicodedata.bidirectional(character)))), None)


def isolated(text: str) -> str:
    """Return the attribute, with a space before it, for text that stands alone in left-to-right surroundings."""
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
    """Return the direction of the first letter outside of code, formulas and addresses."""
    texts = (child.content for token in tokens for child in token.children or () if child.type == "text")
    return next((found for text in texts if (found := direction(text))), None)
