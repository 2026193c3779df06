"""What came of a check of an answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a check.

    Attributes
    ----------
    check
        What was expected, as it was written.
    passed
        Whether the answer is so.
    why
        What came in place of it, in one line; empty where it passed.
    """

    check: str
    passed: bool
    why: str = ""
