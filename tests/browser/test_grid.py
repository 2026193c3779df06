"""Several answers at once in JupyterLab: beside each other while they come, chosen from, kept in one output."""

from lab import SIZE
from loopback import chunk, chunked, delta, finish, head, sized, sse
from playwright.sync_api import expect

from runware_magic.chat.record import MIME_TYPE

LOAD = "%load_ext runware_magic\n%config RunwareMagics.base_url = '{url}'"
ASK = "%%runware --compare a,b,c --max-parallel 3\nWhich are you?"


def held(gate):
    """Give a server's way to answer: half of an answer, and the rest when the gate opens."""

    def reply(heard):
        if heard.line.startswith("GET"):
            return sized(200, b"[]")
        model = heard.json["model"]
        if len(heard.json["messages"]) > 1:
            return chunked([sse(delta(content=f"After {heard.json['messages'][1]['content']}"), finish(), "[DONE]")])
        begun = [sse(delta(reasoning_content=f"Thoughts of {model}.")), sse(delta(content=f"I am **model {model}**, "))]
        rest = [sse(delta(content="and that is all.")), sse(finish(), "[DONE]")]
        return [head(Transfer_Encoding="chunked"), *map(chunk, begun), gate, *map(chunk, rest), b"0\r\n\r\n"]

    return reply


def said(column, text):
    """Find a text where a reader sees it: the ends of all answers are in each column, and one of them shows."""
    return column.get_by_text(text).filter(visible=True)


def test_answers_grow_side_by_side_and_one_is_picked(lab, notebook, serve, gate, theme):
    """Each in a column of its own; the chat goes on from the one whose button was clicked, then from another."""
    server = serve(held(gate))
    name = notebook(LOAD.format(url=server.url), ASK, "%%runware a\nGo on", "%runware pick 3", "%runware diff 1 3")
    lab.open(name, theme=theme)
    lab.run_cell(0)
    lab.run_cell(1)
    columns = lab.output(1).locator(".runware-answer")
    for number, model in enumerate("abc"):
        expect(said(columns.nth(number), f"model {model}")).to_have_count(1)
        for other in set("abc") - {model}:
            expect(said(columns.nth(number), f"model {other}")).to_have_count(0)
    lab.screenshot("1-live")
    columns.nth(1).get_by_role("button", name="Continue").click()
    # The kernel has heard it.
    expect(columns.nth(1).get_by_role("button", name="Continuing from this")).to_be_visible()
    gate.set()
    settled = lab.settled(1)
    expect(settled.get_by_role("row").nth(2)).to_contain_text("in use")
    expect(settled.locator(".runware-content").nth(1)).to_contain_text("I am model b, and that is all.")
    lab.screenshot("2-settled")
    lab.run_cell(2)
    expect(lab.settled(2)).to_contain_text("After I am model b, and that is all.")
    lab.run_cell(3)
    expect(lab.output(3)).to_contain_text("continues from answer 3 of turn 1")
    expect(lab.settled(1).get_by_role("row").nth(3)).to_contain_text("in use")
    expect(lab.settled(2)).to_contain_text("Turn 1 has changed since")
    lab.run_cell(4)
    expect(lab.output(4).locator("ins").first).to_be_visible()
    lab.screenshot("3-picked")
    (output,) = lab.save(name).cells[1].outputs
    assert len(output.data[MIME_TYPE]["others"]) == 2
    assert "widget" not in str(list(output.data))


def test_restored_answers_can_be_chosen_from(lab, notebook, serve, gate):
    """The one output holds all of them, as they came beneath each other on a narrow page."""
    server = serve(held(gate))
    name = notebook(LOAD.format(url=server.url), ASK, "%runware restore", "%runware pick 2", "%%runware a\nGo on")
    lab.open(name)
    lab.run_cell(0)
    lab.cell(1).locator(".cm-content").click()  # the page has no room for it afterwards
    lab.page.set_viewport_size({"width": 420, "height": 900})
    lab.run_command("notebook:run-cell")
    stand_beneath_each_other(lab.output(1).locator(".runware-answer"))
    lab.screenshot("1-narrow")
    gate.set()
    expect(lab.settled(1)).to_contain_text("3 answers")
    lab.page.set_viewport_size(SIZE)
    lab.save(name)
    lab.restart_kernel()
    for number, said in ((0, "1 saved turn"), (2, "Restored 1 turn"), (3, "continues from answer 2")):
        lab.run_cell(number)
        expect(lab.output(number)).to_contain_text(said)
    lab.run_cell(4)
    expect(lab.settled(4)).to_contain_text("After I am model b, and that is all.")


def stand_beneath_each_other(columns):
    """See that nothing is wider than a narrow page."""
    columns.nth(2).wait_for()
    expect(said(columns.nth(2), "model c")).to_have_count(1)
    boxes = [columns.nth(number).bounding_box() for number in range(3)]
    assert boxes[0]["x"] == boxes[1]["x"] == boxes[2]["x"]
    assert boxes[0]["y"] < boxes[1]["y"] < boxes[2]["y"]
    assert all(box["x"] + box["width"] <= 420 for box in boxes)
