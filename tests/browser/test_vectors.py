"""No known attack runs, loads or leads anywhere: live, settled, alone, as stored Markdown, and exported."""

import json
import re
import threading
import time
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
import tooling
from attaching import png
from lab import KERNEL, SIZE, Lab
from loopback import chunked, delta, finish, sse
from nbformat import v4
from nbformat.sign import NotebookNotary
from playwright.sync_api import expect
from vectors import FAMILIES, VECTORS

from runware_magic.chat.attached import Attached
from runware_magic.chat.conversation import Conversation
from runware_magic.chat.messages import Message, ToolCall
from runware_magic.chat.parts import FilePart, ImagePart, TextPart
from runware_magic.chat.turn import COMPLETE, DONE, Reply, Timing, ToolResult, Turn
from runware_magic.display.render.bundle import bundle
from runware_magic.display.render.growing_json import GrowingJson
from runware_magic.notebook import export

LOAD = "%load_ext runware_magic\n%config RunwareMagics.base_url = '{url}'"
END = "The vectors end here."
ALL = "\n\n".join([*(vector.text for vector in VECTORS.values() if len(vector.text) < 1500), END])
SENT = 4000  # characters at once
OF_CARDS = ("tools", "attached")  # families
OF_TOOLS = {number: vector for number, vector in VECTORS.items() if vector.family in OF_CARDS}
IN_A_TREE = 100  # vectors
CALLS = 40  # in a view
VIEWS = 4  # in a cell
OUTPUTS = 40  # in a cell: Lab shows the first fifty
PATIENCE_MS = 120_000  # hundreds of cards are a page's work for half a minute, beside other tests
# What tells on itself: every vector that runs calls this, in whichever frame.
TELLS = "window.alert = number => console.error('ran', number)"
# Proves that what stands beside it is trusted, and that what runs is noticed.
CONTROL = '<img src="data:," onerror="alert(0)">'
#: Tool calls that say each vector, some in a view; in the background, a view hears clicks.
TOOLS = f"""import sys
sys.path.insert(0, {str(Path(tooling.__file__).parent)!r})
from tooling import *
from vectors import VECTORS
from runware_magic.display.views.live import LiveView
OF_CARDS = {OF_CARDS}
calls = [ToolCall(str(number), each.text, each.text) for number, each in VECTORS.items()]
parts = [calls[at : at + {CALLS}] for at in range(0, len(calls), {CALLS})]
"""
TOOLS_LIVE = """for turn, part in enumerate(parts[{at}:{at}+{more}]):
    view = LiveView(background=True, choose=print)
    view.open(builder_with())
    states = [LIVE[(turn + at) % len(LIVE)] for at in range(len(part))]
    view.draw(builder_with(*(under_way(s, call, 1.0, call.name) for s, call in zip(states, part))), 3.0)
"""
TOOLS_SETTLED = """for turn, part in enumerate(parts):
    states = [(*SETTLED, call.name)[(turn + at) % 5] for at, call in enumerate(part)]
    results = (replace(result(call, DONE, call.name, TextPart(call.name), picture(call.name)), state=state)
               for call, state in zip(part, states))
    display(turn_with(Reply(tool_calls=tuple(part)), *results))
"""
EVERY_LIVE = """of_cards = {number: each.text for number, each in VECTORS.items() if each.family in OF_CARDS}
named = [ToolCall(str(number), text, text) for number, text in of_cards.items()]
for state in LIVE:
    view = LiveView(background=True, choose=print)
    view.open(builder_with())
    view.draw(builder_with(*(under_way(state, call, 1.0, call.name) for call in named)), 3.0)
"""
EVERY_SETTLED = """for turn in in_every_state(named):
    display(turn)
"""
EVERY_RESTORED = """from runware_magic.chat.record import from_record, to_record
for turn in in_every_state(named, "r"):
    display(from_record(json.loads(json.dumps(to_record(turn)))))
"""
KEPT = len([*tooling.in_every_state([])])  # states of turns
#: Elements and attributes that a page shows for a text by itself, whatever the text says.
HARMLESS = """selector => {
  const tags = new Set(("P BR HR H1 H2 H3 H4 H5 H6 BLOCKQUOTE EM STRONG S DEL INS A DIV SPAN PRE CODE UL OL LI TABLE "
    + "THEAD TBODY TR TH TD DETAILS SUMMARY LABEL TEXTAREA SUB SUP KBD MARK").split(" "));
  const wrong = [];
  const tell = (element, what) => wrong.push(
    `${what} in ${element.outerHTML.slice(0, 150)} of ${element.parentElement?.textContent.slice(0, 100)}`);
  for (const root of document.querySelectorAll(selector)) for (const element of root.querySelectorAll("*")) {
    const formula = element.closest("mjx-container");
    if (element.matches("input[type=checkbox][disabled]")) continue;  // a task in Markdown
    if (element.matches("img")) {  // a picture of the prompt itself: of ours, and within the page
      const own = /^data:image\\/png;base64,[A-Za-z0-9+\\/]+=*$/.test(element.getAttribute("src"));
      const names = [...element.attributes].map(one => one.name);
      if (!own || !names.every(name => ["src", "alt", "style"].includes(name))) tell(element, "picture");
      continue;
    }
    if (!formula && !tags.has(element.tagName)) tell(element, "element");
    if (formula && /^(A|IMG|STYLE|SCRIPT|IFRAME|FORM)$/i.test(element.tagName)) tell(element, "element");
    for (const {name, value} of element.attributes) {
      const active = /^on|src|action|^background|poster|ping|command|xlink|popover|^is$|autofocus/i;
      if (active.test(name)) tell(element, name);
      if (name === "style" && (formula ? /url/i : /url|position:|@|expression/i).test(value)) tell(element, value);
    }
    if (element.tagName === "A" && !element.matches(".jp-InternalAnchorLink")) {
      if (element.href && !/^(https?|mailto):/.test(element.href)) tell(element, element.href);
      if (element.href && !/noopener/.test(element.rel)) tell(element, `rel ${element.rel}`);
    }
  }
  return wrong;
}"""


