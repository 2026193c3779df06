r"""Lone surrogates: JSON can carry them (``"\ud800"``), so can a string of Python, and no file or socket can."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def encodable(text: str) -> str:
    """Give the text with U+FFFD for each lone surrogate; the same object when it has none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        # By way of UTF-16, which joins two halves that belong together.
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def encodable_json(value: Any) -> Any:  # noqa: ANN401  # JSON goes in, JSON comes out
    """Give a JSON value in which every text, names included, can be encoded."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, Mapping):
        return {encodable_json(name): encodable_json(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [encodable_json(entry) for entry in value]
    return value
