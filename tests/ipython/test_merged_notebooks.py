"""Notebooks that were merged into one file, restored and written out again."""

from dataclasses import replace

import nbformat
import pytest
from nbformat import v4
from terminal_ipython import failed, line

from runware_magic.chat.conversation import Conversation
from runware_magic.chat.lineage import asked_after, stale
from runware_magic.chat.messages import Message
from runware_magic.chat.record import MIME_TYPE
from runware_magic.chat.saved_outputs import keep
from runware_magic.chat.turn import COMPLETE, Reply, Timing, Turn
from runware_magic.engine import recent


def ask(conversation, *names):
    """Let cells ask one after the other, as a session does; turn and cell are called like that."""
    for name in names:
        parent, seen = asked_after(conversation, "main", name)
        turn = Turn(name, "m:m@1", "e", (Message("user", f"Q{name}"),), Timing("t"), cell_id=name, parent=parent)
        conversation = conversation.with_turn(replace(turn, context=seen, reply=Reply(f"A{name}"), state=COMPLETE))
    return conversation


def merged(path, *conversations):
    """Write the cells of several notebooks into one file; what they share is there once."""
    cells = {}
    for conversation in conversations:
        for turn in conversation.turns("main"):
            output = v4.new_output("display_data", {MIME_TYPE: keep(conversation, turn)})
            cells.setdefault(turn.id, v4.new_code_cell("%%runware", id=turn.id, outputs=[output]))
    nbformat.write(v4.new_notebook(cells=list(cells.values())), path)
    return path


BASE = ask(Conversation(), "1", "2")
SAID = "Asked separately from the rest of chat main, so now in chat main (2): cells {}."


@pytest.mark.parametrize(
    ("conversations", "second", "said"),
    [
        (
            (ask(Conversation(), "a1", "a2", "a3"), ask(Conversation(), "b1", "b2")),
            ["b1", "b2"],
            SAID.format("4 and 5"),
        ),
        ((ask(BASE, "a3"), ask(BASE, "b3", "b4")), ["1", "2", "b3", "b4"], SAID.format("4 and 5")),
    ],
    ids=["two notebooks", "two branches"],
)
def test_each_chat_is_written_as_it_was_asked(shell, magics, tmp_path, monkeypatch, conversations, second, said):
    """What is restored says which is which; each form holds each turn after what it was asked after."""
    monkeypatch.chdir(tmp_path)
    first = [turn.id for turn in conversations[0].turns("main")]
    told = line(shell, f"restore {merged(tmp_path / 'merged.ipynb', *conversations)}")
    assert said in told
    assert "in 2 chats from merged.ipynb" in told
    for name, expected in (("main", first), ("main (2)", second)):
        assert [turn.id for turn in magics.session.conversation.turns(name)] == expected
        assert stale(magics.session.conversation, name) == ("",) * len(expected)
        for form in ("md", "html"):
            line(shell, f"export talk.{form} --chat '{name}' --force")
            text = (tmp_path / f"talk.{form}").read_text()
            at = [text.find(f"A{turn}") for turn in expected]
            assert -1 not in at
            assert at == sorted(at)
            assert not any(f"A{turn}" in text for turn in {*first, *second} - {*expected})
    line(shell, "export again.ipynb")
    magics.session.change(lambda _: Conversation())
    assert "Asked separately" not in line(shell, "restore again.ipynb")
    chats = magics.session.conversation.chats
    assert {name: [place.turn.id for place in places] for name, places in chats.items()} == {
        "main": first,
        "main (2)": second,
    }


def test_what_came_for_an_old_turn_is_not_kept(shell, magics, asked, monkeypatch, capsys):
    """Its request is, as it must have been; that the bytes are gone is said in a line."""
    asked()
    monkeypatch.setattr(magics.session, "recent", recent.Recent(most_turns=1))
    for question in ("one", "two"):
        shell.run_cell_magic("runware", "", question)
    assert "data: [DONE]" in line(shell, "show 2 --as sse")
    assert '"one"' in line(shell, "show 1 --as json")
    _, shown = failed(shell, "%runware show 1 --as sse", capsys)
    assert "The bytes received for turn 1 are no longer kept: only those of the last 100 answers are" in shown
