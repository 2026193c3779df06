"""Asking as a cell does, from what is asked to what is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests
from asking import KEY
from faults import BOUNDS, IDLE_S

from runware_magic.chat.messages import Message
from runware_magic.engine.course import Job
from runware_magic.engine.query import Query
from runware_magic.engine.runner import Runner
from runware_magic.engine.session import Session
from runware_magic.engine.settings import Settings
from runware_magic.engine.throttle import DrawCost
from runware_magic.engine.view import ViewOfOne
from runware_magic.errors import RunwareError
from runware_magic.protocol.limits import Bounds
from runware_magic.transport.connections import Medium
from runware_magic.transport.endpoint import endpoint
from runware_magic.transport.timeouts import Timeouts
from runware_magic.transport.transport import Transport

SETTINGS = Settings(model="m", timeouts=Timeouts(connect_s=2, idle_s=IDLE_S, retries=2))


class Watching:
    """A view that takes note of how it was called."""

    tells_errors = False

    def __init__(self, drawn=lambda: None):
        self.settled, self.refused = [], []
        self._drawn = drawn

    def open(self, builder):
        """Show nothing."""

    def draw(self, builder, elapsed_s):  # noqa: ARG002  # as in `View`
        """Show nothing, and do what is to be done just then."""
        self._drawn()
        return DrawCost()

    def announce_end(self, ended):
        """Say nothing."""

    def settle(self, settled):
        """Take note."""
        self.settled.append(settled.turn)

    def refuse(self, model, error):  # noqa: ARG002  # as in `View`
        """Take note."""
        self.refused.append(error)


def small(
    trusted: Path | None = None, bounds: Bounds = BOUNDS, medium: Medium | None = None, jitter: float = 0.0
) -> Session:
    """Return a session whose transports have small bounds and no jitter; and trust a certificate beside their own."""

    def connections():
        made = requests.Session()
        made.verify = str(trusted) if trusted else True
        return made

    return Session(
        lambda where, timeouts: Transport(
            where,
            timeouts,
            bounds=bounds,
            session=connections if trusted else None,
            medium=medium,
            jitter=lambda: jitter,
        )
    )


@pytest.fixture
def session():
    """Give such a session."""
    made = small()
    yield made
    made.close()


def one_answer(session, query, where, shown_by, settings=SETTINGS):
    """Return the only answer of a cell, which is to be run."""
    return Runner(session, [Job(query)], where, settings, lambda stop, _: ViewOfOne(shown_by(stop)))


def ask(session, url, prompt="Hi", key=KEY):
    """Ask as a cell does; give the view, and the error if there was one."""
    view, error = Watching(), None
    try:
        one_answer(session, Query((Message("user", prompt),)), endpoint(url, key), lambda _: view).here()
    except RunwareError as caught:
        error = caught
    return view, error
