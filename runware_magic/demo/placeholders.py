"""Texts and numbers that a schema allows and that stand for none: they say so, or are kept for examples."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

_LONGEST = 10_000  # characters of a text
#: Addresses, numbers and days that stand for none.
_FORMATS = {
    "date": "2000-01-{:02}",
    "date-time": "2000-01-{:02}T12:00:00Z",
    "time": "12:00:{:02}Z",
    "duration": "P{}D",
    "email": "nobody{}@example.com",
    "uri": "https://example.com/{}",
    "uri-reference": "/{}",
    "hostname": "host{}.example.com",
    "ipv4": "192.0.2.{}",
    "ipv6": "2001:db8::{}",
    "uuid": "00000000-0000-4000-8000-{:012}",
}
#: What is tried for a pattern.
_SAMPLES = (
    "2000-01-01",
    "AB-1234",
    "A-1",
    "AB",
    "A",
    "ab",
    "a",
    "1234567890",
    "12345",
    "123",
    "12",
    "1",
    "#aabbcc",
    "",
)


def texts(told: Mapping[str, Any], name: str, nth: int) -> Iterator[str]:
    """Yield texts for a schema of texts, the best first."""
    written = _FORMATS.get(str(told.get("format")))
    if written:
        yield written.format(nth)
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|[\W_]+", " ", name).lower().strip()
    text = f"made-up {words}" + (f" {nth}" if nth > 1 else "")
    shortest, longest = min(_LONGEST, int(told.get("minLength") or 0)), told.get("maxLength")
    filled = text if len(text) >= shortest else text + ", of the demo" * (1 + (shortest - len(text)) // 13)
    yield text
    yield filled[: int(longest)] if longest is not None else filled
    # The number must stay: items may have to differ.
    yield f"{nth}{filled}"[: int(longest)] if longest is not None else filled
    yield from _SAMPLES
    yield from (sample * shortest for sample in ("a", "A", "1") if shortest)


def numbers(told: Mapping[str, Any], nth: int, *, whole: bool) -> Iterator[float]:
    """Yield numbers for a schema of numbers, the best first: `nth`, then those at the ends of its range."""
    lows = [told[word] for word in ("minimum", "exclusiveMinimum") if _is_number(told.get(word))]
    highs = [told[word] for word in ("maximum", "exclusiveMaximum") if _is_number(told.get(word))]
    step = told.get("multipleOf") or (1 if whole else None)
    tried: list[float] = [nth, 1, 0]
    for end, sign in ((max(lows, default=None), 1), (min(highs, default=None), -1)):
        if end is not None:
            first = end if step is None else (math.ceil if sign > 0 else math.floor)(end / step) * step
            tried += [first + sign * (step or 1) * at for at in (nth - 1, nth, 0, 1)]
    if lows and highs and step is None:
        low, high = max(lows), min(highs)
        tried += [low + (high - low) * nth / (nth + 1), low + (high - low) / 2]
    yield from (int(number) if whole else number for number in tried if not whole or number == int(number))


def _is_number(entry: object) -> bool:
    return isinstance(entry, int | float) and not isinstance(entry, bool)
