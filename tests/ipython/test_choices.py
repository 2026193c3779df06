"""Cells that ask for several choices, or for the probabilities of tokens: what is shown, kept, picked and counted."""

import json
import re

import nbformat
import pytest
from loopback import chunked, finish, sized, sse
from recorded import no_network  # noqa: F401  # a fixture
from terminal_ipython import cell, contents, line

from runware_magic.engine.view import Place
from runware_magic.errors import OptionError, UsageError

USAGE = {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 6, "total_tokens": 11, "cost": 0.5}}


def piece(index, finish_reason=None, logprobs=None, **fields):
    """Make a chunk of one choice."""
    return {"choices": [{"index": index, "delta": fields, "finish_reason": finish_reason, "logprobs": logprobs}]}


def choosing(*texts):
    """Give a reply with these choices, side by side."""
    words = (piece(index, content=text) for index, text in enumerate(texts))
    ends = (piece(index, "stop") for index in range(len(texts)))
    return chunked([sse(*words, USAGE, *ends, "[DONE]")])


def whole(*texts):
    """Give a reply with these choices in one object."""
    choices = [{"index": at, "message": {"content": text}, "finish_reason": "stop"} for at, text in enumerate(texts)]
    return sized(200, json.dumps({"choices": choices, "usage": USAGE["usage"]}).encode())


SCORED = {"content": [{"token": "Hi", "logprob": -0.7, "top_logprobs": [{"token": "Oh", "logprob": -1.2}]}]}


@pytest.fixture
def conversation(magics):
    """Give what returns all that was said."""
    return lambda: magics.session.conversation


@pytest.mark.parametrize(("options", "reply"), [("", choosing), ("--no-stream", whole)])
def test_choices_are_versions_to_pick_from(shell, asked, conversation, options, reply):
    """The first is in use, one line says how to see the others, and later turns see the one that is picked."""
    server = asked(reply("a", "b", "c"), choosing("d"))
    shown = cell(shell, f"{options} -p n=3 -o turn")
    assert server.heard[0].json["n"] == 3
    assert [turn.content for turn in conversation().places("main")[0].versions] == ["a", "b", "c"]
    assert "turn 1 · v1 of 3" in shown
    assert "choice 1 of 3" in shown
    assert "3 choices came, with one cost. %runware versions 1 compares them" in shown
    assert "%runware versions 1 --use 2 shows another." in shown
    assert [turn.content for turn in shell.user_ns["turn"].other_choices] == ["b", "c"]
    line(shell, "versions 1 --use 3")
    cell(shell, "", "And?")
    assert contents(server.heard[-1]) == [("user", "Hi"), ("assistant", "c"), ("user", "And?")]


def test_their_cost_counts_once(shell, asked):
    """In the usage, in the list of versions, and in the badge of another choice: nothing is unknown."""
    asked(choosing("a", "b", "c"))
    cell(shell, "-p n=3 -o turn")
    usage = line(shell, "usage")
    assert "$0.50" in usage
    assert "not reported" not in usage
    versions = line(shell, "versions")
    assert versions.count("$0.50") == 2
    assert "counted with choice 1" in versions
    assert "?" not in re.sub(r"time .*", "", versions.split("Version 1 →")[0])
    other = shell.user_ns["turn"].other_choices[0]
    assert "counted with choice 1" in other._repr_mimebundle_()["text/plain"]
    assert "unknown" not in other._repr_mimebundle_()["text/plain"]


def test_a_choice_in_use_is_kept_and_shows_what_was_received(shell, front_end, magics):
    """As the first is, if none was picked: nothing is sent, and the bytes are those of the one answer."""
    front_end.answers(choosing("a", "b", "c"), choosing("x"))
    front_end.run("1", "Hi", "-p n=3 -o turn")
    for used in (1, 2):
        line(shell, f"versions 1 --use {used}")
        front_end.run("1", "Hi", "-p n=3 --keep -o turn")
        assert shell.user_ns["turn"].content == "_ab"[used]
    assert len(front_end.sent()) == 1
    assert front_end.outputs["1"].shown[-1].place == Place(1, 2, 3)
    assert '"index": 2' in line(shell, "show 1 --as sse")
    assert '"n": 3' in line(shell, "show 1 --as json")
    magics.session.recent._kept.clear()
    with pytest.raises(UsageError, match="no longer kept"):
        magics.dispatch.command("show 1 --as sse")


def test_an_endpoint_that_sends_one_is_told_of(shell, asked):
    """In one line; nothing else changes."""
    asked(choosing("a"))
    shown = cell(shell, "-p n=3")
    assert "3 choices were asked for; the endpoint sent one." in shown
    assert "choice 1 of" not in shown


