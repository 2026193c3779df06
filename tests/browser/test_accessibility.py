"""For readers who see little or nothing, or use no mouse: what axe-core finds, what is heard, what keys do."""

import json
import re
import threading

from axe import violations
from exported_pages import PYTHON, write_pages
from lab import THEMES, Lab
from loopback import USAGE, chunk, chunked, delta, finish, hang_up, head, sized, sse
from playwright.sync_api import expect

LOAD = "%load_ext runware_magic\n%config RunwareMagics.base_url = '{url}'"
EVERYTHING = (
    """### Everything that an answer has

# And headings in no order

It costs $5, $e^{i\\pi} = -1$, and [the docs](https://example.org/docs) tell of `inline code`.

> A quotation, which *says* little and `something`.

| name | a | b | c | d | e | f | g | h | i | j | k |
|---|---|---|---|---|---|---|---|---|---|---|---|
| NAME | wide | wide | wide | wide | wide | wide | wide | wide | wide | wide | wide |

1. first
2. second
   - [ ] a task

$$a_0 + a_1 x + a_2 x^2 + a_3 x^3 + a_4 x^4 + a_5 x^5 + a_6 x^6 + a_7 x^7 + a_8 x^8 + a_9 x^9 + a_{10} x^{10}$$

"""
    + PYTHON
    + """
```html
<!-- comment --><a href="address">text</a>
```

```diff
- taken out
+ put in
```

The end. ~~gone~~ **bold**
"""
).replace("NAME", "averylongnameofsomething")
#: What breaks off is short, since whole answers hold everything.
HALF = "Half of *an* answer, `code`, and [a link](https://example.org), in the mid"
CITED = {"search_results": [{"url": "https://example.org/a", "title": "A page"}, {"url": "", "title": "Handbook"}]}
SENTENCE = "This is sentence number {}, and it says no more than that. "


def stream(*steps):
    """Give a reply that waits for events between its pieces."""
    pieces = (step if isinstance(step, threading.Event) else chunk(step) for step in steps)
    return [head(Transfer_Encoding="chunked"), *pieces, b"0\r\n\r\n"]


def saying(gate):
    """Give a server's way to answer: it thinks, or answers, or refuses, as it is asked to, and ends with the gate."""
    count = iter(range(1000))

    def reply(heard):
        if heard.line.startswith("GET"):
            return sized(200, json.dumps([{"id": "m", "context_length": 1000}]).encode())
        asked = heard.json["messages"][-1]["content"]
        if "refuse" in asked:
            return sized(400, b'{"error": "That is refused."}')
        if "many" in asked and next(count) < 16:
            return chunked([sse(delta(content="A **short** answer of some words."), USAGE, finish(), "[DONE]")])
        answer = EVERYTHING.replace("A quotation", f"A quotation of {heard.json['model']}")
        if "break" in asked:
            answer = HALF
        thought, said = sse(delta(reasoning_content="Let me *think* about `this`.")), sse(delta(content=answer))
        last = sse(delta(content="\n\nNothing more."), USAGE | CITED, finish(), "[DONE]")
        if "break" in asked:
            return [*stream(thought, said)[:-1], hang_up]
        return stream(thought, gate, said, last) if "think" in asked else stream(thought, said, gate, last)

    return reply


def in_all_themes(lab: Lab, place):
    """Return what axe finds in any theme: in the first by all rules, in the others by those that look at colours."""
    found = []
    for number, theme in enumerate(THEMES):
        lab.change_theme(theme)
        found += [f"{theme}: {violation}" for violation in violations(place, colours_only=number > 0)]
        lab.screenshot(theme)
    return found


STAGES = {
    "thinking": ("%%runware\nthink", "Let me think about this."),
    "answering": ("%%runware\nHi", "The end."),
    "background": ("%%runware --background\nHi", "The end."),
    "columns": ("%%runware --compare a,b,c --max-parallel 3\nHi", "The end."),
    "table": ("%%runware -n 20 --once\nmany", "16 of 20"),
    "no widgets": ("%%runware\nHi", "The end."),  # in the end, for it switches them off
}
OFF = "%config RunwareMagics.widgets = 'off'"


