"""What a prompt has of the notebook, for readers: names and sizes. The values themselves are parts of messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runware_magic.chat.record_values import read_count, read_flag, read_list, read_text


@dataclass(frozen=True, slots=True)
class Attached:
    """A value of the notebook in a prompt.

    Attributes
    ----------
    name
        As the user wrote it: ``df``, ``Out[5]``, ``notes.md``.
    kind
        ``table``, ``picture``, ``file``, ``source``, ``error``, ``cells``, ``answer`` or ``text``.
    shape
        Rows and columns of a table, before it was cut; width and height of a picture in pixels, as sent; else empty.
    cut
        Whether only a part of it was sent.
    """

    name: str
    kind: str
    shape: tuple[int, ...] = ()
    cut: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return its record."""
        shape = {"shape": list(self.shape)} if self.shape else {}
        return {"name": self.name, "kind": self.kind, **shape, **({"cut": True} if self.cut else {})}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Attached:
        """Parse its record (not trusted), or raise KeyError or TypeError."""
        shape = tuple(read_count(side, "shape") for side in read_list(value.get("shape", []), "shape"))
        name, kind = read_text(value["name"], "name"), read_text(value["kind"], "kind")
        return cls(name, kind, shape, read_flag(value.get("cut", False), "cut"))
