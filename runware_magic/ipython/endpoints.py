"""Resolves the endpoint: a server, the built-in demo, or a recording."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from runware_magic.transport.credentials import colab_secret, demo_endpoint, find_endpoint, find_key
from runware_magic.transport.endpoint import Endpoint, Key

if TYPE_CHECKING:
    from runware_magic.engine.connections import EndpointFactory
    from runware_magic.engine.session import Session
    from runware_magic.ipython.class_settings import Replay
    from runware_magic.recording.player import Player


class EndpointResolver:
    """Resolves the endpoint for the next request.

    `login` is the key that ``%runware login`` took. `base_url` returns the configured address; empty for that of the
    environment.
    """

    def __init__(self, session: Session, base_url: Callable[[], str]) -> None:
        self.login: Key | None = None
        self._session, self._base_url = session, base_url
        self._of_class: Player | None = None

    def keys(self) -> tuple[Key | None, ...]:
        """Return all keys known in this kernel. Nothing that is sent or written may contain them."""
        return (self.login, *self._session.keys())

    def answers(self) -> Endpoint:
        """Return the endpoint that answers now."""
        player = self._session.connections.player
        return player.endpoint if player else self.live()

    def live(self) -> Endpoint:
        """Return the endpoint that answers if nothing is replayed."""
        key = find_key(self.login, os.getenv, colab_secret)
        return find_endpoint(self._base_url(), os.getenv, key, self._session.connections.demo)

    def elsewhere(self, name: str) -> EndpointFactory | None:
        """Return what resolves ``demo`` or ``live``, for requests that were not recorded; None for other names."""
        demo: EndpointFactory = partial(demo_endpoint, self._session.connections.demo)
        return {"live": self.live, "demo": demo}.get(name)

    def replay(self, path: Path | None, wanted: Replay | None) -> bool:
        """Begin the replay that a class's settings want, or end it if both are None.

        Returns False if the user's own recording or replay stays.
        """
        connections = self._session.connections
        if connections.recorder is not None or connections.player not in {None, self._of_class}:
            return False
        if path is not None and wanted is not None:
            from runware_magic.engine import replay  # noqa: PLC0415  # few classes replay

            elsewhere = self.elsewhere(wanted.elsewhere)
            self._of_class = replay.begin_replay(self._session, path, wanted.speed, elsewhere)
        else:
            connections.live()
        return True
