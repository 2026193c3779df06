"""A Markdown text that grows, as HTML of which only the end changes: each piece costs what the end costs."""

from __future__ import annotations

import re
from typing import Any

from runware_magic.display.markdown import render
from runware_magic.display.plain import plain
from runware_magic.display.seams import PART, Seam, find_seam

# A last line of nothing but markup, which the next characters may turn into anything: "-" under a paragraph is a
# heading for one frame, and a list ever after.
_PROVISIONAL = re.compile(r"(?:^|\n)[ \t>]*(?:[-=*+#|`~:_$\\\[ ]+|\d{1,9}[.)]?)[ \t]*\Z")


class GrowingDocument:
    """A text in parts: those that are sealed, and the tail.

    Links to a reference that is defined further on, and what is cut within one long block, can look different from
    the whole text rendered at once.
    """

    def __init__(self) -> None:
        self._sealed: list[str] = []
        self._tail = ""
        self._references: dict[str, Any] = {}
        self._outline: list[int] = []
        self._resumed: dict[str, Any] = {}

    @property
    def sealed(self) -> tuple[str, ...]:
        """The HTML of the parts that will not change again, in order."""
        return tuple(self._sealed)

    @property
    def tail(self) -> str:
        """The HTML of the rest, the unfinished last line included."""
        shown = _PROVISIONAL.sub("", self._tail)
        known = {"references": dict(self._references), "outline": list(self._outline)}
        env = {**self._resumed, **known, "live": True, "growing": True}
        return render(shown, env) if shown.strip() else ""

    def feed(self, delta: str) -> None:
        """Add text to the end."""
        text = plain(delta)
        # In steps: of a text that comes all at once, too, only a tail is parsed again for each part.
        for start in range(0, len(text), PART):
            self._tail += text[start : start + PART]
            while (seam := find_seam(self._tail, {"references": self._references})) and self._cut(seam):
                pass

    def _cut(self, seam: Seam) -> bool:
        rest = seam.reopening + self._tail[seam.at + seam.skip :]
        if len(rest) >= len(self._tail):
            return False
        known = {"references": self._references, "outline": self._outline}
        env = {**self._resumed, **known, "live": True, "cut": seam.fence}
        self._sealed.append(render(self._tail[: seam.at], env))
        self._tail, self._resumed = rest, {"resumed": seam.fence, "bullets": seam.bullets}
        return True
