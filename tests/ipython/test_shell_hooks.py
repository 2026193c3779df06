"""What IPython would take for something else: whole cells, as a user runs them."""

import pytest
from terminal_ipython import contents, failed, in_one_line, saying, sentence

from runware_magic.errors import RunwareError

ASKED = [
    ("%%runware\nHi", ["Hi"]),
    ("\n  \n%%runware\nHi", ["Hi"]),
    ("# The first question\n%%runware\nHi", ["Hi"]),
    ("#@title Ask\n\n  # and again\n%%runware --once\n# Hi\n", ["# Hi"]),
    ("%%runware\t--once\nHi", ["Hi"]),
    ("%%runware\xa0--once\u3000-t 0\nHi", ["Hi"]),
    ("%%runware\n%runware ask Why?", ["%runware ask Why?"]),
    ("%%runware\n%%runware asks, doesn't it?", ["%%runware asks, doesn't it?"]),
    ("%%runware\r\nOne\r\n  two\r\n", ["One\n  two"]),
    ("# With a carriage return\r\n%%runware\r\nHi\r\n", ["Hi"]),
    ("%%runware --raw\r\nOne\r\n\r\n", ["One"]),
    ("%runware ask What is recursion?\n%runware ask And 'this' ?", ["What is recursion?", "And 'this' ?"]),
    ("%runware ask What's this?\nx = 1\n%runware ask What's that?", ["What's this?", "What's that?"]),
    ("%runware ask What is \\\nthis?", ["What is  this?"]),
    ("%runware ask Why?\r\n%runware ask How?\r\n", ["Why?", "How?"]),
    ("%runware\xa0ask\tWhy?", ["Why?"]),
    ("if True:\n    %runware ask Why?\nelse:\n    %runware ask Not?", ["Why?"]),
    ("s = '''\n%runware ask Why?\n%%runware\n'''\n%runware ask {{ s }}", ["%runware ask Why?\n%%runware"]),
]


@pytest.mark.parametrize(("source", "prompts"), ASKED)
def test_a_cell_asks_what_its_author_meant_to_ask(shell, asked, capsys, source, prompts):
    """Comments above, any blank behind a magic, any line end, a question mark at the end: none is in the way."""
    server = asked(*saying(*"AB"))
    error, shown = failed(shell, source, capsys)
    assert error is None, shown
    assert [contents(heard)[-1][1].strip("\n") for heard in server.heard] == prompts
    assert "@title" not in shown


TOLD = [
    ("%%runware", "Write what to ask below the %%runware line."),
    ("%%runware --once", "Write what to ask below the %%runware line."),
    ("# Only this\n%%runware\n", "Write what to ask below the %%runware line."),
    ("%%runware What is Python?", "or on one line: %runware ask What is Python?"),
    ("%%runware What is Python?\r\n", "or on one line: %runware ask What is Python?"),
    ("%%runware -s Answer in one sentence.\nWhy?", "Quote a text with spaces: -s 'Answer …'"),
    ("%%runware\u200b --once\nHi", "invisible character is on the line: U+200B ZERO WIDTH SPACE."),
    ("%runware What is Python?", "What is not a command of %runware. To ask this: %runware ask What is Python?"),
    ("%runware Which chat's this?", "To ask this: %runware ask Which chat's this?"),
    ("%runware history?", "%runware? shows each command."),
    ("%runware \u2014once", "Write --once"),
    ("import runware_magic\n%%runware\nWhat is Python?", "only comments may come before it."),
    ("1 / 0\n%%runware", "%%runware is not the first line of its cell."),
    ("'''A text.'''\n%%runware --once\nIt's prose: what is {{ x }}?", "%%runware is not the first line of its cell."),
    ("if True:\n    %%runware\n    What?", "%%runware is not the first line of its cell."),
]


@pytest.mark.parametrize(("source", "said"), TOLD)
def test_a_cell_that_cannot_ask_says_what_to_do_in_one_line(shell, asked, capsys, source, said):
    """Nothing is sent, nothing of the cell has run, and no message of IPython's own stands in the way."""
    server = asked()
    error, shown = failed(shell, source, capsys)
    assert isinstance(error, RunwareError), shown
    assert said in str(error)
    assert shown == sentence(error)
    assert server.heard == []


@pytest.mark.parametrize("end", ["", " ", "\n", "\r\n"])
@pytest.mark.parametrize(("magic", "said"), [("%%runware?", "--max-tokens NUMBER"), ("%runware?", "history [CHAT]")])
def test_a_question_mark_alone_asks_for_help(shell, capsys, monkeypatch, magic, said, end):
    """Whatever ends the line, and with a comment above."""
    pages = []
    monkeypatch.setattr("IPython.core.page.page", lambda data, **_: pages.append(data["text/plain"]))
    error, _ = failed(shell, f"# Help\n{magic}{end}", capsys)
    assert error is None
    assert said in pages[0]


@pytest.mark.parametrize("source", ["x = 5\nx?", "%lsmagic?", "# %%runware\n7 % 2", "%%time\n# %%runware\n1"])
def test_what_is_not_ours_is_left_to_ipython(shell, source):
    """Other magics, other questions and comments are read as without the extension."""
    manager = shell.input_transformer_manager
    read = manager.transform_cell(source)
    shell.run_line_magic("unload_ext", "runware_magic")
    assert manager.transform_cell(source) == read


def test_a_cell_in_a_console_goes_on_until_an_empty_line(shell):
    """IPython asks whether it is complete: with or without a body it is not, before that line."""
    manager = shell.input_transformer_manager
    assert [manager.check_complete(text)[0] for text in ("%%runware", "%%runware\nHi", "%%runware\nHi\n\n")] == [
        "incomplete",
        "incomplete",
        "complete",
    ]
    assert manager.check_complete("%runware ask Why?")[0] == "complete"


def test_a_kernel_reads_cells_so_too(running, serve):
    """What a front end sends reaches the magics as in a console, and errors come in one line."""
    server = serve(*saying(*"ABC"))
    running.load(server.url)
    for source in ("# Ask\r\n%%runware\r\nOne\r\n  two", "%runware ask What's this?", "%runware?\n%%runware?"):
        assert running.run(source, "cell").error is None
    for source in ("%%runware What is Python?", "%runware What is Python?", "1 / 0\n%%runware\nWhat is it?"):
        error = running.run(source, "other").error
        assert error["ename"] == "OptionError"
        assert in_one_line("\n".join(error["traceback"])) == f"OptionError: {error['evalue']}"
    assert [contents(heard)[-1][1] for heard in server.heard] == ["One\n  two", "What's this?"]
