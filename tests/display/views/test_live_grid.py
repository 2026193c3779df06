"""The live view of several answers: what is sent to the front end, and what is left behind."""

import re

import comm
import ipywidgets
import pytest
from arriving import Arriving
from attaching import TURN as ATTACHING
from comm.base_comm import BaseComm
from variants import answer, answers

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.events import ContentDelta, ContentWasReasoning, Opened, ReasoningDelta
from runware_magic.chat.record import MIME_TYPE
from runware_magic.chat.sources import Source
from runware_magic.chat.turn import FAILED, STREAMING, Reply
from runware_magic.chat.usage import Usage
from runware_magic.display.views import live_grid
from runware_magic.display.views.live_grid import LiveGridView
from runware_magic.engine.view import Settled, Slot
from runware_magic.errors import ConnectError

PARAGRAPH = "Some words of **prose** on a matter, costing $5. " * 6 + "\n\n"
FEW, MANY = 10, 40


class Wire:
    """What went from the kernel to the front end: messages of widgets, and displays."""

    def __init__(self):
        self.messages = []
        self.shown = self.updated = self.open_at_update = None

    def show(self, widget, **_):
        """Stand in for ``display``, and be its handle."""
        self.shown = widget
        return self

    def update(self, data, **_):
        """Stand in for the handle's ``update``."""
        self.updated = data
        self.open_at_update = self.shown.comm is not None

    def sent(self, act):
        """Give what an action sends, and what it returns."""
        before = len(self.messages)
        returned = act()
        return self.messages[before:], returned

    @property
    def left_open(self):
        """How many widgets were made and not closed."""
        kinds = [kind for kind, _ in self.messages]
        return kinds.count("comm_open") - kinds.count("comm_close")


@pytest.fixture
def wire(monkeypatch):
    """Give a wire that all widgets of the test use."""
    wire = Wire()

    class Comm(BaseComm):
        def publish_msg(self, msg_type, data=None, **_):
            wire.messages.append((msg_type, data))

    monkeypatch.setattr(comm, "create_comm", Comm)
    return wire


@pytest.fixture
def heard(monkeypatch):
    """Let clicks be heard."""
    monkeypatch.setattr(live_grid, "hears_while_running", lambda _: True)


def opened(wire, count, *, begun=True, checked=False, labels=None, **options):
    """Open a view on some slots; give both."""
    slots = [
        Slot(f"temperature {number}", variant=answer(number, count, labels).variant, is_checked=checked)
        for number in range(1, count + 1)
    ]
    for number, slot in enumerate(slots, 1):
        slot.builder = TurnBuilder(answer(number, count, state=STREAMING, reply=Reply())) if begun else None
    view = LiveGridView(show=wire.show, **options)
    view.open(slots)
    return view, slots


def grow(slots, *events):
    """Let all answers that are under way take in the same."""
    for slot in slots:
        for event in events if slot.builder else ():
            slot.builder.fold(event, 1.0)


def end(slot, number=1, **fields):
    """Let an answer end."""
    slot.builder, slot.turn = None, answer(number, **fields)


def found(widget, kind):
    """Give the widgets of a kind in another."""
    inside = [each for child in getattr(widget, "children", ()) for each in found(child, kind)]
    return [widget, *inside] if isinstance(widget, kind) else inside


def text(widget):
    """Give all HTML that a widget shows."""
    return "".join(each.value for each in found(widget, (ipywidgets.HTML, ipywidgets.HTMLMath)))


@pytest.mark.parametrize(("labels", "count"), [({"model": "m"}, 1), ({"row": "Oslo"}, 0)])
def test_what_all_prompts_have_stands_once_above_the_answers(wire, labels, count):
    """Not where each answer is about a row, since their prompts differ."""
    turn = answer(1, 2, labels, state=STREAMING, messages=ATTACHING.messages)
    LiveGridView(show=wire.show).open([Slot("a", TurnBuilder(turn)), Slot("b")])
    assert text(wire.shown).count("runware-attached") == count


