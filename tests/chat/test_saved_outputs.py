"""What the outputs of a notebook keep: enough to go on where it was left."""

import json
import random
import sys
from dataclasses import astuple, dataclass, field, replace

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat import v4

from runware_magic.chat.conversation import Conversation, VersionedTurn, context
from runware_magic.chat.lineage import asked_after, stale
from runware_magic.chat.messages import Message, ToolCall
from runware_magic.chat.record import MIME_TYPE, from_record, to_record
from runware_magic.chat.saved_outputs import SavedOutput, keep, rebuild
from runware_magic.chat.sources import Source, merged
from runware_magic.chat.turn import (
    COMPLETE,
    FAILED,
    PENDING,
    STOPPED,
    Reply,
    Timing,
    ToolResult,
    Turn,
    Variant,
)
from runware_magic.chat.usage import Usage
from runware_magic.chat.verdict import Verdict
from runware_magic.notebook import reader

NEW = (Message("user", "new"),)


def ask(conversation, name, cell=None, *, chat="main", state=COMPLETE, system=None):
    """Let a cell ask, as a session does; give the conversation then, and the turn, whose id is its name."""
    parent, seen = asked_after(conversation, chat, cell) if chat else (None, None)
    messages = (*([Message("system", system)] if system else []), Message("user", f"Q{name}"))
    place = conversation.place_of(chat, cell) if chat else None
    turn = Turn(
        name,
        "m",
        "e",
        messages,
        Timing("2026-01-01T00:00:00Z", 0.25, 1.5),
        chat=chat,
        cell_id=cell,
        parent=parent,
        context=seen,
        supersedes=place.turn.id if place else None,
        reply=Reply(f"A{name}"),
        state=state,
    )
    return conversation.with_turn(turn), turn


def asked(*names):
    """Let cells ask one after the other; each cell is called like its turn."""
    conversation = Conversation()
    for name in names:
        conversation, _ = ask(conversation, name, name)
    return conversation


def turn_of(conversation, name):
    """Give a turn by its name."""
    return next(turn for turn in conversation.all_turns() if turn.id == name)


def kept(conversation, *names):
    """Give what the cells of a notebook keep: of each turn, in the cell that asked."""
    turns = [turn_of(conversation, name) for name in names]
    return [SavedOutput(keep(conversation, turn), at, turn.cell_id) for at, turn in enumerate(turns, 1)]


def sent(conversation, chat="main", cell=None):
    """Give the texts that a new question would be sent with."""
    return [message.content for message in context(conversation.before(chat, cell), NEW)]


def shown(conversation, chat="main"):
    """Give the names of a chat's turns."""
    return [turn.id for turn in conversation.turns(chat)]


# Records


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
maybe = st.none() | texts
counts = st.none() | st.integers(0, 10**9)
seconds = st.none() | st.floats(0, 1e6)
calls = st.lists(st.builds(ToolCall, texts, texts, texts), max_size=2).map(tuple)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
usages = st.builds(Usage, counts, counts, counts, st.none() | st.floats(1e-9, 1e5), counts, counts)
variants = st.integers(1, 10**9).flatmap(
    lambda of: st.builds(
        Variant, texts, st.integers(1, of), st.just(of), st.dictionaries(texts, texts, max_size=3), texts
    )
)
turns = st.builds(
    Turn,
    id=texts,
    model=texts,
    endpoint=texts,
    messages=st.lists(st.builds(Message, texts, texts), max_size=3).map(tuple),
    timing=st.builds(Timing, texts, seconds, seconds),
    parameters=st.dictionaries(texts, values, max_size=3),
    chat=maybe,
    cell_id=maybe,
    parent=maybe,
    supersedes=maybe,
    context=st.none() | st.lists(texts, max_size=3).map(tuple),
    reply=st.builds(Reply, texts, texts, calls),
    state=st.sampled_from([COMPLETE, STOPPED, FAILED]),
    finish_reason=maybe,
    error=maybe,
    # Zeros alone are no report, so no turn has them.
    usage=st.none() | usages.filter(lambda usage: any(astuple(usage))),
    skipped=st.integers(0, 1000),
    maybe_cut=st.booleans(),
    variant=st.none() | variants,
    verdicts=st.lists(st.builds(Verdict, texts, st.booleans(), texts), max_size=3).map(tuple),
    sources=st.lists(st.builds(Source, texts, texts), max_size=3).map(lambda sources: merged((), sources)),
)


