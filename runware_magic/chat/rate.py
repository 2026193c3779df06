"""How often answers pass, and how far that can be relied on."""

from __future__ import annotations

import math
from dataclasses import dataclass

_Z = 1.959963984540054  # standard normal: 95 % lie within
_NARROW = 0.02


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of some answers passed.

    Attributes
    ----------
    passed, total
        Counts.
    """

    passed: int
    total: int

    @property
    def share(self) -> float:
        """From 0 to 1; 0 where there are no answers."""
        return self.passed / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the share after Wilson: for few answers and for shares near 0 or 1, too.

        E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
        """
        if not self.total:
            return 0.0, 1.0
        share, spread = self.share, _Z**2 / self.total
        middle = (share + spread / 2) / (1 + spread)
        half = math.sqrt(spread * (share * (1 - share) + spread / 4)) / (1 + spread)
        # Rounding must not take the share itself out, where all or none passed.
        return min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half))

    def __str__(self) -> str:
        """Give it as in ``8/10 passed (49–94 %)``."""  # noqa: RUF002  # the dash of ranges
        counts = f"{self.passed}/{self.total} passed"
        if not self.total:
            return counts
        low, high = self.interval
        digits = 1 if high - low < _NARROW else 0
        return f"{counts} ({100 * low:.{digits}f}–{100 * high:.{digits}f} %)"  # noqa: RUF001  # likewise