def test_a_few_answers_stand_in_columns(wire):
    """Each under its number and name; those that have not begun say so."""
    _, slots = opened(wire, 11, begun=False)
    (grid,) = found(wire.shown, ipywidgets.GridBox)
    assert len(grid.children) == len(slots)
    for number, column in enumerate(grid.children, 1):
        assert f"{number} · temperature {number}" in text(column)
        assert "waiting for its turn" in text(column)
    assert not found(wire.shown, ipywidgets.IntProgress)


def test_what_an_ended_answer_cites_shows_while_others_come(wire):
    """Under it; it is sent once, and counted."""
    view, slots = opened(wire, 2)
    grow(slots, Opened(), ReasoningDelta("Hm."), ContentDelta("See [1]."))
    view.draw(slots, 1.0)
    end(slots[0], sources=(Source("https://x.org/", "X"),))
    sent, drawn = wire.sent(lambda: view.draw(slots, 2.0))
    first, second = found(wire.shown, ipywidgets.GridBox)[0].children
    assert 'href="https://x.org/"' in text(first)
    assert "runware-sources" not in text(second)
    assert drawn.messages == len(sent)
    again, _ = wire.sent(lambda: view.draw(slots, 2.1))
    assert "x.org" not in str(again)


def test_answers_about_rows_fill_a_table_however_few(wire):
    """By the names that the settled table has, in its order; nothing that varies is a column of its own."""
    view, slots = opened(wire, 3, labels={"row": "x"})
    end(slots[2], 3, usage=Usage(1, 1, 2, 0.000001))
    view.draw(slots, 1.0)
    end(slots[0], 1)
    view.draw(slots, 2.0)
    assert not found(wire.shown, ipywidgets.GridBox)
    shown = re.sub("<[^>]*>", " ", text(wire.shown))
    assert re.search(r"#\s+row\s+answer\s+cost\s+1\s+x\s+Answer 1\..*?2\s+x\s+….*?3\s+x\s+Answer 3\.", shown)
    # The first row again, with the decimals of the least cost.
    assert re.search(r"\$\s*0\.01000000\s.*\$\s*0\.00000100\s", shown, re.DOTALL)


@pytest.mark.parametrize("count", [3, MANY])
def test_the_status_stands_from_the_first_frame(wire, monkeypatch, count):
    """In a row of its own, where Stop comes first without moving anything."""
    monkeypatch.setattr(live_grid, "hears_while_running", lambda _: False)
    view, slots = opened(wire, count, stop=print)
    (row,) = (box for box in found(wire.shown, ipywidgets.HBox) if "runware-head" in box._dom_classes)
    assert f"0 of {count} · 0 s" in text(row)
    assert row.layout.min_height == "28px"
    monkeypatch.setattr(live_grid, "hears_while_running", lambda _: True)
    view.draw(slots, 1.0)
    stop, status = row.children
    assert (stop.description, f"0 of {count} · 1 s" in status.value) == ("Stop", True)


def test_columns_fit_a_page_of_any_width():
    """None is wider than the page, and those of a row are of one width."""
    wire = Wire()
    opened(wire, 3)
    (grid,) = found(wire.shown, ipywidgets.GridBox)
    assert grid.layout.grid_template_columns == "repeat(auto-fit, minmax(min(100%, 240px), 1fr))"
    assert all(column.layout.min_width == "0" for column in grid.children)


def test_four_answers_are_two_pairs():
    """Which stand in one row, or beneath each other: three and one would leave a hole."""
    wire = Wire()
    opened(wire, 4)
    outer, *pairs = found(wire.shown, ipywidgets.GridBox)
    assert [grid.layout.grid_template_columns for grid in (outer, *pairs)] == [
        f"repeat(auto-fit, minmax(min(100%, {least}px), 1fr))" for least in (504, 240, 240)
    ]
    assert [len(pair.children) for pair in pairs] == [2, 2]


