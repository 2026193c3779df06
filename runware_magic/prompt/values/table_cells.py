"""A value as the text of a cell in a Markdown table."""

from __future__ import annotations

import math
import re
import reprlib

from runware_magic.chat.text import plain

#: Characters of a cell.
LONGEST = 80
_DIGITS = 14  # characters of a number before it is rounded, to 10 digits or, if it is large, to what it has
_LARGE = 1_000_000
_LINE_END = re.compile(r"\r\n|[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_NAMES = {"nan": "NaN", "<NA>": "NA"}

# Nested values may hold millions.
_SHORT = reprlib.Repr()
_SHORT.maxlevel, _SHORT.maxlist, _SHORT.maxtuple, _SHORT.maxset, _SHORT.maxdict = 4, 12, 12, 12, 12
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = LONGEST


def cell_text(value: object) -> tuple[str, bool]:
    r"""Return a value as one line without bare pipes, and whether it was cut. A line end in it becomes ``\n``."""
    text, cut = shown(value)
    return text.replace("|", r"\|"), cut


def shown(value: object) -> tuple[str, bool]:
    """Return a value as one line, and whether it was cut."""
    try:
        text = _text(value)
    except Exception as error:  # noqa: BLE001  # the user's own object may raise anything
        return f"(no text: {type(error).__name__})", False
    # Cut first, so that megabytes of text are not processed; and again, since escapes take room.
    line = plain(_LINE_END.sub(r"\\n", text[: 2 * LONGEST])).replace("\t", " ")
    cut = len(line) > LONGEST or len(text) > 2 * LONGEST
    return line[: LONGEST - 1] + "…" if cut else line, cut


def _text(value: object) -> str:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        text = repr(float(value))
        is_long = len(text) > _DIGITS and math.isfinite(value)
        return f"{value:.{15 if abs(value) > _LARGE else 10}g}" if is_long else _NAMES.get(text, text)
    if isinstance(value, list | tuple | dict | set | frozenset | bytes):
        return _SHORT.repr(value)
    text = str(value)
    return _NAMES.get(text, text)
