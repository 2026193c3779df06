"""Finds what a whole message adds to the deltas before it."""

from __future__ import annotations

from collections.abc import Hashable


class Brought:
    """Records what deltas brought, and finds what is new in messages.

    Servers may repeat the whole answer at the end, or send all of it so far with each delta. Without deltas, the
    message is the answer.
    """

    def __init__(self) -> None:
        self.by_deltas: set[Hashable] = set()  # kinds of text
        self.by_messages: dict[Hashable, str] = {}  # by kind: all of its text

    def new(self, kind: Hashable, text: str) -> str:
        """Return the part of a message's text that neither deltas nor earlier messages brought."""
        if kind in self.by_deltas:
            return ""
        before = self.by_messages.get(kind, "")
        if text.startswith(before):
            self.by_messages[kind] = text
            return text[len(before) :]
        self.by_messages[kind] = before + text
        return text
