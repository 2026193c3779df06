"""The conversations as files of four kinds."""

import html
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from runware_magic.chat.conversation import Conversation
from runware_magic.chat.lineage import asked_after
from runware_magic.chat.messages import Message
from runware_magic.chat.record import MIME_TYPE
from runware_magic.chat.saved_outputs import SavedOutput, rebuild
from runware_magic.chat.turn import Reply, Timing, Turn
from runware_magic.display.render.bundle import bundle
from runware_magic.errors import UsageError
from runware_magic.notebook.export import write
from runware_magic.notebook.ipynb import to_notebook
from runware_magic.notebook.reader import rebuild_from

HOSTILE = (
    "</div></details></style><script>alert(1)</script><img src=x onerror=alert(1)>\n[a](javascript:alert(1)) ![b](x)"
)


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    """Every path is relative to a folder of its own."""
    monkeypatch.chdir(tmp_path)


def turn(name, text="Why?", answer="Because.", **more):
    """Return a turn that was answered."""
    fields = {"cell_id": f"cell-{name}", "state": "complete", "reply": Reply(answer, more.pop("reasoning", ""))}
    return Turn(name, "m", "e", (Message("user", text),), Timing("t"), **{**fields, **more})


def talk(*turns):
    """Make turns that follow each other."""
    conversation = Conversation()
    for each in turns:
        parent, context = asked_after(conversation, each.chat, each.cell_id)
        conversation = conversation.with_turn(replace(each, parent=parent, context=context))
    return conversation


def export(name, conversation, *, chat="main", force=False):
    """Export to a file; give the report and the text."""
    report = write(Path(name), conversation, chat=chat, bundle=bundle, open_notebook=None, force=force)
    return report, Path(name).read_text(encoding="utf-8")


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "again", "fork", "undo", "show"]),
        st.sampled_from(["main", "b", "c d"]),
        st.integers(0, 5),
        st.sampled_from(["complete", "stopped", "failed"]),
    ),
    max_size=12,
)


def lived(steps):
    """Return the conversation after some steps."""
    conversation = Conversation()
    for count, (what, chat, number, state) in enumerate(steps):
        places = conversation.places(chat)
        if what in {"ask", "again"}:
            cell = f"cell-{count if what == 'ask' else number}"
            parent, context = asked_after(conversation, chat, cell)
            new = turn(f"t{count}", f"{count}?", chat=chat, cell_id=cell, state=state, parent=parent, context=context)
            conversation = conversation.with_turn(new)
        elif what == "fork" and places and not conversation.places(f"{chat} {count}"):
            conversation = conversation.forked(chat, f"{chat} {count}", number or None)
        elif what == "undo" and places:
            conversation = conversation.without_last(chat)
        elif what == "show" and places:
            at = number % len(places)
            conversation = conversation.with_shown(chat, at + 1, 1 + count % len(places[at].versions))
    return conversation


def essence(conversation):
    """Return what a notebook must contain of the chats: versions, places and order, whatever its cells."""
    return {
        chat: [(place.versions, place.shown) for place in places]
        for chat, places in conversation.chats.items()
        if places
    }


@given(STEPS)
def test_a_notebook_gives_the_conversation_back(steps):
    """All chats, with versions and forks, and nothing is left out."""
    conversation = lived(steps)
    chats = tuple(chat for chat, places in conversation.chats.items() if places)
    text, not_asked = to_notebook(conversation, chats, bundle)
    rebuilt = rebuild_from(text)
    assert essence(rebuilt.conversation) == essence(conversation)
    assert (rebuilt.left_out, not_asked) == ((), ())


def test_a_notebook_says_what_it_is_made_of():
    """Valid, the extension first, the chat in order, the ids of its cells kept."""
    report, text = export("a.ipynb", talk(turn("1"), turn("2"), turn("3", chat="b"), turn("1b", cell_id="cell-1")))
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert report == "Wrote 3 turns of 2 chats to a.ipynb."
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert [(cell.id, cell.source.split("\n")[0]) for cell in notebook.cells] == [
        ("load", "%load_ext runware_magic"),
        ("cell-1", "%%runware -m m"),
        ("cell-2", "%%runware -m m"),
        ("chat-b", "## b"),
        ("cell-3", "%%runware -m m -c b"),
    ]
    assert {output.output_type for cell in notebook.cells for output in cell.get("outputs", ())} == {"display_data"}


