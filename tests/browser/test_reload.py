"""A page that is loaded anew while an answer arrives."""

import pytest
from loopback import chunk, delta, finish, head, sse
from playwright.sync_api import expect

from runware_magic.notebook import reader

LOAD = "%load_ext runware_magic\n%config RunwareMagics.base_url = '{url}'"
OPEN = [head(Transfer_Encoding="chunked"), chunk(sse(delta(content="The first half")))]
REST = [chunk(sse(delta(content=" and the second"), finish(), "[DONE]")), b"0\r\n\r\n"]


@pytest.mark.parametrize("place", ["lab/tree", "notebooks"], ids=["lab", "notebook"])
def test_what_a_reload_has_lost_is_shown_again(lab, notebook, serve, gate, place):
    """The next magic says so; one command shows it, and saves it as the turn of its own cell; nothing is sent."""
    server = serve([*OPEN, gate, *REST])
    name = notebook(LOAD.format(url=server.url), "%%runware\nHi", "%runware history", "%runware answer")
    lab.open(name, place=place)
    lab.run_cell(0)
    lab.run_cell(1)
    expect(lab.turn(1).get_by_text("The first half")).to_be_visible()
    lab.save(name)
    lab.reload()
    gate.set()
    lab.run_cell(2)
    expect(lab.output(2)).to_contain_text("%runware answer 1 shows it again", timeout=60_000)
    expect(lab.output(1)).to_contain_text("Error displaying widget")
    lab.run_cell(3)
    expect(lab.settled(3)).to_contain_text("The first half and the second")
    lab.screenshot("shown-again")
    saved = lab.save(name)
    (turn,) = reader.read(lab.folder / name).conversation.places("main")
    assert (turn.cell_id, turn.turn.content) == (saved.cells[1].id, "The first half and the second")
    lab.edit(1, "%%runware --keep\nHi")
    lab.run_cell(1)
    expect(lab.settled(1)).to_contain_text("The first half and the second")
    assert len(server.heard) == 1
