"""The ends of several texts that grow, in one widget: all of them change in one message.

A message for each text would be too many: ten answers that are to show within a tenth of a second take a hundred a
second. So the one widget holds the ends of all, and has a view at the end of each text, of which a rule of style shows
the end of that text only.
"""

from __future__ import annotations

from ipywidgets import HTMLMath, Layout  # type: ignore[import-untyped]  # has no types

from runware_magic.pace import MESSAGE, Drawn


class Ends:
    """The ends of some texts.

    Parameters
    ----------
    count
        Of how many texts.

    Attributes
    ----------
    widget
        Belongs at the end of each text.
    """

    def __init__(self, count: int) -> None:
        # A block: the flex box that it is otherwise grows with its content, past a narrow page.
        self.widget = HTMLMath("", layout=Layout(display="block", margin="0", width="auto"))
        self._markup = [""] * count

    @property
    def rules(self) -> str:
        """The rules of style that belong in the view."""
        shown = "".join(f".{_text(at)} .{_end(at)}{{display:block}}" for at in range(len(self._markup)))
        return f"<style>.runware-end{{display:none}}{shown}</style>"

    def of(self, at: int) -> End:
        """Give the end of a text."""
        return End(self, at)

    def put(self, at: int, markup: str) -> None:
        """Let this be the end of a text, from the next time on that they are sent."""
        self._markup[at] = markup

    def send(self) -> Drawn:
        """Send what has changed, and tell what that took."""
        parts = enumerate(self._markup)
        value = "".join(f'<div class="runware-end {_end(at)}">{markup}</div>' for at, markup in parts if markup)
        if value == self.widget.value:
            return Drawn()
        had, self.widget.value = len(self.widget.value), value
        return Drawn(words=True, messages=1, again=had + MESSAGE)


class End:
    """The end of one of the texts.

    Parameters
    ----------
    ends
        Of all of them.
    at
        Which it is, counting from 0.

    Attributes
    ----------
    widget
        What shows it, within a box of the class that `name` gives.
    """

    def __init__(self, ends: Ends, at: int) -> None:
        self.widget = ends.widget
        self._ends, self._at = ends, at

    @property
    def name(self) -> str:
        """The class of the box in which the widget shows this end."""
        return _text(self._at)

    def put(self, markup: str) -> None:
        """Let it be this."""
        self._ends.put(self._at, markup)


def _text(at: int) -> str:
    return f"runware-text-{at}"


def _end(at: int) -> str:
    return f"runware-end-{at}"
