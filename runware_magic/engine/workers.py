"""What runs the calls of a pool: threads of this process, or an executor."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import replace
from functools import partial

from runware_magic.engine.call import GRACE_S, LINGER_S, Call, Outcome, SlowDown, failed
from runware_magic.engine.query import PreparedCall
from runware_magic.engine.session import Session
from runware_magic.engine.settings import Settings
from runware_magic.engine.threads import ReusedThreads
from runware_magic.errors import KeyMissingError, RunwareError
from runware_magic.transport.credentials import KEY_VARIABLE, chosen_url, find_endpoint, find_key
from runware_magic.transport.endpoint import BASE_URL, Endpoint
from runware_magic.transport.key_leaks import refuse_secrets

#: The hint for executors: no call carries a key.
WORKERS_KEY = f"Set {KEY_VARIABLE} in the environment of each worker."

_FEW = 16  # calls that may be kept after their end

#: Called with the outcome, in whichever thread ended the call.
Then = Callable[[Outcome], object]


class ThreadWorkers:
    """Runs each call in a thread; one thread begins and stops them all.

    `begin` returns a call that is not started yet. `let_go` is called at the end, to close what the calls share.
    """

    def __init__(self, begin: Callable[[PreparedCall], Call], let_go: Callable[[], object] = lambda: None) -> None:
        self._begin, self._let_go, self._threads = begin, let_go, ReusedThreads()
        self._calls: list[Call] = []
        self._many = _FEW  # calls, from which those that have ended are let go

    def begin(self, prepared: PreparedCall, then: Then) -> None:
        """Begin a call; raises what `Session.begin` raises."""
        call = self._begin(prepared)
        if len(self._calls) >= self._many:
            # Not before each call, which would look at all the others.
            self._calls = [other for other in self._calls if not other.has_let_go]
            self._many = 2 * len(self._calls) + _FEW
        self._calls.append(call)
        call.start(then, self._threads.run)

    def stop(self) -> None:
        """Stop all calls at the same time; text that has arrived is kept."""
        calls = [call for call in self._calls if not call.has_ended]
        for call in calls:
            call.cut()
        for call, seconds in _sharing(GRACE_S, calls):
            call.stop(seconds)

    def close(self) -> None:
        """Release all connections."""
        for call, seconds in _sharing(LINGER_S, self._calls):
            call.close(seconds)
        self._threads.close()
        self._let_go()


def _sharing(seconds: float, calls: Iterable[Call]) -> Iterator[tuple[Call, float]]:
    """Yield each call with the seconds that are left for it: hundreds of them together may not take longer than one."""
    until_s = time.monotonic() + seconds
    for call in calls:
        yield call, max(0.0, until_s - time.monotonic())


class ExecutorWorkers:
    """Runs calls in an executor, whose workers read the key from their own environment.

    `base_url` is None if each worker reads the address from its environment, too.
    """

    def __init__(self, executor: Executor, base_url: str | None, settings: Settings, slow_down: SlowDown) -> None:
        self._executor, self._slow_down = executor, slow_down
        self._ask = partial(ask_with_own_key, base_url=base_url, settings=settings)
        self._under_way: set[Future[Outcome]] = set()
        self._stopped = False

    def begin(self, prepared: PreparedCall, then: Then) -> None:
        """Submit a call."""
        future = self._executor.submit(self._ask, prepared)
        self._under_way.add(future)
        future.add_done_callback(partial(self._has_ended, prepared, then))

    def stop(self) -> None:
        """Cancel calls that have not begun. The others run on in the executor; nobody waits for them."""
        self._stopped = True
        for future in tuple(self._under_way):
            future.cancel()

    def close(self) -> None:
        """Do nothing: the executor belongs to the caller."""

    def _has_ended(self, prepared: PreparedCall, then: Then, future: Future[Outcome]) -> None:
        self._under_way.discard(future)
        if future.cancelled():
            if not self._stopped:
                then(failed(prepared, RunwareError("The executor cancelled the request.")))
            return
        error = future.exception()
        outcome = failed(prepared, error) if error else future.result()
        if outcome.slowed_s is not None:
            self._slow_down(outcome.slowed_s)
        then(outcome)


Workers = ThreadWorkers | ExecutorWorkers

# One for each process, so that calls share connections.
_session = Session(from_python=True)


def ask_with_own_key(prepared: PreparedCall, base_url: str | None, settings: Settings) -> Outcome:
    """Run a call in a worker, with the key of its environment."""
    try:
        where = _own_endpoint(base_url)
        refuse_secrets(prepared.request, (where.key, *_session.keys()), fresh=len(prepared.request.messages))
        call = _session.begin(replace(prepared, turn=replace(prepared.turn, endpoint=where.name)), where, settings)
    except RunwareError as error:
        error.from_python = True
        return failed(prepared, error)
    try:
        return call.run()
    finally:
        call.close()


def _own_endpoint(base_url: str | None) -> Endpoint:
    key = find_key(None, os.getenv, lambda _: None)
    try:
        url = chosen_url(base_url or "", os.getenv) or BASE_URL
        return find_endpoint(url, os.getenv, key, _session.connections.demo)
    except KeyMissingError as error:
        raise KeyMissingError(error.message, WORKERS_KEY) from None