def test_a_notebook_shows_the_outputs_as_they_settled():
    """With the record of what the output stands for in place of the turn's alone."""
    conversation = talk(turn("1"))
    _, text = export("a.ipynb", conversation)
    data = dict(nbformat.reads(text, as_version=4).cells[1].outputs[0].data)
    assert {**data, MIME_TYPE: None} == {**bundle(turn("1")), MIME_TYPE: None}
    assert rebuild([SavedOutput(data[MIME_TYPE], 1, "cell-1")]).conversation.turns("main") == conversation.turns("main")


def test_what_a_fork_shares_is_written_once():
    """And the fork says after what it goes on."""
    conversation = talk(turn("1"), turn("2")).forked("main", "*b*", 1)
    conversation = conversation.with_turn(turn("3", chat="*b*"))
    cells = nbformat.reads(export("a.ipynb", conversation)[1], as_version=4).cells
    assert [cell.id for cell in cells] == ["load", "cell-1", "cell-2", "turn-0", "cell-3"]
    assert cells[3].source.startswith("## \\*b\\*\n\nContinues after the first turn of main.")


def test_ids_that_are_not_legal_or_not_unique_are_others():
    """A cell that asked in two chats has one turn in each, and two cells in the file."""
    conversation = Conversation()
    turns = [
        turn("1", cell_id="a b"),
        turn("2", cell_id=None),
        turn("x y", cell_id="x" * 65),
        turn("4"),
        turn("5", chat="b", cell_id="cell-4", state="failed"),
    ]
    for each in turns:
        conversation = conversation.with_turn(each)
    cells = nbformat.reads(export("a.ipynb", conversation)[1], as_version=4).cells
    assert [cell.id for cell in cells] == ["load", "1", "2", "turn-0", "cell-4", "chat-b", "5"]


def test_a_turn_that_no_cell_can_ask_is_told_and_kept():
    """As a comment that nothing can break out of."""
    conversation = talk(turn("1"), turn("2", "x\n\r\u2028\x0c!ls\n"))
    report, text = export("a.ipynb", conversation)
    cell = nbformat.reads(text, as_version=4).cells[2]
    assert report.endswith("The cells of turn 2 of main cannot repeat the exact request; the answers are kept.")
    assert all(line.startswith("# ") for line in cell.source.splitlines())
    assert essence(rebuild_from(text).conversation) == essence(conversation)


def test_markdown_reads_as_a_conversation():
    """Prompts are quotations, answers stand as they are, the badge closes a turn."""
    report, text = export(
        "a.md", talk(turn("1", "Why *so*?\n1. x", "**Because.**"), turn("2"), turn("2b", cell_id="cell-2"))
    )
    assert report == "Wrote 2 turns of chat main to a.md."
    assert text.startswith(
        "# main\n\n## 1\n\n> Why \\*so\\*?  \n> 1\\. x  \n\n**Because.**\n\nm · usage unknown\n\n## 2 (version"
    )


def test_code_in_a_prompt_is_a_block_in_markdown():
    """Within a fence that nothing in it closes."""
    _, text = export("a.md", talk(turn("1", "Mend:\n    x = 1\n```\ny")))
    assert "> ````text\n> Mend:\n>     x = 1\n> ```\n> y\n> ````\n" in text


def test_examples_in_a_prompt_are_named_by_their_roles():
    """In Markdown and in HTML."""
    asked = replace(turn("1"), messages=(Message("system", "S"), Message("user", "U")))
    assert "**system**\n\n> S  \n\n**user**\n\n> U" in export("a.md", talk(asked))[1]
    assert (
        '<p class="role">system</p>\n<div class="prompt" dir="auto" lang="">S</div>' in export("a.html", talk(asked))[1]
    )


