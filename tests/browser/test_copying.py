"""Code is selected by the mouse, whole or in part."""

from loopback import USAGE, chunk, delta, finish, head, sse
from playwright.sync_api import expect

LOAD = "%load_ext runware_magic\n%config RunwareMagics.base_url = '{url}'"
CODE = "def f(x):\n    return x + 1\n\nprint(f(2))"
ANSWER = f"Some **bold** words.\n\n```python\n{CODE}\n```\n\nThe end."
HINT = "click here to select all"


def selected(lab):
    """Return the text that is selected."""
    return lab.page.evaluate("() => getSelection().toString()")


def parts_are_selected(lab, code):
    """Select a word by two clicks, and some of two lines by dragging."""
    box, mouse = code.bounding_box(), lab.page.mouse
    x, y = box["x"] + 8, box["y"] + 9
    mouse.dblclick(x, y)
    assert selected(lab) == "def"
    mouse.move(x + 25, y)
    mouse.down()
    mouse.move(x + 40, y + 10)
    mouse.move(x + 60, y + 20)
    mouse.up()
    dragged = selected(lab)
    assert dragged in CODE
    assert "f(x):\n    " in dragged
    assert dragged != CODE


def test_code_is_selected_whole_and_in_part(lab, notebook, serve, gate):
    """Its head selects all of it, without the head; where Lab lets nothing do that, the head does not say so."""
    last = chunk(sse(USAGE, finish(), "[DONE]"))
    reply = [head(Transfer_Encoding="chunked"), chunk(sse(delta(content=ANSWER))), gate, last, b"0\r\n\r\n"]
    name = notebook(LOAD.format(url=serve(reply).url), "%%runware\nHi")
    lab.open(name)
    lab.run_all()
    lab.turn(1).locator("p", has_text="The end.").wait_for()
    is_selected(lab, "live")
    gate.set()
    lab.settled(1)
    is_selected(lab, "settled")
    lab.reopen(name)
    lab.settled(1)
    is_selected(lab, "reopened")


def is_selected(lab, state):
    """Select the code in the turn, in part and by its head."""
    lab.page.evaluate("() => getSelection().removeAllRanges()")
    block = lab.turn(1).locator(".runware-code")
    block.wait_for()
    lab.screenshot(state)
    expect(block.get_by_text(HINT), state).to_be_visible(visible=state != "reopened")
    parts_are_selected(lab, block.locator("code"))
    if state != "reopened":
        block.click(position={"x": 20, "y": 10})
        assert selected(lab).strip() == CODE, state
