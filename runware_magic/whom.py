"""Who answers: an endpoint, the built-in demo, or a recording in their place."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from runware_magic.settings import colab_secret, demo_endpoint, find_endpoint, find_key
from runware_magic.wire.endpoint import Endpoint, Key

if TYPE_CHECKING:
    from runware_magic.class_settings import Replay
    from runware_magic.peers import Elsewhere
    from runware_magic.session import Session
    from runware_magic.wire.replaying import Player


class Whom:
    """Settles who answers, anew each time.

    Parameters
    ----------
    session
        Knows what is replayed, and has the demo endpoint.
    base_url
        Gives the address that is configured; empty leaves it to the environment.

    Attributes
    ----------
    login
        The key that this kernel was told.
    """

    def __init__(self, session: Session, base_url: Callable[[], str]) -> None:
        self.login: Key | None = None
        self._session, self._base_url = session, base_url
        self._of_class: Player | None = None

    def log_in(self, rest: str) -> str:
        """Take a key, as the rest of a line says."""
        from runware_magic.login import log_in  # noqa: PLC0415  # who has a key never loads it

        try:
            self.login, said = log_in(rest)
        except KeyboardInterrupt:
            return "No key was typed; everything is as it was."
        return said

    def answers(self) -> Endpoint:
        """Give what answers now."""
        player = self._session.peers.player
        return player.endpoint if player else self.live()

    def live(self) -> Endpoint:
        """Give the endpoint that answers where nothing is replayed."""
        key = find_key(self.login, os.getenv, colab_secret)
        return find_endpoint(self._base_url(), os.getenv, key, self._session.peers.demo)

    def elsewhere(self, name: str) -> Elsewhere | None:
        """Give what settles who answers what was not recorded, ``demo`` or ``live``; None for every other name."""
        known: dict[str, Elsewhere] = {"live": self.live, "demo": lambda: demo_endpoint(self._session.peers.demo)}
        return known.get(name)

    def replay(self, path: Path | None, wanted: Replay | None) -> bool:
        """Let a recording answer as a class wants it; None ends that. False where the user records or replays."""
        peers = self._session.peers
        is_users = peers.recorder is not None or (peers.player is not None and peers.player is not self._of_class)
        if is_users:
            return False
        if path is not None and wanted is not None:
            from runware_magic import lessons  # noqa: PLC0415  # who replays nothing never loads it

            elsewhere = self.elsewhere(wanted.elsewhere)
            self._of_class = lessons.begin_replay(self._session, path, wanted.speed, elsewhere)
        else:
            peers.live()
        return True