@given(
    st.lists(
        st.sampled_from([*"\\`*_[]()<>&$~|!#+-=:1. \n\t", "<b", "](", "![", "&lt;", "word", "1.", "```"]), max_size=25
    )
)
def test_a_prompt_in_markdown_shows_what_was_typed(pieces):
    """A reader of Markdown sees every character, and no markup."""
    from runware_magic.notebook.escape import quoted

    typed = "".join(pieces)
    tokens = [
        each
        for token in MarkdownIt("gfm-like", {"linkify": False}).parse(quoted(typed))
        for each in (token.children or [token])
        # What keeps a reader's mathematics away.
        if (each.type, each.content) not in {("html_inline", "<span>"), ("html_inline", "</span>")}
    ]
    kinds = {token.type for token in tokens} - {"text", "text_special", "hardbreak", "softbreak", "fence"}
    shown = "".join("\n" if token.type == "hardbreak" else token.content for token in tokens)
    assert kinds <= {"blockquote_open", "blockquote_close", "paragraph_open", "paragraph_close"}
    assert "".join(shown.split()) == "".join(typed.split())


@pytest.mark.parametrize(
    "typed", ["$5 or $10", r"$$\href{a}{b}$$", r"\(x\)", r"\[x\]", r"\begin{align}x\end{align}", r"\ref{a}", "$a\n$"]
)
def test_no_formula_is_made_of_a_prompt(typed):
    """In the text a backslash stands before each delimiter, and in what is made of it an element around."""
    from runware_magic.notebook.escape import quoted

    assert re.search(r"(?<!\\)\$|(?<!\\)\\(?:[(\[]|begin)", quoted(typed)) is None
    shown = MarkdownIt("commonmark", {"html": True}).render(quoted(typed))
    assert re.search(r"(?<!<span>)(?:\$|\\[(\[]|\\begin|\\ref)", shown) is None
    assert html.unescape(re.sub("<[^>]*>", "", shown)).split() == typed.split()


def test_one_dollar_is_left_alone():
    """It has no partner."""
    assert "> costs $5" in export("a.md", talk(turn("1", "costs $5")))[1]


@pytest.mark.parametrize("name", ["a.md", "a.html"])
def test_nothing_in_a_conversation_is_obeyed_by_a_reader(name):
    """Whoever wrote it: prompt, role, chat, model, reasoning or answer."""
    hostile = replace(turn("1", HOSTILE, HOSTILE, reasoning=HOSTILE, chat=HOSTILE), model=HOSTILE)
    hostile = replace(hostile, messages=(Message(HOSTILE, HOSTILE), *hostile.messages))
    _, text = export(name, talk(hostile), chat=HOSTILE)
    shown = MarkdownIt("commonmark", {"html": True}).render(text) if name == "a.md" else text
    assert "<script" not in shown
    assert "<img" not in shown
    assert 'href="javascript' not in shown
    assert shown.count("<details") == shown.count("</details>") == (1 if name == "a.md" else 3)  # the badge has two


def test_a_page_stands_alone():
    """No script, no network, one style sheet of its own."""
    report, text = export("a.html", talk(turn("1", "a < b", "$x^2$ and [a](https://example.org)")))
    assert report == "Wrote 1 turn of chat main to a.html."
    assert "default-src 'none'; style-src 'unsafe-inline'" in text
    assert "a &lt; b" in text
    assert "x^2" in text
    assert not re.search(r"<(?:script|link|img|iframe|object|form|base)\b|src=|url\(|@import", text)
    assert text.count("<style>") == 1


def test_a_page_knows_every_variable_that_the_answers_use():
    """In both colour schemes, as far as it is a colour."""
    from runware_magic.notebook import html_page

    used = set()
    for path in (Path(html_page.__file__).parents[1] / "display").rglob("*.py"):
        used |= set(re.findall(r"var\((--jp-[\w-]+)", path.read_text(encoding="utf-8")))
    assert used
    assert used - {"--jp-mirror-editor-"} <= set(re.findall(r"(--jp-[\w-]+):", html_page._STYLE))


