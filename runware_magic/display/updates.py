"""The view without widgets: a display that is brought up to date while an answer comes, and in the end holds it."""

from __future__ import annotations

from collections.abc import Callable

from IPython.display import DisplayHandle, display

from runware_magic.chat.turn import Draft, Turn
from runware_magic.display import look
from runware_magic.display.badge import status
from runware_magic.display.bundle import badge_html, content_html, framed, reasoning_html, refusal
from runware_magic.display.comparison import settled_bundle
from runware_magic.display.door import clean
from runware_magic.display.growing import GrowingDocument
from runware_magic.display.plain import plain
from runware_magic.display.view import Settled
from runware_magic.pace import Drawn

REST_S = 0.25  # from one update to the next: all is sent again each time
_CLOCK_S, _CLOCK_BYTES_A_S = 1.0, 20_000  # between updates that only tell the time


class UpdatesView:
    """Shows a turn as a display that is updated.

    Parameters
    ----------
    reasoning
        ``auto`` (open while the model thinks, folded when it answers), ``open``, ``folded`` or ``hidden``.
    background
        As in `LiveView`.
    show
        Displays a bundle and gives its handle, as IPython's ``display`` does with a display id.
    """

    def __init__(
        self,
        *,
        reasoning: str = "auto",
        background: bool = False,
        show: Callable[..., DisplayHandle | None] = display,
    ) -> None:
        self.tells_errors = background
        self._mode = reasoning
        self._output = Output(show)
        self._thinking, self._answer = Growing(look.THINKING), Growing(look.CONTENT)
        self._clock = Clock()

    def open(self, draft: Draft) -> None:
        """Show that a request is on its way."""
        self._output.show(self._bundle(draft, 0.0))

    def draw(self, draft: Draft, elapsed_s: float) -> Drawn:
        """Show the answer so far, and tell what that took."""
        state = (draft.opened, draft.retrying, draft.waits_for, draft.answering, draft.reasoning, draft.content)
        if not self._clock.is_due(state, elapsed_s, self._output.size):
            return Drawn()
        return self._output.update(self._bundle(draft, elapsed_s))

    def farewell(self, ended: Turn | BaseException) -> None:
        """Do nothing: nothing in it is heard."""

    def settle(self, settled: Settled) -> None:
        """Show the turn as it is to stay."""
        self._output.show(settled_bundle(settled, reasoning=self._mode, says_why=self.tells_errors))

    def refuse(self, model: str, error: BaseException) -> None:
        """Show that there is no answer."""
        self._output.show(refusal(model, error, says_why=self.tells_errors))

    def _bundle(self, draft: Draft, elapsed_s: float) -> dict[str, str]:
        line = status(draft, elapsed_s)
        shown = [clean(badge_html([line])), self._reasoning(draft), self._answer.html(draft.content)]
        return {"text/html": framed("".join(shown)), "text/plain": f"{line}\n\n{plain(draft.content)}".rstrip()}

    def _reasoning(self, draft: Draft) -> str:
        if not draft.reasoning.strip() or self._mode == "hidden":
            return ""
        opened = self._mode == "open" or (self._mode == "auto" and not draft.answering)
        return reasoning_html(self._thinking.html(draft.reasoning), opened=opened)


class Output:
    """A display that can be brought up to date.

    Parameters
    ----------
    show
        As in `UpdatesView`.

    Attributes
    ----------
    size
        Characters of what it shows, roughly the bytes that an update takes.
    """

    def __init__(self, show: Callable[..., DisplayHandle | None]) -> None:
        self._show = show
        self._handle: DisplayHandle | None = None
        self.size = 0

    def show(self, data: dict[str, str]) -> None:
        """Show a bundle, in place of what is shown."""
        if self._handle is None:
            self._handle = self._show(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)

    def update(self, data: dict[str, str]) -> Drawn:
        """Show a bundle of a growing answer; tell what that took."""
        before, self.size = self.size, sum(len(text) for text in data.values())
        self.show(data)
        return Drawn(words=True, messages=1, again=before, rest_s=REST_S)


class Clock:
    """Tells whether it is worth to say the same again with the time that it took so far."""

    def __init__(self) -> None:
        self._state: object = None
        self._said_s = 0.0

    def is_due(self, state: object, elapsed_s: float, size: int) -> bool:
        """Tell that, and suppose that it is said then.

        Parameters
        ----------
        state
            What would be said.
        elapsed_s
            Seconds since the request was sent.
        size
            Bytes that it would take.
        """
        rest_s = max(_CLOCK_S, size / _CLOCK_BYTES_A_S)
        if state == self._state and elapsed_s - self._said_s < rest_s:
            return False
        self._state, self._said_s = state, elapsed_s
        return True


class Growing:
    """A Markdown text that grows, as HTML of which only the end is rendered again.

    Parameters
    ----------
    style
        Inline style of the text.
    """

    def __init__(self, style: str) -> None:
        self._style = style
        self._document, self._text = GrowingDocument(), ""

    def html(self, text: str) -> str:
        """Give the text as HTML."""
        if not text.startswith(self._text):
            # What was shown as the answer turned out to be reasoning.
            self._document, self._text = GrowingDocument(), ""
        self._document.feed(text[len(self._text) :])
        self._text = text
        markup = "".join((*self._document.sealed, self._document.tail))
        return content_html(markup, self._style) if markup else ""
