"""An answer without widgets in JupyterLab: it grows in one display all the same."""

import re
import threading

from loopback import chunk, delta, finish, head, sse
from playwright.sync_api import expect

from runware_magic.chat.record import MIME_TYPE

LOAD = "%load_ext runware_magic\n%config RunwareMagics.base_url = '{}'\n%config RunwareMagics.widgets = 'off'"
OPEN = [
    head(Transfer_Encoding="chunked"),
    chunk(sse(delta(reasoning_content="Hmm."), delta(content="The **first** half of $x^2$"))),
]
REST = [chunk(sse(delta(content=" and the second"), finish(), "[DONE]")), b"0\r\n\r\n"]


def test_an_answer_grows_and_settles_without_a_widget(lab, notebook, serve, theme):
    """With its clock, its reasoning and its mathematics; and what is saved is what any answer leaves."""
    gate = threading.Event()
    server = serve([*OPEN, gate, *REST])
    name = notebook(LOAD.format(server.url), "%%runware\nHi")
    lab.open(name, theme=theme)
    lab.run_all()
    turn = lab.turn(1)
    expect(turn.locator("strong")).to_have_text("first")
    expect(turn.locator("mjx-container")).to_be_visible()
    expect(turn.locator(".runware-reasoning summary")).to_be_visible()
    expect(turn.locator(".runware-badge")).to_contain_text(re.compile(r"answering · [2-9] s|answering · \d\d s"))
    expect(lab.output(1).locator(".widget-box, .jupyter-widgets")).to_have_count(0)
    lab.screenshot("1-live")
    gate.set()
    expect(turn).to_contain_text("and the second")
    expect(turn.locator(".runware-badge")).to_contain_text("usage unknown")
    lab.screenshot("2-settled")
    (output,) = lab.save(name).cells[1].outputs
    assert set(output.data) == {"text/html", "text/markdown", "text/plain", MIME_TYPE}
