"""Prompts in files: found beside the notebook, read, listed; and what a file that comes with a repository cannot do."""

import json
import os
from pathlib import Path

import pytest
from terminal_ipython import cell, contents, failed, line, sentence

from runware_magic.errors import UsageError
from runware_magic.ipython.completion import complete
from runware_magic.ipython.prompt_files import LARGEST, listed_in, names_in, read_text, within


@pytest.fixture
def write(magics, tmp_path, monkeypatch):
    """Work in a folder, with an address that nobody answers; give what writes files there."""
    monkeypatch.chdir(tmp_path)
    magics.base_url = "http://127.0.0.1:9/v1"

    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def request(shell, options, body="\n"):
    """Return what a cell would send."""
    shown = cell(shell, f"{options} --dry-run", body)
    return json.loads(shown[shown.index("\n{") :])


def posted(server):
    """Return the prompts that came, without what asks for prices."""
    return [heard for heard in server.heard if heard.line.startswith("POST")]


def test_a_file_is_the_text_of_a_cell(shell, write):
    """With its options below those of the cell, its names looked up, and the cell's own text evaluated."""
    write(
        "prompts/review.md",
        "+++\ntemperature = 0.3\nseed = 1\n+++\nsystem:\nBe kind.\nuser:\nReview {{ what }}:\n{{ body }}",
    )
    shell.user_ns["what"] = "code"
    sent = request(shell, "-f prompts/review.md -t 1", "{{ 1 + 1 }}")
    assert [message["content"] for message in sent["messages"]] == ["Be kind.", "Review code:\n2"]
    assert (sent["temperature"], sent["seed"]) == (1, 1)


def test_it_is_asked_for_each_row(shell, asked, write):
    """With the row among its names; an error names the row and the file."""
    server = asked()
    write("p.md", "Where is {{ row }}? {{ body }}")
    shell.user_ns["cities"] = ["Oslo", "Lima"]
    cell(shell, "-f p.md --over cities --once", "In {{ row[0] }} …")
    assert sorted(contents(heard)[0][1] for heard in posted(server)) == [
        "Where is Lima? In L …",
        "Where is Oslo? In O …",
    ]
    write("p.md", "Where is {{ row.name }}?")
    with pytest.raises(UsageError, match=r"Row 1: p\.md: {{ row\.name }} raised AttributeError"):
        cell(shell, "-f p.md --over cities", "\n")


def test_a_row_goes_by_what_the_file_uses_of_it(shell, asked, write):
    """As by what a cell uses."""
    asked()
    write("p.md", "Where is {{ row.name }}? {{ body }}")
    shell.user_ns["cities"] = {"no": {"name": "Oslo", "people": 1}, "pe": {"name": "Lima", "people": 2}}
    cell(shell, "-f p.md --over cities --once -o got", "One of {{ row['people'] }}.")
    assert [dict(turn.variant.row) for turn in shell.user_ns["got"]] == [
        {"name": "Oslo", "people": "1"},
        {"name": "Lima", "people": "2"},
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ open('x').read() }}", "calls something"),
        ("{{ ().__class__ }}", "is more than a name"),
        ("+++\nyes = true\n+++\nHi", "cannot set yes"),
        ("+++\nbase_url = 'http://127.0.0.1:1/v1'\n+++\nHi", "cannot set base_url"),
        ("+++\nexpect = \"py:open('x', 'w')\"\n+++\nHi", "cannot set a check with py: or schema:"),
        ("+++\nover = \"[open('x', 'w')]\"\n+++\nHi", "cannot set over"),
        ("+++\nsystem = \"{{ open('x', 'w') }}\"\n+++\nHi", "a text without {{ }}"),
        ("the key sk-proj-" + "a1B2c3D4" * 6, "contains what looks like a key"),
        (b"\x89PNG\r\n\x1a\n\x00", "is not a text"),
        (b"Hi\x00", "is not a text"),
        (b"x" * (LARGEST + 1), "may have 1,048,576"),
        (b"", "The prompt is empty"),
    ],
)
def test_what_a_file_must_not_say_is_an_error_in_one_line_and_nothing_is_sent(shell, asked, write, capsys, text, said):
    """Nor is anything run."""
    server = asked()
    write("p.md", text)
    error, shown = failed(shell, "%%runware -f p.md\n", capsys)
    assert isinstance(error, UsageError)
    assert said in error.message
    assert shown == sentence(error)
    assert "p.md" in error.message
    assert (server.heard, os.path.exists("x")) == ([], False)  # noqa: PTH110  # where the kernel works


