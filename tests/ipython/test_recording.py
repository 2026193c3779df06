"""Lessons: recorded with an endpoint, replayed without one."""

import json
import re
import signal
import time
from dataclasses import replace

import pytest
from loopback import chunked, delta, finish, sized, sse
from recorded import no_network  # noqa: F401  # a fixture
from terminal_ipython import cell, failed, line

from runware_magic import Chat
from runware_magic.chat.events import UsageReport
from runware_magic.chat.pricing import Meter
from runware_magic.chat.record import from_record, to_record
from runware_magic.chat.request import Request
from runware_magic.chat.usage import Usage
from runware_magic.display.render.badge import Badge
from runware_magic.engine.budget import Budget
from runware_magic.engine.ledger import Ledger
from runware_magic.engine.throttle import DrawCost
from runware_magic.errors import NotRecordedError, OptionError, PromptError, RunwareError, StoppedError, UsageError
from runware_magic.ipython.completion import Known, complete
from runware_magic.recording.file import read
from runware_magic.transport.endpoint import Key

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
    assert "nothing is sent" in said
    shown = cell(shell, "m", "Hi") + cell(shell, "m --no-stream", "Ho")
    again = magics.session.conversation.turns("main")
    assert [turn.reply for turn in again] == [turn.reply for turn in turns]
    assert [turn.endpoint for turn in again] == [turn.endpoint for turn in turns]
    assert [turn.recorded for turn in again] == [turns[0].timing.started[:10]] * 2
    assert shown.count(f"recorded {again[0].recorded}") == 2
    assert "$0.500 (not billed)" in shown


TALK = [
    ("--max-tokens 60", "Explain recursion in two sentences."),
    ("demo:error@429", "Hi"),
    ("demo:poet@1 --max-tokens 25", "And in a verse?"),
    ("demo:drop@1", "Tell me a long story."),
    ("--max-tokens 60 --no-stream", "How far is Mars?"),
    ("--compare demo:brisk@1,demo:tutor@1 -n 2 --max-tokens 60", "Once more."),
    ("--max-tokens 50", "Thank you."),
]
WORD = re.compile(rb'"(?:reasoning_)?content": ?"[^"]')
FRAME_S = 0.1  # what a busy machine may take for one drawing: of what is shorter than ten of them, no tenth is measured


def held(shell, magics):
    """Hold a conversation; give how its cells ended, its answers with their bytes, and the seconds of all that."""
    errors, took_s = [], []
    for options, body in TALK:
        began_s, error = time.monotonic(), None
        try:
            cell(shell, options, body)
        except RunwareError as caught:
            error = type(caught), str(caught)
        errors.append(error)
        took_s.append(time.monotonic() - began_s)
    turns = magics.session.conversation.all_turns()
    answers = [(turn.messages, turn.reply, turn.usage, magics.session.recent.body(turn.id).read()) for turn in turns]
    return errors, answers, [(turn.timing.first_token_s, turn.timing.total_s) for turn in turns], took_s


def paces_in(recording):
    """Give the seconds to the first word and to the end that a recording tells: of answers, and of refusals."""
    takes = sorted((take for takes in recording.takes().values() for take in takes), key=lambda take: take[0].asked)
    answers, refusals = [], []
    for *_, last in (take for take in takes if take[-1].request is not None):
        word_s = next((at_s for at_s, piece in last.pieces if WORD.search(piece)), None)
        if last.status == 200:
            answers.append((last.sent_s + word_s, last.sent_s + last.ended_s))
        else:
            refusals.append(last.sent_s + last.ended_s)
    return answers, refusals


@pytest.mark.usefixtures("_sockets", "paced")
def test_the_demo_recorded_replays_byte_for_byte_within_ten_per_cent_of_its_pace_without_demo_or_network(
    shell,
    magics,
    lesson,
    no_network,  # noqa: F811
):
    """A conversation: answers, a comparison, one that breaks off, and one that is refused after all its retries."""
    line(shell, f"record {lesson}")
    errors, answers, *_ = held(shell, magics)
    line(shell, "live")
    magics.session.close()
    no_network()
    recorded, (refused_s,) = paces_in(read(lesson))
    assert [bool(error) for error in errors] == [False, True, False, True, False, False, False]
    assert len(answers) == 9
    assert refused_s > 2
    off = []
    # A machine that was busy with something else has another two tries.
    while not off or (off[-1] >= 0.1 and len(off) < 3):
        line(shell, "reset")
        line(shell, f"replay {lesson}")
        errors_again, answers_again, paces, took_s = held(shell, magics)
        assert errors_again == errors
        assert answers_again == answers
        pairs = [(again, was) for both in zip(paces, recorded, strict=True) for again, was in zip(*both, strict=True)]
        pairs.append((took_s[1], refused_s))
        off.append(max(abs(again - was) / max(was, 10 * FRAME_S) for again, was in pairs))
    print(f"off by {off[-1]:.1%} at most")  # noqa: T201  # shown by -s
    assert min(off) < 0.1, off


