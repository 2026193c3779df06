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


READ = "\n\n".join([f"Paragraph {number}." for number in range(60)] + ["```", "wide " * 100, "```"]) + "\n\nThe last."
READ_ON = ("--once", "--once --compare one,two")  # options


@pytest.mark.parametrize("place", ["lab/tree", "notebooks"])
def test_the_button_stops_the_answer_while_the_cell_runs(lab, notebook, serve, gate, place):
    """What had arrived is kept, and the next cell works; it is in sight of who reads on."""
    long = [head(Transfer_Encoding="chunked"), chunk(sse(delta(content=READ))), gate]
    server = serve([*OPEN, gate], [*OPEN, *REST], long)
    reading = [f"%%runware {options}\nHi" for options in READ_ON]
    name = notebook(LOAD.format(url=server.url), "%%runware\nHi", "%%runware\nGo on", *reading)
    lab.open(name, place=place)
    lab.run_cell(0)
    lab.run_cell(1)
    turn = lab.turn(1)
    turn.get_by_text("The first half").wait_for()
    button = turn.get_by_role("button", name="Stop")
    button.wait_for()
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
    lab.page.set_viewport_size({"width": 700, "height": 500})
    for number, options in enumerate(READ_ON, 3):
        stays_in_sight(lab, number, options)


def stays_in_sight(lab, number, options):
    """At the top of the page, above an answer or answers longer than it; a line that is wide scrolls by itself."""
    lab.run_cell(number)
    output = lab.output(number)
    button = output.get_by_role("button", name="Stop")
    button.wait_for()
    output.get_by_text("The last.").filter(visible=True).first.scroll_into_view_if_needed()
    expect(output.get_by_text("Paragraph 1.").filter(visible=True).first, options).not_to_be_in_viewport()
    expect(button, options).to_be_in_viewport(ratio=1)
    assert output.evaluate("output => output.scrollWidth <= output.clientWidth + 1"), options
    lab.screenshot(f"3-read-on-{number}")
    button.click()
    expect(output, options).to_contain_text("StoppedError")


def test_there_is_no_button_where_nobody_hears_it(lab, notebook, serve, gate):
    """A front end that sends clicks to the busy shell gets none."""
    server = serve([*OPEN, gate, *REST])
    lab.open(notebook(LOAD.format(url=server.url), "%%runware\nHi"))
    before = lab.send_clicks_to("disabled")
    lab.run_all()
    lab.turn(1).get_by_text("The first half").wait_for()
    lab.turn(1).get_by_text("2 s").wait_for()
    expect(lab.turn(1).get_by_role("button", name="Stop")).to_have_count(0)
    gate.set()
    lab.settled(1)
    lab.send_clicks_to(before)


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
    refusal = [head(429, "application/json", Content_Length="22") + b'{"error": "too many"} ']
    server = serve([*OPEN, gate], [*OPEN, *REST], [*OPEN, gate, *REST], refusal)
    done = tmp_path / "done"
    stopped = ("%%runware --background\nHi", BUSY.format(path=done), "%%runware\nGo on")
    waited = ("%%runware -c later --background\nHi", "%%runware -c later --background\nGo on", "1 + 1")
    lab.open(notebook(LOAD.format(url=server.url) + "\n%config RunwareMagics.retries = 0", *stopped, *waited))
    for number in range(4):
        lab.run_cell(number)
    lab.turn(1).get_by_text("The first half").wait_for()
    lab.turn(1).get_by_role("button", name="Stop").click()
    expect(lab.settled(1).locator(".runware-badge")).to_contain_text("stopped")
    expect(lab.settled(1)).to_contain_text("Stopped. The text so far is kept.")
    assert not done.exists()
    done.touch()
    expect(lab.settled(3)).to_contain_text("and the second")
    a_later_turn_waits_and_says_so(lab, 4, gate)
    assert len(server.heard[3].json["messages"]) == 3


def a_later_turn_waits_and_says_so(lab, number, gate):
    """And is asked after the answer that it has waited for; an error stands in the output that it belongs to."""
    for cell in range(number, number + 3):
        lab.run_cell(cell)
    expect(lab.output(number + 2)).to_contain_text("2")
    lab.turn(number + 1).wait_for()
    expect(lab.turn(number + 1)).to_contain_text("waiting for an earlier answer in chat later")
    lab.screenshot("1-waiting")
    gate.set()
    expect(lab.settled(number)).to_contain_text("and the second")
    expect(lab.settled(number + 1)).to_contain_text("too many")
    lab.screenshot("2-refused")
