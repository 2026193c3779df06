"""Lessons: recorded with an endpoint, replayed without one."""

import json
import signal
import time
from dataclasses import replace

import pytest
from loopback import chunked, delta, finish, sized, sse
from recorded import no_network  # noqa: F401  # a fixture
from terminal_ipython import cell, failed, line

from runware_magic import Chat
from runware_magic.budget import Budget
from runware_magic.chat.record import from_record, to_record
from runware_magic.completion import Known, complete
from runware_magic.display.badge import badge
from runware_magic.errors import NotRecordedError, OptionError, PromptError, RunwareError, StoppedError, UsageError
from runware_magic.ledger import Ledger
from runware_magic.pace import Drawn
from runware_magic.wire.endpoint import Key

USAGE = {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7, "cost": 0.5}}


def saying(text):
    """Give a reply that says this, and what it cost."""
    return chunked([sse(delta(content=text)), sse(USAGE, finish(), "[DONE]")])


def echo(heard):
    """Say which model was asked what, and for the how manieth time."""
    if heard.line.startswith("GET"):
        return sized(200, b"[]")
    body = heard.json
    return saying(f"{body['model']}: {body['messages'][-1]['content']}")


@pytest.fixture
def lesson(tmp_path):
    """Name the file of a recording."""
    return tmp_path / "lesson.jsonl"


@pytest.fixture
def taped(shell, magics, asked, lesson, no_network):  # noqa: F811
    """Give what records cells, then forgets them, stops the server and replays them without a network."""

    def tape(*cells, reply=echo, options="--speed max"):
        server = asked(reply)
        line(shell, f"record {lesson}")
        for options_, body in cells:
            cell(shell, options_, body)
        turns = magics.session.conversation.all_turns()
        line(shell, "live")
        line(shell, "reset")
        server.stop()
        magics.base_url = ""
        no_network()
        return turns, line(shell, f"replay {lesson} {options}")

    return tape


def last(magics):
    """Give the last turn."""
    return magics.session.conversation.turns("main")[-1]


def test_a_lesson_is_replayed_without_an_endpoint(shell, magics, taped):
    """The same answers to the same requests, each told as recorded, at the endpoint where it was."""
    turns, said = taped(("m", "Hi"), ("m --no-stream", "Ho"))
    assert "Replaying lesson.jsonl (2 requests, recorded 2" in said
    assert "the network is not touched" in said
    shown = cell(shell, "m", "Hi") + cell(shell, "m --no-stream", "Ho")
    again = magics.session.conversation.turns("main")
    assert [turn.reply for turn in again] == [turn.reply for turn in turns]
    assert [turn.endpoint for turn in again] == [turn.endpoint for turn in turns]
    assert [turn.recorded for turn in again] == [turns[0].timing.started[:10]] * 2
    assert shown.count(f"recorded {again[0].recorded}") == 2
    assert "$0.500 (not billed)" in shown


def test_a_lesson_goes_on_being_live_while_it_is_recorded(shell, magics, asked, lesson):
    """Its answers are not called recorded, and the status says that they are being."""
    asked(echo)
    line(shell, f"record {lesson}")
    assert "recorded" not in cell(shell, "m")
    assert last(magics).recorded is None
    status = line(shell)
    assert "recorded in lesson.jsonl (1 so far)" in status
    assert line(shell, "live").startswith("Recorded 1 in lesson.jsonl.")
    assert "recorded in" not in line(shell)
    cell(shell, "m", "Ho")
    assert lesson.read_bytes().count(b"\n") == 2


def test_what_is_replayed_costs_nothing(shell, magics, taped):
    """It is shown, told apart in the usage, and no budget pays for it."""
    taped(("m", "Hi"), ("m", "Ho"))
    before = magics.session.budget.spent
    assert before == 1
    magics.budget = 0.01
    cell(shell, "m", "Hi")
    cell(shell, "m --budget 0", "Ho")
    assert magics.session.budget.spent == before
    usage = line(shell, "usage")
    assert "m (replayed, not billed)" in usage
    assert "in all, without what was replayed  2 " in usage
    assert "spent     $1.00, of $0.01: $0 left" in line(shell)


