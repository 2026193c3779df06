"""Words that praise and words that complain."""

from __future__ import annotations

import re

_LIKED = re.compile(
    r"\b(amazing|beautiful|best|brilliant|charming|delicious|delightful|excellent|fantastic|friendly|fun|good|great|"
    r"happy|helpful|kind|lovely|loved?|nice|perfect|superb|tasty|warm|wonderful)\b"
)
_DISLIKED = re.compile(
    r"\b(annoying|awful|bad|boring|broken|cold|dirty|disappointing|dull|hated?|horrible|late|noisy|poor|rude|sad|slow|"
    r"terrible|ugly|unfriendly|waste|worst|wrong)\b"
)


def counted(text: str) -> tuple[int, int]:
    """Return the number of good words and of bad ones."""
    return len(_LIKED.findall(text.lower())), len(_DISLIKED.findall(text.lower()))


def named(liked: int, disliked: int) -> str:
    """Return positive, negative or neutral."""
    return "neutral" if liked == disliked else "positive" if liked > disliked else "negative"
