"""A ``%%runware`` cell is coloured as Markdown, with Python in its values, and no other cell is changed."""

import statistics
from dataclasses import dataclass
from pathlib import Path

import pytest
from lab import Lab, write_notebook

LABEXTENSION = Path(__file__).parents[2] / "labextension"
SCRIPT = "**/runware-magic/static/highlighting.js*"
PYTHON = 'x = "it\'s"  # {{ x }}\n\n\ndef f():\n    return 1'
LONG = "Prompts are prose, and prose has long lines. " * 8
HEAD = """# From the second lesson: {{ x }}
%%runware -m demo:tutor@1 -t 0.5 -s "It's short" -c list """
PROMPT = f"""{HEAD}
## What is the *capital* of {{{{ country["name"] }}}}?

Don't say more than {{{{ limit + 1 :.0f }}}} **words**, see `x` and {{{{ {{"a": {{}}}}}}}}. No value: \\{{{{ for }}}}

- Euler: $e^{{ {{{{ 3 }}}} \\pi}}$

```python
def g():
    return "{{{{ len(y) if y else None }}}}"
```

{LONG}"""
KEYS = "%%runware --once\nuser:"
TYPED, UNFINISHED = "\n# It's", "%%runwar\n# It's"
#: What the tests look at or type into, each of them into its own.
CELLS = [
    *(PYTHON, PROMPT, "%%runwarx\nDon't", f"%timeit {LONG}", "%%runware?", "x = 1\n%%runware"),
    *(f"%%runware\n{LONG * 3}", f"x = 1  # {LONG * 3}", TYPED, UNFINISHED, KEYS),
]
WRAPPED, LEFT_LONG = 6, 7
#: How the text of a cell looks: lists of [text, colour, weight, style].
LOOKS = """number => {
  const cell = window.jupyterapp.shell.currentWidget.content.widgets[number].node, runs = [];
  for (const line of cell.querySelectorAll(".cm-line")) {
    const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const {color, fontWeight, fontStyle} = getComputedStyle(walker.currentNode.parentElement);
      for (const text of walker.currentNode.data) {
        const look = [color, fontWeight, fontStyle], last = runs.at(-1);
        if (last && !text.trim()) last[0] += text;
        else if (last && String(last.slice(1)) === String(look)) last[0] += text;
        else runs.push([text, ...look]);
      }
    }
    runs.at(-1) && (runs.at(-1)[0] += "\\n");
  }
  return runs;
}"""
COLOURED = ("header", "keyword", "string", "number", "operator", "meta", "string-2", "builtin")
#: How text of these kinds looks in the theme that is shown.
KINDS = """kinds => {
  const probe = document.body.appendChild(document.createElement("span"));
  const colours = kinds.map(kind => {
    probe.style.color = `var(--jp-mirror-editor-${kind}-color)`;
    return [kind, getComputedStyle(probe).color];
  });
  probe.remove();
  return Object.fromEntries(colours);
}"""


def looks_of(lab, numbers):
    """Return how cells look at rest: languages are loaded last, and parsed when the page is idle."""
    lab.cell(0).locator(".cm-line span").first.wait_for(state="attached")
    stable = f"""numbers => {{
      const now = JSON.stringify([numbers, numbers.map({LOOKS})]), last = window.looked;
      window.looked = now;
      return now === last;
    }}"""
    lab.page.wait_for_function(stable, arg=numbers, polling=250)
    return lab.page.evaluate(f"numbers => numbers.map({LOOKS})", numbers)


def looks(lab, number):
    """Return how a cell looks at rest."""
    (look,) = looks_of(lab, [number])
    return look


def colours(lab, number):
    """Return the pieces of a cell that look alike, each with its colour."""
    return [(text.strip(), colour) for text, colour, *_ in looks(lab, number)]


def first_lines(runs, count):
    """Return how the first lines of a cell look."""
    lines = [[]]
    for text, *look in runs:
        for at, part in enumerate(text.split("\n")):
            if at:
                lines.append([])
            if part.strip():
                lines[-1].append((part.strip(), *look))
    return lines[:count]


def is_prompt(lab, number):
    """Whether the head of a cell is marked."""
    return lab.cell(number).locator(".runware-python").count() > 0


def is_wrapped(lab, number):
    """Whether the long lines of a cell are wrapped."""
    lines = lab.cell(number).locator(".cm-content")
    return lines.evaluate("content => content.scrollWidth <= content.closest('.cm-scroller').clientWidth + 1")