def test_the_status_says_what_is_replayed(shell, taped):
    """And how fast; no endpoint is named as if it were asked."""
    taped(("m", "Hi"), options="--speed 2")
    status = line(shell)
    assert "none: lesson.jsonl answers, as http://127.0.0.1:" in status
    assert "replay of lesson.jsonl, recorded 2" in status
    assert "at 2 times its pace (not billed)" in status
    assert "Endpoints answer from here on" in line(shell, "live")


def test_what_was_not_recorded_fails_in_one_line(shell, magics, taped, capsys):
    """With the nearest prompt, its difference, and no turn."""
    taped(("m", "Explain recursion in two sentences."))
    error, shown = failed(shell, "%%runware m\nExplain recursion in three sentences.", capsys)
    assert isinstance(error, NotRecordedError)
    assert "[two → three]" in shown
    assert "Traceback" not in shown
    assert magics.session.conversation.turns("main") == ()


def test_a_comparison_is_replayed_answer_by_answer(shell, magics, taped):
    """Each variant has its own again; one that was not recorded leaves the others alone."""
    turns, _ = taped(("--compare a,b -n 2", "Hi"))
    cell(shell, "--compare a,b -n 2", "Hi")
    again = magics.session.conversation.variants(last(magics))
    assert [turn.content for turn in again] == [turn.content for turn in turns]
    assert all(turn.recorded for turn in again)
    line(shell, "reset")
    with pytest.raises(RunwareError, match=r"1 of 3 answers did not come whole.*a was asked, here it is c"):
        cell(shell, "--compare a,b,c", "Hi")
    mixed = magics.session.conversation.variants(last(magics))
    assert [(turn.model, turn.state) for turn in mixed if turn.state == "complete"] == [
        ("a", "complete"),
        ("b", "complete"),
    ]


def test_runs_of_one_prompt_keep_their_order(shell, magics, taped):
    """The first run has the first answer again: what comes after it was asked after that."""
    numbers = iter(range(9))

    def counting(heard):
        return sized(200, b"[]") if heard.line.startswith("GET") else saying(f"{next(numbers)}")

    turns, _ = taped(("m -n 4", "Hi"), ("m", "Go on"), reply=counting)
    cell(shell, "m -n 4", "Hi")
    cell(shell, "m", "Go on")
    again = magics.session.conversation.all_turns()
    assert [turn.content for turn in again] == [turn.content for turn in turns]


def test_answers_in_the_background_are_replayed(shell, magics, taped):
    """As those in their cells."""
    taped(("m", "Hi"))
    cell(shell, "m --background", "Hi")
    while magics.background.under_way():
        time.sleep(0.01)
    assert (last(magics).content, bool(last(magics).recorded)) == ("m: Hi", True)


def test_the_demo_is_recorded_and_stays_the_demo(shell, magics, lesson, no_network):  # noqa: F811
    """The badge says both, and the default model is the demo's again; nothing suggests that a script is running."""
    line(shell, f"record {lesson}")
    cell(shell, "--max-tokens 3", "Hi")
    turn = last(magics)
    line(shell, "live")
    line(shell, "reset")
    magics.session.close()
    no_network()
    line(shell, f"replay {lesson} --speed max")
    shown = cell(shell, "--max-tokens 3", "Hi")
    assert replace(last(magics), recorded=None).reply == turn.reply
    assert f"demo:tutor@1 · recorded {turn.timing.started[:10]} · demo" in shown
    assert "built-in demo endpoint" not in shown
    assert "as the demo endpoint did" in line(shell)


def test_the_demo_answers_what_was_not_recorded_where_that_is_asked_for(shell, magics, asked, lesson):
    """As itself: no model that was recorded is pretended."""
    asked(echo)
    line(shell, f"record {lesson}")
    cell(shell, "m", "Hi")
    line(shell, "reset")
    assert "what is not in it is asked demo" in line(shell, f"replay {lesson} --speed max --else demo")
    cell(shell, "m", "Hi")
    assert last(magics).recorded
    shown = cell(shell, "m --max-tokens 3", "Ho")
    assert (last(magics).model, last(magics).endpoint, last(magics).recorded) == ("demo:tutor@1", "demo", None)
    assert "recorded" not in shown
    assert "not billed" not in shown


