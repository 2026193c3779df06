"""Data of many rows: validated, asked for again, judged, and gone on with after an interruption."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass

import pandas as pd
import pytest
from loopback import USAGE
from refusals import REFUSALS, answered

import runware_magic
from runware_magic.comparison import table_of
from runware_magic.demo import DemoEndpoint
from runware_magic.errors import OptionError, SpentError

COUNT = 1000
COST = USAGE["usage"]["cost"]
SCHEMA = "row, number int"
_ASK = """
import os, sys, runware_magic
rows = [f"row {number}" for number in range(int(sys.argv[3]))]
for turn in runware_magic.map(rows, schema=sys.argv[4], base_url=sys.argv[1], record=sys.argv[2], max_parallel=16,
                              models="demo:brisk@1"):
    print(turn.variant.number, flush=True)
"""
RIGHT, WRONG = '{"name": "Ada", "age": 36}', '{"name": "Ada", "age": "old"}'


@dataclass
class Person:
    """What is asked for."""

    name: str
    age: int


@pytest.fixture
def demo(_sockets, monkeypatch):
    """Start the demo without pauses; return its address."""
    endpoint = DemoEndpoint(pace=0)
    endpoint.start()
    monkeypatch.setenv("RUNWARE_API_KEY", endpoint.key)
    yield endpoint.base_url
    endpoint.stop()


def frame(path, url):
    """Ask for the data of all rows, with what a file has of them; return a table."""
    rows = [f"row {number}" for number in range(COUNT)]
    turns = list(
        runware_magic.map(rows, schema=SCHEMA, base_url=url, record=path, max_parallel=16, models="demo:brisk@1")
    )
    table = pd.DataFrame(table_of(sorted(turns, key=lambda turn: turn.variant.number)))
    return table[["number", "row", "data.number", "data.row", "state"]] if "data.row" in table else table


@pytest.mark.usefixtures("_kernels")
def test_a_thousand_rows_killed_and_resumed_are_those_of_one_run(demo, tmp_path):
    """Nothing is asked twice that was answered, and the table is the same."""
    path, whole = tmp_path / "killed.jsonl", tmp_path / "whole.jsonl"
    command = [sys.executable, "-c", _ASK, demo, str(path), str(COUNT), SCHEMA]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ.copy()) as process:
        for _ in range(300):
            assert process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    before = sum(line.endswith(b"\n") for line in path.read_bytes().splitlines(keepends=True))
    assert 300 - 16 <= before < COUNT
    resumed, once = frame(path, demo), frame(whole, demo)
    pd.testing.assert_frame_equal(resumed, once)
    assert len(resumed) == COUNT
    assert sum(bool(line) for line in path.read_bytes().splitlines()) <= COUNT + 1  # one may have been cut off


def test_wrong_data_is_asked_for_again_and_found_again(serve, tmp_path):
    """The file has each try: the next run asks nothing."""
    answers = {"Ada": [WRONG, RIGHT], "Bob": [RIGHT]}

    def reply(heard):
        messages = heard.json["messages"]
        return answered(heard.json, answers[messages[0]["content"]][len(messages) // 2])

    server, path = serve(reply), tmp_path / "turns.jsonl"
    for _ in range(2):
        turns = runware_magic.map(["Ada", "Bob"], schema=Person, repair=1, base_url=server.url, record=path)
        assert [turn.data for turn in turns] == [Person("Ada", 36)] * 2
        assert len(server.heard) == 3
    assert Counter(len(json.loads(line)["messages"]) for line in path.read_bytes().splitlines()) == {1: 2, 3: 1}


def test_an_endpoint_that_ignores_schemas_is_found_out_once(serve):
    """The rows that follow have the schema in the prompt from the start."""
    server = serve(REFUSALS[-1])
    turns = list(runware_magic.map(list("abcdef"), schema="name, age int", base_url=server.url, max_parallel=1))
    assert [turn.data for turn in turns] == [{"name": "Ada", "age": 36}] * 6
    assert ["response_format" in heard.json for heard in server.heard] == [True, *[False] * 6]


def test_judges_judge_each_row_and_are_found_again(serve, tmp_path):
    """In the order of the rows, if that is wanted; their answers are in the file, too."""

    def reply(heard):
        asked = heard.json["messages"][-1]["content"]
        passed = json.dumps({"reason": "So it is.", "passed": "Ada" in asked})
        return answered(heard.json, passed if "<criterion>" in asked else asked)

    server, path = serve(reply), tmp_path / "turns.jsonl"
    for _ in range(2):
        turns = list(
            runware_magic.map(
                ["Ada", "Bob"],
                expect=["contains:A", "judge:is hers"],
                judge_model="j",
                ordered=True,
                base_url=server.url,
                record=path,
            )
        )
        assert [[verdict.passed for verdict in turn.verdicts] for turn in turns] == [[True, True], [False, False]]
        assert {turn.verdicts[1].model for turn in turns} == {"j"}
        assert len(server.heard) == 4


def test_a_budget_that_ends_leaves_no_answer_out(serve):
    """What was answered and not judged is yielded, its verdict unknown."""

    def reply(heard):
        return answered(heard.json, "Hi.")

    server, turns = serve(reply), []
    asked = runware_magic.map(["a", "b"], expect="judge:x", budget=COST, base_url=server.url, max_parallel=1)
    with pytest.raises(SpentError):
        turns.extend(asked)
    (heard,) = server.heard
    assert heard.json["messages"][-1]["content"] == "a"
    assert [(turn.content, [each.unknown for each in turn.verdicts]) for turn in turns] == [("Hi.", [True])]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"repair": 1}, "repair needs a schema"),
        ({"repair": -1, "schema": "a"}, "repair must be a whole number from 0 to 10"),
        ({"repair": True, "schema": "a"}, "repair must be"),
        ({"schema": Person("a", 1)}, "schema"),
        ({"judge_model": 5}, "judge_model must be a string"),
    ],
)
def test_wrong_arguments_are_told_at_once(arguments, said):
    """Before a row is read."""
    with pytest.raises(OptionError, match=said):
        runware_magic.map(["a"], base_url="demo", **arguments)
