"""Fenced blocks of Markdown around any text."""

from __future__ import annotations

import re


def fenced(text: str, language: str = "") -> str:
    """Return a text as a fenced block; the fence is longer than any run of backticks in the text."""
    longest = max((len(run) for run in re.findall("`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    end = "" if text.endswith("\n") else "\n"
    return f"{fence}{language if language.isalnum() else ''}\n{text}{end}{fence}"
