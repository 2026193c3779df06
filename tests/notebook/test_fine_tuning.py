"""Examples for fine-tuning: whole answers only, each after what it was really asked after."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from runware_magic.chat.conversation import Conversation
from runware_magic.chat.lineage import asked_after
from runware_magic.chat.messages import Message
from runware_magic.chat.turn import Reply, Timing, Turn
from runware_magic.display.render.bundle import bundle
from runware_magic.errors import UsageError
from runware_magic.notebook.export import write


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    """Every path is relative to a folder of its own."""
    monkeypatch.chdir(tmp_path)


def turn(name, *, system="", answer=None, **more):
    """Return a turn that asks "1?" and is answered "1!" where it is called "1"."""
    messages = (*([Message("system", system)] if system else []), Message("user", f"{name}?"))
    fields = {"cell_id": name[0], "state": "complete", "reply": Reply(f"{name}!" if answer is None else answer)}
    return Turn(name, "m", "e", messages, Timing("t"), **{**fields, **more})


def ask(conversation, *turns):
    """Make turns that follow the cells before them."""
    for each in turns:
        parent, context = asked_after(conversation, each.chat, each.cell_id)
        conversation = conversation.with_turn(replace(each, parent=parent, context=context))
    return conversation


def talk(*turns):
    """Make turns that follow each other."""
    return ask(Conversation(), *turns)


def export(conversation, chat="main"):
    """Export; return what is said, and each line in short: "S: 1? 1! 2? (2!)", in brackets what has weight 0."""
    path = Path("a.jsonl")
    report = write(path, conversation, chat=chat, bundle=bundle, open_notebook=None, force=True)
    lines = [json.loads(line)["messages"] for line in path.read_text(encoding="utf-8").splitlines()]
    return report.removeprefix("Wrote ").replace(" to a.jsonl", ""), [" ".join(map(short, line)) for line in lines]


def short(message):
    """Return a message in short."""
    assert set(message) <= {"role", "content", "weight"}
    assert message.get("weight", 0) == 0
    assert "weight" not in message or message["role"] == "assistant"
    text = f"{message['content']}:" if message["role"] == "system" else message["content"]
    return f"({text})" if "weight" in message else text


STOPPED, CUT = {"state": "stopped"}, {"maybe_cut": True}


@pytest.mark.parametrize(
    ("turns", "said", "lines"),
    [
        ([turn("1"), turn("2")], "1 chat.", ["1? 1! 2? 2!"]),
        ([turn("1", system="S"), turn("2", system="S")], "1 chat.", ["S: 1? 1! 2? 2!"]),
        ([turn("1"), turn("2", state="failed"), turn("3")], "1 chat.", ["1? 1! 3? 3!"]),
        (
            [turn("1", **STOPPED), turn("2")],
            "1 chat. 1 incomplete answer has weight 0.",
            ["1? (1!) 2? 2!"],
        ),
        (
            [turn("1", **STOPPED), turn("2", **CUT), turn("3", finish_reason="length"), turn("4")],
            "1 chat. 3 incomplete answers have weight 0.",
            ["1? (1!) 2? (2!) 3? (3!) 4? 4!"],
        ),
        (
            [turn("1"), turn("2", **STOPPED), turn("3", finish_reason="content_filter")],
            "1 chat. 2 incomplete answers were skipped.",
            ["1? 1!"],
        ),
        (
            [turn("1", **CUT), turn("2"), turn("3", **CUT)],
            "1 chat. 1 incomplete answer has weight 0. 1 incomplete answer was skipped.",
            ["1? (1!) 2? 2!"],
        ),
        (
            [turn("1"), turn("2", chat="b", **STOPPED)],
            "1 chat. 1 incomplete answer was skipped. Skipped, without a complete answer: 1 chat.",
            ["1? 1!"],
        ),
        (
            [turn("1", system="S"), turn("2"), turn("3", system="T"), turn("4")],
            "1 chat as 2 examples.",
            ["S: 1? 1! 2? 2!", "T: 1? (1!) 2? (2!) 3? 3! 4? 4!"],
        ),
        ([turn("1"), turn("2", system="S")], "1 chat as 2 examples.", ["1? 1!", "S: 1? (1!) 2? 2!"]),
        (
            [turn("1", system="S"), turn("2", system="T", **STOPPED), turn("3")],
            "1 chat as 2 examples. 1 incomplete answer has weight 0.",
            ["S: 1? 1!", "T: 1? (1!) 2? (2!) 3? 3!"],
        ),
        (
            [turn("1", system="S", **STOPPED), turn("2", system="T")],
            "1 chat. 1 incomplete answer has weight 0.",
            ["T: 1? (1!) 2? 2!"],
        ),
        ([turn("1", system="S", answer="", **STOPPED), turn("2")], "1 chat.", ["S: 2? 2!"]),
        ([turn("1", system="S", state="failed"), turn("2")], "1 chat.", ["2? 2!"]),
        (
            [turn("1"), turn("2"), turn("1b"), turn("3")],
            "1 chat as 3 examples.",
            ["1b? 1b!", "1? (1!) 2? 2!", "1b? (1b!) 2? (2!) 3? 3!"],
        ),
        (
            [turn("1", system="S"), turn("2"), turn("3"), turn("1b", system="T")],
            "1 chat as 2 examples.",
            ["T: 1b? 1b!", "S: 1? (1!) 2? 2! 3? 3!"],
        ),
    ],
)
def test_each_answer_is_taught_after_what_it_was_asked_after(turns, said, lines):
    """A changed system message, or what stands above a turn that has changed since, begins a new example."""
    assert export(talk(*turns)) == (said, lines)


def test_what_chats_share_is_taught_once():
    """It is context in the second; a fork that says nothing of its own adds no example."""
    forked = talk(turn("1"), turn("2")).forked("main", "b", 1).forked("main", "c")
    assert export(ask(forked, turn("3", chat="b"))) == ("3 chats as 2 examples.", ["1? 1! 2? 2!", "1? (1!) 3? 3!"])


def test_what_was_asked_after_something_forgotten_is_left_out():
    """What it was really asked after, nobody knows; what does not need it stays."""
    forgotten = talk(turn("1"), turn("2"), turn("3")).chats["main"][1:]
    said, lines = export(talk(turn("4", chat="b")).merged(Conversation({"main": forgotten})), "b")
    assert said == (
        "1 chat. Skipped, because earlier turns are missing: 2 answers. Skipped, without a complete answer: 1 chat."
    )
    assert lines == ["4? 4!"]


def test_answers_in_a_prompt_weigh_as_the_answer_to_it():
    """Examples that a user wrote are taught with their turn, and are context where it is."""
    examples = (Message("user", "Hi"), Message("assistant", "Ho"))
    asked = [replace(each, messages=(*examples, *each.messages)) for each in (turn("1"), turn("2", **STOPPED))]
    assert export(talk(*asked, turn("3")))[1] == ["Hi Ho 1? 1! Hi (Ho) 2? (2!) 3? 3!"]


def test_a_file_holds_one_whole_answer_at_least():
    """Or there is none."""
    with pytest.raises(UsageError, match="No turn has a complete answer yet"):
        export(talk(turn("1", **STOPPED), turn("2", **CUT)))
    assert not list(Path().iterdir())