@given(turns)
def test_a_record_gives_its_turn_again(turn):
    """Through a notebook that nbformat writes and reads: record → notebook → record is the identity."""
    record = to_record(turn)
    cell = v4.new_code_cell(outputs=[v4.new_output("display_data", {MIME_TYPE: record})])
    notebook = nbformat.reads(nbformat.writes(v4.new_notebook(cells=[cell])), as_version=4)
    again = notebook.cells[0].outputs[0].data[MIME_TYPE]
    assert again == record
    assert from_record(again) == turn
    assert to_record(from_record(again)) == record


def test_a_turn_that_was_not_compared_or_checked_says_nothing_of_it():
    """Its record is the same as before there were comparisons."""
    _, turn = ask(Conversation(), "1")
    assert {"variant", "verdicts", "maybe_cut", "citations"}.isdisjoint(to_record(turn))


VARIANT = {"comparison": "c", "number": 1, "of": 2, "labels": {"model": "m"}, "fingerprint": "f"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": 3}, "the record has version 3, this package reads 1 and 2"),
        ({"version": True}, "the record has version True, this package reads 1 and 2"),
        ({"version": [[[]]]}, "the record has version a list, this package reads 1 and 2"),
        ({"state": "streaming"}, "a turn does not end as 'streaming'"),
        ({"state": ["complete"]}, "state: expected text, got a list"),
        ({"model": None}, "model: expected text, got None"),
        ({"chat": 1}, "chat: expected text, got 1"),
        ({"parameters": [["a", 1]]}, "parameters: expected an object, got a list"),
        ({"parameters": {"t": float("nan")}}, "a number in parameters: expected a finite number, got nan"),
        ({"messages": "Hello"}, "messages: expected a list, got 'Hello'"),
        ({"messages": ["Hello"]}, "a message: expected an object, got 'Hello'"),
        ({"messages": [{"role": "user", "content": 1}]}, "content: expected text, got 1"),
        ({"reply": {"content": "", "reasoning": "", "tool_calls": None}}, "tool_calls: expected a list, got None"),
        ({"timing": {"started": "t", "first_token_s": -1, "total_s": 1}}, "first_token_s: expected seconds, got -1"),
        (
            {"timing": {"started": "t", "first_token_s": 1, "total_s": float("inf")}},
            "total_s: expected seconds, got inf",
        ),
        ({"context": "1"}, "context: expected a list, got '1'"),
        ({"context": [1]}, "an id in context: expected text, got 1"),
        ({"skipped": -1}, "skipped: expected a count, got -1"),
        ({"skipped": 10**10}, "skipped: expected a count, got 10000000000"),
        ({"maybe_cut": 1}, "maybe_cut: expected true or false, got 1"),
        ({"citations": None}, "citations: expected a list, got None"),
        ({"citations": ["https://a.org"]}, "a citation: expected an object, got 'https://a.org'"),
        ({"citations": [{"title": "A"}]}, "'url' is missing"),
        ({"citations": [{"url": "https://a.org", "title": None}]}, "title: expected text, got None"),
        ({"variant": [1]}, "variant: expected an object, got a list"),
        ({"variant": {}}, "'labels' is missing"),
        ({"variant": {**VARIANT, "labels": [1]}}, "labels: expected an object, got a list"),
        ({"variant": {**VARIANT, "labels": {"model": 1}}}, "a label: expected text, got 1"),
        ({"variant": {**VARIANT, "number": True}}, "number: expected a count, got True"),
        ({"variant": {**VARIANT, "number": 0}}, "there is no variant 0 of 2"),
        ({"variant": {**VARIANT, "number": 3}}, "there is no variant 3 of 2"),
        ({"variant": {**VARIANT, "of": 10**10}}, "of: expected a count, got 10000000000"),
        ({"variant": {**VARIANT, "comparison": None}}, "comparison: expected text, got None"),
        ({"verdicts": {"check": "json"}}, "verdicts: expected a list, got an object"),
        ({"verdicts": [True]}, "a verdict: expected an object, got True"),
        ({"verdicts": [{"check": "json", "passed": 1, "why": ""}]}, "passed: expected true or false, got 1"),
        ({"verdicts": [{"check": "json", "passed": True}]}, "'why' is missing"),
    ],
)
def test_a_wrong_record_is_left_out_with_the_reason(change, said):
    """In one line that says which cell and which field."""
    _, turn = ask(Conversation(), "1")
    rebuilt = rebuild([SavedOutput({**to_record(turn), **change}, 3)])
    assert rebuilt.left_out == (f"Cell 3: not the record of a turn ({said}); skipped",)
    assert rebuilt.turns == ()


