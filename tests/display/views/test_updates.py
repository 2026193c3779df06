"""The views without widgets: what is displayed, how often, and what stays."""

from dataclasses import replace

import pytest
from arriving import Arriving
from tooling import LIVE, builder_with, everything, under_way

from runware_magic.chat.draft import RUNNING, WAITING, WRITING, TurnBuilder
from runware_magic.chat.events import ContentDelta, ContentWasReasoning, Ended, Opened, ReasoningDelta
from runware_magic.chat.record import MIME_TYPE
from runware_magic.chat.turn import COMPLETE, Timing, Turn, Variant
from runware_magic.display.views.updates import REST_S, UpdatesGridView, UpdatesView
from runware_magic.engine.view import Settled, Slot
from runware_magic.errors import ConnectError

TURN = Turn(id="1", model="m", endpoint="https://x", messages=(), timing=Timing("2026-01-01T00:00:00Z"))


class Display:
    """One display of a front end."""

    def __init__(self):
        self.shown = []

    def __call__(self, data, *, raw, display_id):
        """Stand in for ``display``."""
        assert raw
        assert display_id
        assert not self.shown
        self.shown.append(data)
        return self

    def update(self, data, *, raw):
        """Stand in for the handle's ``update``."""
        assert raw
        self.shown.append(data)

    @property
    def html(self):
        """The HTML that shows."""
        return self.shown[-1]["text/html"]

    @property
    def text(self):
        """The text that shows where no HTML does."""
        return self.shown[-1]["text/plain"]


@pytest.fixture
def display():
    """Give a display."""
    return Display()


def opened(display, **options):
    """Give a draft and its view, opened."""
    builder, view = TurnBuilder(TURN), UpdatesView(show=display, **options)
    view.open(builder)
    return builder, view


@pytest.mark.parametrize("nth", range(1, 18))
def test_what_is_drawn_is_of_one_moment(display, nth):
    """Where the answer begins while it is drawn, its reasoning is folded, or it is not there yet: nothing moves."""
    builder, view = Arriving(TURN, nth, [ContentDelta("Yes.")]), UpdatesView(show=display)
    builder.fold(Opened(), 0.0)
    builder.fold(ReasoningDelta("Hm."), 0.5)
    view.open(builder)
    view.draw(builder, 1.0)
    assert ("Yes." in display.html) != ('open=""' in display.html)
    view.draw(builder, 2.0)
    view.draw(builder, 3.0)
    assert ("Yes." in display.html, 'open=""' in display.html) == (True, False)


def test_an_answer_grows_in_one_display_and_settles_there(display):
    """Its HTML is rendered Markdown, its text the words, and in the end it is the bundle of any other view."""
    builder, view = opened(display)
    assert display.text == "m · waiting for the endpoint… · 0 s"
    for number, event in enumerate((Opened(), ContentDelta("Some **bold"), ContentDelta("** words"))):
        builder.fold(event, number)
        view.draw(builder, number)
    assert "<strong>bold</strong> words" in display.html
    assert display.text == "m · answering · 2 s · ~4 tokens\n\nSome **bold** words"
    view.settle(Settled(builder.snapshot(COMPLETE)))
    assert set(display.shown[-1]) == {"text/html", "text/markdown", "text/plain", MIME_TYPE}
    view.settle(Settled(builder.snapshot(COMPLETE), notes=("Forgotten.",)))
    assert "Forgotten." in display.text


@pytest.mark.parametrize(
    ("mode", "thinking", "answering"),
    [("auto", True, False), ("open", True, True), ("folded", False, False), ("hidden", None, None)],
)
def test_reasoning_folds_as_it_does_elsewhere(display, mode, thinking, answering):
    """Open while the model thinks, folded when it answers, unless the setting says otherwise."""

    def is_open():
        return 'open=""' in display.html if "<details" in display.html else None

    builder, view = opened(display, reasoning=mode)
    builder.fold(ReasoningDelta("Hmm."), 0.0)
    view.draw(builder, 0.0)
    assert is_open() is thinking
    builder.fold(ContentDelta("Yes."), 1.0)
    view.draw(builder, 1.0)
    assert is_open() is answering


def test_content_that_was_reasoning_moves_there(display):
    """And nothing of it stays behind."""
    builder, view = opened(display)
    for number, event in enumerate((ContentDelta("Hmm."), ContentWasReasoning(), ContentDelta("Yes."))):
        builder.fold(event, number)
        view.draw(builder, number)
    before, _, after = display.html.partition("</details>")
    assert ("Hmm." in before, "Hmm." in after, "Yes." in after) == (True, False, True)


