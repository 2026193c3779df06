"""Emphasis beside Chinese, Japanese and Korean characters, as in the CJK-friendly amendment to CommonMark.

CommonMark takes ``**重要。**然后`` for text: asterisks after a punctuation mark close nothing if a letter follows,
since in a language with spaces no word would start there. In these languages a letter nearly always follows.
"""

from __future__ import annotations

import unicodedata

from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token
from markdown_it.utils import EnvType

_WIDE = {"W", "F", "H"}
_SYMBOLS = {"So", "Sk"}
_EMOJI = (range(0x2300, 0x2E80), range(0x1F000, 0x1FB00))  # wide symbols that are no writing
_JAMO = (range(0x1100, 0x1200), range(0xA960, 0xA980), range(0xD7B0, 0xD800))  # some are not wide
# Variation selectors stand between a character and the asterisks.
_IDEOGRAPHIC_SELECTORS = range(0xE0100, 0xE01F0)
_SELECTORS = range(0xFE00, 0xFE0F)
_WIDE_QUOTES = {f"{quote}\ufe01" for quote in "\u2018\u2019\u201c\u201d"}


class CjkFriendlyParser(ParserInline):
    """A parser of inline text in which ``**``, ``*``, ``_`` and ``~~`` work beside CJK characters too."""

    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:  # noqa: D102
        state = InlineState(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


class InlineState(StateInline):
    """The state of such a parser, which knows what opens and closes."""

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: D102, FBT001, N802, N803  # markdown-it's interface
        scanned = super().scanDelims(start, canSplitWord)
        end = start + scanned.length
        if self.src[max(0, start - 1) : end + 1].isascii():
            return scanned
        before, is_cjk_before = _before(self.src, start)
        after = self.src[end] if end < self.posMax else " "
        if not (is_cjk_before or is_cjk(after)):
            return scanned
        # Beside CJK characters, punctuation does not matter.
        opens, closes = not isWhiteSpace(ord(after)), not isWhiteSpace(ord(before))
        return Scanned(
            opens and (canSplitWord or not closes or _is_mark(before)),
            closes and (canSplitWord or not opens or _is_mark(after)),
            scanned.length,
        )


def is_cjk(character: str) -> bool:
    """Whether a character is Chinese, Japanese or Korean: letters and punctuation, but no emoji."""
    code = ord(character)
    if unicodedata.east_asian_width(character) not in _WIDE:
        return any(code in jamo for jamo in _JAMO)
    return not (unicodedata.category(character) in _SYMBOLS and any(code in emoji for emoji in _EMOJI))


def _before(text: str, at: int) -> tuple[str, bool]:
    """Return the character before an index, without variation selectors, and whether it is CJK."""
    character = text[at - 1] if at else " "
    if ord(character) in _SELECTORS and at > 1:
        return text[at - 2], is_cjk(text[at - 2]) or text[at - 2 : at] in _WIDE_QUOTES
    return character, ord(character) in _IDEOGRAPHIC_SELECTORS or is_cjk(character)


def _is_mark(character: str) -> bool:
    return isMdAsciiPunct(ord(character)) or isPunctChar(character)
