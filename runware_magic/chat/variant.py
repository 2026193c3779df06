"""Which answer of a comparison a turn is, and what it was asked with that the others were not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Variant:
    """One answer among several that a cell asked for at once.

    Attributes
    ----------
    comparison
        An id that all answers of one run of the cell share.
    number, of
        Which of them it is, counting from 1, and how many were asked for.
    labels
        What tells it from the others, by name, as texts: ``{"model": "google:gemini@3.1-pro", "temperature": "0.7"}``.
        ``row`` names the row that it was asked about, ``run`` counts answers to one and the same request from 1.
    fingerprint
        Of the request, with its number among equal ones: see `runware_magic.chat.grid`.
    """

    comparison: str
    number: int
    of: int
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    fingerprint: str = ""

    @property
    def name(self) -> str:
        """What tells it from the others, in a line; its number where nothing does."""
        return " · ".join(_named(name, value) for name, value in self.labels.items()) or str(self.number)


def _named(name: str, value: str) -> str:
    """Give a label with its name, where it would say nothing without."""
    return value if name == "model" or (name == "row" and not value.isdecimal()) else f"{name} {value}"