def test_parameters_nested_without_end_are_left_out():
    """They could neither be compared nor written again."""
    _, turn = ask(Conversation(), "1")
    deep = json.loads("[" * 200 + "]" * 200)
    rebuilt = rebuild([SavedOutput({**to_record(turn), "parameters": {"deep": deep}}, 1)])
    assert rebuilt.left_out == (
        "Cell 1: not the record of a turn (parameters are nested deeper than 50 levels); skipped",
    )


def test_half_of_a_surrogate_pair_is_replaced():
    """Text that JSON can escape and UTF-8 cannot hold would make the next request fail."""
    _, turn = ask(Conversation(), "1")
    record = {**to_record(turn), "messages": [{"role": "user", "content": "a\ud83d b 😀"}]}
    assert from_record(record).messages == (Message("user", "a\ufffd b 😀"),)


# Chats


def test_versions_come_back_in_their_place():
    """With the one that counts, and under the cell that asks there."""
    conversation, _ = ask(asked("1", "2"), "1b", "1")
    conversation = conversation.with_shown("main", 1, 1)
    assert rebuild(kept(conversation, "1b", "2")).conversation == conversation


def test_cells_that_were_moved_keep_the_order_of_the_chat():
    """Not that of the file."""
    conversation = asked("1", "2", "3")
    assert rebuild(kept(conversation, "3", "1", "2")).conversation == conversation


def test_a_deleted_cell_is_gone_with_its_turn():
    """The others go on without it."""
    assert sent(rebuild(kept(asked("1", "2", "3"), "1", "3")).conversation) == ["Q1", "A1", "Q3", "A3", "new"]


@pytest.mark.parametrize("copy_first", [False, True])
def test_a_copied_cell_counts_once(copy_first):
    """The cell that asked has the turn; the copy is named."""
    conversation = asked("1", "2")
    entries = kept(conversation, "1", "2")
    copy = SavedOutput(entries[0].kept, 0 if copy_first else 3, "copy")
    rebuilt = rebuild([copy, *entries] if copy_first else [*entries, copy])
    assert rebuilt.conversation == conversation
    assert rebuilt.left_out == (f"Cell {copy.cell} only redisplays an answer; skipped",)


def test_a_copy_does_not_bring_back_what_was_forgotten():
    """The cell that asked says that its turn has no place any more."""
    conversation = asked("1", "2")
    copy = SavedOutput(kept(conversation, "2")[0].kept, 1, "copy")
    conversation, two = conversation.without_last("main"), turn_of(conversation, "2")
    rebuilt = rebuild([copy, SavedOutput(keep(conversation, two), 2, "2"), *kept(conversation, "1")])
    assert rebuilt.conversation == conversation
    assert {turn.id for turn in rebuilt.turns} == {"1", "2"}


