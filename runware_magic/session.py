"""What a kernel holds: its conversations, what was spent, what outputs show; and the steps of a turn through it."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from functools import cached_property
from typing import TYPE_CHECKING

from runware_magic.budget import Budget, Guard, Limits
from runware_magic.chat.again import answered_before
from runware_magic.chat.conversation import Conversation, added, context
from runware_magic.chat.estimate import Meter
from runware_magic.chat.lineage import Lineage, asked_after
from runware_magic.chat.request import Request, with_defaults
from runware_magic.chat.turn import COMPLETE, STOPPED, Draft, Timing, Turn
from runware_magic.display.view import GridView, View
from runware_magic.errors import ConnectionLostError, RunwareError, TimedOutError, UsageError
from runware_magic.ledger import Ledger
from runware_magic.notes import Notes
from runware_magic.pace import Traffic
from runware_magic.peers import Peers
from runware_magic.running import Ask, Prepared, Run
from runware_magic.settings import Settings, other_keys
from runware_magic.stopping import Stop
from runware_magic.wire.endpoint import Endpoint, Key
from runware_magic.wire.forks import Lock
from runware_magic.wire.pasted import refuse_secrets
from runware_magic.wire.patience import Patience

if TYPE_CHECKING:
    from runware_magic.chat.archive import Rebuilt
    from runware_magic.comparison import Comparison
    from runware_magic.outputs import Outputs
    from runware_magic.wire.body import Body
    from runware_magic.wire.transport import Transport

_AGAIN_NOTE = "This is the answer from before: the last run of this cell got none."


class Session:
    """What a kernel holds.

    Parameters
    ----------
    connect
        Gives what talks to an endpoint; by default a `Transport`.
    clock
        Seconds, from any beginning.
    now
        The time of day.
    new_id
        Gives an id that no other turn has.
    other_keys
        Gives keys that are known and not used, such as those of other services.
    """

    def __init__(
        self,
        connect: Callable[[Endpoint, Patience], Transport] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
        other_keys: Callable[[], tuple[Key, ...]] = lambda: other_keys(os.environ),
    ) -> None:
        self.conversation = Conversation()
        self.ledger = Ledger()
        self.budget = Budget(self.ledger)
        self.traffic = Traffic()
        self.sent: dict[str, Request] = {}
        self.received: dict[str, Body] = {}
        self.peers = Peers(connect)
        self._clock, self._now, self._new_id = clock, now, new_id
        self._other_keys = other_keys
        self._notes = Notes(self.peers)
        # Answers in the background end when they end; an output is not settled by two at once.
        self._lock = Lock()

    @cached_property
    def outputs(self) -> Outputs:
        """The outputs that the front end shows."""
        from runware_magic.outputs import Outputs  # noqa: PLC0415  # the first question pays, not every kernel

        return Outputs()

    def prepare(self, ask: Ask, where: Endpoint, settings: Settings) -> Prepared:
        """Make the request, with everything that the endpoint is to see; send nothing.

        Raises
        ------
        UsageError
            When a field cannot be sent, the model may not be asked, or a key is somewhere in it.
        """
        conversation = self.conversation  # which an answer in the background may change meanwhile
        before = conversation.before(ask.chat, ask.cell_id) if ask.chat else ()
        place = conversation.place_of(ask.chat, ask.cell_id) if ask.chat else None
        parent, seen = asked_after(conversation, before)
        messages = added(ask.messages, before, settings.system)
        model = ask.model or settings.model_for(where)
        settings.must_allow(model, where)
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
            variant=ask.variant,
        )
        request = Request(model, context(before, messages), parameters, ask.stream)
        refuse_secrets(request, (where.key, *self.keys()) if not where.is_demo else self.keys(), fresh=len(messages))
        return Prepared(turn, request, ask.budget)

    def keys(self) -> tuple[Key, ...]:
        """Give the keys that no request is to hold: those that were used here, and those of the environment."""
        return (*self.peers.keys(), *self._other_keys())

    def begin(
        self,
        prepared: Prepared,
        where: Endpoint,
        settings: Settings,
        stop: Stop | None = None,
        bell: Callable[[], object] = lambda: None,
    ) -> Run:
        """Send a request; the turn exists from here on.

        Parameters
        ----------
        prepared, where, settings
            What to ask, whom and how.
        stop
            Ends it while prices are asked for.
        bell
            Called when something of the answer has come: for whoever follows several.

        Raises
        ------
        SpentError
            When the budget does not allow it.
        StoppedError
            When the stop is asked for before.
        NotRecordedError
            When it is to be replayed, and was not recorded.
        """
        from runware_magic.wire.exchange import Exchange  # noqa: PLC0415  # as for `outputs`

        prepared, where = self.routed(prepared, where, settings)
        guard = self._guard(prepared, where, settings, stop)
        exchange = Exchange(self.peers.transport(where, settings.patience), prepared.request, bell)
        return Run(Draft(prepared.turn), exchange, guard, where.host, self._clock)

    def routed(self, prepared: Prepared, where: Endpoint, settings: Settings) -> tuple[Prepared, Endpoint]:
        """Settle who answers where something is replayed, and say so in the turn; `NotRecordedError` for nobody."""
        there, recorded = self.peers.routed(where, prepared.request)
        turn, request = prepared.turn, prepared.request
        if recorded is not None:
            turn = replace(turn, endpoint=recorded.endpoint, recorded=recorded.date)
        elif there is not where:
            # Meant for a recording, it goes out all the same: now it has to be fit for that.
            request = replace(request, model=settings.model_at(there, request.model))
            settings.must_allow(request.model, there)
            keys = (there.key, *self.keys()) if not there.is_demo else self.keys()
            refuse_secrets(request, keys, fresh=len(turn.messages))
            turn = replace(turn, endpoint=there.name, model=request.model)
        return replace(prepared, turn=turn, request=request), there

    def _guard(self, prepared: Prepared, where: Endpoint, settings: Settings, stop: Stop | None) -> Guard:
        if where.recording:
            return self.budget.replay(Meter(prepared.request, None))
        limits = Limits(settings.budget, prepared.budget)
        if limits.any:
            self.peers.ask_for_prices(where, settings.patience, stop)
        return self.budget.admit(Meter(prepared.request, self.peers.prices(where, prepared.request.model)), limits)

    def end(self, run: Run, checked: Callable[[Turn], Turn] = lambda turn: turn) -> Turn:
        """Stamp a turn and keep it, unless the endpoint refused it. The variants of a comparison are kept all at once.

        Parameters
        ----------
        run
            What has ended.
        checked
            Gives the turn with what came of its checks.
        """
        turn = checked(run.end())
        if run.refused:
            # Stopped while the endpoint was at it: what that costs is unknown, which is to be told.
            stopped = turn.state == STOPPED and run.draft.retrying is None
            run.guard.settle(turn if stopped or isinstance(run.error, TimedOutError | ConnectionLostError) else None)
            return turn
        if turn.variant is None:
            with self._lock:
                self.conversation = self.conversation.with_turn(turn)
        run.guard.settle(turn)
        self.received[turn.id] = run.body
        if run.draft.sent is not None:
            self.sent[turn.id] = run.draft.sent
        return turn

    def settle(self, view: View, turn: Turn, where: Endpoint, labels: tuple[str, ...]) -> None:
        """Show a turn as it is to stay."""
        with self._after(lambda: view.farewell(turn)):
            self.outputs.settle(view, turn, self.conversation, notes=self._notes(where), labels=labels)

    def settle_variants(self, view: GridView, turns: tuple[Turn, ...], where: Endpoint, number: int | None) -> Turn:
        """Keep the answers of a comparison, show them as they are to stay, and give the one that counts.

        Parameters
        ----------
        view
            Where they are shown.
        turns
            Those that were asked, in order.
        where
            Who answered.
        number
            Which the reader has chosen; None leaves it to the first.
        """
        with self._after(lambda: view.farewell(turns)):
            self.conversation = self.conversation.with_variants(turns)
            chosen = next((turn for turn in turns if turn.variant and turn.variant.number == number), None)
            if chosen is not None:
                self.conversation = self.conversation.with_chosen(chosen)
            shown = {turn.id for turn in self.conversation.turns(turns[0].chat or "")}
            # Where none is whole, an earlier answer may count still.
            counts = next((turn for turn in turns if turn.id in shown), chosen or _first(turns))
            self.outputs.settle(view, counts, self.conversation, notes=self._notes(where), variants=turns)
        return counts

    @contextmanager
    def _after(self, last_words: Callable[[], object]) -> Iterator[None]:
        """Hold the lock when a view has said its last words, or an interrupt, which goes on then, cuts them short."""
        try:
            last_words()
        finally:
            with self._lock:
                yield

    def refuse(self, view: View, turn: Turn, error: RunwareError) -> None:
        """Show that there is no answer, or the one that the cell had before."""
        if not self.show_again(turn.cell_id, view, error):
            view.refuse(turn.model, error)

    def kept(self, prepared: Prepared) -> Turn | None:
        """Give the answer that this very request has had in its cell before, if there is one."""
        return answered_before(self.conversation, prepared.turn)

    def show_kept(self, turn: Turn, view: View) -> None:
        """Show an answer again, and let it count."""
        with self._lock:
            for chat, places in self.conversation.chats.items():
                for number, place in enumerate(places, 1):
                    if chat == turn.chat and place.holds(turn.id):
                        version = 1 + [each.id for each in place.versions].index(turn.id)
                        self.conversation = self.conversation.with_shown(chat, number, version)
            self.outputs.settle(view, turn, self.conversation, labels=("kept",))

    def show_again(self, cell_id: str | None, view: View | GridView, error: RunwareError) -> bool:
        """Show what a cell has answered before, after a run without an answer: the front end has cleared its output.

        Parameters
        ----------
        cell_id
            Which cell.
        view
            Where to show it.
        error
            Why there is no answer; told where nothing else tells it.

        Returns
        -------
        bool
            Whether there is such an answer.
        """
        places = (self.conversation.place_of(chat, cell_id) for chat in self.conversation.chats)
        place = next((place for place in places if place is not None), None)
        if place is None:
            return False
        with self._after(lambda: view.farewell(error)):
            why = (str(error),) if view.tells_errors else ()
            self.outputs.settle(view, place.turn, self.conversation, notes=(*why, _AGAIN_NOTE))
        return True

    def comparison(self, turns: tuple[Turn, ...]) -> Comparison:
        """Give the answers of a comparison as a value."""
        from runware_magic.comparison import Comparison  # noqa: PLC0415  # as for `outputs`

        ids = {turn.id for turn in turns}

        def counts() -> Turn | None:
            here = self.conversation.turns(turns[0].chat or "")
            return next((turn for turn in here if turn.id in ids), None)

        return Comparison(turns, counts, self.choose)

    def choose(self, turn: Turn) -> None:
        """Let this version of its turn count, and say so in the outputs that this concerns.

        Raises
        ------
        UsageError
            When it is outside of all chats, or forgotten.
        """
        if not any(place.holds(turn.id) for place in self.conversation.places(turn.chat or "")):
            msg = "No chat goes on from an answer that is in none."
            raise UsageError(msg, "It was asked with --once, or is forgotten.")
        self.change(self.conversation.with_chosen(turn))
        self.outputs.show(turn, self.conversation)

    def change(self, conversation: Conversation) -> None:
        """Let the conversations be these, and say so in the outputs that this concerns."""
        with self._lock:
            self.conversation = conversation
            self.outputs.refresh(conversation)

    def restore(self, rebuilt: Rebuilt) -> None:
        """Take in what a saved notebook tells; what this kernel knows already goes before."""
        self.ledger.add(rebuilt.turns, earlier=True)
        with self._lock:
            self.change(self.conversation.merged(rebuilt.conversation))

    def request_of(self, turn: Turn) -> Request:
        """Give the request of a turn as it was sent, or as it must have been where another kernel sent it."""
        if turn.id in self.sent:
            return self.sent[turn.id]
        turns = {each.id: each for each in self.conversation.all_turns()}
        seen = Lineage(turns.values()).seen(turn)
        before = [turns[name] for name in seen if name in turns]
        return Request(turn.model, context(before, turn.messages), turn.parameters)

    def close(self) -> None:
        """Close all connections and stop the demo endpoint."""
        self.peers.close()


def _first(turns: tuple[Turn, ...]) -> Turn:
    return next((turn for turn in turns if turn.state == COMPLETE), turns[0])
