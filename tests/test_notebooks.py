"""The lessons run without a key, and show what was saved with them."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


def said(cell):
    """Give what a cell's outputs say, without what differs from run to run: times and ids of cells."""
    for output in cell.get("outputs", ()):
        if output.output_type == "error":
            yield output.evalue
        else:
            text = output.get("text") or output.data["text/plain"]
            text = re.sub(r"first token [\d.]+ s(?: · \d+ tokens/s)?", "first token", text)
            # In tables of several answers, and of two side by side.
            text = re.sub(r"\d+\.\d+ s +(?:\d+ +)?(?=\d+ / \d)|\d+\.\d+ s (?=in all)", "… ", text)
            text = re.sub(r" +[\d.]+ s$", " s", text, flags=re.MULTILINE)
            if re.match(r"\d+ answers\b", text):
                # Which of several equal requests comes first, is a matter of luck.
                text = " ".join(sorted(text.split()))
            yield re.sub(r"\b(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ|[0-9a-f]{8})\b", "…", text)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_lesson_shows_what_was_saved(path, tmp_path):
    """Every cell runs, but those that are meant to fail, and says the same again."""
    saved = nbformat.read(path, as_version=4)
    fresh = nbformat.read(path, as_version=4)
    NotebookClient(fresh, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    for before, after in zip(saved.cells, fresh.cells, strict=True):
        assert list(said(after)) == list(said(before)), before.source


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