class Watched:
    """A page, and what happened in it that no text may bring about."""

    def __init__(self, page, *here):
        self.happened, self._here = [], (*here, "data:", "blob:", "file:", "about:")
        self._page = page
        page.add_init_script(TELLS)
        page.on("console", lambda message: self._told(re.fullmatch(r"ran (\d+)", message.text)))
        page.on("request", lambda request: self._asked(request.url))
        page.on("dialog", self._spoken)
        page.on("popup", lambda popup: self.happened.append(f"popup {popup.url}"))
        page.route(re.compile(r"evil\.invalid"), lambda route: route.abort())

    @property
    def ran(self):
        """The numbers of those that ran."""
        return {number for number in self.happened if isinstance(number, int)}

    @property
    def asked(self):
        """The addresses that were asked for."""
        return {url for url in self.happened if isinstance(url, str)}

    def assert_unharmed(self, selector):
        """Nothing happened, and nothing stands there that waits for a click."""
        named = [str(VECTORS.get(what, what)) for what in self.ran - {0}]
        named += [f"{url}: {self._vector_of(url)}" for url in self.asked]
        assert named == []
        assert self._page.evaluate(HARMLESS, selector) == []

    def _spoken(self, dialog):
        if dialog.type != "beforeunload":  # Lab's own, about a notebook that was not saved
            self.happened.append(dialog.message)
        dialog.accept()

    def _told(self, match):
        if match:
            self.happened.append(int(match[1]))

    def _asked(self, url):
        if not url.startswith(self._here):
            self.happened.append(url)

    def _vector_of(self, url):
        number = re.search(r"evil\.invalid/(\d+)/", url)
        return VECTORS.get(int(number[1])) if number else None


@pytest.fixture(scope="module")
def page(browser, lab_server):
    """Watch a page from its beginning; texts may do harm to it, so that no test of another module uses it."""
    page = browser.new_page(viewport=SIZE)
    yield page, Watched(page, lab_server[0])
    page.close()


