"""A front end that tells which cell runs, without a kernel."""

from __future__ import annotations

import json

import nbformat
import pytest
from nbformat import v4
from terminal_ipython import cell, contents, line, saying

from runware_magic.display.render.bundle import bundle
from runware_magic.engine.throttle import DrawCost


class Output:
    """Stands for the output of a cell in a front end."""

    tells_errors = False

    def __init__(self):
        self.shown = []

    def open(self, builder):
        """Take note that the request is on its way."""

    def draw(self, builder, elapsed_s):  # noqa: ARG002  # as in `View`
        """Draw nothing."""
        return DrawCost()

    def announce_end(self, ended):
        """Say nothing."""

    def settle(self, settled):
        """Keep what is shown."""
        self.shown.append(settled)

    def refuse(self, model, error):
        """Show no answer."""


class FrontEnd:
    """Stands for a front end that tells cell ids, before a server that answers what it is told."""

    def __init__(self, shell, magics, asked):
        self._shell, self._magics, self._asked = shell, magics, asked
        self._server, self._runs = None, 0
        self.page, self.outputs = "page", {}

    def answers(self, *replies):
        """Let the server give these replies, one after the other."""
        self._server = self._asked(*replies)

    def run(self, cell_id, prompt, options=""):
        """Run a cell; give what it printed."""
        self._show_in(cell_id)
        return cell(self._shell, options, prompt)

    def line(self, cell_id, text):
        """Run a line in a cell; give what it printed."""
        self._show_in(cell_id)
        return line(self._shell, text)

    def _show_in(self, cell_id):
        self._runs += 1
        header = {"session": self.page, "msg_id": f"run {self._runs}"}
        self._shell.parent_header = {"metadata": {"cellId": cell_id}, "header": header}
        output = self.outputs[cell_id] = Output()
        self._magics.dispatch._view = lambda *_, **__: output

    def sent(self):
        """Give the texts of the messages of every request so far."""
        return [[content for _, content in contents(heard)] for heard in self._server.heard]

    def save(self, path, *cell_ids):
        """Write what these cells show to a notebook."""
        cells = []
        for cell_id in cell_ids:
            shown = {settled.turn.id: settled for settled in self.outputs[cell_id].shown}
            kept = (bundle(settled.turn, record=settled.record) for settled in shown.values())
            outputs = [v4.new_output("display_data", json.loads(json.dumps(data))) for data in kept]
            cells.append(v4.new_code_cell("%%runware", id=cell_id, outputs=outputs))
        nbformat.write(v4.new_notebook(cells=cells), path)

    def notes(self, cell_id):
        """Give what a cell's output says beside the answer."""
        settled = self.outputs[cell_id].shown[-1]
        return " ".join(filter(None, (settled.mark, *settled.notes)))


@pytest.fixture
def front_end(shell, magics, asked):
    """Stand for a front end; its server says A, B, C … unless told otherwise."""
    made = FrontEnd(shell, magics, asked)
    made.answers(*saying(*"ABCDEFGH"))
    yield made
    shell.__dict__.pop("parent_header", None)
