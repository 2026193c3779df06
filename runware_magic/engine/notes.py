"""One-time notices shown under an answer: it is from the demo, or the recording is not complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runware_magic.engine.connections import Connections
    from runware_magic.transport.endpoint import Endpoint

_DEMO = (
    "This is the built-in demo endpoint: a script, not a model. "
    "To ask real models, set RUNWARE_API_KEY or run %runware login."
)


class Notes:
    """The notices for the next answer, each returned once."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._demo_explained = False
        self._trouble = ""

    def __call__(self, where: Endpoint) -> tuple[str, ...]:
        """Return the notices for an answer of an endpoint."""
        is_first = where.is_demo and not where.recording and not self._demo_explained
        self._demo_explained |= is_first
        return (*((_DEMO,) if is_first else ()), *self.of_recorder())

    def of_recorder(self) -> tuple[str, ...]:
        """Return what is new about missing parts of the recording."""
        recorder = self._connections.recorder
        before, self._trouble = self._trouble, recorder.trouble if recorder else ""
        return (f"The recording is incomplete: {self._trouble}.",) if self._trouble not in {"", before} else ()