@pytest.fixture
def watched(page):
    """Begin to take note of what happens in it."""
    page[1].happened.clear()
    return page[1]


@pytest.fixture
def lab(page, lab_in):
    """Return the watched page, with nothing open in it."""
    lab = lab_in(page[0], stays=True)
    yield lab
    lab.leave()


def turn(number, text, reasoning=""):
    """Give a turn in which everything says this text, the names of what is attached and all of a tool call too."""
    named = (ImagePart(png(), "image/png", text), FilePart(b"x", text, text))
    message = Message("user", parts=(TextPart(text), *named))
    reply, attached = Reply(text, reasoning), (Attached(text, "picture", (4, 3)),)
    call = ToolCall(text, text, text)
    shown = (TextPart(text), ImagePart(png(), "image/png", text))
    replies = (Reply(tool_calls=(call,)), ToolResult(text, text, text, DONE, 1.0, shown))
    fields = {"reply": reply, "state": COMPLETE, "cell_id": str(number), "attached": attached, "replies": replies}
    return Turn(str(number), "m", "e", (message,), Timing("t"), **fields)


def trusted(lab: Lab, name, *cells):
    """Write a notebook whose outputs are trusted, with the control among them."""
    control = v4.new_output("display_data", {"text/html": CONTROL})
    cells = [v4.new_code_cell("", outputs=outputs) for outputs in ([control], *cells)]
    sign(lab, name, v4.new_notebook(cells=cells, metadata=KERNEL))
    return name


def sign(lab: Lab, name, notebook):
    """Write a notebook and say that it is trusted, as `jupyter trust` does."""
    nbformat.write(notebook, lab.folder / name)
    notary = NotebookNotary(data_dir=str(lab.folder.parent / "data"))
    notary.sign(nbformat.read(lab.folder / name, as_version=4))
    notary.store.close()


def open_all(lab: Lab, name):
    """Open a notebook with every cell drawn, wherever it stands."""
    lab.open(name)
    lab.page.add_style_tag(content=".jp-Cell { content-visibility: visible !important }")


