"""What earlier versions saved is read by every later one: a folder of samples for each."""

import json
import shutil
from pathlib import Path

import pytest
from terminal_ipython import cell, contents, line

import runware_magic
from runware_magic import Chat
from runware_magic.notebook import reader

SAMPLES = sorted((Path(__file__).parent / "samples").iterdir())
VERSIONS = pytest.mark.parametrize("sample", SAMPLES, ids=lambda folder: folder.name)
ROWS = [{"name": "Oslo"}, {"name": "Lima"}, {"name": "Bonn"}]
MODELS = ["demo:tutor@1", "demo:poet@1"]


def records(sample):
    """Return the records of a notebook as they stand in its file, by their ids."""
    notebook = json.loads((sample / "notebook.ipynb").read_text(encoding="utf-8"))
    bundles = [output.get("data", {}) for cell in notebook["cells"] for output in cell.get("outputs", ())]
    told = [data["application/vnd.runware.turn+json"] for data in bundles if len(data) > 1]
    # Beside the one that counts, the output of a comparison holds the others.
    return {each["id"]: each for one in told for each in (one, *one["others"])}


@VERSIONS
def test_a_saved_notebook_gives_back_every_turn(sample):
    """Chats, versions, forks, comparisons, failed checks and a broken answer, word by word."""
    rebuilt = reader.read(sample / "notebook.ipynb")

    chats = {name: len(places) for name, places in rebuilt.conversation.chats.items()}
    assert chats == {"main": 3, "other": 1, "fork": 2, "compare": 2, "broken": 1}
    told = records(sample)
    for turn in rebuilt.turns:
        assert turn.content == told[turn.id]["reply"]["content"]
        assert [message.content for message in turn.messages] == [m["content"] for m in told[turn.id]["messages"]]
        assert turn.state == told[turn.id]["state"]
        assert turn.cost == (told[turn.id]["usage"] or {}).get("cost")
    assert {turn.state for turn in rebuilt.turns} == {"complete", "failed"}


@VERSIONS
def test_a_restored_notebook_goes_on(sample, shell, asked):
    """Its turns are context again: what is asked next is sent with them before it."""
    server = asked()
    line(shell, f"restore {sample / 'notebook.ipynb'}")
    cell(shell, "", "And its second largest city?")

    texts = [content for _, content in contents(server.heard[0])]
    assert texts[1] == "What is the capital of France?"
    assert len(texts) == len(("system", *("question", "answer") * 3, "question"))
    assert texts[-1] == "And its second largest city?"


@VERSIONS
@pytest.mark.parametrize("source", ["recording.jsonl", "notebook.ipynb"])
def test_recordings_and_notebooks_replay(sample, source):
    """Without a network: the words are those that were saved."""
    with_answer = {each["messages"][-1]["content"]: each["reply"]["content"] for each in records(sample).values()}
    chat = Chat(replay=str(sample / source))

    turn = chat.ask("What is the capital of France?")

    assert turn.content == with_answer["What is the capital of France?"]
    assert turn.recorded is not None


@VERSIONS
@pytest.mark.usefixtures("_sockets")
def test_answers_files_are_gone_on_with(sample, tmp_path):
    """Nothing that they hold is asked again."""
    answers = tmp_path / "answers.jsonl"
    shutil.copy(sample / "answers.jsonl", answers)
    held = {json.loads(line)["id"] for line in answers.read_text(encoding="utf-8").splitlines()}

    turns = runware_magic.map(
        ROWS, "What is {{ row.name }} known for?", models=MODELS, record=answers, base_url="demo", temperature=0.3
    )

    assert {turn.id for turn in turns} == held
