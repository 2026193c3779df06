"""Running a cell again, going back, forking, keeping: what the next request sees, and what the outputs say."""

import json
import subprocess
import sys

import nbformat
import pytest
from loopback import chunk, chunked, delta, head, sized, sse
from terminal_ipython import cell, failed, line, saying, sentence

from runware_magic.chat.record import MIME_TYPE
from runware_magic.display.render.bundle import bundle
from runware_magic.errors import EndpointError, RunwareError


def test_a_cell_run_again_answers_from_the_turns_before_it(front_end):
    """Later turns stay and are marked in their outputs; running them again clears the mark."""
    front_end.run("a", "one")
    front_end.run("b", "two")
    front_end.run("c", "three")
    front_end.run("a", "uno")
    assert front_end.sent()[3] == ["uno"]
    assert [front_end.notes(name) for name in "abc"] == ["", *[front_end.notes("b")] * 2]
    assert "Turn 1 has changed since" in front_end.notes("b")
    front_end.run("b", "two")
    assert front_end.sent()[4] == ["uno", "D", "two"]
    assert front_end.notes("b") == ""
    assert "Turn 1 has changed since" in front_end.notes("c")


def test_history_and_status_tell_of_the_marks(shell, front_end):
    """And how many versions there are."""
    front_end.run("a", "one")
    front_end.run("b", "two")
    front_end.run("a", "uno")
    rows = line(shell, "history").splitlines()
    assert "2 of 2" in rows[2]
    assert "turn 1 has changed since" in rows[3]
    assert "1 out of date" in line(shell)


def test_a_version_can_be_chosen(shell, front_end):
    """What was answered from it is up to date again, and the output shows it."""
    front_end.run("a", "one")
    front_end.run("b", "two")
    front_end.run("a", "uno")
    shown = line(shell, "versions 1")
    assert "uno" in shown
    assert "is now in use" in line(shell, "versions 1 --use 1")
    assert str(front_end.outputs["a"].shown[-1].turn) == "A"
    assert front_end.notes("b") == ""
    front_end.run("c", "three")
    assert front_end.sent()[3] == ["one", "A", "two", "B", "three"]


def test_a_failed_run_does_not_replace_a_version(front_end):
    """The output says which one counts, and how to take this one."""
    broken = [head(Transfer_Encoding="chunked"), chunk(sse(delta(content="Half"))), lambda s: s.shutdown(2)]
    front_end.answers(*saying("A"), broken, *saying("B"))
    front_end.run("a", "one")
    with pytest.raises(RunwareError):
        front_end.run("a", "uno")
    assert "Version 1 of this turn is still in use" in front_end.notes("a")
    assert "%runware versions 1 --use 2" in front_end.notes("a")
    front_end.run("b", "two")
    assert front_end.sent()[2] == ["one", "A", "two"]


def test_a_fork_shares_the_past_and_not_the_future(shell, front_end):
    """Cells go on in it; the old chat is as it was."""
    front_end.run("a", "one")
    front_end.run("b", "two")
    assert "shares 1 turn with chat main" in line(shell, "fork other --at 1")
    front_end.run("c", "three")
    assert front_end.sent()[2] == ["one", "A", "three"]
    line(shell, "chat main")
    front_end.run("d", "four")
    assert front_end.sent()[3] == ["one", "A", "two", "B", "four"]


def test_undo_and_reset_are_told_in_the_outputs(shell, front_end):
    """Nothing there passes for a turn of the chat."""
    front_end.run("a", "one")
    front_end.run("b", "two")
    line(shell, "undo")
    assert "Forgotten" in front_end.notes("b")
    assert front_end.outputs["b"].shown[-1].record["places"] == []
    front_end.run("c", "three")
    assert front_end.sent()[2] == ["one", "A", "three"]
    line(shell, "reset")
    assert all("Forgotten" in front_end.notes(name) for name in "abc")


def test_a_cell_in_another_chat_takes_its_turn_along(front_end):
    """The old chat goes on without it."""
    front_end.run("a", "one")
    front_end.run("b", "two")
    front_end.run("a", "one", "-c other")
    front_end.run("c", "three")
    assert front_end.sent()[3] == ["two", "B", "three"]
    assert "removed since" in front_end.notes("b")


