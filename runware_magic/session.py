"""One turn, from what is asked to what is kept, in the order it happens."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from runware_magic.chat.conversation import Conversation, added, context
from runware_magic.chat.lineage import asked_after
from runware_magic.chat.messages import Message
from runware_magic.chat.request import Request, with_defaults
from runware_magic.chat.turn import COMPLETE, FAILED, STOPPED, Draft, Timing, Turn
from runware_magic.display.view import View
from runware_magic.errors import RunwareError, StoppedError
from runware_magic.pace import Pacer
from runware_magic.settings import Settings
from runware_magic.wire.endpoint import Endpoint
from runware_magic.wire.exchange import Batch, Exchange
from runware_magic.wire.models import Model
from runware_magic.wire.refusal import reported
from runware_magic.wire.transport import Patience, Transport

if TYPE_CHECKING:
    from runware_magic.wire.demo import DemoEndpoint

_DEMO_NOTE = (
    "This is the built-in demo endpoint: a script, not a model. "
    "To ask real models, set RUNWARE_API_KEY or run %runware login."
)


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
    """

    messages: tuple[Message, ...]
    model: str | None = None
    chat: str | None = "main"
    cell_id: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    stream: bool = True


class Run:
    """A turn under way.

    Parameters
    ----------
    draft
        The turn that grows.
    exchange
        Where its events come from.
    host
        Who answers, for messages.
    clock
        Seconds, from any beginning.
    """

    def __init__(self, draft: Draft, exchange: Exchange, host: str, clock: Callable[[], float]) -> None:
        self.draft = draft
        self.error: RunwareError | None = None
        self._exchange, self._host, self._clock = exchange, host, clock
        self._began = clock()
        self._state = STOPPED  # what has neither failed nor come to its end was stopped

    @property
    def elapsed_s(self) -> float:
        """Seconds since the request was sent."""
        return self._clock() - self._began

    @property
    def refused(self) -> bool:
        """Whether the endpoint did not even begin to answer: then there is no turn."""
        return self._state == FAILED and not self.draft.opened

    def batches(self, timeout_s: Callable[[], float | None] = lambda: None) -> Iterator[Batch]:
        """Fold what arrives, and give it; an empty batch when nothing came within the time-out."""
        while (batch := self._exchange.next(timeout_s())) is not None:
            at_s = self.elapsed_s
            for event in batch:
                self.draft.fold(event, at_s)
            yield batch

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
            self.error = StoppedError("Stopped: what had arrived is kept.", "Run the cell again for a whole answer.")
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

    def close(self) -> None:
        """Let go of the connection."""
        self._exchange.close()

    def _judged(self) -> tuple[str, RunwareError | None]:
        failure = self.draft.failure
        if failure is None:
            return COMPLETE, None
        return FAILED, reported(failure.message, failure.code, host=self._host)


@dataclass(frozen=True, slots=True)
class Spent:
    """What one request used: kept even when its turn is forgotten.

    Attributes
    ----------
    model, endpoint
        Who answered.
    prompt_tokens, completion_tokens, cost
        As the endpoint told, the cost in US dollars; None where it did not.
    total_s
        Seconds from the request to the end of the answer.
    """

    model: str
    endpoint: str
    prompt_tokens: int | None
    completion_tokens: int | None
    cost: float | None
    total_s: float


