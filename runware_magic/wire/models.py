"""The models of an endpoint, as its list tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from runware_magic.wire.refusal import clean

_UNKNOWN = "?"
_MOST = 10**12  # tokens, or dollars for a million of them: no model is beyond


@dataclass(frozen=True, slots=True)
class Model:
    """A row of the list, as text to show.

    Attributes
    ----------
    id
        What to ask it by.
    context, longest
        Tokens that it can see, and that it can answer with; ``?`` where the endpoint does not tell.
    price_in, price_out
        US dollars for a million tokens.
    """

    id: str
    context: str
    longest: str
    price_in: str
    price_out: str

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Model:
        """Read a row that has an ``id``; everything else may be missing."""
        pricing = row.get("pricing")
        pricing = pricing if isinstance(pricing, Mapping) else {}
        return cls(
            clean(row["id"]),
            _count(row.get("context_length")),
            _count(row.get("max_output_tokens")),
            _per_million(pricing.get("prompt")),
            _per_million(pricing.get("completion")),
        )


def _count(value: object) -> str:
    known = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST
    return f"{value:,}" if known else _UNKNOWN


def _per_million(price: object) -> str:
    try:
        dollars = Decimal(str(price)) * 1_000_000
    except ArithmeticError:
        return _UNKNOWN
    return f"{dollars:,.2f}" if dollars.is_finite() and 0 <= dollars <= _MOST else _UNKNOWN
