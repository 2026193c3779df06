"""Surrogates: halves of a character that JSON escapes can bring, and that no text may hold."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator

_ANY = re.compile("[\ud800-\udfff]")


def whole(text: str) -> str:
    """Join the pairs of surrogates in a text; one that is alone becomes U+FFFD."""
    if text.isascii() or not _ANY.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class Joiner:
    """Joins the pairs that were split over two deltas of the same kind."""

    def __init__(self) -> None:
        self._held: dict[Hashable, str] = {}

    def take(self, kind: Hashable, text: str) -> str:
        """Take in a delta, give what is settled of it.

        Parameters
        ----------
        kind
            Which text it continues.
        text
            The delta; half a pair at its end waits for the next one.
        """
        text = self._held.pop(kind, "") + text
        if "\ud800" <= text[-1:] <= "\udbff":
            self._held[kind], text = text[-1], text[:-1]
        return whole(text)

    def rest(self) -> Iterator[tuple[Hashable, str]]:
        """Give the kinds whose last half stayed alone, and what stands for it."""
        held, self._held = self._held, {}
        for kind in held:
            yield kind, "\ufffd"
