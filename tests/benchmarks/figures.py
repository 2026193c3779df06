"""What a benchmark gives: figures, each with what it may be at most."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A figure.

    Attributes
    ----------
    name
        What was measured.
    value
        The figure.
    limit
        What it may be at most; None where it is there to compare with.
    unit
        What it counts; ``×`` is a ratio within this run.
    """

    name: str
    value: float
    limit: float | None = None
    unit: str = "×"

    @property
    def holds(self) -> bool:
        """Whether it is within its limit."""
        return self.limit is None or self.value <= self.limit


def quantile(values: Sequence[float], share: float) -> float:
    """Give the value below which this share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def of_delays(name: str, delays_s: Sequence[float], median_ms: float, worst: tuple[float, float]) -> list[Figure]:
    """Give the median of some delays, and how long nearly all of them are at most: a share, and its milliseconds."""
    share, worst_ms = worst
    last = "last" if share == 1 else f"{share:.0%}"
    return [
        Figure(f"{name}, median", statistics.median(delays_s) * 1000, median_ms, "ms"),
        Figure(f"{name}, {last}", quantile(delays_s, share) * 1000, worst_ms, "ms"),
    ]


def table(figures: Sequence[Figure]) -> str:
    """Give figures as lines of text."""
    width = max(len(figure.name) for figure in figures)
    return "\n".join(
        f"{'  ' if figure.holds else '! '}{figure.name:<{width}}  {figure.value:>10.2f} {figure.unit:<5}"
        + ("" if figure.limit is None else f" at most {figure.limit:g}")
        for figure in figures
    )
