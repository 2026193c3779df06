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


@pytest.fixture
def gates():
    """Give an event for each answer that holds it up; all set in the end."""
    events = {name: threading.Event() for name in BEGINNINGS}
    yield events
    for event in events.values():
        event.set()


@pytest.mark.parametrize(("width", "widgets"), [(1100, True), (480, True), (1100, False)])
def test_what_is_read_does_not_move(lab, notebook, serve, gates, width, widgets):
    """Neither the first line of an answer nor the head of its reasoning, whatever the answer begins with."""

    def reply(heard):
        name = heard.json["messages"][-1]["content"]
        thought = delta(reasoning_content="Hm.") if name != "list" else delta(role="assistant")
        said = sse(thought, delta(content=f"{BEGINNINGS[name]}\n\nMore of it."))
        last = chunk(sse(USAGE, finish(), "[DONE]"))
        return [head(Transfer_Encoding="chunked"), chunk(said), gates[name], last, b"0\r\n\r\n"]

    cells = [f"%%runware --once\n{name}" for name in BEGINNINGS]
    lab.open(notebook(LOAD.format(url=serve(reply).url) + ("" if widgets else OFF), *cells))
    lab.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    lab.page.set_viewport_size({"width": width, "height": 1000})
    lab.run_cell(0)
    moved = {}
    for number, name in enumerate(BEGINNINGS, 1):
        output = lab.output(number)
        lab.run_cell(number)
        expect(output.locator("p", has_text="More of it.")).to_be_visible()
        if widgets:
            expect(output.get_by_role("button", name="Stop")).to_be_visible()
        before = [output.evaluate(TOP, words) for words in ("Reasoning", "first")]
        lab.screenshot(f"{name}-1-live")
        gates[name].set()
        expect(output.locator(".runware-details")).to_be_visible()
        after = [output.evaluate(TOP, words) for words in ("Reasoning", "first")]
        lab.screenshot(f"{name}-2-settled")
        moved[name] = [then - now for now, then in zip(before, after, strict=True) if now is not None]
    assert len(moved["text"]) == len(moved["list"]) + 1
    assert {name: by for name, by in moved.items() if max(map(abs, by)) > 1} == {}


@pytest.mark.parametrize("width", [1100, 480])
def test_answers_of_a_comparison_do_not_move(lab, notebook, serve, gate, width):
    """Their names and their first lines stay where they grew, in columns and beneath each other."""

    def reply(heard):
        name = heard.json["model"]
        said = sse(delta(reasoning_content="Hm."), delta(content=f"Words of {name}, **some** bold.\n\nMore of it."))
        return [
            head(Transfer_Encoding="chunked"),
            chunk(said),
            gate,
            chunk(sse(USAGE, finish(), "[DONE]")),
            b"0\r\n\r\n",
        ]

    lab.open(notebook(LOAD.format(url=serve(reply).url), "%%runware --once --compare one,two\nWhich are you?"))
    lab.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    lab.page.set_viewport_size({"width": width, "height": 1000})
    lab.run_cell(0)
    output = lab.output(1)
    lab.run_cell(1)
    expect(output.get_by_text("More of it.").filter(visible=True)).to_have_count(2)
    expect(output.get_by_role("button", name="Stop")).to_be_visible()
    sought = ["1 \u00b7 one", "2 \u00b7 two", "Words of one", "Words of two"]
    if width < 600:  # beneath each other, what the badge above needs more than the status moves the next answer
        sought = [sought[0], sought[2]]
    before = [output.evaluate(TOP, words) for words in sought]
    lab.screenshot("1-live")
    gate.set()
    expect(output.locator(".runware-details").first).to_be_visible()
    expect(output.locator("div.jp-RenderedHTML .runware-answer").first).to_be_visible()
    after = [output.evaluate(TOP, words) for words in sought]
    lab.screenshot("2-settled")
    moved = {words: then - now for words, now, then in zip(sought, before, after, strict=True)}
    assert {words: by for words, by in moved.items() if abs(by) > 1} == {}
