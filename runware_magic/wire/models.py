"""The models of an endpoint, as its list tells them, and what they take for a token."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from runware_magic.chat.estimate import Prices
from runware_magic.errors import RefusedError, TransportError
from runware_magic.wire.forks import Lock
from runware_magic.wire.refusal import clean

_UNKNOWN = "?"
_MOST = 10**12  # tokens, or dollars for a million of them: no model is beyond
_A_MILLION = 1_000_000
_LOOK_S = 0.05  # between looks whether another thread has asked
_A_CENT, _LEAST = 0.01, 1e-6  # dollars for a million tokens


#: Gives the rows of a list as the endpoint sends them.
Fetch = Callable[[], Iterable[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Model:
    """A row of the list, as text to show, and its prices as numbers.

    Attributes
    ----------
    id
        What to ask it by.
    context, longest
        Tokens that it can see, and that it can answer with; ``?`` where the endpoint does not tell.
    prompt_price, completion_price
        US dollars a token, sent and generated; None where the endpoint does not tell.
    """

    id: str
    context: str = _UNKNOWN
    longest: str = _UNKNOWN
    prompt_price: float | None = None
    completion_price: float | None = None

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Model:
        """Read a row that has an ``id``; everything else may be missing."""
        pricing = row.get("pricing")
        pricing = pricing if isinstance(pricing, Mapping) else {}
        return cls(
            clean(row["id"]),
            _count(row.get("context_length")),
            _count(row.get("max_output_tokens")),
            _price(pricing.get("prompt")),
            _price(pricing.get("completion")),
        )

    @property
    def price_in(self) -> str:
        """US dollars for a million tokens sent, as text; ``?`` when unknown."""
        return _per_million(self.prompt_price)

    @property
    def price_out(self) -> str:
        """US dollars for a million tokens generated, as text; ``?`` when unknown."""
        return _per_million(self.completion_price)

    @property
    def prices(self) -> Prices | None:
        """Both prices; None when either is unknown."""
        if self.prompt_price is None or self.completion_price is None:
            return None
        return Prices(self.prompt_price, self.completion_price)


class Lists:
    """The lists of models that endpoints have told. Several threads may ask at once."""

    def __init__(self) -> None:
        self.latest: tuple[Model, ...] = ()
        self._told: dict[Hashable, tuple[Model, ...]] = {}
        self._lock = Lock()

    def ask(self, where: Hashable, fetch: Fetch) -> tuple[Model, ...]:
        """Ask for the list of an endpoint, and remember it.

        Parameters
        ----------
        where
            The endpoint, with its key: what it lists may depend on who asks.
        fetch
            Gives the rows.

        Raises
        ------
        RefusedError, TransportError
            Whatever `fetch` raises; a list that is known stays known.
        """
        self._told[where] = self.latest = tuple(Model.from_json(row) for row in fetch())
        return self.latest

    def know(self, where: Hashable, fetch: Fetch, stopped: Callable[[], bool] = lambda: False) -> None:
        """Ask for the list of an endpoint unless it was asked for: once, whether it succeeds or fails.

        Parameters
        ----------
        where, fetch
            As in `ask`. An endpoint without a list is not to be asked before every answer.
        stopped
            Tells whether to wait no longer while another thread asks.

        Raises
        ------
        StoppedError
            As `fetch` does; the list may be asked for again then.
        """
        while where not in self._told and not stopped():
            if self._lock.acquire(timeout=_LOOK_S):
                try:
                    self._ask_once(where, fetch)
                finally:
                    self._lock.release()

    def prices(self, where: Hashable, model: str) -> Prices | None:
        """Look up what a model costs, by its AIR id or its slug; None when that is unknown. Asks nobody."""
        return find_prices(self._told.get(where, ()), model)

    def _ask_once(self, where: Hashable, fetch: Fetch) -> None:
        if where not in self._told:
            try:
                self.ask(where, fetch)
            except (RefusedError, TransportError):
                self._told[where] = ()


def find_prices(models: Iterable[Model], name: str) -> Prices | None:
    """Find the prices of a model by its AIR id or its slug, whichever the list names it by.

    Returns
    -------
    Prices or None
        None when no row is meant, when it tells no prices, or when several are meant and differ.
    """
    models = tuple(models)
    found = {row.prices for row in models if row.id == name} or {
        row.prices for row in models if _slug(row.id) == _slug(name)
    }
    return found.pop() if len(found) == 1 else None


def _slug(name: str) -> str:
    """Give ``minimax-m2-7`` for ``minimax:m2.7@0``: version 0 stands for the model itself."""
    return re.sub(r"[^a-z0-9]+", "-", name.removesuffix("@0").lower())


def _count(value: object) -> str:
    known = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST
    return f"{value:,}" if known else _UNKNOWN


def _price(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        dollars = float(value)
    except (ValueError, OverflowError):
        return None
    return dollars if 0 <= dollars * _A_MILLION <= _MOST else None


def _per_million(price: float | None) -> str:
    if price is None:
        return _UNKNOWN
    dollars = price * _A_MILLION
    # A price that is not zero is not shown as zero, however small it is.
    if 0 < dollars < _LEAST:
        return f"< {_LEAST:f}"
    return f"{dollars:,.{1 - math.floor(math.log10(dollars)) if 0 < dollars < _A_CENT else 2}f}"
