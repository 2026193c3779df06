"""A front end that tells no cell ids: every run of a cell is a turn of its own."""

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import v4
from terminal_ipython import contents, saying

from runware_magic.chat.record import MIME_TYPE


@pytest.mark.usefixtures("_kernels")
def test_without_cell_ids_cells_append(serve, tmp_path):
    """Under nbclient each cell sees all before it, and its output holds its turn; marks reach outputs there as well."""
    server = serve(*saying("A", "B", "C"))
    sources = [
        f"%load_ext runware_magic\n%config RunwareMagics.base_url = '{server.url}'",
        "%%runware\none",
        "%%runware\ntwo",
        "%runware undo",
        "%%runware\nthree",
    ]
    notebook = v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources])
    NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    sent = [[content for _, content in contents(heard)] for heard in server.heard]
    assert sent == [["one"], ["one", "A", "two"], ["one", "A", "three"]]
    outputs = [cell.outputs[0].data for cell in (notebook.cells[1], notebook.cells[2], notebook.cells[4])]
    assert [data[MIME_TYPE]["reply"]["content"] for data in outputs] == ["A", "B", "C"]
    assert [len(data[MIME_TYPE]["places"]) for data in outputs] == [1, 0, 1]
    assert "Forgotten" in outputs[1]["text/plain"]
    nbformat.validate(notebook)


@pytest.mark.usefixtures("_kernels")
def test_an_answer_in_the_background_is_waited_for(serve, tmp_path):
    """Its display would not be brought up to date any more: the cell is through when the answer is."""
    server = serve(*saying("A", "B"))
    sources = [
        f"%load_ext runware_magic\n%config RunwareMagics.base_url = '{server.url}'",
        "%%runware --background\none",
        "%%runware --nowait\ntwo",
    ]
    notebook = v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources])
    NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert [cell.outputs[0].data[MIME_TYPE]["state"] for cell in notebook.cells[1:]] == ["complete", "complete"]
