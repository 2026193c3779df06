"""The live view: what is sent to the front end, and what is left behind."""

from dataclasses import replace

import comm
import ipywidgets
import pytest
from attaching import TURN as ATTACHING
from comm.base_comm import BaseComm

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.events import ContentDelta, ContentWasReasoning, Opened, ReasoningDelta
from runware_magic.chat.record import MIME_TYPE
from runware_magic.chat.turn import STREAMING, Timing, Turn
from runware_magic.display.views.comms import listen_while_running
from runware_magic.display.views.live import LiveView
from runware_magic.engine.view import Settled
from runware_magic.errors import ConnectError

TURN = Turn(id="1", model="m", endpoint="https://x", messages=(), timing=Timing("2026-01-01T00:00:00Z"))
PARAGRAPH = "Some words of **prose** on a matter, costing $5. " * 6 + "\n\n"


class Wire:
    """What went from the kernel to the front end: messages of widgets, and displays."""

    def __init__(self):
        self.messages = []
        self.shown = None
        self.open_at_update = None
        self.updated = None

    def create_comm(self, *args, **kwargs):
        """Give a comm that keeps its messages here."""
        return _Comm(self, *args, **kwargs)

    def show(self, widget, *, display_id):
        """Stand in for ``display``."""
        assert display_id
        self.shown = widget
        return self

    def update(self, data, *, raw):
        """Stand in for the handle's ``update``."""
        assert raw
        self.updated = data
        self.open_at_update = self.shown.comm is not None

    def sent(self, act):
        """Give what an action sends."""
        before = len(self.messages)
        act()
        return self.messages[before:]


class _Comm(BaseComm):
    def __init__(self, wire, *args, **kwargs):
        self._wire = wire
        super().__init__(*args, **kwargs)

    def publish_msg(self, msg_type, data=None, **_):
        self._wire.messages.append((msg_type, data))

    def _reply_subshell_for(self, _data, _default):
        return "the busy shell"


@pytest.fixture
def wire(monkeypatch):
    """Give a wire that all widgets of the test use."""
    wire = Wire()
    monkeypatch.setattr(comm, "create_comm", wire.create_comm)
    return wire


@pytest.fixture
def opened(wire):
    """Give a function that opens a view on a draft."""

    def build(**options):
        builder, view = TurnBuilder(TURN), LiveView(show=wire.show, **options)
        view.open(builder)
        return builder, view

    return build


def fold(wire):
    """Give the button that folds the reasoning, if there is one."""
    return next((child for child in wire.shown.children if isinstance(child, ipywidgets.ToggleButton)), None)


def reasoning(wire):
    """Give what the button folds."""
    return wire.shown.children[wire.shown.children.index(fold(wire)) + 1]


def values(widget):
    """Give the HTML that a widget and those in it show."""
    return [
        getattr(widget, "value", ""),
        *(value for child in getattr(widget, "children", ()) for value in values(child)),
    ]


def test_a_view_opens_with_few_messages(wire, opened):
    """What is heard brings a widget and its place, the row of Stop too: the style is that of the others."""
    assert [kind for kind, _ in wire.sent(opened)].count("comm_open") == 11


def test_an_answer_shows_as_it_comes(wire, opened):
    """Status and text are drawn."""
    builder, view = opened()
    builder.fold(ContentDelta("Hello **wor"), 1.0)
    view.draw(builder, 1.0)
    shown = "".join(values(wire.shown))
    assert "answering" in shown
    assert "Hello <strong>wor</strong>" in shown


def test_what_is_attached_stands_over_the_answer(wire):
    """From the beginning, folded, in one more widget with a place of its own; it goes with the others."""
    builder, view = TurnBuilder(replace(ATTACHING, state=STREAMING)), LiveView(show=wire.show)
    assert [kind for kind, _ in wire.sent(lambda: view.open(builder))].count("comm_open") == 13
    (shown,) = [value for value in values(wire.shown) if "runware-attached" in value]
    assert "<details" in shown
    assert "data:image/png;base64," in shown
    view.settle(Settled(ATTACHING))
    assert "runware-attached" in wire.updated["text/html"]
    assert wire.shown.comm is None


def test_what_has_not_changed_is_not_sent(wire, opened):
    """Drawing the same again sends nothing."""
    builder, view = opened()
    builder.fold(ReasoningDelta("Hm"), 1.0)
    builder.fold(ContentDelta("Hello"), 1.0)
    view.draw(builder, 1.0)
    assert wire.sent(lambda: view.draw(builder, 1.2)) == []


def test_the_status_ticks_while_nothing_comes(wire, opened):
    """A second later only the status line is sent."""
    builder, view = opened()
    view.draw(builder, 1.0)
    assert [data["state"]["value"].count("2 s") for _, data in wire.sent(lambda: view.draw(builder, 2.0))] == [1]


def test_a_sealed_part_is_not_sent_again(wire, opened):
    """Far into a long answer, a frame costs what its tail costs."""
    builder, view = opened()
    for second in range(60):
        builder.fold(ContentDelta(PARAGRAPH), second)
        view.draw(builder, second)
    builder.fold(ContentDelta("more"), 60)
    assert sum(len(str(data)) for _, data in wire.sent(lambda: view.draw(builder, 60))) < 6000


