"""One answer from what is asked to what is kept, in the order it happens: in its cell, or behind it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing

from runware_magic.chat.turn import Draft, Turn
from runware_magic.display.view import View
from runware_magic.errors import RunwareError, StoppedError
from runware_magic.pace import Pacer
from runware_magic.running import Ask, Run
from runware_magic.session import Session
from runware_magic.settings import Settings
from runware_magic.stopping import Stop, interrupts_ask
from runware_magic.wire.endpoint import Endpoint

_LOOK_S = 0.05  # between looks whether an earlier answer has ended
_TICK_S = 0.5  # between drawings until then


class Answer:
    """An answer under way.

    Parameters
    ----------
    session
        What the kernel holds.
    ask
        What to ask.
    where
        The endpoint.
    settings
        How to ask when `ask` does not say.
    shown_by
        Gives what shows the answer, which may ask it to stop. Called once the request is on its way: what it has to
        load, it loads while the model thinks.
    earlier
        Answers that this one is asked after: it waits for them.
    checked
        Gives the turn with what came of its checks.
    name
        What commands call it by.
    clock
        Seconds, from any beginning.

    Attributes
    ----------
    turn
        What has come of it, once it has ended; None until then, and where it was refused.
    draft
        What has come so far.
    stop
        Ends it: what had arrived is kept.

    Raises
    ------
    RunwareError
        When the request cannot be made.
    """

    def __init__(  # noqa: PLR0913  # where from, what and where to, each of its own
        self,
        session: Session,
        ask: Ask,
        where: Endpoint,
        settings: Settings,
        shown_by: Callable[[Stop], View],
        *,
        earlier: Sequence[Answer] = (),
        checked: Callable[[Turn], Turn] = lambda turn: turn,
        name: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name, self.chat, self.cell_id = name, ask.chat, ask.cell_id
        self.stop = Stop()
        self.turn: Turn | None = None
        self._session, self._ask, self._where, self._settings = session, ask, where, settings
        self._prepared = session.prepare(ask, where, settings)
        self.draft = Draft(self._prepared.turn)
        self._shown_by = shown_by
        self._view: View | None = None
        self._earlier = earlier
        self._checked = checked
        self._clock = clock
        self._began = clock()
        self._ended = threading.Event()

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self._ended.is_set()

    @property
    def elapsed_s(self) -> float:
        """Seconds since it was asked for."""
        return self._clock() - self._began

    def show(self) -> View:
        """Show that it is under way."""
        if self._view is None:
            self._view = self._shown_by(self.stop)
            self._view.open(self.draft)
        return self._view

    def here(self, quiet_s: float = 0.0) -> Turn:
        """Run it in the foreground: as `run`, and an interrupt stops it.

        Parameters
        ----------
        quiet_s
            For how many seconds after it more interrupts are ignored.

        Raises
        ------
        StoppedError
            Also when the interrupt came too late for this answer: those who wait for the cell are to stop all the same.
        """
        with interrupts_ask(self.stop, quiet_s=quiet_s):
            turn = self.run()
        if self.stop.asked:
            msg = "Stopped: this answer had come whole, and is kept."
            raise StoppedError(msg)
        return turn

    def run(self) -> Turn:
        """Ask, show the answer as it grows, settle it, keep it.

        Returns
        -------
        Turn
            The whole answer.

        Raises
        ------
        RunwareError
            When there is no answer, or not a whole one; what has come is shown and kept before.
        """
        try:
            run = self._opened()
            if isinstance(run, Turn):
                self.turn = run
                return run
            # Closed last, since the connection may linger a moment: the reader has the answer by then.
            with closing(run):
                turn = self._follow(run)
            if run.error:
                raise run.error
            return turn
        finally:
            self._ended.set()

    def _opened(self) -> Run | Turn:
        """Send the request, when it is its turn; give the turn where its answer was kept."""
        try:
            self._wait_for_earlier()
            kept = self._session.kept(self._prepared) if self._ask.keep else None
            if kept is None:
                return self._session.begin(self._prepared, self._where, self._settings, self.stop)
        except RunwareError as error:
            self._session.refuse(self._made_view(), self.draft.snapshot(), error)
            raise
        self._session.show_kept(kept, self._made_view())
        return kept

    def _wait_for_earlier(self) -> None:
        if all(answer.has_ended for answer in self._earlier):
            return
        self.draft.waits_for = f"an earlier answer of chat {self.chat}"
        view, drawn_s = self.show(), 0.0
        while not all(answer.has_ended for answer in self._earlier):
            if self.stop.wait(_LOOK_S):
                msg = "Stopped before it was asked."
                raise StoppedError(msg, "Run the cell again to ask.")
            if self.elapsed_s - drawn_s > _TICK_S:
                drawn_s = self.elapsed_s
                view.draw(self.draft, drawn_s)
        # Anew: it is asked after what has come in the meantime.
        self._prepared = self._session.prepare(self._ask, self._where, self._settings)
        self.draft = Draft(self._prepared.turn)

    def _follow(self, run: Run) -> Turn:
        self.draft = run.draft
        self.stop.then(run.stop)
        try:
            with run.ending():
                self._draw(run)
        finally:
            turn = self._session.end(run, self._checked)
            if run.refused and run.error:
                self._session.refuse(self._made_view(), turn, run.error)
            else:
                self.turn = turn
                self._session.settle(self._made_view(), turn, self._where, run.guard.labels)
        return turn

    def _draw(self, run: Run) -> None:
        pacer = Pacer(self._settings.frames_per_second, self._session.traffic, self._clock)
        view = self.show()
        with self._session.traffic:
            for _ in run.batches(pacer.waits):
                if pacer.resting:
                    # More has come than may wait, or nothing more will come: what is shown last is the settled turn.
                    continue
                began = self._clock()
                pacer.drawn(view.draw(run.draft, run.elapsed_s), began)

    def _made_view(self) -> View:
        return self._view or self._shown_by(self.stop)
