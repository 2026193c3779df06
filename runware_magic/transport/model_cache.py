"""A cache of the model lists that endpoints have sent."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

from runware_magic.chat.pricing import Prices
from runware_magic.errors import RefusedError, TransportError
from runware_magic.protocol.model_list import Model, find_prices
from runware_magic.transport.forks import Lock

_POLL_S = 0.05  # how often to check whether another thread has asked
#: Returns the rows of a list as the endpoint sends them.
Fetch = Callable[[], Iterable[Mapping[str, Any]]]


class Lists:
    """The model lists of endpoints. Safe for several threads."""

    def __init__(self) -> None:
        self.latest: tuple[Model, ...] = ()
        self._told: dict[Hashable, tuple[Model, ...]] = {}
        self._lock = Lock()

    def ask(self, where: Hashable, fetch: Fetch) -> tuple[Model, ...]:
        """Fetch the list of an endpoint, and cache it. If `fetch` raises, a cached list stays.

        `where` is the endpoint with its key: the list may depend on the key.
        """
        self._told[where] = self.latest = tuple(Model.from_json(row) for row in fetch())
        return self.latest

    def know(self, where: Hashable, fetch: Fetch, stopped: Callable[[], bool] = lambda: False) -> None:
        """Fetch the list of an endpoint unless that was tried before, whether it succeeded or failed.

        An endpoint without a list is thus not asked before every answer; after a `StoppedError` of `fetch` it is asked
        again. `stopped` ends the wait for another thread that asks.
        """
        while where not in self._told and not stopped():
            if self._lock.acquire(timeout=_POLL_S):
                try:
                    if where not in self._told:
                        self.ask(where, fetch)
                except (RefusedError, TransportError):
                    self._told[where] = ()
                finally:
                    self._lock.release()

    def prices(self, where: Hashable, model: str) -> Prices | None:
        """Return the cached prices of a model, by its AIR id or its slug; None if they are unknown."""
        return find_prices(self._told.get(where, ()), model)