def coming(lab, stage, number):
    """Run the cell of a stage, and wait until it shows what it is to show; return its output at the top of the page."""
    lab.run_cell(number)
    output = lab.output(number)
    output.get_by_text(STAGES[stage][1]).filter(visible=True).first.wait_for()
    if stage != "no widgets":
        output.get_by_role("button", name="Stop").wait_for()
    output.evaluate("output => output.scrollIntoView()")
    return output


def let_end(lab, number, gate):
    """Let the answer in a cell end, and clear all outputs: as little as can be stands above the next one."""
    gate.set()
    lab.settled(number)
    gate.clear()
    lab.run_command("notebook:clear-all-cell-outputs")


def test_axe_finds_nothing_while_an_answer_comes(lab, notebook, serve, gate):
    """In whatever view it shows, and whatever it holds: in the light, the dark and the high-contrast theme."""
    server = serve(saying(gate))
    lab.open(notebook(LOAD.format(url=server.url), *(source for source, _ in STAGES.values()), OFF))
    lab.run_cell(0)
    found = {}
    for number, stage in enumerate(STAGES, 1):
        if stage == "no widgets":
            lab.run_cell(len(STAGES) + 1)
        found[stage] = in_all_themes(lab, coming(lab, stage, number))
        let_end(lab, number, gate)
    assert found == {stage: [] for stage in STAGES}


