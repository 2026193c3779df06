"""Nothing that a model or a server says runs, loads or fetches anything in the page."""

import json

import pytest
from loopback import chunked, delta, finish, sized, sse
from playwright.sync_api import expect

LOAD = "%load_ext runware_magic\n%config RunwareMagics.base_url = '{url}'"
# Every vector that runs sets window.pwned or asks evil.invalid for something.
VECTORS = r"""
<script>window.pwned = 1</script>
<img src=x onerror="window.pwned = 2">
<img src="https://evil.invalid/pixel.png">
<svg onload="window.pwned = 3"></svg>
<iframe srcdoc="<script>parent.window.pwned = 4</script>"></iframe>
<style>@import url(https://evil.invalid/style.css); body { display: none }</style>
<link rel="stylesheet" href="https://evil.invalid/style.css">
<form action="https://evil.invalid/"><input autofocus onfocus="window.pwned = 5"></form>
<div style="background: url(https://evil.invalid/background.png)">styled</div>
<details open ontoggle="window.pwned = 6"><summary>x</summary></details></details></details></div></div>
<math><mtext><table><mglyph><style><img src=x onerror="window.pwned = 7"></style></mglyph></table></mtext></math>

![remote](https://evil.invalid/image.png "title") ![](//evil.invalid/two.png)
![data](data:image/svg+xml,<svg/onload=pwned=8>)

[click me](javascript:window.pwned=9) [and me](JaVaScRiPt&colon;window.pwned=10)
[data](data:text/html,<script>1</script>)
<javascript:window.pwned=11> [ref] [x](vbscript:1) [safe](https://example.invalid/ "a title")

[ref]: javascript:window.pwned=12

$\href{javascript:window.pwned=13}{click}$ and \(\href{javascript:window.pwned=14}{click}\) and
$$\require{html}\style{background:url(https://evil.invalid/tex.png)}{x} \class{jp-mod}{y} \unicode{x41}$$

```html
<img src=x onerror="window.pwned = 15">
```

```"><img src=x onerror="window.pwned=16">
code
```

`<img src=x onerror="window.pwned = 17">`
"""


@pytest.fixture
def watched(lab):
    """Give the page, and fail where it asks for anything beyond this machine."""
    asked = []

    def note(request):
        asked.append(request.url)

    lab.page.on("request", note)
    yield lab
    lab.page.remove_listener("request", note)
    assert [url for url in asked if not url.startswith((lab.url, "data:", "blob:"))] == []


def assert_unharmed(lab):
    """No vector ran, and none can be clicked."""
    assert lab.page.evaluate("() => window.pwned ?? null") is None
    links = lab.page.locator(".runware-turn a[href]").evaluate_all("links => links.map(link => link.href)")
    assert {link for link in links if not link.startswith(("http://", "https://", "mailto:"))} == set()
    # A live turn has a style of its own, beside the texts.
    active = "script, style, iframe, img, svg:not(mjx-container svg), form, object, embed, link"
    inside = f".runware-turn :is({active}):not(style), :is(.jp-RenderedHTMLCommon, .runware-badge) :is({active})"
    assert lab.page.locator(inside).evaluate_all("found => found.map(each => each.outerHTML.slice(0, 200))") == []


def test_a_hostile_answer_does_nothing(watched, notebook, serve):
    """Live, settled, and in the saved Markdown, in a trusted notebook."""
    pieces = [sse(delta(reasoning_content="</details></div>" + VECTORS))]
    pieces += [sse(delta(content=VECTORS[at : at + 40])) for at in range(0, len(VECTORS), 40)]
    server = serve(chunked([*pieces, sse(finish(), "[DONE]")]))
    name = notebook(LOAD.format(url=server.url), '%%runware "<img src=x onerror=pwned=18>"\nHi')
    watched.open(name)
    watched.run_all()
    expect(watched.turn(1)).to_contain_text("click me")
    assert_unharmed(watched)
    settled = watched.settled(1)
    settled.locator("summary").first.click()
    expect(settled.locator(".runware-reasoning")).to_contain_text("click me")
    for link in settled.get_by_text("click").filter(has_not_text="click here to select all").all():
        if link.is_visible():  # not so in the field that holds the answer as Markdown
            link.click(trial=True)
    assert_unharmed(watched)
    watched.screenshot("hostile")
    markdown = watched.save(name).cells[1].outputs[0].data["text/markdown"]
    # What a cell has just shown is trusted.
    show = f"from IPython.display import display\ndisplay({{'text/markdown': {markdown!r}}}, raw=True)"
    watched.open(notebook(show))
    watched.run_all()
    expect(watched.output(0)).to_contain_text("click me")
    assert watched.page.evaluate("() => window.pwned ?? null") is None
    inside = ".jp-RenderedMarkdown :is(script, iframe, img, form, object, embed, a[href^='javascript' i])"
    assert watched.page.locator(inside).count() == 0


#: Replies of a server that are errors, by what they are.
ERRORS = {
    "an error page": sized(500, VECTORS.encode(), "text/html"),
    "a page in place of an answer": sized(200, VECTORS.encode(), "text/html"),
    "an error's message": sized(400, json.dumps({"error": {"message": VECTORS}}).encode()),
    "an error in an answer": chunked([sse(delta(content="x"), {"error": VECTORS})]),
}


def test_a_hostile_error_does_nothing(watched, notebook, serve):
    """An error page, an error's message, before the answer and in it."""
    server = serve(*ERRORS.values())
    load = LOAD.format(url=server.url) + "\n%config RunwareMagics.retries = 0"
    watched.open(notebook(load, *["%%runware --once\nHi"] * len(ERRORS)))
    watched.run_cell(0)
    for number, error in enumerate(ERRORS, 1):
        watched.run_cell(number)
        watched.output(number).get_by_text("Error: ").first.wait_for()
        assert_unharmed(watched)
        inside = ".jp-OutputArea-output :is(img, script, iframe, form, svg)"
        assert watched.output(number).locator(inside).count() == 0, error
    assert len(server.heard) == len(ERRORS)
