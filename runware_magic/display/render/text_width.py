"""Find the lists that are as narrow as text: those without code, tables and formulas, which may be wider."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

_WIDE = {"fence", "code_block", "table_open", "math_block"}
_LISTS = {"ul", "ol", "li"}


def text_widths(markdown: MarkdownIt) -> None:
    """Set ``narrow`` in the meta of each outermost list that holds text only, or else of its items that do."""
    markdown.core.ruler.push("text_widths", _mark)


def _mark(state: StateCore) -> None:
    wide = _wide(state.tokens)
    depth = 0  # within a narrow list
    for token in state.tokens:
        if token.tag not in _LISTS:
            continue
        if token.nesting > 0 and not depth and id(token) not in wide:
            token.meta["narrow"] = True
            depth = 1
        elif depth:
            depth += token.nesting


def _wide(tokens: Sequence[Token]) -> set[int]:
    """Return the ids of the lists and items that hold something wide."""
    wide: set[int] = set()
    around: list[Token] = []
    for token in tokens:
        if token.type in _WIDE:
            wide.update(map(id, around))
        elif token.tag in _LISTS and token.nesting > 0:
            around.append(token)
        elif token.tag in _LISTS:
            around.pop()
    return wide
