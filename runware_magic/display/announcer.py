"""What a screen reader says of answers while they come: now and then a sentence, and that they have ended.

The answer itself is no live region: at fifteen updates a second, one would be read from its beginning at each of them,
or not at all. So beside it stands a line that nobody sees. Its widget can give attributes to nothing but what it holds,
so each time it is a new element with the role ``status``, which Chromium announces like one whose text has changed.
"""

from __future__ import annotations

import html
import time
from collections.abc import Callable, Sequence
from typing import Any

from ipywidgets import HTML, Layout, Widget  # type: ignore[import-untyped]  # has no types

from runware_magic.chat.turn import COMPLETE, Draft, Turn
from runware_magic.display.badge import badge
from runware_magic.display.comms import hears_while_running
from runware_magic.display.plain import counted, one_line, plain
from runware_magic.display.spoken import MOST, Spoken, in_words
from runware_magic.display.view import Slot

_REST_S = 3.0  # at least, from one to the next
_LOOK_S = 0.5  # at least, from one look for something to say to the next
_CHARACTERS_A_S = 20.0  # of speech: nothing is to pile up
_HEARD_S = 0.2  # for a browser to notice the last one before it goes
# For eyes there is nothing; what is not displayed at all, readers leave out.
_HIDDEN = (
    "position:absolute;width:1px;height:1px;margin:-1px;padding:0;border:0;overflow:hidden;clip-path:inset(50%);"
    "white-space:nowrap"
)


class Announcer:
    """A line that is heard and not seen.

    Parameters
    ----------
    style
        Of a widget of the view: one for all, since each would be a model, and a message, of its own.
    pause
        Waits for some seconds.

    Attributes
    ----------
    widget
        Belongs somewhere in the view.
    """

    def __init__(self, style: Widget, pause: Callable[[float], object] = time.sleep) -> None:
        # No more than a place: even empty, a line would have a height.
        self.widget = HTML(_region(""), layout=Layout(margin="0", height="0", width="0"), style=style)
        self._pause = pause
        self._said_s = self._next_s = 0.0

    def is_due(self, elapsed_s: float) -> bool:
        """Tell whether what was said last has been heard by now."""
        # A clock that went back began anew with the request, after the wait for an earlier answer.
        return not self._said_s <= elapsed_s < self._next_s

    def say(self, text: str, elapsed_s: float) -> int:
        """Say something, plain text; count the messages of that."""
        self._said_s = elapsed_s
        if not text:
            # To look for something takes a while, too, and is not for every frame.
            self._next_s = elapsed_s + _LOOK_S
            return 0
        self._next_s = elapsed_s + max(_REST_S, len(text) / _CHARACTERS_A_S)
        before, self.widget.value = self.widget.value, _region(text)
        return int(self.widget.value != before)

    def say_at_last(self, text: str, comm: Any) -> None:  # noqa: ANN401  # as in `hears_while_running`
        """Say something before the view goes, and wait a moment where a front end is known to be there.

        Parameters
        ----------
        text
            Plain text.
        comm
            That of any widget of the view.
        """
        self.widget.value = _region(text)
        if hears_while_running(comm):
            self._pause(_HEARD_S)


class Narrator:
    """Says how an answer comes along; `style` as in `Announcer`."""

    def __init__(self, style: Widget) -> None:
        self.announcer = Announcer(style)
        self._spoken = Spoken()
        self._doing = ""

    def draw(self, draft: Draft, elapsed_s: float) -> int:
        """Say what is new, if it is time; count the messages of that."""
        if not self.announcer.is_due(elapsed_s):
            return 0
        if draft.answering:
            return self.announcer.say(self._spoken.more(draft.content), elapsed_s)
        doing = _doing(draft, elapsed_s)
        if doing == self._doing:
            return 0
        self._doing = doing
        return self.announcer.say(doing, elapsed_s)

    def ended(self, turn: Turn | BaseException) -> str:
        """Give what is to be said at the end: the last sentences, if they are few, and the badge; or the error."""
        if isinstance(turn, BaseException):
            return _refused(turn)
        rest = self._spoken.more(turn.content, whole=True) if self._spoken.left(turn.content) <= MOST else ""
        pause = "." if rest[-1:].isalnum() else ""
        return f"{rest}{pause} {_ending(turn)}".strip()


class GridNarrator:
    """Says which of several answers have begun, and which have ended; what they say is too much to be heard at once.

    `style` is as in `Announcer`.
    """

    def __init__(self, style: Widget) -> None:
        self.announcer = Announcer(style)
        self._begun: set[int] = set()
        self._ended: set[int] = set()

    def draw(self, slots: Sequence[Slot], elapsed_s: float) -> int:
        """Say what is new, if it is time; count the messages of that."""
        if not self.announcer.is_due(elapsed_s):
            return 0
        ended = {at for at, slot in enumerate(slots) if slot.has_ended}
        begun = {at for at, slot in enumerate(slots) if slot.draft is not None and slot.draft.answering} | ended
        said = (
            _numbered(begun - self._begun - ended, "begins", "begin"),
            _numbered(ended - self._ended, "has ended", "have ended"),
            f"{len(ended)} of {len(slots)}." if ended - self._ended else "",
        )
        self._begun, self._ended = begun, ended
        return self.announcer.say(" ".join(part for part in said if part), elapsed_s)

    @staticmethod
    def ended(turns: Sequence[Turn] | BaseException) -> str:
        """Give what is to be said at the end; the error where there is no answer."""
        if isinstance(turns, BaseException):
            return _refused(turns)
        whole = sum(turn.state == COMPLETE for turn in turns)
        return f"All {counted(len(turns), 'answer')} have ended, {whole} of them whole."


def _region(text: str) -> str:
    return f'<div role="status" aria-live="polite" style="{_HIDDEN}">{html.escape(plain(text))}</div>'


def _doing(draft: Draft, elapsed_s: float) -> str:
    if draft.waits_for:
        return f"Waiting for {one_line(draft.waits_for, 80)}."
    if draft.retrying is not None:
        return f"Trying again, {one_line(draft.retrying.reason, 80)}: attempt {draft.retrying.attempt}."
    if draft.reasoning:
        return "Thinking."
    return "Waiting for the model." if elapsed_s > _REST_S else ""


def _refused(error: BaseException) -> str:
    return f"No answer. {one_line(str(error), 200)}"


def _ending(turn: Turn) -> str:
    how = "Answer complete" if turn.state == COMPLETE else f"Answer {one_line(turn.state, 40)}"
    why = f" {one_line(turn.error, 200)}" if turn.error else ""
    return f"{how}.{why} {in_words(badge(turn))}."


def _numbered(which: set[int], one: str, several: str) -> str:
    if not which:
        return ""
    numbers = ", ".join(str(at + 1) for at in sorted(which)[:12]) + (" and more" if len(which) > 12 else "")  # noqa: PLR2004  # enough to be heard
    return f"Answer {numbers} {one}." if len(which) == 1 else f"Answers {numbers} {several}."
