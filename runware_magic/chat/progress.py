"""How far a turn has gone on, of which two outputs may tell: from before its calls ran, and from after."""

from __future__ import annotations

from runware_magic.chat.turn import PENDING, ToolResult, Turn


def progress(turn: Turn) -> tuple[bool, int, int]:
    """Return how far a turn has gone on; what is larger came later."""
    made = sum(isinstance(reply, ToolResult) and reply.state != PENDING for reply in turn.replies)
    return turn.state != PENDING, made, len(turn.replies)
