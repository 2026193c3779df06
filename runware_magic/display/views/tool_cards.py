"""The tool calls of a reply as widgets: a card each, of which only what changes is sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ipywidgets import HTML, Layout, VBox, Widget  # type: ignore[import-untyped]  # has no types

from runware_magic.chat.draft import RUNNING
from runware_magic.chat.text import counted
from runware_magic.display.render.badge import badge_html
from runware_magic.display.render.sanitize_html import clean
from runware_magic.display.render.tool_cards import body_html, head_html, limit_of
from runware_magic.display.render.tool_steps import Card
from runware_magic.display.views.consent_buttons import ConsentButtons
from runware_magic.display.views.growing_text import Styles, close
from runware_magic.engine.throttle import MESSAGE, DrawCost, together

#: Is called with the id of a call, and ``once``, ``always`` or ``refuse``.
Choose = Callable[[str, str], None]

_WAITS = "runware-waits"
_MOST = 50  # cards of calls that neither run nor have run
_MOST_ASKED = 5  # cards with buttons at once


class ToolCards:
    """The calls of one reply, in a ``box``.

    A card that waits for the user has three buttons, if there is ``choose``: it is called, in a thread of the kernel's,
    with the id of the call, and ``once``, ``always`` or ``refuse``.
    """

    def __init__(self, sheet: Styles, choose: Choose | None = None) -> None:
        self._styles, self._choose = sheet, choose
        self._cards: dict[int, _Card] = {}
        self._rest: HTML | None = None  # tells how many more there are
        self.box: VBox
        self.have_begun = False

    def draw(self, cards: Sequence[Card], *, can_choose: bool = False) -> DrawCost:
        """Show the calls as they are now; ``can_choose`` says whether clicks are heard."""
        if not cards:
            return DrawCost()
        asked = [at for at, card in enumerate(cards) if card.waits][:_MOST_ASKED]
        own = [at for at, card in enumerate(cards) if at < _MOST or at in asked or card.has_begun]
        costs = [DrawCost(words=not self.have_begun, messages=0 if self.have_begun else self._begin())]
        new = [at for at in own if at not in self._cards]
        limit = limit_of(len(cards))
        costs += [self._cards[at].show(cards[at], limit) for at in own if at in self._cards]
        for at in new:
            self._cards[at] = _Card(cards[at], limit, self._layout, self._box_layout, self._styles.widget.style)
        if new or self._rest:
            costs.append(DrawCost(words=bool(new), messages=3 * len(new) + self._arrange(len(cards) - len(own))))
        for at in own:
            choose = self._choose if can_choose and at in asked else None
            costs.append(DrawCost(messages=self._cards[at].ask(cards[at], choose)))
        return together(*costs)

    def _begin(self) -> int:
        self.have_begun = True
        # A block: the flex box that it is otherwise grows with its content, past a narrow page.
        self._layout = Layout(display="block", margin="0", width="auto")
        self._box_layout = Layout(margin="0")
        self.box = VBox([], layout=self._box_layout)
        return 4

    def _arrange(self, left: int) -> int:
        """Put the cards into the box, with a line about those that have none; count the messages of that."""
        messages = 1
        if left and self._rest is None:
            self._rest = HTML("", layout=self._layout, style=self._styles.widget.style)
            messages += 1
        if self._rest is not None:
            self._rest.value = clean(badge_html([f"and {counted(left, 'more call')}"])) if left else ""
        cards = tuple(self._cards[at].box for at in self._cards)
        self.box.children = (*cards, *([self._rest] if self._rest is not None else []))
        return messages


class _Card:
    """A call in a ``box``: its line, which changes; what stands under it, which rarely does; and buttons at times."""

    def __init__(self, card: Card, limit: int, layout: Layout, of_box: Layout, style: Widget) -> None:
        self._shown = card
        self._buttons: ConsentButtons | None = None
        self._was_asked = False
        self._head = HTML(_common(head_html(card)), layout=layout, style=style)
        self._body = HTML(_common(body_html(card, limit)), layout=layout, style=style)
        self.box = VBox([self._head, self._body], layout=of_box, _dom_classes=("runware-tool",))
        if card.waits:
            self.box.add_class(_WAITS)

    def show(self, card: Card, limit: int) -> DrawCost:
        """Show the call as it is now; only changes are sent."""
        if card == self._shown:
            return DrawCost()
        before, self._shown = self._shown, card
        if card.waits != before.waits:
            (self.box.add_class if card.waits else self.box.remove_class)(_WAITS)
        names = self._buttons.names if self._buttons and card.waits else ""
        cost = _put(self._head, _common(head_html(card)) + names)
        if before.state == card.state == RUNNING:
            return cost
        return together(cost, _put(self._body, _common(body_html(card, limit))))

    def ask(self, card: Card, choose: Choose | None) -> int:
        """Show the buttons while the call waits, and remove them afterwards; count the messages of that."""
        if self._buttons is not None and not card.waits:
            return self._remove()
        if choose is None or self._was_asked or not card.waits:
            return 0
        self._was_asked = True

        def chosen(how: str) -> None:
            self._remove()
            choose(card.call.id, how)

        self._buttons = ConsentButtons(card.name, chosen)
        self._head.value = _common(head_html(card)) + self._buttons.names
        self.box.children = (*self.box.children, self._buttons.widget)
        return 10

    def _remove(self) -> int:
        # A click removes them in a thread of its own; the cell may do so at the same time.
        buttons, self._buttons = self._buttons, None
        if buttons is None:
            return 0
        self.box.children = (self._head, self._body)
        return 1 + close(buttons.widget)


def _common(markup: str) -> str:
    """Return markup that looks as the final output will: within Lab's own class."""
    return f'<div class="jp-RenderedHTMLCommon">{markup}</div>' if markup else ""


def _put(widget: HTML, value: str) -> DrawCost:
    """Set the value of a widget, unless it has it."""
    if value == widget.value:
        return DrawCost()
    had, widget.value = len(widget.value), value
    return DrawCost(words=True, messages=1, again=had + MESSAGE)