def test_a_lesson_replays_from_cells_of_every_system(shell, taped):
    """Line ends are the front end's business."""
    taped(("m", "system:\nBe brief.\nuser:\nOne\n\n  two\n"))
    assert "recorded" in cell(shell, "m", "system:\r\nBe brief.\r\nuser:\r\nOne\r\n\r\n  two\r\n")


def test_a_lesson_goes_on_being_live_while_it_is_recorded(shell, magics, asked, lesson):
    """Its answers are not called recorded, and the status says that they are being."""
    asked(echo)
    line(shell, f"record {lesson}")
    assert "recorded" not in cell(shell, "m")
    assert last(magics).recorded is None
    status = line(shell)
    assert "recorded in lesson.jsonl (1 so far)" in status
    assert line(shell, "live").startswith("Recorded 1 request in lesson.jsonl.")
    assert "recorded in" not in line(shell)
    cell(shell, "m", "Ho")
    assert lesson.read_bytes().count(b"\n") == 2


def test_a_recording_stays_where_it_was_begun(shell, asked, tmp_path, monkeypatch):
    """Whatever folder the kernel works in later."""
    asked(echo)
    monkeypatch.chdir(tmp_path)
    line(shell, "record lesson.jsonl")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    cell(shell, "m")
    assert line(shell, "live").startswith("Recorded 1 request in lesson.jsonl.")
    assert len(read(tmp_path / "lesson.jsonl").exchanges) == 1
    assert list((tmp_path / "below").iterdir()) == []


def test_who_goes_on_with_a_recording_is_told_what_it_holds(shell, asked, lesson):
    """A lesson that is recorded anew would be answered by the old one first."""
    asked(echo)
    assert "already" not in line(shell, f"record {lesson}")
    cell(shell, "m")
    assert "It already holds 1 request, which is replayed first." in line(shell, f"record {lesson}")


def test_what_cannot_be_recorded_is_told_under_the_answer(shell, asked, lesson):
    """Once: a teacher looks at it, and not at the status."""
    asked(echo)
    line(shell, f"record {lesson}")
    assert "lacks" not in cell(shell, "m")
    lesson.unlink()
    lesson.mkdir()
    assert "The recording is incomplete: some answers could not be written: Is a directory." in cell(shell, "m", "Ho")
    assert "lacks" not in cell(shell, "m", "Hu")
    assert line(shell, "live").startswith(
        "Recorded 1 request in lesson.jsonl; some answers could not be written: Is a directory."
    )


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
    assert "total, not replayed       2 " in usage
    assert "spent     $1.00; $0 of the budget of $0.01 left" in line(shell)


def test_wherever_a_replayed_answer_is_told_of_it_says_that_it_was_recorded(shell, magics, taped, tmp_path):
    """Its cost is nobody's, and its source is no endpoint that was asked."""
    taped(("m", "Hi"), ("--compare a,b", "Ho"))
    cell(shell, "m", "Hi")
    assert re.search(r"all .* \$1\.000? \(not billed\)", cell(shell, "--compare a,b", "Ho"))
    day = last(magics).recorded
    assert line(shell, "history").count("$0.500 (not billed)") == 2
    assert "cost $0.500 (not billed) → $0.500 (not billed)" in line(shell, "versions 2")
    for form in ("curl", "python"):
        said = f"# Its answer was replayed (recorded {day}); this asks for a new one.\n"
        assert line(shell, f"show --as {form}").startswith(said)
    line(shell, f"hand-in {tmp_path / 'work.html'}")
    assert "(not billed)" in (tmp_path / "work.html").read_text()
    for suffix in ("md", "html", "ipynb"):
        line(shell, f"export {tmp_path / 'talk'}.{suffix}")
        assert f"recorded {day}" in (tmp_path / f"talk.{suffix}").read_text()


