"""The log of cells, in a terminal IPython; tests/kernels has a kernel."""

import sys

import pytest

from runware_magic.ipython.cell_log import _CELLS
from runware_magic.ipython.magics import RunwareMagics


@pytest.fixture
def log(shell, magics):
    """Give the log of a fresh extension; cells before it count for nothing."""
    shell.history_manager.reset()
    shell.execution_count = 1
    return magics.log


def run(shell, *sources):
    """Run cells as a user does."""
    for source in sources:
        shell.run_cell(source, store_history=True)


def unseen(shell, *sources):
    """Run cells while the extension is not loaded; return its log after that."""
    shell.run_line_magic("unload_ext", "runware_magic")
    run(shell, *sources)
    shell.run_line_magic("load_ext", "runware_magic")
    return next(entry.log for entry in shell.configurables if isinstance(entry, RunwareMagics))


def seen(log, count=9):
    """Return the last cells: their numbers, their sources, and the texts that came of them."""
    return [(run.number, run.source, "".join(each.text for each in run.output)) for run in log.last(count)]


def test_cells_keep_what_they_printed(shell, log):
    """On both streams; the last ones, oldest first."""
    run(shell, "print('a')", "import sys; _ = sys.stderr.write('b')", "print('c')")
    assert seen(log, 2) == [(2, "import sys; _ = sys.stderr.write('b')", "b"), (3, "print('c')", "c\n")]


def test_the_streams_are_as_they_were_between_cells(shell, log):  # noqa: ARG001  # it watches
    """Also after a cell that failed: nothing of this package stays in them."""
    before = [dict(vars(stream)).get("write") for stream in (sys.stdout, sys.stderr)]
    run(shell, "print('a')", "1 / 0", "1 +")
    assert [dict(vars(stream)).get("write") for stream in (sys.stdout, sys.stderr)] == before


def test_cells_that_only_ask_or_load_are_not_among_them(shell, log):
    """Nor is the cell that asks; a cell that asks on one of its lines is."""
    run(
        shell,
        "%reload_ext runware_magic",
        "%runware history",
        "# Help\n%%runware --dry-run\nHi",
        "x = 1\n%runware history",
    )
    assert [source for _, source, _ in seen(log)] == ["x = 1\n%runware history"]


def test_what_front_ends_run_unseen_is_not_kept(shell, log):
    """Nor do cells within a cell count as cells; what they print is the outer one's."""
    shell.run_cell("print('unseen')")
    run(shell, "get_ipython().run_cell('print(1)')\nprint(2)", "print(3)")
    assert [(number, text) for number, _, text in seen(log)] == [(1, "1\n2\n"), (2, "3\n")]


def test_what_ran_before_the_log_has_what_ipython_keeps(shell, log):
    """Its source, and its value."""
    log = unseen(shell, "x = 40 + 2", "x")
    assert [source for _, source, _ in seen(log)] == ["x = 40 + 2", "x"]
    assert "42" in seen(log)[1][2]


def test_only_the_last_cells_are_kept(shell, log):
    """Of older ones, what IPython keeps."""
    run(shell, *["None"] * (_CELLS + 5))
    assert len(log._cells) == _CELLS
    assert len(log.last(_CELLS + 5)) == _CELLS + 5


def test_after_a_reset_numbers_begin_again(shell, log):
    """The output of a cell that was forgotten is not that of another with its number."""
    run(shell, "print('old')")
    shell.history_manager.reset()
    shell.history_manager.input_hist_raw[:] = ["", "y = 1"]
    assert seen(log) == [(1, "y = 1", "")]


def test_the_last_error_is_not_one_of_this_package(shell, log):
    """A refused cell must not hide the error that it asks about; nor does a cell that works."""
    run(shell, "1 / 0", "%runware nothing", "%%runware --nothing\nHi", "x = 1")
    assert isinstance(log.error.error, ZeroDivisionError)
    assert log.error.number == 1


def test_without_an_error_there_is_none(shell, log, monkeypatch):
    """What Python remembers of an error of this package is none."""
    monkeypatch.setattr(log, "_error", None)
    run(shell, "%runware nothing")
    assert log.error is None


def test_unloading_ends_the_log(shell, log):
    """It watches no more cells."""
    shell.run_line_magic("unload_ext", "runware_magic")
    run(shell, "1 / 0")
    assert not log._cells
    callbacks = [*shell.events.callbacks["pre_run_cell"], *shell.events.callbacks["post_run_cell"]]
    assert log not in [getattr(callback, "__self__", None) for callback in callbacks]
