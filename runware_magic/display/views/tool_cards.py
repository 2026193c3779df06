"""The tool calls of a reply as widgets: a card each, of which only what changes is sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ipywidgets import HTML, Layout, VBox  # type: ignore[import-untyped]  # has no types

from runware_magic.chat.draft import RUNNING, WRITING
from runware_magic.chat.text import counted
from runware_magic.display.render.badge import badge_html
from runware_magic.display.render.sanitize_html import clean
from runware_magic.display.render.tool_cards import body_html, head_html, limit_of
from runware_magic.display.render.tool_steps import Card
from runware_magic.display.views.consent_buttons import ConsentButtons
from runware_magic.display.views.growing_text import Styles, close
from runware_magic.engine.throttle import MESSAGE, DrawCost

#: Is called with the id of a call, and ``once``, ``always`` or ``refuse``.
Choose = Callable[[str, str], None]

_MOST = 50  # cards of calls that neither run nor have run
_MOST_ASKED = 5  # cards with buttons at once
_COMMON = '<div class="jp-RenderedHTMLCommon">{}</div>'


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
        messages = 0 if self.have_begun else self._begin()
        own = [at for at, card in enumerate(cards) if at < _MOST or not (card.waits or card.state == WRITING)]
        new = [at for at in own if at not in self._cards]
        for at in new:
            self._cards[at] = _Card(self._styles, self._layout)
        limit = limit_of(len(cards))
        sent = sum(self._cards[at].show(cards[at], limit) for at in own)
        messages += self._arrange(len(cards) - len(own)) if new or self._rest else 0
        asked = [at for at in own if cards[at].waits][:_MOST_ASKED] if can_choose else []
        for at in own:
            messages += self._cards[at].ask(cards[at], self._choose if at in asked else None)
        count = 4 * len(new) + messages + (1 if sent else 0)
        return DrawCost(words=bool(sent or messages), messages=count, again=sent + MESSAGE * count if count else 0)

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

    def __init__(self, sheet: Styles, layout: Layout) -> None:
        self._head, self._body = (HTML("", layout=layout, style=sheet.widget.style) for _ in range(2))
        self.box = VBox([self._head, self._body], layout=Layout(margin="0"), _dom_classes=("runware-tool",))
        self._shown: Card | None = None
        self._buttons: ConsentButtons | None = None
        self._was_asked = False

    def show(self, card: Card, limit: int) -> int:
        """Show the call; return how many bytes of it are sent again."""
        if card == self._shown:
            return 0
        before = self._head.value
        body_changes = not (self._shown and self._shown.state == card.state == RUNNING)
        self._shown = card
        names = self._buttons.names if self._buttons and card.waits else ""
        self._head.value = _COMMON.format(head_html(card)) + names
        sent = len(before) if before != self._head.value else 0
        if body_changes:
            before, markup = self._body.value, body_html(card, limit)
            self._body.value = _COMMON.format(markup) if markup else ""
            sent += len(before) if before != self._body.value else 0
        return sent

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
        self._head.value = _COMMON.format(head_html(card)) + self._buttons.names
        self.box.children = (*self.box.children, self._buttons.widget)
        self.box.add_class("runware-waits")
        return 10

    def _remove(self) -> int:
        # A click removes them in a thread of its own; the cell may do so at the same time.
        buttons, self._buttons = self._buttons, None
        if buttons is None:
            return 0
        self.box.children = (self._head, self._body)
        self.box.remove_class("runware-waits")
        return 2 + close(buttons.widget)
