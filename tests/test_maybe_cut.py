"""Answers that end without any text of the endpoint that they are whole: kept, gone on from, and said."""

import re

import pytest
from loopback import chunked, closing, delta, finish, sized, sse
from recorded import no_network  # noqa: F401  # a fixture
from terminal_ipython import cell, contents, failed, line, saying

from runware_magic.display.render.bundle import bundle

SAID = "The endpoint did not confirm that this answer is complete; it may be cut off."
WORDS = [sse(delta(content="Hel")), sse(delta(content="lo"))]
CUT = chunked(WORDS)


def shown_of(turn):
    """Return what a notebook shows of a turn: HTML, Markdown and text."""
    made = bundle(turn)
    return [made["text/html"], made["text/markdown"], made["text/plain"]]


@pytest.mark.parametrize(
    ("reply", "is_said"),
    [
        (CUT, True),
        (sized(200, b"".join(WORDS), "text/event-stream"), True),
        (chunked([*WORDS, sse(finish("null"))]), True),
        (chunked([*WORDS, sse(finish(""))]), True),
        (chunked([*WORDS, sse("[DONE]")]), False),
        (chunked([*WORDS, sse(finish("stop"))]), False),
        (closing([*WORDS, sse(finish("stop"))]), False),
        (sized(200, b'{"choices": [{"message": {"content": "Hello"}}]}'), False),
    ],
)
def test_an_answer_that_nobody_called_whole_says_so(shell, magics, asked, reply, is_said):
    """In its output, in its badge, and in the history; it is kept, and what is asked next goes on from it."""
    server = asked(reply, *saying("A"))
    told = cell(shell, "m", "Hi")
    turn = magics.session.conversation.turns("main")[-1]
    assert (turn.state, turn.content) == ("complete", "Hello")
    assert turn.finish_reason == (None if is_said else turn.finish_reason)
    for text in (told, *shown_of(turn)):
        assert (SAID in re.sub(r"\s+", " ", text), "no finish reason" in text) == (is_said, is_said)
    assert ("no finish reason" in line(shell, "history")) == is_said
    cell(shell, "m", "Go on")
    assert [content for _, content in contents(server.heard[1])] == ["Hi", "Hello", "Go on"]


@pytest.mark.parametrize("reason", ["null", "", "error"])
def test_a_body_that_merely_stops_fails(shell, magics, asked, reason, capsys):
    """Where the connection is all that ends it, such a finish reason is none."""
    asked(closing([*WORDS, sse(finish(reason))]))
    failed(shell, "%%runware m\nHi", capsys)
    turn = magics.session.conversation.turns("main")[-1]
    assert (turn.state, turn.content, turn.maybe_cut) == ("failed", "Hello", False)


def test_it_passes_no_check(shell, asked, capsys):
    """Whatever of it has come."""
    asked(CUT)
    error, _ = failed(shell, "%%runware m --expect contains:Hello\nHi", capsys)
    assert "it may be cut off" in str(error)


def test_a_comparison_goes_on_from_the_whole_answer(shell, magics, asked):
    """Though the one that may be cut comes first; it is no error."""

    def reply(heard):
        return CUT if heard.json["model"] == "a" else saying("Whole")[0]

    asked(reply)
    told = cell(shell, "--compare a,b", "Hi")
    assert "no finish reason" in told
    assert [str(turn) for turn in magics.session.conversation.turns("main")] == ["Whole"]


@pytest.mark.parametrize("how", ["notebook", "recording"])
def test_it_says_so_when_it_is_told_again(shell, magics, asked, tmp_path, no_network, how):  # noqa: F811
    """Restored from a notebook, replayed from one, or replayed from a recording."""
    server = asked(CUT)
    path = tmp_path / ("talk.ipynb" if how == "notebook" else "talk.jsonl")
    if how == "recording":
        line(shell, f"record {path}")
    cell(shell, "m", "Hi")
    turn = magics.session.conversation.turns("main")[-1]
    line(shell, f"export {path}" if how == "notebook" else "live")
    line(shell, "reset")
    server.stop()
    no_network()
    if how == "notebook":
        line(shell, f"restore {path}")
        assert magics.session.conversation.turns("main") == (turn,)
        line(shell, "reset")
    line(shell, f"replay {path} --speed max")
    assert SAID in re.sub(r"\s+", " ", cell(shell, "m", "Hi"))
    assert magics.session.conversation.turns("main")[-1].maybe_cut
