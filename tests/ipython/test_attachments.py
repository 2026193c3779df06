"""What ``--with`` attaches, in a terminal IPython; tests/kernels has a kernel."""

import json
from pathlib import Path

import pytest
from terminal_ipython import cell, contents, failed, line, sentence

from runware_magic.errors import OptionError, PromptError, RunwareError

NOWHERE = "http://127.0.0.1:9/v1"


@pytest.fixture
def notebook(shell, magics, tmp_path, monkeypatch):
    """Give a shell that has begun, whose folder is empty, and whose cells ask nobody."""
    folder = tmp_path / "lesson"
    folder.mkdir()
    monkeypatch.chdir(folder)
    shell.history_manager.reset()
    shell.execution_count = 1
    magics.base_url = NOWHERE
    monkeypatch.setattr(magics.log, "_error", None)
    return shell


def sent(shell, options, body="Why?"):
    """Return the content of the message that would be sent."""
    shown = cell(shell, f"{options} --dry-run", body)
    return json.loads(shown[shown.index("\n{") :])["messages"][-1]["content"]


def run(shell, *sources):
    """Run cells as a user does."""
    for source in sources:
        shell.run_cell(source, store_history=True)


def test_variables_and_outputs_stand_under_their_names(notebook):
    """Behind the prompt, in the order of the line, each once."""
    run(notebook, "a = 'first'", "'second'")
    assert sent(notebook, "--with a,Out[2] --with a") == "Why?\n\na:\n\nfirst\n\nOut[2]:\n\nsecond"


def test_files_stand_under_their_names(notebook, tmp_path):
    """Before an expression that could be meant, but behind a variable of that very name."""
    (tmp_path / "lesson" / "data.csv").write_text("x,y\n1,2\n")
    (tmp_path / "lesson" / "data").mkdir()
    (tmp_path / "lesson" / "data" / "notes").write_text("Note")
    run(notebook, "data = 'a variable'")
    assert sent(notebook, "--with data.csv") == "Why?\n\ndata.csv:\n\n```csv\nx,y\n1,2\n```"
    assert sent(notebook, "--with data/notes,data") == ("Why?\n\ndata/notes:\n\n```\nNote\n```\n\ndata:\n\na variable")


def test_a_device_does_not_hide_an_expression(notebook):
    """As con.x and aux.x do in every folder of Windows."""
    Path("con.name").symlink_to("/dev/null")
    run(notebook, "from types import SimpleNamespace", "con = SimpleNamespace(name='rows')")
    assert sent(notebook, "--with con.name") == "Why?\n\ncon.name:\n\nrows"


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("nothing", "--with nothing: there is no such variable, and no such file in the notebook's folder."),
        ("notse.md", "Did you mean notes.md?"),
        ("Out[7]", "--with Out[7] raised KeyError: 7; nothing was sent."),
        ("../secret.txt", "--with ../secret.txt is outside the notebook's folder; nothing was sent."),
        ("/dev/zero", "--with /dev/zero is outside the notebook's folder; nothing was sent."),
        ("link.txt", "--with link.txt is outside the notebook's folder; nothing was sent."),
        ("cells:99", "No cell has run in this kernel but those that ask; nothing was sent."),
        ("error", "No cell has failed in this kernel; nothing was sent."),
        ("folder", "folder is a folder; nothing was sent."),
    ],
)
def test_what_cannot_be_attached_is_one_line(notebook, tmp_path, item, said, capsys):
    """And nothing is sent."""
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "lesson" / "notes.md").write_text("Notes")
    (tmp_path / "lesson" / "folder").mkdir()
    (tmp_path / "lesson" / "link.txt").symlink_to(tmp_path / "secret.txt")
    error, shown = failed(notebook, f"%%runware --with {item}\nWhy?", capsys)
    assert isinstance(error, PromptError)
    assert shown == sentence(error)
    assert said in shown


def test_an_item_that_is_none_is_refused(notebook):
    """With what is expected."""
    with pytest.raises(OptionError, match="--with must be cells:N with a number from 1"):
        cell(notebook, "--with cells:0")


def test_a_key_in_a_file_is_not_sent(notebook, tmp_path):
    """The error names the item, and does not repeat the key."""
    (tmp_path / "lesson" / ".env").write_text("KEY=sk-proj-a1B2c3D4e5F6g7H8i9J0")
    with pytest.raises(PromptError, match=r"--with .env contains what looks like a key \(sk-…\)") as caught:
        cell(notebook, "--with .env")
    assert "a1B2" not in str(caught.value)


def test_the_last_error_has_its_cell_and_the_functions_that_it_went_through(notebook):
    """Each with where it is from; frames of IPython and paths of this machine are not sent."""
    run(notebook, "def half(x):\n    return 1 / x", "import json\n\nhalf(0)")
    content = sent(notebook, "--with error")
    assert 'File "<cell>", line 3, in <' in content
    assert ">\n    half(0)\n" in content
    assert 'File "<another cell>", line 2, in half\n    return 1 / x' in content
    assert "ZeroDivisionError: division by zero\n```\n\nThe cell:\n\n```python\nimport json\n\nhalf(0)\n```" in content
    assert content.endswith("The function half in <another cell>:\n\n```python\ndef half(x):\n    return 1 / x\n```")
    assert "site-packages" not in content
    assert "interactiveshell" not in content


