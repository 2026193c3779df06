"""What an answer cost: tokens and US dollars, as the endpoint told them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Beyond these no answer lies: a server that tells more, or less than nothing's price, tells nothing.
_MOST_TOKENS = 10**12
_LEAST_DOLLARS, _MOST_DOLLARS = 1e-12, 1e6


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and cost of one answer. ``None`` means that the endpoint did not tell: unknown, not zero.

    Attributes
    ----------
    prompt_tokens, completion_tokens, total_tokens
        Tokens sent, generated (reasoning included), and both.
    cost
        US dollars.
    cached_tokens
        How many of the prompt's tokens came from the provider's cache.
    reasoning_tokens
        How many of the generated tokens were reasoning.
    """

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    cost: float | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None

    @classmethod
    def from_json(cls, value: object) -> Usage | None:
        """Read the ``usage`` of a chunk, leniently: what is missing or makes no sense is unknown.

        Parameters
        ----------
        value
            The parsed JSON. ``cost`` may be a decimal string; the ``…_details`` may be missing.

        Returns
        -------
        Usage or None
            None when nothing in it can be used.
        """
        if not isinstance(value, Mapping):
            return None
        usage = cls(
            prompt_tokens=_count(value.get("prompt_tokens")),
            completion_tokens=_count(value.get("completion_tokens")),
            total_tokens=_count(value.get("total_tokens")),
            cost=_dollars(value.get("cost")),
            cached_tokens=_detail(value, "prompt_tokens_details", "cached_tokens"),
            reasoning_tokens=_detail(value, "completion_tokens_details", "reasoning_tokens"),
        )
        return None if usage == cls() else usage

    def to_json(self) -> dict[str, Any]:
        """Give the endpoint's form, without what is unknown."""
        value: dict[str, Any] = {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.total_tokens,
            "cost": self.cost,
        }
        if self.cached_tokens is not None:
            value["prompt_tokens_details"] = {"cached_tokens": self.cached_tokens}
        if self.reasoning_tokens is not None:
            value["completion_tokens_details"] = {"reasoning_tokens": self.reasoning_tokens}
        return {key: entry for key, entry in value.items() if entry is not None}


def _detail(value: Mapping[str, Any], group: str, name: str) -> int | None:
    details = value.get(group)
    return _count(details.get(name)) if isinstance(details, Mapping) else None


def _count(value: object) -> int | None:
    # A bool is an int to Python, and no count to anybody.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value <= _MOST_TOKENS else None


def _dollars(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        dollars = float(value)
    except (ValueError, OverflowError):
        return None
    return dollars if dollars == 0 or _LEAST_DOLLARS <= dollars <= _MOST_DOLLARS else None