def test_the_endpoint_answers_what_was_not_recorded_where_that_is_asked_for(shell, magics, asked, lesson):
    """By the address of the configuration; that costs what it costs."""
    server = asked(echo)
    line(shell, f"record {lesson}")
    cell(shell, "m", "Hi")
    line(shell, "reset")
    line(shell, f"replay {lesson} --speed max --else live")
    heard = len(server.heard)
    cell(shell, "m", "Hi")
    assert len(server.heard) == heard
    cell(shell, "m", "Ho")
    assert len(server.heard) == heard + 1
    assert (last(magics).endpoint, last(magics).recorded, magics.session.budget.spent) == (server.url, None, 1.0)


def test_a_key_in_a_prompt_does_not_leave_by_way_of_a_replay(shell, magics, asked, lesson):
    """Where it goes out after all, it is looked at as any other."""
    asked(echo)
    line(shell, f"record {lesson}")
    cell(shell, "m", "Hi")
    line(shell, f"replay {lesson} --else live")
    key = "secret-9f8e7d6c5b4a"
    shell.user_ns["told"], magics.dispatch._whom.login = key, Key(key, "a test")
    with pytest.raises(PromptError):
        cell(shell, "m", "It is {{ told }}")


class Interrupting:
    """A view that interrupts as soon as there is a word to draw."""

    tells_errors = True

    def __init__(self):
        self.settled = []

    def open(self, draft):
        """Show nothing."""

    def draw(self, draft, elapsed_s):  # noqa: ARG002  # as in `View`
        """Interrupt."""
        if draft.content:
            signal.raise_signal(signal.SIGINT)
        return Drawn()

    def settle(self, settled):
        """Take note."""
        self.settled.append(settled.turn)


def test_an_interrupt_stops_a_replay_and_keeps_what_had_come(shell, magics, asked, lesson):
    """As with an endpoint; a pause of an hour is none then."""
    asked(lambda _: saying("Hello"))
    line(shell, f"record {lesson}")
    cell(shell, "m", "Hi")
    first, exchange = lesson.read_text().splitlines()
    told = json.loads(exchange)
    body = "".join(text for _, text in told["answer"]["body"])
    told["answer"] |= {"body": [[0, body[:-20]], [3600, body[-20:]]], "ended_s": 3600}
    lesson.write_text(f"{first}\n{json.dumps(told)}\n")
    line(shell, "reset")
    line(shell, f"replay {lesson}")
    view = Interrupting()
    magics.dispatch._view = lambda *_, **__: view
    with pytest.raises(StoppedError):
        cell(shell, "m", "Hi")
    (turn,) = view.settled
    assert (turn.state, turn.content, bool(turn.recorded)) == ("stopped", "Hello", True)


def test_a_refusal_is_replayed(shell, magics, asked, lesson, no_network, capsys):  # noqa: F811
    """With the endpoint's own words."""
    asked(sized(401, b'{"error": {"message": "no such key"}}'))
    line(shell, f"record {lesson}")
    live, _ = failed(shell, "%%runware m\nHi", capsys)
    line(shell, f"replay {lesson} --speed max")
    no_network()
    again, _ = failed(shell, "%%runware m\nHi", capsys)
    assert (type(again), str(again)) == (type(live), str(live))
    assert magics.session.conversation.turns("main") == ()


def test_a_saved_notebook_is_recording_enough(shell, magics, asked, tmp_path):
    """Its answers are told again, each when it was asked for in the first place, and called recorded on that day."""
    asked(echo)
    cell(shell, "m", "Hi")
    cell(shell, "m", "Ho")
    turns = magics.session.conversation.all_turns()
    line(shell, f"export {tmp_path / 'talk.ipynb'}")
    line(shell, "reset")
    assert "Replaying talk.ipynb (2 requests" in line(shell, f"replay {tmp_path / 'talk.ipynb'} --speed max")
    cell(shell, "m", "Hi")
    cell(shell, "m", "Ho")
    again = magics.session.conversation.turns("main")
    assert [(turn.reply, turn.usage, turn.endpoint) for turn in again] == [
        (turn.reply, turn.usage, turn.endpoint) for turn in turns
    ]
    assert {turn.recorded for turn in again} == {turns[0].timing.started[:10]}


def test_a_notebook_without_answers_is_refused(shell, tmp_path):
    """In one line."""
    path = tmp_path / "empty.ipynb"
    path.write_text('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}')
    with pytest.raises(UsageError, match=r"empty\.ipynb holds no answers"):
        line(shell, f"replay {path}")


