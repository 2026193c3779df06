"""Tool calls in the live view: what is sent, the buttons, and how a step follows another."""

from dataclasses import replace

import comm
import ipywidgets
import pytest
from comm.base_comm import BaseComm
from tooling import LIVE, WEATHER, builder_with, everything, in_state, result, turn_with, under_way

from runware_magic.chat.draft import RUNNING, WAITING, WRITING, TurnBuilder
from runware_magic.chat.events import ContentDelta
from runware_magic.chat.messages import ToolCall
from runware_magic.chat.turn import DONE, FAILED, PENDING, REFUSED, STREAMING, Reply
from runware_magic.display.views.live import LiveView
from runware_magic.engine.view import Settled

TOLD = {
    WRITING: "writing…",
    WAITING: "waiting for you",
    RUNNING: "running 2 s",
    DONE: "done in 0.2 s",
    FAILED: "failed after 1.2 s",
    REFUSED: "refused",
}


class Wire:
    """What went to the front end."""

    def __init__(self):
        self.messages, self.shown, self.updated = [], None, None

    def create_comm(self, *args, **kwargs):
        """Give a comm that keeps its messages here."""
        return _Comm(self, *args, **kwargs)

    def show(self, widget, **_):
        """Stand in for ``display``."""
        self.shown = widget
        return self

    def update(self, data, **_):
        """Stand in for the handle's ``update``."""
        self.updated = data

    def sent(self, act):
        """Give what an action sends."""
        before = len(self.messages)
        act()
        return self.messages[before:]

    def found(self, kind, within=None):
        """Give the widgets of a kind, in order."""
        widget = within or self.shown
        inside = [each for child in getattr(widget, "children", ()) for each in self.found(kind, child)]
        return [*([widget] if isinstance(widget, kind) else []), *inside]

    @property
    def text(self):
        """All that the widgets show."""
        return "\n".join(each.value for each in self.found((ipywidgets.HTML, ipywidgets.HTMLMath)))

    @property
    def cards(self):
        """The cards, as boxes."""
        return [each for each in self.found(ipywidgets.VBox) if "runware-tool" in each._dom_classes]

    def closed(self):
        """Whether as many widgets were closed as opened."""
        kinds = [kind for kind, _ in self.messages]
        return kinds.count("comm_open") == kinds.count("comm_close")


class _Comm(BaseComm):
    def __init__(self, wire, *args, **kwargs):
        self._wire = wire
        super().__init__(*args, **kwargs)

    def publish_msg(self, msg_type, data=None, **_):
        self._wire.messages.append((msg_type, data))


@pytest.fixture
def wire(monkeypatch):
    """Give a wire that all widgets of the test use."""
    wire = Wire()
    monkeypatch.setattr(comm, "create_comm", wire.create_comm)
    return wire


@pytest.fixture
def view(wire):
    """Give an open view whose clicks are heard: in the background they always are. It notes what was chosen."""
    chosen = []
    view = LiveView(background=True, choose=lambda *choice: chosen.append(choice), show=wire.show)
    view.chosen = chosen
    view.open(builder_with())
    return view


@pytest.mark.parametrize("state", LIVE)
def test_a_call_shows_its_state(wire, view, state):
    """Below what the model said, in words."""
    view.draw(builder_with(under_way(state), content="I look."), 3.0)
    assert wire.text.index("I look.") < wire.text.index(">weather<") < wire.text.rindex(TOLD[state])
    assert len(wire.found(ipywidgets.Button)) == (3 if state == WAITING else 0)


@pytest.mark.parametrize("state", LIVE)
def test_what_has_not_changed_is_not_sent(wire, view, state):
    """Drawing the same again sends nothing."""
    builder = builder_with(under_way(state), content="I look.")
    view.draw(builder, 3.0)
    assert wire.sent(lambda: view.draw(builder, 3.3)) == []


def test_seconds_tick_with_the_status(wire, view):
    """Once a second, the line of the call that runs and the status: nothing else is sent."""
    builder = builder_with(under_way(DONE, replace(WEATHER, id="0")), under_way(RUNNING), content="I look.")
    view.draw(builder, 3.0)
    sent = wire.sent(lambda: [view.draw(builder, 3.0 + frame / 15) for frame in range(1, 31)])
    assert len(sent) == 4
    assert all(len(str(data)) < 1500 for _, data in sent)
    assert "running 4 s" in wire.text


