"""The error of a comparison whose answers are not all whole."""

from __future__ import annotations

from collections.abc import Sequence

from runware_magic.chat.text import one_line
from runware_magic.chat.turn import COMPLETE, FAILED, Turn
from runware_magic.errors import RunwareError, StoppedError

_SHOWN = 160  # characters of a name


def incomplete(turns: Sequence[Turn], asked: int, *, stopped: bool, error: RunwareError | None) -> RunwareError | None:
    """Return the error if an answer of so many is missing or not whole; `error` is the first that came."""
    whole = sum(turn.is_whole for turn in turns)
    if stopped:
        msg = f"Stopped. {whole} of {asked} answers are complete; the text so far of the others is kept."
        return StoppedError(msg, "Run the cell again with --keep to ask only for the others.")
    if len(turns) == asked and all(turn.state == COMPLETE for turn in turns):
        return None  # an answer that may be cut off says so itself
    failed = [turn for turn in turns if turn.state == FAILED]
    broken = next((turn for turn in (*failed, *turns) if turn.error), None)
    why = broken.error if broken else error.message if error else "the budget was used up"
    which = f" ({one_line(broken.variant.name, _SHOWN)})" if broken and broken.variant else ""
    msg = f"{asked - whole} of {asked} answers are not complete; the others are kept. The first{which}: {why}"
    return RunwareError(msg, "Run the cell again with --keep to ask only for those.")
