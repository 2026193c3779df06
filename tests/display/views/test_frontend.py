"""What a front end tells of itself, in the messages that run cells."""

import pytest

from runware_magic.display.views.frontend import TEXT, UPDATES, WIDGETS, cell_id, page, shows, takes_cells

SESSION = "6cb0b0b5-12a4e6d4"
PYTHON, BROWSER = f"{SESSION}_4711_3", "0d1f9a5c-6c3b-4f43-9d5e-6f3a1c1f6a55"
CELL = "vscode-notebook-cell:/home/ada/private/talk.ipynb#W2sZmlsZQ%3D%3D"


def message(name, *, allow_stdin=True, **metadata):
    """Give a message that runs a cell."""
    return {
        "header": {"msg_id": name, "session": SESSION},
        "metadata": metadata,
        "content": {"code": "", "allow_stdin": allow_stdin},
    }


@pytest.mark.parametrize(
    ("parent", "expected"),
    [
        (message(BROWSER, cellId="5f0c8a1e-55"), "5f0c8a1e-55"),
        (message(BROWSER, colab={"cell_id": "pZ3vJ_k2x-Qd"}), "pZ3vJ_k2x-Qd"),
        (message(BROWSER), None),
        (message(BROWSER, cellId=""), None),
        (message(BROWSER, cellId=7), None),
        (message(BROWSER, colab="odd"), None),
        ({}, None),
        ({"metadata": None}, None),
        (None, None),
    ],
)
def test_the_cell_is_named_as_the_front_end_names_it(parent, expected):
    """As JupyterLab and Colab do; other front ends do not."""
    assert cell_id(parent) == expected


def test_an_address_of_a_cell_becomes_a_name_without_a_path():
    """The same for the same cell, another for another, and nothing that could be read."""
    names = [cell_id(message(BROWSER, cellId=told)) for told in (CELL, CELL, CELL.replace("W2", "W3"), "a" * 65, "ü")]
    assert names[0] == names[1]
    assert len(set(names)) == 4
    assert all(len(name) == 32 and name.isalnum() for name in names)


@pytest.mark.parametrize(
    ("parent", "expected"),
    [
        (message(BROWSER, cellId="a"), WIDGETS),
        (message(BROWSER, cellId=CELL), WIDGETS),
        (message(BROWSER), WIDGETS),
        (message(PYTHON, cellId="a"), WIDGETS),
        (message(PYTHON), TEXT),
        (message(PYTHON, allow_stdin=False), UPDATES),
        (message("some_other_name"), WIDGETS),
        (message(None), WIDGETS),
        ({"header": {"msg_id": "_1_1"}}, WIDGETS),
        ({}, WIDGETS),
        (None, WIDGETS),
    ],
)
def test_what_shows_an_answer_follows_from_who_asks(parent, expected):
    """Widgets in browsers and editors, text in consoles, displays that are updated where nobody looks."""
    assert shows(parent) == expected


@pytest.mark.parametrize(
    ("parent", "expected"),
    [
        (message(BROWSER, cellId="a"), SESSION),
        (message(PYTHON), None),
        (message(PYTHON, allow_stdin=False), None),
        ({"header": {"session": 7}}, None),
        ({}, None),
        (None, None),
    ],
)
def test_a_page_is_known_by_its_session(parent, expected):
    """Each time it is loaded it has another one; consoles and executors show no page."""
    assert page(parent) == expected


@pytest.mark.parametrize(
    ("parent", "expected"),
    [
        (message(BROWSER, cellId="5f0c8a1e-55"), True),
        (message(BROWSER), True),
        (message(PYTHON), True),
        (message(PYTHON, allow_stdin=False), False),
        (message(BROWSER, cellId=CELL), False),
        (message(BROWSER, cellId="vscode-interactive-input:InteractiveInput-1#ch0"), False),
        (message(BROWSER, colab={"cell_id": "pZ3vJ_k2x-Qd"}), False),
        (message(BROWSER, cellId=7), True),
        (None, True),
    ],
)
def test_who_makes_a_cell_of_a_text_follows_from_who_asks(parent, expected):
    """JupyterLab and Notebook, and consoles as the next prompt; not VS Code, Colab, or what executes a notebook."""
    assert takes_cells(parent) is expected
