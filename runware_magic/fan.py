"""Several answers at once, in one loop: none waits for another, and one that fails leaves the others alone."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from runware_magic.chat.events import Retrying
from runware_magic.chat.grid import Fingerprints
from runware_magic.chat.turn import COMPLETE, FAILED, Turn
from runware_magic.display.view import GridView, Slot
from runware_magic.errors import RunwareError, SpentError, StoppedError
from runware_magic.gate import Gate
from runware_magic.pace import Pacer
from runware_magic.running import Ask, Prepared, Run
from runware_magic.session import Session
from runware_magic.settings import Settings
from runware_magic.stopping import Stop
from runware_magic.wire.endpoint import Endpoint

_LOOK_S = 0.005  # between looks for news: at a thousand words a second, several are taken at once
_LINGER_S = 0.3  # for the last connections to be given back
_BUSY = "429"


@dataclass(frozen=True, slots=True)
class Job:
    """One of the answers that are asked for.

    Attributes
    ----------
    ask
        What to ask, and which variant it will be.
    checked
        Gives the answer with what came of its checks.
    """

    ask: Ask
    checked: Callable[[Turn], Turn] = lambda turn: turn

    @property
    def name(self) -> str:
        """What tells it from the others."""
        return self.ask.variant.name if self.ask.variant else self.ask.model or ""


class Fan:
    """Answers that are under way together.

    Parameters
    ----------
    session
        What the kernel holds.
    jobs
        What to ask, in order; at least one.
    where
        The endpoint.
    settings
        How to ask where the jobs do not say.
    shown_by
        Gives what shows them, which may ask them to stop, and say with which the chat is to go on.
    max_parallel
        How many may be under way at once.
    clock
        Seconds, from any beginning.
    pause
        Waits for some seconds.

    Attributes
    ----------
    stop
        Ends them all: what had arrived is kept.
    slots
        Where each of them stands.
    first_error
        What was the first to go wrong; None where nothing did, but for a budget that was used up.
    """

    def __init__(  # noqa: PLR0913  # where from, what and where to, each of its own
        self,
        session: Session,
        jobs: Sequence[Job],
        where: Endpoint,
        settings: Settings,
        shown_by: Callable[[Stop, Callable[[int], None]], GridView],
        *,
        max_parallel: int,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self.stop = Stop()
        self.slots = [Slot(job.name) for job in jobs]
        self._session, self._jobs, self._where, self._settings = session, jobs, where, settings
        self._shown_by = shown_by
        self._clock, self._pause = clock, pause
        self._gate = Gate(max_parallel, clock=clock)
        self._fingerprints = Fingerprints()
        self._bell = threading.Event()
        self._next = 0  # of the jobs, the first that was not begun
        self._under_way: dict[int, tuple[Run | None, Iterator[None]]] = {}
        self._letting_go: list[Run] = []
        self._picked: int | None = None
        self._spent: SpentError | None = None
        self.first_error: RunwareError | None = None

    def run(self) -> tuple[Turn, ...]:
        """Ask them all, show them as they grow, settle and keep them.

        Returns
        -------
        tuple of Turn
            Those that were asked, in order, however each of them ended.

        Raises
        ------
        RunwareError
            When none of them was even begun to be answered.
        """
        view = self._shown_by(self.stop, self._pick)
        view.open(self.slots)
        self.stop.then(self._stop_all)
        try:
            self._follow(view)
        except BaseException as error:
            self._give_up(view, error)
            raise
        finally:
            self._let_go()
        turns = tuple(slot.turn for slot in self.slots if slot.turn is not None)
        if not any(turn.state == COMPLETE or turn.content or turn.reasoning for turn in turns):
            raise self._refused(view, turns)
        self._session.settle_variants(view, turns, self._where, self._picked)
        return turns

    def _pick(self, number: int) -> None:
        self._picked = number

    def _follow(self, view: GridView) -> None:
        pacer = Pacer(self._settings.frames_per_second, self._session.traffic, self._clock)
        began = self._clock()
        with self._session.traffic:
            while (wait_s := self._begin_more()) is not None or self._under_way:
                tick_s, rest_s = pacer.waits()
                self._bell.wait(min(wait_s or tick_s, rest_s or tick_s))
                self._bell.clear()
                self._look_after()
                if not pacer.resting:
                    now = self._clock()
                    pacer.drawn(view.draw(self.slots, now - began), now)
                self._pause(_LOOK_S)

    def _begin_more(self) -> float | None:
        """Begin as many as may be; give the seconds until more may, None where there are no more to begin."""
        while self._next < len(self._jobs) and not self.stop.asked and self._spent is None:
            if wait_s := self._gate.enter():
                return min(wait_s, 1.0)
            at, self._next = self._next, self._next + 1
            self._under_way[at] = None, self._one(at)
            self._step(at)
        return None

    def _look_after(self) -> None:
        """Let each take in what has come of it."""
        for at in list(self._under_way):
            self._step(at)
        self._letting_go = [run for run in self._letting_go if not run.has_let_go]

    def _step(self, at: int) -> None:
        if next(self._under_way[at][1], self) is self:
            del self._under_way[at]

    def _one(self, at: int) -> Iterator[None]:
        """Ask for an answer, and follow it; each step takes in what has come."""
        slot, job = self.slots[at], self._jobs[at]
        slow = False
        try:
            prepared = self._prepared(job.ask)
            if job.ask.keep and (kept := self._session.kept(prepared)):
                slot.turn = job.checked(kept)
                return
            run = self._session.begin(prepared, self._where, self._settings, self.stop, self._bell.set)
            self._under_way[at] = run, self._under_way[at][1]
            slot.draft = run.draft
            if self.stop.asked:
                run.stop()
            with run.ending():
                for batch in run.batches(lambda: (0.0, 0.0)):
                    slow |= self._slowed_by(batch)
                    slot.elapsed_s = run.elapsed_s
                    if not run.over:
                        yield
            slot.elapsed_s = run.elapsed_s
            slot.turn, slot.draft = self._session.end(run, job.checked), None
            self._letting_go.append(run)
            self._note(run.error)
        except SpentError as error:
            # There is nothing left for those behind it either.
            self._spent, slot.error = error, error.message
        except RunwareError as error:
            slot.error = error.message
            self._note(error)
        finally:
            self._gate.release(ok=not slow)

    def _slowed_by(self, batch: Sequence[object]) -> bool:
        waits = [event.wait_s for event in batch if isinstance(event, Retrying) and event.reason == _BUSY]
        for wait_s in waits:
            self._gate.slow_down(wait_s)
        return bool(waits)

    def _note(self, error: RunwareError | None) -> None:
        self.first_error = self.first_error or error

    def _prepared(self, ask: Ask) -> Prepared:
        prepared = self._session.prepare(ask, self._where, self._settings)
        variant = prepared.turn.variant
        if variant is None:
            return prepared
        variant = replace(variant, fingerprint=self._fingerprints(prepared.request))
        return replace(prepared, turn=replace(prepared.turn, variant=variant))

    def _stop_all(self) -> None:
        for run, _ in list(self._under_way.values()):
            if run is not None:
                run.stop()
        self._bell.set()

    def _let_go(self) -> None:
        deadline = self._clock() + _LINGER_S
        for run in self._letting_go:
            if not run.has_let_go and self._clock() < deadline:
                run.close()

    def _give_up(self, view: GridView, error: BaseException) -> None:
        self._stop_all()
        for run, steps in self._under_way.values():
            with contextlib.suppress(RunwareError):
                steps.close()  # type: ignore[attr-defined]  # it is a generator
            if run is not None:
                run.close()
        view.refuse(self._jobs[0].name, error)

    def _refused(self, view: GridView, turns: Sequence[Turn]) -> RunwareError:
        stopped = StoppedError("Stopped before an answer came.", "Run the cell again to ask.")
        error = stopped if self.stop.asked else self._spent or self.first_error or stopped
        cell_id = self._jobs[0].ask.cell_id
        if not self._session.show_again(cell_id, view, error):
            view.refuse(turns[0].model if turns else self._jobs[0].name, error)
        return error


def failure(
    turns: Sequence[Turn], asked: int, *, stopped: bool, first: RunwareError | None = None
) -> RunwareError | None:
    """Give the error to raise once several answers have come, and are kept; None where all is well.

    Parameters
    ----------
    turns
        Those that were asked for.
    asked
        How many there were to be.
    stopped
        Whether the user stopped them.
    first
        Why one of them was not begun, where that was not the budget.
    """
    whole = sum(turn.state == COMPLETE for turn in turns)
    if stopped:
        msg = f"Stopped: {whole} of {asked} answers had come whole, and all that had arrived is kept."
        return StoppedError(msg, "Run the cell again for the others; with --keep, only for those.")
    if whole == asked:
        return None
    failed = [turn for turn in turns if turn.state == FAILED]
    why = next(
        (turn.error for turn in (*failed, *turns) if turn.error), first.message if first else "the budget was used up"
    )
    msg = f"{asked - whole} of {asked} answers did not come whole; the others are kept. The first: {why}"
    return RunwareError(msg, "Run the cell again with --keep to ask for those only.")
