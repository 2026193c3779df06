"""The result of a check."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a check.

    Attributes
    ----------
    check
        The check as written.
    passed
        Whether the answer passed; False where that is unknown.
    why
        What came instead, empty where the answer passed; the reason of a model that judged it, either way.
    unknown
        Whether a model that was to judge the answer gave no verdict.
    model, cost
        The model that judged, and its cost in US dollars: None where unknown, or where no model judged.
    """

    check: str
    passed: bool
    why: str = ""
    unknown: bool = False
    model: str = ""
    cost: float | None = None
