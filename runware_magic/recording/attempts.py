"""Count the attempts of each request of a recording."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from runware_magic.chat.request import Request
from runware_magic.transport.connections import RequestCanceller
from runware_magic.transport.forks import Lock

_T = TypeVar("_T")


class Attempts(Generic[_T]):
    """A value for each request that is under way, and the number of its attempts.

    `new` returns the value for a request (None for the list of models), in the order in which the requests begin. Of
    equal requests, each is counted when it begins.
    """

    def __init__(self, new: Callable[[Request | None], _T]) -> None:
        self._new = new
        self._kept: WeakKeyDictionary[RequestCanceller, tuple[_T, int]] = WeakKeyDictionary()
        self._lock = Lock()

    def expect(self, request: Request, canceller: RequestCanceller) -> None:
        """Begin a request."""
        with self._lock:
            self._kept[canceller] = self._new(request), 0

    def attempt(self, canceller: RequestCanceller) -> tuple[_T, int]:
        """Return the value of a request and the number of this attempt, from 1; begin the request if nobody did."""
        with self._lock:
            kept, before = self._kept.get(canceller) or (self._new(canceller.request), 0)
            self._kept[canceller] = kept, before + 1
        return kept, before + 1
