"""One request: its thread, its end, its outcome."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.events import Ended, Event, Retrying
from runware_magic.chat.turn import COMPLETE, FAILED, STOPPED, Turn
from runware_magic.engine.budget import Guard
from runware_magic.engine.kept_bytes import Body
from runware_magic.engine.query import PreparedCall
from runware_magic.engine.threads import in_new_thread
from runware_magic.errors import (
    BudgetError,
    ConnectionLostError,
    EndpointError,
    PromptError,
    RateLimitedError,
    RunwareError,
    SpentError,
    StoppedError,
    Words,
)
from runware_magic.protocol.errors import reported
from runware_magic.transport.connections import RequestCanceller
from runware_magic.transport.forks import process
from runware_magic.transport.interruptible import bare
from runware_magic.transport.transport import Transport

#: Seconds to fold what has arrived after the connection is cut. A connection that is still being made takes longer.
GRACE_S = 0.05
_LOOKS_EACH_S = 0.2
#: Seconds for the connection to return to its pool after the answer has ended.
LINGER_S = 0.3
#: Called when the endpoint gets too many requests, with the seconds to wait before the next one.
SlowDown = Callable[[float], object]

_BUSY = frozenset({"429", "503"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a call. It can be pickled."""

    turn: Turn  # however it ended
    error: RunwareError | None = None  # why the turn is not whole
    slowed_s: float | None = None  # the longest wait that the endpoint asked for
    asked: str = ""  # the id of the prepared turn; the turn has another id if it is a kept answer

    @property
    def is_hopeless(self) -> bool:
        """Whether every other request would fail too, since there is no key or no money."""
        return isinstance(self.error, EndpointError | SpentError) or getattr(self.error, "status", None) in {401, 402}


def failed(prepared: PreparedCall, error: BaseException) -> Outcome:
    """Return the outcome of a call that could not be made."""
    told = _told(error)
    turn = replace(prepared.turn, state=FAILED, error=str(told))
    if isinstance(error, PromptError):
        # The refused text may contain a key, and turns are saved.
        turn = replace(turn, messages=())
    return Outcome(turn, told, asked=turn.id)


def _told(error: BaseException) -> RunwareError:
    return bare(error) if isinstance(error, RunwareError) else RunwareError(f"{type(error).__name__}: {error}")