def test_lines_are_in_the_form_of_fine_tuning_files():
    """A chat each: system first, answered turns only."""
    asked = replace(turn("1"), messages=(Message("system", "S"), Message("user", "é\u2028\x85")))
    conversation = talk(asked, turn("2", "lost", state="failed"), turn("3", chat="b"), turn("4", chat="c", answer=""))
    report, text = export("a.jsonl", conversation)
    assert report == "Wrote 2 chats to a.jsonl. Skipped, without a complete answer: 1 chat."
    assert [json.loads(line)["messages"] for line in text.splitlines()] == [
        [
            {"role": "system", "content": "S"},
            {"role": "user", "content": "é\u2028\x85"},
            {"role": "assistant", "content": "Because."},
        ],
        [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "Because."}],
    ]
    assert "é" in text


@pytest.mark.parametrize("name", ["a.ipynb", "a.md", "a.html", "a.jsonl"])
def test_lone_surrogates_are_replaced(name):
    """JSON can carry them, and no file can."""
    _, text = export(name, talk(turn("1", "a\ud800b", "c\ud800d", chat="\ud800")), chat="\ud800")
    assert re.search("c[?\N{REPLACEMENT CHARACTER}]d", text)


@pytest.mark.parametrize(
    ("name", "chat", "said"),
    [
        ("a.txt", "main", "Name a file that ends in .ipynb, .md, .jsonl, .html."),
        ("a", "main", "Name a file that ends in"),
        ("a.md", "nobody", "Chat nobody has no turns. Chats with turns: main, b."),
        ("a.ipynb", "empty", "Chat empty has no turns. Chats with turns: main, b."),
    ],
)
def test_what_cannot_be_written_is_an_error_in_one_line(name, chat, said):
    """And no file is there."""
    conversation = talk(turn("1"), turn("2", chat="b")).forked("nobody", "empty")
    with pytest.raises(UsageError) as caught:
        export(name, conversation, chat=chat)
    assert said in str(caught.value)
    assert not list(Path().iterdir())


def test_nothing_is_written_before_something_was_asked_and_answered():
    """A file without content helps nobody."""
    with pytest.raises(UsageError, match="Ask something first"):
        export("a.md", Conversation())
    with pytest.raises(UsageError, match="No turn has a complete answer yet"):
        export("a.jsonl", talk(turn("1", state="failed")))


def test_a_suffix_may_be_in_capitals_and_a_file_is_replaced_by_force():
    """As file systems without case write it."""
    export("A.MD", talk(turn("1")))
    with pytest.raises(UsageError, match="--force"):
        export("A.MD", talk(turn("1")))
    assert export("A.MD", talk(turn("1"), turn("2")), force=True)[0].startswith("Wrote 2 turns")


def test_a_file_in_the_home_folder_is_named_as_it_was_typed(monkeypatch, tmp_path):
    """Where that folder is, no notebook needs to know."""
    monkeypatch.setenv("HOME", str(tmp_path))
    report = write(Path("~/a.md"), talk(turn("1")), chat="main", bundle=bundle, open_notebook=None, force=False)
    assert report == "Wrote 1 turn of chat main to ~/a.md."
    assert (tmp_path / "a.md").exists()


#: Prints, for each command, what is loaded after it of what only notebooks need.
COMMANDS = """
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "runware_magic")
shell.run_cell_magic("runware", "demo:echo@1", "Say this back.")
for command in {commands}:
    try:
        shell.run_line_magic("runware", command)
    except Exception as error:
        print(error)
    print("loaded:", *sorted({{"nbformat", "jsonschema", "fastjsonschema"}} & set(sys.modules)))
"""


@pytest.mark.usefixtures("_kernels")
def test_only_a_notebook_loads_what_notebooks_need():
    """Every other form does without, and so does what fails, a hand-in and the reading of a notebook."""
    Path("saved.ipynb").write_text('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}')
    without = (
        *("export a.md", "export a.html", "export a.jsonl", "hand-in b.html", "restore saved.ipynb"),
        *("export a.txt", "export a.md", "export saved.ipynb", "export b.ipynb --chat c", "restore nowhere.ipynb"),
    )
    code = COMMANDS.format(commands=(*without, "export b.ipynb"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *loaded, last = [line for line in done.stdout.splitlines() if line.startswith("loaded:")]
    assert loaded == ["loaded:"] * len(without)
    assert "nbformat" in last
    assert {path.name for path in Path().iterdir()} == {"a.md", "a.html", "a.jsonl", "b.html", "saved.ipynb", "b.ipynb"}
