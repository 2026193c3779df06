"""Tokens and cost of an answer, as the endpoint reported them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

_T = TypeVar("_T", int, float)

# No real answer is outside these limits.
_MOST_TOKENS = 10**12
_LEAST_DOLLARS, _MOST_DOLLARS = 1e-12, 1e6


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and cost of one answer. ``None`` means that the endpoint did not report it: unknown, not zero.

    Attributes
    ----------
    prompt_tokens, completion_tokens, total_tokens
        Tokens of the request, of the answer with its reasoning, and of both.
    cost
        US dollars.
    cached_tokens
        Those of the prompt that came from the provider's cache.
    reasoning_tokens
        Those of the answer that are reasoning.
    """

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    cost: float | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None

    @property
    def counts_answer(self) -> bool:
        """Whether it covers the answer: reports of the prompt alone, or of zeros, come before there is one."""
        return bool(self.completion_tokens or self.cost)

    @classmethod
    def from_json(cls, value: object) -> Usage | None:
        """Parse the ``usage`` of a chunk leniently: what is missing or makes no sense is None.

        Token counts may be called ``input_tokens`` and ``output_tokens``; ``cost`` may be a decimal string, an object
        with a ``total_cost``, or be called ``estimated_cost``; ``…_details`` may be missing. Returns None when nothing
        can be used: zeros alone mean nothing, and neither does a cost of zero where nothing was generated.
        """
        if not isinstance(value, Mapping):
            return None
        usage = cls(
            prompt_tokens=_told(value, _count, "prompt_tokens", "input_tokens"),
            completion_tokens=_told(value, _count, "completion_tokens", "output_tokens"),
            total_tokens=_count(value.get("total_tokens")),
            cost=_told(value, _dollars, "cost", "total_cost", "estimated_cost"),
            cached_tokens=_detail(value, "cached_tokens", "prompt_tokens_details", "input_tokens_details"),
            reasoning_tokens=_detail(value, "reasoning_tokens", "completion_tokens_details", "output_tokens_details"),
        )
        if not (usage.completion_tokens or usage.cost or (usage.total_tokens or 0) > (usage.prompt_tokens or 0)):
            usage = replace(usage, cost=None)
        return usage if any(getattr(usage, entry.name) for entry in fields(cls)) else None

    def updated(self, newer: Usage) -> Usage:
        """Return a newer report, with values of this one where the newer one has none, or zero."""
        told = {entry.name: getattr(newer, entry.name) for entry in fields(self)}
        return replace(self, **{name: value for name, value in told.items() if value or getattr(self, name) is None})

    def plus(self, other: Usage | None) -> Usage:
        """Return the sums; what only one of both reports counts alone."""
        if other is None:
            return self
        told = {entry.name: [getattr(each, entry.name) for each in (self, other)] for entry in fields(self)}
        known = {name: [value for value in values if value is not None] for name, values in told.items()}
        return Usage(**{name: sum(values) if values else None for name, values in known.items()})

    def without(self, part: Usage | None) -> Usage:
        """Return what is left of a sum without a part of it; what the part does not tell stays."""
        if part is None:
            return self
        told = {entry.name: (getattr(self, entry.name), getattr(part, entry.name)) for entry in fields(self)}
        return Usage(
            **{name: one if one is None or two is None else max(one - two, 0) for name, (one, two) in told.items()}
        )

    def to_json(self) -> dict[str, Any]:
        """Return the endpoint's form, without what is unknown."""
        names = ("prompt_tokens", "completion_tokens", "total_tokens", "cost")
        value: dict[str, Any] = {name: told for name in names if (told := getattr(self, name)) is not None}
        if self.cached_tokens is not None:
            value["prompt_tokens_details"] = {"cached_tokens": self.cached_tokens}
        if self.reasoning_tokens is not None:
            value["completion_tokens_details"] = {"reasoning_tokens": self.reasoning_tokens}
        return value


def _told(value: Mapping[str, Any], read: Callable[[object], _T | None], *names: str) -> _T | None:
    """Return the first known value among several names."""
    return next((told for name in names if (told := read(value.get(name))) is not None), None)


def _detail(value: Mapping[str, Any], name: str, *groups: str) -> int | None:
    details = (value.get(group) for group in groups)
    return next((_count(group.get(name)) for group in details if isinstance(group, Mapping)), None)


def _count(value: object) -> int | None:
    # bool is a subclass of int.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value <= _MOST_TOKENS else None


def _dollars(value: object) -> float | None:
    if isinstance(value, Mapping):
        value = value.get("total_cost", value.get("total"))
    dollars = number(value)
    return dollars if dollars == 0 or _LEAST_DOLLARS <= dollars <= _MOST_DOLLARS else None


def number(value: object) -> float:
    """Return a number, which may come as text; not a number for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return math.nan
    try:
        return float(value)
    except (ValueError, OverflowError):
        return math.nan