@pytest.mark.parametrize("nth", range(1, 8))
def test_no_answer_shows_without_the_reasoning_before_it(wire, nth):
    """Where both arrive while they are drawn: the reasoning, a frame later, would move the answer."""
    builder = Arriving(answer(1, 2, state=STREAMING), nth, [ReasoningDelta("Hm."), ContentDelta("Yes.")])
    view, slots = LiveGridView(show=wire.show), [Slot("a", builder), Slot("b")]
    view.open(slots)
    view.draw(slots, 1.0)
    shows = [bool(found(wire.shown, ipywidgets.ToggleButton)), "Yes." in text(wire.shown)]
    assert shows != [False, True]
    view.draw(slots, 2.0)
    assert "Yes." in text(wire.shown)


def test_answers_show_as_they_come(wire):
    """All of them, each in its own words."""
    view, slots = opened(wire, FEW)
    for number, slot in enumerate(slots):
        slot.builder.fold(ContentDelta(f"answer no{number}"), 1.0)
    view.draw(slots, 1.0)
    assert all(f"answer no{number}" in text(wire.shown) for number in range(FEW))
    assert text(wire.shown).count("answering") == FEW


def test_an_answer_that_has_ended_shows_its_badge(wire):
    """In place of the status, with what went wrong; the others go on."""
    view, slots = opened(wire, 3)
    end(slots[0], usage=None)
    end(slots[1], 2, state=FAILED, error="The line was lost.")
    slots[2].builder, slots[2].error = None, "The budget is used up."
    view.draw(slots, 1.0)
    columns = [text(column) for column in found(wire.shown, ipywidgets.GridBox)[0].children]
    assert "usage unknown" in columns[0]
    assert "The line was lost." in columns[1]
    assert "not sent: The budget is used up." in columns[2]


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize("count", [FEW, MANY])
def test_what_has_not_changed_is_not_sent(wire, count):
    """Drawing the same again sends nothing, while answers come and after they have ended."""
    view, slots = opened(wire, count, pick=print, stop=print)
    grow(slots, Opened(None), ReasoningDelta("Hm"), ContentDelta(PARAGRAPH))
    view.draw(slots, 1.0)
    assert wire.sent(lambda: view.draw(slots, 1.2))[0] == []
    for number, slot in enumerate(slots, 1):
        end(slot, number)
    view.draw(slots, 2.0)
    assert wire.sent(lambda: view.draw(slots, 2.2))[0] == []


@pytest.mark.parametrize("count", [FEW, MANY])
@pytest.mark.parametrize("offered", [True, False])
def test_a_drawing_says_what_it_took(wire, monkeypatch, count, offered):
    """Every message is counted, from the first drawing to the last."""
    monkeypatch.setattr(live_grid, "hears_while_running", lambda _: offered)
    view, slots = opened(wire, count, pick=print, stop=print)
    for second in range(1, 40):
        grow(slots, *([ReasoningDelta("Hm. " * 20)] if second < 5 else [ContentDelta(PARAGRAPH)]))
        if second == 12:
            grow(slots[:1], ContentWasReasoning())
        if second > 20:
            end(slots[second - 21 if count == MANY else second % count], second)
        sent, drawn = wire.sent(lambda at=second: view.draw(slots, at))
        assert (second, drawn.messages) == (second, len(sent))


@pytest.mark.fuzz
def test_ten_answers_take_few_messages_and_only_their_ends(wire):
    """Far into long answers, a drawing costs what their tails cost, even if all parts were sealed at the same time."""
    view, slots = opened(wire, FEW)
    sizes = []
    for frame in range(150):
        grow(slots, ContentDelta(PARAGRAPH[frame % 5 * 60 : frame % 5 * 60 + 60]))
        sizes.append(len(wire.sent(lambda at=frame: view.draw(slots, at / 15))[0]))
    assert max(sizes[1:]) <= 4 * FEW + 2
    assert sum(sizes) / len(sizes) < 0.5 * FEW
    grow(slots, ContentDelta("more"))
    sent, _ = wire.sent(lambda: view.draw(slots, 60))
    assert sum(len(str(data)) for _, data in sent) < 6000 * FEW


