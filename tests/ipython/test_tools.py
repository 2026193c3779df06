"""Cells whose models call functions: nothing runs unasked, whatever way leads to it, and a pending turn goes on."""

import json
from contextlib import suppress

import pytest
from function_calls import OSLO, calling
from terminal_ipython import cell, failed, line, saying

from runware_magic.chat.record import from_record, to_record
from runware_magic.errors import OptionError, UsageError


def test_what_is_allowed_beforehand_runs_without_a_question(shell, asked, ran, answers):
    """By the cell, or by the trait."""
    server = asked(calling(OSLO), *saying("It rains."))
    cell(shell, "a --tools weather --allow weather -o got", "How is it?")
    assert (ran, answers.asked) == (["Oslo"], [])
    assert shell.user_ns["got"].content == "It rains."
    assert server.heard[1].json["messages"][-1] == {"role": "tool", "content": "rain in Oslo", "tool_call_id": "a"}
    (tool,) = server.heard[0].json["tools"]
    assert tool["function"]["description"] == "Tell the weather of a city."


def test_the_trait_allows_too(shell, magics, asked, ran):
    """For functions that a cell names, and no others."""
    magics.allow_tools = ("weather",)
    asked(calling(OSLO), *saying("It rains."))
    cell(shell, "a --tools weather", "How is it?")
    assert ran == ["Oslo"]


@pytest.mark.parametrize(("said", "runs"), [("o", 1), ("Once", 1), ("a", 1), ("r", 0), ("refuse", 0)])
def test_a_question_is_asked_where_somebody_can_answer(shell, asked, ran, answers, said, runs):
    """With the call as the model wrote it; what is no answer is asked again."""
    asked(calling(OSLO), *saying("So."))
    answers.given += ["?", said]
    cell(shell, "a --tools weather -o got", "How is it?")
    assert len(ran) == runs
    assert len(answers.asked) == 2
    assert 'weather({"city": "Oslo"})' in answers.asked[0]
    assert [each.state for each in shell.user_ns["got"].replies[1:]] == ["done" if runs else "refused"]


def test_always_holds_for_this_function_and_no_other_of_its_name(shell, asked, ran, answers):
    """Until the kernel ends, or it is defined anew."""
    asked(calling(OSLO), *saying("So."))
    answers.given.append("always")
    cell(shell, "a --tools weather", "How is it?")
    asked(calling(OSLO), *saying("So."))
    cell(shell, "a --tools weather", "And now?")
    assert (len(ran), len(answers.asked)) == (2, 1)
    shell.user_ns["weather"] = lambda city="x": city
    shell.user_ns["weather"].__name__ = "weather"
    asked(calling(OSLO), *saying("So."))
    cell(shell, "a --tools weather -o got", "And then?")
    assert (len(ran), len(answers.asked)) == (2, 2)
    assert shell.user_ns["got"].state == "pending"


@pytest.mark.usefixtures("answers")
def test_where_nobody_can_answer_the_turn_is_pending(shell, magics, asked, ran):
    """It is kept and shown with what to run; ``allow`` goes on from it."""
    server = asked(calling(OSLO), *saying("It rains."))
    shown = cell(shell, "a --tools weather -o got", "How is it?")
    assert "%runware allow" in shown
    assert (shell.user_ns["got"].state, ran) == ("pending", [])
    line(shell, "allow")
    (turn,) = magics.session.conversation.turns("main")
    assert (turn.state, turn.content, ran) == ("complete", "It rains.", ["Oslo"])
    assert len(server.heard) == 2


@pytest.mark.usefixtures("answers")
def test_a_refused_turn_goes_on_without_the_result(shell, magics, asked, ran):
    """The model is told that the user refused."""
    server = asked(calling(OSLO), *saying("As you like."))
    cell(shell, "a --tools weather", "How is it?")
    line(shell, "refuse")
    (turn,) = magics.session.conversation.turns("main")
    assert (turn.content, ran) == ("As you like.", [])
    assert "refused" in server.heard[1].json["messages"][-1]["content"]


@pytest.mark.usefixtures("answers")
def test_a_saved_turn_goes_on_in_another_kernel(shell, magics, asked, ran):
    """By the names of its functions, once these are defined again."""
    asked(calling(OSLO))
    cell(shell, "a --tools weather -o got", "How is it?")
    turn = from_record(json.loads(json.dumps(to_record(shell.user_ns["got"]))))
    magics.session.conversation = type(magics.session.conversation)().with_turn(turn)
    asked(*saying("It rains."))
    function = shell.user_ns.pop("weather")
    with pytest.raises(UsageError, match="The function weather is not in this kernel"):
        line(shell, "allow")
    shell.user_ns["weather"] = function
    line(shell, "allow weather")
    assert (ran, magics.session.conversation.turns("main")[0].content) == (["Oslo"], "It rains.")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--allow weather", "--allow needs --tools"),
        ("--tools weather --allow other", "other is not among the tools of this cell"),
        ("--tools nobody", "nobody"),
        ("--tools 5", "a value of type int"),
        ("--tools weather -n 2", "Add --allow weather"),
        ("--tools weather -p tools=[]", "cannot be used together"),
        ("--tools weather,weather", "Two tools have the name weather"),
    ],
)
def test_what_is_no_tool_is_told_before_anything_is_sent(shell, asked, capsys, ran, options, said):
    """In a line."""
    server = asked(*saying("x"))
    error, shown = failed(shell, f"%%runware a {options}\nHi", capsys)
    assert isinstance(error, OptionError)
    assert said in shown
    assert (server.heard, ran) == ([], [])


