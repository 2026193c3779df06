"""What an answer cites, from the endpoint to the notebook and to whatever is made of it."""

import json

import pytest
from loopback import chunked, delta, finish, sse
from recorded import no_network  # noqa: F401  # a fixture
from terminal_ipython import cell, line

from runware_magic import Chat
from runware_magic.chat.events import Cited
from runware_magic.chat.record import MIME_TYPE
from runware_magic.chat.sources import Source

SOURCES = (Source("https://a.org/p?q=1&r=2", "A page"), Source("", "Handbook"))
RESULTS = [source.to_json() for source in SOURCES]
ANSWER = chunked([sse(delta(content="It is[1]. ") | {"search_results": RESULTS}, finish(), "[DONE]")])
LINKED = 'href="https://a.org/p?q=1&amp;r=2"'
#: What shows of the sources in each form of an export.
SHOWN = {
    "html": (LINKED, "Handbook"),
    "md": ("1. [A page](https://a.org/p?q=1&r=2)\n2. Handbook\n",),
    "ipynb": (json.dumps(LINKED)[1:-1], '"citations"'),
}


@pytest.fixture
def answered(shell, magics, asked, tmp_path, monkeypatch):
    """Ask once, in a folder of its own; give what the cell printed, and the server."""
    monkeypatch.chdir(tmp_path)
    server = asked(ANSWER)
    line(shell, "record talk.jsonl")
    told = cell(shell, "m", "Is it?")
    line(shell, "live")
    assert magics.session.conversation.turns("main")[-1].sources == SOURCES
    return told, server


def test_a_cell_shows_them(answered):
    """Under the answer, which stays as it was."""
    assert answered[0].startswith("It is[1]. \n[1] A page · https://a.org/p?q=1&r=2\n[2] Handbook\nturn 1 · m · ")


@pytest.mark.parametrize("form", SHOWN)
@pytest.mark.usefixtures("answered")
def test_exports_hold_them(shell, tmp_path, form):
    """As links, and a notebook in its records, too."""
    line(shell, f"export talk.{form}")
    text = (tmp_path / f"talk.{form}").read_text(encoding="utf-8")
    assert [part for part in SHOWN[form] if part not in text] == []


@pytest.mark.usefixtures("answered")
def test_an_example_for_fine_tuning_leaves_them_out(shell, tmp_path):
    """A model that learns from it cannot have looked them up."""
    line(shell, "export examples.jsonl")
    (example,) = map(json.loads, (tmp_path / "examples.jsonl").read_text(encoding="utf-8").splitlines())
    assert [message["content"] for message in example["messages"]] == ["Is it?", "It is[1]. "]


@pytest.mark.usefixtures("answered")
def test_a_hand_in_holds_them(shell, tmp_path):
    """As links, too."""
    line(shell, "hand-in work.html")
    text = (tmp_path / "work.html").read_text(encoding="utf-8")
    assert LINKED in text
    assert "Handbook" in text


@pytest.mark.usefixtures("answered")
def test_a_notebook_brings_them_back(shell, magics):
    """From its records."""
    line(shell, "export talk.ipynb")
    line(shell, "reset")
    line(shell, "restore talk.ipynb")
    assert magics.session.conversation.turns("main")[-1].sources == SOURCES


@pytest.mark.parametrize("file", ["talk.ipynb", "talk.jsonl"])
def test_a_replay_tells_them_again(shell, magics, answered, no_network, file):  # noqa: F811
    """From a notebook and from a recording."""
    line(shell, "export talk.ipynb")
    line(shell, "reset")
    answered[1].stop()
    no_network()
    line(shell, f"replay {file} --speed max")
    assert "[1] A page · https://a.org/p?q=1&r=2" in cell(shell, "m", "Is it?")
    assert magics.session.conversation.turns("main")[-1].sources == SOURCES


def test_python_has_them(serve):
    """As an event while an answer comes, in its turn, and in the record of that."""
    with Chat("m", base_url=serve(ANSWER).url) as chat:
        *events, turn = chat.stream("Is it?")
        assert [event.sources for event in events if isinstance(event, Cited)] == [SOURCES]
        assert turn.sources == SOURCES
        assert turn._repr_mimebundle_()[MIME_TYPE]["citations"] == RESULTS
        assert [message.content for message in chat.messages] == ["Is it?", "It is[1]. "]
