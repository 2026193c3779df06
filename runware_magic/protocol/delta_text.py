"""Fast decoding of text deltas, and joining of surrogate pairs split over two of them."""

from __future__ import annotations

import re
from collections.abc import Hashable
from json.decoder import scanstring  # type: ignore[attr-defined]  # json's own parser of strings

from runware_magic.chat.text import encodable

_BEFORE = re.compile(r'"content"\s*:\s*"')
_MOST_FAILED = 16  # different chunks in a row, after which learning stops


class Likeness:
    """Recognizes chunks that differ from an earlier one in their text only."""

    def __init__(self) -> None:
        self._before = self._after = ""
        self._failed = 0

    def words(self, data: str) -> str:
        """Return the text of a chunk like the last one learned; empty for any other."""
        before, after = self._before, self._after
        if not before or not data.startswith(before) or not data.endswith(after):
            return ""
        try:
            words, end = scanstring(data, len(before))
        except ValueError:
            return ""
        if end != len(data) - len(after) + 1:
            return ""
        self._failed = 0
        return str(words)

    def learn(self, data: str, words: str) -> None:
        """Learn from a chunk that has this text, and nothing else of interest."""
        found = _BEFORE.findall(data) if self._failed < _MOST_FAILED else ()
        self._failed += 1
        # Quotes within a text are escaped, so a single match is the field itself.
        if len(found) == 1:
            start = data.index(found[0]) + len(found[0])
            read, end = scanstring(data, start)
            if read == words:
                self._before, self._after = data[:start], data[end - 1 :]


class Joiner:
    """Joins surrogate pairs that were split over two deltas of the same kind."""

    def __init__(self) -> None:
        self._held: dict[Hashable, str] = {}

    def take(self, kind: Hashable, text: str) -> str:
        """Return a delta, except half a pair at its end, which waits for the next delta of this kind."""
        if not self._held and text.isascii():
            return text
        text = self._held.pop(kind, "") + text
        if "\ud800" <= text[-1:] <= "\udbff":
            self._held[kind], text = text[-1], text[:-1]
        return encodable(text)

    def rest(self) -> list[tuple[Hashable, str]]:
        """Return the kinds that still have half a pair, with U+FFFD for it."""
        held, self._held = self._held, {}
        return [(kind, "\ufffd") for kind in held]
