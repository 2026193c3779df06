"""The outputs that follow the first one of a comparison with very many answers; only those that change are sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from IPython.display import DisplayHandle

from runware_magic.display.render.comparison import Part, settled_parts
from runware_magic.display.render.comparison_faces import Face
from runware_magic.engine.view import Settled

_NOTHING: dict[str, Any] = {"text/html": "", "text/plain": ""}


class SettledParts:
    """The outputs of a cell after its first one; ``show`` displays a bundle and returns its handle.

    None can be added by a view that is `alone`: it has taken over the display of another cell.
    """

    def __init__(self, show: Callable[..., DisplayHandle | None], *, alone: bool = False) -> None:
        self._show = show
        self._has_settled = alone
        self._outputs: list[tuple[DisplayHandle | None, object]] = []  # with the key of what each shows
        self._kept: dict[str, tuple[object, Face]] = {}

    def of(self, settled: Settled, *, reasoning: str, says_why: bool) -> list[Part]:
        """Return the parts of what has settled, the first of which belongs in the first output."""
        # Outputs can be added only at first, while the cell runs: later they would be those of another cell.
        most = 1 + len(self._outputs) if self._has_settled else None
        self._has_settled = True
        return settled_parts(settled, self._kept, most=most, reasoning=reasoning, says_why=says_why)

    def show(self, parts: Sequence[Part]) -> None:
        """Show the other parts, and empty the outputs of which none is left."""
        for at, part in enumerate(parts):
            if at == len(self._outputs):
                self._outputs.append((self._show(part.bundle(), raw=True, display_id=True), part.key))
            elif self._outputs[at][1] != part.key:
                self._update(at, part.bundle(), part.key)
        for at in range(len(parts), len(self._outputs)):
            if self._outputs[at][1] is not None:
                self._update(at, _NOTHING, None)

    def _update(self, at: int, data: dict[str, Any], key: object) -> None:
        handle, _ = self._outputs[at]
        if handle is not None:
            handle.update(data, raw=True)
        self._outputs[at] = (handle, key)
