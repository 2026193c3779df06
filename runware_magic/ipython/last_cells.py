"""The last cells as an attachment: their sources, and what they printed or displayed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from runware_magic.chat.attached import Attached
from runware_magic.chat.parts import ImagePart, Part, TextPart
from runware_magic.chat.text import counted
from runware_magic.errors import PromptError
from runware_magic.ipython.cell_log import CellLog
from runware_magic.prompt.values.cell_output import CellRun, Displayed
from runware_magic.prompt.values.fence import fenced
from runware_magic.prompt.values.insert import insert
from runware_magic.prompt.values.inserted import Inserted, ValueLimits

_LEAST = 200  # characters for each text at least, or the oldest cells are left out
_MOST_PICTURES = 8


class _Block(NamedTuple):
    """A text or a picture of a cell; the one without a title is the source."""

    cell: str
    title: str
    content: str | bytes


def attach_cells(log: CellLog, item: str, count: int, limits: ValueLimits) -> Inserted:
    """Return what is attached for the last cells, or raise `PromptError` if none has run.

    Together they have at most `max_attachment` characters: long texts share what short ones leave.
    """
    runs = log.last(count)
    if not runs:
        msg = "No cell has run in this kernel but those that ask; nothing was sent."
        raise PromptError(msg, "Run the cells that the question is about, then this one.")
    cells = [list(_blocks(run, f"Cell {number} of {len(runs)}")) for number, run in enumerate(runs, 1)]
    blocks, left_out = _fitting(cells, limits.max_attachment)
    lengths = [len(block.content) for block in blocks if isinstance(block.content, str)]
    shares = iter(_shares(lengths, limits.max_attachment))
    pieces: list[Sequence[Part]] = [[TextPart(f"({counted(left_out, 'earlier cell')} left out)")]] if left_out else []
    cut = left_out > 0
    for block in blocks:
        if isinstance(block.content, bytes):
            pieces.append(_picture(block.cell, block.title, block.content, limits))
        else:
            shown = _shortened(block.content, next(shares))
            cut = cut or shown != block.content
            pieces.append([TextPart(f"{block.title or block.cell}:\n{fenced(shown, '' if block.title else 'python')}")])
    parts = [part for piece in pieces for part in (TextPart("\n\n"), *piece)][1:]
    return Inserted(tuple(parts), Attached(item, "cells", cut=cut))


def _blocks(run: CellRun, cell: str) -> Iterator[_Block]:
    yield _Block(cell, "", run.source)
    for each in run.output:
        if isinstance(each, Displayed) and each.picture:
            yield _Block(cell, "Displayed", each.picture)
        elif each.text.strip():
            yield _Block(cell, "Displayed" if isinstance(each, Displayed) else "Printed", each.text)
    if run.error:
        yield _Block(cell, "Failed", run.error)


def _fitting(cells: list[list[_Block]], most: int) -> tuple[list[_Block], int]:
    """Return the texts and pictures of the last cells that fit, and how many earlier cells do not."""
    left_out = 0
    while len(cells) - left_out > 1 and not _fits(cells[left_out:], most):
        left_out += 1
    return [block for cell in cells[left_out:] for block in cell], left_out


def _fits(cells: list[list[_Block]], most: int) -> bool:
    contents = [block.content for cell in cells for block in cell]
    pictures = sum(isinstance(content, bytes) for content in contents)
    return pictures <= _MOST_PICTURES and (len(contents) - pictures) * _LEAST <= most


def _shares(lengths: list[int], most: int) -> list[int]:
    """Return how much of each text is sent: short ones whole, and long ones the same."""
    shares, left = [0] * len(lengths), most
    for done, at in enumerate(sorted(range(len(lengths)), key=lengths.__getitem__)):
        shares[at] = min(lengths[at], left // (len(lengths) - done))
        left -= shares[at]
    return shares


def _shortened(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]}\n({len(text) - 2 * half:,} characters cut)\n{text[len(text) - half :]}"


def _picture(cell: str, title: str, data: bytes, limits: ValueLimits) -> list[Part]:
    try:
        parts = insert(data, f"{title} by {cell.lower()}", limits).parts
    except PromptError:
        parts = ()  # it shows in a browser, and cannot be sent
    if not any(isinstance(part, ImagePart) for part in parts):
        parts = (TextPart("(a picture that cannot be sent)"),)
    return [TextPart(f"{title}:\n"), *parts]
