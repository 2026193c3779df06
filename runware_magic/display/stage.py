"""The place of a live view in an output: widgets while it is live, one static bundle from then on."""

from __future__ import annotations

from collections.abc import Callable

from IPython.display import DisplayHandle
from ipywidgets import VBox  # type: ignore[import-untyped]  # has no types

from runware_magic.display.growing_box import close


class Stage:
    """Shows widgets, and then what takes their place.

    Parameters
    ----------
    show
        Displays an object and gives its handle, as IPython's ``display`` does with a display id.

    Attributes
    ----------
    root
        The widget that holds all others, once it is open.
    is_live
        Whether widgets are shown.
    """

    def __init__(self, show: Callable[..., DisplayHandle | None]) -> None:
        self.root: VBox
        self.is_live = False
        self._show = show
        self._handle: DisplayHandle | None = None

    def open(self, root: VBox) -> None:
        """Show widgets."""
        self.root, self.is_live = root, True
        self._handle = self._show(root, display_id=True)

    def settle(self, data: dict[str, object]) -> None:
        """Show a bundle, in place of what is shown."""
        if self._handle is None:
            self._handle = self._show(data, raw=True, display_id=True)
        else:
            self.replace(data)

    def replace(self, data: dict[str, object]) -> None:
        """Show a bundle in place of what is shown; nothing where nothing is."""
        # In this order: widgets that are closed first leave an empty output until the bundle arrives.
        if self._handle is not None:
            self._handle.update(data, raw=True)
        if self.is_live:
            close(self.root)
            self.is_live = False
