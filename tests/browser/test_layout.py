"""What answers hold does not break the page: narrow ones, long words, wide scripts, and text from right to left."""

from loopback import USAGE, chunk, chunked, delta, finish, head, sized, sse
from playwright.sync_api import expect

LOAD = "%load_ext runware_magic\n%config RunwareMagics.base_url = '{url}'"
NARROW = 320
LONG = "Pneumonoultramicroscopic" * 20
WIDE = f"""# {LONG}

{LONG} and `{LONG}` and **{LONG}** and https://example.org/{LONG}?q={LONG} and [{LONG}](https://example.org).

Chinese: {"今天天气很好我们一起去公园散步吧" * 8}

Thai: {"ภาษาไทยไม่มีการเว้นวรรคระหว่างคำ" * 8}

Emoji: {"👩‍👩‍👧‍👦🏳️‍🌈👍🏽🇩🇪" * 20}

It is $a_1 + a_2 + a_3 + a_4 + a_5 + \\underbrace{{{"a" * 60}}}_n + a_6 + a_7 + a_8 + a_9$ in a line.

$${" + ".join(f"a_{{{number}}}" for number in range(40))}$$

| a | {LONG} | {"今天天气很好" * 4} |
|---|---|---|
| b | c | {"今天天气很好" * 4} |

```python
{LONG} = "{LONG}"
```

- {LONG}
  - {LONG}
    1. {LONG}

> {LONG}

The end.
"""
CITED = {"search_results": [{"url": f"https://example.org/{LONG}"}, {"url": "https://example.org/", "title": LONG}]}
ARABIC, HEBREW = "مرحبا بالعالم", "שלום עולם"
MIXED = f"""## {ARABIC}

{ARABIC}، `x = 1` {ARABIC} English {ARABIC}.

- {HEBREW}
  1. {HEBREW}

> {ARABIC}

| {ARABIC} | {HEBREW} |
|---|---|
| {ARABIC} | English |

```python
print("{ARABIC}")
```

English again, and {ARABIC} in it.

The end.
"""
#: Waits until nothing of an output is replaced any more: a front end goes on with that after the text is there.
AT_REST = """output => new Promise(done => {
  let last = setTimeout(done, 400);
  const later = () => { clearTimeout(last); last = setTimeout(done, 400); };
  new MutationObserver(later).observe(output, {subtree: true, childList: true});
})"""
#: What of an output sticks out of it, and what scrolls in it that is not meant to.
STICKING_OUT = """output => {
  const bounds = output.getBoundingClientRect(), found = [];
  const ours = "a[tabindex], textarea, [style*=column-reverse], [style*=column-reverse] *, div:has(> table summary)";
  const tell = (element, what) => found.push(`${what}: ${element.outerHTML.slice(0, 200)}`);
  for (const element of [output, ...output.querySelectorAll("*")]) {
    if (element.closest("mjx-container, [role=status]")) continue;
    const {left, right, width} = element.getBoundingClientRect();
    const box = element.parentElement.closest(ours);
    if (width && !box && (left < bounds.left - 1 || right > bounds.right + 1)) tell(element, "sticks out");
    const scrolls = /auto|scroll/.test(getComputedStyle(element).overflowX) && !element.matches(ours);
    if (scrolls && element.scrollWidth > element.clientWidth + 1) tell(element, "scrolls");
  }
  return found;
}"""


def saying(text, gate):
    """Give a server's way to answer: it thinks, says this, ends with the gate; of many, all but ``a`` end at once."""

    def reply(heard):
        if heard.line.startswith("GET"):
            return sized(200, b"[]")
        if heard.json["model"] != "a" and "many" in heard.json["messages"][-1]["content"]:
            return chunked([sse(delta(content=LONG), USAGE, finish(), "[DONE]")])
        said = chunk(sse(delta(reasoning_content=text))), chunk(sse(delta(content=text)))
        return [
            head(Transfer_Encoding="chunked"),
            *said,
            gate,
            chunk(sse(USAGE | CITED, finish(), "[DONE]")),
            b"0\r\n\r\n",
        ]

    return reply


def narrow(lab):
    """Make the page as narrow as a phone, with nothing beside the notebook."""
    lab.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    lab.page.set_viewport_size({"width": NARROW, "height": 2000})


def shown(output, text="The end."):
    """Find a text where a reader sees it."""
    return output.locator("p", has_text=text).filter(visible=True)


CELLS = {
    "one": ("%%runware\nHi", 1),
    "columns": (f"%%runware --compare a,{LONG[:90]},c --max-parallel 3\nHi", 3),
    "table": (f"%%runware --compare a,{LONG[:90]},c,d,e,f,g,h -n 2 --once\nmany", 1),
}


def test_nothing_is_wider_than_a_narrow_page(lab, notebook, serve, gate):
    """While answers come, when they have ended, and in a notebook that Lab does not trust."""
    server = serve(saying(WIDE, gate))
    name = notebook(LOAD.format(url=server.url), *(source for source, _ in CELLS.values()))
    lab.open(name)
    narrow(lab)
    lab.run_cell(0)
    for number, (kind, (_, answers)) in enumerate(CELLS.items(), 1):
        lab.run_cell(number)
        fits_while_it_comes(lab, number, kind, answers)
        gate.set()
        fits_in_the_end(lab, number, kind, "settled")
        gate.clear()
    lab.page.set_viewport_size({"width": 1100, "height": 1000})
    lab.reopen(name)
    narrow(lab)
    for number, kind in enumerate(CELLS, 1):
        lab.cell(number).scroll_into_view_if_needed()
        fits_in_the_end(lab, number, kind, "reopened")


