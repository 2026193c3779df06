"""Which request of a recording is which: of several that are alike, each is counted where its asking begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from runware_magic.chat.request import Request
from runware_magic.wire.connections import Cutter
from runware_magic.wire.forks import Lock

_T = TypeVar("_T")


class Places(Generic[_T]):
    """Keeps something for each request that is under way, and counts its attempts.

    Parameters
    ----------
    new
        Gives it for a request, None for the list of models; called in the order in which the requests begin.
    """

    def __init__(self, new: Callable[[Request | None], _T]) -> None:
        self._new = new
        self._kept: WeakKeyDictionary[Cutter, tuple[_T, int]] = WeakKeyDictionary()
        self._lock = Lock()

    def expect(self, request: Request | None, cutter: Cutter) -> None:
        """Take note that a request begins."""
        with self._lock:
            self._kept[cutter] = self._new(request), 0

    def attempt(self, request: Request | None, cutter: Cutter) -> tuple[_T, int]:
        """Give what is kept for a request, and which attempt this is, from 1; where nobody said so, it begins here."""
        with self._lock:
            kept, before = self._kept.get(cutter) or (self._new(request), 0)
            self._kept[cutter] = kept, before + 1
        return kept, before + 1
