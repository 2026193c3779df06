"""The last error as an attachment: its traceback, its cell, and the user's own functions that it went through."""

from __future__ import annotations

import inspect
import linecache
import textwrap
import tokenize
from collections.abc import Iterator
from types import CodeType

from runware_magic.chat.attached import Attached
from runware_magic.chat.parts import TextPart
from runware_magic.errors import PromptError
from runware_magic.ipython.cell_log import CellLog, LastError
from runware_magic.ipython.tracebacks import cell_of, codes_of, label, traceback_of
from runware_magic.prompt.values.fence import fenced
from runware_magic.prompt.values.inserted import Inserted, ValueLimits
from runware_magic.prompt.values.items import ERROR


def attach_error(log: CellLog, limits: ValueLimits) -> Inserted:
    """Return what is attached for the last error, or raise `PromptError` if there was none."""
    last = log.error
    if last is None:
        msg = "No cell has failed in this kernel; nothing was sent."
        raise PromptError(msg, "Run the cell that fails, then this one.")
    traceback = traceback_of(last.error)
    # The end of a long one, since it names the error.
    kept = traceback[-(limits.max_attachment // 2) :]
    pieces, room, cut = [fenced(kept, "text")], limits.max_attachment - len(kept), kept != traceback
    for title, source in _sources(last, log):
        begin = source[:room]
        if begin:
            pieces.append(f"{title}:\n\n{fenced(begin, 'python')}")
        room, cut = room - len(begin), cut or begin != source
    if cut:
        pieces.append(f"(cut: at most {limits.max_attachment:,} characters)")
    return Inserted((TextPart("\n\n".join(pieces)),), Attached(ERROR, "error", cut=cut))


def _sources(last: LastError, log: CellLog) -> Iterator[tuple[str, str]]:
    """Yield the cell, and the user's own functions from the error outwards, each once with a title."""
    cell = cell_of(last.error)
    if source := log.source(last.number) or "".join(linecache.getlines(cell)):
        yield "The cell", source.rstrip("\n")
    for code in dict.fromkeys(reversed(codes_of(last.error))):
        # A lambda or a comprehension stands in what is there already.
        if not code.co_name.startswith("<") and (source := _function(code)):
            name = getattr(code, "co_qualname", code.co_name)  # since Python 3.11
            yield f"The function {name} in {label(code.co_filename, cell)}", source


def _function(code: CodeType) -> str:
    lines = linecache.getlines(code.co_filename)[code.co_firstlineno - 1 :]
    try:
        return textwrap.dedent("".join(inspect.getblock(lines))).rstrip("\n")
    except (tokenize.TokenError, SyntaxError):
        return ""
