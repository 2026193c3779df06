"""What is said once under an answer, beside the answer: that a script gave it, or that a recording lacks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runware_magic.peers import Peers
    from runware_magic.wire.endpoint import Endpoint

_DEMO = (
    "This is the built-in demo endpoint: a script, not a model. "
    "To ask real models, set RUNWARE_API_KEY or run %runware login."
)


class Notes:
    """Gives what is to be said under the next answer, each once.

    Parameters
    ----------
    peers
        What a kernel talks to.
    """

    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self._demo_explained = False
        self._trouble = ""

    def __call__(self, where: Endpoint) -> tuple[str, ...]:
        """Give it for an answer from there."""
        return (*self._of_demo(where), *self._of_recorder())

    def _of_demo(self, where: Endpoint) -> tuple[str, ...]:
        if not where.is_demo or where.recording or self._demo_explained:
            return ()
        self._demo_explained = True
        return (_DEMO,)

    def _of_recorder(self) -> tuple[str, ...]:
        recorder = self._peers.recorder
        before, self._trouble = self._trouble, recorder.trouble if recorder else ""
        return (f"The recording lacks something: {self._trouble}.",) if self._trouble not in {"", before} else ()
