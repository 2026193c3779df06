"""The choices of one request, if several were asked for (``n`` above 1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runware_magic.chat.record_values import read_count, read_object, read_text


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of several choices an answer is.

    Attributes
    ----------
    number, of
        The number of this choice, counting from 1 in the order of arrival, and the number of choices that came.
    first
        The id of the turn of the first choice. It has the usage and the cost of all.
    """

    number: int
    of: int
    first: str

    def to_json(self) -> dict[str, Any]:
        """Return the form in records."""
        return {"number": self.number, "of": self.of, "first": self.first}

    @classmethod
    def from_json(cls, value: object) -> Choice | None:
        """Parse the form in records leniently: None for what cannot be read."""
        try:
            fields = read_object(value, "choice")
            number, of = read_count(fields["number"], "number"), read_count(fields["of"], "of")
            return cls(number, of, read_text(fields["first"], "first")) if 1 <= number <= of else None
        except (KeyError, TypeError):
            return None
