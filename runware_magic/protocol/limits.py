"""Limits on the size of an answer, so that memory stays in proportion to its text."""

from __future__ import annotations

from dataclasses import dataclass

from runware_magic.errors import TransportError

_MB = 2**20


class OutOfBoundsError(TransportError):
    """An answer is larger than allowed."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Size limits in bytes, after decompression."""

    answer: int = 16 * _MB  # the text of an answer: content, reasoning and tool calls, without the JSON around it
    event: int = 16 * _MB  # a single event of a stream
    # Consecutive bytes that bring no text: comments, empty events, padding, or the JSON around a whole answer. Servers
    # may send these for an hour while a model thinks; a comment a second is about a megabyte a day.
    silence: int = 128 * _MB


def in_words(size: int) -> str:
    """Return a number of bytes as people read it."""
    return f"{size / _MB:.3g} MB" if size >= _MB else f"{size} bytes"
