"""Requests with pictures, as `%runware show` and exports have them."""

import ast
import base64
import json

import pytest
from attaching import FIG, TURN
from terminal_ipython import line

DATA = base64.b64encode(FIG.data).decode()


@pytest.fixture
def shown(shell, magics):
    """Give a function that runs a command, in a chat whose prompt has a picture."""
    magics.base_url = "http://127.0.0.1:9/v1"
    magics.session.change(lambda now: now.with_turn(TURN))
    return lambda command: line(shell, command)


@pytest.mark.parametrize("form", ["curl", "python", "json"])
def test_a_picture_is_short_on_the_screen(shown, form):
    """With its length; the note says how to show all of it."""
    short = shown(f"show --as {form}")
    assert DATA not in short
    assert f"{DATA[:40]}… {len(DATA) - 40:,} more characters …" in short
    assert f"Pictures are shortened here: %runware show 1 --as {form} --whole shows all of it." in short


@pytest.mark.parametrize("form", ["curl", "python", "json"])
def test_the_whole_request_is_ready_to_run(shown, form):
    """Byte for byte as it was sent, without a note."""
    whole = shown(f"show --as {form} --whole")
    assert DATA in whole
    assert "shortened" not in whole
    if form == "json":
        assert json.loads(whole)["messages"] == [message.to_json() for message in TURN.messages]
    if form == "python":
        assert ast.parse(whole)


@pytest.mark.parametrize("command", ["export {} --force", "export {} --force --no-images"])
@pytest.mark.parametrize("form", ["ipynb", "md", "html", "jsonl"])
def test_an_export_leaves_them_out_if_asked_to(shown, tmp_path, command, form):
    """The command says so in one word."""
    path = tmp_path / f"talk.{form}"
    shown(command.format(path))
    assert (DATA in path.read_text()) == ("--no-images" not in command)


def test_a_hand_in_leaves_them_out_if_asked_to(shown, tmp_path):
    """As an export does."""
    for options in ("", " --no-images"):
        shown(f"hand-in {tmp_path}/work.html --force{options}")
        assert (DATA in (tmp_path / "work.html").read_text()) == (not options)
