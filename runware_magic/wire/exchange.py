"""One request under way: read in a thread of its own, given in batches to whoever draws.

The thread is there so that the last words before a pause are drawn, a clock can tick while the server is silent, an
interrupt is prompt whatever the server does, and many answers can feed one loop.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from runware_magic.chat.events import Ended, Event
from runware_magic.chat.request import Request
from runware_magic.errors import ConnectionLostError
from runware_magic.wire.aside import bare
from runware_magic.wire.body import Body
from runware_magic.wire.connections import Cutter
from runware_magic.wire.forks import forget_when_forked
from runware_magic.wire.handover import Handover
from runware_magic.wire.redaction import hidden_in_events
from runware_magic.wire.transport import Transport

_STOP_S = 0.05  # for the thread to end, once its connection is cut; while one is being made, that takes longer
_JOIN_S = 0.3  # for it to end with what may still come of a body

Batch = tuple[Event, ...]


class Exchange:
    """A request and its answer.

    Parameters
    ----------
    transport
        Who talks to the endpoint.
    request
        What to ask; it is sent at once.
    bell
        Called when something has come, or nothing more will: for whoever follows several.
    """

    def __init__(self, transport: Transport, request: Request, bell: Callable[[], object] = lambda: None) -> None:
        self._transport, self._request = transport, request
        self._handover = Handover(bell)
        self._cutter = Cutter()
        self._all_given = False
        self._body = Body()
        # Here, in the order in which they are asked for: which thread is the first to send is left to chance.
        transport.expect(request, self._cutter)
        self._thread = threading.Thread(target=self._read, name="runware-exchange", daemon=True)
        forget_when_forked(self)
        try:
            self._thread.start()
        except BaseException:
            # An interrupt may come before `start` returns: the thread is at work, and nobody will close this.
            self._cutter.cut()
            raise

    def next(self, timeout_s: float | None = None, rest_s: float = 0.0) -> Batch | None:
        """Give what has arrived.

        Parameters
        ----------
        timeout_s, rest_s
            How long to wait for something, None for ever; and how long in any case, unless the answer ends before, or
            so much has come that the reader would have to wait.

        Returns
        -------
        tuple of Event or None
            Empty when nothing came in that time, None when the answer is over, or stopped and all given that had come.

        Raises
        ------
        RunwareError
            When there is no answer, or it broke off.
        """
        if self._all_given:
            return None
        arrived = self._handover.take(timeout_s, rest_s)
        if arrived or not self._handover.over:
            return tuple(arrived)
        self._all_given = True
        if self._handover.error is not None:
            raise bare(self._handover.error)
        return None

    @property
    def stopped(self) -> bool:
        """Whether `stop` came before its end."""
        return self._handover.stopped

    def stop(self) -> None:
        """End it, from any thread: `next` gives what has arrived, and then no more."""
        self._handover.stop()
        self._cutter.cut()

    @property
    def body(self) -> Body:
        """What the endpoint sent, byte for byte, so far."""
        return self._body

    @property
    def over(self) -> bool:
        """Whether nothing more will come than what waits to be given."""
        return self._handover.over

    @property
    def has_let_go(self) -> bool:
        """Whether its thread has ended."""
        return not self._thread.is_alive()

    def __iter__(self) -> Iterator[Batch]:
        """Give batch after batch until the answer is over."""
        while (batch := self.next()) is not None:
            yield batch

    def close(self) -> None:
        """End it, wherever it is; returns when its thread has ended, or cannot be waited for."""
        if not self._handover.over:
            self._cutter.cut()
            self._handover.finish()
        self._thread.join(_STOP_S if self.stopped else _JOIN_S)

    def forget(self) -> None:
        """Let a forked child have what had arrived, and no hope of more: the answer goes on in the parent."""
        arrived, self._handover = self._handover, Handover()
        for event in arrived.waiting:
            self._handover.put(event)
        if arrived.over:
            self._handover.finish(arrived.error)
            return
        self._cutter = Cutter()
        # Packing may have been under way.
        self._body = Body()
        msg = "The answer goes on in the process that this one was forked from."
        self._handover.finish(ConnectionLostError(msg, "Ask again in this one."))

    def _read(self) -> None:
        last: BaseException | None = None
        try:
            events = self._transport.answer(self._request, self._cutter, self._body.add)
            for event in hidden_in_events(events, self._transport.endpoint.key, self._body.withhold):
                self._handover.put(event)
                if type(event) is Ended:
                    # Nothing more is awaited after the endpoint's last word, even if it keeps the body open.
                    self._handover.finish()
        except BaseException as error:  # noqa: BLE001  # whatever it is, it belongs to the thread that waits
            last = error
        self._body.end()
        self._handover.finish(last)
