"""A growing text as widgets of which only the last one changes, and the style sheet that the texts of a view share."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from zlib import crc32

from ipywidgets import HTML, HTMLMath, Layout, ToggleButton, VBox, Widget  # type: ignore[import-untyped]  # has no types

from runware_magic.display.render import styles
from runware_magic.display.render.answer_data import Document
from runware_magic.display.render.bundle import content_html
from runware_magic.display.render.incremental import GrowingDocument
from runware_magic.display.views import fold_button
from runware_magic.display.views.shared_tail import Tail
from runware_magic.engine.throttle import MESSAGE, DrawCost

_STYLED = re.compile(r'<(\w+) style="([^"]*)"')
_BOX = 16  # parts
_RULES = (
    f"<style>{fold_button.RULES}"
    f".runware-turn .widget-vbox.runware-reasoning{{{styles.REASONED};margin:6px 0 12px 4px!important}}"
    f".runware-turn .widget-vbox.runware-tool{{{styles.TOOL};margin:0 0 10px!important}}"
    ".runware-turn .widget-vbox.runware-tool.runware-waits{border-left-color:#e08600}"
    # What scrolls sideways around the row would hold it, though nothing does: all that is wide scrolls by itself.
    ".runware-turn.widget-box:has(> .runware-head),"
    ".jp-OutputArea-output:has(> .runware-turn > .runware-head),"
    ".jp-OutputArea-child:has(> .jp-OutputArea-output > .runware-turn > .runware-head),"
    ".jp-CodeCell:not(.jp-mod-outputsScrolled) "
    ".jp-Cell-outputArea:has(> .jp-OutputArea-child > .jp-OutputArea-output > .runware-turn > .runware-head)"
    "{overflow:visible!important;min-width:0}"
    ".runware-turn .runware-head{position:sticky;top:0;z-index:1;background:var(--jp-layout-color0,transparent)}"
    # Two lines, on a narrow page, take no more than the row.
    ".runware-turn .runware-head .runware-badge{margin:0!important;line-height:1.15!important;max-height:2.3em;"
    "overflow:hidden}"
    "</style>"
)


class Styles:
    """A style sheet that replaces inline styles by classes, in a ``widget`` that shows nothing.

    The style of the widget, a model of its own, serves other widgets of the view too. ``sent`` counts the updates;
    ``fold`` is a fold button whose layout and style the others share. ``rules`` are CSS rules that apply from the
    beginning, as a ``<style>`` element.
    """

    def __init__(self, rules: str = "") -> None:
        self._fixed = _RULES + rules
        self._rules: dict[str, str] = {}
        self.widget = HTML(self._fixed, layout=Layout(display="none"))
        self.sent = 0
        self.fold: ToggleButton | None = None

    def shorten(self, markup: str) -> str:
        """Return the markup with a class for each inline style of an element without one; send new classes first.

        The markup must come from `clean`: its styles hold nothing that could end a CSS rule.
        """
        known = len(self._rules)
        short = _STYLED.sub(self._named, markup)
        if len(self._rules) > known:
            # The class three times: like inline styles, these rules must win over those of the page.
            rules = "".join(f".{name}.{name}.{name}{{{style}}}" for name, style in self._rules.items())
            self.widget.value = f"{self._fixed}<style>{rules}</style>"
            self.sent += 1
        return short

    def _named(self, element: re.Match[str]) -> str:
        # Named by its content, so that the views of a page agree.
        name = f"rw{crc32(element[2].encode()):x}"
        self._rules[name] = element[2]
        return f'<{element[1]} class="{name}"'


class GrowingBox:
    """A text that grows, in a ``box`` of widgets of which only the last one changes.

    Its end shows in ``tail``, together with the ends of other texts, or in a widget of its own.
    """

    def __init__(
        self, style: str, sheet: Styles, layout: Layout, tail: Tail | None = None, classes: Sequence[str] = ()
    ) -> None:
        self._style = style
        self._styles = sheet
        self._tail = tail
        names = (*classes, tail.name) if tail else tuple(classes)
        self.box = VBox([tail.widget] if tail else [], layout=layout, _dom_classes=names)
        self._new: Callable[[], Document] = GrowingDocument
        self._start()

    def _start(self) -> None:
        self._document = self._new()
        self._shown = ""
        self._parts: list[HTMLMath] = []
        self._boxes: list[VBox] = []

    @property
    def has_begun(self) -> bool:
        """Whether there is a text."""
        return bool(self._shown)

    def grow_as(self, new: Callable[[], Document]) -> None:
        """Show the text, from its next beginning on, as documents that `new` returns: usually it is Markdown."""
        self._new = new
        if not self._shown:
            self._document = new()

    def show(self, text: str) -> DrawCost:
        """Show the text, which mostly continues what was shown before."""
        if text == self._shown:
            return DrawCost()
        # Otherwise, what was shown as the answer turned out to be reasoning, or another answer is to replace it.
        cleared = 0 if text.startswith(self._shown) else self._clear()
        before, sent = len(self._document.sealed), self._styles.sent
        self._document.feed(text[len(self._shown) :])
        self._shown = text
        # However much has come: the widget of the old tail takes all that is sealed, so that nothing moves and no text
        # shows twice, and one new widget the new tail.
        sealed = self._framed("".join(self._document.sealed[before:]))
        tail = self._framed(self._document.tail)
        if self._tail is not None:
            # It goes elsewhere. The last widget here stays empty: a front end takes a moment to create a widget, and
            # what is sealed next would be missing meanwhile.
            self._tail.put(tail)
            tail = ""
        had = len(self._parts[-1].value) if self._parts else 0
        values = [sealed, tail] if sealed else [tail]
        messages = cleared + len(values) + self._styles.sent - sent
        if self._parts:
            # An equal value is not sent.
            messages -= self._parts[-1].value == values[0]
            self._parts[-1].value = values.pop(0)
        for value in values:
            messages += self._add(self._part(value))
        return DrawCost(words=True, messages=messages, again=0 if self._tail else had + MESSAGE * messages)

    def _clear(self) -> int:
        """Start again, and count the messages of that."""
        boxes, self._boxes = self._boxes, []
        self._set_boxes()
        # But not their layout, which this box uses too.
        messages = 1 + sum(close(box, keep=(self.box.layout,)) for box in boxes)
        self._start()
        return messages

    def _add(self, part: HTMLMath) -> int:
        """Add a part, and count the messages that this takes in addition to its own."""
        # In small boxes: every change of a box lists all its children, which takes quadratic time in a long one.
        is_full = len(self._parts) % _BOX == 0
        self._parts.append(part)
        if is_full:
            self._boxes.append(VBox([part], layout=self.box.layout))
            self._set_boxes()
            # The first one adds a layout and a style.
            return 4 if len(self._parts) == 1 else 2
        self._boxes[-1].children = (*self._boxes[-1].children, part)
        return 1

    def _set_boxes(self) -> None:
        self.box.children = (*self._boxes, self._tail.widget) if self._tail else tuple(self._boxes)

    def _part(self, value: str) -> HTMLMath:
        if not self._parts:
            # A block: the flex box that it is otherwise grows with its content, past a narrow page.
            return HTMLMath(value, layout=Layout(display="block", margin="0", width="auto"))
        # One layout and one style for all: each would be a model, and messages, of its own.
        first = self._parts[0]
        return HTMLMath(value, layout=first.layout, style=first.style)

    def _framed(self, markup: str) -> str:
        if not markup:
            return ""
        # In Lab's own class, so that the answer looks as the final output will.
        # Lab puts a gap below what is last in its class.
        style = f"{self._style};margin:0" if self._document.is_seamless else self._style
        content = content_html(self._styles.shorten(markup), style)
        return f'<div class="jp-RenderedHTMLCommon">{content}</div>'


def close(root: Widget, keep: Collection[Widget] = ()) -> int:
    """Close a widget with all in it, layouts and styles included but not those to `keep`, and count them."""
    # nbclient keeps every open widget in the metadata of the notebook.
    widgets = [widget for widget in dict.fromkeys(_tree(root)) if widget not in keep and widget.comm is not None]
    for widget in widgets:
        widget.close()
    return len(widgets)


def _tree(widget: Widget) -> Iterator[Widget]:
    for child in getattr(widget, "children", ()):
        yield from _tree(child)
    models = (getattr(widget, name, None) for name in ("layout", "style"))
    yield from (model for model in models if isinstance(model, Widget))
    yield widget
