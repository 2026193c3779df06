"""What a prompt has of the notebook, over its answer while that arrives."""

from __future__ import annotations

from collections.abc import Sequence

from ipywidgets import HTML, Layout, Widget  # type: ignore[import-untyped]  # has no types

from runware_magic.chat.turn import ROW, Turn
from runware_magic.display.render.attached import attached_html
from runware_magic.engine.view import Slot


def attached_widgets(turn: Turn | None, like: Widget) -> tuple[Widget, ...]:
    """Return the widget that shows it, with the style of another, or none if there is nothing to show."""
    markup = attached_html(turn)
    if not markup:
        return ()
    # A block: the flex box that it is otherwise grows with a wide table, past the page.
    layout = Layout(display="block", margin="0", width="auto")
    return (HTML(f'<div class="jp-RenderedHTMLCommon">{markup}</div>', layout=layout, style=like.style),)


def sent_by_all(slots: Sequence[Slot]) -> Turn | None:
    """Return a turn of several answers to the same messages; None while there is none, and if each is about a row."""
    turn = next((slot.turn or (slot.builder and slot.builder.snapshot()) for slot in slots if _has_begun(slot)), None)
    return turn if turn and not (turn.variant and ROW in turn.variant.labels) else None


def _has_begun(slot: Slot) -> bool:
    return slot.turn is not None or slot.builder is not None
