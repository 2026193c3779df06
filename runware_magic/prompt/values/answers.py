"""Earlier answers in a message: turns, and the answers of a comparison."""

from __future__ import annotations

from runware_magic.chat.turn import Turn
from runware_magic.prompt.values.bounded import attached_text
from runware_magic.prompt.values.inserted import Inserted, ValueLimits


def answer(value: object, name: str, limits: ValueLimits) -> Inserted | None:
    """Return the answer of a turn, or the answers of a comparison, each under the name of its variant."""
    if isinstance(value, Turn):
        return attached_text(value.content, name, "answer", limits)
    # A comparison, which stands above this wing. A chat has turns, too, but nothing is picked from them.
    turns = getattr(value, "turns", None) if hasattr(type(value), "picked") else None
    if not isinstance(turns, tuple) or not all(isinstance(turn, Turn) for turn in turns):
        return None
    return attached_text("\n\n".join(map(_named, turns)), name, "answer", limits)


def _named(turn: Turn) -> str:
    label = f"Answer {turn.variant.number} ({turn.variant.name})" if turn.variant else "Answer"
    return f"{label}:\n\n{turn.content or f'({turn.state}, no text)'}"
