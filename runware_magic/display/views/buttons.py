"""Buttons whose clicks are heard while a cell runs."""

from __future__ import annotations

from collections.abc import Callable

from ipywidgets import Button, Layout  # type: ignore[import-untyped]  # has no types

from runware_magic.display.render import styles
from runware_magic.display.views.comms import listen_while_running

#: A row that is as high without a Stop button as with one, so that nothing moves when it comes.
ROW = {"align_items": "center", "min_height": styles.ROW}


def stop_button(stop: Callable[[object], object], what: str) -> Button:
    """Return a button that stops what the tooltip names."""
    button = Button(
        description="Stop",
        icon="stop",
        tooltip=f"Stop {what}; the text so far is kept",
        layout=Layout(width="auto", height="24px", margin="0 8px 0 0", padding="0 8px", flex="0 0 auto"),
        _dom_classes=("runware-stop",),
    )
    button.on_click(stop)
    listen_while_running(button.comm)
    return button


_LAYOUT = {"width": "auto", "height": "24px", "margin": "2px 0 8px", "padding": "0 8px", "align_self": "flex-start"}


class PickButton:
    """A button that continues the chat from an answer; layout and style are those of ``like``, if it is given."""

    def __init__(self, pick: Callable[[], object], like: PickButton | None = None) -> None:
        shared = {"layout": like.widget.layout, "style": like.widget.style} if like else {"layout": _LAYOUT}
        self.widget: Button = Button(
            tooltip="The chat continues from this answer", _dom_classes=("runware-pick",), **shared
        )
        self.widget.on_click(lambda _: pick())
        listen_while_running(self.widget.comm)

    def show(self, *, picked: bool, possible: bool = True) -> int:
        """Show whether this answer is picked, and whether it can be; count the messages of that."""
        said = ("Continuing from this", "check") if picked else ("Continue from this answer", "")
        before = (self.widget.description, self.widget.icon, self.widget.disabled)
        with self.widget.hold_sync():
            self.widget.description, self.widget.icon = said
            self.widget.disabled = not possible
        return int(before != (*said, not possible))