@pytest.mark.parametrize("copy_first", [False, True])
def test_a_copy_of_an_older_version_is_a_copy_of_the_turn(copy_first):
    """It was copied before the cell was run again."""
    old = asked("1")
    conversation, _ = ask(old, "1b", "1")
    copy = SavedOutput(kept(old, "1")[0].kept, 2, "copy")
    own = kept(conversation, "1b")
    rebuilt = rebuild([copy, *own] if copy_first else [*own, copy])
    assert rebuilt.conversation == conversation
    assert rebuilt.left_out == ("Cell 2 only redisplays an answer; skipped",)


@pytest.mark.parametrize("first", [False, True])
def test_a_turn_asked_again_from_another_cell_keeps_its_own(first):
    """Its kernel could not reach the output of its cell any more; so that one holds the earlier version only."""
    old = asked("1", "2")
    conversation, again = ask(old, "2b", "2")
    other = SavedOutput(keep(conversation, again), 0 if first else 3, "refreshes")
    rebuilt = rebuild([other, *kept(old, "1", "2")] if first else [*kept(old, "1", "2"), other])
    assert rebuilt.conversation == conversation
    assert rebuilt.left_out == ()


def test_without_ids_in_the_file_the_fuller_of_two_copies_counts():
    """An older copy above it knows less."""
    old = asked("1")
    conversation, _ = ask(old, "1b", "1")
    entries = [*kept(old, "1"), *kept(conversation, "1b")]
    assert rebuild([replace(entry, cell_id=None) for entry in entries]).conversation == conversation


def test_one_cell_of_a_chat_has_one_place():
    """Whatever the file says: the first counts, and the other is nobody's."""
    entries = [replace(entry, cell_id="same") for entry in kept(asked("1", "2"), "1", "2")]
    places = rebuild(entries).conversation.places("main")
    assert [place.cell_id for place in places] == ["same", None]


def test_a_cell_has_one_output_for_all_its_chats():
    """A fork asked again, or a run elsewhere failed: what the cell shows now tells of the other places too."""
    conversation = asked("1", "2").forked("main", "other")
    conversation, _ = ask(conversation, "1b", "1", chat="other")
    assert rebuild(kept(conversation, "1b", "2")).conversation == conversation
    conversation, _ = ask(asked("1", "2"), "1b", "1", chat="other", state=FAILED)
    assert rebuild(kept(conversation, "1b", "2")).conversation == conversation
    conversation, once = ask(asked("1", "2"), "1b", "1", chat=None)
    entries = [SavedOutput(keep(conversation, once), 1, "1"), *kept(conversation, "2")]
    assert rebuild(entries).conversation == conversation


def test_a_fork_that_the_older_outputs_do_not_tell_of_has_its_past():
    """After a restart nothing reaches the outputs above; what the fork asks tells where it began."""
    before = asked("1", "2", "3")
    conversation = before.forked("main", "other", 2)
    conversation, four = ask(conversation, "4", "4", chat="other")
    rebuilt = rebuild([*kept(before, "1", "2", "3"), SavedOutput(keep(conversation, four), 4, "4")])
    assert rebuilt.conversation == conversation


def test_what_left_a_fork_does_not_come_back():
    """The turn of another chat that the fork has given away is no part of its past any more."""
    conversation = asked("1", "2").forked("main", "other").without("main")
    conversation, _ = ask(conversation, "1b", "1", chat="third")
    rebuilt = rebuild(kept(conversation, "1b", "2"))
    assert rebuilt.conversation == conversation
    assert sent(rebuilt.conversation, "other") == ["Q2", "A2", "new"]


def test_what_left_a_chat_does_not_come_back_by_an_older_output():
    """After a restart the outputs below still say that something stood above them."""
    before = asked("1", "2")
    conversation, _ = ask(before, "1b", "1", chat="other")
    rebuilt = rebuild([*kept(conversation, "1b"), *kept(before, "2")])
    assert shown(rebuilt.conversation) == ["2"]
    assert shown(rebuilt.conversation, "other") == ["1b"]