def test_axe_finds_nothing_in_what_stays(lab, notebook, serve, gate):
    """Answers whole, stopped, broken off and refused; comparisons; all that commands tell; errors."""
    gate.set()
    server = serve(saying(gate))
    cells = (
        *("%%runware\nHi", "%%runware --compare a,b --expect contains:nowhere\nHi", "%%runware\nbreak"),
        *("%%runware\nrefuse", "%%runware --dry-run\nHi", "%%runware -x\nHi", "%runware", "%runware history"),
        *("%runware versions 1", "%runware diff 1 2", "%runware usage", "%runware models", "%runware show 1 --as curl"),
        *("%runware chat main", "%runware help", "%runware answer"),
    )
    name = notebook(LOAD.format(url=server.url), *cells)
    lab.open(name)
    for number in (*range(len(cells) + 1), 1):
        lab.run_cell(number)
        expect(lab.cell(number).locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"))
    lab.run_cell(9)  # now that there are two versions
    expect(lab.output(9)).to_contain_text("Version 1 → 2")
    expect(lab.output(10).locator("ins").first).to_be_visible()
    unfold(lab)
    lab.page.set_viewport_size({"width": 1100, "height": 12_000})  # axe sees what is on the page only
    outputs = lab.page.locator(".jp-Cell-outputArea:has(.jp-OutputArea-output)")
    assert in_all_themes(lab, outputs) == []
    lab.reopen(name)
    unfold(lab)
    expect(outputs.locator(".jp-mod-trusted")).to_have_count(0)
    assert in_all_themes(lab, outputs) == []


def unfold(lab):
    """Open all that is folded."""
    lab.page.evaluate("() => document.querySelectorAll('.jp-OutputArea details').forEach(fold => { fold.open = true })")


def test_axe_finds_nothing_in_pages(browser, tmp_path):
    """Exported chats and hand-ins, whole and unfolded; the rules for pages are among those that hold."""
    page = browser.new_page(bypass_csp=True)
    for path in write_pages(tmp_path):
        page.goto(path.as_uri())
        page.evaluate("() => { document.querySelectorAll('details').forEach(fold => { fold.open = true }) }")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert violations(page.locator("html"), colours_only=scheme == "dark") == [], f"{path.name}, {scheme}"
    page.evaluate("() => { document.querySelector('main').outerHTML = '<p>no main</p>'; document.body.append('text') }")
    page.evaluate("() => document.documentElement.removeAttribute('lang')")
    rules = {violation.partition(":")[0] for violation in violations(page.locator("html"))}
    assert rules >= {"html-has-lang", "landmark-one-main", "region"}
    page.close()


def test_axe_would_find_it(lab, notebook):
    """Were a text too faint, a table not reached by the keyboard, or a field without a name."""
    faint = "<p style='color:#ccc;background:#fff'>faint</p><div style='overflow-x:auto;width:99px'>{}</div><textarea>"
    lab.open(notebook(f"from IPython.display import HTML\nHTML({faint.format('wide' * 99)!r})"))
    lab.run_all()
    expect(lab.output(0)).to_contain_text("faint")
    rules = {violation.partition(":")[0] for violation in violations(lab.output(0))}
    assert rules == {"color-contrast", "scrollable-region-focusable", "label"}


#: Remembers what the live regions of the page say.
LISTEN = """() => {
  window.heard = [];
  const hear = node => {
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    for (const region of [node, ...node.querySelectorAll("*")])
      if (region.matches("[aria-live], [role=status], [role=alert], [role=log], output") && region.textContent)
        window.heard.push(region.textContent);
  };
  window.listening?.disconnect();  // of the test before
  window.listening = new MutationObserver(changes => changes.forEach(change => change.addedNodes.forEach(hear)));
  window.listening.observe(document.body, {subtree: true, childList: true});
}"""


def heard(lab):
    """Give what was said so far, in order."""
    return lab.page.evaluate("window.heard")


def wait_to_hear(lab, text):
    """Wait until something was said."""
    lab.page.wait_for_function("text => window.heard.some(said => said.includes(text))", arg=text)


def test_an_answer_is_told_in_paragraphs(lab, notebook, serve):
    """Whole ones, in order, each of them once, without markup or clock, and in the end that it is complete."""
    gates = [threading.Event() for _ in range(3)]
    paragraphs = [SENTENCE.format(number) + "\n\n" for number in range(12)]
    steps = [sse(delta(content=half)) for text in paragraphs for half in (text[:30], text[30:])]
    code = sse(delta(content="**Bold <b>**:\n\n```python\nx = 1\n```\n"))
    server = serve(stream(sse(delta(reasoning_content="Hm.")), gates[0], *steps[:13], gates[1], *steps[13:], code,
                          gates[2], sse(USAGE, finish(), "[DONE]")))  # fmt: skip
    lab.open(notebook(LOAD.format(url=server.url), "%%runware\nHi"))
    lab.page.evaluate(LISTEN)
    lab.run_all()
    wait_to_hear(lab, "Thinking.")
    gates[0].set()
    wait_to_hear(lab, "number 5")
    assert exposed(lab, "[role=status]") == ("status", "polite")
    assert exposed(lab, ".runware-turn > :last-child p") == ("paragraph", None)
    gates[1].set()
    wait_to_hear(lab, "number 11")
    gates[2].set()
    lab.settled(1)
    texts = [text for text in heard(lab) if text not in {"Waiting for the model.", "Thinking."}]
    told = "".join(SENTENCE.format(number) for number in range(12)) + "Bold <b>: python code, 1 line. "
    *_, last = texts
    assert " ".join(texts) == f"{told}Answer complete. {last.partition('Answer complete. ')[2]}"
    assert re.fullmatch(r".*minimax:m2\.7@0, 5 in, 2 out, \$0\.0000100, [\d.]+ seconds\.", last)
    assert lab.page.locator(".jp-OutputArea [aria-live], .jp-OutputArea [role=status]").count() == 0


def exposed(lab, selector):
    """Give what the browser tells assistive technology of an element in an output: its role, and whether it is live."""
    session = lab.page.context.new_cdp_session(lab.page)
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    node = session.send("DOM.querySelector", {"nodeId": root, "selector": f".jp-OutputArea {selector}"})["nodeId"]
    (told,) = session.send("Accessibility.getPartialAXTree", {"nodeId": node, "fetchRelatives": False})["nodes"]
    session.detach()
    assert not told["ignored"]
    live = [each["value"]["value"] for each in told["properties"] if each["name"] == "live"]
    return told["role"]["value"], live[0] if live else None


def test_of_several_answers_beginnings_and_ends_are_told(lab, notebook, serve, gate):
    """And not what they say."""
    server = serve(saying(gate))
    lab.open(notebook(LOAD.format(url=server.url), "%%runware --compare a,b,c --max-parallel 3\nHi"))
    lab.page.evaluate(LISTEN)
    lab.run_all()
    wait_to_hear(lab, "started")
    gate.set()
    lab.settled(1)
    texts = heard(lab)
    assert "All 3 answers finished, 3 of them complete." in texts
    assert re.search(r"[123] of 3 answers started, 0 finished\.", " ".join(texts))
    assert "Everything" not in " ".join(texts)


def test_a_screen_reader_is_told_of_a_refusal(lab, notebook, serve, gate):
    """As soon as it comes: by the second answer at the latest, the kernel knows that somebody may be listening."""
    gate.set()
    server = serve(saying(gate))
    lab.open(notebook(LOAD.format(url=server.url), "%%runware\nHi", "%%runware\nrefuse"))
    lab.page.evaluate(LISTEN)
    lab.run_all()
    wait_to_hear(lab, "Answer complete.")
    wait_to_hear(lab, "No answer. 127.0.0.1")


def focused(lab):
    """Give the text of what has the focus."""
    return lab.page.evaluate("() => document.activeElement.textContent")


def test_keys_fold_and_stop_while_an_answer_comes(lab, notebook, serve):
    """Tab leads to both; the focus stays through all updates, and goes on from there when the answer has ended."""
    gates = [threading.Event() for _ in range(3)]
    many = [sse(delta(content=f"Sentence {number} of many. ")) for number in range(60)]
    server = serve(
        stream(sse(delta(reasoning_content="A thought.")), gates[0], *many, gates[1], sse(delta(content="On."))),
        stream(sse(delta(reasoning_content="A thought."), delta(content="Half. ")), gates[2]),
    )
    lab.open(notebook(LOAD.format(url=server.url), "%%runware\nHi", "%%runware --once\nHi"))
    lab.run_cell(0)
    lab.run_cell(1)
    turn, keys = lab.turn(1), lab.page.keyboard
    thought = turn.get_by_text("A thought.")
    expect(turn.get_by_role("button", name="Reasoning")).to_be_visible()
    expect(turn.get_by_role("button", name="Stop")).to_be_visible()
    lab.cell(1).focus()
    for _ in range(10):
        keys.press("Tab")
        if focused(lab) == "Stop":
            break
    assert focused(lab) == "Stop"
    keys.press("Tab")
    assert focused(lab) == "Reasoning"
    keys.press("Enter")
    expect(thought).to_be_hidden()
    keys.press("Space")
    expect(thought).to_be_visible()
    gates[0].set()
    expect(turn.locator("p", has_text="Sentence 59")).to_be_visible()
    assert focused(lab) == "Reasoning"
    expect(thought).to_be_visible()
    keys.press("Shift+Tab")
    assert focused(lab) == "Stop"
    gates[1].set()
    settled = lab.settled(1)
    keys.press("Tab")
    assert focused(lab).startswith("Reasoning")
    keys.press("Enter")
    expect(settled.get_by_text("A thought.")).to_be_hidden()
    lab.run_cell(2)
    turn = lab.turn(2)
    expect(turn.locator("p", has_text="Half.")).to_be_visible()
    turn.get_by_role("button", name="Stop").focus()
    keys.press("Enter")
    expect(lab.settled(2).locator(".runware-badge")).to_contain_text("stopped")
    lab.screenshot("stopped")


def test_keys_pick_an_answer(lab, notebook, serve, gate):
    """Its button is reached by Tab, and pressed by Space."""
    server = serve(saying(gate))
    lab.open(notebook(LOAD.format(url=server.url), "%%runware --compare a,b --max-parallel 2\nHi"))
    lab.run_cell(0)
    lab.run_cell(1)
    button = lab.output(1).locator(".runware-answer").nth(1).get_by_role("button", name="Continue from this answer")
    expect(button).to_be_enabled()
    lab.output(1).get_by_role("button", name="Stop").focus()
    for _ in range(40):
        lab.page.keyboard.press("Tab")
        if button.evaluate("element => element === document.activeElement"):
            break
    lab.page.keyboard.press("Space")
    expect(lab.output(1).get_by_role("button", name="Continuing from this")).to_have_count(1)
    gate.set()
    expect(lab.settled(1).locator(".runware-answer").nth(1)).to_contain_text("b · in use")


def test_keys_copy_an_answer(lab, notebook, serve, gate):
    """All of it, code included, and nothing else, though Lab has commands of its own on the same keys."""
    gate.set()
    server = serve(saying(gate))
    name = notebook(LOAD.format(url=server.url), "%%runware\nHi")
    lab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    lab.open(name)
    lab.run_all()
    for trusted in ("trusted", "untrusted"):
        if trusted == "untrusted":
            lab.reopen(name)
        lab.page.evaluate("navigator.clipboard.writeText('')")
        lab.settled(1).locator("summary", has_text="details").last.focus()
        for key in ("Enter", "Tab", "Enter", "Tab", "Control+a", "Control+c"):
            lab.page.keyboard.press(key)
        copied = lab.page.evaluate("navigator.clipboard.readText()")
        said = EVERYTHING.replace("A quotation", "A quotation of minimax:m2.7@0") + "\n\nNothing more."
        assert copied == said, trusted
        expect(lab.page.locator(".jp-Notebook .jp-Cell.jp-mod-selected"), trusted).to_have_count(1)
        lab.screenshot(f"copied-{trusted}")


def test_keys_reach_what_is_wide(lab, notebook, serve, gate, browser):
    """Tab leads to tables, formulas and code, and one sees that; the arrows scroll, but in Lab, which takes them."""
    gate.set()
    server = serve(saying(gate))
    name = notebook(LOAD.format(url=server.url), "%%runware\nHi")
    lab.open(name)
    lab.run_all()
    lab.settled(1)
    reach(lab.page, arrow=False)
    lab.screenshot("reached")
    (output,) = lab.save(name).cells[1].outputs
    page = browser.new_page(viewport={"width": 500, "height": 900})
    page.set_content(output.data["text/html"])
    reach(page, arrow=True)
    page.close()


def reach(page, *, arrow):
    """Go by Tab from each kind of thing that is wide to the next; see that it shows, and that an arrow moves it."""
    page.locator(".runware-turn summary").first.focus()
    for name in ("Table", "Formula", "Code"):
        place = page.get_by_role("group", name=name).first
        for _ in range(12):
            if place.evaluate("element => element === document.activeElement"):
                break
            page.keyboard.press("Tab")
        assert place.evaluate(
            "element => element.matches(':focus-visible') && getComputedStyle(element).outlineStyle"
        ) in {*("auto", "solid")}
        if arrow and name != "Formula":  # which is not typeset there
            page.keyboard.press("ArrowRight")
            page.wait_for_function("element => element.scrollLeft > 0", arg=place.element_handle())


def test_nothing_moves_by_itself(lab, notebook, serve, gate):
    """So that nothing is left to stop for readers who do not want that: in one answer, and in a table of many."""
    server = serve(saying(gate))
    stages = ("answering", "table")
    lab.open(notebook(LOAD.format(url=server.url), *(STAGES[stage][0] for stage in stages)))
    lab.run_cell(0)
    for number, stage in enumerate(stages, 1):
        output = coming(lab, stage, number)
        assert moving(output) == [], stage
        lab.turn(number).evaluate("turn => { turn.style.transition = 'width 1s' }")
        assert len(moving(output)) == 1, stage
        let_end(lab, number, gate)


def moving(output):
    """Give the elements of an output that move by themselves, or would."""
    return output.evaluate("""output => [...output.querySelectorAll(".runware-turn, .runware-turn *")]
      .filter(element => {
        const style = getComputedStyle(element);
        const moves = /[1-9]/.test(style.transitionDuration) || style.animationName !== "none";
        return moves || style.scrollBehavior === "smooth";
      }).map(element => element.outerHTML.slice(0, 100))""")