def test_a_dry_run_tells_who_would_answer(shell, taped, lesson):
    """A recording, nobody, or where it is sent to instead; nothing of it costs anything but the last."""
    taped(("m", "Hi"))
    told = cell(shell, "m --dry-run", "Hi")
    assert re.search(r"endpoint +none: lesson\.jsonl answers \(recorded 20", told)
    assert re.search(r"cost +nothing", told)
    assert re.search(r"endpoint +none: lesson\.jsonl has no answer to this", cell(shell, "m --dry-run", "Ho"))
    assert re.search(r"requests +0, and 3 replayed", cell(shell, "m -n 3 --dry-run", "Hi"))
    line(shell, f"replay {lesson} --else live")
    shell.run_line_magic("config", "RunwareMagics.base_url = 'http://127.0.0.1:9/v1'")
    assert re.search(r"endpoint +http://127\.0\.0\.1:9/v1", cell(shell, "m --dry-run", "Ho"))


def test_answers_that_are_replayed_want_no_yes(shell, magics, taped):
    """However many: nothing is sent."""
    taped(("m", "Hi"))
    magics.confirm_above = (2, 0.0)
    cell(shell, "m -n 25", "Hi")
    assert len(magics.session.conversation.variants(last(magics))) == 25


def test_the_status_says_what_is_replayed(shell, taped):
    """And how fast; no endpoint is named as if it were asked."""
    taped(("m", "Hi"), options="--speed 2")
    status = line(shell)
    assert "none: lesson.jsonl answers, recorded from http://127.0.0.1:" in status
    assert "replay of lesson.jsonl, recorded 2" in status
    assert "at twice the speed (not billed)" in status
    assert "Answers are live from now on" in line(shell, "live")


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
    with pytest.raises(RunwareError, match=r"1 of 3 answers are not complete.*a, here it is c"):
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


HOSTILE = "<img src=x onerror=y>\x1b[2J\x1b]0;t\x07\u202e\r\n"


@pytest.mark.parametrize("field", ["endpoint", "answer ended", "answer content_type", "answer body"])
def test_nothing_in_a_recording_is_obeyed(shell, magics, taped, lesson, field):
    """Whoever made it: what it says shows as text, in answers and wherever they are told of."""
    taped(("m", "Hi"))
    first, exchange = lesson.read_text(encoding="utf-8").splitlines()
    told = json.loads(exchange)
    *outer, name = field.split()
    said = sse(delta(content=HOSTILE), finish(), "[DONE]").decode()
    (told[outer[0]] if outer else told)[name] = [[0.0, said]] if name == "body" else HOSTILE
    lesson.write_text(f"{first}\n{json.dumps(told)}\n", encoding="utf-8")
    line(shell, f"replay {lesson} --speed max")
    shown = cell(shell, "m", "Hi") + line(shell) + line(shell, "usage") + line(shell, "history") + line(shell, "show")
    assert last(magics).state == "complete"
    assert last(magics).recorded
    assert not re.search("\x1b\\[2J|\x1b\\]|\u202e|\r|Traceback", shown)


@pytest.mark.usefixtures("_sockets")
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
    assert "recorded from the demo endpoint" in line(shell)


def test_the_demo_answers_what_was_not_recorded_where_that_is_asked_for(shell, magics, asked, lesson):
    """As itself: no model that was recorded is pretended."""
    asked(echo)
    line(shell, f"record {lesson}")
    cell(shell, "m", "Hi")
    line(shell, "reset")
    assert "other requests go to the demo" in line(shell, f"replay {lesson} --speed max --else demo")
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
    shell.user_ns["told"], magics.dispatch._resolver.login = key, Key(key, "a test")
    with pytest.raises(PromptError):
        cell(shell, "m", "It is {{ told }}")


class Interrupting:
    """A view that interrupts as soon as there is a word to draw."""

    tells_errors = True

    def __init__(self):
        self.settled = []

    def open(self, builder):
        """Show nothing."""

    def draw(self, builder, elapsed_s):  # noqa: ARG002  # as in `View`
        """Interrupt."""
        if builder.content:
            signal.raise_signal(signal.SIGINT)
        return DrawCost()

    def announce_end(self, ended):
        """Say nothing."""

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
    with pytest.raises(UsageError, match=r"empty\.ipynb contains no answers"):
        line(shell, f"replay {path}")


