"""Values of the notebook in cells: where they go, and how much of them."""

import pandas as pd
import pytest
from PIL import Image
from terminal_ipython import cell, failed

from runware_magic.chat.attached import Attached
from runware_magic.engine.settings import Settings


@pytest.fixture
def notebook(shell):
    """Give a notebook with a table and a picture."""
    shell.user_ns["df"] = pd.DataFrame({"a": range(100), "b": range(100), "c": range(100)})
    shell.user_ns["photo"] = Image.new("RGB", (400, 200))
    shell.user_ns["rows"] = {"red": {"seen": Image.new("RGB", (30, 20), "red")}, "none": {"seen": "nothing"}}
    return shell


def test_the_settings_bound_what_is_sent(notebook, magics, asked):
    """Rows, columns, and pixels; the turn says what it has of the notebook."""
    magics.max_rows, magics.max_columns, magics.max_image_side = 4, 2, 100
    server = asked()
    cell(notebook, "-o turn", "What is in {{ df }} and {{ photo }}?")
    table, picture, end = server.heard[0].json["messages"][0]["content"]
    assert table["text"].startswith("What is in \n\n|  | a (int64) | … | c (int64) |\n")
    assert table["text"].endswith("\n\n100 × 3; 96 rows and 1 column not shown\n\n and ")
    assert picture["image_url"]["url"].startswith("data:image/png;base64,")
    assert end == {"type": "text", "text": "?"}
    assert notebook.user_ns["turn"].attached == (
        Attached("df", "table", (100, 3), cut=True),
        Attached("photo", "picture", (100, 50)),
    )


def test_max_attachment_bounds_texts(notebook, magics, asked):
    """Such as a source."""
    magics.max_attachment = 100
    server = asked()
    cell(notebook, "", "{{ __import__('textwrap') }}")
    assert "\n(first 100 of " in server.heard[0].json["messages"][0]["content"]


def test_the_settings_are_those_of_python():
    """Where nobody sets any, a cell and a script send the same."""
    from runware_magic.ipython.magics import RunwareMagics
    from runware_magic.prompt.values.inserted import DEFAULT_LIMITS

    names = ("max_rows", "max_columns", "max_image_side", "max_attachment")
    traits = RunwareMagics.class_traits()
    assert [traits[name].default_value for name in names] == [getattr(DEFAULT_LIMITS, name) for name in names]
    assert Settings().limits == DEFAULT_LIMITS


def test_each_row_has_its_own_picture(notebook, asked):
    """And its own turn says so."""
    server = asked()
    cell(notebook, "--over rows -o got", "Name the colour: {{ row.seen }}")
    kinds = [heard.json["messages"][0]["content"] for heard in server.heard if heard.body]
    assert sorted(type(content).__name__ for content in kinds) == ["list", "str"]
    got = {turn.variant.labels["row"]: turn.attached for turn in notebook.user_ns["got"]}
    assert got == {"red": (Attached("row.seen", "picture", (30, 20)),), "none": ()}


def test_raw_sends_the_braces(notebook, asked):
    """As they stand."""
    server = asked()
    cell(notebook, "--raw", "{{ df }}")
    assert server.heard[0].json["messages"][0]["content"] == "{{ df }}"


def test_a_dry_run_shows_what_would_be_sent(notebook, asked):
    """The table, and that there is a picture; nothing is sent."""
    server = asked()
    shown = cell(notebook, "--dry-run", "{{ df }}{{ photo }}")
    assert "100 × 3; 80 rows not shown" in shown
    assert "data:image/png;base64," in shown
    assert server.heard == []


def test_a_value_that_cannot_be_sent_is_an_error_of_its_cell(notebook, asked, capsys):
    """In one line, and nothing is sent."""
    server = asked()
    notebook.user_ns["photo"] = b"GIF89a"
    _, shown = failed(notebook, "%%runware\n{{ photo }}", capsys)
    assert shown.startswith("PromptError: photo is a broken picture. ")
    assert server.heard == []


def test_the_source_of_a_cell_is_found(notebook, asked):
    """Of a function and of a class, in a real shell."""
    server = asked()
    sources = ["def half(number):\n    return number / 2", "class Empty:\n    pass"]
    for source in sources:
        notebook.run_cell(source, store_history=False)
    cell(notebook, "", "{{ half }}\n{{ Empty }}")
    assert server.heard[0].json["messages"][0]["content"] == "\n".join(sources)


def test_the_last_error_has_the_lines_of_cells_and_none_of_ipython(notebook, asked, capsys):
    """As its author would paste it, alike in each kernel."""
    server = asked()
    notebook.run_cell("def half(number):\n    return number / 2\nhalf('a')", store_history=False)
    capsys.readouterr()
    cell(notebook, "", "{{ __import__('sys').last_value }}")
    lines = server.heard[0].json["messages"][0]["content"].splitlines()
    assert [line for line in lines if line.startswith(("T", "  F", "    r", "    h"))] == [
        "Traceback (most recent call last):",
        '  File "<cell>", line 3, in <module>',
        "    half('a')",
        '  File "<cell>", line 2, in half',
        "    return number / 2",
        "TypeError: unsupported operand type(s) for /: 'str' and 'int'",
    ]
