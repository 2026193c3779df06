"""A text that grows, as widgets of which only the last one changes; and the styles that several such texts share."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from ipywidgets import HTML, HTMLMath, Layout, ToggleButton, VBox, Widget  # type: ignore[import-untyped]  # has no types

from runware_magic.display import fold, look
from runware_magic.display.bundle import content_html
from runware_magic.display.ends import End
from runware_magic.display.growing import GrowingDocument
from runware_magic.display.sheet import Sheet
from runware_magic.pace import MESSAGE, Drawn

_BOX = 16  # parts
_RULES = (
    f"<style>{fold.RULES}"
    f".runware-turn .widget-vbox.runware-reasoning{{{look.REASONED};margin:6px 0 12px 4px!important}}</style>"
)


class Styles:
    """The styles of a view, in a widget that shows nothing.

    Parameters
    ----------
    rules
        Rules of style that hold from the beginning, as a ``<style>`` element.

    Attributes
    ----------
    widget
        Belongs somewhere in the view. Its own style, a model and messages of its own, serves other widgets too.
    sent
        How often it was brought up to date.
    fold
        One of the buttons that fold something, for the others to be like; None as long as there is none.
    """

    def __init__(self, rules: str = "") -> None:
        self._rules = _RULES + rules
        self._sheet = Sheet()
        self.widget = HTML(self._rules, layout=Layout(display="none"))
        self.sent = 0
        self.fold: ToggleButton | None = None

    def shorten(self, markup: str) -> str:
        """Give the markup with classes for styles; new ones are sent before it."""
        short = self._sheet.shorten(markup)
        if self.widget.value != (value := self._rules + self._sheet.html):
            self.widget.value = value
            self.sent += 1
        return short


class GrowingBox:
    """A Markdown text that grows, in a box of widgets of which only the last one changes.

    Parameters
    ----------
    style
        Inline style of the text.
    styles
        Of the view.
    layout
        Of the boxes: one for all.
    end
        Where its end shows together with those of other texts; None gives it a widget of its own.
    classes
        Of its box.
    """

    def __init__(
        self, style: str, styles: Styles, layout: Layout, end: End | None = None, classes: Sequence[str] = ()
    ) -> None:
        self._style = style
        self._styles = styles
        self._end = end
        self.box = VBox(
            [end.widget] if end else [], layout=layout, _dom_classes=(*classes, *([end.name] if end else []))
        )
        self._start()

    def _start(self) -> None:
        self._document = GrowingDocument()
        self._shown = ""
        self._had = 0  # bytes of the last part, which are sent again when it grows
        self._parts: list[HTMLMath] = []
        self._boxes: list[VBox] = []

    def show(self, text: str) -> Drawn:
        """Show the text: what was shown before, and what has come since."""
        if text == self._shown:
            return Drawn()
        cleared = 0
        if not text.startswith(self._shown):
            # What was shown as the answer turned out to be reasoning.
            cleared = self._clear()
        before, sent = len(self._document.sealed), self._styles.sent
        self._document.feed(text[len(self._shown) :])
        self._shown = text
        # However much has come: the widget of the old tail takes all that is sealed, so that nothing moves and no text
        # shows twice, and one new widget the new tail.
        sealed = self._framed("".join(self._document.sealed[before:]))
        tail = self._framed(self._document.tail)
        if self._end is not None:
            self._end.put(tail)
            return Drawn(words=True, messages=cleared + self._seal(sealed) + self._styles.sent - sent)
        had, self._had = self._had, len(tail)
        values = [sealed, tail] if sealed else [tail]
        messages = cleared + len(values) + self._styles.sent - sent
        if self._parts:
            # An equal value is not sent.
            messages -= self._parts[-1].value == values[0]
            self._parts[-1].value = values.pop(0)
        for value in values:
            messages += self._add(self._part(value))
        return Drawn(words=True, messages=messages, again=had + MESSAGE * messages)

    def _seal(self, sealed: str) -> int:
        """Show what is sealed, before an end that is shown elsewhere; count the messages of that.

        It goes into a widget that waits for it empty, and a new one waits from then on: a widget that is new takes the
        front end a moment, in which the text would be gone.
        """
        if self._parts and not sealed:
            return 0
        messages = 0
        if self._parts:
            self._parts[-1].value = sealed
            messages = 1
        elif sealed:
            messages = 1 + self._add(self._part(sealed))
        return messages + 1 + self._add(self._part(""))

    def _clear(self) -> int:
        """Begin anew, and count the messages of that."""
        boxes, self._boxes = self._boxes, []
        self._set_boxes()
        # Not their layout, which is this box's too.
        messages = 1 + sum(close(box, keep=(self.box.layout,)) for box in boxes)
        self._start()
        return messages

    def _add(self, part: HTMLMath) -> int:
        """Add a part, and count the messages that this takes beside its own."""
        # In boxes of a few: every change of a box names all its children, which grows with the square of a long list.
        is_full = len(self._parts) % _BOX == 0
        self._parts.append(part)
        if is_full:
            self._boxes.append(VBox([part], layout=self.box.layout))
            self._set_boxes()
            # The first one has brought a layout and a style.
            return 4 if len(self._parts) == 1 else 2
        self._boxes[-1].children = (*self._boxes[-1].children, part)
        return 1

    def _set_boxes(self) -> None:
        self.box.children = (*self._boxes, self._end.widget) if self._end else tuple(self._boxes)

    def _part(self, value: str) -> HTMLMath:
        if not self._parts:
            # A block: the flex box that it is otherwise grows with its content, past a narrow page.
            layout = Layout(display="block", margin="0", width="auto")
            return HTMLMath(value, layout=layout)
        # One layout and one style for all: each would be a model, and messages, of its own.
        first = self._parts[0]
        return HTMLMath(value, layout=first.layout, style=first.style)

    def _framed(self, markup: str) -> str:
        if not markup:
            return ""
        # In Lab's own class, so that the answer looks now as it will when it is an output.
        content = content_html(self._styles.shorten(markup), self._style)
        return f'<div class="jp-RenderedHTMLCommon">{content}</div>'


def close(root: Widget, keep: Collection[Widget] = ()) -> int:
    """Close a widget with all in it, layouts and styles included, and count them.

    Parameters
    ----------
    root
        The widget.
    keep
        What others use, too.
    """
    # Whatever stays open is kept by nbclient in the notebook's metadata.
    widgets = [widget for widget in dict.fromkeys(_tree(root)) if widget not in keep and widget.comm is not None]
    for widget in widgets:
        widget.close()
    return len(widgets)


def _tree(widget: Widget) -> Iterator[Widget]:
    for child in getattr(widget, "children", ()):
        yield from _tree(child)
    for name in ("layout", "style"):
        model = getattr(widget, name, None)
        if isinstance(model, Widget):
            yield model
    yield widget