def test_what_a_model_says_has_no_power(display):
    """In its name as little as in its answer, and in its reasoning."""
    builder, view = TurnBuilder(replace(TURN, model="<img src=x onerror=a()>")), UpdatesView(show=display)
    view.open(builder)
    for text in (ReasoningDelta("<script>b()</script>"), ContentDelta("<iframe srcdoc=c>\x1b[2J")):
        builder.fold(text, 0.0)
    view.draw(builder, 0.0)
    assert not any(word in display.html for word in ("<img", "<script", "<iframe"))
    assert "\x1b" not in display.text


def test_an_update_says_what_it_takes_and_asks_for_a_rest(display):
    """All that was there is sent again, and so four updates come in a second at most."""
    builder, view = opened(display)
    builder.fold(ContentDelta("word " * 1000), 0.0)
    first = view.draw(builder, 0.0)
    builder.fold(ContentDelta("more"), 0.0)
    second = view.draw(builder, 0.3)
    assert (first.messages, first.rest_s, second.rest_s) == (1, REST_S, 0.25)
    assert second.again == len(display.shown[1]["text/html"]) + len(display.shown[1]["text/plain"])


def test_a_clock_alone_is_not_worth_much(display):
    """A short answer that waits tells the time each second, a long one more seldom."""
    builder, view = opened(display)
    builder.fold(ContentDelta("word "), 0.0)
    view.draw(builder, 0.0)
    assert [view.draw(builder, at_s).messages for at_s in (0.5, 1.1, 1.5, 2.2)] == [0, 1, 0, 1]
    builder.fold(ContentDelta("word " * 20_000), 2.3)
    assert [view.draw(builder, at_s).messages for at_s in (2.3, 3.4, 7.0, 14.0)] == [1, 0, 0, 1]


def test_a_request_without_an_answer_leaves_a_line(display):
    """In place of the status; in the background with the reason."""
    _, view = opened(display, background=True)
    view.refuse("m", ConnectError("Nobody there."))
    assert (view.tells_errors, display.text) == (True, "Nobody there.\n\nm · no answer")


def slots(number):
    """Give answers of which the first has ended, the second comes, the third could not be asked."""
    turn = TurnBuilder(TURN)
    turn.fold(ContentDelta("First *answer*"), 0.0)
    turn.fold(Ended(), 0.0)
    coming = TurnBuilder(TURN)
    coming.fold(ContentDelta("Second <b>"), 0.0)
    made = [Slot("a", turn=turn.snapshot(COMPLETE)), Slot("b", coming), Slot("c", error="Too dear.\nReally")]
    return [*made, *(Slot(str(at)) for at in range(3, number))]


@pytest.mark.parametrize(("number", "in_full"), [(4, True), (12, False)])
def test_several_answers_share_a_display(display, number, in_full):
    """A few of them in full, of many only how far they are; what one is called has no power."""
    view = UpdatesGridView(show=display)
    view.open([Slot("<b>a"), *(Slot("") for _ in range(number - 1))])
    assert "<b>a" not in display.html
    given = slots(number)
    assert view.draw(given, 1.0).rest_s == REST_S
    assert ("First <em>answer</em>" in display.html) is in_full
    assert display.text.splitlines()[:4] == [
        f"2 of {number} answers · 1 s",
        "1 · a · m · usage unknown",
        "2 · b · m · answering · 0 s · ~2 tokens",
        "3 · c · not sent: Too dear. Really",
    ]
    assert view.draw(given, 1.5).messages == 0
    turn = given[0].turn
    variants = tuple(
        replace(turn, id=str(at), variant=Variant("x", at, 2, {"run": str(at)}, f"f{at}")) for at in (1, 2)
    )
    view.settle(Settled(variants[0], variants=variants))
    assert display.text.startswith("2 answers · m\n")
    view.refuse("m", ConnectError("Nobody there."))
    assert display.text == "m · no answer"


def test_thousands_of_answers_stay_a_page(display):
    """What is shown of them is bounded."""
    view = UpdatesGridView(show=display)
    view.open([Slot(str(at)) for at in range(5000)])
    assert len(display.html) < 40_000


@pytest.mark.parametrize("state", LIVE)
def test_tool_calls_show_where_they_are(display, state):
    """Between what the model said before and after, in every state; steps that have ended stay."""
    view = UpdatesView(show=display)
    view.open(builder_with())
    view.draw(builder_with(under_way(state), content="I look."), 3.0)
    assert [display.html.index(text) for text in ("I look.", ">weather<")] == sorted(
        display.html.index(text) for text in ("I look.", ">weather<")
    )
    told = {WRITING: "writing…", WAITING: "waiting for you", RUNNING: "running 2 s"}.get(state, state)
    assert told in display.html
    assert told in display.text
    view.draw(builder_with(replies=everything().replies, content="It rains."), 4.0)
    for text in ("failed after 1.2 s", "⊘ refused", "It rains."):
        assert display.html.count(text) == 1
    assert "I look." not in display.html