@dataclass
class Opened:
    """A page that shows the cells: how they looked without the script and look with it, and what it has asked for."""

    lab: Lab
    before: list
    after: list
    asked: list


@pytest.fixture(scope="module", params=["lab/tree", "notebooks"])
def opened(request, browser, lab_server):
    """Open the cells in a page, without the script, and then with it: to load a front end takes seconds."""
    page, place = browser.new_page(viewport={"width": 1100, "height": 1600}), request.param
    lab = Lab(page, *lab_server, request.config.getoption("--screenshots"), f"highlighting-{place.partition('/')[0]}")
    name = f"{lab.name}.ipynb"
    write_notebook(lab.folder / name, *CELLS)
    asked, numbers = [], [*range(len(CELLS))]
    page.route(SCRIPT, lambda route: route.abort())
    lab.open(name, place=place)
    before = looks_of(lab, numbers)
    page.unroute(SCRIPT)
    page.on("request", lambda request: asked.append(request.url))
    lab.open(name, place=place)
    yield Opened(lab, before, looks_of(lab, numbers), asked)
    lab.shut_down()
    page.close()


def test_nothing_else_is_changed(opened):
    """Other cells, comments above and the line itself look as without this; all comes from the server."""
    before, after = opened.before, opened.after
    assert [number for number in range(len(CELLS)) if before[number] != after[number]] == [1, WRAPPED]
    assert first_lines(before[1], 2) == first_lines(after[1], 2)
    assert any("highlighting.js" in url for url in opened.asked)
    url = opened.lab.url
    local = (url, url.replace("http", "ws"), "data:", "blob:")
    assert [url for url in opened.asked if not url.startswith(local)] == []


def test_prompts_are_markdown_with_python_values(opened, theme):
    """Headings, mathematics and fenced code are marked; an apostrophe opens no string; values are Python anywhere."""
    lab = opened.lab
    lab.change_theme(theme)
    seen = colours(lab, 1)
    lab.screenshot("1-prompt")
    kind = lab.page.evaluate(KINDS, COLOURED)
    plain = dict(seen)["%%runware"]
    marked = [
        ("## What is the", kind["header"]),
        ("country", plain),
        ('"name"', kind["string"]),
        ("Don't say more than", plain),
        ("{{", kind["meta"]),
        ("limit", plain),
        ("+", kind["operator"]),
        ("1", kind["number"]),
        (":.0f }}", kind["meta"]),
        ("x", kind["string-2"]),
        ('"a"', kind["string"]),
        (". No value: \\{{ for }}", plain),
        ("3", kind["number"]),
        ("def", kind["keyword"]),
        ('"', kind["string"]),
        ("len", kind["builtin"]),
        ("(y)", plain),
        ("else None", kind["keyword"]),
        (LONG.strip(), plain),
    ]
    assert [piece for piece in marked if piece not in seen] == []


def test_lines_are_wrapped_in_prompts_only(opened):
    """A prompt is read without scrolling; code keeps its lines."""
    assert [is_wrapped(opened.lab, number) for number in (WRAPPED, LEFT_LONG)] == [True, False]


def test_colours_follow_what_is_typed(opened):
    """The line makes a prompt of a cell as its last letter is typed; without it, and undone, the cell is Python."""
    lab, page, number = opened.lab, opened.lab.page, CELLS.index(TYPED)
    lab.edit(number, TYPED)
    python, line = looks(lab, number), lab.cell(number).locator(".cm-line")
    line.first.click()
    page.keyboard.type("%%runwar")
    unfinished = looks(lab, number)
    assert unfinished == looks(lab, CELLS.index(UNFINISHED))
    page.keyboard.type("e")
    heading = page.evaluate(KINDS, ["header"])["header"]
    assert ("# It's", heading) in colours(lab, number)
    assert is_prompt(lab, number)
    page.keyboard.press("Backspace")
    assert looks(lab, number) == unfinished
    page.keyboard.type("e")
    assert is_prompt(lab, number)
    for _ in range(9):
        page.keyboard.press("Backspace")
    assert looks(lab, number) == python
    lab.edit(number, "%%runware\n# It's")
    assert ("# It's", heading) in colours(lab, number)


