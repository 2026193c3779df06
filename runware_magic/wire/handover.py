"""From the thread that reads an answer to the one that draws it: all that has come at once, and never too much."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from runware_magic.chat.events import Event

_MOST = 4096  # events that wait; a reader that is faster than the drawing waits too
_MANY = _MOST // 2  # events that do not wait for the drawing to have rested
_LOOK_S = 0.1  # between looks whether there is room
_WAKE_S = 0.05  # for the reader to hand over what it holds, once it is to stop


class Handover:
    """Events on their way.

    The reader wakes the drawer only when that waits for something: at a thousand events a second, waking it for each
    would cost more than the events.

    Parameters
    ----------
    bell
        Called when something has come where nothing was, or nothing more will.

    Attributes
    ----------
    over
        Whether nothing more will come.
    stopped
        Whether it was stopped before.
    error
        Why nothing more will come; None where all has.
    """

    def __init__(self, bell: Callable[[], object] = lambda: None) -> None:
        self._bell = bell
        self._rung = False  # since events were taken last
        self._changed = threading.Condition()
        self._events: deque[Event] = deque()
        self._awaited = False
        self.over = self.stopped = False
        self.error: BaseException | None = None

    @property
    def waiting(self) -> tuple[Event, ...]:
        """What has not been taken."""
        return tuple(self._events)

    def put(self, event: Event) -> None:
        """Hand over an event, when there is room for it; what comes after the end is dropped."""
        if len(self._events) >= _MOST:
            self._wait_for_room()
        if self.over:
            return
        # Without the lock, which takes longer than the event: whoever waits says so before looking once more.
        self._events.append(event)
        if not self._rung:
            self._rung = True
            self._bell()
        if self._awaited or len(self._events) == _MANY:
            with self._changed:
                self._changed.notify_all()

    def finish(self, error: BaseException | None = None) -> None:
        """Say that nothing more will come; the first to say so counts."""
        with self._changed:
            if not self.over:
                self.over, self.error = True, error
            self._changed.notify_all()
        self._bell()

    def stop(self) -> None:
        """Say that no more is wanted, from any thread: whoever waits is given what has come."""
        with self._changed:
            self.stopped = self.stopped or not self.over
            self._changed.notify_all()
        self._bell()

    def take(self, timeout_s: float | None, rest_s: float = 0.0) -> list[Event]:
        """Take all that has come.

        Parameters
        ----------
        timeout_s
            How long to wait for something; None waits for ever.
        rest_s
            How long to wait in any case, unless it ends before, or very much comes: what comes in that time is taken
            at once.

        Returns
        -------
        list of Event
            Empty when nothing came in that time, or all was taken.
        """
        with self._changed:
            if rest_s > 0:
                self._changed.wait_for(lambda: len(self._events) >= _MANY or self._is_ending(), rest_s)
            if not self._events:
                self._awaited = True
                self._changed.wait_for(lambda: self._events or self._is_ending(), timeout_s)
                self._awaited = False
            if self.stopped:
                self._changed.wait_for(lambda: self.over, _WAKE_S)
                self.over, self.error = True, None
            # Before they are counted: what comes from now on rings, and may be taken all the same.
            self._rung = False
            # As many as there are now: more may come meanwhile.
            taken = [self._events.popleft() for _ in range(len(self._events))]
            self._changed.notify_all()
            return taken

    def _wait_for_room(self) -> None:
        with self._changed:
            while len(self._events) >= _MOST and not self._is_ending():
                self._changed.wait(_LOOK_S)

    def _is_ending(self) -> bool:
        return self.over or self.stopped