def test_a_record_without_places_stands_for_itself():
    """In its chat, after what stands above it in the file; outside of every chat it is only counted."""
    entries = [
        SavedOutput(to_record(ask(Conversation(), name, chat=chat)[1]), at)
        for at, (name, chat) in enumerate([("1", "main"), ("2", None), ("3", "main")])
    ]
    rebuilt = rebuild(entries)
    assert sent(rebuilt.conversation) == ["Q1", "A1", "Q3", "A3", "new"]
    assert [turn.id for turn in rebuilt.turns] == ["1", "2", "3"]


def test_a_broken_version_leaves_the_others():
    """And the place is told of as far as it is known."""
    conversation, _ = ask(asked("1"), "1b", "1")
    record = kept(conversation, "1b")[0].kept
    record["others"][0]["reply"] = "cut sho"
    rebuilt = rebuild([SavedOutput(record, 1, "1")])
    assert shown(rebuilt.conversation) == ["1b"]
    assert rebuilt.left_out == (
        "Cell 1: not the record of a turn (reply: expected an object, got 'cut sho'); skipped",
        "Cell 1: some versions of the turn are missing",
    )


@pytest.mark.parametrize("places", [[None], [{"chat": 1}], ["main"]])
def test_a_place_that_makes_no_sense_is_left_out(places):
    """The turn was paid for all the same."""
    record = {**kept(asked("1"), "1")[0].kept, "places": places}
    rebuilt = rebuild([SavedOutput(record, 1, "1")])
    assert rebuilt.conversation.chats == {}
    assert (len(rebuilt.turns), rebuilt.left_out) == (1, ("Cell 1: a position in a chat cannot be read; skipped",))


@pytest.mark.parametrize(
    "place",
    [
        {"order": "first", "number": -1, "chat_rank": None},
        {"order": 10**400, "number": 10**400, "chat_rank": 10**400},
        {"shown": ["1"], "versions": "1"},
        {"shown": "9", "versions": [["1"], {}, "1", "1"]},
    ],
)
def test_a_place_with_odd_values_is_used_as_far_as_it_makes_sense(place):
    """The turn stands in its chat."""
    record = kept(asked("1"), "1")[0].kept
    record["places"][0].update(place)
    assert shown(rebuild([SavedOutput(record, 1, "1")]).conversation) == ["1"]


def test_turns_that_were_asked_after_themselves_come_to_an_end():
    """A file may say so; whoever follows the parents is not to go in circles."""
    turns = [replace(turn, parent=after) for turn, after in zip(asked("1", "2", "3").turns("main"), "231", strict=True)]
    rebuilt = rebuild(SavedOutput(to_record(turn), at) for at, turn in enumerate(turns))
    assert shown(rebuilt.conversation) == ["1", "2", "3"]
    assert len(stale(rebuilt.conversation, "main")) == 3


def test_lines_about_what_was_left_out_are_few_short_and_printable():
    """One for a reason, with the cells; whatever stands in the file."""
    odd = [SavedOutput({"version": f"\x1b[2J\n<script>{at}"}, at) for at in range(1, 30)]
    same = [SavedOutput({"version": 7}, at) for at in range(1, 9)]
    long = [SavedOutput({"version": 1, "id": "i" * 10**6, "model": []}, 9), SavedOutput("[" * 10**6, 9)]
    lines = rebuild([*same, *long, *odd]).left_out
    assert lines[0] == (
        "Cells 1, 2, 3, 4, 5 and 3 more: "
        "not the record of a turn (the record has version 7, this package reads 1 and 2); skipped"
    )
    assert lines[2] == "Cell 9: not the record of a turn (not JSON; it may be cut off); skipped"
    assert lines[-1] == "12 more remarks"
    assert len(lines) == 21
    assert all(line.isprintable() and len(line) < 250 for line in lines)


# Comparisons


