"""A model's Markdown as words for a screen reader: one block at a time; code is only named."""

from __future__ import annotations

import unicodedata

from markdown_it.token import Token

from runware_magic.chat.text import counted, one_line, plain
from runware_magic.display.render.markdown import MARKDOWN, ended

MOST = 1000  # characters at once: less than a minute of speech
LONGEST = 20_000  # characters of a text that are said: more than anybody has the time to hear


class Spoken:
    """A growing Markdown text as words: each paragraph, item, cell and piece of code, once it is complete."""

    def __init__(self) -> None:
        self._length = 0  # of the text, the last time
        self._said = 0  # blocks

    def more(self, text: str) -> str:
        """Return what can be said of the text beyond what was said before; may be empty."""
        if len(text) < self._length:
            # The answer so far turned out to be reasoning.
            self._said = 0
        self._length = len(text)
        said = ""
        # The last one may go on.
        for block in blocks(text[:LONGEST])[self._said : -1]:
            if said and len(said) + len(block) >= MOST:
                break
            said = f"{said} {one_line(block, MOST)}".strip()
            self._said += 1
        return said

    def rest(self, text: str) -> str:
        """Return what was not said of a text that has ended; empty where it is too much."""
        said = " ".join(blocks(text)[self._said :]) if len(text) <= LONGEST else ""
        return said if len(said) <= MOST else ""


def blocks(markdown: str) -> list[str]:
    """Return the words of each innermost block of a Markdown text."""
    found = []
    # A footnote may stand in another part: its number is not said.
    tokens = MARKDOWN.parse(ended(plain(markdown)), {"live": True})
    for before, token in zip((None, None, *tokens), tokens, strict=False):
        if said := _said(token):
            number = f"{before.info}. " if before and before.type == "list_item_open" and before.info else ""
            found.append(f"{number}{said}{'' if unicodedata.category(said[-1]) == 'Po' else '.'}")
    return found


def _said(token: Token) -> str:
    if token.type in {"fence", "code_block"}:
        language = one_line(token.info.partition(" ")[0], 30)
        lines = token.content.strip("\n").count("\n") + 1
        return f"{f'{language} code' if language else 'Code'}, {counted(lines, 'line')}"
    if token.type == "inline":
        pieces = (" " if child.type in {"softbreak", "hardbreak"} else child.content for child in token.children or ())
        # Once more: a character reference may have become a control character.
        return " ".join(plain("".join(pieces)).split())
    return " ".join(token.content.split()) if token.type == "math_block" else ""
