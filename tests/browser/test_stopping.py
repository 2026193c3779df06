"""Stopping an answer in JupyterLab, and letting one go on in the background."""

import time

import pytest
from loopback import chunk, delta, finish, head, sse
from playwright.sync_api import expect

from runware_magic.chat.record import MIME_TYPE

LOAD = "%load_ext runware_magic\n%config RunwareMagics.base_url = '{url}'"
OPEN = [head(Transfer_Encoding="chunked"), chunk(sse(delta(reasoning_content="Hmm."), delta(content="The first half")))]
REST = [chunk(sse(delta(content=" and the second"), finish(), "[DONE]")), b"0\r\n\r\n"]
#: Busy until a file appears, as a cell is that computes.
BUSY = "import pathlib\nprint('busy')\nwhile not pathlib.Path('{path}').exists():\n    pass\nprint('done')"


@pytest.mark.parametrize("place", ["lab/tree", "notebooks"])
def test_the_button_stops_the_answer_while_the_cell_runs(lab, notebook, serve, gate, place):
    """What had arrived is kept, and the next cell works."""
    server = serve([*OPEN, gate], [*OPEN, *REST])
    name = notebook(LOAD.format(url=server.url), "%%runware\nHi", "%%runware\nGo on")
    lab.open(name, place=place)
    lab.run_cell(0)
    lab.run_cell(1)
    turn = lab.turn(1)
    expect(turn.get_by_text("The first half")).to_be_visible()
    button = turn.get_by_role("button", name="Stop")
    expect(button).to_be_visible()
    lab.screenshot("1-button")
    began = time.monotonic()
    button.click()
    settled = lab.settled(1)
    took_s = time.monotonic() - began
    expect(settled).to_contain_text("The first half")
    expect(settled.locator(".runware-badge")).to_contain_text("stopped")
    expect(lab.output(1)).to_contain_text("StoppedError: Stopped. The text so far is kept.")
    assert took_s < 10, "a click waits for no time-out"
    lab.screenshot("2-stopped")
    lab.run_cell(2)
    expect(lab.settled(2)).to_contain_text("and the second")
    assert [message["content"] for message in server.heard[1].json["messages"]] == ["Hi", "The first half", "Go on"]


@pytest.mark.parametrize("options", ["", "--once --compare one,two"])
@pytest.mark.parametrize("place", ["lab/tree", "notebooks"])
def test_the_button_stays_in_sight_of_who_reads_on(lab, notebook, serve, gate, place, options):
    """At the top of the page, above an answer or answers longer than it; a line that is wide scrolls by itself."""
    said = "\n\n".join([f"Paragraph {number}." for number in range(60)] + ["```", "wide " * 100, "```"])
    server = serve([head(Transfer_Encoding="chunked"), chunk(sse(delta(content=f"{said}\n\nThe last."))), gate])
    lab.open(notebook(LOAD.format(url=server.url), f"%%runware {options}\nHi"), place=place)
    lab.page.set_viewport_size({"width": 700, "height": 500})
    lab.run_cell(0)
    lab.run_cell(1)
    output = lab.output(1)
    button = output.get_by_role("button", name="Stop")
    expect(button).to_be_visible()
    output.get_by_text("The last.").filter(visible=True).first.scroll_into_view_if_needed()
    expect(output.get_by_text("Paragraph 1.").filter(visible=True).first).not_to_be_in_viewport()
    expect(button).to_be_in_viewport(ratio=1)
    assert output.evaluate("output => output.scrollWidth <= output.clientWidth + 1")
    lab.screenshot("read-on")
    button.click()
    expect(output).to_contain_text("StoppedError")


def test_there_is_no_button_where_nobody_hears_it(own_lab, notebook, serve, gate):
    """A front end that sends clicks to the busy shell gets none."""
    server = serve([*OPEN, gate, *REST])
    lab = own_lab
    lab.open(notebook(LOAD.format(url=server.url), "%%runware\nHi"))
    lab.page.evaluate("() => { window.jupyterapp.serviceManager.kernels.commsOverSubshells = 'disabled' }")
    lab.run_all()
    expect(lab.turn(1).get_by_text("The first half")).to_be_visible()
    expect(lab.turn(1).get_by_text("2 s")).to_be_visible()
    expect(lab.turn(1).get_by_role("button", name="Stop")).to_have_count(0)
    gate.set()
    lab.settled(1)


def test_an_answer_goes_on_in_the_background(lab, notebook, serve, gate, theme, tmp_path):
    """It grows in its own output while another cell runs, settles there, and is in the saved notebook."""
    server = serve([*OPEN, gate, *REST])
    done = tmp_path / "done"
    name = notebook(
        LOAD.format(url=server.url), "%%runware --background\nHi", BUSY.format(path=done), "%runware", "1 + 1"
    )
    lab.open(name, theme=theme)
    lab.run_all()
    expect(lab.turn(1).get_by_text("The first half")).to_be_visible()
    expect(lab.output(2)).to_contain_text("busy")
    lab.screenshot("1-busy")
    gate.set()
    expect(lab.settled(1)).to_contain_text("The first half and the second")
    expect(lab.output(2)).not_to_contain_text("done")
    done.touch()
    expect(lab.output(4)).to_contain_text("2")
    lab.screenshot("2-settled")
    outputs = lab.save(name).cells[1].outputs
    assert [MIME_TYPE in output.data for output in outputs] == [True]


def test_the_button_stops_an_answer_in_the_background(lab, notebook, serve, gate, tmp_path):
    """Also while another cell is busy; a later turn waits for it, and says so."""
    server = serve([*OPEN, gate], [*OPEN, *REST])
    done = tmp_path / "done"
    name = notebook(
        LOAD.format(url=server.url), "%%runware --background\nHi", BUSY.format(path=done), "%%runware\nGo on"
    )
    lab.open(name)
    lab.run_all()
    expect(lab.turn(1).get_by_text("The first half")).to_be_visible()
    lab.turn(1).get_by_role("button", name="Stop").click()
    expect(lab.settled(1).locator(".runware-badge")).to_contain_text("stopped")
    expect(lab.settled(1)).to_contain_text("Stopped. The text so far is kept.")
    assert not done.exists()
    done.touch()
    expect(lab.settled(3)).to_contain_text("and the second")


def test_a_later_turn_waits_and_says_so(lab, notebook, serve, gate):
    """And is asked after the answer that it has waited for; an error stands in the output that it belongs to."""
    server = serve(
        [*OPEN, gate, *REST], [head(429, "application/json", Content_Length="22") + b'{"error": "too many"} ']
    )
    config = LOAD.format(url=server.url) + "\n%config RunwareMagics.retries = 0"
    lab.open(notebook(config, "%%runware --background\nHi", "%%runware --background\nGo on", "1 + 1"))
    lab.run_all()
    expect(lab.output(3)).to_contain_text("2")
    expect(lab.turn(2)).to_contain_text("waiting for an earlier answer in chat main")
    lab.screenshot("1-waiting")
    gate.set()
    expect(lab.settled(1)).to_contain_text("and the second")
    expect(lab.settled(2)).to_contain_text("too many")
    lab.screenshot("2-refused")
    assert len(server.heard[1].json["messages"]) == 3
