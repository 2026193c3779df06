"""The ends of several texts that grow, in one widget."""

import re

import comm
import pytest
from comm.base_comm import BaseComm
from hypothesis import given
from hypothesis import strategies as st
from ipywidgets import HTMLMath, Layout
from variants import answer

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.events import ContentDelta, ReasoningDelta
from runware_magic.chat.turn import STREAMING, Reply
from runware_magic.display.render import styles
from runware_magic.display.views.grid_columns import Columns
from runware_magic.display.views.growing_text import GrowingBox, Styles
from runware_magic.display.views.shared_tail import SharedTail
from runware_magic.engine.throttle import MESSAGE, DrawCost
from runware_magic.engine.view import Slot

COUNT = 12  # of which the names of some begin as those of others do
FRAME = re.compile(r'<div class="runware-end (runware-end-\d+)">(.*?)</div>', re.DOTALL)
PARAGRAPH = "Some words of **prose** on a matter, costing $5. " * 6 + "\n\n"
LONG = {
    "prose": PARAGRAPH * 5,
    "code": "```python\n" + "x = f(1)\n" * 100 + "```\n\n" + PARAGRAPH,
    "a table": "| a | b |\n|---|---|\n" + "| some cell | 12345 |\n" * 60,
}


@pytest.fixture
def messages(monkeypatch):
    """Give what all widgets of the test send, as it is sent."""
    sent = []

    class Comm(BaseComm):
        def publish_msg(self, msg_type, data=None, **_):
            sent.append((msg_type, data))

    monkeypatch.setattr(comm, "create_comm", Comm)
    return sent


def held(ends):
    """Give what the widget holds, by class."""
    return dict(FRAME.findall(ends.widget.value))


def seen(box):
    """Give what a box shows: its parts, and of the ends that it has a view of those that the rules let show."""
    if isinstance(box, HTMLMath):
        return box.value
    at = next((name.rpartition("-")[2] for name in box._dom_classes if name.startswith("runware-text-")), None)
    inside = "".join(seen(child) for child in box.children)
    if at is None:
        return inside
    before, found, after = inside.partition('<div class="runware-end ')
    mine = re.search(rf'runware-end-{at}">(.*?)(?=<div class="runware-end |\Z)', found + after, re.DOTALL)
    return before + (mine[1].removesuffix("</div>") if mine else "")


def text_of(markup):
    """Give what is left without tags."""
    return re.sub(r"<[^>]*>|\s", "", markup)


def test_all_change_in_one_message(messages):
    """However many have."""
    ends = SharedTail(COUNT)
    messages.clear()
    for at in range(COUNT):
        ends.of(at).put(f"<p>text {at}</p>")
    assert messages == []
    ends.send()
    ((kind, data),) = messages
    assert kind == "comm_msg"
    assert held(ends) == {f"runware-end-{at}": f"<p>text {at}</p>" for at in range(COUNT)}
    assert data["state"] == {"value": ends.widget.value}


def test_what_has_not_changed_is_not_sent(messages):
    """Not even where it was put again."""
    ends = SharedTail(2)
    ends.of(0).put("a")
    ends.send()
    messages.clear()
    ends.of(0).put("a")
    assert ends.send() == DrawCost()
    assert messages == []


def test_what_the_widget_had_is_sent_again():
    """All ends go with each message, and what was there before is what the pace has to reckon with."""
    ends = SharedTail(2)
    ends.of(0).put("a")
    assert ends.send() == DrawCost(words=True, messages=1, again=MESSAGE)
    had = len(ends.widget.value)
    ends.of(1).put("b" * 1000)
    assert ends.send() == DrawCost(words=True, messages=1, again=had + MESSAGE)


def test_an_empty_end_takes_no_place():
    """Before anything has come, and once all of its text is shown elsewhere."""
    ends = SharedTail(3)
    ends.of(1).put("a")
    ends.send()
    assert held(ends) == {"runware-end-1": "a"}
    ends.of(1).put("")
    ends.send()
    assert ends.widget.value == ""