def test_keys_do_what_they_do_in_python(opened):
    """All lines become comments and are lines again; a new line is not indented by the colon above it."""
    lab, page, number = opened.lab, opened.lab.page, CELLS.index(KEYS)
    lab.edit(number, KEYS)
    text = lab.cell(number).locator(".cm-content")
    text.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("ControlOrMeta+/")
    assert text.inner_text() == "# %%runware --once\n# user:"
    assert not is_prompt(lab, number)
    page.keyboard.press("ControlOrMeta+/")
    assert text.inner_text() == KEYS
    assert is_prompt(lab, number)
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.press("Enter")
    page.keyboard.type("Hi")
    assert text.inner_text() == f"{KEYS}\nHi"


#: What a front end lacks or has otherwise, in place of what.
BROKEN = {
    '"@codemirror/language"': '"@codemirror/nothing"',
    "new Compartment()": "new Nothing()",
    "HEAD_LINE.test(": "HEAD_LINE.nothing(",
    "highlightTree(tree": "nothing(tree",
    "compartment.get(": "compartment.nothing(",
}
#: Loads an extension into a Lab that is there already, as Lab does when it starts.
LOAD_LATER = """async ([name, script]) => {
  (0, eval)(script);
  const container = window._JUPYTERLAB[name], app = window.jupyterapp;
  await container.init(window.sharedModules);
  for (const plugin of (await container.get("./extension"))().default) {
    app.registerPlugin(plugin);
    await app.activatePlugin(plugin.id);
  }
}"""


def test_a_failure_leaves_the_colours_of_python(own_lab, notebook):
    """Whatever a front end lacks or has otherwise: no error on the page, and Python's colours by the second key."""
    lab, page = own_lab, own_lab.page
    wrong, said = [], []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: said.append(message.text))
    name = notebook("%%runware\n# It's", "%%runwarx\n# It's")
    names = ["runware-magic", *(f"runware-magic-{number}" for number in range(1, len(BROKEN)))]
    scripts = [broken(piece, called) for piece, called in zip(BROKEN, names, strict=True)]
    page.route(SCRIPT, lambda route: route.fulfill(body=scripts[0], content_type="text/javascript"))
    for number, piece in enumerate(BROKEN):
        said.clear()
        if number:
            page.evaluate(LOAD_LATER, [names[number], scripts[number]])
        lab.open(name)
        lab.stays = True  # from now on
        lab.cell(0).locator(".cm-line").last.click()
        page.keyboard.press("End")
        page.keyboard.type("..")
        lab.edit(1, "%%runwarx\n# It's..")
        prompt, other = ([look for _, *look in looks(lab, cell)] for cell in (0, 1))
        assert prompt == other, piece
        assert lab.cell(0).locator(".cm-content").inner_text() == "%%runware\n# It's..", piece
        assert wrong == [], piece
        assert len([text for text in said if "cells keep Python's colours" in text]) == 1, piece


def broken(piece, name):
    """Return the script, called this, without a piece; it lets the page know which modules Lab shares with it."""
    script = (LABEXTENSION / "static" / "highlighting.js").read_text(encoding="utf-8")
    assert script.count(piece) >= 1
    others = {
        piece: BROKEN[piece],
        '"runware-magic"': f'"{name}"',
        "scope = given": "window.sharedModules = scope = given",
    }
    for old, new in others.items():
        script = script.replace(old, new)
    return script


def test_typing_stays_quick_among_500_prompts(lab, notebook):
    """Of the key presses, 95 % take less than 16 ms of script, or little more than in a cell of Python."""
    lab.open(notebook(PYTHON, *[PROMPT] * 500))
    devtools = lab.page.context.new_cdp_session(lab.page)
    # The time of its own processor: other programs on the machine do not count.
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    python_ms, prompt_ms = (typing_ms(lab, devtools, number) for number in (0, 3))
    assert prompt_ms < max(16, 1.5 * python_ms)


def typing_ms(lab, devtools, number):
    """Type into a cell; return how long 95 % of the key presses kept scripts busy at most."""
    lab.cell(number).locator(".cm-line").nth(4).click()
    lab.page.keyboard.press("End")
    took_s, spent_s = [], script_s(devtools)
    for key in "and {{ limit * 2 :.1f }} of *these* words, isn't it? " * 2:
        lab.page.keyboard.press(key)
        before, spent_s = spent_s, script_s(devtools)
        took_s.append(spent_s - before)
    return 1000 * statistics.quantiles(took_s, n=20)[-1]


def script_s(devtools):
    """Return how long the page has run scripts, in seconds."""
    found = devtools.send("Performance.getMetrics")["metrics"]
    return next(metric["value"] for metric in found if metric["name"] == "ScriptDuration")
