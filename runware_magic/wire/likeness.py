"""Chunks that are like the one before but for their words, as nearly all of an answer are: only the words are read.

Around a word of a few characters stands JSON of a hundred and more, the same each time. Where a chunk begins and ends
as one that was read, and what is between is one text of JSON, it is that chunk with another text in it.
"""

from __future__ import annotations

import re
from json.decoder import scanstring  # type: ignore[attr-defined]  # what the decoder reads texts with

_BEFORE = re.compile(r'"content"\s*:\s*"')
_MOST_FAILED = 16  # chunks in a row that were like none: then each has something else in it, and learning is in vain


class Likeness:
    """Learns what chunks look like."""

    def __init__(self) -> None:
        self._before = self._after = ""
        self._failed = 0

    def words(self, data: str) -> str:
        """Give the words of a chunk that is like the last one that was learnt; none of any other."""
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
        """Learn from a chunk that brings these words, and nothing else that means anything."""
        found = _BEFORE.findall(data) if self._failed < _MOST_FAILED else ()
        self._failed += 1
        # Within a text the quotes would have backslashes: where it is found once, it is the name of the one field.
        if len(found) == 1:
            start = data.index(found[0]) + len(found[0])
            read, end = scanstring(data, start)
            if read == words:
                self._before, self._after = data[:start], data[end - 1 :]
