"""Quote texts of others in Markdown, so that they cannot end the quotation."""

from __future__ import annotations

import re

_LONGEST, _LONGEST_CODE = 200, 80  # characters of a quotation, and of one within a line


def quoted(text: str) -> str:
    """Return the beginning of a text as a code block that it cannot end."""
    shown = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text[:_LONGEST]).strip()
    fence = "`" * max(3, 1 + _longest_run(shown))
    return f"{fence}text\n{shown}{'…' if len(text) > _LONGEST else ''}\n{fence}"


def code(text: str) -> str:
    """Return the beginning of a text as code within a line."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text[:_LONGEST_CODE]) + (
        "…" if len(text) > _LONGEST_CODE else ""
    )
    fence = "`" * (1 + _longest_run(shown))
    return f"{fence} {shown} {fence}" if "`" in shown else f"`{shown}`"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