def test_choices_outside_every_chat_belong_to_their_turn(shell, asked):
    """With --once, nothing can be picked."""
    asked(choosing("a", "b"))
    shown = cell(shell, "--once -p n=2 -o turn")
    assert "choice 1 of 2" in shown
    assert "%runware versions" not in shown
    assert [turn.content for turn in shell.user_ns["turn"].other_choices] == ["b"]


def test_a_recording_replays_choices_and_probabilities(shell, asked, magics, conversation, tmp_path, no_network):  # noqa: F811
    """They are bytes like all others."""
    scored = piece(0, content="Hi", logprobs=SCORED)
    server = asked(chunked([sse(scored, piece(1, content="Yo"), finish(), "[DONE]")]))
    line(shell, f"record {tmp_path / 'lesson.jsonl'}")
    cell(shell, "-p n=2 --logprobs")
    before = conversation().places("main")[0].versions
    for command in ("live", "reset", f"replay {tmp_path / 'lesson.jsonl'} --speed max"):
        line(shell, command)
    server.stop()
    magics.base_url = ""
    no_network()
    cell(shell, "-p n=2 --logprobs")
    after = conversation().places("main")[0].versions
    assert [turn.content for turn in after] == ["Hi", "Yo"]
    assert [turn.logprobs for turn in after] == [turn.logprobs for turn in before]
    assert after[0].logprobs[0].token == "Hi"


def test_a_saved_notebook_replays_and_restores_them(shell, asked, magics, conversation, tmp_path, no_network):  # noqa: F811
    """The choices as one answer, with the probabilities of each."""
    scored = [piece(index, content="Hi", logprobs=SCORED) for index in (0, 1)]
    server = asked(chunked([sse(*scored, piece(1, content="!"), USAGE, piece(0, "stop"), piece(1, "stop"), "[DONE]")]))
    cell(shell, "-p n=2 --logprobs -o turn")
    before = conversation().places("main")[0].versions
    path = tmp_path / "a.ipynb"
    line(shell, f"export {path}")
    for command in ("reset", f"restore {path}"):
        line(shell, command)
    assert [(turn.content, turn.choice) for turn in conversation().places("main")[0].versions] == [
        (turn.content, turn.choice) for turn in before
    ]
    assert line(shell, "usage").count("$0.50") >= 1
    for command in ("reset", f"replay {path} --speed max"):
        line(shell, command)
    server.stop()
    magics.base_url = ""
    no_network()
    cell(shell, "-p n=2 --logprobs")
    after = conversation().places("main")[0].versions
    assert [turn.content for turn in after] == ["Hi", "Hi!"]
    assert [turn.logprobs for turn in after] == [turn.logprobs for turn in before]
    assert nbformat.read(path, as_version=4).cells


@pytest.mark.parametrize("options", ["--compare a,b", "-n 2", "--sweep seed=1,2", "--over [1]"])
def test_choices_are_refused_in_comparisons(asked, magics, options):
    """In one line; nothing is sent."""
    server = asked(choosing("a"))
    with pytest.raises(OptionError, match="-p n=3 works for one answer only"):
        magics.dispatch.ask_cell(f"-p n=3 {options}", "Hi")
    assert server.heard == []


def test_probabilities_are_asked_for_kept_and_shown(shell, asked):
    """With the number of alternatives; in HTML only."""
    server = asked(chunked([sse(piece(0, content="Hi", logprobs=SCORED), piece(0, "stop"), "[DONE]")]))
    shown = cell(shell, "--logprobs 3 -o turn")
    assert (server.heard[0].json["logprobs"], server.heard[0].json["top_logprobs"]) == (True, 3)
    turn = shell.user_ns["turn"]
    assert [(token.token, token.logprob) for token in turn.logprobs] == [("Hi", -0.7)]
    assert "Token probabilities" in turn._repr_mimebundle_()["text/html"]
    assert "robabilit" not in shown


@pytest.mark.parametrize("refuses", [True, False])
def test_an_endpoint_without_probabilities_is_told_of(shell, asked, refuses):
    """In one line, whether it refuses to send them or only does not; it is not asked again then."""
    refusal = sized(400, b'{"error": {"message": "logprobs is not supported by this model"}}')
    server = asked(*([refusal] if refuses else []), choosing("a"))
    for _ in range(2):
        assert "The endpoint sent no token probabilities." in cell(shell, "--logprobs -m x")
    asked_for = ["logprobs" in heard.json for heard in server.heard]
    assert asked_for == ([True, False, False] if refuses else [True, True])
    assert "The endpoint sent no" not in cell(shell, "-m x")
