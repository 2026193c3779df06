"""What a kernel talks to: endpoints, over connections that are kept, their lists of models, its own demo endpoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from runware_magic.chat.estimate import Prices
from runware_magic.chat.request import Request
from runware_magic.errors import NotRecordedError, StoppedError
from runware_magic.stopping import Stop
from runware_magic.wire.endpoint import Endpoint, Key
from runware_magic.wire.forks import Lock
from runware_magic.wire.patience import Patience

if TYPE_CHECKING:
    from runware_magic.wire.demo import DemoEndpoint
    from runware_magic.wire.medium import Medium
    from runware_magic.wire.models import Lists, Model
    from runware_magic.wire.recorder import Recorder
    from runware_magic.wire.recordings import Recorded
    from runware_magic.wire.replaying import Player
    from runware_magic.wire.transport import Transport

#: Settles an endpoint, when it is needed.
Elsewhere = Callable[[], Endpoint]

_AS_RECORDED = 1_000_000
_LIST_S = 5.0  # for the prices of an endpoint: an answer waits for them, once


class Peers:
    """What a kernel talks to.

    Parameters
    ----------
    connect
        Gives what talks to an endpoint; by default a `Transport`.

    Attributes
    ----------
    recorder
        Writes down what is asked and what comes; None where nothing does.
    player
        Answers in the place of every endpoint; None where they answer themselves.
    elsewhere
        Settles who answers what the player does not know; None where nobody does.
    """

    def __init__(self, connect: Callable[[Endpoint, Patience], Transport] | None = None) -> None:
        self.recorder: Recorder | None = None
        self.player: Player | None = None
        self.elsewhere: Elsewhere | None = None
        self._connect = connect
        self._transports: dict[tuple[Endpoint, Patience, Medium | None], Transport] = {}
        self._lists: Lists | None = None
        self._demo: DemoEndpoint | None = None
        self._lock = Lock()

    @property
    def lists(self) -> Lists:
        """What endpoints have told of their models."""
        from runware_magic.wire.models import Lists  # noqa: PLC0415  # as for `outputs`

        with self._lock:
            self._lists = self._lists or Lists()
        return self._lists

    def keys(self) -> tuple[Key, ...]:
        """Give the keys that were used here."""
        return tuple(where.key for where, *_ in tuple(self._transports) if where.key and not where.is_demo)

    def transport(self, where: Endpoint, patience: Patience) -> Transport:
        """Give what talks to an endpoint: the same each time, so that its connections serve again.

        Raises
        ------
        NotRecordedError
            When it was to be replayed, and that has ended meanwhile: nothing goes out for that.
        """
        # Looked at once: another thread may end it.
        medium = self.player if where.recording else self.recorder
        if where.recording and medium is None:
            raise _ended(where)
        from runware_magic.wire.transport import Transport  # noqa: PLC0415  # as in `begin`

        with self._lock:
            known = self._transports.get((where, patience, medium))
            if known is None:
                # How often a recorded request is tried was settled when it was recorded.
                often = replace(patience, retries=_AS_RECORDED) if where.recording else patience
                made = Transport(where, often, medium=medium) if medium else None
                known = made or (self._connect or Transport)(where, patience)
                self._transports[where, patience, medium] = known
        return known

    def live(self) -> None:
        """Let endpoints answer, and write nothing down any more."""
        if self.recorder is not None:
            self.recorder.rest()
        ended, self.recorder, self.player, self.elsewhere = self.player, None, None, None
        with self._lock:
            # A recording may be large; and what leads to nobody needs no closing.
            for place in [place for place in self._transports if ended and place[2] is ended]:
                del self._transports[place]

    def record(self, recorder: Recorder) -> None:
        """Write down what is asked and what comes, from here on."""
        self.live()
        self.recorder = recorder

    def replay(self, player: Player, elsewhere: Elsewhere | None = None) -> None:
        """Let a recording answer from here on, and somebody else what is not in it."""
        self.live()
        self.player, self.elsewhere = player, elsewhere

    def routed(self, where: Endpoint, request: Request) -> tuple[Endpoint, Recorded | None]:
        """Settle who answers a request.

        Parameters
        ----------
        where
            Whom it is meant for.
        request
            What is asked.

        Returns
        -------
        tuple
            The endpoint, and what it has answered already, where that is replayed.

        Raises
        ------
        NotRecordedError
            When nobody does.
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

    def models(self, where: Endpoint, patience: Patience) -> tuple[Model, ...]:
        """Ask for the endpoint's models; Tab completes to them from then on."""
        return self.lists.ask(where, self.transport(where, patience).models)

    def model_ids(self) -> tuple[str, ...]:
        """Name the models that the endpoint has told of."""
        return tuple(model.id for model in self._lists.latest) if self._lists else ()

    def prices(self, where: Endpoint, model: str) -> Prices | None:
        """Give what a model costs, as far as the endpoint has told; asks nobody."""
        return self.lists.prices(where, model)

    def ask_for_prices(self, where: Endpoint, patience: Patience, stop: Stop | None = None) -> None:
        """Ask for what models cost, where that was not asked yet.

        Raises
        ------
        StoppedError
            When the stop is asked for meanwhile.
        """
        stop = stop or Stop()
        transport = self.transport(where, patience)
        self.lists.know(where, lambda: transport.models(_LIST_S, stop.then), lambda: stop.asked)
        if stop.asked:
            msg = "Stopped before it was asked."
            raise StoppedError(msg, "Run the cell again to ask.")

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
        if self.recorder is not None:
            self.recorder.rest()
        for transport in self._transports.values():
            transport.close()
        self._transports.clear()
        if self._demo is not None:
            self._demo.stop()
            self._demo = None


def _ended(where: Endpoint) -> NotRecordedError:
    return NotRecordedError(f"The replay of {where.recording} has ended.", "Run the cell again.")
