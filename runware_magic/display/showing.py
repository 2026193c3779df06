"""Displays widgets so that something else can take their place later."""

from __future__ import annotations

from typing import Any

from IPython.display import DisplayHandle, display

_VIEW = "application/vnd.jupyter.widget-view+json"
_INSTEAD = (
    "An answer comes. It does not show here? %config RunwareMagics.widgets = 'off' shows answers without widgets."
)


def show_widget(shown: Any, *, display_id: bool, raw: bool = False) -> DisplayHandle | None:  # noqa: ANN401  # ipywidgets has no types
    """Display a widget, or a bundle, as IPython's ``display`` does, and give the handle.

    Parameters
    ----------
    shown
        The widget; or the bundle, if it is raw.
    display_id, raw
        As ``display`` takes them.
    """
    # Its bundle is made here: a widget of ipywidgets 7 displays itself, under no id, and stays for ever.
    handle: DisplayHandle | None = display(shown if raw else _bundle(shown), raw=True, display_id=display_id)
    return handle


def _bundle(widget: Any) -> dict[str, Any]:  # noqa: ANN401  # as above
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    return {"text/plain": _INSTEAD, _VIEW: view}
