"""The command refresh: what is asked again, after which turns, and where the answers show."""

import threading
from contextlib import suppress

import pytest
from loopback import chunk, chunked, delta, finish, hang_up, head, sized, sse
from played import Played
from terminal_ipython import cell, contents, line

from runware_magic.chat.lineage import stale
from runware_magic.engine.throttle import DrawCost
from runware_magic.errors import ConfirmError, OptionError, RunwareError, StoppedError
from runware_magic.transport.transport import Transport


class Output:
    """Stands for a display of a front end."""

    tells_errors = False

    def __init__(self, handle):
        self.handle, self.shown = handle, []

    def hand_over(self):
        """Return the display."""
        return self.handle

    def open(self, _):
        """Take note of nothing."""

    def draw(self, *_):
        """Draw nothing."""
        return DrawCost()

    def announce_end(self, ended):
        """Say nothing."""

    def settle(self, settled):
        """Keep what is shown."""
        self.shown.append(settled)

    def refuse(self, model, error):
        """Show no answer."""


class FrontEnd:
    """Stands for a front end before a server that says how often it was asked, and what."""

    def __init__(self, shell, magics):
        self._shell, self.magics = shell, magics
        self.server, self.displays, self.shows = None, [], bool
        self.cell_id = None
        magics.dispatch._view = self
        self.answers(self.said)

    def answers(self, *replies):
        """Let the server reply so from now on, the last one again and again; it lists no models."""
        left = list(replies)

        def reply(heard):
            if heard.line.startswith("GET"):
                return sized(404, b"{}")
            given = left.pop(0) if len(left) > 1 else left[0]
            return given(len(self.sent())) if callable(given) else given

        self.server = Played(reply)
        self.magics.base_url, self.magics.retries = self.server.url, 0

        def connect(where, timeouts):
            return Transport(where, timeouts, medium=self.server, jitter=lambda: 0.0)

        connections = self.magics.session.connections
        connections._connect = connect
        connections._transports.clear()

    def __call__(self, _settings, stop, *, background=False, into=None):  # noqa: ARG002  # as in `Views`
        """Show an answer in a new display, or in one that there is."""
        self.displays.append(Output(into or f"of {self.cell_id}"))
        self.shows(stop)
        return self.displays[-1]

    def grid(self, settings, stop, _pick, *, into=None):
        """Show several."""
        return self(settings, stop, into=into)

    def enter(self, cell_id):
        """Let this be the cell that runs."""
        self.cell_id = cell_id
        self._shell.parent_header = {"metadata": {"cellId": cell_id}} if cell_id else {}

    def run(self, cell_id, prompt, options=""):
        """Run a cell that asks."""
        self.enter(cell_id)
        return cell(self._shell, options, prompt)

    def refresh(self, rest=""):
        """Refresh in a cell of its own; give what that said."""
        self.enter("refreshes" if self.cell_id else None)
        return line(self._shell, f"refresh {rest}".strip())

    def sent(self):
        """Give the texts of the messages of every request for an answer so far."""
        return [[text for _, text in contents(heard)] for heard in self.server.heard if heard.line[:3] != "GET"]

    def shown(self, display):
        """Give the answer that a display shows last."""
        return [settled for each in self.displays if each.handle == display for settled in each.shown][-1]

    def said(self, number):
        """Answer with the number of the request and what was asked last."""
        return chunked([sse(delta(content=f"{number}: {self.sent()[-1][-1]}"), finish(), "[DONE]")])

    def chat(self, name="main"):
        """Give the answers of a chat that are in use."""
        return [turn.content for turn in self.magics.session.conversation.turns(name)]

    def marks(self, name="main"):
        """Give which turns of a chat are out of date."""
        return [bool(mark) for mark in stale(self.magics.session.conversation, name)]


@pytest.fixture
def front_end(shell, magics):
    """Stand for a front end."""
    yield FrontEnd(shell, magics)
    shell.__dict__.pop("parent_header", None)


@pytest.fixture
def changed(front_end):
    """Ask three turns, and change the first."""
    for cell_id, prompt in zip("abc", ("one", "two", "three"), strict=True):
        front_end.run(cell_id, prompt)
    front_end.run("a", "uno")
    return front_end


