"""The live view: core widgets while an answer comes, one static bundle when it has ended.

A widget in a saved notebook is lost, and a bundle that holds one beside its HTML shows an error in its place. So the
last thing a view does is to replace itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from IPython.display import DisplayHandle, display
from ipywidgets import HTML, Accordion, Button, HBox, HTMLMath, Layout, VBox, Widget  # type: ignore[import-untyped]  # has no types
from traitlets import Bunch

from runware_magic.chat.turn import Draft
from runware_magic.display import look
from runware_magic.display.badge import status
from runware_magic.display.bundle import badge_html, bundle, content_html, refusal
from runware_magic.display.comms import hears_while_running, listen_while_running
from runware_magic.display.door import clean
from runware_magic.display.growing import GrowingDocument
from runware_magic.display.sheet import Sheet
from runware_magic.display.view import Settled
from runware_magic.pace import Drawn

_OPEN, _FOLDED = 0, None  # what an Accordion of one child calls them
_BOX = 16  # parts
_STATUS_S = 0.9  # between changes of the status line, whose clock counts seconds, unless it says something new
_MESSAGE = 540  # bytes of a message beside what it says


class LiveView:
    """Shows a turn as widgets which settle into a bundle.

    Parameters
    ----------
    reasoning
        ``auto`` (open while the model thinks, folded when it answers), ``open``, ``folded`` or ``hidden``. What the
        reader clicks goes before.
    stop
        Called when the reader clicks on Stop; None shows no such button.
    background
        Whether the answer goes on while other cells run: then this view says what goes wrong, which no cell does.
    show
        Displays an object and gives its handle, as IPython's ``display`` does with a display id.
    """

    def __init__(
        self,
        *,
        reasoning: str = "auto",
        stop: Callable[[object], None] | None = None,
        background: bool = False,
        show: Callable[..., DisplayHandle | None] = display,
    ) -> None:
        self.tells_errors = background
        self._mode = reasoning
        self._stop = stop
        self._show = show
        self._status: HTML
        self._doing: object = None
        self._said_s = 0.0
        self._sheet: _Styles
        self._content: _Growing
        self._reasoning: _Reasoning | None = None
        self._root: VBox
        self._is_live = False
        self._handle: DisplayHandle | None = None

    def open(self, draft: Draft) -> None:
        """Show that a request is on its way."""
        # One layout for all that have the same: each would be a model, and a message, of its own.
        plain = Layout(margin="0")
        self._status = HTML(_line(draft, 0.0), layout=plain)
        self._sheet = _Styles(self._status.style)
        self._content = _Growing(look.CONTENT, self._sheet, plain)
        self._root = VBox(
            [self._sheet.widget, self._status, self._content.box], layout=plain, _dom_classes=("runware-turn",)
        )
        self._is_live = True
        self._handle = self._show(self._root, display_id=True)
        self._offer_stop()

    def draw(self, draft: Draft, elapsed_s: float) -> Drawn:
        """Show the answer so far, and tell what that took; what has not changed is not sent again."""
        said = self._say(draft, elapsed_s)
        self._offer_stop()
        thought = Drawn()
        if draft.reasoning.strip() and self._mode != "hidden":
            thought = self._draw_reasoning(draft)
        answered = self._content.show(draft.content)
        return Drawn(
            thought.words or answered.words,
            said + thought.messages + answered.messages,
            thought.again + answered.again,
        )

    def settle(self, settled: Settled) -> None:
        """Replace the widgets by the turn as it is to stay; later, replace what stays."""
        chosen = self._reasoning.chosen if self._reasoning else None
        data = bundle(
            settled.turn,
            reasoning=chosen or self._mode,
            notes=settled.notes,
            labels=settled.labels,
            record=settled.record,
            says_why=self.tells_errors,
        )
        if self._handle is None:
            self._handle = self._show(data, raw=True, display_id=True)
        else:
            self._replace(data)

    def refuse(self, model: str, error: BaseException) -> None:
        """Replace the widgets by a line that says that there is no answer."""
        self._replace(refusal(model, error, says_why=self.tells_errors))

    def _say(self, draft: Draft, elapsed_s: float) -> int:
        """Bring the status line up to date, and count the messages of that: at once where it says something new."""
        doing = (draft.opened, bool(draft.reasoning), draft.answering, draft.retrying)
        if doing == self._doing and elapsed_s - self._said_s < _STATUS_S:
            return 0
        self._doing, self._said_s = doing, elapsed_s
        before = self._status.value
        self._status.value = _line(draft, elapsed_s)
        return int(self._status.value != before)

    def _offer_stop(self) -> None:
        # Not at once: a front end opens its way past a busy kernel only when it hears of the first widget.
        if self._stop is None or not (self.tells_errors or hears_while_running(self._root.comm)):
            return
        button = Button(
            description="Stop",
            icon="stop",
            tooltip="Stop this answer; what has come is kept",
            layout=Layout(width="auto", height="24px", margin="0 0 0 8px", padding="0 8px", flex="0 0 auto"),
            _dom_classes=("runware-stop",),
        )
        button.on_click(self._stop)
        listen_while_running(button.comm)
        head = HBox([self._status, button], layout=Layout(align_items="center"))
        self._root.children = tuple(head if child is self._status else child for child in self._root.children)
        self._stop = None

    def _draw_reasoning(self, draft: Draft) -> Drawn:
        if self._reasoning is None:
            self._reasoning = _Reasoning(self._sheet, self._root.layout, opened=self._opens(draft))
            self._root.children = (
                *self._root.children[:-1],
                self._reasoning.accordion,
                self._content.box,
            )
        drawn = self._reasoning.text.show(draft.reasoning)
        if draft.answering and self._mode == "auto":
            self._reasoning.fold()
        return drawn

    def _opens(self, draft: Draft) -> bool:
        return self._mode == "open" or (self._mode == "auto" and not draft.answering)

    def _replace(self, data: dict[str, object]) -> None:
        # In this order: widgets that are closed first leave an empty output until the bundle arrives.
        if self._handle is not None:
            self._handle.update(data, raw=True)
        if self._is_live:
            _close(self._root)
            self._is_live = False


class _Styles:
    """The styles of a view, in a widget that shows nothing."""

    def __init__(self, style: Widget) -> None:
        self._sheet = Sheet()
        self.widget = HTML(layout=Layout(display="none"), style=style)

    def shorten(self, markup: str) -> str:
        """Give the markup with classes for styles; new ones are sent before it."""
        short = self._sheet.shorten(markup)
        self.widget.value = self._sheet.html
        return short


class _Growing:
    """A Markdown text that grows, in a box of widgets of which only the last one changes."""

    def __init__(self, style: str, styles: _Styles, layout: Layout) -> None:
        self._style = style
        self._styles = styles
        self.box = VBox([], layout=layout)
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
        if not text.startswith(self._shown):
            # What was shown as the answer turned out to be reasoning.
            self._clear()
            self._start()
        before = len(self._document.sealed)
        self._document.feed(text[len(self._shown) :])
        self._shown = text
        # However much has come: the widget of the old tail takes all that is sealed, so that nothing moves and no text
        # shows twice, and one new widget the new tail.
        sealed = self._framed("".join(self._document.sealed[before:]))
        tail = self._framed(self._document.tail)
        had, self._had = self._had, len(tail)
        values = [sealed, tail] if sealed else [tail]
        messages = len(values)
        if self._parts:
            self._parts[-1].value = values.pop(0)
        for value in values:
            messages += self._add(self._part(value))
        return Drawn(words=True, messages=messages, again=had + _MESSAGE * messages)

    def _clear(self) -> None:
        self.box.children = ()
        for part in self._parts:
            _close(part)
        for box in self._boxes:
            # Not its layout, which is this box's too.
            box.close()

    def _add(self, part: HTMLMath) -> int:
        """Add a part, and count the messages that this takes beside its own."""
        # In boxes of a few: every change of a box names all its children, which grows with the square of a long list.
        is_full = len(self._parts) % _BOX == 0
        self._parts.append(part)
        if is_full:
            self._boxes.append(VBox([part], layout=self.box.layout))
            self.box.children = tuple(self._boxes)
            return 2
        self._boxes[-1].children = (*self._boxes[-1].children, part)
        return 1

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


class _Reasoning:
    """The reasoning in an accordion, which knows its own doings from the reader's."""

    def __init__(self, styles: _Styles, layout: Layout, *, opened: bool) -> None:
        self.text = _Growing(look.THINKING, styles, layout)
        self._set = _OPEN if opened else _FOLDED
        self.accordion = Accordion(
            [self.text.box],
            titles=("Reasoning",),
            selected_index=self._set,
            layout=Layout(margin="4px 0 10px"),
            _dom_classes=("runware-reasoning",),
        )
        self.chosen: str | None = None
        self.accordion.observe(self._notice, "selected_index")
        listen_while_running(self.accordion.comm)

    def fold(self) -> None:
        """Fold it, unless the reader has made a choice."""
        if self.chosen is None and self._set != _FOLDED:
            self._set = _FOLDED
            self.accordion.selected_index = _FOLDED

    def _notice(self, change: Bunch) -> None:
        if change.new != self._set:
            self.chosen = "open" if change.new == _OPEN else "folded"
            self._set = change.new


def _line(draft: Draft, elapsed_s: float) -> str:
    return clean(badge_html([status(draft, elapsed_s)]))


def _close(root: Widget) -> None:
    # Whatever stays open is kept by nbclient in the notebook's metadata, layouts and styles included.
    for widget in list(_tree(root)):
        widget.close()


def _tree(widget: Widget) -> Iterator[Widget]:
    for child in getattr(widget, "children", ()):
        yield from _tree(child)
    for name in ("layout", "style"):
        model = getattr(widget, name, None)
        if isinstance(model, Widget):
            yield model
    yield widget
