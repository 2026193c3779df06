"""Which transport answers: network, recorder, player or demo."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from runware_magic.chat.request import Request
from runware_magic.engine.cancel import CancelToken
from runware_magic.engine.threads import in_new_thread
from runware_magic.errors import NotRecordedError, RunwareError, StoppedError
from runware_magic.protocol.errors import AGAIN
from runware_magic.transport.endpoint import Endpoint, Key
from runware_magic.transport.forks import Lock
from runware_magic.transport.timeouts import Timeouts

if TYPE_CHECKING:
    from runware_magic.demo import DemoEndpoint
    from runware_magic.engine.in_process_demo import InProcessDemo
    from runware_magic.protocol.model_list import Model
    from runware_magic.recording.format import Recorded
    from runware_magic.recording.player import Player
    from runware_magic.recording.recorder import Recorder
    from runware_magic.transport.connections import Medium
    from runware_magic.transport.model_cache import Lists
    from runware_magic.transport.transport import Transport

#: Returns an endpoint when it is needed.
EndpointFactory = Callable[[], Endpoint]

_AS_RECORDED = 1_000_000
_LIST_S = 5.0  # for the list of prices, which the first answer waits for

# The connections of this process's notebook: `map` uses the recording that its cells replay.
_notebook: list[weakref.ref[Connections]] = []


def belongs_to_notebook(connections: Connections) -> None:
    """Make `map` replay what these connections replay."""
    _notebook[:] = [weakref.ref(connections)]


def replayed_in_notebook() -> tuple[Player, EndpointFactory | None] | None:
    """Return the player of this notebook, and what answers requests that its recording lacks."""
    connections = _notebook[0]() if _notebook else None
    return (connections.player, connections.elsewhere) if connections and connections.player else None


class Connections:
    """The transports of a kernel, one for each endpoint."""

    def __init__(self, connect: Callable[[Endpoint, Timeouts], Transport] | None = None) -> None:
        self.recorder: Recorder | None = None  # writes requests and answers to a file
        self.player: Player | None = None  # answers instead of every endpoint
        self.elsewhere: EndpointFactory | None = None  # for what the player does not know; None if that fails
        self._connect = connect
        self._transports: dict[tuple[Endpoint, Timeouts, Medium | None], Transport] = {}
        self._lists: Lists | None = None
        self._learned: set[Endpoint] = set()  # whose lists were requested for Tab
        self._demo: DemoEndpoint | None = None
        self._demo_medium: InProcessDemo | None = None
        self._lock = Lock()

    @property
    def lists(self) -> Lists:
        """The model lists of endpoints."""
        from runware_magic.transport.model_cache import Lists  # noqa: PLC0415  # keeps loading the extension fast

        with self._lock:
            self._lists = self._lists or Lists()
        return self._lists

    def keys(self) -> tuple[Key, ...]:
        """Return the keys that were used here."""
        return tuple(where.key for where, *_ in tuple(self._transports) if where.key and not where.is_demo)

    def transport(self, where: Endpoint, timeouts: Timeouts) -> Transport:
        """Return the transport of an endpoint, the same each time, so that connections are reused.

        Raises `NotRecordedError` if the endpoint was to be replayed, and the replay has ended.
        """
        # Read once: another thread may end the replay.
        medium: Medium | None = self.player if where.recording else self.recorder
        if where.is_demo and not where.recording:
            medium = self._demo_medium or medium
        if where.recording and medium is None:
            raise _ended(where)
        from runware_magic.transport.transport import Transport  # noqa: PLC0415  # as in `lists`

        with self._lock:
            known = self._transports.get((where, timeouts, medium))
            if known is None:
                # The recording decides how often a request is tried.
                often = replace(timeouts, retries=_AS_RECORDED) if where.recording else timeouts
                made = Transport(where, often, medium=medium) if medium else None
                known = made or (self._connect or Transport)(where, timeouts)
                self._transports[where, timeouts, medium] = known
        return known

    def live(self) -> None:
        """End recording and replaying."""
        if self.recorder is not None:
            self.recorder.rest()
        ended, self.recorder, self.player, self.elsewhere = self.player, None, None, None
        with self._lock:
            # A recording may be large. Its transports have no connections to close.
            for place in [place for place in self._transports if ended and place[2] is ended]:
                del self._transports[place]

    def record(self, recorder: Recorder) -> None:
        """Record from now on."""
        self.live()
        self.recorder = recorder

    def replay(self, player: Player, elsewhere: EndpointFactory | None = None) -> None:
        """Replay from now on; `elsewhere` answers what the recording lacks."""
        self.live()
        self.player, self.elsewhere = player, elsewhere

    def routed(self, where: Endpoint, request: Request) -> tuple[Endpoint, Recorded | None]:
        """Return the endpoint that answers a request, and the recorded answer if there is one.

        Raises `NotRecordedError` if nothing answers it.
        """
        if not where.recording:
            return where, None
        player, elsewhere = self.player, self.elsewhere
        if player is None:
            raise _ended(where)
        recorded = player.coming(request)
        if recorded is None and elsewhere is None:
            raise player.unknown(request)
        return (where, recorded) if recorded or not elsewhere else (elsewhere(), None)

    def recorded_results(self, request: Request) -> dict[str, str]:
        """Return the results of tool calls that a replay has recorded after a request, by the ids of the calls."""
        return self.player.results_after(request) if self.player else {}

    def models(self, where: Endpoint, timeouts: Timeouts) -> tuple[Model, ...]:
        """Request the endpoint's models; Tab completes to them from now on."""
        return self.lists.ask(where, self.transport(where, timeouts).models)

    def model_ids(self) -> tuple[str, ...]:
        """Return the models of the last list."""
        return tuple(model.id for model in self._lists.latest) if self._lists else ()

    def learn_models(self, where: Endpoint, timeouts: Timeouts, wait_s: float) -> None:
        """Request the endpoint's list of models in the background, the first time; wait for it so many seconds."""
        if where.recording or where in self._learned:
            return
        self._learned.add(where)
        transport, ended = self.transport(where, timeouts), threading.Event()

        def learn() -> None:
            with suppress(RunwareError):
                self.lists.know(where, lambda: transport.models(_LIST_S))

        with suppress(RuntimeError):  # the system allows no more threads
            in_new_thread(learn, ended.set)
            ended.wait(wait_s)

    def ask_for_prices(self, where: Endpoint, timeouts: Timeouts, stop: CancelToken | None = None) -> None:
        """Request the endpoint's list of models, unless it is known.

        Raises `StoppedError` if `stop` is cancelled meanwhile.
        """
        stop = stop or CancelToken()
        transport = self.transport(where, timeouts)
        self.lists.know(where, lambda: transport.models(_LIST_S, stop.then), lambda: stop.asked)
        if stop.asked:
            msg = "Stopped before the request was sent."
            raise StoppedError(msg, AGAIN)

    def demo(self) -> tuple[str, str]:
        """Start the demo endpoint if it is not running; return its address and key."""
        from runware_magic.demo import DemoEndpoint  # noqa: PLC0415  # not needed with a key
        from runware_magic.engine.in_process_demo import IN_PROCESS, InProcessDemo  # noqa: PLC0415

        with self._lock:
            self._demo = self._demo or DemoEndpoint()
            try:
                # Each time, since it does not run in a forked process.
                self._demo.start()
            except (OSError, RuntimeError):
                # No socket can listen, or no thread can start: then it answers within this process.
                self._demo_medium = self._demo_medium or InProcessDemo(self._demo.script)
                return IN_PROCESS, self._demo.key
            return self._demo.base_url, self._demo.key

    def close(self) -> None:
        """Close all connections and stop the demo endpoint."""
        if self.recorder is not None:
            self.recorder.rest()
        for transport in self._transports.values():
            transport.close()
        self._transports.clear()
        if self._demo is not None:
            self._demo.stop()
            self._demo = None


def _ended(where: Endpoint) -> NotRecordedError:
    return NotRecordedError(f"The replay of {where.recording} has ended.", AGAIN)
