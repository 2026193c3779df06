"""A transport whose answers are events of a script: the engine is tried without sockets, bytes and waiting."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from runware_magic.chat.events import ContentDelta, Ended, Finished, Opened
from runware_magic.transport.endpoint import endpoint

WHERE = endpoint("http://127.0.0.1:9/v1", None)
WHOLE = (Opened(), ContentDelta("Hel"), ContentDelta("lo"), Finished("stop"), Ended())


class Scripted:
    """Gives a reply to each request, the last one again and again.

    Parameters
    ----------
    *replies
        Each a series of steps: events to yield, errors to raise, a `threading.Event` to wait for, functions to call.
    """

    endpoint = WHERE

    def __init__(self, *replies):
        self.heard, self._replies = [], [*replies] or [WHOLE]
        self._lock = threading.Lock()

    def expect(self, request, canceller):
        """Take note of nothing."""

    def answer(self, request, canceller, tee=lambda _: None):  # noqa: ARG002  # there are no bytes
        """Give the next reply, until it is cut."""
        with self._lock:
            self.heard.append(request)
            reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        yield from self._steps(reply, canceller)

    def close(self):
        """Hold nothing."""

    def _steps(self, reply, canceller) -> Iterator[object]:
        for step in reply:
            if isinstance(step, BaseException):
                raise step
            if isinstance(step, threading.Event):
                while not step.wait(0.01) and not canceller.is_cut:
                    pass
            elif callable(step):
                step()
            else:
                yield step
            if canceller.is_cut:
                return