@pytest.mark.parametrize(
    ("mode", "thinking", "answering"), [("auto", True, False), ("open", True, True), ("folded", False, False)]
)
def test_reasoning_opens_and_folds(wire, opened, mode, thinking, answering):
    """By itself it is open while the model thinks, and folds when the answer begins."""
    builder, view = opened(reasoning=mode)
    builder.fold(ReasoningDelta("Hm"), 1.0)
    view.draw(builder, 1.0)
    first = fold(wire).value
    builder.fold(ContentDelta("4"), 2.0)
    view.draw(builder, 2.0)
    assert (first, fold(wire).value) == (thinking, answering)


def test_content_that_was_reasoning_moves(wire, opened):
    """It is shown once, and nothing of the old view stays open."""
    builder, view = opened()
    builder.fold(ContentDelta("Hm, let me see. " * 100), 1.0)
    view.draw(builder, 1.0)
    builder.fold(ContentWasReasoning(), 1.0)
    builder.fold(ContentDelta("Yes."), 1.0)
    view.draw(builder, 1.0)
    assert "let me see" in "".join(values(reasoning(wire)))
    assert "let me see" not in "".join(values(wire.shown.children[-1]))
    assert "Yes." in "".join(values(wire.shown.children[-1]))
    view.settle(Settled(builder.snapshot("complete")))
    kinds = [kind for kind, _ in wire.messages]
    assert kinds.count("comm_open") == kinds.count("comm_close")


def test_hidden_reasoning_is_not_even_sent(wire, opened):
    """What is hidden does not reach the page."""
    builder, view = opened(reasoning="hidden")
    builder.fold(ReasoningDelta("secret"), 1.0)
    view.draw(builder, 1.0)
    assert fold(wire) is None
    assert "secret" not in str(wire.messages)


@pytest.mark.parametrize(("clicks", "opened_in_the_end"), [([False], False), ([False, True], True)])
def test_what_the_reader_clicked_wins(wire, opened, clicks, opened_in_the_end):
    """A click during the thinking holds when the answer begins, and in the settled output."""
    builder, view = opened()
    builder.fold(ReasoningDelta("Hm"), 1.0)
    view.draw(builder, 1.0)
    for click in clicks:
        fold(wire).set_state({"value": click})
    builder.fold(ContentDelta("4"), 2.0)
    view.draw(builder, 2.0)
    assert fold(wire).value == clicks[-1]
    view.settle(Settled(builder.snapshot("complete")))
    assert (' open=""' in wire.updated["text/html"]) == opened_in_the_end


def test_a_view_settles_into_a_bundle_and_leaves_no_widget(wire, opened):
    """The output is replaced first; then every widget is closed, layouts and styles included."""
    builder, view = opened()
    for event in (Opened(), ReasoningDelta("Hm"), ContentDelta(PARAGRAPH * 10)):
        builder.fold(event, 1.0)
        view.draw(builder, 1.0)
    view.settle(Settled(builder.snapshot("complete"), ("A note.",)))
    assert wire.open_at_update
    assert "A note." in wire.updated["text/plain"]
    assert MIME_TYPE in wire.updated
    kinds = [kind for kind, _ in wire.messages]
    assert kinds.count("comm_open") == kinds.count("comm_close")


def test_a_refusal_replaces_the_view(wire, opened):
    """Without an answer a quiet line is left, and no widget."""
    builder, view = opened()
    view.draw(builder, 1.0)
    view.refuse("m", ConnectError("x"))
    assert wire.updated["text/plain"] == "m · no answer"
    kinds = [kind for kind, _ in wire.messages]
    assert kinds.count("comm_open") == kinds.count("comm_close")


def test_hostile_text_never_reaches_a_trait(wire, opened):
    """HTMLMath sanitises nothing, so what is sent is safe already."""
    builder, view = opened()
    for piece in ("<scr", "ipt>alert(1)</script>", "<img src=x onerror=y>", "\n\n", "x" * 2000):
        builder.fold(ReasoningDelta(piece), 1.0)
        builder.fold(ContentDelta(piece), 1.0)
        view.draw(builder, 1.0)
    sent = str(wire.messages)
    assert "<script" not in sent
    assert "<img" not in sent


def test_clicks_are_heard_while_the_cell_runs(wire, opened):
    """Messages of the button go to the subshell that the front end chose, not to the one that is busy."""
    builder, view = opened()
    builder.fold(ReasoningDelta("Hm"), 1.0)
    view.draw(builder, 1.0)
    assert fold(wire).comm._reply_subshell_for({}, "a subshell") == "a subshell"


def test_a_comm_without_subshells_is_left_alone():
    """Kernels that know no such routing get no such attribute."""
    other = BaseComm.__new__(BaseComm)
    other._closed = True
    listen_while_running(other)
    assert not hasattr(other, "_reply_subshell_for")