WRONG = [
    ("record", "Recording needs a file of its own."),
    ("record talk.ipynb", "Recording needs a file of its own."),
    ("replay", "Replaying needs a recording"),
    ("replay a.jsonl --speed 3", "--speed takes 1, 2 or max, not '3'."),
    ("replay a.jsonl --else nobody", "--else takes demo or live, not 'nobody'."),
    ("replay a.jsonl --fast", "--fast is not an option"),
    ("replay a.jsonl", "There is no file a.jsonl."),
    ("record /nowhere/a.jsonl", "a.jsonl cannot be written: No such file or directory."),
]


@pytest.mark.parametrize(("command", "said"), WRONG)
def test_what_is_wrong_with_a_command_is_told_and_nothing_changes(shell, magics, command, said):
    """In one line with a hint."""
    with pytest.raises((OptionError, UsageError)) as caught:
        line(shell, command)
    assert str(caught.value).startswith(said)
    assert magics.session.peers.player is magics.session.peers.recorder is None


def test_what_is_shown_to_be_run_goes_to_no_address_that_a_recording_names(shell, taped):
    """It would take the reader's key there."""
    taped(("m", "Hi"))
    cell(shell, "m", "Hi")
    shown = line(shell, "show --as curl")
    assert "https://api.runware.ai/v1/chat/completions" in shown
    assert "RUNWARE_API_KEY" in shown
    assert "127.0.0.1" not in shown


def test_tab_offers_how_to_replay():
    """Its options, and what they take."""
    for typed, offered in (
        ("--", ["--else", "--speed"]),
        ("--speed ", ["1", "2", "max"]),
        ("--else=", ["--else=demo", "--else=live"]),
    ):
        assert complete(f"%runware replay a.jsonl {typed}", Known())[1] == offered


def test_a_class_may_have_its_lesson_replayed(shell, magics, asked, tmp_path, monkeypatch):
    """By its settings, beside which the recording lies; the reader can go live all the same."""
    asked(echo)
    line(shell, f"record {tmp_path / 'one.jsonl'}")
    cell(shell, "m", "Hi")
    line(shell, "live")
    line(shell, "reset")
    (tmp_path / "runware.toml").write_text('mode = { replay = "one.jsonl", speed = "max" }')
    monkeypatch.chdir(tmp_path)
    cell(shell, "m", "Hi")
    assert last(magics).recorded
    line(shell, "live")
    cell(shell, "m", "Ho")
    assert last(magics).recorded is None
    (tmp_path / "runware.toml").write_text('mode = { replay = "two.jsonl" }')
    with pytest.raises(UsageError, match=r"two\.jsonl"):
        cell(shell, "m", "Hi")


def test_a_chat_in_python_records_and_replays(serve, lesson, no_network):  # noqa: F811
    """By two arguments."""
    chat = Chat("m", base_url=serve(echo).url, record=str(lesson))
    live = chat.ask("Hi")
    chat.close()
    no_network()
    chat = Chat("m", replay=str(lesson))
    turn = chat.ask("Hi")
    chat.close()
    assert (turn.reply, turn.endpoint, turn.recorded) == (live.reply, live.endpoint, live.timing.started[:10])


def test_a_record_keeps_that_an_answer_was_replayed(magics, asked, shell):
    """And says nothing where it was not."""
    asked(echo)
    cell(shell, "m", "Hi")
    turn = last(magics)
    assert "recorded" not in to_record(turn)
    replayed = replace(turn, recorded="2026-11-25")
    assert from_record(json.loads(json.dumps(to_record(replayed)))) == replayed
    with pytest.raises(TypeError):
        from_record({**to_record(turn), "recorded": 3})


def test_a_badge_shows_the_day_of_a_recording_as_text(magics, asked, shell):
    """Whatever a notebook says that it was."""
    asked(echo)
    cell(shell, "m", "Hi")
    parts = badge(replace(last(magics), recorded="<b>\n" + "x" * 99))
    assert parts[1].startswith("recorded <b> xxx")
    assert len(parts[1]) < 40


def test_an_answer_under_way_that_is_replayed_counts_nothing():
    """However much it says that it has cost."""
    budget = Budget(Ledger())
    guard = budget.replay(None)
    guard.see(())
    guard.check()
    assert (budget.spent, budget.under_way, guard.labels) == (0, (0.0,), ())
    guard.settle(None)
    assert budget.under_way == ()