def test_buttons_come_when_they_are_heard(wire, monkeypatch):
    """One to stop all, and under each column one to go on from it; not before, and once."""
    stopped, picked = [], []
    view, slots = opened(wire, 3, stop=stopped.append, pick=picked.append)
    assert not found(wire.shown, ipywidgets.Button)
    monkeypatch.setattr(live_grid, "hears_while_running", lambda _: True)
    for _ in range(2):
        view.draw(slots, 1.0)
        stop, *picks = found(wire.shown, ipywidgets.Button)
        assert len(picks) == 3
    stop.click()
    picks[1].click()
    assert (stopped, picked) == ([stop], [2])
    view.draw(slots, 1.0)
    assert [button.description for button in picks] == [
        "Continue from this answer",
        "Continuing from this",
        "Continue from this answer",
    ]


@pytest.mark.usefixtures("heard")
def test_nothing_is_offered_that_cannot_be_done(wire):
    """Without a way to stop or to pick there are no buttons; an empty answer cannot be picked."""
    view, slots = opened(wire, 3)
    view.draw(slots, 1.0)
    assert not found(wire.shown, ipywidgets.Button)
    view, slots = opened(wire, 3, pick=print)
    end(slots[0], state=FAILED)
    view.draw(slots, 1.0)
    assert [button.disabled for button in found(wire.shown, ipywidgets.Button)] == [True, False, False]


def test_many_answers_have_a_bar_a_total_and_a_table(wire):
    """The table has a row for each that has ended, and beneath it one of them shows in full."""
    view, slots = opened(wire, 12, begun=False, checked=True)
    assert not found(wire.shown, ipywidgets.GridBox)
    end(slots[4], 5, passed=(True, False))
    end(slots[2], 3, state=FAILED, error="The line was lost.")
    slots[0].builder, slots[0].error = None, "The budget is used up."
    slots[11].builder = TurnBuilder(answer(12, 12, state=STREAMING, reply=Reply()))
    view.draw(slots, 14.0)
    (bar,) = found(wire.shown, ipywidgets.IntProgress)
    assert (bar.value, bar.max) == (3, 12)
    shown = text(wire.shown)
    assert "3 of 12 · 2 failed · 1 failed a check · <span>$</span>0.0200 · 14 s" in shown
    rows = re.findall("<tr>(.*?)</tr>", shown)
    texts = [[re.sub("<[^>]*>", "", cell) for cell in re.findall("<t[dh].*?</t[dh]>", row)] for row in rows]
    assert texts == [
        ["#", "temperature", "answer", "checks", "cost"],
        ["1", "1", "not sent: The budget is used up.", "", ""],
        ["3", "3", "failed · Answer 3.", "", "$0.0100"],
        ["5", "5", "Answer 5.", "✗ 1/2", "$0.0100"],
        ["12", "12", "…", "", ""],
    ]
    assert "Answer <strong>5</strong>." in shown


@pytest.mark.usefixtures("heard")
def test_the_reader_chooses_which_of_many_answers_shows(wire):
    """One that is under way, too; nobody's choice is the latest that has ended, which stays for a moment."""
    picked = []
    view, slots = opened(wire, MANY, pick=picked.append)
    grow(slots, ContentDelta("so far"))
    for second, number, shown in ((1.0, 9, 9), (1.2, 5, 9), (1.5, 7, 7)):
        end(slots[number - 1], number)
        view.draw(slots, second)
        assert f"Answer <strong>{shown}</strong>." in text(wire.shown)
    (choice,) = found(wire.shown, ipywidgets.Dropdown)
    choice.value = 20
    view.draw(slots, 4.1)
    assert "so far" in text(wire.shown)
    found(wire.shown, ipywidgets.Button)[-1].click()
    assert picked == [21]
    choice.value = -1
    view.draw(slots, 4.2)
    end(slots[20], 21)
    view.draw(slots, 7.0)
    end(slots[30], 31)
    view.draw(slots, 10.0)
    assert "Answer <strong>31</strong>." in text(wire.shown)


