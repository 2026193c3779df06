"""A table in a message: Markdown, with its head, its tail, and a line that says what is not shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeVar

from runware_magic.chat.attached import Attached
from runware_magic.chat.parts import TextPart
from runware_magic.chat.text import one_line
from runware_magic.errors import PromptError
from runware_magic.prompt.raised import raised
from runware_magic.prompt.values.frames import Frame, read_frame
from runware_magic.prompt.values.inserted import Inserted, ValueLimits
from runware_magic.prompt.values.table_cells import cell_text, shown

_T = TypeVar("_T")
_GAP = "…"
_NUMBERS = re.compile(r"u?int\d|float|double|halffloat|decimal|complex", re.IGNORECASE)
_FEWEST = 2  # rows that are always shown


def table(value: object, name: str, limits: ValueLimits) -> Inserted | None:
    """Return a DataFrame, a Series or a 2-D array as a Markdown table; None for other values."""
    try:
        frame = read_frame(value, name)
        if frame is None:
            return None
        rows, (text, cut) = limits.max_rows, _written(frame, limits.max_rows, limits.max_columns)
        while len(text) > limits.max_attachment and rows > _FEWEST:
            rows = min(rows, frame.shape[0]) // 2
            text, cut = _written(frame, rows, limits.max_columns)
    except PromptError:
        raise
    except Exception as error:  # noqa: BLE001  # another library may raise anything
        msg = f"{name}: reading the table raised {raised(error)}."
        raise PromptError(msg, f"{{{{ str({name}) }}}} sends the table as it prints.") from None
    return Inserted((TextPart(text),), Attached(name, "table", frame.shape, cut))


def _written(frame: Frame, most_rows: int, most_columns: int) -> tuple[str, bool]:
    """Return a table of at most so many rows and columns, and whether anything of it is missing."""
    rows, columns = _ends(frame.shape[0], most_rows), _ends(frame.shape[1], most_columns)
    lines = [*_heads(frame, columns)] if frame.shape[1] else []
    cut_cells = False
    for number, part in enumerate(rows if frame.shape[1] else ()):
        if number:
            lines.append([_GAP] * len(lines[0]))
        for cells, cut in _rows(frame, part, columns):
            lines.append(cells)
            cut_cells = cut_cells or cut
    said, cut = _said(frame, sum(map(_size, rows)), sum(map(_size, columns)), cut_cells=cut_cells)
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return "\n\n".join(filter(None, (text, said))), cut


def _heads(frame: Frame, columns: Sequence[slice]) -> Iterator[list[str]]:
    """Yield the names and types of columns, and the line below them, which aligns numbers."""
    parts = [[(cell_text(_label(name))[0], _type(dtype)) for name, dtype in frame.columns(part)] for part in columns]
    labelled = frame.labels is not None
    names = [[f"{name} ({dtype})" if dtype else name for name, dtype in part] for part in parts]
    yield [*([""] if labelled else []), *_with_gap(names, _GAP)]
    rules = [["---:" if _NUMBERS.match(dtype or frame.dtype) else "---" for _, dtype in part] for part in parts]
    yield [*(["---"] if labelled else []), *_with_gap(rules, "---")]


def _rows(frame: Frame, rows: slice, columns: Sequence[slice]) -> Iterator[tuple[list[str], bool]]:
    """Yield the texts of rows, and whether one of them was cut."""
    labels = [] if frame.labels is None else [[(cell_text(_label(label))[0], False)] for label in frame.labels(rows)]
    blocks = [[[cell_text(value) for value in row] for row in frame.block(rows, part)] for part in columns]
    for at in range(_size(rows)):
        cells = [*(labels[at] if labels else []), *_with_gap([block[at] for block in blocks], (_GAP, False))]
        yield [text for text, _ in cells], any(cut for _, cut in cells)


def _label(label: object) -> object:
    # Of several levels.
    return " / ".join(shown(level)[0] for level in label) if isinstance(label, tuple) else label


def _type(dtype: object) -> str:
    return one_line(str(dtype), 40).replace("|", r"\|")


def _with_gap(parts: Sequence[Sequence[_T]], gap: _T) -> list[_T]:
    head, *tail = parts
    return [*head, *(entry for part in tail for entry in (gap, *part))]


def _size(at: slice) -> int:
    return int(at.stop - at.start)


def _ends(size: int, most: int) -> tuple[slice, ...]:
    """Return what is shown of so many: all, or the head and the tail."""
    if size <= most:
        return (slice(0, size),)
    head = -(-most // 2)
    return (slice(0, head), slice(size - (most - head), size))


def _said(frame: Frame, rows: int, columns: int, *, cut_cells: bool) -> tuple[str, bool]:
    """Return the line below a table: what is not shown of it, and what its cells do not say."""
    missing = [
        f"{left:,} {what}{'' if left == 1 else 's'}"
        for left, what in ((frame.shape[0] - rows, "row"), (frame.shape[1] - columns, "column"))
        if left
    ]
    notes = [f"{' and '.join(missing)} not shown"] if missing else []
    notes += ["long cells end in …"] if cut_cells else []
    size = f"{frame.shape[0]:,} × {frame.shape[1]:,}" + (f" {frame.dtype}" if frame.dtype else "")  # noqa: RUF001  # as in a matrix
    is_clear = not notes and not frame.dtype and all(frame.shape)
    return "" if is_clear else "; ".join([size, *notes]), bool(notes)