def test_arguments_grow_while_they_are_written(wire, view):
    """However long they are, little is sent."""
    long = replace(WEATHER, arguments='{"city": "' + "x" * 50_000)
    view.draw(builder_with(under_way(WRITING, replace(WEATHER, arguments='{"ci'))), 3.0)
    assert '> {"ci</span>' in wire.text
    sent = wire.sent(lambda: view.draw(builder_with(under_way(WRITING, long)), 3.1))
    assert sum(len(str(data)) for _, data in sent) < 2500


def test_a_state_changes_in_its_place(wire, view):
    """Widgets stay those that they were, so that nothing flickers and the focus stays."""
    others = [replace(WEATHER, id=str(at), name=f"f{at}") for at in range(3)]
    view.draw(builder_with(*(under_way(WAITING, call) for call in others)), 3.0)
    before, buttons = wire.found(ipywidgets.HTML), wire.found(ipywidgets.Button)
    view.draw(builder_with(under_way(RUNNING, others[0]), *(under_way(WAITING, call) for call in others[1:])), 4.0)
    assert wire.found(ipywidgets.HTML) == before
    assert wire.found(ipywidgets.Button) == buttons[3:]
    assert [[name for name in card._dom_classes if name == "runware-waits"] for card in wire.cards] == [
        [],
        ["runware-waits"],
        ["runware-waits"],
    ]


@pytest.mark.parametrize(("at", "how"), [(0, "once"), (1, "always"), (2, "refuse")])
def test_a_click_chooses_once(wire, view, at, how):
    """And the buttons vanish, in whichever order the view is drawn again."""
    builder = builder_with(under_way(WAITING))
    view.draw(builder, 3.0)
    buttons = wire.found(ipywidgets.Button)
    assert [button.description for button in buttons] == ["Once", "Always", "Refuse"]
    assert [button.tooltip.partition(":")[0] for button in buttons] == [
        "Allow weather once",
        "Allow weather always",
        "Refuse weather",
    ]
    buttons[at].click()
    assert view.chosen == [("call_1", how)]
    assert wire.found(ipywidgets.Button) == []
    view.draw(builder, 3.1)
    assert wire.found(ipywidgets.Button) == []
    assert all(button.comm is None for button in buttons)


@pytest.mark.parametrize("options", [{}, {"choose": print}])
def test_there_are_no_buttons_where_nobody_hears_them(wire, options):
    """Without anybody to tell, or where clicks wait for the cell to end."""
    view = LiveView(show=wire.show, **options)
    view.open(builder_with())
    view.draw(builder_with(under_way(WAITING)), 3.0)
    assert wire.found(ipywidgets.Button) == []
    assert not view.hears_choices
    assert "waiting for you" in wire.text


def test_a_step_stays_where_it_has_grown(wire, view):
    """The next one grows below it; nothing of the first is sent again, but its last state."""
    said = Reply("I look. " * 200, "Hm.", (WEATHER,))
    view.draw(builder_with(under_way(RUNNING), content=said.content, reasoning=said.reasoning), 3.0)
    first = wire.found((ipywidgets.HTML, ipywidgets.HTMLMath))
    second = builder_with(replies=(said, result()), content="It rains.")
    sent = wire.sent(lambda: view.draw(second, 4.0))
    assert not any("I look." in str(data) for _, data in sent)
    assert len(sent) < 14
    assert wire.found((ipywidgets.HTML, ipywidgets.HTMLMath))[: len(first)] == first
    assert wire.text.count("done in 0.2 s") == 1
    assert wire.text.index("done in 0.2 s") < wire.text.index("It rains.")
    second.fold(ContentDelta(" A lot."), 4.5)
    sent = wire.sent(lambda: view.draw(second, 4.5))
    assert "It rains. A lot." in wire.text
    assert len(sent) == 1


