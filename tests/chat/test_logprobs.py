"""The tokens of an answer as values: a sequence, a table, a record."""

import json
import math
import sys

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.events import ContentDelta, Finished, TokensScored
from runware_magic.chat.logprobs import MOST_TOKENS, Logprobs, TokenLogprob
from runware_magic.chat.messages import Message
from runware_magic.chat.record import from_record, to_record
from runware_magic.chat.turn import Timing, Turn
from runware_magic.errors import UsageError

HI = TokenLogprob("Hi", math.log(0.5), (("Hi", math.log(0.5)), (" Oh", math.log(0.25))))
THERE = TokenLogprob(" there", -0.1)
TURN = Turn("1", "m", "https://e", (Message("user", "Hi"),), Timing("2026-01-01T00:00:00Z"))


def answered(*tokens):
    """Return a turn whose answer had these tokens."""
    builder = TurnBuilder(TURN)
    for token in tokens:
        builder.fold(ContentDelta(token.token), 1)
        builder.fold(TokensScored((token,)), 1)
    builder.fold(Finished("stop"), 1)
    return builder.snapshot("complete", total_s=2)


def test_they_are_a_sequence():
    """In the order of the answer, short when shown, empty where none came."""
    logprobs = answered(HI, THERE).logprobs
    assert list(logprobs) == [HI, THERE] == [logprobs[0], *logprobs[1:]]
    assert HI.probability == pytest.approx(0.5)
    assert (repr(logprobs), repr(Logprobs((HI,)))) == ("<Logprobs of 2 tokens>", "<Logprobs of 1 token>")
    assert not TURN.logprobs
    assert isinstance(hash(logprobs), int)


def test_they_are_a_table():
    """With a row for each token."""
    table = answered(HI, THERE).logprobs.to_dataframe()
    assert list(table.columns) == ["token", "logprob", "probability", "alternatives"]
    assert list(table.token) == ["Hi", " there"]
    assert table.probability[0] == pytest.approx(0.5)
    assert table.alternatives[0][" Oh"] == pytest.approx(0.25)
    assert list(Logprobs().to_dataframe().columns) == list(table.columns)
    assert isinstance(table, pd.DataFrame)


def test_a_table_needs_pandas(monkeypatch):
    """Its absence is told in one line."""
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UsageError, match="needs pandas"):
        Logprobs().to_dataframe()


def test_a_token_may_be_a_part_of_a_character():
    """Its bytes are told apart from a text that looks like them only as far as servers do."""
    assert TokenLogprob("\\xf0\\x9f", 0.0).as_bytes == b"\xf0\x9f"
    assert TokenLogprob("é", 0.0).as_bytes == "é".encode()


TOKENS = st.builds(
    TokenLogprob,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.floats(-50, 0).map(lambda log: round(log, 4)),
    st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"]), max_size=9), st.just(-1.5)), max_size=4).map(
        tuple
    ),
)


@given(st.lists(TOKENS, max_size=6))
def test_a_record_keeps_them(tokens):
    """Four digits of each logarithm; no field where there are none; the version stays 1."""
    turn = answered(*tokens)
    record = json.loads(json.dumps(to_record(turn)))
    assert record["version"] == 1
    assert ("logprobs" in record) == bool(tokens)
    assert from_record(record) == turn


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ([["a", -1, []], 5, ["b"], ["c", "x", []], [5, -1, []], ["d", -1, [["e"], ["f", -2], 5]]], ["a", "d"]),
        ("x", []),
        (None, []),
        ({"a": 1}, []),
    ],
)
def test_a_broken_record_of_them_loses_only_them(told, kept):
    """The rest of the turn is restored."""
    turn = from_record({**to_record(answered(HI)), "logprobs": told})
    assert [token.token for token in turn.logprobs] == kept
    assert turn.content == "Hi"


def test_they_are_bounded():
    """An endless answer does not fill the memory."""
    builder = TurnBuilder(TURN)
    for _ in range(3):
        builder.fold(TokensScored((THERE,) * (MOST_TOKENS // 2)), 1)
    assert len(builder.snapshot().logprobs) == MOST_TOKENS
