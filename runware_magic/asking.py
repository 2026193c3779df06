"""One request of many, and asking it: in a thread of this process, or wherever an executor has it done."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timezone

from runware_magic.chat.events import Ended, Retrying
from runware_magic.chat.request import Request
from runware_magic.chat.turn import COMPLETE, FAILED, STOPPED, Draft, Timing, Turn
from runware_magic.chat.variant import Variant
from runware_magic.errors import EndpointError, KeyMissingError, PromptError, RateLimitedError, RunwareError
from runware_magic.session import Session
from runware_magic.settings import KEY_VARIABLE, URL_VARIABLE, find_key
from runware_magic.wire.aside import bare
from runware_magic.wire.connections import Cutter
from runware_magic.wire.endpoint import BASE_URL, Endpoint, endpoint
from runware_magic.wire.pasted import refuse_secrets
from runware_magic.wire.patience import Patience
from runware_magic.wire.redaction import hidden_in_events
from runware_magic.wire.refusal import reported
from runware_magic.wire.transport import Transport

_BUSY = frozenset({"429", "503"})  # what an endpoint says that is asked too much at once
#: How the workers of an executor are told the key; never by the task.
WORKERS_KEY = f"Set {KEY_VARIABLE} in the environment of each worker."

#: Is told that an endpoint wants to be asked less, and after how many seconds again.
SlowDown = Callable[[float], object]


@dataclass(frozen=True, slots=True)
class Task:
    """A request that is to be made, wherever: it can be pickled, and holds no key.

    Attributes
    ----------
    request
        What to ask.
    variant
        Which of the answers it is.
    base_url
        Where to ask; None leaves it to the environment of whoever asks.
    patience
        Time-outs and retries.
    """

    request: Request
    variant: Variant
    base_url: str | None
    patience: Patience


@dataclass(frozen=True, slots=True)
class Outcome:
    """What has become of a task.

    Attributes
    ----------
    turn
        The answer, however it ended.
    error
        Why it is not whole; None where it is, or was stopped.
    slowed_s
        The longest wait that the endpoint asked for, in seconds; None where it did not.
    """

    turn: Turn
    error: RunwareError | None = None
    slowed_s: float | None = None

    @property
    def is_hopeless(self) -> bool:
        """Whether every other request would end in the same way: there is no key, or no money."""
        return isinstance(self.error, EndpointError) or getattr(self.error, "status", None) in {401, 402}


def begun(task: Task, endpoint_name: str) -> Turn:
    """Give the turn of a task before anything of it is sent."""
    return Turn(
        id=uuid.uuid4().hex,
        chat=None,
        model=task.request.model,
        endpoint=endpoint_name,
        parameters=task.request.parameters,
        messages=task.request.messages,
        timing=Timing(datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")),
        variant=task.variant,
    )


def failed(task: Task, error: BaseException) -> Outcome:
    """Give the outcome of a task that was not asked."""
    told = error if isinstance(error, RunwareError) else RunwareError(f"{type(error).__name__}: {error}")
    turn = begun(task, task.base_url or "")
    # What was refused may hold a key, and turns are kept.
    turn = replace(turn, messages=()) if isinstance(error, PromptError) else turn
    return Outcome(replace(turn, state=FAILED, error=str(told)), told)


class Asking:
    """Asks one task, in the thread that it is called in.

    Parameters
    ----------
    task
        What to ask.
    where
        The endpoint.
    cutter
        Ends it from another thread.
    slow_down
        Is told when the endpoint is asked too much.
    """

    def __init__(self, task: Task, where: Endpoint, cutter: Cutter, slow_down: SlowDown = lambda _: None) -> None:
        self._task, self._where, self._cutter = task, where, cutter
        self._draft = Draft(begun(task, where.name))
        self._tell = slow_down
        self._slowed_s: float | None = None
        self._began_s = time.monotonic()

    def outcome(self, transport: Transport) -> Outcome:
        """Ask, wait for the answer, and give what has become of it."""
        error: RunwareError | None = None
        try:
            self._read(transport)
        except RunwareError as raised:
            error = bare(raised)
        if self._cutter.is_cut and not self._draft.ended:
            return Outcome(self._turn(STOPPED, None), None, self._slowed_s)
        error = error or self._reported()
        if isinstance(error, RateLimitedError):
            self._slow_down(0.0)
        return Outcome(self._turn(FAILED if error else COMPLETE, error), error, self._slowed_s)

    def _read(self, transport: Transport) -> None:
        fold, began_s, clock = self._draft.fold, self._began_s, time.monotonic
        events = transport.answer(self._task.request, self._cutter)
        for event in hidden_in_events(events, self._where.key, lambda: None):
            fold(event, clock() - began_s)
            if type(event) is Retrying and event.reason in _BUSY:
                self._slow_down(event.wait_s)
            elif type(event) is Ended:
                # An endpoint may keep the body open after its last word.
                break

    def _slow_down(self, wait_s: float) -> None:
        self._slowed_s = max(wait_s, self._slowed_s or 0.0)
        self._tell(wait_s)

    def _reported(self) -> RunwareError | None:
        failure = self._draft.failure
        if failure is None:
            return None
        return reported(failure.message, failure.code, host=self._where.host, began=self._draft.opened)

    def _turn(self, state: str, error: RunwareError | None) -> Turn:
        total_s = round(time.monotonic() - self._began_s, 3)
        return self._draft.snapshot(state, error=str(error) if error else None, total_s=total_s)


class Here:
    """Asks in threads of this process, over connections that they share.

    Parameters
    ----------
    session
        Holds the connections.
    where
        The endpoint.
    threads
        How many ask at once.
    slow_down
        Is told when the endpoint is asked too much.
    """

    def __init__(self, session: Session, where: Endpoint, threads: int, slow_down: SlowDown) -> None:
        self.endpoint: str | None = where.name
        self._session, self._where, self._slow_down = session, where, slow_down
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="runware-map")
        self._cutters: set[Cutter] = set()
        self._stopped = False
        self._lock = threading.Lock()

    def submit(self, task: Task) -> Future[Outcome]:
        """Have a task done."""
        return self._threads.submit(self._ask, task)

    def stop(self) -> None:
        """End all that is under way; returns when its threads have ended."""
        with self._lock:
            self._stopped = True
            for cutter in self._cutters:
                cutter.cut()
        self._threads.shutdown(cancel_futures=True)
        self._session.close()

    def _ask(self, task: Task) -> Outcome:
        cutter = Cutter()
        with self._lock:
            self._cutters.add(cutter)
            if self._stopped:
                cutter.cut()
        try:
            transport = self._session.peers.transport(self._where, task.patience)
            return Asking(task, self._where, cutter, self._slow_down).outcome(transport)
        finally:
            with self._lock:
                self._cutters.discard(cutter)


class Elsewhere:
    """Has an executor ask: its workers read the key from their own environment.

    Parameters
    ----------
    executor
        Any that can pickle, or need not.
    slow_down
        Is told when the endpoint is asked too much.
    """

    def __init__(self, executor: Executor, slow_down: SlowDown) -> None:
        self.endpoint: str | None = None
        self._executor, self._slow_down = executor, slow_down
        self._under_way: set[Future[Outcome]] = set()

    def submit(self, task: Task) -> Future[Outcome]:
        """Have a task done."""
        future = self._executor.submit(ask_with_own_key, task)
        self._under_way.add(future)
        future.add_done_callback(self._ended)
        return future

    def stop(self) -> None:
        """Take back what has not begun; what has is the executor's, and nobody waits for it."""
        for future in tuple(self._under_way):
            future.cancel()

    def _ended(self, future: Future[Outcome]) -> None:
        self._under_way.discard(future)
        if not future.cancelled() and not future.exception() and (wait_s := future.result().slowed_s) is not None:
            self._slow_down(wait_s)


# Of this process: the connections of one task serve the next.
_session = Session()


def ask_with_own_key(task: Task) -> Outcome:
    """Ask a task in a worker, with the key of its own environment."""
    try:
        where = _own_endpoint(task.base_url)
        refuse_secrets(task.request, (where.key, *_session.keys()), fresh=len(task.request.messages))
    except RunwareError as error:
        return failed(task, error)
    return Asking(task, where, Cutter()).outcome(_session.peers.transport(where, task.patience))


def _own_endpoint(base_url: str | None) -> Endpoint:
    key = find_key(None, os.getenv, lambda _: None)
    try:
        return endpoint(base_url or os.getenv(URL_VARIABLE, "").strip() or BASE_URL, key)
    except KeyMissingError as error:
        raise KeyMissingError(error.message, WORKERS_KEY) from None
