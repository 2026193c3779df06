"""The notebooks, and the cells of the README, run without a key; the notebooks show what was saved with them."""

import re
from itertools import groupby
from pathlib import Path

import nbformat
import pytest
from hurried import hurried
from nbclient import NotebookClient
from nbformat import NotebookNode
from pages import README, blocks

from runware_magic.__main__ import copy_notebooks
from runware_magic.chat.record import MIME_TYPE

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
#: What is as long as it takes, or as much as had come by then.
VARIES = (
    # In tables of several answers.
    r"\d+\.\d+ s +(?:\d+ +)?(?=\d+ / \d)",
    r"(?<=first token  )(?:tokens/s +)?",  # no speed is known where each answer came in one piece
    r" +[\d.]+ s(?=$|  )",
    # What an answer had cost that was stopped.
    r"(?<=about )\$[\d.]+(?! at most)|\$[\d.]+(?= spent| of it estimated)",
    r"(?<== )0\.\d+(?= raises)|(?<=budget = )0\.\d+(?=\)\.$)",
    # When, and ids of cells.
    r"\b(?:\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\dZ)?|[0-9a-f]{8})\b|(?<=recorded )\d{4}-\d\d-\d\d",
)


def joined(outputs):
    """Give them as a reader sees them: it is a matter of time in how many pieces a kernel sends what is printed."""
    for _, each in groupby(enumerate(outputs), lambda entry: entry[1].get("name") or entry[0]):
        first, *others = (output for _, output in each)
        yield NotebookNode(first, text="".join(output.text for output in (first, *others))) if others else first


def said(cell):
    """Give what a cell's outputs say, without what differs from run to run."""
    for output in joined(cell.get("outputs", ())):
        if output.output_type == "error":
            text = output.evalue
        else:
            text = output.get("text") or output.data["text/plain"]
            if output.get("data", {}).get(MIME_TYPE, {}).get("state") == "stopped":
                # How far it came is a matter of time.
                first, *_, badge = text.splitlines()
                text = f"{first[:12]}\n{badge}"
        for varying in VARIES:
            text = re.sub(varying, "…", text, flags=re.MULTILINE)
        if re.match(r"\d+ answers\b", text):
            # Which of several equal requests comes first, is a matter of luck, and whether speeds are known, of time.
            text = re.sub(
                r"^--- \d+ · (.*?)( · run \d+)? ---$", r"\1", text.partition("Tokens and times")[0], flags=re.MULTILINE
            )
            text = " ".join(sorted(text.split()))
        yield text


#: How many times as fast as a model the demo and recordings speak, which is still while cells are drawn.
TIMES = 10
#: What a lesson times itself, for as many as that: after some words of the answer that it stops, and before its last.
STOPS_AFTER = ("threading.Timer(8,", "threading.Timer(3,")


@pytest.fixture
def run(_kernels, tmp_path, monkeypatch):
    """Return what runs a notebook in a folder of its own."""

    def run(notebook):
        for name, value in hurried(tmp_path / "ipython", times=TIMES).items():
            monkeypatch.setenv(name, value)
        where = {"metadata": {"path": str(tmp_path)}}
        NotebookClient(notebook, timeout=120, kernel_name="python3", resources=where).execute()

    return run


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_lesson_shows_what_was_saved(path, tmp_path, run):
    """Every cell runs, but those that are meant to fail, and says the same again."""
    copy_notebooks(tmp_path)
    saved = nbformat.read(path, as_version=4)
    fresh = nbformat.read(path, as_version=4)
    for cell in fresh.cells:
        # `--speed` is tried by other cells.
        hasty = re.sub(r"^(%runware replay \S+)$", r"\1 --speed max", cell.source)
        cell.source = hasty.replace(*STOPS_AFTER)
    run(fresh)
    for before, after in zip(saved.cells, fresh.cells, strict=True):
        assert list(said(after)) == list(said(before)), before.source


def test_the_cells_of_the_readme_run(run, tmp_path):
    """One after the other, in a notebook that is new: the demo has an answer to each prompt."""
    cells = [nbformat.v4.new_code_cell(source.rstrip()) for source in blocks(README, "", "python")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    run(notebook)
    asked = [cell for cell in notebook.cells if cell.source.startswith("%%runware")]
    said = [output.data for cell in asked for output in cell.outputs if MIME_TYPE in output.get("data", {})]
    assert len(said) == len(asked) >= 4
    assert not any(re.search("no (answer|example) written", data["text/plain"]) for data in said)
    assert (tmp_path / "lesson.jsonl").is_file()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_lesson_is_saved_as_it_should_be(path):
    """With outputs and cell ids, without widgets, keys or paths."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    asked = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.startswith("%%runware")]
    assert asked
    assert all(cell.outputs for cell in asked)
    assert "widgets" not in notebook.metadata
    assert not re.search(r"/(?:home|root|tmp|Users)/|Bearer |RUNWARE_API_KEY=", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_cells_that_fail_are_meant_to(path):
    """They are marked as such, and others are not; so *Run All* gets to the end."""
    for cell in nbformat.read(path, as_version=4).cells:
        failed = any(output.output_type == "error" for output in cell.get("outputs", ()))
        assert failed == ("raises-exception" in cell.metadata.get("tags", ())), cell.source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_cells_say_fits_on_a_page(path):
    """No line of code is wider than a page of 1000 pixels has room for."""
    cells = (cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
    assert [line for cell in cells for line in cell.source.splitlines() if len(line) > 102] == []
