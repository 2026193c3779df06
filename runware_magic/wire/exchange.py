"""One request under way: read in a thread of its own, given in batches to whoever draws.

The thread is there so that the last words before a pause are drawn, a clock can tick while the server is silent, an
interrupt is prompt whatever the server does, and many answers can feed one loop.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import zlib
from collections.abc import Iterator

from runware_magic.chat.events import Ended, Event, Retrying
from runware_magic.chat.request import Request
from runware_magic.errors import ConnectionLostError
from runware_magic.wire.aside import bare
from runware_magic.wire.connections import Cutter
from runware_magic.wire.forks import forget_when_forked
from runware_magic.wire.redaction import hidden_in_events
from runware_magic.wire.transport import Transport

_QUEUED = 256  # batches; a reader that is faster than the drawing waits here
_WAKE_S = 0.05  # for the thread to hand over what it holds, once its connection is cut
_JOIN_S = 0.3  # for it to end, with what may still come of a body; while a connection is being made, it takes longer

_MOST_KEPT = 8 * 2**20  # bytes of a body, packed: more than any answer takes that is text
_TOO_MUCH = b"\n\n: What came after this was more than is kept.\n"
_WITHHELD = b": What came repeated the key in pieces, so it is not kept.\n"

Batch = tuple[Event, ...]


class Body:
    """The bytes of an answer, kept small: the JSON around each word is many times the word, and always the same."""

    def __init__(self) -> None:
        self._packer = zlib.compressobj(1)
        self._packed: list[bytes] = []
        self._size = 0
        self._withheld = False

    def add(self, piece: bytes) -> None:
        """Keep more of them."""
        if self._withheld or self._size > _MOST_KEPT:
            return
        if packed := self._packer.compress(piece):
            self._packed.append(packed)
            self._size += len(packed)

    def withhold(self) -> None:
        """Keep none of them: they hold the key, in pieces that no one look finds."""
        self._withheld = True
        self._packed.clear()
        self._packer = zlib.compressobj(1)

    def read(self) -> bytes:
        """Give them all; a comment in place of those that are not kept."""
        if self._withheld:
            return _WITHHELD
        rest = self._packer.copy().flush()
        kept = zlib.decompressobj().decompress(b"".join(self._packed) + rest)
        return kept + _TOO_MUCH if self._size > _MOST_KEPT else kept


class Exchange:
    """A request and its answer.

    Parameters
    ----------
    transport
        Who talks to the endpoint.
    request
        What to ask; it is sent at once.
    """

    def __init__(self, transport: Transport, request: Request) -> None:
        self._transport, self._request = transport, request
        self._queue: queue.Queue[Batch | BaseException | None] = queue.Queue(_QUEUED)
        self._batch: list[Event] = []
        self._cutter = Cutter()
        self._over = self._asked_to_stop = self._at_end = False
        self._body = Body()
        self._thread = threading.Thread(target=self._read, name="runware-exchange", daemon=True)
        forget_when_forked(self)
        self._thread.start()

    def next(self, timeout_s: float | None = None) -> Batch | None:
        """Give what has arrived.

        Parameters
        ----------
        timeout_s
            How long to wait for something; None waits for ever.

        Returns
        -------
        tuple of Event or None
            Empty when nothing came in that time, None when the answer is over, or stopped and all given that had come.

        Raises
        ------
        RunwareError
            When there is no answer, or it broke off.
        """
        if self._over:
            return None
        if self.stopped:
            return self._rest(())
        try:
            got = self._queue.get(timeout=timeout_s)
        except queue.Empty:
            got = ()
        if self.stopped:
            return self._rest(got)
        if isinstance(got, tuple):
            # Nothing more is awaited after the endpoint's last word, even if it keeps the body open.
            self._over = bool(got) and isinstance(got[-1], Ended)
            return got
        self._over = True
        if got is not None:
            raise bare(got)
        return None

    @property
    def stopped(self) -> bool:
        """Whether `stop` came before its end."""
        return self._asked_to_stop and not self._at_end

    def stop(self) -> None:
        """End it, from any thread: `next` gives what has arrived, and then no more."""
        self._asked_to_stop = True
        self._cutter.cut()
        with contextlib.suppress(queue.Full):
            # Wakes whoever waits; where the queue is full, nobody does.
            self._queue.put_nowait(None)

    @property
    def body(self) -> Body:
        """What the endpoint sent, byte for byte, so far."""
        return self._body

    def __iter__(self) -> Iterator[Batch]:
        """Give batch after batch until the answer is over."""
        while (batch := self.next()) is not None:
            yield batch

    def close(self) -> None:
        """End it, wherever it is; returns when its thread has ended."""
        if not self._over:
            self._cutter.cut()
        # A full queue would keep the thread from noticing.
        while self._thread.is_alive() and not self._queue.empty():
            self._queue.get_nowait()
        self._thread.join(_WAKE_S if self._asked_to_stop else _JOIN_S)

    def forget(self) -> None:
        """Let a forked child have what had arrived, and no hope of more: the answer goes on in the parent."""
        arrived, self._queue = self._queue.queue, queue.Queue()
        self._queue.queue.extend(arrived)
        self._cutter = Cutter()
        if not self._at_end:
            # Packing may have been under way.
            self._body = Body()
            msg = "The answer goes on in the process that this one was forked from."
            self._queue.put(ConnectionLostError(msg, "Ask again in this one."))

    def _read(self) -> None:
        last: BaseException | None = None
        try:
            events = self._transport.answer(self._request, self._cutter, self._flush, self._body.add)
            for event in hidden_in_events(events, self._transport.endpoint.key, self._body.withhold):
                self._batch.append(event)
                if isinstance(event, Ended | Retrying):
                    self._flush()
        except BaseException as error:  # noqa: BLE001  # whatever it is, it belongs to the thread that waits
            last = error
        self._flush()
        self._put(last)
        self._at_end = not self._cutter.is_cut

    def _flush(self) -> None:
        if self._batch:
            self._put(tuple(self._batch))
            self._batch.clear()

    def _rest(self, got: Batch | BaseException | None) -> Batch | None:
        """Give what had arrived when it was stopped, all at once, and then None."""
        self._thread.join(_WAKE_S)
        rest = list(got) if isinstance(got, tuple) else []
        while not self._queue.empty():
            got = self._queue.get_nowait()
            rest += got if isinstance(got, tuple) else ()
        self._over = not rest
        return tuple(rest) or None

    def _put(self, item: Batch | BaseException | None) -> None:
        while not self._was_put(item) and not self._cutter.is_cut:
            pass

    def _was_put(self, item: Batch | BaseException | None) -> bool:
        try:
            # Once it is cut nobody may be there to make room.
            self._queue.put(item, block=not self._cutter.is_cut, timeout=0.1)
        except queue.Full:
            return False
        return True
