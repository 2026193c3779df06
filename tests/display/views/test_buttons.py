"""The Stop button of the live view, and what it needs to be heard."""

import ipykernel
import pytest
from ipywidgets import Button, HBox

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.turn import Timing, Turn
from runware_magic.display.views import comms, live
from runware_magic.display.views.comms import hears_while_running
from runware_magic.display.views.live import LiveView
from runware_magic.errors import RateLimitedError

TURN = Turn("t", "m", "e", (), Timing("2026-01-01T00:00:00Z"))


class Handle:
    """Stands for the output."""

    def __init__(self):
        self.shown = []

    def update(self, data, **_):
        """Keep what is shown."""
        self.shown.append(data)


def opened(**options):
    """Give a live view, opened, its handle, and what its button has asked for."""
    handle, asked = Handle(), []
    view = LiveView(stop=asked.append, show=lambda *_, **__: handle, **options)
    view.open(TurnBuilder(TURN))
    return view, handle, asked


def buttons(view):
    """Give the buttons that are shown."""
    boxes = [child for child in view._root.children if isinstance(child, HBox)]
    return [widget for box in boxes for widget in box.children if isinstance(widget, Button)]


def test_the_button_comes_when_it_is_heard(monkeypatch):
    """Not before; and there is one only."""
    heard = [False, False, True, True]
    monkeypatch.setattr(live, "hears_while_running", lambda _: heard.pop(0))
    view, _, asked = opened()
    assert buttons(view) == []
    for count in (0, 1, 1):
        view.draw(TurnBuilder(TURN), 0.1)
        assert len(buttons(view)) == count
    (button,) = buttons(view)
    button.click()
    assert asked == [button]


def test_in_the_background_it_is_there_at_once(monkeypatch):
    """No cell keeps the kernel from hearing it."""
    monkeypatch.setattr(live, "hears_while_running", lambda _: False)
    view, handle, _ = opened(background=True)
    assert len(buttons(view)) == 1
    view.refuse("m", RateLimitedError("busy <b>", "", 429))
    assert "busy &lt;b&gt;" in handle.shown[-1]["text/html"]
    assert handle.shown[-1]["text/plain"].startswith("busy <b>\n")


def test_an_answer_that_cannot_be_stopped_has_none():
    """One that has ended, for example."""
    view = LiveView(background=True, show=lambda *_, **__: Handle())
    view.open(TurnBuilder(TURN))
    assert buttons(view) == []


class Kernel:
    """Stands for a shell whose kernel has subshells."""

    def __init__(self, *subshells):
        self.kernel = self.shell_channel_thread = self.manager = self
        self.list_subshell = lambda: list(subshells)


@pytest.mark.parametrize(
    ("shell", "version", "routes", "hears"),
    [
        (Kernel("one"), (7, 4), True, True),
        (Kernel(), (7, 4), True, False),
        (Kernel("one"), (7, 4), False, False),  # no way to tell where its messages go
        (Kernel("one"), (7, 0), False, True),
        (Kernel("one"), (8, 0), False, False),
        (object(), (6, 31), False, False),
        (None, (6, 31), False, False),
    ],
)
def test_a_click_is_heard_where_there_are_subshells(monkeypatch, shell, version, routes, hears):
    """And where messages of widgets go to them."""
    monkeypatch.setattr(comms, "get_ipython", lambda: shell)
    monkeypatch.setattr(ipykernel._version, "version_info", (*version, 0))
    comm = type("Comm", (), {"_reply_subshell_for": None} if routes else {})()
    assert hears_while_running(comm) is hears
