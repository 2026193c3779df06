"""How much of an answer is taken: what is far beyond any is an error, and memory stays in proportion to the text."""

from __future__ import annotations

from dataclasses import dataclass

from runware_magic.errors import TransportError

_MB = 2**20


class OutOfBoundsError(TransportError):
    """More came than is taken; who knows what of it is kept says so in the hint."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is taken, in bytes; of what comes compressed, decompressed.

    Attributes
    ----------
    answer
        Of text in an answer: what is said, reasoning and tool calls, in UTF-8, without the JSON around it.
    event
        Of a single event of a stream.
    silence
        Of a body that bring no text, in a row: comments, empty events, padding, or the JSON of an answer that comes as
        a whole. Servers send such things while a model thinks, for an hour if need be; a comment a second makes about
        a megabyte of it in a day.
    """

    answer: int = 16 * _MB
    event: int = 16 * _MB
    silence: int = 128 * _MB


def in_words(size: int) -> str:
    """Give a number of bytes as people read it."""
    return f"{size / _MB:.3g} MB" if size >= _MB else f"{size} bytes"