def compared(count, shown=0):
    """Let the second of three cells ask for so many answers at once."""
    conversation, _ = ask(Conversation(), "1", "c1")
    _, model = ask(conversation, "v", "c2")
    versions = tuple(
        replace(
            model,
            id=f"v{number}",
            model=f"m{number}",
            reply=Reply(f"Av{number}"),
            state=FAILED if number == 2 else COMPLETE,
            variant=Variant("cmp", number, count, {"model": f"m{number}", "run": "1"}, f"{number:032x}"),
            verdicts=(Verdict("json", number % 2 == 0, ""), Verdict("contains:x", passed=False, why="nothing")),
        )
        for number in range(1, count + 1)
    )
    chats = {"main": (*conversation.places("main"), VersionedTurn("c2", versions, shown, order=2))}
    conversation, _ = ask(Conversation(chats), "3", "c3")
    return conversation, versions[shown]


@pytest.mark.parametrize("shown", [0, 2, 3])
def test_a_comparison_comes_back_with_the_answer_that_was_picked(shown):
    """Every answer of it, with labels and verdicts; the chat goes on from the one that counts."""
    conversation, _ = compared(4, shown)
    rebuilt = rebuild(kept(conversation, "1", f"v{shown + 1}", "3"))
    assert rebuilt.conversation == conversation
    assert rebuilt.left_out == ()
    place = rebuilt.conversation.places("main")[1]
    assert [version.variant.labels for version in place.versions] == [
        {"model": f"m{n}", "run": "1"} for n in range(1, 5)
    ]
    assert [version.verdicts for version in place.versions] == [
        v.verdicts for v in conversation.places("main")[1].versions
    ]
    assert sent(rebuilt.conversation) == ["Q1", "A1", "Qv", f"Av{shown + 1}", "Q3", "A3", "new"]
    assert stale(rebuilt.conversation, "main") == stale(conversation, "main")


def test_picking_another_answer_after_a_restart_marks_what_came_after_it():
    """And picking the first again takes the mark away."""
    conversation, _ = compared(4)
    again = rebuild(kept(conversation, "1", "v1", "3")).conversation
    picked = again.with_shown("main", 2, 3)
    assert stale(picked, "main") == ("", "", "turn 2 has changed since")
    assert stale(picked.with_shown("main", 2, 1), "main") == ("", "", "")


def test_any_output_of_a_comparison_restores_all_of_it():
    """It does not matter which answer the output is of, picked or not."""
    conversation, _ = compared(4, shown=2)
    for name in ("v1", "v2", "v4"):
        assert rebuild(kept(conversation, "1", name, "3")).conversation == conversation


@pytest.mark.parametrize("part_first", [True, False])
def test_answers_in_outputs_of_their_own_come_back_in_their_place(part_first):
    """As very many are saved: the output with the place is one of several of the cell."""
    conversation, counts = compared(4, shown=2)
    whole = kept(conversation, "1", "v3", "3")
    head = json.loads(json.dumps(whole[1].kept))
    parts = [
        replace(whole[1], kept={"version": 1, "part_of": "cmp", "others": [record]}) for record in head.pop("others")
    ]
    alone = replace(whole[1], kept={**head, "others": []})
    middle = [*parts, alone] if part_first else [alone, *parts]
    rebuilt = rebuild([whole[0], *middle, whole[2]])
    assert rebuilt.conversation == conversation
    assert rebuilt.left_out == ()
    assert counts in rebuilt.turns


def test_a_broken_answer_of_a_comparison_leaves_the_others():
    """And it is told which cell has lost one."""
    conversation, _ = compared(4)
    entries = kept(conversation, "1", "v1", "3")
    entries[1].kept["others"][1]["variant"]["number"] = 9
    rebuilt = rebuild(entries)
    assert [version.id for version in rebuilt.conversation.places("main")[1].versions] == ["v1", "v2", "v4"]
    assert rebuilt.left_out == (
        "Cell 2: not the record of a turn (there is no variant 9 of 4); skipped",
        "Cell 2: some versions of the turn are missing",
    )


