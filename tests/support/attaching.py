"""Turns whose prompts have pictures and files, made by hand."""

from __future__ import annotations

import struct
import zlib
from typing import Any

from runware_magic.chat.attached import Attached
from runware_magic.chat.messages import Message
from runware_magic.chat.parts import FilePart, ImagePart, Part, TextPart
from runware_magic.chat.turn import COMPLETE, Reply, Timing, Turn


def png(width: int = 4, height: int = 3, shade: int = 0) -> bytes:
    """Return a grey PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress((b"\0" + bytes([shade]) * width) * height)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def picture(name: str = "fig", width: int = 640, height: int = 480, shade: int = 0) -> ImagePart:
    """Return a picture."""
    return ImagePart(png(width, height, shade), "image/png", name, (width, height))


TABLE = "|    | city   |\n| -- | ------ |\n|  0 | Oslo   |"
FIG = picture()
PDF = FilePart(b"%PDF-1.7", "application/pdf", "paper.pdf")
PARTS: tuple[Part, ...] = (TextPart(f"What is in\n\n{TABLE}\n\nand "), FIG, TextPart("?"), PDF)
ATTACHED = (Attached("df", "table", (1000, 12), cut=True), Attached("fig", "picture", (640, 480)))


def asked_with(
    *parts: Part,
    attached: tuple[Attached, ...] = (),
    name: str = "t",
    **more: Any,  # other fields of the turn
) -> Turn:
    """Return a turn whose only message has these parts."""
    fields = {"reply": Reply("A dot."), "state": COMPLETE, "cell_id": f"cell-{name}", "finish_reason": "stop"}
    message = Message("user", parts=parts)
    return Turn(name, "m", "e", (message,), Timing("2026-01-01T00:00:00Z"), attached=attached, **{**fields, **more})


#: A turn with all of it.
TURN = asked_with(*PARTS, attached=ATTACHED)