def fits_while_it_comes(lab, number, kind, answers):
    """See that nothing sticks out of the output of a cell that runs, its reasoning unfolded."""
    output = lab.output(number)
    if kind == "table":
        output.get_by_text("14 of 16").first.wait_for()
        output.get_by_label("Shown:").select_option(index=1)
    shown(output).nth(answers - 1).wait_for()
    expect(shown(output), kind).to_have_count(answers)
    output.locator("mjx-container").first.wait_for(state="attached")
    output.get_by_role("button", name="Reasoning").first.click()
    expect(shown(output), kind).to_have_count(answers + 1)
    lab.screenshot(f"{kind}-1-live")
    assert output.evaluate(STICKING_OUT) == [], kind
    if kind == "columns":
        places = [column.bounding_box() for column in output.locator(".runware-answer").all()]
        assert len({place["x"] for place in places}) == 1
        assert [place["y"] for place in places] == sorted(place["y"] for place in places)


def fits_in_the_end(lab, number, kind, state):
    """See that nothing sticks out of the output of a cell that has run, all of it unfolded."""
    output = lab.output(number)
    lab.settled(number).locator("summary").first.wait_for()
    output.evaluate("output => output.querySelectorAll('details').forEach(fold => { fold.open = true })")
    output.locator("mjx-container").first.wait_for(state="attached")
    lab.screenshot(f"{kind}-2-{state}")
    assert output.evaluate(STICKING_OUT) == [], f"{kind}, {state}"
    code = output.locator(".runware-content").last.locator("a:has(pre)")
    assert kind == "table" or code.evaluate("frame => frame.scrollWidth > frame.clientWidth"), "code is not broken"


COMMANDS = (
    *("%runware history", "%runware versions 1", "%runware diff 1 2"),
    *("%runware show 1 --as curl", "%runware"),
)


def test_no_table_is_wider_than_a_narrow_page(lab, notebook, serve, gate):
    """Whatever tells of answers scrolls by itself."""
    gate.set()
    server = serve(saying(WIDE, gate))
    lab.open(notebook(LOAD.format(url=server.url), f"%%runware --compare {LONG},b\n{LONG}", *COMMANDS))
    narrow(lab)
    lab.run_all()
    for number, command in enumerate(COMMANDS, 2):
        lab.cell(number).scroll_into_view_if_needed()
        expect(lab.cell(number).locator(".jp-InputPrompt"), command).to_have_text(f"[{number + 1}]:")
        lab.output(number).locator(".jp-OutputArea-output").wait_for()
        assert lab.output(number).evaluate(STICKING_OUT) == [], command


def test_a_column_of_a_wide_script_is_wider_than_a_character(lab, notebook, serve, gate):
    """Where no space tells where to break, a table would break after each."""
    gate.set()
    lab.open(notebook(LOAD.format(url=serve(saying(WIDE, gate)).url), "%%runware\nHi"))
    lab.run_all()
    cell = lab.settled(1).locator(".runware-content td").last
    assert cell.bounding_box()["width"] > 80


def test_arabic_and_hebrew_read_from_right_to_left(lab, notebook, serve, gate):
    """While they come, when they have ended, and in a notebook that Lab does not trust."""
    server = serve(saying(MIXED, gate))
    name = notebook(LOAD.format(url=server.url), "%%runware\nHi")
    lab.open(name)
    lab.run_all()
    shown(lab.output(1)).wait_for()
    read_from_right_to_left(lab, "live")
    gate.set()
    lab.settled(1)
    read_from_right_to_left(lab, "settled")
    lab.reopen(name)
    read_from_right_to_left(lab, "reopened")


def read_from_right_to_left(lab, state):
    """Text at the right, bullets and the line of a quotation before it, the first column first; code as it runs."""
    lab.output(1).evaluate(AT_REST)
    content = lab.turn(1).locator(".runware-content").last
    lab.screenshot(state)
    for place in ("h2", "p >> nth=0", "li >> nth=0", "blockquote p"):
        assert begins_at_the_right(content.locator(place)), f"{place}, {state}"
    assert not begins_at_the_right(content.locator("p", has_text="English again")), state
    assert not begins_at_the_right(content.locator("pre")), state
    for place in ("p code", "pre"):
        direction = content.locator(place).first.evaluate("element => getComputedStyle(element).direction")
        assert direction == "ltr", f"{place}, {state}"
    borders = "element => [getComputedStyle(element).borderLeftWidth, getComputedStyle(element).borderRightWidth]"
    assert content.locator("blockquote").evaluate(borders) == ["0px", "3px"], state
    first, second = (content.locator("th").nth(number).bounding_box()["x"] for number in (0, 1))
    assert first > second, state
    table, line = content.locator("table").bounding_box(), content.bounding_box()
    assert abs(table["x"] + table["width"] - line["x"] - line["width"]) < 2, state
    outer, inner = content.locator("ul").bounding_box(), content.locator("ol").bounding_box()
    assert inner["x"] + inner["width"] < outer["x"] + outer["width"], state
    assert abs(inner["x"] - outer["x"]) < 2, f"no room is lost on the other side, {state}"


def begins_at_the_right(place):
    """Tell whether the text of an element stands at the right of the room that it has."""
    return place.evaluate("""element => {
      const range = document.createRange(), style = getComputedStyle(element), box = element.getBoundingClientRect();
      range.selectNodeContents(element);
      const text = range.getClientRects()[0];
      const left = text.left - box.left - parseFloat(style.paddingLeft);
      const right = box.right - parseFloat(style.paddingRight) - text.right;
      return right < 2 && left > 2;
    }""")
