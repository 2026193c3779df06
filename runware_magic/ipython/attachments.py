"""Finds what ``--with`` names: variables and outputs, the last cells, the last error, files beside the notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from runware_magic.chat.checks import is_expression
from runware_magic.chat.text import one_line
from runware_magic.errors import PromptError
from runware_magic.ipython.cell_log import CellLog
from runware_magic.ipython.last_cells import attach_cells
from runware_magic.ipython.last_error import attach_error
from runware_magic.prompt.options import nearest
from runware_magic.prompt.raised import raised
from runware_magic.prompt.values.attach import attach_value, titled
from runware_magic.prompt.values.files import attach_file
from runware_magic.prompt.values.inserted import Inserted, ValueLimits
from runware_magic.prompt.values.items import ERROR, cells_asked

_SHOWN = 60  # characters of an item in an error


class Attacher:
    """Turns items into what is attached; `folder` is the notebook's."""

    def __init__(
        self,
        log: CellLog,
        shell: Any,  # noqa: ANN401  # IPython's
        evaluate: Callable[[str], object],
        folder: Path,
    ) -> None:
        self._log, self._shell = log, shell
        self._evaluate, self._folder = evaluate, folder

    def attach(self, items: Iterable[str], limits: ValueLimits) -> tuple[Inserted, ...]:
        """Return what is attached, each item once, or raise `PromptError` in one line that names the item."""
        return tuple(self._one(item, limits) for item in dict.fromkeys(items))

    def _one(self, item: str, limits: ValueLimits) -> Inserted:
        if item == ERROR:
            return titled("The last error of the notebook:", attach_error(self._log, limits))
        if count := cells_asked(item):
            return titled("The last cells of the notebook:", attach_cells(self._log, item, count, limits))
        if item.isidentifier() and item in self._shell.user_ns:
            return self._attached(self._evaluate(item), item, limits)
        # Files before expressions: data.csv may be a file, while data is a variable without such a column.
        if (path := self._file(item)) is not None:
            return titled(f"{item}:", attach_file(path, item, limits))
        return self._attached(self._value(item), item, limits)

    def _attached(self, value: object, item: str, limits: ValueLimits) -> Inserted:
        if isinstance(value, Path):
            self._must_be_within(value, item)
            return titled(f"{item}:", attach_file(value, item, limits))
        return attach_value(value, item, limits)

    def _file(self, item: str) -> Path | None:
        """Return the path of a file in the notebook's folder or below; None if there is none."""
        with suppress(OSError, RuntimeError, ValueError):  # links in a circle, names too long or with NUL
            path = self._folder / Path(item).expanduser()
            # On Windows, every folder has a con.x and an aux.x, which are expressions, too.
            if path.exists() and not (path.is_char_device() and is_expression(item)):
                self._must_be_within(path, item)
                return path
        return None

    def _must_be_within(self, path: Path, item: str) -> None:
        is_within = False
        with suppress(OSError, RuntimeError, ValueError):  # links in a circle, or a null character
            is_within = path.resolve().is_relative_to(self._folder.resolve())
        if not is_within:
            msg = f"--with {one_line(item, _SHOWN)} is outside the notebook's folder; nothing was sent."
            raise PromptError(msg, "Copy it there, or read it in a cell above and name its text.")

    def _value(self, item: str) -> object:
        shown = one_line(item, _SHOWN)
        try:
            if is_expression(item):
                return self._evaluate(item)
        except NameError:
            pass  # it was to be a file, perhaps
        except Exception as error:  # noqa: BLE001  # the user's own expression may raise anything
            msg = f"--with {shown} raised {raised(error)}; nothing was sent."
            raise PromptError(msg, "Try it in a cell of its own; there is no file of that name either.") from None
        msg = f"--with {shown}: there is no such variable, and no such file in the notebook's folder."
        names = [*self._shell.user_ns, *_names(self._folder)]
        raise PromptError(msg, nearest(item, names) or "Nothing was sent. Tab completes names.")


def _names(folder: Path) -> list[str]:
    with suppress(OSError):
        return [path.name for path in folder.iterdir()]
    return []