class Session:
    """What a kernel holds: its conversations, its connections, and the demo endpoint if one was needed.

    Parameters
    ----------
    connect
        Gives what talks to an endpoint.
    clock
        Seconds, from any beginning.
    now
        The time of day.
    new_id
        Gives an id that no other turn has.
    """

    def __init__(
        self,
        connect: Callable[[Endpoint, Patience], Transport] = Transport,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        self.conversation = Conversation()
        self.ledger: list[Spent] = []
        self.known_models: tuple[str, ...] = ()
        self._connect, self._clock, self._now, self._new_id = connect, clock, now, new_id
        self._transports: dict[tuple[Endpoint, Patience], Transport] = {}
        self._demo: DemoEndpoint | None = None
        self._demo_explained = False

    def run(self, ask: Ask, where: Endpoint, settings: Settings, shown_by: Callable[[], View]) -> Turn:
        """Ask, show the answer as it grows, settle it, keep it.

        Parameters
        ----------
        ask
            What to ask.
        where
            The endpoint.
        settings
            How to ask when `ask` does not say.
        shown_by
            Gives what shows the answer. Called once the request is on its way: what it has to load, it loads while the
            model thinks.

        Returns
        -------
        Turn
            The whole answer.

        Raises
        ------
        RunwareError
            When there is no answer, or not a whole one; what has come is shown and kept before.
        """
        # Closed last, since the connection may linger a moment: the reader has the answer by then.
        with closing(self.begin(ask, where, settings)) as run:
            view = shown_by()
            pacer = Pacer(self._clock, settings.frames_per_second)
            try:
                with run.ending():
                    view.open(run.draft)
                    for batch in run.batches(pacer.timeout_s):
                        if pacer.due(news=bool(batch)):
                            view.draw(run.draft, run.elapsed_s)
            finally:
                turn = self.end(run)
                if run.refused and run.error:
                    view.refuse(turn.model, run.error)
                else:
                    view.settle(turn, notes=self._notes(where))
        if run.error:
            raise run.error
        return turn

    def begin(self, ask: Ask, where: Endpoint, settings: Settings) -> Run:
        """Send a request; the turn exists from here on."""
        before = self.conversation.before(ask.chat, ask.cell_id) if ask.chat else ()
        place = self.conversation.place_of(ask.chat, ask.cell_id) if ask.chat else None
        parent, seen = asked_after(self.conversation, before)
        messages = added(ask.messages, before, settings.system)
        model = ask.model or settings.model_for(where)
        parameters = with_defaults(ask.parameters, max_tokens=settings.max_tokens, temperature=settings.temperature)
        turn = Turn(
            id=self._new_id(),
            chat=ask.chat,
            cell_id=ask.cell_id,
            parent=parent,
            context=seen,
            supersedes=place.turn.id if place else None,
            model=model,
            endpoint=where.name,
            parameters=parameters,
            messages=messages,
            timing=Timing(self._now().strftime("%Y-%m-%dT%H:%M:%SZ")),
        )
        request = Request(model, context(before, messages), parameters, ask.stream)
        exchange = Exchange(self.transport(where, settings.patience), request)
        return Run(Draft(turn), exchange, where.host, self._clock)

    def end(self, run: Run) -> Turn:
        """Stamp a turn and keep it, unless the endpoint refused it."""
        turn = run.end()
        if not run.refused:
            self.conversation = self.conversation.with_turn(turn)
            self.ledger.append(_spent(turn))
        return turn

    def transport(self, where: Endpoint, patience: Patience) -> Transport:
        """Give what talks to an endpoint: the same each time, so that its connections serve again."""
        known = self._transports.get((where, patience))
        if known is None:
            known = self._transports[where, patience] = self._connect(where, patience)
        return known

    def models(self, where: Endpoint, patience: Patience) -> tuple[Model, ...]:
        """Ask for the endpoint's models; Tab completes to them from then on."""
        found = tuple(Model.from_json(row) for row in self.transport(where, patience).models())
        self.known_models = tuple(model.id for model in found)
        return found

    def demo(self) -> tuple[str, str]:
        """Start the demo endpoint if it is not running; give its address and key."""
        from runware_magic.wire.demo import DemoEndpoint  # noqa: PLC0415  # who has a key never needs it

        if self._demo is None:
            self._demo = DemoEndpoint()
        # Each time: in a forked process it is not running.
        self._demo.start()
        return self._demo.base_url, self._demo.key

    def close(self) -> None:
        """Close all connections and stop the demo endpoint."""
        for transport in self._transports.values():
            transport.close()
        self._transports.clear()
        if self._demo is not None:
            self._demo.stop()
            self._demo = None

    def _notes(self, where: Endpoint) -> tuple[str, ...]:
        if not where.is_demo or self._demo_explained:
            return ()
        self._demo_explained = True
        return (_DEMO_NOTE,)


def _spent(turn: Turn) -> Spent:
    usage = turn.usage
    return Spent(
        turn.model,
        turn.endpoint,
        usage.prompt_tokens if usage else None,
        usage.completion_tokens if usage else None,
        turn.cost,
        turn.timing.total_s or 0.0,
    )