@pytest.mark.fuzz
def test_thousands_of_rows_cost_what_they_cost_once(wire):
    """Rows that were sent are not sent again for long: twice as many cost about twice as much."""

    def cost(count):
        view, slots = opened(wire, count, begun=False)
        sent = wire.sent(lambda: [step(view, slots, at) for at in range(0, count, 10)])[0]
        return sum(len(str(data)) for _, data in sent), len(sent)

    def step(view, slots, start):
        for at in range(start, start + 10):
            end(slots[at], at + 1)
        view.draw(slots, start / 100)

    (small, few), (large, many) = cost(400), cost(2000)
    assert large < 7 * small < 2_800_000
    assert many <= 5.1 * few


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize("count", [3, MANY])
def test_a_view_settles_into_a_bundle_and_leaves_no_widget(wire, count):
    """The output is replaced first; then every widget is closed. Later, what stays is replaced."""
    view, slots = opened(wire, count, stop=print, pick=print)
    for second in range(1, 30):
        grow(slots, ReasoningDelta("Hm. "), ContentDelta(PARAGRAPH))
        if second > 3:
            end(slots[second % count], second % count + 1)
        view.draw(slots, second)
    turns = answers(count)
    view.settle(Settled(turns[1], ("A note.",), variants=turns))
    assert wire.open_at_update
    assert f"{count} answers" in wire.updated["text/plain"]
    assert MIME_TYPE in wire.updated
    assert wire.left_open == 0
    view.settle(Settled(turns[0], ("Another note.",), variants=turns))
    assert "Another note." in wire.updated["text/plain"]


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize("count", [3, MANY])
def test_a_refusal_replaces_the_view(wire, count):
    """Without any answer a quiet line is left, and no widget."""
    view, slots = opened(wire, count, stop=print, pick=print)
    view.draw(slots, 1.0)
    view.refuse("m", ConnectError("x"))
    assert wire.updated["text/plain"] == "m · no answer"
    assert wire.left_open == 0


def test_a_click_on_the_reasoning_holds_when_the_view_settles(wire):
    """Of the answer that was picked, or else of the first."""
    view, slots = opened(wire, 3)
    grow(slots, ReasoningDelta("Hm"), ContentDelta("4"))
    view.draw(slots, 1.0)
    found(wire.shown, ipywidgets.ToggleButton)[0].set_state({"value": True})
    turns = answers(3, reply=Reply("4", "Hm"))
    view.settle(Settled(turns[0], variants=turns))
    assert 'class="runware-reasoning"' in wire.updated["text/html"]
    # Of all three: side by side, none is folded.
    assert wire.updated["text/html"].count(' open=""') == 3


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize("count", [3, MANY])
def test_hostile_text_never_reaches_a_trait(wire, count):
    """Names, reasons and answers: what is sent as HTML is safe already."""
    hostile = "<script>alert(1)</script><img src=x onerror=y>"
    slots = [Slot(hostile) for _ in range(count)]
    view = LiveGridView(show=wire.show)
    view.open(slots)
    for number, slot in enumerate(slots, 1):
        slot.builder = TurnBuilder(answer(number, count, model=hostile, state=STREAMING, reply=Reply()))
    grow(slots, ReasoningDelta(hostile), ContentDelta(hostile))
    view.draw(slots, 1.0)
    for slot in slots[1:]:
        end(slot, state=FAILED, error=hostile, model=hostile, reply=Reply(hostile, hostile))
    slots[0].builder, slots[0].error = None, hostile
    view.draw(slots, 2.0)
    values = [data["state"].get("value") for _, data in wire.messages if data and "state" in data]
    sent = "".join(value for value in values if isinstance(value, str))
    assert "alert(1)" in sent
    assert "<script" not in sent
    assert "<img" not in sent