def calls_of(work):
    """Count the calls of functions that a piece of work makes: a clock would not give the same twice."""
    count = 0

    def called(_frame, event, _argument):
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.fuzz
def test_thousands_of_answers_are_kept_and_restored_in_work_that_grows_with_their_number():
    """Ten times as many take ten times as long, not a hundred times."""

    def calls(count):
        conversation, shown = compared(count)
        names = ("1", shown.id, "3")
        return calls_of(lambda: rebuild(kept(conversation, *names)).conversation)

    conversation, shown = compared(2000)
    assert rebuild(kept(conversation, "1", shown.id, "3")).conversation == conversation
    assert calls(2000) < 11 * calls(200)


# A naive model of the rules: what a chat sends is written down by hand, and the notebook is to bring it back.


@dataclass
class Slot:
    """A turn of the model: who asks there, and all answers."""

    cell: str | None
    answers: list
    shown: int = 0

    def add(self, answer):
        """Add an answer; it counts when it is whole, or nothing better is there."""
        self.answers.append(answer)
        if answer["state"] == COMPLETE or self.answers[self.shown]["state"] != COMPLETE:
            self.shown = len(self.answers) - 1

    def copy(self):
        """Give the slot of a fork."""
        return Slot(self.cell, list(self.answers), self.shown)


@dataclass
class Notebook:
    """A notebook with its kernel, and beside it what ought to come of it."""

    ids: bool
    conversation: Conversation = field(default_factory=Conversation)
    outputs: dict = field(default_factory=dict)
    chats: dict = field(default_factory=dict)
    count: int = 0

    def ask(self, cell, chat, state, system):
        """Run a cell, the real one and the model's."""
        self.count += 1
        name = f"t{self.count}"
        cell_id = cell if self.ids else None
        self.conversation, turn = ask(self.conversation, name, cell_id, chat=chat, state=state, system=system)
        self.outputs[cell if self.ids else name] = turn
        answer = {"name": name, "state": state, "system": system}
        if chat:
            self._answered(cell_id, chat, answer)

    def _answered(self, cell, chat, answer):
        slot = self._slot(chat, cell)
        home = next((other for other in self.chats if other != chat and self._slot(other, cell)), None)
        if slot:
            slot.add(answer)
            return
        slot = Slot(cell, [answer])
        if home and answer["state"] == COMPLETE:
            old = self._slot(home, cell)
            self.chats[home].remove(old)
            slot = Slot(cell, [*old.answers, answer], len(old.answers))
        self.chats.setdefault(chat, []).append(slot)

    def _slot(self, chat, cell):
        slots = self.chats.get(chat, [])
        return next((slot for slot in slots if cell is not None and slot.cell == cell), None)

    def fork(self, chat, name, number):
        """Begin a chat with the first turns of another."""
        if self.chats.get(chat) and not self.chats.get(name):
            self.conversation = self.conversation.forked(chat, name, number)
            self.chats[name] = [slot.copy() for slot in self.chats[chat][:number]]

    def undo(self, chat):
        """Forget the last turn."""
        if self.chats.get(chat):
            self.conversation = self.conversation.without_last(chat)
            self.chats[chat].pop()

    def reset(self, chat):
        """Forget a chat."""
        self.conversation = self.conversation.without(chat)
        self.chats.pop(chat, None)

    def show(self, chat, number, version):
        """Let another version count."""
        slots = self.chats.get(chat, [])
        if number < len(slots) and version < len(slots[number].answers):
            self.conversation = self.conversation.with_shown(chat, number + 1, version + 1)
            slots[number].shown = version

    def restart(self, seed):
        """Save, lose everything, restore."""
        before = {chat: places for chat, places in self.conversation.chats.items() if places}
        rebuilt = reader.rebuild_from(self.file(seed))
        assert rebuilt.conversation.chats == before
        assert list(rebuilt.conversation.chats) == list(before)
        assert {turn.id for turn in self.outputs.values()} <= {turn.id for turn in rebuilt.turns}
        self.conversation = rebuilt.conversation
        self.chats = {chat: slots for chat, slots in self.chats.items() if slots}

    def file(self, seed):
        """Give the text of the notebook: cells moved about, some copied, other tools' outputs between them."""
        shuffle = random.Random(seed)  # noqa: S311  # no secret
        cells = [v4.new_markdown_cell("# Notes"), v4.new_code_cell("1", outputs=[v4.new_output("stream", text="1")])]
        for cell_id, turn in self.outputs.items():
            record = keep(self.conversation, turn)
            output = v4.new_output("display_data", {"text/html": "<b>no</b>", MIME_TYPE: record})
            cells.append(v4.new_code_cell("%%runware", outputs=[output], **({"id": cell_id} if self.ids else {})))
            if self.ids and shuffle.random() < 0.2:
                cells.append(v4.new_code_cell("%%runware", outputs=[output]))
        shuffle.shuffle(cells)
        notebook = v4.new_notebook(cells=cells)
        if not self.ids:
            notebook.nbformat_minor = 4
            for cell in notebook.cells:
                del cell["id"]
        nbformat.validate(notebook)
        return nbformat.writes(nbformat.reads(nbformat.writes(notebook), as_version=nbformat.NO_CONVERT))

    def predicted(self, chat, cell):
        """Give the texts that the rules say are sent."""
        slots = self.chats.get(chat, [])
        at = next((i for i, slot in enumerate(slots) if cell is not None and slot.cell == cell), len(slots))
        counting = [slot.answers[slot.shown] for slot in slots[:at]]
        systems = [answer["system"] for answer in counting if answer["system"] and answer["state"] != FAILED]
        said = [f"{who}{answer['name']}" for answer in counting if answer["state"] != FAILED for who in "QA"]
        return [*systems[-1:], *said, "new"]


