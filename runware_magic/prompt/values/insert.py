"""Puts a value of the notebook into a message: as a table, a picture, a source, a file's text, or its own text."""

from __future__ import annotations

from collections.abc import Callable
from types import NoneType

from runware_magic.chat.parts import TextPart
from runware_magic.prompt.values.answers import answer
from runware_magic.prompt.values.inserted import Inserted, ValueLimits
from runware_magic.prompt.values.paths import file
from runware_magic.prompt.values.pictures import picture
from runware_magic.prompt.values.sources import source
from runware_magic.prompt.values.tables import table
from runware_magic.prompt.values.tracebacks import traceback

#: Returns what is sent for a value of one kind, and None for values of other kinds.
Kind = Callable[[object, str, ValueLimits], Inserted | None]
_KINDS: tuple[Kind, ...] = (answer, traceback, source, file, table, picture)
# Most values, which need not be asked what else they are.
_TEXTS = (str, int, float, complex, NoneType)


def insert(value: object, name: str, limits: ValueLimits) -> Inserted:
    """Return what is sent for a value, or raise `PromptError` in one line that begins with its name.

    A value of no special kind is sent as the text that ``format`` makes of it, and is not attached.
    """
    for kind in () if isinstance(value, _TEXTS) else _KINDS:
        if (inserted := kind(value, name, limits)) is not None:
            return inserted
    return Inserted((TextPart(format(value)),))
