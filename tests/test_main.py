"""The command line: ``python -m runware_magic``."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import nbformat
import pytest

from runware_magic import __main__ as command
from runware_magic.chat.record import MIME_TYPE

README = Path(__file__).parents[1] / "README.md"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Run in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def one_cell(source):
    """Give a notebook of one code cell."""
    cells = [
        nbformat.v4.new_code_cell("%load_ext runware_magic", id="load"),
        nbformat.v4.new_code_cell(source, id="ask"),
    ]
    return nbformat.v4.new_notebook(cells=cells)


def test_the_notebooks_are_copied_once(folder, capsys):
    """A file that was changed is unchanged, and one that was deleted comes back."""
    first = command.copy_notebooks(folder / "here")
    assert first.name == "01_first_prompt.ipynb"
    content = first.read_bytes()
    assert nbformat.validate(nbformat.read(first, as_version=4)) is None
    first.write_text("mine")
    command.copy_notebooks(folder / "here")
    assert first.read_text() == "mine"
    assert "unchanged; it differs" in capsys.readouterr().out
    first.unlink()
    command.copy_notebooks(folder / "here")
    assert first.read_bytes() == content


def test_what_lies_beside_the_notebooks_is_copied_too(folder, monkeypatch, capsys):
    """Their recordings, as carefully as they are; no outputs, and not what notebooks have written there."""
    run = one_cell("1 + 1")
    run.cells[1].outputs, run.cells[1].execution_count = [nbformat.v4.new_output("stream", text="2")], 2
    shipped = folder / "shipped"
    shipped.mkdir()
    for name in ("02_b.ipynb", "02_b.jsonl", "01_a.jsonl", "03_c.ipynb", "mine.jsonl", "conversation.ipynb"):
        (shipped / name).write_text(json.dumps(run) if name.endswith(".ipynb") else "shipped")
    monkeypatch.setattr(command, "_shipped", lambda: shipped)
    (folder / "here").mkdir()
    (folder / "here" / "02_b.jsonl").write_text("mine")
    assert command.copy_notebooks(folder / "here").name == "02_b.ipynb"
    copied = {path.name: path.read_text() for path in (folder / "here").iterdir()}
    texts = {name: text for name, text in copied.items() if name.endswith(".jsonl")}
    assert texts == {"01_a.jsonl": "shipped", "02_b.jsonl": "mine"}
    assert {name: json.loads(copied[name]) for name in copied.keys() - texts} == {
        "02_b.ipynb": one_cell("1 + 1"),
        "03_c.ipynb": one_cell("1 + 1"),
    }
    assert "02_b.jsonl is unchanged; it differs" in capsys.readouterr().out


def test_the_lesson_is_copied_with_its_recording(folder):
    """What ships is whole."""
    command.copy_notebooks(folder / "here")
    assert (folder / "here" / "04_lesson.jsonl").read_bytes().startswith(b'{"runware_recording"')


@pytest.mark.usefixtures("_kernels")
def test_a_notebook_runs_headless(folder, capsys):
    """The result holds the turn and no widgets; the first answer is told."""
    notebook = folder / "mine.ipynb"
    nbformat.write(one_cell("%%runware demo:echo@1\nSay this back."), notebook)
    assert command.execute(notebook) == 0
    told = capsys.readouterr().out
    executed = folder / "executed" / "mine.ipynb"
    assert str(executed.resolve()) in told
    assert "Say this back." in told
    result = nbformat.read(executed, as_version=4)
    data = result.cells[1].outputs[0].data
    assert set(data) == {"text/html", "text/markdown", "text/plain", MIME_TYPE}
    assert "widgets" not in result.metadata


@pytest.mark.parametrize("source", ["%%runware\n{{ nobody }}", "%%runware demo:error@500\nHi"])
@pytest.mark.usefixtures("_kernels")
def test_a_failing_cell_is_told(folder, capsys, source):
    """In one line, by the exit status too; what had run is kept."""
    notebook = folder / "mine.ipynb"
    nbformat.write(one_cell(source), notebook)
    assert command.execute(notebook) == 1
    told = capsys.readouterr()
    assert "A cell failed: " in told.err
    assert len(told.err.strip().splitlines()) == 1
    assert (folder / "executed" / "mine.ipynb").exists()


@pytest.mark.parametrize(("root", "expected"), [(0, ["--port", "9999", "--allow-root"]), (1000, ["--port", "9999"])])
def test_lab_starts_on_the_first_notebook(folder, monkeypatch, root, expected):
    """Whatever is not known is passed on; as root, Jupyter is told that this is meant."""
    started = []

    class Started:
        def __init__(self, arguments):
            started.append(arguments)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def wait(self):
            return 0

    monkeypatch.setattr(subprocess, "Popen", Started)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(os, "geteuid", lambda: root, raising=False)
    assert command.main(["--port", "9999"]) == 0
    place = ["--ServerApp.root_dir=runware-notebooks", "--LabApp.default_url=/lab/tree/01_first_prompt.ipynb"]
    assert started == [[sys.executable, "-m", "jupyterlab", *place, *expected]]
    assert (folder / "runware-notebooks" / "01_first_prompt.ipynb").exists()


@pytest.mark.usefixtures("folder")
def test_the_reference_opens_and_runs_as_the_first_notebook_does(monkeypatch):
    """By its name, before all options."""
    done = []
    monkeypatch.setattr(command, "start_lab", lambda *started: done.append(started) or 0)
    monkeypatch.setattr(command, "execute", lambda *executed: done.append(executed) or 0)
    assert command.main(["reference", "--port", "9999"]) == 0
    assert command.main(["reference", "--execute"]) == 0
    reference = Path("runware-notebooks", "reference.ipynb")
    assert done == [(reference, ["--port", "9999"]), (reference,)]
    assert reference.exists()


def test_the_reference_is_copied_with_what_it_shows(folder):
    """It is there to be read, and its outputs with it."""
    command.copy_notebooks(folder / "here")
    copied = nbformat.read(folder / "here" / "reference.ipynb", as_version=4)
    assert sum(bool(cell.get("outputs")) for cell in copied.cells) > 20


def test_what_is_missing_is_told(folder, monkeypatch, capsys):
    """One line says what to install."""
    monkeypatch.setattr(command, "find_spec", lambda _: None)
    assert command.main([]) == 1
    assert 'pip install ".[lab]"' in capsys.readouterr().err
    assert 'pip install ".[lab]" && python -m runware_magic' in README.read_text(encoding="utf-8")
    assert not (folder / "runware-notebooks").exists()


def test_unknown_words_are_told(capsys):
    """Only JupyterLab takes words that are not known here."""
    assert command.main(["--execute", "--frobnicate"]) == 2
    assert "--frobnicate" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM for another process")
@pytest.mark.usefixtures("_sockets")
def test_lab_ends_with_the_launcher(folder):
    """A terminal that is closed leaves no server and no kernel behind: Lab is told, and may take its time."""
    lab = folder / "jupyterlab.py"
    lab.write_text(
        "import pathlib, signal, sys\n"
        "signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path('told').touch(), sys.exit(0)))\n"
        "print('ready', flush=True)\n"
        "while True: signal.pause()\n",
        encoding="utf-8",
    )
    environment = os.environ | {"PYTHONPATH": str(folder)}
    command_line = [sys.executable, "-m", "runware_magic"]
    with subprocess.Popen(command_line, env=environment, stdout=subprocess.PIPE, text=True) as launcher:
        assert launcher.stdout.readline() == "ready\n"
        launcher.send_signal(signal.SIGTERM)
        assert launcher.wait(10) == 0
    assert (folder / "told").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for another process")
@pytest.mark.usefixtures("_sockets", "_kernels")
def test_the_demo_endpoint_is_served_until_interrupted():
    """It prints its address and its key, and answers to them."""
    started = [sys.executable, "-m", "runware_magic", "demo", "--port", "0", "--pace", "0"]
    with subprocess.Popen(started, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        url = re.fullmatch(r"RUNWARE_BASE_URL=(http://127\.0\.0\.1:\d+/v1)\n", server.stdout.readline())[1]
        key = re.fullmatch(r"RUNWARE_API_KEY=(\S+)\n", server.stdout.readline())[1]
        request = urllib.request.Request(f"{url}/models", headers={"Authorization": f"Bearer {key}"})
        with urllib.request.urlopen(request) as reply:
            assert b"demo:tutor@1" in reply.read()
        server.send_signal(signal.SIGINT)
        assert server.wait(10) == 0
        assert server.stderr.read() == ""


@pytest.mark.usefixtures("_sockets")
def test_a_port_that_is_taken_is_told(capsys):
    """In one line."""
    from runware_magic.demo import DemoEndpoint

    with DemoEndpoint(pace=0) as taken:
        port = taken.base_url.rpartition(":")[2].removesuffix("/v1")
        assert command.main(["demo", "--port", port]) == 1
    assert "--port 0" in capsys.readouterr().err
