"""Which output of a notebook holds the bytes of each picture and file, so that each is saved once."""

from __future__ import annotations

from collections.abc import Iterable


class BlobHomes:
    """The output that holds each blob: the first one with a turn that sends it.

    An output that no longer has the blob, since its cell was run again after the turn was forgotten, gives it up; the
    caller then saves the others anew, and the next one holds it. A cell that is deleted in the front end does not
    report that: other turns that send its pictures are restored with a text in their place, and with a remark.
    """

    def __init__(self) -> None:
        self._homes: dict[str, str] = {}  # the names of outputs, by digest
        self._has: dict[str, frozenset[str]] = {}  # the digests in each output, held there or elsewhere

    def claim(self, name: str, digests: Iterable[str]) -> tuple[frozenset[str], list[str]]:
        """Say what an output has from now on.

        Returns the digests that it must hold itself, and the names of outputs that must be saved anew, since what they
        relied on is no longer held.
        """
        has, before = frozenset(digests), self._has.get(name, frozenset())
        self._has[name] = has
        given_up = {digest for digest in before - has if self._homes.get(digest) == name}
        for digest in given_up:
            del self._homes[digest]
        for digest in has:
            self._homes.setdefault(digest, name)
        held = frozenset(digest for digest in has if self._homes[digest] == name)
        return held, [other for other, digests in self._has.items() if other != name and digests & given_up]