def test_each_text_shows_its_own_end_only():
    """None shows but where a rule says so, and there is one rule for each, which is for no other."""
    ends = SharedTail(COUNT)
    rules = re.findall(r"([^{}<>]+)\{display:(\w+)\}", ends.rules.removeprefix("<style>"))
    assert rules[0] == (".runware-end", "none")
    assert rules[1:] == [(f".{ends.of(at).name} .runware-end-{at}", "block") for at in range(COUNT)]
    assert len({ends.of(at).name for at in range(COUNT)}) == COUNT


def test_all_texts_have_a_view_of_the_one_widget():
    """And so there is one model, however many texts there are."""
    ends = SharedTail(COUNT)
    assert {ends.of(at).widget for at in range(COUNT)} == {ends.widget}


@given(st.lists(st.tuples(st.integers(0, COUNT - 1), st.text("ab<>&", max_size=5)) | st.none()))
def test_the_widget_holds_what_was_put_last(steps):
    """Whatever is put, and whenever it is sent: each end as it was last put, and no message without a change."""
    ends, last, sent = SharedTail(COUNT), {}, {}
    for step in [*steps, None]:
        if step is not None:
            last[step[0]] = step[1]
            ends.of(step[0]).put(step[1])
            continue
        wanted = {at: markup for at, markup in last.items() if markup}
        assert ends.send().messages == (wanted != sent)
        assert held(ends) == {f"runware-end-{at}": markup for at, markup in wanted.items()}
        sent = wanted


@pytest.mark.parametrize("kind", LONG)
def test_a_text_shows_the_same_wherever_its_end_is(kind):
    """With every piece that comes, among others that grow: nothing is missing, and nothing shows twice."""
    ends = SharedTail(2)
    alone = GrowingBox(styles.CONTENT, Styles(), Layout())
    among, other = (GrowingBox(styles.CONTENT, Styles(), Layout(), ends.of(at)) for at in (1, 0))
    for size in range(37, len(LONG[kind]), 37):
        alone.show(LONG[kind][:size])
        among.show(LONG[kind][:size])
        other.show(PARAGRAPH * 5)
        ends.send()
        assert text_of(seen(among.box)) == text_of(seen(alone.box))


@pytest.mark.parametrize("kind", LONG)
def test_a_text_that_comes_all_at_once_shows_from_its_beginning(kind):
    """What is sealed before anything was shown, too."""
    ends = SharedTail(1)
    alone, among = (GrowingBox(styles.CONTENT, Styles(), Layout(), end) for end in (None, ends.of(0)))
    for box in (alone, among):
        box.show(LONG[kind] * 3)
    ends.send()
    assert text_of(seen(among.box)) == text_of(seen(alone.box))


def test_a_text_that_begins_anew_takes_its_end_along():
    """What turned out to be something else is gone, and the ends of others stay."""
    ends = SharedTail(2)
    boxes = [GrowingBox(styles.CONTENT, Styles(), Layout(), ends.of(at)) for at in range(2)]
    for box in boxes:
        box.show("Hm, let me see.")
    boxes[0].show("")
    ends.send()
    assert [text_of(seen(box.box)) for box in boxes] == ["", "Hm,letmesee."]


def test_however_many_answers_grow_a_drawing_is_one_message(messages):
    """While they think and while they answer, as long as nothing is sealed and no clock has ticked."""
    slots = [
        Slot(str(at), TurnBuilder(answer(at, COUNT, state=STREAMING, reply=Reply()))) for at in range(1, COUNT + 1)
    ]
    ends = SharedTail(2 * COUNT)
    columns = Columns(slots, Styles(ends.rules), Layout(), "open", ends)
    for piece in (ReasoningDelta, ContentDelta):
        for at, words in enumerate(("some", " more", " and more")):
            messages.clear()
            for number, slot in enumerate(slots):
                slot.builder.fold(piece(f"{words} of {number}"), 1.0)
            drawn = columns.draw(slots, 1.0)
            assert drawn.messages == len(messages)
            assert at == 0 or len(messages) == 1
        assert all(f"some of {at} more of {at} and more of {at}" in ends.widget.value for at in range(COUNT))