def test_what_follows_a_change_is_asked_again_in_order(changed):
    """Each after the new answers before it, as a version in use; nothing is out of date then."""
    shown = changed.refresh()
    assert changed.sent()[4:] == [
        ["uno", "4: uno", "two"],
        ["uno", "4: uno", "two", "5: two", "three"],
    ]
    assert changed.chat() == ["4: uno", "5: two", "6: three"]
    assert changed.marks() == [False] * 3
    assert [len(place.versions) for place in changed.magics.session.conversation.places("main")] == [2, 2, 2]
    assert shown.splitlines() == [
        "Turn 2 (1 of 2): two",
        "Turn 3 (2 of 2): three",
        "Chat main is up to date: 2 turns asked again.",
    ]


def test_the_answers_show_where_the_earlier_ones_stand(changed):
    """Also while they stream; the cell that refreshes shows none, and no mark is left."""
    before = len(changed.displays)
    changed.refresh()
    assert [each.handle for each in changed.displays[before:]] == ["of b", "of c"]
    assert str(changed.shown("of b").turn) == "5: two"
    assert [changed.shown(f"of {name}").mark for name in "abc"] == ["", "", ""]
    assert changed.shown("of b").record["cell_id"] == "b"


def test_a_mark_names_the_command_and_the_chat(front_end):
    """As a line that can be run."""
    for chat in ("main", "my notes"):
        name = f"-c '{chat}'"
        front_end.run("a" + chat[0], "one", name)
        front_end.run("b" + chat[0], "two", name)
        front_end.run("a" + chat[0], "uno", name)
    marks = {settled.mark for each in front_end.displays for settled in each.shown if settled.mark}
    assert {mark.partition(" or ")[2] for mark in marks} == {
        "%runware refresh.",
        "%runware refresh 'my notes'.",
    }


def test_where_nothing_changed_nothing_is_asked(shell, front_end):
    """One line says so, and names another chat that is out of date."""
    front_end.run("a", "one")
    front_end.run("b", "two")
    assert front_end.refresh() == "Chat main is up to date.\n"
    front_end.run("a", "uno")
    line(shell, "chat other")
    front_end.run("c", "three")
    assert front_end.refresh() == (
        "Chat other is up to date. Out of date in chat main: 1 turn (%runware refresh main).\n"
    )
    assert len(front_end.sent()) == 4
    assert "Chat main is up to date: 1 turn asked again." in front_end.refresh("main")


def test_what_stands_before_the_change_is_not_asked(front_end):
    """Only what follows it."""
    for cell_id in "abcd":
        front_end.run(cell_id, f"ask {cell_id}")
    front_end.run("c", "ask anew")
    front_end.refresh()
    assert len(front_end.sent()) == 6
    assert front_end.sent()[-1][-1] == "ask d"


def test_the_prompt_is_the_one_that_was_sent(shell, front_end):
    """With the values of that time, its parameters, and no setting of today."""
    shell.user_ns["city"] = "Oslo"
    front_end.run("a", "one", "-s 'Be brief'")
    front_end.run("b", "Where is {{ city }}?", "-t 0.5 --seed 7 -m other:model@1")
    front_end.run("c", "three")
    front_end.run("a", "uno", "-s 'Be brief'")
    shell.user_ns["city"], front_end.magics.temperature = "Rome", 1.5
    front_end.refresh()
    asked = front_end.server.heard[-2].json
    assert [message["content"] for message in asked["messages"]] == ["Be brief", "uno", "4: uno", "Where is Oslo?"]
    assert (asked["model"], asked["temperature"], asked["seed"]) == ("other:model@1", 0.5, 7)
    assert "temperature" not in front_end.server.heard[-1].json


def test_an_error_stops_there_and_says_what_is_left(changed):
    """What was asked before it is kept, and the next refresh asks only the rest."""
    changed.answers(changed.said, sized(401, b"{}"))
    with pytest.raises(RunwareError, match=r"^Turn 3: .*401.* %runware refresh continues: 1 turn left\.$"):
        changed.refresh()
    assert changed.marks() == [False, False, True]
    assert str(changed.shown("of c").turn) == "3: three"
    assert "previous answer" in " ".join(changed.shown("of c").notes)
    changed.answers(changed.said)
    changed.refresh()
    assert len(changed.sent()) == 1
    assert changed.marks() == [False] * 3


