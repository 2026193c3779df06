"""Remembers what the last cells printed and displayed, and the last error.

Front ends send no outputs to the kernel, and IPython keeps only a part of them: the values in `Out` and, from version 9
on, what was printed. So while a cell runs, what it writes to `sys.stdout` and `sys.stderr` and what it displays is
copied. The log is in this kernel only, holds the last cells only, and nothing of cells that ask.
"""

from __future__ import annotations

import re
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from runware_magic.errors import RunwareError
from runware_magic.prompt.values.cell_output import CellRun, Displayed
from runware_magic.prompt.values.patch import patch

# Cells that only ask, or load this extension.
_OURS = re.compile(r"(?:\s*#[^\n]*\n)*\s*(?:%%runware\b|%(?:runware\b|(?:re)?load_ext\s+runware_magic)[^\n]*\s*$)")
_CELLS = 50  # that are kept at most
_LONGEST_ERROR = 50_000  # characters, from the end
_BYTES = 100_000_000  # of their output


@dataclass(frozen=True, slots=True)
class LastError:
    """An error that ended a cell, and the number of the cell; 0 if it is not known."""

    error: BaseException
    number: int = 0


class CellLog:
    """The last cells of a notebook and its last error, from now on; of what ran before, what IPython keeps."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._open: tuple[object, CellRun] | None = None  # the cell that runs, as IPython describes it and as kept
        self._cells: deque[CellRun] = deque(maxlen=_CELLS)
        self._undo: list[Callable[[], object]] = []
        before = getattr(sys, "last_value", None)
        self._error = LastError(before) if isinstance(before, BaseException) else None
        self._events: dict[str, Callable[[Any], None]] = {"pre_run_cell": self._begin, "post_run_cell": self._end}
        for event, callback in self._events.items():
            shell.events.register(event, callback)

    def close(self) -> None:
        """Log no more cells."""
        self._unwatch()
        for event, callback in self._events.items():
            self._shell.events.unregister(event, callback)

    @property
    def error(self) -> LastError | None:
        """The last error that is not of this package; None if there was none."""
        return None if self._error is None or isinstance(self._error.error, RunwareError) else self._error

    @property
    def outputs(self) -> tuple[str, ...]:
        """The values that cells ended with, as they are named: ``Out[5]``."""
        return tuple(f"Out[{number}]" for number in self._history.output_hist)

    def source(self, number: int) -> str:
        """Return the source of a cell; empty if it is not known."""
        sources = self._history.input_hist_raw
        return str(sources[number]) if 0 < number < len(sources) else ""

    def last(self, count: int) -> list[CellRun]:
        """Return the last cells, oldest first, without the one that runs and without those that only ask."""
        kept = {run.number: run for run in self._cells}
        sources = self._history.input_hist_raw
        found: list[CellRun] = []
        for number in range(len(sources) - (1 if self._open is None else 2), 0, -1):
            source = sources[number]
            if len(found) == count:
                break
            if source.strip() and not _OURS.match(source):
                run = kept.get(number)
                # After a reset, numbers begin again.
                found.append(run if run and run.source == source else self._of_ipython(number, source))
        return found[::-1]

    @property
    def _history(self) -> Any:  # noqa: ANN401  # untyped, and other versions have other attributes
        return self._shell.history_manager

    def _of_ipython(self, number: int, source: str) -> CellRun:
        run = CellRun(source, number)
        for output in getattr(self._history, "outputs", {}).get(number, ()):
            if "stream" in output.bundle:
                run.printed("".join(output.bundle["stream"]))
        if number in self._history.output_hist_reprs:
            run.output.append(self._result(number))
        return run

    def _result(self, number: int) -> Displayed:
        # IPython 9 keeps all forms of it, those before only its text.
        outputs = getattr(self._history, "outputs", {}).get(number, ())
        bundles = [output.bundle for output in outputs if output.output_type == "execute_result"]
        text = {"text/plain": self._history.output_hist_reprs.get(number, "")}
        return Displayed.of({"data": bundles[-1] if bundles else text})

    def _begin(self, info: Any) -> None:  # noqa: ANN401  # IPython's `ExecutionInfo`
        # Front ends run code of their own without history, and cells may run others.
        if info.store_history:
            self._unwatch()
            run = CellRun(info.raw_cell)
            self._open = info, run
            if not _OURS.match(run.source):
                self._watch(run)

    def _end(self, result: Any) -> None:  # noqa: ANN401  # IPython's `ExecutionResult`
        if self._open is None or result.info is not self._open[0]:
            return
        run = self._open[1]
        self._unwatch()
        run.number = result.execution_count or 0
        error = result.error_before_exec or result.error_in_exec
        if error is not None and not isinstance(error, RunwareError):
            self._error = LastError(error, run.number)
        if _OURS.match(run.source):
            return
        # A terminal prints the result.
        if result.result is not None and hasattr(self._shell, "kernel"):
            with suppress(Exception):  # whatever the user's own object says of itself
                run.output.append(self._result(run.number))
        if error is not None:
            from runware_magic.ipython.tracebacks import traceback_of  # noqa: PLC0415  # keeps loading fast

            run.error = traceback_of(error)[-_LONGEST_ERROR:]
        self._cells.append(run)
        while sum(run.size for run in self._cells) > _BYTES:
            self._cells.popleft()

    def _watch(self, run: CellRun) -> None:
        self._undo = [_copy(stream, run.printed) for stream in (sys.stdout, sys.stderr)]
        publisher: Any = self._shell.display_pub
        if not hasattr(publisher, "register_hook"):
            return  # a terminal prints what is displayed

        def hook(message: Any) -> Any:  # noqa: ANN401  # a message of Jupyter's
            # Whatever a library displays, it must reach the front end.
            with suppress(Exception):
                run.message(message)
            return message

        publisher.register_hook(hook)
        self._undo.append(lambda: publisher.unregister_hook(hook))

    def _unwatch(self) -> None:
        undo, self._undo, self._open = self._undo, [], None
        for each in reversed(undo):
            each()


def _copy(stream: Any, add: Callable[[str], None]) -> Callable[[], None]:  # noqa: ANN401  # any file
    """Copy what is written to a stream, until the function that is returned is called."""

    # As IPython 9 does it.
    def copying(original: Callable[..., Any]) -> Callable[..., Any]:
        def write(text: str, *args: object, **more: object) -> Any:  # noqa: ANN401  # whatever the stream returns
            written = original(text, *args, **more)
            if isinstance(text, str):
                add(text)
            return written

        return write

    return patch(stream, "write", copying)
