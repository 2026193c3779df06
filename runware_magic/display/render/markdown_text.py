"""A model's Markdown as text without its signs: to compare two answers, and to show where one begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markdown_it.token import Token

from runware_magic.chat.text import plain
from runware_magic.display.render.markdown import MARKDOWN, ended

_BREAKS = {"softbreak", "hardbreak"}
_RULE = "───"
_CELLS, _BETWEEN = " | ", {"td_open", "th_open"}


def to_text(markdown: str) -> str:
    """Return untrusted Markdown as text: words, code and formulas as they stand, a bullet or number before items."""
    # A footnote stays where it was written.
    tokens = MARKDOWN.parse(ended(plain(markdown)), {"live": True})
    # Once more: a character reference may have become a control character.
    return plain("".join(_pieces(tokens))).strip("\n")


def _pieces(tokens: Sequence[Token]) -> Iterator[str]:
    numbers: list[int | None] = []  # of the items to come, by list from the outermost
    for at, token in enumerate(tokens):
        kind, before = token.type, tokens[at - 1].type if at else ""
        if kind in {"bullet_list_open", "ordered_list_open"}:
            start = token.attrGet("start")
            numbers.append(None if kind == "bullet_list_open" else int(1 if start is None else start))
        elif kind in {"bullet_list_close", "ordered_list_close"}:
            numbers.pop()
            yield "" if numbers else "\n"
        elif kind == "list_item_open":
            yield "  " * (len(numbers) - 1) + ("• " if numbers[-1] is None else f"{numbers[-1]}. ")
            numbers[-1] = None if numbers[-1] is None else numbers[-1] + 1
        elif kind in _BETWEEN:
            yield "" if before == "tr_open" else _CELLS
        elif kind == "tr_close" or (kind == "paragraph_close" and token.hidden):
            yield "\n"
        elif kind in {"paragraph_close", "heading_close", "summary_close", "table_close"}:
            yield "\n" if kind == "table_close" else "\n\n"
        elif token.nesting == 0:
            yield _words(token) if kind == "inline" else f"{_RULE if kind == 'hr' else token.content.rstrip()}\n\n"


def _words(inline: Token) -> str:
    return "".join(map(_word, inline.children or ()))


def _word(token: Token) -> str:
    if token.type == "footnote_reference":
        return f"[{token.meta['number']}]"
    return "\n" if token.type in _BREAKS else token.content