def test_only_files_in_the_notebooks_folder_or_below_are_read(write, tmp_path):
    """Whatever leads out of it, also through a link; devices, pipes and folders are not read, and none of it waits."""
    home = tmp_path / "home"
    write("outside.md", "secret")
    write("home/in/a.md", "Hi")
    (home / "link.md").symlink_to(tmp_path / "outside.md")
    (home / "null.md").symlink_to("/dev/zero")
    (home / "circle.md").symlink_to(home / "circle.md")
    os.mkfifo(home / "pipe.md")
    for path in (
        "../outside.md",
        str(tmp_path / "outside.md"),
        "link.md",
        "null.md",
        "/dev/zero",
        "in/../../outside.md",
    ):
        with pytest.raises(UsageError, match="is outside the notebook's folder"):
            read_text(path, home)
    for path, why in {"pipe.md": "is not a file", "in": "is a folder", "no.md": "There is no file"}.items():
        with pytest.raises(UsageError, match=why):
            read_text(path, home)
    for path in ("circle.md", "a\0b", "x" * 5000, "~nobody/x"):
        with pytest.raises(UsageError):
            read_text(path, home)
    assert read_text("in/a.md", home) == read_text(str(home / "in" / "a.md"), home) == "Hi"
    assert within("", home) == home.resolve()


def test_a_path_starts_at_the_notebook(shell, write, monkeypatch):
    """Wherever the kernel works by now."""
    notebook = write("talk/one.ipynb", "{}")
    write("talk/prompts/p.md", "Hi")
    monkeypatch.setenv("JPY_SESSION_NAME", str(notebook))
    monkeypatch.chdir("/")
    assert request(shell, "-f prompts/p.md")["messages"][0]["content"] == "Hi"
    assert "prompts/p.md" in line(shell, "prompts")


def test_what_a_class_allows_stays_above_a_file(shell, asked, write, capsys):
    """Its models, its budget, and how many requests need a yes."""
    server = asked()
    write(".git/x", "")
    write("runware.toml", "models = ['a:b@1']\nconfirm_above = [2, 1.0]\n")
    write("model.md", "+++\nmodel = 'x:y@2'\n+++\nHi")
    write("many.md", "+++\nrepeat = 3\n+++\nHi")
    write("budget.md", "+++\nbudget = 99\n+++\nHi")
    for name, said in {"model": "x:y@2 is not among the models", "many": "3 requests"}.items():
        assert said in failed(shell, f"%%runware -f {name}.md\n", capsys)[1]
    write("runware.toml", "budget = 0.0\n")
    assert "budget" in failed(shell, "%%runware -f budget.md\n", capsys)[1].lower()
    assert posted(server) == []


def test_files_are_listed_with_their_first_line_and_what_they_need(shell, write):
    """And why one cannot be used."""
    write("prompts/b.md", "+++\nseed = 1\n+++\nsystem:\nBe {{ mood }}.\n{{ body }}")
    write("prompts/a.txt", "{{ f() }}")
    write("prompts/c.md", b"\xff")
    write("prompts/d.py", "print()")
    write("prompts/.e.md", "Hi")
    write("prompts/f.md", "key: sk-" + "aB3dE5fG7hJ9kL2mN4")
    assert [name for name, _ in listed_in("prompts", Path())] == [
        f"prompts/{name}" for name in ("a.txt", "b.md", "c.md", "f.md")
    ]
    _, _, first, second, third, fourth, _ = line(shell, "prompts").splitlines()
    assert "cannot be used: {{ f() }} calls something." in first
    assert second.split("  ")[0] == "prompts/b.md"
    assert "Be {{ mood }}." in second
    assert second.endswith("mood, body")
    assert "cannot be used: prompts/c.md is not a text" in third
    assert "cannot be used: it contains a key" in fourth
    assert "No files that end in .md or .txt." in line(shell, "prompts .")
    with pytest.raises(UsageError, match="There is no folder nothing"):
        line(shell, "prompts nothing")
    with pytest.raises(UsageError, match="is outside the notebook's folder"):
        line(shell, "prompts ..")


def test_tab_offers_the_files_of_the_folder(magics, write):
    """And nothing where there is none."""
    assert names_in(Path()) == ()
    write("prompts/b.md", "Hi")
    assert complete("%%runware -f ", magics.known()) == ("", ["prompts/b.md"])
