"""Buttons that are heard while a cell runs."""

from __future__ import annotations

from collections.abc import Callable

from ipywidgets import Button, Layout  # type: ignore[import-untyped]  # has no types

from runware_magic.display.comms import listen_while_running


def stop_button(stop: Callable[[object], object], what: str) -> Button:
    """Give a button that stops answers.

    Parameters
    ----------
    stop
        Called when the reader clicks.
    what
        Names the answers, for its tooltip.
    """
    button = Button(
        description="Stop",
        icon="stop",
        tooltip=f"Stop {what}; what has come is kept",
        layout=Layout(width="auto", height="24px", margin="0 0 0 8px", padding="0 8px", flex="0 0 auto"),
        _dom_classes=("runware-stop",),
    )
    button.on_click(stop)
    listen_while_running(button.comm)
    return button


class PickButton:
    """Lets a chat go on from an answer.

    Parameters
    ----------
    pick
        Called when the reader clicks.
    like
        Another such button, whose layout and style serve this one too: each would be a model of its own.
    """

    def __init__(self, pick: Callable[[], object], like: PickButton | None = None) -> None:
        shared = {"layout": like.widget.layout, "style": like.widget.style} if like else {"layout": _layout()}
        self.widget: Button = Button(
            tooltip="The chat goes on from this answer", _dom_classes=("runware-pick",), **shared
        )
        self.widget.on_click(lambda _: pick())
        listen_while_running(self.widget.comm)

    def show(self, *, picked: bool, possible: bool = True) -> int:
        """Show whether this is the answer, and whether it can be; count the messages of that."""
        said = ("Goes on from this", "check") if picked else ("Go on from this", "")
        before = (self.widget.description, self.widget.icon, self.widget.disabled)
        with self.widget.hold_sync():
            self.widget.description, self.widget.icon = said
            self.widget.disabled = not possible
        return int(before != (*said, not possible))


def _layout() -> Layout:
    return Layout(width="auto", height="24px", margin="2px 0 8px", padding="0 8px", align_self="flex-start")