def test_several_answers_take_tools_that_are_all_allowed(shell, asked, ran):
    """Each has its own calls."""
    asked(lambda heard: saying("So.")[0] if heard.json["messages"][-1]["role"] == "tool" else calling(OSLO))
    cell(shell, "a --tools weather --allow weather -n 3 -o got", "Hi")
    assert len(ran) == 3
    assert [(turn.content, len(turn.replies)) for turn in shell.user_ns["got"]] == [("So.", 2)] * 3


@pytest.mark.usefixtures("answers")
def test_a_replay_runs_nothing_and_shows_what_was_recorded(shell, asked, ran, tmp_path, monkeypatch):
    """It says so."""
    monkeypatch.chdir(tmp_path)
    asked(calling(OSLO), *saying("It rains."))
    line(shell, "record talk.jsonl")
    cell(shell, "a --tools weather --allow weather", "How is it?")
    line(shell, "reset")
    ran.clear()
    line(shell, "replay talk.jsonl --speed max")
    cell(shell, "a --tools weather --allow weather -o got", "How is it?")
    turn = shell.user_ns["got"]
    assert (turn.content, ran) == ("It rains.", [])
    assert turn.replies[1].content == "rain in Oslo"


def test_a_notebook_with_calls_can_be_replayed(shell, asked, ran, tmp_path, monkeypatch):
    """Step by step, with the results that it holds, and the cost of the whole turn."""
    monkeypatch.chdir(tmp_path)
    asked(calling(OSLO), *saying("It rains."))
    cell(shell, "a --tools weather --allow weather -o got", "How is it?")
    first = shell.user_ns["got"]
    line(shell, "export talk.ipynb")
    line(shell, "reset")
    ran.clear()
    line(shell, "replay talk.ipynb --speed max")
    cell(shell, "a --tools weather -o got", "How is it?")
    again = shell.user_ns["got"]
    assert (again.content, ran) == ("It rains.", [])
    assert [each.content for each in again.replies] == [each.content for each in first.replies]
    assert again.usage == first.usage


@pytest.mark.usefixtures("answers")
@pytest.mark.parametrize(
    ("calls", "told", "allowed"),
    [
        ([("a", "wipe")], "weather", "allow weather"),
        ([("a", "weather"), ("a", "wipe")], "weather", "allow"),
        ([("a", "weather"), ("a", "wipe")], "weather", "allow weather"),
        ([], "wipe", "allow"),
    ],
    ids=["another name", "one id", "one id, named", "no call"],
)
def test_a_record_that_lies_gets_no_consent_for_something_else(shell, magics, asked, ran, calls, told, allowed):
    """Only what is named, and what can be seen, runs: a notebook may be somebody else's."""
    wiped = []

    def wipe(city: str) -> None:
        """Wipe something."""
        wiped.append(city)

    shell.user_ns["wipe"] = wipe
    asked(calling(OSLO))
    cell(shell, "a --tools weather,wipe -o got", "How is it?")
    record = json.loads(json.dumps(to_record(shell.user_ns["got"])))
    (call,) = record["replies"][0]["tool_calls"]
    record["replies"][0]["tool_calls"] = [
        call | {"id": at, "function": call["function"] | {"name": name}} for at, name in calls
    ]
    record["replies"][1]["name"] = told
    magics.session.conversation = type(magics.session.conversation)().with_turn(from_record(record))
    asked(*saying("It rains."))
    with suppress(OptionError, UsageError):
        line(shell, allowed)
    assert wiped == []
    assert len(ran) <= 1


@pytest.mark.usefixtures("answers")
def test_a_record_reaches_no_function_that_is_always_there(shell, magics, asked, ran, tmp_path):
    """Even if the user allows all: only what the notebook has defined or imported."""
    asked(calling(OSLO))
    cell(shell, "a --tools weather -o got", "How is it?")
    place = tmp_path / "kept.txt"
    place.write_text("kept")
    told = json.dumps(to_record(shell.user_ns["got"])).replace("weather", "open")
    arguments = json.dumps(json.dumps({"file": str(place), "mode": "w"}))[1:-1]
    told = told.replace(json.dumps(OSLO[2])[1:-1], arguments)
    magics.session.conversation = type(magics.session.conversation)().with_turn(from_record(json.loads(told)))
    with pytest.raises(UsageError, match="The function open is not in this kernel"):
        line(shell, "allow")
    assert (place.read_text(), ran) == ("kept", [])


@pytest.mark.usefixtures("answers")
def test_a_saved_turn_can_be_refused_without_its_function(shell, magics, asked, ran):
    """As the error says that tells that the function is not there."""
    asked(calling(OSLO))
    cell(shell, "a --tools weather -o got", "How is it?")
    del shell.user_ns["weather"]
    asked(*saying("As you like."))
    line(shell, "refuse")
    (turn,) = magics.session.conversation.turns("main")
    assert (turn.content, turn.replies[1].state, ran) == ("As you like.", "refused", [])
