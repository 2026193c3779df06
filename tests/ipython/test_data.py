"""Cells that ask for data: what is sent, what the variable holds, what a cell says whose data is wrong."""

import json
from dataclasses import dataclass

import pandas as pd
import pytest
from refusals import PROSE, REFUSALS, answered
from terminal_ipython import cell, contents, failed, line, saying

from runware_magic.chat.record import from_record, to_record
from runware_magic.errors import CheckFailedError, OptionError

RIGHT, WRONG = '{"name": "Ada", "age": 36}', '{"name": "Ada", "age": "old"}'
REFUSES, IGNORES = REFUSALS[0], REFUSALS[-1]


@dataclass
class Person:
    """What is asked for."""

    name: str
    age: int


def sent_schema(heard):
    """Return the schema of a request's own field; None if there is none."""
    return heard.json.get("response_format", {}).get("json_schema", {}).get("schema")


def test_fields_in_a_line_are_a_schema(shell, asked):
    """Data is plain then."""
    server = asked(*saying(RIGHT))
    cell(shell, "a --schema 'name, age int: in years' -o got", "Who?")
    assert shell.user_ns["got"].data == {"name": "Ada", "age": 36}
    schema = sent_schema(server.heard[0])
    assert schema["properties"]["age"] == {"type": "integer", "description": "in years"}
    assert shell.user_ns["got"].schema == schema


def test_a_class_of_the_notebook_is_a_schema(shell, asked):
    """And what comes is one of it; by ``%runware ask``, too."""
    asked(*saying(RIGHT))
    shell.user_ns["Person"] = Person
    cell(shell, "a --schema Person -o got", "Who?")
    assert shell.user_ns["got"].data == Person("Ada", 36)
    line(shell, "ask --schema Person -o got Who?")
    assert shell.user_ns["got"].data == Person("Ada", 36)


def test_many_come_as_a_list(shell, asked):
    """Of objects with these fields."""
    asked(*saying('{"items": [{"name": "tea", "price": 2.5}]}'))
    cell(shell, "a --schema 'items: name, price float' -o got", "What?")
    assert shell.user_ns["got"].data == [{"name": "tea", "price": 2.5}]


@pytest.mark.parametrize("endpoint", [REFUSES, IGNORES], ids=lambda row: row.name)
def test_an_endpoint_that_takes_no_schema_gets_it_in_the_prompt(shell, asked, endpoint):
    """The badge says so; the next cell does not try again; later cells of the chat send the prompt alone."""
    server = asked(endpoint)
    said = cell(shell, "a --schema 'name, age int' -o got", "Who?")
    assert "schema in the prompt" in said
    assert shell.user_ns["got"].data == {"name": "Ada", "age": 36}
    cell(shell, "a --schema 'name, age int' -o got", "Who else?")
    assert [sent_schema(heard) is not None for heard in server.heard] == [True, False, False]
    assert contents(server.heard[2])[0] == ("user", "Who?")
    assert '"age"' in contents(server.heard[2])[-1][1]


def test_data_that_does_not_match_fails_the_cell_in_a_line(shell, asked, capsys):
    """With the path, what was expected, what came, and what to do; the answer is kept, and the variable set."""
    asked(*saying(WRONG))
    error, shown = failed(shell, "%%runware a --schema 'name, age int' -o got\nWho?", capsys)
    assert isinstance(error, CheckFailedError)
    assert 'does not match the schema: age: expected a whole number, got "old".' in shown
    assert "--repair 1" in shown
    assert shell.user_ns["got"].content == WRONG
    assert shell.user_ns["got"].data is None


def test_a_repair_is_a_version_that_the_chat_goes_on_from(shell, magics, asked):
    """What was wrong is told to the model, and can be read by the user."""
    server = asked(*saying(WRONG, RIGHT))
    cell(shell, "a --schema 'name, age int' --repair 2 -o got", "Who?")
    assert shell.user_ns["got"].data == {"name": "Ada", "age": 36}
    assert [role for role, _ in contents(server.heard[1])] == ["user", "assistant", "user"]
    assert "age: expected a whole number" in contents(server.heard[1])[-1][1]
    (turn,) = magics.session.conversation.turns("main")
    assert turn.content == RIGHT


def test_a_record_holds_the_data_and_where_the_schema_was(shell, asked):
    """A restored turn has plain data."""
    asked(REFUSES)
    shell.user_ns["Person"] = Person
    cell(shell, "a --schema Person -o got", "Who?")
    turn = shell.user_ns["got"]
    record = json.loads(json.dumps(to_record(turn)))
    assert (record["version"], record["schema_sent"], record["data"]) == (1, "prompt", {"name": "Ada", "age": 36})
    assert "response_format" not in record["parameters"]
    again = from_record(record)
    assert (again, again.data, again.schema) == (turn, {"name": "Ada", "age": 36}, turn.schema)


