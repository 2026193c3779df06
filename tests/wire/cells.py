"""Asking as a cell does, from what is asked to what is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests
from asking import KEY
from faults import BOUNDS, IDLE_S

from runware_magic.answering import Answer
from runware_magic.chat.messages import Message
from runware_magic.errors import RunwareError
from runware_magic.pace import Drawn
from runware_magic.running import Ask
from runware_magic.session import Session
from runware_magic.settings import Settings
from runware_magic.wire.bounds import Bounds
from runware_magic.wire.endpoint import endpoint
from runware_magic.wire.patience import Patience
from runware_magic.wire.transport import Transport

SETTINGS = Settings(model="m", patience=Patience(connect_s=2, idle_s=IDLE_S, retries=2))


class Watching:
    """A view that takes note of how it was called."""

    tells_errors = False

    def __init__(self, drawn=lambda: None):
        self.settled, self.refused = [], []
        self._drawn = drawn

    def open(self, draft):
        """Show nothing."""

    def draw(self, draft, elapsed_s):  # noqa: ARG002  # as in `View`
        """Show nothing, and do what is to be done just then."""
        self._drawn()
        return Drawn()

    def farewell(self, ended):
        """Say nothing."""

    def settle(self, settled):
        """Take note."""
        self.settled.append(settled.turn)

    def refuse(self, model, error):  # noqa: ARG002  # as in `View`
        """Take note."""
        self.refused.append(error)


def small(trusted: Path | None = None, bounds: Bounds = BOUNDS) -> Session:
    """Give a session whose transports have small bounds and no jitter; and trust a certificate beside their own."""

    def connections():
        made = requests.Session()
        made.verify = str(trusted) if trusted else True
        return made

    return Session(
        lambda where, patience: Transport(
            where, patience, bounds=bounds, session=connections if trusted else None, jitter=lambda: 0.0
        )
    )


@pytest.fixture
def session():
    """Give such a session."""
    made = small()
    yield made
    made.close()


def ask(session, url, prompt="Hi", key=KEY):
    """Ask as a cell does; give the view, and the error if there was one."""
    view, error = Watching(), None
    try:
        Answer(session, Ask((Message("user", prompt),)), endpoint(url, key), SETTINGS, lambda _: view).here()
    except RunwareError as caught:
        error = caught
    return view, error
