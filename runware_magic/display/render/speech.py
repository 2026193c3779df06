"""A model's Markdown as words for a screen reader: one block at a time; code is only named."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import islice, pairwise

from markdown_it.token import Token

from runware_magic.chat.text import counted, one_line, plain
from runware_magic.display.render.markdown import parsed

MOST = 1000  # characters at once: less than a minute of speech
LONGEST = 20_000  # characters of a text that are said: more than anybody has the time to hear
_PART = 4 * MOST  # of Markdown: with links and code in it, enough to be said at once, mostly


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
        for block, _ in pairwise(islice(blocks(text[:LONGEST]), self._said, None)):
            if said and len(said) + len(block) >= MOST:
                break
            said = f"{said} {one_line(block, MOST)}".strip()
            self._said += 1
        return said

    def rest(self, text: str) -> str:
        """Return what was not said of a text that has ended; empty where it is too much."""
        said: list[str] = []
        for block in islice(blocks(text), self._said, None) if len(text) <= LONGEST else ():
            said.append(block)
            if sum(map(len, said)) + len(said) - 1 > MOST:
                return ""
        return " ".join(said)


def blocks(markdown: str) -> Iterator[str]:
    """Yield the words of each innermost block of a Markdown text, of which little more is parsed than is asked for."""
    done = 0
    if len(markdown) > _PART:
        # The last one may go on.
        for block, _ in pairwise(_parsed(markdown[:_PART])):
            done += 1
            yield block
    yield from islice(_parsed(markdown), done, None)


def _parsed(markdown: str) -> Iterator[str]:
    # A footnote may stand in another part: its number is not said.
    for tokens in parsed(markdown, {"live": True}):
        for before, token in zip((None, None, *tokens), tokens, strict=False):
            if said := _said(token):
                number = f"{before.info}. " if before and before.type == "list_item_open" and before.info else ""
                yield f"{number}{said}{'' if unicodedata.category(said[-1]) == 'Po' else '.'}"


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