WRONG = [
    ("record", "Recording needs the name of a .jsonl file."),
    ("record talk.ipynb", "Recording needs the name of a .jsonl file."),
    ("replay", "Replaying needs the name of a recording"),
    ("replay a.jsonl --speed 3", "--speed must be 1, 2 or max, not '3'."),
    ("replay a.jsonl --else nobody", "--else must be demo or live, not 'nobody'."),
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
    assert magics.session.connections.player is magics.session.connections.recorder is None


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


@pytest.fixture
def of_class(tmp_path, monkeypatch):
    """Give what writes a class's settings, beside which a kernel works."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return (tmp_path / "runware.toml").write_text


def test_a_teacher_records_a_lesson_whose_settings_replay_it(shell, magics, asked, lesson, of_class):
    """What the user says goes before the file, whether the recording is there or not; the status tells."""
    server = asked(echo)
    of_class('mode = { replay = "lesson.jsonl", speed = "max" }')
    with pytest.raises(UsageError, match=r"runware\.toml asks to replay lesson\.jsonl: There is no file"):
        cell(shell, "m", "Hi")
    assert not server.heard
    line(shell, f"record {lesson}")
    cell(shell, "m", "Hi")
    assert last(magics).recorded is None
    assert "replay of lesson.jsonl (you have set another value)" in line(shell)
    assert line(shell, "live").startswith("Recorded 1 request in lesson.jsonl.")
    cell(shell, "m", "Ho")
    assert last(magics).recorded is None


def test_a_class_ends_its_own_replay_only(shell, magics, asked, lesson, of_class):
    """Not the one that the user has begun."""
    asked(echo)
    line(shell, f"record {lesson}")
    cell(shell, "m", "Hi")
    line(shell, "live")
    for said, recorded in (("%runware replay lesson.jsonl --speed max", True), ("", False)):
        of_class('mode = { replay = "lesson.jsonl", speed = "max" }')
        line(shell, "reset")
        cell(shell, "m", "Hi")
        assert last(magics).recorded
        if said:
            shell.run_cell(said)
        of_class("")
        line(shell, "reset")
        cell(shell, "m", "Hi")
        assert bool(last(magics).recorded) == recorded
        line(shell, "live")


def test_a_class_that_changes_leaves_the_user_their_replay_and_says_so(shell, magics, asked, lesson, of_class):
    """The status tells what answers."""
    asked(echo)
    line(shell, f"record {lesson}")
    cell(shell, "m", "Hi")
    line(shell, "live")
    line(shell, "replay lesson.jsonl --speed max")
    of_class('mode = { replay = "another.jsonl" }')
    line(shell, "reset")
    cell(shell, "m", "Hi")
    assert last(magics).recorded
    assert "replay of another.jsonl (you have set another value)" in line(shell)


def test_a_command_that_fails_leaves_the_class_its_say(shell, asked, of_class):
    """Nothing goes live because a name was misspelt."""
    server = asked(echo)
    of_class('mode = { replay = "lesson.jsonl" }')
    for wrong in ("replay nothing.jsonl", "record /nowhere/a.jsonl"):
        with pytest.raises(UsageError):
            line(shell, wrong)
        with pytest.raises(UsageError, match="asks to replay lesson"):
            cell(shell, "m", "Hi")
    assert not server.heard


def test_a_chat_in_python_is_recorded_or_replayed(lesson):
    """Not both."""
    with pytest.raises(OptionError, match="cannot be used together"):
        Chat("m", record=str(lesson), replay=str(lesson))
    assert not lesson.exists()


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
    _, recorded, *_ = Badge.of(replace(last(magics), recorded="<b>\n" + "x" * 99)).facts
    assert recorded.text.startswith("recorded <b> xxx")
    assert len(recorded.text) < 40


def test_an_answer_under_way_that_is_replayed_counts_nothing():
    """However much it says that it has cost."""
    budget = Budget(Ledger())
    guard = budget.replay(Meter(Request("m", ()), None))
    guard.see(UsageReport(Usage(cost=1.0)))
    guard.check()
    assert (budget.spent, budget.under_way, guard.labels) == (0, (0.0,), ())
    guard.settle(None)
    assert budget.under_way == ()
