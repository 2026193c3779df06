"""The buttons under a tool call that waits for the user."""

from __future__ import annotations

import re
from collections.abc import Callable

from ipywidgets import Button, HBox, Layout  # type: ignore[import-untyped]  # has no types

from runware_magic.display.views.comms import listen_while_running

ONCE, ALWAYS, REFUSE = "once", "always", "refuse"
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")


class ConsentButtons:
    """Three buttons in a ``widget``: Once, Always and Refuse; ``chosen`` is called with which.

    ``names`` is a ``<style>`` element that gives them names for screen readers, such as ``Allow weather once``.
    """

    def __init__(self, name: str, chosen: Callable[[str], object]) -> None:
        told = (
            (ONCE, "Once", f"Allow {name} once"),
            (ALWAYS, "Always", f"Allow {name} always: whatever it is called with, until the kernel ends"),
            (REFUSE, "Refuse", f"Refuse {name}: the model is told, and goes on"),
        )
        layout = Layout(width="auto", height="26px", margin="0 8px 0 0", padding="0 12px", flex="0 0 auto")
        buttons: list[Button] = []
        for how, label, tooltip in told:
            shared = {"layout": layout, **({"style": buttons[0].style} if buttons else {})}
            button = Button(description=label, tooltip=tooltip, _dom_classes=(f"runware-{how}",), **shared)
            button.on_click(lambda _, how=how: chosen(how))
            listen_while_running(button.comm)
            buttons.append(button)
        own = HBox(buttons, layout=Layout(margin="4px 0 6px", flex_flow="row wrap"))
        self.widget = own
        own.add_class("runware-consent")
        own.add_class(f"runware-{own.model_id}")
        self.names = _names(f".runware-{own.model_id}", _UNSAFE.sub("", name))


def _names(place: str, name: str) -> str:
    """Return rules that add the function's name to what is said, and not to what is seen."""
    # The text of generated content has an alternative: an invisible character, and what is said in its place.
    before = f'content:"\\200b";content:"\\200b" / "Allow {name} "'
    after = f'content:"\\200b";content:"\\200b" / " {name}"'
    return (
        f"<style>{place} .runware-{ONCE}::before,{place} .runware-{ALWAYS}::before{{{before}}}"
        f"{place} .runware-{REFUSE}::after{{{after}}}</style>"
    )
