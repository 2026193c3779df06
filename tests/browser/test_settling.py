"""An answer that settles stays where it is, so that a reader does not lose the line."""

import threading

import pytest
from loopback import USAGE, chunk, delta, finish, head, sse
from playwright.sync_api import expect

LOAD = "%load_ext runware_magic\n%config RunwareMagics.base_url = '{url}'"
OFF = "\n%config RunwareMagics.widgets = 'off'"
BEGINNINGS = {
    "text": "The first words of an answer, **some** of them bold, and so on to the end of the line and beyond it.",
    "heading": "## The first words",
    "code": "```python\nfirst = 1\n```",
    "list": "- The first\n- The second",
}
#: The top of the first text with these words that shows.
TOP = """(output, words) => {
  const texts = document.createTreeWalker(output, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const at = texts.currentNode.data.indexOf(words), range = document.createRange();
    if (at < 0 || texts.currentNode.parentElement.closest("[role=status]")) continue;
    range.setStart(texts.currentNode, at);
    range.setEnd(texts.currentNode, at + words.length);
    const box = range.getBoundingClientRect();
    if (box.height) return box.top - output.getBoundingClientRect().top;
  }
}"""


CASES = {"wide": 1100, "narrow": 480, "no widgets": 1100}  # how wide the page is


@pytest.fixture
def gates():
    """Give an event for each answer that holds it up; all set in the end."""
    events = {f"{case}: {name}": threading.Event() for case in CASES for name in BEGINNINGS}
    yield events
    for event in events.values():
        event.set()


def test_what_is_read_does_not_move(lab, notebook, serve, gates):
    """Neither the first line of an answer nor the head of its reasoning, whatever the answer begins with."""

    def reply(heard):
        asked = heard.json["messages"][-1]["content"]
        name = asked.partition(": ")[2]
        thought = delta(reasoning_content="Hm.") if name != "list" else delta(role="assistant")
        said = sse(thought, delta(content=f"{BEGINNINGS[name]}\n\nMore of it."))
        last = chunk(sse(USAGE, finish(), "[DONE]"))
        return [head(Transfer_Encoding="chunked"), chunk(said), gates[asked], last, b"0\r\n\r\n"]

    lab.open(notebook(LOAD.format(url=serve(reply).url), *(f"%%runware --once\n{asked}" for asked in gates), OFF))
    lab.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    lab.run_cell(0)
    moved, case = {}, ""
    for number, asked in enumerate(gates, 1):
        if not asked.startswith(f"{case}:"):
            case = asked.partition(":")[0]
            lab.page.set_viewport_size({"width": CASES[case], "height": 1000})
            if case == "no widgets":
                lab.run_cell(len(gates) + 1)
        moved[asked] = movement(lab, number, asked, gates[asked])
    assert [len(moved[f"{case}: text"]) - len(moved[f"{case}: list"]) for case in CASES] == [1] * len(CASES)
    assert {asked: by for asked, by in moved.items() if max(map(abs, by)) > 1} == {}


def movement(lab, number, asked, gate):
    """Run a cell, and let its answer end; return how far what is read has moved."""
    output = lab.output(number)
    lab.run_cell(number)
    output.locator("p", has_text="More of it.").wait_for()
    if not asked.startswith("no widgets"):
        output.get_by_role("button", name="Stop").wait_for()
    before = [output.evaluate(TOP, words) for words in ("Reasoning", "first")]
    lab.screenshot(f"{asked}-1-live".replace(": ", "-"))
    gate.set()
    output.locator(".runware-details").wait_for()
    after = [output.evaluate(TOP, words) for words in ("Reasoning", "first")]
    lab.screenshot(f"{asked}-2-settled".replace(": ", "-"))
    return [then - now for now, then in zip(before, after, strict=True) if now is not None]


def test_answers_of_a_comparison_do_not_move(lab, notebook, serve, gate):
    """Their names and their first lines stay where they grew, in columns and beneath each other."""

    def reply(heard):
        name = heard.json["model"]
        said = sse(delta(reasoning_content="Hm."), delta(content=f"Words of {name}, **some** bold.\n\nMore of it."))
        last = chunk(sse(USAGE, finish(), "[DONE]"))
        return [head(Transfer_Encoding="chunked"), chunk(said), gate, last, b"0\r\n\r\n"]

    asking = "%%runware --once --compare one,two\nWhich are you?"
    lab.open(notebook(LOAD.format(url=serve(reply).url), asking, asking))
    lab.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    lab.run_cell(0)
    for number, width in enumerate((1100, 480), 1):
        lab.page.set_viewport_size({"width": width, "height": 1000})
        output = lab.output(number)
        lab.run_cell(number)
        expect(output.get_by_text("More of it.").filter(visible=True)).to_have_count(2)
        output.get_by_role("button", name="Stop").wait_for()
        sought = ["1 \u00b7 one", "2 \u00b7 two", "Words of one", "Words of two"]
        if width < 600:  # beneath each other, what the badge above needs more than the status moves the next answer
            sought = [sought[0], sought[2]]
        before = [output.evaluate(TOP, words) for words in sought]
        lab.screenshot(f"1-live-{width}")
        gate.set()
        output.locator(".runware-details").first.wait_for()
        output.locator("div.jp-RenderedHTML .runware-answer").first.wait_for()
        gate.clear()
        after = [output.evaluate(TOP, words) for words in sought]
        lab.screenshot(f"2-settled-{width}")
        moved = {words: then - now for words, now, then in zip(sought, before, after, strict=True)}
        assert {words: by for words, by in moved.items() if abs(by) > 1} == {}, width
