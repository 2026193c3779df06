"""What a screen reader announces while answers arrive: one paragraph at a time, and how they ended.

The answer itself is no live region: at fifteen updates a second, a screen reader would start it again at each of them,
or say nothing. So an invisible line stands beside it. Its widget can set no attributes on itself, so each announcement
is a new element with the role ``status``, which Chromium announces like one whose text has changed.
"""

from __future__ import annotations

import html
import time
from collections.abc import Callable, Sequence
from typing import Any

from ipywidgets import HTML, Layout, Widget  # type: ignore[import-untyped]  # has no types

from runware_magic.chat.draft import RUNNING, TurnBuilder
from runware_magic.chat.text import counted, listed, one_line, plain
from runware_magic.chat.turn import Turn
from runware_magic.display.render.answer_data import asks_for_data
from runware_magic.display.render.badge import Badge
from runware_magic.display.render.json_speech import SpokenJson
from runware_magic.display.render.speech import Spoken
from runware_magic.display.render.tool_steps import under_way
from runware_magic.display.views.comms import hears_while_running
from runware_magic.engine.view import Slot

_REST_S = 3.0  # at least, between announcements
_LOOK_S = 0.5  # at least, between searches for something new
_CHARACTERS_A_S = 20.0  # of speech: announcements must not pile up
_HEARD_S = 0.2  # for a browser to notice the last one before it is removed
# Invisible, but displayed: screen readers skip what is not displayed.
_INVISIBLE = (
    "position:absolute;width:1px;height:1px;margin:-1px;padding:0;border:0;overflow:hidden;clip-path:inset(50%);"
    "white-space:nowrap"
)


class Announcer:
    """A ``widget`` that is heard and not seen, with the style of another widget: each would be a model of its own."""

    def __init__(self, style: Widget, pause: Callable[[float], object] = time.sleep) -> None:
        # Without a size: even an empty line would have a height.
        self.widget = HTML(_region(""), layout=Layout(margin="0", height="0", width="0"), style=style)
        self._pause = pause
        self._said_s = self._next_s = 0.0

    def draw(self, current: Any, elapsed_s: float) -> int:  # noqa: ANN401  # an answer so far, or several
        """Announce what is new, once the last announcement has been heard; return how many messages that took."""
        # The clock starts again when the request is sent, after the wait for an earlier answer.
        if self._said_s <= elapsed_s < self._next_s:
            return 0
        text = self._new(current, elapsed_s)
        # Looking for something new takes time, too, so not every frame does it.
        rest_s = max(_REST_S, len(text) / _CHARACTERS_A_S) if text else _LOOK_S
        self._said_s, self._next_s = elapsed_s, elapsed_s + rest_s
        before, self.widget.value = self.widget.value, _region(text) if text else self.widget.value
        return int(self.widget.value != before)

    def end(self, ended: Any, comm: Any) -> None:  # noqa: ANN401  # as above; a comm has no type
        """Announce how it ended, before the view is replaced.

        Waits a moment where a front end is listening; ``comm`` is that of any widget of the view.
        """
        refused = isinstance(ended, BaseException)
        self.widget.value = _region(f"No answer. {one_line(str(ended), 200)}" if refused else self._last(ended))
        if hears_while_running(comm):
            self._pause(_HEARD_S)

    def _new(self, current: Any, elapsed_s: float) -> str:  # noqa: ANN401
        raise NotImplementedError

    def _last(self, ended: Any) -> str:  # noqa: ANN401
        raise NotImplementedError


class Narrator(Announcer):
    """Announcements of one answer: its blocks, and at the end its badge, with the rest of the text if it is short."""

    def __init__(self, style: Widget) -> None:
        super().__init__(style)
        self._spoken: Spoken | SpokenJson | None = None  # None before its reply has begun
        self._replies = 0  # before the one that is spoken
        self._has_ended = False  # whether all of that one was said
        self._doing = ""

    def _new(self, current: TurnBuilder, elapsed_s: float) -> str:
        self._begin(current.replies)
        if current.answering:
            self._spoken = self._spoken or _spoken(current.snapshot())
        if current.answering and self._spoken and not current.calls:
            return self._spoken.more(current.content)
        before, self._doing = self._doing, _doing(current, elapsed_s)
        if self._doing == before:
            return ""
        rest = "" if self._has_ended or self._spoken is None else self._spoken.rest(current.content)
        self._has_ended = bool(current.calls)
        return f"{rest} {self._doing}".strip()

    def _begin(self, replies: Sequence[object]) -> None:
        """Forget what was said of an earlier reply."""
        if len(replies) != self._replies:
            self._replies, self._spoken, self._has_ended = len(replies), None, False

    def _last(self, ended: Turn) -> str:
        self._begin(ended.replies)
        spoken = self._spoken or _spoken(ended)
        how = "ended, and may be cut off" if ended.maybe_cut else one_line(ended.state, 40)
        why = f" {one_line(ended.error, 200)}" if ended.error else ""
        return f"{spoken.rest(ended.content)} Answer {how}.{why} {Badge.of(ended).spoken}.".strip()


class GridNarrator(Announcer):
    """Announcements of several answers: how many have begun and ended, since their texts are too much to hear."""

    _counts = (0, 0)

    def _new(self, current: Sequence[Slot], _elapsed_s: float) -> str:
        ended = sum(slot.has_ended for slot in current)
        begun = ended + sum(slot.builder is not None and slot.builder.answering for slot in current)
        before, self._counts = self._counts, (begun, ended)
        return f"{begun} of {len(current)} answers started, {ended} finished." if self._counts != before else ""

    def _last(self, ended: Sequence[Turn]) -> str:
        whole = sum(turn.is_whole for turn in ended)
        return f"All {counted(len(ended), 'answer')} finished, {whole} of them complete."


def _region(text: str) -> str:
    return f'<div role="status" aria-live="polite" style="{_INVISIBLE}">{html.escape(plain(text))}</div>'


def _spoken(turn: Turn) -> Spoken | SpokenJson:
    return SpokenJson(turn.schema) if asks_for_data(turn) else Spoken()


def _tools(builder: TurnBuilder) -> str:
    """Return what the tool calls of a reply that has ended are doing; empty where that is nothing to know."""
    cards = under_way(builder.calls, 0.0)
    waiting = [card.name for card in cards if card.waits]
    if waiting:
        return f"{listed(waiting, 3)} {'waits' if len(waiting) == 1 else 'wait'} for you."
    running = [card.name for card in cards if card.state == RUNNING]
    return f"Running {running[0]}." if running else ""


def _doing(builder: TurnBuilder, elapsed_s: float) -> str:
    if builder.calls:
        return _tools(builder)
    if builder.waits_for:
        return f"Waiting for {one_line(builder.waits_for, 80)}."
    if builder.retrying is not None:
        return f"Retrying after {one_line(builder.retrying.reason, 80)}: attempt {builder.retrying.attempt}."
    if builder.reasoning:
        return "Thinking."
    return "Waiting for the model." if elapsed_s > _REST_S else ""