def test_rows_become_columns(shell, asked):
    """Nested fields by dotted names, lists as lists; a failure is missing, with its reason."""
    replies = {
        "Ada": '{"born": {"year": 1815}, "fields": ["maths"], "model": "x"}',
        "Bob": '{"born": {"year": "long ago"}, "fields": [], "model": "y"}',
    }
    asked(lambda heard: answered(heard.json, replies[heard.json["messages"][-1]["content"]]))
    shell.user_ns |= {
        "people": pd.DataFrame({"who": ["Ada", "Bob"]}, index=["a", "b"]),
        "schema": {
            "type": "object",
            "properties": {
                "born": {"type": "object", "properties": {"year": {"type": "integer"}}},
                "fields": {"type": "array"},
                "model": {"type": "string"},
            },
        },
    }
    with pytest.raises(CheckFailedError, match="1/2 passed"):
        cell(shell, "a --over people --schema schema -o got", "{{ row.who }}")
    table = shell.user_ns["got"].to_dataframe()
    assert list(table.index) == ["a", "b"]
    assert table.loc["a", ["who", "born.year", "model", "data.model"]].to_list() == ["Ada", 1815, "a", "x"]
    assert table.loc["a", "fields"] == ["maths"]
    assert table.loc["b", ["born.year", "data.model"]].isna().all()
    assert table.loc["b", "error"] == 'born.year: expected a whole number, got "long ago"'


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--schema nobody", "nobody"),
        ("--schema 5", "5"),
        ("--schema 'name, age number'", "number"),
        ("--repair 1", "--repair needs --schema"),
        ("--schema 'a' -p response_format=null", "cannot be used together"),
        ("--schema 'a' --repair 11", "--repair must be a whole number from 0 to 10"),
        ("--expect judge:", "judge:CRITERION"),
    ],
)
def test_what_is_no_schema_is_told_before_anything_is_sent(shell, asked, capsys, options, said):
    """In a line."""
    server = asked(*saying(RIGHT))
    error, shown = failed(shell, f"%%runware a {options}\nWho?", capsys)
    if options == "--schema nobody":  # one field
        assert isinstance(error, CheckFailedError)
        return
    assert isinstance(error, OptionError)
    assert said in shown
    assert server.heard == []


def test_a_prompt_file_has_fields_and_never_an_expression(shell, asked, tmp_path, monkeypatch):
    """It may be somebody else's: what it says is not evaluated, not even a name of the notebook."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "who.md").write_text("+++\nschema = 'name, age int'\n+++\nWho?", encoding="utf-8")
    server = asked(*saying(RIGHT))
    shell.user_ns |= {"name": {"type": "object"}, "age": 1}
    cell(shell, "a -f who.md -o got", "\n")
    assert list(sent_schema(server.heard[0])["properties"]) == ["name", "age"]
    (tmp_path / "who.md").write_text("+++\nschema = 'Person'\n+++\nWho?", encoding="utf-8")
    shell.user_ns["Person"] = Person
    cell(shell, "a -f who.md --schema Person -o got", "\n")
    assert shell.user_ns["got"].data == Person("Ada", 36)


def test_a_judge_may_be_another_model(shell, magics, asked, capsys):
    """The trait names it; its reason is the error's, and its cost is counted."""
    server = asked(*saying("Hello.", '{"reason": "No date.", "passed": false}'))
    magics.judge_model = "b"
    error, shown = failed(shell, "%%runware a --expect 'judge:names a date'\nHi", capsys)
    assert isinstance(error, CheckFailedError)
    assert "Check judge:names a date failed: No date." in shown
    assert [heard.json["model"] for heard in server.heard] == ["a", "b"]
    assert len(magics.session.conversation.turns("main")) == 1
    assert len(magics.session.ledger.here()) == 2


def test_a_kept_answer_is_data_again_and_asks_nothing(shell, asked, monkeypatch):
    """Neither for the data nor for the judge's verdict."""
    monkeypatch.setattr(shell, "parent_header", {"metadata": {"cellId": "c1"}}, raising=False)
    server = asked(*saying(RIGHT, '{"reason": "Yes.", "passed": true}'))
    shell.user_ns["Person"] = Person
    for _ in range(2):
        cell(shell, "a --schema Person --expect judge:polite --keep -o got", "Who?")
        assert shell.user_ns["got"].data == Person("Ada", 36)
        assert [verdict.check for verdict in shell.user_ns["got"].verdicts] == ["schema", "judge:polite"]
    assert len(server.heard) == 2


def test_a_recorded_answer_is_data_when_it_is_replayed(shell, asked, tmp_path, monkeypatch):
    """Whatever way the schema took when it was recorded, also in a later cell; judges are replayed as well."""
    monkeypatch.chdir(tmp_path)
    asked(_judging)
    line(shell, "record talk.jsonl")
    shell.user_ns["Person"] = Person
    for prompt in ("Who?", "Who else?"):
        cell(shell, "a --schema Person --expect judge:polite -o got", prompt)
    line(shell, "reset")
    line(shell, "replay talk.jsonl --speed max")
    for prompt in ("Who?", "Who else?"):
        cell(shell, "a --schema Person --expect judge:polite -o got", prompt)
        turn = shell.user_ns["got"]
        assert (turn.data, turn.schema_sent, turn.recorded is None) == (Person("Ada", 36), "prompt", False)
        assert [verdict.passed for verdict in turn.verdicts] == [True, True]


def _judging(heard):
    """Refuse schemas; answer and judge."""
    if "<criterion>" in heard.json["messages"][-1]["content"]:
        return answered(heard.json, '{"reason": "Yes.", "passed": true}')
    return REFUSES(heard)


def test_prose_for_data_is_said_so(shell, asked, capsys):
    """An endpoint that knows no JSON at all."""
    asked(lambda heard: answered(heard.json, PROSE))
    error, shown = failed(shell, "%%runware a --schema 'name, age int'\nWho?", capsys)
    assert isinstance(error, CheckFailedError)
    assert "the answer has no JSON" in shown
