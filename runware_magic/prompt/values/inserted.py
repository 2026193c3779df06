"""A value as it stands in a message, and how much of a value may stand there."""

from __future__ import annotations

from dataclasses import dataclass

from runware_magic.chat.attached import Attached
from runware_magic.chat.parts import Part


@dataclass(frozen=True, slots=True)
class ValueLimits:
    """How much of a value is sent: rows, columns, pixels of a picture's longer side, characters of an attachment."""

    max_rows: int = 20
    max_columns: int = 20
    max_image_side: int = 1568
    max_attachment: int = 20_000


#: The limits where no setting says otherwise.
DEFAULT_LIMITS = ValueLimits()


@dataclass(frozen=True, slots=True)
class Inserted:
    """The parts that are sent for a value. One that is inserted as its text, such as a number, is not `attached`."""

    parts: tuple[Part, ...]
    attached: Attached | None = None