def wait_until(page, true):
    """Wait until something is true of what happened."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not true():
        assert time.monotonic() < deadline, "nothing more happened"
        page.wait_for_timeout(50)  # which is when Playwright hears of it


#: By a selector of the page's own: to look for thousands of elements again and again is work.
THERE = "([place, css, number]) => place.querySelectorAll(css).length >= number"


def wait_for(place, number, css):
    """Wait until as many elements are there, or more."""
    place.page.wait_for_function(THERE, arg=[place.element_handle(), css, number], polling=100, timeout=PATIENCE_MS)


def in_cells(outputs):
    """Give outputs by cell."""
    return [outputs[at : at + OUTPUTS] for at in range(0, len(outputs), OUTPUTS)]


def test_the_vectors_bite(browser):
    """In a page that trusts them, so that the other tests mean something."""
    page = browser.new_page()
    watched = Watched(page, "http://trusting.invalid/")
    page.route("**/*", lambda route: route.abort())
    page.route(
        "http://trusting.invalid/", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html")
    )
    page.goto("http://trusting.invalid/")
    # Each in a frame of its own that cannot leave: some would take the whole page with them.
    page.evaluate(
        """texts => { for (const text of texts) {
          const frame = document.createElement("iframe");
          frame.sandbox = "allow-scripts allow-same-origin allow-forms";
          frame.srcdoc = text;
          document.body.append(frame);
        } }""",
        [vector.text for vector in VECTORS.values() if vector.family in {"scripts", "handlers", "loads", "mutations"}],
    )
    wait_until(page, lambda: len(watched.ran) > 110 and len(watched.asked) > 60)
    page.close()


def test_the_vectors_bite_in_markdown(own_lab):
    """A trusted Lab runs what it renders, and what its own treatment of formulas and diagrams makes of a text."""
    lab, watched = own_lab, Watched(own_lab.page, own_lab.url)
    raw = [vector.text for vector in VECTORS.values() if vector.family == "jupyterlab"]
    outputs = [v4.new_output("display_data", {"text/markdown": text}) for text in raw]
    open_all(lab, trusted(lab, "raw.ipynb", *in_cells(outputs)))
    wait_until(lab.page, lambda: len(watched.ran) > 3 and len(watched.asked) > 3)


def test_no_vector_in_an_answer(watched, lab, notebook, serve):
    """All of them in one answer and its reasoning: while it comes, and when it has settled."""
    shown = threading.Event()
    pieces = [ALL[at : at + SENT] for at in range(0, len(ALL), SENT)]
    start = [sse(delta(reasoning_content=ALL))] + [sse(delta(content=piece)) for piece in pieces]
    *stream, end = chunked([*start, sse(finish(), "[DONE]")])
    server = serve([*stream[:-1], shown, stream[-1], end])
    lab.open(notebook(LOAD.format(url=server.url), "%%runware\nHi"))
    lab.run_all()
    expect(lab.turn(1).locator(".runware-content").last).to_contain_text(END, timeout=60_000)
    lab.page.wait_for_timeout(1000)
    watched.assert_unharmed(".runware-turn .jp-RenderedHTMLCommon")
    lab.screenshot("live")
    shown.set()
    settled = lab.settled(1)
    settled.locator("summary").first.click()
    expect(settled.locator(".runware-reasoning")).to_contain_text(END)
    lab.page.wait_for_timeout(1000)
    watched.assert_unharmed(".runware-turn")
    lab.screenshot("settled")


def test_no_vector_in_a_tool_call(watched, lab, notebook):
    """Each as name, arguments and result, in every state in which a card can be, live with its buttons, and settled."""
    # A kernel drops what a busy server has not taken when a thousand messages wait, and each of these cards takes five.
    live = [TOOLS_LIVE.format(at=at, more=VIEWS) for at in range(0, -(-len(VECTORS) // CALLS), VIEWS)]
    lab.open(notebook(TOOLS, TOOLS_SETTLED, *live))
    for number in range(2 + len(live)):
        lab.run_cell(number)
        shown = number and len(VECTORS) + min(len(VECTORS), (number - 1) * CALLS * VIEWS)
        wait_for(lab.page.locator("body"), shown, ".jp-OutputArea .runware-tool")
    expect(lab.output(2).locator("button", has_text="Refuse")).not_to_have_count(0)
    unfold(lab)
    watched.assert_unharmed(".runware-turn .jp-RenderedHTMLCommon")
    watched.assert_unharmed(".runware-turn.mathjax_ignore")
    assert lab.page.locator(".jp-OutputArea button[onclick]").count() == 0


def test_no_vector_in_any_state_of_a_card(watched, lab, notebook):
    """Each of those for names and results in every state: live, settled, restored from its record, and reopened."""
    name = notebook(TOOLS, EVERY_LIVE, EVERY_SETTLED, EVERY_RESTORED)
    lab.open(name)
    lab.run_all()
    for cell, states in enumerate((len(tooling.LIVE), KEPT, KEPT), 1):
        wait_for(lab.output(cell), states * len(OF_TOOLS), ".runware-tool")
    for words in ("writing…", "waiting for you", "running", "done", "failed", "refused", "not run"):
        assert lab.page.locator(".runware-tool", has_text=words).count() >= len(OF_TOOLS), words
    unfold(lab)
    watched.assert_unharmed(".runware-turn .jp-RenderedHTMLCommon")
    watched.assert_unharmed(".runware-turn.mathjax_ignore")
    lab.reopen(name)
    wait_for(lab.output(3), KEPT * len(OF_TOOLS), ".runware-tool")
    unfold(lab)
    watched.assert_unharmed(".runware-turn")


def test_no_vector_in_an_exported_card(watched, lab, browser, tmp_path):
    """In every state: as a page from the disk, as Markdown, and as a notebook, where the reader trusts these."""
    calls = [ToolCall(str(number), each.text, each.text) for number, each in OF_TOOLS.items()]
    assert_no_export_harms(tooling.in_every_state(calls), watched, lab, browser, tmp_path)


def unfold(lab):
    """Open all folds, and wait for what would happen later."""
    lab.page.evaluate("() => document.querySelectorAll('.jp-OutputArea details').forEach(fold => { fold.open = true })")
    lab.page.wait_for_timeout(1000)


def test_no_vector_as_stored_markdown(watched, lab):
    """Each in an output of its own, so that none hides behind another, in a notebook that is trusted."""
    kind = "text/markdown"
    outputs = [v4.new_output("display_data", {kind: bundle(turn(v.number, v.text))[kind]}) for v in VECTORS.values()]
    open_all(lab, trusted(lab, "alone.ipynb", *in_cells(outputs)))
    wait_for(lab.page.locator("body"), len(outputs) + 1, ".jp-OutputArea-output")
    assert lab.page.locator(".jp-OutputArea-output").count() == len(outputs) + 1
    wait_until(lab.page, lambda: 0 in watched.ran)
    lab.page.wait_for_timeout(1000)  # for what would happen later
    watched.assert_unharmed(".jp-CodeCell:not(:first-child) .jp-OutputArea-output")


def test_no_vector_in_data(watched, lab):
    """As names and as values of a tree: settled, growing, and in place of the JSON, where all is trusted."""
    outputs = []
    vectors = list(VECTORS.values())
    for at in range(0, len(vectors), IN_A_TREE):
        texts = [vector.text for vector in vectors[at : at + IN_A_TREE]]
        said = json.dumps({"data": [{text: text} for text in texts]})
        asked = replace(turn(at, said), data=object(), schema_sent="prompt", attached=())
        shown = bundle(asked)
        growing = GrowingJson()
        growing.feed(said)
        broken = GrowingJson()
        broken.feed("[" + "\n".join(texts))
        parts = "".join((*growing.sealed, growing.tail, *broken.sealed, broken.tail))
        data = ({"text/html": shown["text/html"]}, {"text/markdown": shown["text/markdown"]}, {"text/html": parts})
        outputs += [v4.new_output("display_data", one) for one in data]
    open_all(lab, trusted(lab, "data.ipynb", *in_cells(outputs)))
    wait_for(lab.page.locator("body"), len(outputs) + 1, ".jp-OutputArea-output")
    assert lab.page.locator(".jp-OutputArea-output").count() == len(outputs) + 1
    wait_until(lab.page, lambda: 0 in watched.ran)
    lab.page.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true })")
    lab.page.wait_for_timeout(1000)  # for what would happen later
    watched.assert_unharmed(".jp-CodeCell:not(:first-child) .jp-OutputArea-output")


def test_no_vector_in_an_export(watched, lab, browser, tmp_path):
    """As a page opened from the disk, as Markdown, and as a notebook that its reader trusts."""
    texts = ("\n\n".join(each.text for each in vectors) for vectors in FAMILIES.values())
    turns = (turn(number, text, text) for number, text in enumerate(texts))
    assert_no_export_harms(turns, watched, lab, browser, tmp_path)


def assert_no_export_harms(turns, watched, lab, browser, tmp_path):
    """Export turns in each form that can be opened, and open it."""
    conversation = Conversation()
    for each in turns:
        conversation = conversation.with_turn(each)
    for form in ("html", "md", "ipynb"):
        export.write(tmp_path / f"x.{form}", conversation, chat="main", bundle=bundle, open_notebook=None, force=True)
    page = browser.new_page()
    opened = Watched(page)
    page.goto((tmp_path / "x.html").as_uri())
    opened.assert_unharmed("section")
    page.close()
    markdown = v4.new_output("display_data", {"text/markdown": (tmp_path / "x.md").read_text(encoding="utf-8")})
    open_all(lab, trusted(lab, "exported-md.ipynb", [markdown]))
    lab.page.wait_for_timeout(1000)
    watched.assert_unharmed(".jp-CodeCell:not(:first-child) .jp-OutputArea-output")
    sign(lab, "exported.ipynb", nbformat.read(tmp_path / "x.ipynb", as_version=4))
    open_all(lab, "exported.ipynb")
    lab.page.wait_for_timeout(1000)
    watched.assert_unharmed(".jp-OutputArea-output")
