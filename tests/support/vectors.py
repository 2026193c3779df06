"""Known attacks on what shows text from outside, numbered so that one which succeeds can be named.

``tests/browser/vectors`` holds them by what they try. ``alert(1)`` stands in them for a script, and ``evil.invalid``
for whoever would like to know that the answer was read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "browser" / "vectors"


@dataclass(frozen=True)
class Vector:
    """One attack: its number, what it is called, and its text, in which the number says who succeeded."""

    number: int
    family: str
    text: str

    def __str__(self) -> str:
        """Give its name and its beginning."""
        return f"{self.number} ({self.family}): {self.text[:120]!r}"


def _load() -> dict[int, Vector]:
    texts = [
        (path.stem, text)
        for path in sorted(FOLDER.glob("*.json"))
        for text in json.loads(path.read_text(encoding="utf-8"))
    ]
    return {number: Vector(number, family, _marked(text, number)) for number, (family, text) in enumerate(texts, 1)}


def _marked(text: str, number: int) -> str:
    return text.replace("alert(1)", f"alert({number})").replace("evil.invalid/", f"evil.invalid/{number}/")


VECTORS = _load()
#: What they try, and which of them do.
FAMILIES = {
    family: tuple(vector for vector in VECTORS.values() if vector.family == family)
    for family in sorted({vector.family for vector in VECTORS.values()})
}
