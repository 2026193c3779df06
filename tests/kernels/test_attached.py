"""What a real kernel knows of its cells and its last error."""

import json

import pytest

CELLS = [
    "%load_ext runware_magic\n%config RunwareMagics.base_url = 'http://127.0.0.1:9/v1'",
    "import sys\nprint('one', file=sys.stderr)\n[1, 2]",
    """from IPython.display import HTML, display
shown = display(HTML('<b>old</b>'), display_id=True)
shown.update(HTML('<b>new</b>'))
for step in range(3):
    print(f'\\rstep {step}', end='')""",
    "import asyncio\nawait asyncio.sleep(0)\nprint('awaited')",
    "class Cart:\n    def total(self, items):\n        return sum(items) / len(items)",
    "Cart().total([])",
    "%%runware\nHi",
]
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGMQMgkDAAD4AJ3MaiF4AAAAAElFTkSuQmCC"
PICTURE = f"import base64\nfrom IPython.display import Image\ndisplay(Image(base64.b64decode('{PNG}')))"


@pytest.fixture
def sent(running):
    """Run the cells; give what a further one would send with some items."""
    for number, code in enumerate(CELLS):
        running.run(code, f"cell-{number}")

    def content(options, *more):
        for code in more:
            running.run(code, "more")
        (shown,) = running.run(f"%%runware --dry-run {options}\nWhy?", "asking").shown
        text = shown["text/plain"]
        return json.loads(text[text.index("\n{") :])["messages"][-1]["content"]

    yield content
    running.run("%unload_ext runware_magic")


def test_a_kernel_knows_its_cells_and_its_last_error(sent):
    """Printed texts, displays as they are now, results, cells that wait, functions of other cells; in one kernel."""
    cells = sent("--with cells:5")
    for text in ("```\none\n```", "[1, 2]", "<b>new</b>", "```\nstep 2\n```", "```\nawaited\n```", "ZeroDivisionError"):
        assert text in cells
    for text in ("```\n<b>old", "step 1", "%%runware", "load_ext"):
        assert text not in cells
    error = sent("--with error")
    assert 'File "<cell>", line 1, in <' in error
    assert 'File "<another cell>", line 3, in total\n' in error
    assert "/ipykernel_" not in error
    assert error.endswith("```python\ndef total(self, items):\n    return sum(items) / len(items)\n```")
    text, picture = sent("--with cells:1", PICTURE)
    assert text["text"].endswith("```\n\nDisplayed:\n")
    assert picture["image_url"]["url"].startswith("data:image/png;base64,")