cells = st.sampled_from(["c1", "c2", "c3", "c4"])
names = st.sampled_from(["main", "b", "c"])
steps = st.one_of(
    st.tuples(
        st.just("ask"),
        cells,
        st.sampled_from(["main", "main", "main", "b", "c", None]),
        st.sampled_from([COMPLETE, COMPLETE, COMPLETE, STOPPED, FAILED]),
        st.sampled_from([None, None, None, "S1", "S2"]),
    ),
    st.tuples(st.just("fork"), names, names, st.none() | st.integers(1, 3)),
    st.tuples(st.just("undo"), names),
    st.tuples(st.just("reset"), names),
    st.tuples(st.just("show"), names, st.integers(0, 2), st.integers(0, 2)),
    st.tuples(st.just("restart"), st.integers(0, 9)),
)


@pytest.mark.parametrize("ids", [True, False])
@given(st.lists(steps, max_size=25))
def test_the_notebook_is_the_state(ids, steps):
    """Whatever is done to the chats, and however often it is restored: the next request is what the rules say."""
    notebook = Notebook(ids)
    for step, *arguments in [*steps, ("restart", 0)]:
        getattr(notebook, step)(*arguments)
        for chat in ("main", "b", "c"):
            for cell in ("c1", "c2", "c3", "c4", None):
                here = cell if ids else None
                assert sent(notebook.conversation, chat, here) == notebook.predicted(chat, here)


@pytest.mark.parametrize("allowed_first", [True, False])
def test_a_turn_that_went_on_in_another_cell_is_restored_as_it_ended(allowed_first):
    """Its calls would run once more otherwise. Its place stays that of the cell that asked; nothing is left out."""
    call, result = ToolCall("a", "weather", "{}"), ToolResult("a", "weather", state=PENDING)
    _, asked = ask(Conversation(), "t", "c1")
    waiting = replace(asked, state=PENDING, replies=(Reply("", "", (call,)), result))
    done = replace(asked, replies=(waiting.replies[0], replace(result, content="snow", state="done")))
    places = [{"chat": "main", "number": 1, "order": 1, "shown": "t", "versions": ["t"]}]
    entries = [
        SavedOutput({**to_record(waiting), "places": places}, 1, "c1"),
        SavedOutput({**to_record(done), "places": places}, 2, "c2"),
    ]
    restored = rebuild(reversed(entries) if allowed_first else entries)
    (place,) = restored.conversation.chats["main"]
    assert (place.turn, place.cell_id, restored.left_out) == (done, "c1", ())