def test_keep_sends_nothing_twice(shell, front_end, magics):
    """The very same request shows its answer again; any difference asks anew."""
    front_end.run("a", "one", "--keep")
    front_end.run("a", "one", "--keep -o again")
    assert len(front_end.sent()) == 1
    assert front_end.outputs["a"].shown[-1].labels == ("kept",)
    assert str(shell.user_ns["again"]) == "A"
    front_end.run("a", "uno", "--keep")
    front_end.run("a", "uno", "--keep -t 0.5")
    front_end.run("b", "uno", "--keep")
    assert len(front_end.sent()) == 4
    magics.keep = True
    front_end.run("a", "one")
    assert len(front_end.sent()) == 4
    assert str(front_end.outputs["a"].shown[-1].turn) == "A"


def test_what_may_be_cut_is_no_answer_to_keep(front_end):
    """It is asked for anew, until it has come whole."""
    front_end.answers(chunked([sse(delta(content="Hel"))]), *saying("Hello"))
    for _ in range(3):
        front_end.run("a", "one", "--keep")
    assert len(front_end.sent()) == 2
    assert str(front_end.outputs["a"].shown[-1].turn) == "Hello"


def test_a_dry_run_sends_nothing(front_end, magics):
    """It shows what would be sent."""
    front_end.run("a", "one")
    shown = front_end.run("b", "two", "--dry-run -t 0.5")
    assert '"temperature": 0.5' in shown
    assert "two" in shown
    assert len(front_end.sent()) == 1
    assert len(magics.session.conversation.all_turns()) == 1


@pytest.mark.usefixtures("_kernels")
def test_what_was_sent_can_be_shown_and_run(shell, front_end, tmp_path):
    """As curl, Python and JSON with the key taken from the environment; and what came, as it came."""
    front_end.run("a", "one")
    front_end.run("b", 'it\'s `two` $HOME\n"2"')
    sent = front_end.sent()[1]
    body = json.loads(line(shell, "show --as json"))
    assert [message["content"] for message in body["messages"]] == sent
    assert "RUNWARE_API_KEY" in line(shell, "show 2") or "Authorization" not in line(shell, "show 2")
    script = tmp_path / "again.py"
    script.write_text(line(shell, "show 2 --as python"))
    subprocess.run([sys.executable, str(script)], check=True, env={"RUNWARE_API_KEY": "sk-x", "PATH": ""})
    assert front_end.sent()[2] == sent
    assert "data: [DONE]" in line(shell, "show --as sse")


def test_a_restart_restores_what_the_notebook_holds(shell, front_end, magics, tmp_path):
    """A fresh kernel goes on where the saved notebook ends, its versions and spending included."""
    front_end.run("a", "one")
    front_end.run("b", "two", "-c other")
    front_end.run("a", "uno")
    v4 = nbformat.v4
    cells = []
    for name in "ab":
        settled = front_end.outputs[name].shown[-1]
        data = bundle(settled.turn, record=settled.record)
        assert data[MIME_TYPE]["cell_id"] == name
        cells.append(v4.new_code_cell("%%runware", id=name, outputs=[v4.new_output("display_data", data)]))
    path = tmp_path / "saved.ipynb"
    nbformat.write(v4.new_notebook(cells=cells), path)
    url = magics.base_url
    shell.extension_manager.reload_extension("runware_magic")
    fresh = next(entry for entry in shell.configurables if type(entry).__name__ == "RunwareMagics")
    fresh.base_url = url
    assert "Restored 2 turns in 2 chats from saved.ipynb." in line(shell, f"restore {path}")
    assert len(list(fresh.session.ledger)) == 3
    shell.parent_header = {"metadata": {"cellId": "a"}}
    assert "kept" in cell(shell, "--keep", "uno")
    assert len(front_end.sent()) == 3
    shell.parent_header = {"metadata": {"cellId": "c"}}
    cell(shell, "", "three")
    assert front_end.sent()[3] == ["uno", "C", "three"]
    assert "Restored 2 turns" in line(shell, f"restore {path}")
    assert len(fresh.session.conversation.all_turns()) == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("versions 9", "no turn '9'"),
        ("versions 1 --use 2", "no version '2'"),
        ("versions x", "no turn 'x'"),
        ("fork", "needs a name"),
        ("fork main", "a chat 'main' already"),
        ("fork other --at 2", "no turn '2'"),
        ("fork other --art 2", "--at"),
        ("show 1 --as perl", "curl, python, json, sse"),
        ("show 3", "no turn '3'"),
        ("export", "needs a file name"),
        ("restore", "%runware restore PATH"),
        ("restore nowhere.ipynb", "nowhere.ipynb"),
        ("undo x", "Unexpected 'x'"),
    ],
)
def test_a_wrong_word_is_an_error_in_one_line(shell, front_end, monkeypatch, capsys, text, said):
    """With what there is."""
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    front_end.run("a", "one")
    error, shown = failed(shell, f"%runware {text}", capsys)
    assert isinstance(error, RunwareError)
    assert said in shown
    assert "Traceback" not in shown
    assert shown == sentence(error)