def test_an_interrupt_keeps_what_is_done(changed):
    """The turn that was stopped stays in use as it was."""
    stopped = threading.Event()

    def half(_):
        yield head(Transfer_Encoding="chunked")
        yield chunk(sse(delta(content="Half")))
        assert stopped.wait(20)
        yield hang_up

    def stop_the_second(stop):
        if changed.displays[-1].handle == "of c":
            stop.then(stopped.set)
            stop.ask()

    changed.answers(changed.said, half)
    changed.shows = stop_the_second
    with pytest.raises(StoppedError, match=r"^Turn 3: Stopped.* %runware refresh continues: 1 turn left\.$"):
        changed.refresh()
    assert changed.chat()[1:] == ["1: two", "3: three"]
    assert changed.marks() == [False, False, True]


def test_many_turns_need_a_yes(changed):
    """As in a cell; a dry run tells how many there are, and sends none of them."""
    changed.magics.confirm_above = (1, 1.0)
    with pytest.raises(ConfirmError, match="2 requests"):
        changed.refresh()
    assert "2" in changed.refresh("--dry-run")
    assert len(changed.sent()) == 4
    changed.refresh("--yes")
    assert len(changed.sent()) == 6


def test_a_budget_holds(changed):
    """What it does not allow is not asked."""
    changed.magics.budget = 0
    with pytest.raises(RunwareError, match=r"^Turn 2: .*refresh continues: 2 turns left\.$"):
        changed.refresh()
    assert len(changed.sent()) == 4


def test_a_comparison_is_asked_again_whole(shell, front_end):
    """In its display, and the chat goes on from the answer that was picked."""
    front_end.run("a", "one")
    front_end.run("b", "two", "--sweep temperature=0,1")
    line(shell, "pick 2")
    front_end.run("a", "uno")
    front_end.refresh()
    turn = front_end.magics.session.conversation.turns("main")[1]
    assert (turn.variant.number, turn.parameters["temperature"]) == (2, 1)
    assert [turn.variant.labels for turn in front_end.shown("of b").variants] == [
        {"temperature": "0"},
        {"temperature": "1"},
    ]
    assert [len(texts) for texts in front_end.sent()[-2:]] == [3, 3]
    assert front_end.marks() == [False, False]


def test_an_answer_that_failed_replaces_none_that_is_whole(shell, front_end):
    """The one that was picked is used again only if it is whole."""
    front_end.run("a", "one")
    front_end.run("b", "two", "-n 2")
    line(shell, "pick 2")
    front_end.magics.max_parallel = 1
    front_end.run("a", "uno")
    front_end.answers(front_end.said, sized(500, b"{}"))
    with suppress(RunwareError):
        front_end.refresh()
    turn = front_end.magics.session.conversation.turns("main")[1]
    assert (turn.variant.number, turn.state) == (1, "complete")


def test_what_a_prompt_has_of_the_notebook_is_told_again(shell, front_end):
    """It is sent again, too."""
    front_end.run("a", "one")
    shell.user_ns["failure"] = ValueError("no")
    front_end.run("b", "two", "--with failure")
    front_end.run("a", "uno")
    front_end.refresh()
    assert [each.name for each in front_end.shown("of b").turn.attached] == ["failure"]


def test_turns_without_cells_keep_their_places(shell, front_end):
    """A console tells no cell: another answer was picked, and what follows is asked again where it stood."""
    front_end.run(None, "one", "-n 2")
    front_end.run(None, "two")
    line(shell, "pick 2")
    front_end.refresh()
    assert [len(place.versions) for place in front_end.magics.session.conversation.places("main")] == [2, 2]
    assert front_end.marks() == [False, False]


def test_checks_are_made_again(front_end):
    """And the last line tells how many turns fail one."""
    front_end.run("a", "one")
    front_end.run("b", "two", "--expect 'contains:2: two'")
    front_end.run("a", "uno")
    assert "1 turn asked again, 1 of which failed a check." in front_end.refresh()
    assert [verdict.passed for verdict in front_end.shown("of b").turn.verdicts] == [False]


def test_a_fork_is_refreshed_alone(shell, front_end):
    """The turns of the other chat stay as they are."""
    front_end.run("a", "one")
    front_end.run("b", "two")
    line(shell, "fork other")
    front_end.run("a", "uno", "-c other")
    front_end.refresh()
    assert front_end.chat() == ["1: one", "2: two"]
    assert front_end.chat("other") == ["3: uno", "4: two"]


@pytest.mark.parametrize("rest", ["nowhere", "main more", "--yess"])
def test_a_wrong_word_is_an_error(changed, rest):
    """Nothing is asked."""
    with pytest.raises(OptionError):
        changed.refresh(rest)
    assert len(changed.sent()) == 4
