"""Run the notebooks and keep their outputs: ``python tests/support/rerun_notebooks.py [--record] [NOTEBOOK ...]``."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from datetime import datetime, timezone
from pathlib import Path

import nbformat

from runware_magic.__main__ import copy_notebooks, execute
from runware_magic.recording.file import VERSION
from runware_magic.recording.format import line

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSON, RECORDING = NOTEBOOKS / "04_lesson.ipynb", NOTEBOOKS / "04_lesson.jsonl"
WHAT = (
    "Answers that people have written for the lesson in 04_lesson.ipynb, as the demo endpoint spoke them, which is a "
    "script: no language model has said any of this. Prices and probabilities are made up."
)


def lesson_cells() -> list[nbformat.NotebookNode]:
    """Give the code cells of the lesson itself: what stands before its part for teachers."""
    cells = nbformat.read(LESSON, as_version=4).cells
    end = next(at for at, cell in enumerate(cells) if cell.id == "part-two")
    return [cell for cell in cells[:end] if cell.cell_type == "code"]


def record(folder: Path) -> int:
    """Record the lesson anew, by its own cells, from the demo endpoint at its pace."""
    cells = lesson_cells()
    replay = next(cell for cell in cells if cell.id == "replay")
    replay.source = f"%runware record {RECORDING.name}"
    made = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    recording = folder / RECORDING.name
    recording.write_bytes(line({"runware_recording": VERSION, "made": made, "what": WHAT}))
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / LESSON.name)
    failed = execute(folder / LESSON.name)
    if not failed:
        RECORDING.write_bytes(recording.read_bytes())
    return failed


def rerun(folder: Path, path: Path) -> int:
    """Run a notebook in a folder of its own, with what lies beside it, and keep its outputs."""
    copy_notebooks(folder)
    if execute(folder / path.name):
        return 1
    notebook = nbformat.read(path, as_version=4)
    fresh = nbformat.read(folder / "executed" / path.name, as_version=4)
    for cell, ran in zip(notebook.cells, fresh.cells, strict=True):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = ran.outputs, ran.execution_count
    nbformat.write(notebook, path)
    return 0


def main() -> int:
    """Do what the command line says; the exit status tells whether all cells ran that are meant to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true", help="record the lesson anew first")
    parser.add_argument("notebooks", nargs="*", type=Path, default=sorted(NOTEBOOKS.glob("*.ipynb")))
    options = parser.parse_args()
    # Whose key it is, and how their IPython is set up, is not to be seen in what ships.
    for name in [name for name in os.environ if name.startswith("RUNWARE_")]:
        del os.environ[name]
    with tempfile.TemporaryDirectory() as home:
        os.environ["IPYTHONDIR"] = str(Path(home) / "ipython")
        folders = [Path(tempfile.mkdtemp(dir=home)) for _ in range(1 + len(options.notebooks))]
        failed = record(folders.pop()) if options.record else 0
        return failed or max(map(rerun, folders, options.notebooks))


if __name__ == "__main__":
    sys.exit(main())