class Call:
    """A request: iterate over `events`, `run` it to its end, or `start` it in a thread of its own.

    One thread reads events and folds them into `builder`. Any other may read `builder`, stop the call, or wait for the
    outcome. `body` has the bytes that came. `news` is called after each event and at the end, `slow_down` when the
    endpoint gets too many requests.
    """

    def __init__(  # noqa: PLR0913  # collaborators are arguments
        self,
        prepared: PreparedCall,
        transport: Transport,
        guard: Guard,
        *,
        from_python: bool = False,
        news: Callable[[], object] = lambda: None,
        slow_down: SlowDown = lambda _: None,
    ) -> None:
        self.prepared, self.guard = prepared, guard
        self.builder, self.body = TurnBuilder(prepared.turn), Body()
        self._transport, self._from_python = transport, from_python
        self._news, self._slow_down = news, slow_down
        self._began, self._process = time.monotonic(), process()
        self._canceller = RequestCanceller()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._then: Callable[[Outcome], object] = lambda _: None
        self._outcome: Outcome | None = None
        self._slowed_s: float | None = None
        self._reader: int | None = None  # the id of its thread
        self._let_go = threading.Event()
        self._let_go.set()
        # Not in the thread: a recording answers equal requests in the order in which they were made.
        transport.expect(prepared.request, self._canceller)

    @property
    def elapsed_s(self) -> float:
        """Seconds since the call was made."""
        return time.monotonic() - self._began

    @property
    def has_ended(self) -> bool:
        """Whether there is an outcome."""
        return self._ended.is_set()

    @property
    def has_let_go(self) -> bool:
        """Whether no thread reads it, before and after."""
        return self._let_go.is_set()

    @property
    def refused(self) -> bool:
        """Whether no answer began, so that there is no turn to keep."""
        return not self.builder.opened and self.outcome().turn.state != COMPLETE

    def events(self) -> Iterator[Event]:
        """Read the answer in this thread, and yield each event after it is folded.

        Errors of this package are not raised; `outcome` has them.
        """
        self._reader = threading.get_ident()
        answer = self._transport.answer(self.prepared.request, self._canceller, self.body.add)
        try:
            for event in answer:
                self._take(event)
                yield event
                self._must_be_here()
                self.guard.check()
                if self._outcome is not None or type(event) is Ended:
                    break
            # Before the outcome: hundreds of threads that end while others begin the next calls slow each other down.
            answer.close()
            self._judge()
        except BudgetError as error:
            self._end(STOPPED, error)
        except KeyboardInterrupt:
            pass  # ends as stopped, below
        except Exception as error:  # noqa: BLE001  # it is reported in the outcome
            self._end(FAILED, _told(error))
        finally:
            if self.builder.ended:
                self._judge()
            self._end(STOPPED, self._stopped())
            if self.outcome().turn.state == STOPPED:
                self.cut()
            answer.close()
            self.body.end()

    def run(self) -> Outcome:
        """Read the answer to its end in this thread."""
        for _ in self.events():
            pass
        return self.outcome()

    def start(
        self,
        then: Callable[[Outcome], object] = lambda _: None,
        in_thread: Callable[[Callable[[], object], Callable[[], object]], object] = in_new_thread,
    ) -> None:
        """Read the answer in another thread.

        `then` is called once with the outcome, in whichever thread ended the call.
        """
        self._then = then
        # Before it starts: an interrupt may come before `in_thread` returns, when the thread is already running.
        self._let_go.clear()
        try:
            in_thread(self.run, self._let_go.set)
        except RuntimeError as error:  # the system allows no more threads
            self._let_go.set()
            self._end(FAILED, _told(error))
        except BaseException:
            self._canceller.cut()
            raise

    def outcome(self) -> Outcome:
        """Wait for the end, and return the outcome."""
        # On Windows, no interrupt ends a wait.
        while not self._ended.wait(_LOOKS_EACH_S):
            pass
        assert self._outcome is not None  # noqa: S101  # set before `_ended`
        return self._outcome

    def cut(self) -> None:
        """Cut the connection, from any thread."""
        self._canceller.cut()

    def stop(self, grace_s: float = GRACE_S) -> None:
        """End the call from any thread; its turn is what has arrived after at most `grace_s` seconds."""
        if self.has_ended:
            return  # its connection may still return to the pool
        self.cut()
        self._join(grace_s)
        self._end(STOPPED, self._stopped())

    def close(self, linger_s: float = LINGER_S) -> None:
        """Release the connection, within `linger_s` seconds."""
        self.stop()
        if not self._canceller.connecting:  # which cannot be cut, and takes longer
            self._join(linger_s)
        self.guard.settle(None)

    def _join(self, seconds: float) -> None:
        if self._reader != threading.get_ident():
            self._let_go.wait(seconds)

    def _take(self, event: Event) -> None:
        if self._outcome is not None:
            return
        self.builder.fold(event, time.monotonic() - self._began)
        self.guard.see(event)
        if type(event) is Retrying and event.reason in _BUSY:
            self._busy(event.wait_s)
        self._news()

    def _busy(self, wait_s: float) -> None:
        self._slowed_s = max(wait_s, self._slowed_s or 0.0)
        self._slow_down(wait_s)

    def _must_be_here(self) -> None:
        if process() != self._process:
            msg = "The answer continues in the parent process, from which this one was forked."
            raise ConnectionLostError(msg, "Ask again in this process.")

    def _judge(self) -> None:
        failure = self.builder.failure
        if failure is None:
            self._end(COMPLETE)
            return
        host, began = self._transport.endpoint.host, self.builder.opened
        self._end(FAILED, reported(failure.message, failure.code, host=host, began=began))

    def _stopped(self) -> StoppedError:
        kept = "Stopped. The text so far is kept." if self.builder.opened else "Stopped before an answer arrived."
        return StoppedError(kept, Words("Run the cell again", "Ask again") + " for a complete answer.")

    def _end(self, state: str, error: RunwareError | None = None) -> None:
        """Set the outcome; only the first call counts."""
        with self._lock:
            is_first = self._outcome is None
            if is_first:
                self._outcome = self._stamped(state, error)
        # By every caller: an interrupt may have come between the outcome and this.
        self._ended.set()
        if is_first:
            self._then(self.outcome())
            self._news()

    def _stamped(self, state: str, error: RunwareError | None) -> Outcome:
        if self._canceller.is_cut and not self.builder.ended and state != STOPPED:
            # The errors of a connection that was cut say nothing about the endpoint.
            state, error = STOPPED, self._stopped()
        if error is not None:
            error.from_python = self._from_python
        if isinstance(error, RateLimitedError):
            self._busy(0.0)
        turn = self.builder.snapshot(state, error=str(error) if error else None, total_s=round(self.elapsed_s, 3))
        return Outcome(turn, error, self._slowed_s, self.prepared.turn.id)
