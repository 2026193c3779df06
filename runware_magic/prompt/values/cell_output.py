"""What a cell printed and displayed, as far as it is kept."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

_HALF = 25_000  # characters of what is printed without a pause: so many of its beginning, and of its end
_MOST_DISPLAYS = 50  # of a cell
_MOST_BYTES = 20_000_000  # of a cell's output with its pictures
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_TEXTS = ("text/markdown", "text/latex", "text/plain")
_SAYS_NOTHING = re.compile(r"<[\w.]+ object(?: at 0x\w+)?>")  # the text of a display that has another form
_STYLED = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


class Printed:
    """A text that grows; the middle of a very long one is dropped."""

    def __init__(self) -> None:
        self._head, self._pieces = "", list[str]()
        self._length = self._dropped = 0

    def add(self, text: str) -> None:
        """Append a piece."""
        self._pieces.append(text)
        self._length += len(text)
        if self._length > 4 * _HALF:
            text = "".join(self._pieces)
            if not self._head:
                self._head, text = text[:_HALF], text[_HALF:]
            self._dropped += len(text) - _HALF
            self._pieces, self._length = [text[-_HALF:]], _HALF

    @property
    def size(self) -> int:
        """How many characters are kept."""
        return len(self._head) + self._length

    @property
    def text(self) -> str:
        """What is kept, as a reader sees it: without colours, and without what a carriage return overwrites."""
        gap = f"\n({self._dropped:,} characters were not kept)\n" if self._dropped else ""
        text = _STYLED.sub("", self._head + gap + "".join(self._pieces)).replace("\r\n", "\n")
        return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))


@dataclass(frozen=True, slots=True)
class Displayed:
    """A value that was displayed: a picture, or its text."""

    text: str = ""
    picture: bytes = b""
    display_id: str | None = None

    @property
    def size(self) -> int:
        """How many characters and bytes are kept."""
        return len(self.text) + len(self.picture)

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Displayed:
        """Read the content of a message that displays."""
        data, name = content["data"], content.get("transient", {}).get("display_id")
        picture = next((data[kind] for kind in _PICTURES if kind in data), b"")
        if isinstance(picture, str):
            with suppress(ValueError):  # what is no base64 is no picture
                picture = base64.b64decode(picture)
        if picture and isinstance(picture, bytes):
            return cls("", picture, name)
        texts = (str(data[kind]) for kind in _TEXTS if kind in data)
        text = next((text for text in texts if not _SAYS_NOTHING.fullmatch(text)), "")
        return cls(_STYLED.sub("", text or str(data.get("text/html", "")))[: 2 * _HALF], b"", name)


@dataclass
class CellRun:
    """A cell that ran, and what came of it."""

    source: str
    number: int = 0  # as in ``In [5]``
    output: list[Printed | Displayed] = field(default_factory=list)  # in order
    error: str = ""  # its traceback
    _clears: bool = False  # whether the next output replaces all others

    @property
    def size(self) -> int:
        """How many characters and bytes are kept of the output and the error."""
        return sum(each.size for each in self.output) + len(self.error)

    def printed(self, text: str) -> None:
        """Append what was printed."""
        self._clear()
        last = self.output[-1] if self.output else None
        if not isinstance(last, Printed):
            last = Printed()
            self.output.append(last)
        last.add(text)

    def message(self, message: Mapping[str, Any]) -> None:
        """Read a message of Jupyter's that displays, updates or clears."""
        kind, content = message["header"]["msg_type"], message["content"]
        if kind == "clear_output":
            self._clears = True
            if not content.get("wait"):
                self._clear()
            return
        shown = Displayed.of(content)
        if kind == "update_display_data":
            self.output = [shown if _is_same(shown, old) else old for old in self.output]
            return
        self._clear()
        if shown.picture and self.size + shown.size > _MOST_BYTES:
            shown = Displayed("(a picture that was not kept)", display_id=shown.display_id)
        if sum(isinstance(each, Displayed) for each in self.output) < _MOST_DISPLAYS:
            self.output.append(shown)

    def _clear(self) -> None:
        if self._clears:
            self.output, self._clears = [], False


def _is_same(shown: Displayed, old: Printed | Displayed) -> bool:
    return isinstance(old, Displayed) and shown.display_id is not None and old.display_id == shown.display_id
