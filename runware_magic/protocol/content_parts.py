"""Splits content into answer, reasoning, refusal and unknown parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

#: The kinds of text. The text of a skipped piece is the name of its type.
CONTENT, REASONING, REFUSAL, SKIPPED = "content", "reasoning", "refusal", "skipped"

Piece = tuple[str, str]

# The last two are encrypted for the provider.
_OF_REASONING = (
    *("thinking", "reasoning", "reasoning_text", "reasoning.text", "summary_text", "reasoning.summary"),
    *("redacted_thinking", "reasoning.encrypted"),
)
_KINDS = {"text": CONTENT, "output_text": CONTENT, "refusal": REFUSAL, **dict.fromkeys(_OF_REASONING, REASONING)}
_HOLDERS = ("text", "thinking", "refusal", "reasoning", "content", "summary", "value")
# Servers that send two of these send the same text twice, so only the first with a text is read.
_NAMES_OF_REASONING = ("reasoning_content", "reasoning", "reasoning_details")
_DEEPEST = 8  # parts within parts
_SHOWN = 40  # characters of an unknown type's name


def pieces_of(said: Mapping[str, Any]) -> list[Piece]:
    """Return the pieces of a delta or message (parsed JSON) in order: kind and text, which is not empty.

    Content may be a text, a part, or a list of both; a part may hold parts. Adjacent pieces of one kind are joined.
    """
    pieces: list[Piece] = []
    for name in _NAMES_OF_REASONING:
        if (value := said.get(name)) and (pieces := _walked(value, REASONING)):
            break
    if content := said.get("content"):
        # Some servers repeat reasoning from its own field among the parts.
        told = bool(pieces)
        pieces += [piece for piece in _walked(content, CONTENT) if not (told and piece[0] == REASONING)]
    if refusal := said.get("refusal"):
        pieces += _walked(refusal, REFUSAL)
    return pieces


def _walked(value: object, kind: str) -> list[Piece]:
    if isinstance(value, str):
        # The fast path for nearly all deltas.
        return [(kind, value)]
    found = groupby(_walk(value, kind, 0), itemgetter(0))
    return [(kind, "".join(text for _, text in pieces)) for kind, pieces in found]


def _walk(value: object, kind: str, deep: int) -> Iterator[Piece]:
    match value:
        case str():
            if value:
                yield kind, value
        case list() if deep < _DEEPEST:
            for part in value:
                yield from _walk(part, kind, deep + 1)
        case dict() if deep < _DEEPEST and (own := _KINDS.get(str(value.get("type") or "text"))):
            # Texts within reasoning are reasoning, whatever their type.
            held = next((value[name] for name in _HOLDERS if value.get(name)), None)
            yield from _walk(held, own if kind == CONTENT else kind, deep + 1)
        case _ if value:
            yield SKIPPED, str(value.get("type") if isinstance(value, dict) else type(value).__name__)[:_SHOWN]
