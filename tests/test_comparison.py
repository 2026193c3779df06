"""A comparison as a value: copied, pickled and stored."""

import copy
import pickle
from collections import defaultdict

import pytest
from loopback import chunked, delta, finish, sse
from terminal_ipython import cell

from runware_magic import Chat
from runware_magic.errors import OptionError, UsageError

WAYS = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{f"pickle {protocol}": protocol for protocol in range(pickle.HIGHEST_PROTOCOL + 1)},
}


def again(value, way):
    """Give a value after one of the ways."""
    return way(value) if callable(way) else pickle.loads(pickle.dumps(value, way))  # noqa: S301  # made here


@pytest.fixture
def got(shell, asked):
    """Ask two models, and give the comparison; the second is picked."""
    asked(*[chunked([sse(delta(content="Hello"), finish(), "[DONE]")])] * 2)
    cell(shell, "--compare a,b -o got --expect contains:Hello", "Hi")
    shell.user_ns["got"].pick(2)
    return shell.user_ns["got"]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_comparison_stays_the_same(got, way):
    """Its turns, what was picked, its table and its display survive every way of copying."""
    other = again(got, way)
    assert other == got
    assert hash(other) == hash(got)
    assert (other.picked, len(other), list(other)) == (got.turns[1], 2, list(got.turns))
    assert other.to_dataframe().equals(got.to_dataframe())
    assert other._repr_mimebundle_() == got._repr_mimebundle_()
    assert again(other, way) == got


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy])
def test_a_copy_of_this_kernel_picks(got, way):
    """It is about the same chat."""
    assert way(got).pick(1) == got.turns[0] == got.picked


def test_its_answers_are_read_by_index(got):
    """Counted from 0, as in every sequence; `pick` counts from 1, as the table does."""
    assert (got[0], got[-1], got[1:]) == (got.turns[0], got.turns[-1], got.turns[1:])
    with pytest.raises(IndexError):
        got[len(got)]


def test_a_loaded_comparison_does_not_pick(got):
    """One line says why; the chat goes on as before."""
    loaded = pickle.loads(pickle.dumps(got))  # noqa: S301  # likewise
    with pytest.raises(UsageError, match="belongs to no chat in this kernel") as raised:
        loaded.pick(1)
    assert "\n" not in str(raised.value)
    assert loaded.picked == got.picked == got.turns[1]
    with pytest.raises(OptionError, match="There is no answer 3"):
        loaded.pick(3)


def test_a_comparison_is_stored(shell, got, tmp_path, monkeypatch):
    """``%store`` keeps it, and gives it back."""
    monkeypatch.setattr(shell.db, "root", tmp_path)
    shell.run_line_magic("load_ext", "storemagic")
    shell.run_line_magic("store", "got")
    del shell.user_ns["got"]
    shell.run_line_magic("store", "-r got")
    assert shell.user_ns["got"] == got


@pytest.mark.parametrize("number", ["1", 0, True, None, 1.0])
def test_what_is_no_number_picks_nothing(got, number):
    """The error says what was given."""
    with pytest.raises(OptionError, match="number must be a whole number from 1, not"):
        got.pick(number)
    assert got.picked == got.turns[1]


@pytest.mark.parametrize("path", [5, None, b"got.csv"])
def test_what_is_no_path_is_not_written_to(got, path):
    """The error names the argument."""
    with pytest.raises(OptionError, match="path must be a file path, not"):
        got.to_csv(path)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_turn_is_a_value(serve, way):
    """Whatever its parameters were made of: it keeps what was sent, and can be copied and pickled."""
    server = serve(chunked([sse(delta(content="Hello"), finish(), "[DONE]")]))
    form = defaultdict(lambda: None, type="json_object", tags=("a", "b"))
    with Chat("m", base_url=server.url, logit_bias={50256: -100}) as chat:
        turn = chat.ask("Hi", response_format=form)
    form["type"] = "text"
    assert again(turn, way) == turn
    assert turn.parameters["response_format"] == {"type": "json_object", "tags": ["a", "b"]}
    sent = server.heard[0].json
    assert {name: sent[name] for name in turn.parameters} == turn.parameters