def test_steps_that_were_never_drawn_are_shown(wire, view):
    """As when a function takes no time; in order, each once."""
    steps = everything().replies
    view.draw(builder_with(content="I will **look**.", reasoning="The user wants weather."), 1.0)
    view.draw(builder_with(replies=steps, content="It rains."), 3.0)
    view.draw(builder_with(replies=steps, content="It rains in Oslo."), 3.2)
    for text in (">run<", ">plot<", '"Bergen"', "It rains in Oslo."):
        assert wire.text.count(text) == 1
    assert wire.text.count("data:image/png") == 1


@pytest.mark.parametrize("state", [PENDING, *LIVE[1:]])
def test_a_turn_that_goes_on_shows_what_was_before(wire, state):
    """From the beginning, and its calls once: with the results that they get now."""
    replies = (*everything().replies, Reply("Last.", tool_calls=(replace(WEATHER, name="last"),)))
    builder = TurnBuilder(turn_with(*replies, answer="", state=STREAMING))
    view = LiveView(show=wire.show)
    view.open(builder)
    assert ">plot<" in wire.text
    assert wire.text.count("Last.") == 1
    if state != PENDING:
        builder.calls = (under_way(state, replace(WEATHER, name="last")),)
    view.draw(builder, 3.0)
    view.draw(builder_with(replies=(*replies, result(replace(WEATHER, name="last"))), content="End."), 4.0)
    for text in ("Last.", ">last<", ">plot<", "End."):
        assert wire.text.count(text) == 1


def test_nothing_is_left_when_it_settles(wire, view):
    """Every widget is closed, with those of removed buttons."""
    view.draw(builder_with(under_way(WAITING), content="I look.", reasoning="Hm."), 3.0)
    wire.found(ipywidgets.Button)[0].click()
    replies = (Reply("I look.", "Hm.", (WEATHER,)), result())
    view.draw(builder_with(under_way(WAITING), replies=replies, content="Again."), 4.0)
    view.settle(Settled(in_state(DONE)))
    assert wire.closed()
    assert "done in 0.2 s" in wire.updated["text/html"]


def test_hundreds_of_calls_take_few_messages(wire, view):
    """The first ones have a card, and so has each that waits first, or has begun."""
    calls = [ToolCall(str(at), f"f{at}", "{}") for at in range(200)]
    sent = wire.sent(lambda: view.draw(builder_with(*(under_way(WAITING, call) for call in calls)), 3.0))
    assert len(wire.cards) == 50
    assert len(sent) < 300
    assert "and 150 more calls" in wire.text
    assert len(wire.found(ipywidgets.Button)) == 15
    states = [DONE] * 120 + [WAITING] * 80
    now = [under_way(state, call) for state, call in zip(states, calls, strict=True)]
    view.draw(builder_with(*now), 4.0)
    assert len(wire.cards) == 125
    assert "and 75 more calls" in wire.text
    assert len(wire.found(ipywidgets.Button)) == 15


def test_a_hostile_name_stays_a_name(wire, view):
    """In its card, in the tooltips, and in the rules that say it to screen readers."""
    name = '"}</style><img src=x onerror=alert(1)>\u202e\n*{background:url(https://evil.invalid)}'
    view.draw(builder_with(under_way(WAITING, ToolCall("1", name, name))), 3.0)
    assert "<img" not in wire.text
    rules = [each.value.partition("<style>")[2] for each in wire.found(ipywidgets.HTML) if "Allow " in each.value]
    assert len(rules) == 1
    assert rules[0].count("<") == 1
    assert "url(" not in rules[0]
    assert all(button.tooltip.isprintable() for button in wire.found(ipywidgets.Button))


def test_the_cost_of_a_drawing_counts_its_messages(wire, view):
    """So that the throttle knows: never fewer than are sent, and not many more."""
    builders = [
        (builder_with(under_way(WRITING), content="I look.", reasoning="Hm."), 1.0),
        (builder_with(under_way(WAITING), content="I look.", reasoning="Hm."), 2.0),
        (builder_with(under_way(RUNNING), content="I look.", reasoning="Hm."), 3.0),
        (builder_with(under_way(DONE), content="I look.", reasoning="Hm."), 4.0),
        (builder_with(replies=in_state(DONE).replies, content="It rains."), 5.0),
    ]
    for builder, at_s in builders:
        before, cost = len(wire.messages), view.draw(builder, at_s)
        sent = len(wire.messages) - before
        assert cost.words
        assert sent <= cost.messages + 4 <= sent + 12, at_s
