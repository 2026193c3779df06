"""Surrogates: halves of a character that JSON escapes can bring, and that no text may hold."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from runware_magic.chat.surrogates import encodable


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
        if not self._held and text.isascii():
            return text
        text = self._held.pop(kind, "") + text
        if "\ud800" <= text[-1:] <= "\udbff":
            self._held[kind], text = text[-1], text[:-1]
        return encodable(text)

    def rest(self) -> Iterator[tuple[Hashable, str]]:
        """Give the kinds whose last half stayed alone, and what stands for it."""
        held, self._held = self._held, {}
        for kind in held:
            yield kind, "\ufffd"
