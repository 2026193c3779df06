"""Texts of the notebook in a message: bounded, with a line that says what was cut."""

from __future__ import annotations

from runware_magic.chat.attached import Attached
from runware_magic.chat.parts import TextPart
from runware_magic.prompt.values.inserted import Inserted, ValueLimits


def attached_text(text: str, name: str, kind: str, limits: ValueLimits, *, keep_end: bool = False) -> Inserted:
    """Return a text as it is sent: its first `max_attachment` characters, or its last ones."""
    most = limits.max_attachment
    cut = len(text) > most
    if cut:
        said = f"({'last' if keep_end else 'first'} {most:,} of {len(text):,} characters)"
        text = f"{said}\n{text[-most:]}" if keep_end else f"{text[:most]}\n{said}"
    return Inserted((TextPart(text),), Attached(name, kind, cut=cut))
