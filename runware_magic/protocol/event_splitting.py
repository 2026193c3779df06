"""Separates events that a server sends without blank lines between them, or as bare JSON lines."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from runware_magic.protocol.complaints import parsed

_DATA, _DONE = b"data:", b"[DONE]"
# A data line that another one follows in the same event, perhaps after other fields.
_GOES_ON = re.compile(rb"^data:[^\n]*\}[ \t]*\n(?=(?:(?!data:)[^\n]+\n)*data:)", re.MULTILINE)
_FIELDS = re.compile(rb"(?:(?!data:)[^\n]+\n)*")
_HELD = 1000  # the most bytes that are held back
_OPEN = re.compile(rb"(data:[^\n]*\}[ \t]*\n)((?:[^\n]+\n)*)")
_MORE_DATA = re.compile(rb"(?:(?!data:)[^\n]+\n)*data:")
_BARE = re.compile(rb"^(?:\{[^\n]*|\[DONE\][ \t]*)$", re.MULTILINE)


class Parting:
    """Inserts blank lines where a line is an event of its own."""

    def __init__(self) -> None:
        self._last = b""  # the last data line, if it may be an event
        self._held = b""  # what came after it and belongs to it or to the next

    def take(self, block: bytes, *, is_last: bool = False) -> bytes:
        """Return lines with their events separated. Only the last block may lack its line end.

        JSON printed over several lines is left alone: none of its first lines is JSON by itself.
        """
        if not self._last and _is_parted(block):
            return block
        block, self._held = self._held + block, b""
        if self._last and not is_last and len(block) < _HELD and _FIELDS.fullmatch(block):
            self._held = block
            return b""
        if self._last and _MORE_DATA.match(block) and _is_event(self._last):
            block = b"\n" + block
        if b"}\n" in block or b"} \n" in block:
            block = _GOES_ON.sub(lambda line: line[0] + b"\n" if _is_event(line[0]) else line[0], block)
        block = _BARE.sub(rb"\ndata: \g<0>\n", block)
        if is_last:
            return block
        # The fields after a last data line that may be an event are held back.
        found = _OPEN.fullmatch(block, block.rfind(b"\n" + _DATA) + 1)
        self._last, fields = found.groups() if found else (b"", b"")
        if len(fields) < _HELD:
            self._held = fields
        return block[: len(block) - len(self._held)]


def _is_parted(block: bytes) -> bool:
    """Whether a block is only data lines, each followed by a blank line, as nearly all are."""
    ends = 2 + 2 * block.count(b"\n\ndata:")
    return block.startswith(_DATA) and block.endswith(b"\n\n") and block.count(b"\n") == ends


def _is_event(line: bytes) -> bool:
    """Whether a data line is the whole JSON of an event."""
    return line.startswith(_DATA) and _is_object(line.removeprefix(_DATA))


def _is_object(text: bytes) -> bool:
    value = parsed(text.decode(errors="replace"))
    return isinstance(value, dict) and bool(value)


def told_in_lines(body: Iterator[bytes]) -> tuple[bool, Iterator[bytes]]:
    """Return whether a body that begins as JSON has an object in each line, and the body."""
    held: list[bytes] = []
    is_told = False
    for piece in body:
        held.append(piece)
        rest = piece
        if not is_told and b"\n" in piece:
            line, _, rest = b"".join(held).partition(b"\n")
            if not _is_object(line):
                break
            is_told = True
        if is_told and rest.strip():
            return True, itertools.chain(held, body)
    return False, itertools.chain(held, body)