def test_a_cell_that_python_cannot_read_is_an_error_too(notebook):
    """It has no functions."""
    run(notebook, "x = = 1")
    content = sent(notebook, "--with error")
    assert 'File "<cell>", line 1' in content
    assert "SyntaxError: invalid syntax\n```\n\nThe cell:\n\n```python\nx = = 1\n```" in content


def test_the_end_of_a_long_error_is_sent(notebook):
    """It names the error; what was cut is said."""
    run(notebook, "raise ValueError('x' * 50_000 + ' the end')")
    content = sent(notebook, "--with error")
    assert " the end\n```" in content
    assert content.endswith("(cut: at most 20,000 characters)")
    assert len(content) < 21_000


def test_the_last_cells_have_what_they_printed_and_how_they_failed(notebook):
    """Oldest first."""
    run(notebook, "a = 1", "print('b')", "1 / 0")
    content = sent(notebook, "--with cells:2")
    assert content.startswith(
        "Why?\n\nThe last cells of the notebook:\n\nCell 1 of 2:\n```python\nprint('b')\n```\n\nPrinted:"
    )
    assert "\nPrinted:\n```\nb\n```\n\nCell 2 of 2:" in content
    assert "Failed:\n```\nTraceback (most recent call last):\n" in content
    assert "a = 1" not in content


def test_more_cells_than_there_are(notebook):
    """All of them are sent."""
    run(notebook, "a = 1", "b = 2")
    assert "a = 1" in sent(notebook, "--with cells:99")


def test_long_outputs_share_the_room_that_short_ones_leave(notebook):
    """Their beginnings and ends are sent, and what was cut is said."""
    run(notebook, "print('a' * 30_000)", "print('short')", "print('b' * 30_000, 'end')")
    content = sent(notebook, "--with cells:3")
    assert content.count(" characters cut)") == 2
    assert 19_000 < len(content) < 21_000
    assert abs(content.count("a" * 100) - content.count("b" * 100)) <= 1
    assert "short" in content
    assert " end\n" in content


def test_cells_that_do_not_fit_are_left_out(notebook):
    """The oldest ones, with a line that says how many."""
    run(notebook, *(f"x = {number}" for number in range(150)))
    content = sent(notebook, "--with cells:150")
    assert "(50 earlier cells left out)" in content
    assert "x = 149" in content
    assert "x = 49\n" not in content


def test_attachments_of_a_comparison_are_made_once(notebook, asked):
    """For all of its requests: what a value says may change."""
    server = asked()
    notebook.user_ns["seen"] = seen = []
    notebook.user_ns["value"] = type("Value", (), {"__format__": lambda self, _: seen.append(self) or "it"})()
    cell(notebook, "--with value -n 3", "Why?")
    assert [contents(heard) for heard in server.heard if heard.body] == [[("user", "Why?\n\nvalue:\n\nit")]] * 3
    assert len(seen) == 1


def test_explain_asks_about_the_last_error(notebook):
    """In a chat of its own, with a question unless there is one."""
    run(notebook, "1 / 0")
    shown = line(notebook, "explain --dry-run")
    assert "chat        explain" in shown
    content = json.loads(shown[shown.index("\n{") :])["messages"][0]["content"]
    assert content.startswith("Explain this error: ")
    assert "ZeroDivisionError" in content


@pytest.mark.parametrize(
    "written",
    [
        "--dry-run -c other -t 0.5 What's wrong?",
        "What's wrong? --dry-run -c other -t 0.5",
        "-t 0.5 What's wrong? --dry-run -c other",
    ],
)
def test_explain_takes_options_on_both_sides_of_the_question(notebook, written):
    """As they are written in the issue of a user, or before a prompt as in `%runware ask`."""
    run(notebook, "1 / 0")
    shown = line(notebook, f"explain {written}")
    assert "chat        other" in shown
    request = json.loads(shown[shown.index("\n{") :])
    assert request["temperature"] == 0.5
    assert request["messages"][0]["content"].startswith("What's wrong?\n\nThe last error of the notebook:")


def test_a_question_may_name_an_option(notebook):
    """Words behind it are no values."""
    run(notebook, "1 / 0")
    shown = line(notebook, "explain --dry-run What does --seed 1 do here?")
    assert "What does --seed 1 do here?" in json.loads(shown[shown.index("\n{") :])["messages"][0]["content"]


def test_a_class_may_want_hints(notebook, tmp_path):
    """Then the question is followed by what a tutor says."""
    (tmp_path / "lesson" / "runware.toml").write_text('explain = "hint"\n')
    run(notebook, "1 / 0")
    shown = line(notebook, "explain --dry-run Why?")
    content = json.loads(shown[shown.index("\n{") :])["messages"][0]["content"]
    assert content.startswith("Why?\n\nBe my tutor: give me a hint")


def test_a_class_may_turn_explain_off(notebook, tmp_path):
    """In one line; nothing is sent."""
    (tmp_path / "lesson" / "runware.toml").write_text('explain = "off"\n')
    run(notebook, "1 / 0")
    with pytest.raises(RunwareError, match="%runware explain is turned off"):
        line(notebook, "explain")


def test_without_an_error_there_is_nothing_to_explain(notebook):
    """In one line; nothing is sent."""
    with pytest.raises(PromptError, match="No cell has failed in this kernel"):
        line(notebook, "explain")