PATHS = [
    (r"C:\Users\me\talk{}", r"C:\Users\me\talk{}"),
    (r"'C:\Users\me\my talk{}'", r"C:\Users\me\my talk{}"),
    (r'"C:\new\my talk{}"', r"C:\new\my talk{}"),
    (r"\\server\share\talk{}", r"\\server\share\talk{}"),
    ("~/talk{}", "home/talk{}"),
    ("'~/my talk{}'", "home/my talk{}"),
    (r"my\ talk{}", "my talk{}"),
    ("{{{{ name }}}}{}", "a 'name'{}"),
    (r"C:\talks\{{{{ name }}}}{}", r"C:\talks\a 'name'{}"),
    ("'talks of {{{{ name }}}}{}'", "talks of a 'name'{}"),
]


@pytest.mark.parametrize(("typed", "name"), PATHS)
def test_commands_take_the_paths_of_any_system(shell, front_end, tmp_path, monkeypatch, typed, name):
    """With and without quotes, with ``~``, and with values of the notebook; where a backslash is a letter, it stays."""
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    shell.user_ns["name"] = "a 'name'"
    front_end.run("a", "one")
    for command, suffix in (("export", ".ipynb"), ("export", ".md"), ("hand-in", ".html"), ("record", ".jsonl")):
        line(shell, f"{command} {typed.format(suffix)}")
        assert (tmp_path / name.format(suffix)).is_file()
    front_end.run("b", "two")
    assert "Restored 1 turn" in line(shell, f"restore {typed.format('.ipynb')}")
    assert "Replaying" in line(shell, f"replay {typed.format('.ipynb')} --speed max")
    assert "Replaying" in line(shell, f"replay {typed.format('.jsonl')} --speed max")


def test_a_key_behind_login_is_not_evaluated(shell, capsys):
    """Neither it nor its value is shown."""
    shell.user_ns["key"] = "rw-7f3a"
    error, shown = failed(shell, "%runware login {{ key }}", capsys)
    assert isinstance(error, RunwareError)
    assert "saved with the notebook" in shown
    assert "7f3a" not in shown


@pytest.mark.parametrize(("prompt", "options"), [("uno", "--temperatur 1"), ("{{ nobody }}", ""), ("uno", "")])
def test_a_run_without_an_answer_shows_what_stands(front_end, prompt, options):
    """The front end has cleared the output, and with it the record that the notebook keeps."""
    front_end.answers(*saying("A"), sized(401, b"{}"))
    front_end.run("a", "one")
    with pytest.raises(RunwareError):
        front_end.run("a", prompt, options)
    settled = front_end.outputs["a"].shown[-1]
    assert str(settled.turn) == "A"
    assert settled.record["reply"]["content"] == "A"
    assert "previous answer" in front_end.notes("a")


def test_a_request_that_was_not_sent_shows_what_stands_once(front_end, magics, monkeypatch):
    """It is neither an error of the line nor an answer, and the output is written by one of them."""
    front_end.run("a", "one")
    monkeypatch.setenv("RUNWARE_API_KEY", "sk-secret")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/none.pem")
    magics.base_url = "https://0.0.0.0:9/v1"
    with pytest.raises(EndpointError, match="REQUESTS_CA_BUNDLE"):
        front_end.run("a", "one")
    assert [str(settled.turn) for settled in front_end.outputs["a"].shown] == ["A"]
    assert "previous answer" in front_end.notes("a")
