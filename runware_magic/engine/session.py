"""The state of a kernel: conversation, costs, connections, outputs; and the steps of a turn."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from runware_magic.chat.conversation import Conversation, added, context, first_whole
from runware_magic.chat.lineage import asked_after
from runware_magic.chat.pricing import Meter
from runware_magic.chat.request import Request, with_defaults
from runware_magic.chat.structured import IN_PROMPT, in_prompt
from runware_magic.chat.turn import STOPPED, Turn
from runware_magic.engine.budget import Budget, Guard, Limits
from runware_magic.engine.cancel import CancelToken
from runware_magic.engine.connections import Connections
from runware_magic.engine.ledger import Ledger
from runware_magic.engine.notes import Notes
from runware_magic.engine.query import PreparedCall, Query
from runware_magic.engine.recent import Recent
from runware_magic.engine.settings import Settings
from runware_magic.engine.throttle import MessageBudget
from runware_magic.engine.view import GridView, Settling
from runware_magic.errors import ConnectionLostError, RunwareError, TimedOutError, UsageError
from runware_magic.transport.credentials import other_keys
from runware_magic.transport.endpoint import Endpoint, Key
from runware_magic.transport.forks import Lock
from runware_magic.transport.key_leaks import refuse_secrets
from runware_magic.transport.timeouts import Timeouts

if TYPE_CHECKING:
    from runware_magic.chat.saved_outputs import Restored
    from runware_magic.engine.call import Call, SlowDown
    from runware_magic.engine.outputs import Outputs
    from runware_magic.transport.transport import Transport

_AGAIN_NOTE = "This is the previous answer: the last run of this cell got none."


class Session:
    """The state of a kernel.

    `connect` returns the transport of an endpoint; a `Transport` by default. `from_python` words errors for Python
    callers, not for cells.
    """

    def __init__(
        self, connect: Callable[[Endpoint, Timeouts], Transport] | None = None, *, from_python: bool = False
    ) -> None:
        self.conversation = Conversation()
        self.ledger = Ledger()
        self.budget = Budget(self.ledger)
        self.message_budget = MessageBudget()
        self.recent = Recent()
        self._ignore_schemas: set[tuple[str, str]] = set()  # endpoints and models
        self.connections = Connections(connect)
        self._from_python = from_python
        self.notes = Notes(self.connections)
        # Background answers end at any time; two threads must not settle outputs or change the conversation at once.
        self._lock = Lock()

    @cached_property
    def outputs(self) -> Outputs:
        """The outputs that the front end shows."""
        from runware_magic.engine.outputs import Outputs  # noqa: PLC0415  # keeps loading the extension fast

        return Outputs()

    def prepare(self, ask: Query, where: Endpoint, settings: Settings) -> PreparedCall:
        """Prepare a request; send nothing.

        Raises `UsageError` if a field cannot be sent, the model is not allowed, or the request contains a key.
        """
        conversation = self.conversation  # read once: a background answer may replace it
        spot = (ask.cell_id, ask.again)
        before = conversation.before(ask.chat, *spot) if ask.chat else ()
        place = conversation.place_of(ask.chat, *spot) if ask.chat else None
        parent, seen = asked_after(conversation, ask.chat, *spot) if ask.chat else (None, None)
        messages = added(ask.messages, before, settings.system)
        model = ask.model or settings.model_for(where)
        settings.must_allow(model, where)
        parameters = with_defaults(ask.parameters, max_tokens=settings.max_tokens, temperature=settings.temperature)
        request = Request(model, context(before, messages), parameters, ask.stream)
        self._refuse_keys(request, where, len(messages))
        return PreparedCall.of(
            request,
            endpoint=where.name,
            messages=messages,
            budget=ask.budget,
            chat=ask.chat,
            cell_id=ask.cell_id,
            parent=parent,
            context=seen,
            supersedes=place.turn.id if place else None,
            variant=ask.variant,
            attached=ask.attached,
        )

    def keys(self) -> tuple[Key, ...]:
        """Return the keys that no request may contain: those used here, and those of the environment."""
        return (*self.connections.keys(), *other_keys(os.environ))

    def begin(  # noqa: PLR0913  # collaborators are arguments
        self,
        prepared: PreparedCall,
        where: Endpoint,
        settings: Settings,
        stop: CancelToken | None = None,
        *,
        guard: Guard | None = None,
        news: Callable[[], object] = lambda: None,
        slow_down: SlowDown = lambda _: None,
    ) -> Call:
        """Return the call of a prepared request, not started yet.

        `stop` cancels the request for prices; `guard` replaces the budget of the session. Raises `SpentError`,
        `StoppedError`, or `NotRecordedError` if the replay has no answer.
        """
        from runware_magic.engine.call import Call  # noqa: PLC0415  # as in `outputs`

        try:
            prepared, where = self.routed(prepared, where, settings)
            if (where.name, prepared.request.model) in self._ignore_schemas:
                prepared = replace(prepared, request=in_prompt(prepared.request))
            transport = self.connections.transport(where, settings.timeouts)
            guard = guard or self._guard(prepared, where, settings, stop)  # last: it counts from here on
        except RunwareError as error:
            error.from_python = self._from_python
            raise
        return Call(prepared, transport, guard, from_python=self._from_python, news=news, slow_down=slow_down)

    def note_ignored_schema(self, turn: Turn) -> None:
        """Send schemas in the prompt from now on where an answer has ignored one: see `Course.ignores_schema`."""
        self._ignore_schemas.add((turn.endpoint, turn.model))

    def routed(self, prepared: PreparedCall, where: Endpoint, settings: Settings) -> tuple[PreparedCall, Endpoint]:
        """Return a call and the endpoint that answers it during a replay; raise `NotRecordedError` if there is none."""
        there, recorded = self.connections.routed(where, prepared.request)
        if there is where and recorded is None:
            return prepared, where
        turn, request = prepared.turn, prepared.request
        if recorded is not None:
            turn = replace(turn, endpoint=recorded.endpoint, recorded=recorded.date)
        else:
            # The recording lacks it, so it is sent after all and has to be checked for that.
            request = replace(request, model=settings.model_at(there, request.model))
            settings.must_allow(request.model, there)
            self._refuse_keys(request, there, len(turn.messages))
            turn = replace(turn, endpoint=there.name, model=request.model)
        return replace(prepared, turn=turn, request=request), there

    def _refuse_keys(self, request: Request, where: Endpoint, fresh: int) -> None:
        keys = self.keys() if where.is_demo else (where.key, *self.keys())
        refuse_secrets(request, keys, fresh=fresh)

    def _guard(self, prepared: PreparedCall, where: Endpoint, settings: Settings, stop: CancelToken | None) -> Guard:
        if where.recording:
            return self.budget.replay(Meter(prepared.request, None))
        limits = Limits(settings.budget, prepared.budget)
        if limits.any:
            self.connections.ask_for_prices(where, settings.timeouts, stop)
        prices = self.connections.lists.prices(where, prepared.request.model)
        return self.budget.admit(Meter(prepared.request, prices), limits)

    def end(self, call: Call, checked: Callable[[Turn], Turn] = lambda turn: turn) -> Turn:
        """Keep the turn of a call that has ended, unless the endpoint refused it.

        The variants of a comparison are kept together, by `settle`.
        """
        outcome = call.outcome()
        turn = checked(outcome.turn)  # with earlier steps, which have been paid for
        if call.refused:
            # The endpoint may have begun to answer, at an unknown cost.
            stopped = turn.state == STOPPED and call.builder.retrying is None
            had_cost = stopped or isinstance(outcome.error, TimedOutError | ConnectionLostError)
            call.guard.settle(outcome.turn if had_cost else None)
            return turn
        if turn.variant is None:
            with self._lock:
                self.conversation = self.conversation.with_turn(turn)
        call.guard.settle(outcome.turn)
        self.recent.keep(turn.id, call.builder.sent, call.body)
        return turn

    def keep(self, turn: Turn) -> None:
        """Keep a turn to which something has come since `end`: verdicts, results of tool calls."""
        if turn.variant is None:
            with self._lock:
                self.conversation = self.conversation.with_turn(turn)

    def settle(
        self,
        view: GridView,
        turns: tuple[Turn, ...],
        where: Endpoint,
        *,
        labels: tuple[str, ...] = (),
        picked: int | None = None,
    ) -> None:
        """Show answers that have ended; keep those of a comparison before.

        `labels` are for the badge of a single answer; `picked` is the number that the reader chose, None for the first.
        """
        with self._after(lambda: view.announce_end(turns)):
            several = turns[0].variant is not None
            counts = self._keep_variants(turns, picked) if several else turns[0]
            variants, notes = turns if several else (), self.notes(where)
            self.outputs.settle(view, counts, self.conversation, notes=notes, labels=labels, variants=variants)

    def _keep_variants(self, turns: tuple[Turn, ...], picked: int | None) -> Turn:
        """Keep the answers of a comparison, and return the one in use."""
        self.conversation = self.conversation.with_variants(turns)
        chosen = next((turn for turn in turns if turn.variant and turn.variant.number == picked), None)
        if chosen is not None:
            self.conversation = self.conversation.with_chosen(chosen)
        shown = {turn.id for turn in self.conversation.turns(turns[0].chat or "")}
        # If no answer is whole, an earlier turn may still be in use.
        return next((turn for turn in turns if turn.id in shown), chosen or first_whole(turns))

    @contextmanager
    def _after(self, last_words: Callable[[], object]) -> Iterator[None]:
        """Hold the lock after the last words of a view, even if an interrupt cuts them short."""
        try:
            last_words()
        finally:
            with self._lock:
                yield

    def refuse(self, view: GridView, cell_id: str | None, model: str, error: BaseException) -> None:
        """Show that there is no answer, or the earlier answer of the cell."""
        if not self.show_again(cell_id, view, error):
            view.refuse(model, error)

    def show_kept(self, turn: Turn, view: GridView) -> None:
        """Show an earlier answer again, and use it."""
        with self._lock:
            self.conversation = self.conversation.with_chosen(turn)
            self.outputs.settle(view, turn, self.conversation, labels=("kept",))

    def show_turn(self, turn: Turn, view: Settling, where: str) -> None:
        """Show a turn in the output of the cell ``where``, too."""
        with self._lock:
            self.outputs.show_again(view, turn, self.conversation, where)

    def show_again(self, cell_id: str | None, view: GridView, error: BaseException) -> bool:
        """Show the earlier answer of a cell whose run got none, since the front end has cleared the output.

        Returns whether there is one. The error is added if nothing else shows it.
        """
        places = (self.conversation.place_of(chat, cell_id) for chat in self.conversation.chats)
        place = next((place for place in places if place is not None), None)
        ours = error if isinstance(error, RunwareError) else None
        if place is None or (ours and ours.is_shown):
            return place is not None
        if ours:
            ours.is_shown = True
        with self._after(lambda: view.announce_end(error)):
            why = (str(error),) if view.tells_errors else ()
            self.outputs.settle(view, place.turn, self.conversation, notes=(*why, _AGAIN_NOTE))
        return True

    def choose(self, turn: Turn) -> None:
        """Use this version of its turn, and update the outputs.

        Raises `UsageError` if it is in no chat.
        """
        if self.conversation.index_of_turn(turn.chat or "", turn.id) is None:
            msg = "This answer belongs to no chat, so it cannot be picked."
            raise UsageError(msg, "It was asked with --once, or has been forgotten.")
        self.change(lambda now: now.with_chosen(turn), shown=turn)

    def change(self, changed: Callable[[Conversation], Conversation], *, shown: Turn | None = None) -> None:
        """Change the conversation and update its outputs, one of which may show another version then.

        `changed` is a function, since a background answer may end after the caller has read the conversation.
        """
        with self._lock:
            self.conversation = changed(self.conversation)
            self.outputs.show(shown, self.conversation)

    def restore(self, rebuilt: Restored, *, is_open: bool = False) -> None:
        """Add the turns of a saved notebook, which may be the open one; turns of this kernel take precedence."""
        if is_open:
            with self._lock:
                self.outputs.read(rebuilt.held)
        self.ledger.add(rebuilt.turns, earlier=True)
        self.change(lambda now: now.merged(rebuilt.conversation))

    def request_of(self, turn: Turn) -> Request:
        """Return the request of a turn as it was sent, or a reconstruction."""
        if (sent := self.recent.request(turn.first_choice_id)) is not None:
            return sent
        turns = {each.id: each for each in self.conversation.all_turns()}
        seen = self.conversation.index.ancestry.seen(turn.id)
        before = [turns[name] for name in seen if name in turns]
        request = Request(turn.model, context(before, turn.messages), turn.parameters)
        return in_prompt(request) if turn.schema_sent == IN_PROMPT else request

    def close(self) -> None:
        """Close all connections and stop the demo endpoint."""
        self.connections.close()
