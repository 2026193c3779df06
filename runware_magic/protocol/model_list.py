"""Parses the list of models with their prices."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runware_magic.chat.pricing import Prices
from runware_magic.chat.usage import number
from runware_magic.protocol.complaints import clean

_UNKNOWN = "?"
_MOST = 10**12  # tokens, or dollars for a million of them: beyond any model
_A_MILLION = 1_000_000
_A_CENT, _LEAST = 0.01, 1e-6  # dollars for a million tokens


@dataclass(frozen=True, slots=True)
class Model:
    """A row of the list: texts to show, and prices in US dollars a token."""

    id: str
    context: str = _UNKNOWN  # tokens
    longest: str = _UNKNOWN  # tokens of an answer
    prompt_price: float | None = None
    completion_price: float | None = None

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Model:
        """Parse a row that has an ``id``; everything else may be missing."""
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
    def prices(self) -> Prices | None:
        """Both prices; None when either is unknown."""
        if self.prompt_price is None or self.completion_price is None:
            return None
        return Prices(self.prompt_price, self.completion_price)


def find_prices(models: Sequence[Model], name: str) -> Prices | None:
    """Return the prices of a model, given by AIR id or slug; None if unknown, or if several rows match and differ."""
    found = {row.prices for row in models if row.id == name} or {
        row.prices for row in models if _slug(row.id) == _slug(name)
    }
    return found.pop() if len(found) == 1 else None


def _slug(name: str) -> str:
    """Return ``minimax-m2-7`` for ``minimax:m2.7@0``: version 0 stands for the model itself."""
    return re.sub(r"[^a-z0-9]+", "-", name.removesuffix("@0").lower())


def _count(value: object) -> str:
    known = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST
    return f"{value:,}" if known else _UNKNOWN


def _price(value: object) -> float | None:
    dollars = number(value)
    return dollars if 0 <= dollars * _A_MILLION <= _MOST else None


def per_million(price: float | None) -> str:
    """Return US dollars for a million tokens, as text; ``?`` when unknown."""
    if price is None:
        return _UNKNOWN
    dollars = price * _A_MILLION
    # A tiny price must not be shown as zero.
    if 0 < dollars < _LEAST:
        return f"< {_LEAST:f}"
    return f"{dollars:,.{1 - math.floor(math.log10(dollars)) if 0 < dollars < _A_CENT else 2}f}"
