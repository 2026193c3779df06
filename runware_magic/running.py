"""A turn under way: what is asked, what has come of it, and how it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from runware_magic.chat.events import joined
from runware_magic.chat.messages import Message
from runware_magic.chat.request import Request
from runware_magic.chat.turn import COMPLETE, FAILED, STOPPED, Draft, Turn
from runware_magic.chat.variant import Variant
from runware_magic.errors import BudgetError, RunwareError, StoppedError

if TYPE_CHECKING:
    from runware_magic.budget import Guard
    from runware_magic.wire.body import Body
    from runware_magic.wire.exchange import Batch, Exchange


@dataclass(frozen=True, slots=True)
class Ask:
    """What a cell or a caller wants to know.

    Attributes
    ----------
    messages
        The new messages, in order.
    model
        Whom to ask; None takes the default.
    chat
        In which conversation; None asks outside of all.
    cell_id
        Which cell asks, where the front end tells.
    parameters
        Fields of the request.
    stream
        Whether the answer is to come piece by piece.
    keep
        Whether an answer that this very request has had before will do.
    budget
        US dollars that the answer may cost; None sets no limit of its own.
    variant
        Which answer of a comparison it is to be; None where it is the only one.
    """

    messages: tuple[Message, ...]
    model: str | None = None
    chat: str | None = "main"
    cell_id: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    stream: bool = True
    keep: bool = False
    budget: float | None = None
    variant: Variant | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request, and the turn that it will become.

    Attributes
    ----------
    turn
        As it stands before anything is sent.
    request
        With everything that the endpoint is to see.
    budget
        As in `Ask`.
    """

    turn: Turn
    request: Request
    budget: float | None = None


class Run:
    """A turn under way.

    Parameters
    ----------
    draft
        The turn that grows.
    exchange
        Where its events come from.
    guard
        Watches what it costs.
    host
        Who answers, for messages.
    clock
        Seconds, from any beginning.
    """

    def __init__(self, draft: Draft, exchange: Exchange, guard: Guard, host: str, clock: Callable[[], float]) -> None:
        self.draft, self.guard = draft, guard
        self.error: RunwareError | None = None
        self._exchange, self._host, self._clock = exchange, host, clock
        self._began = clock()
        self._state = STOPPED  # what has neither failed nor come to its end was stopped

    @property
    def elapsed_s(self) -> float:
        """Seconds since the request was sent."""
        return self._clock() - self._began

    @property
    def over(self) -> bool:
        """Whether nothing more will come than what `batches` has not given yet."""
        return self._exchange.over

    @property
    def has_let_go(self) -> bool:
        """Whether nothing of it is at work any more."""
        return self._exchange.has_let_go

    @property
    def refused(self) -> bool:
        """Whether the endpoint did not even begin to answer: then there is no turn."""
        return not self.draft.opened and self._state != COMPLETE

    def batches(self, waits: Callable[[], tuple[float | None, float]] = lambda: (None, 0.0)) -> Iterator[Batch]:
        """Fold what arrives, and give it; an empty batch when nothing came within the time-out.

        Parameters
        ----------
        waits
            Gives the seconds to wait for something, None for ever; and those to wait even if there is something.

        Raises
        ------
        BudgetError
            When what has come passes the budget; it has been given.
        """
        while (batch := self._exchange.next(*waits())) is not None:
            at_s = self.elapsed_s
            events = joined(batch)
            for event in events:
                self.draft.fold(event, at_s)
            self.guard.see(events)
            yield batch
            if not self._exchange.stopped:
                self.guard.check()
        if self._exchange.stopped:
            raise self._stopped()

    def stop(self) -> None:
        """End it, from any thread: what has arrived is folded, then `batches` raises `StoppedError`."""
        self._exchange.stop()

    @contextmanager
    def ending(self) -> Iterator[None]:
        """Take note of how the block ends: the one path for a whole answer, an interrupt and a lost connection.

        An interrupt and errors of this package stand in `error` then, and go no further: there is something to show and
        to keep before they are raised.
        """
        try:
            yield
            self._state, self.error = self._judged()
        except KeyboardInterrupt:
            self._take_rest()
            self.error = self._stopped()
        except StoppedError as error:
            self.error = error
        except BudgetError as error:
            self.stop()
            self.error = error
        except RunwareError as error:
            self._state, self.error = FAILED, error
        except Exception:
            self._state = FAILED
            raise

    def end(self) -> Turn:
        """Stamp how it ended."""
        return self.draft.snapshot(
            self._state, error=str(self.error) if self.error else None, total_s=round(self.elapsed_s, 3)
        )

    @property
    def body(self) -> Body:
        """What the endpoint sent, byte for byte."""
        return self._exchange.body

    def close(self) -> None:
        """Let go of the connection."""
        self._exchange.close()
        self.guard.settle(None)

    def _take_rest(self) -> None:
        self.stop()
        with suppress(RunwareError, KeyboardInterrupt):
            for _ in self.batches():
                pass

    def _stopped(self) -> StoppedError:
        kept = "Stopped: what had arrived is kept." if self.draft.opened else "Stopped before an answer came."
        return StoppedError(kept, "Run the cell again for a whole answer.")

    def _judged(self) -> tuple[str, RunwareError | None]:
        failure = self.draft.failure
        if failure is None:
            return COMPLETE, None
        from runware_magic.wire.refusal import reported  # noqa: PLC0415  # only where an endpoint reports something

        return FAILED, reported(failure.message, failure.code, host=self._host, began=self.draft.opened)
