"""Fragments of tool calls: as many servers send them, as many ways."""

import json

import pytest
from loopback import delta, sse

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.messages import ToolCall
from runware_magic.chat.turn import Timing, Turn
from runware_magic.protocol.chunk_decoder import decode_stream
from runware_magic.protocol.tool_calls import fragment_of


def called(*deltas):
    """Return the calls that come of these lists of fragments, one a delta."""
    builder = TurnBuilder(Turn("t", "m", "e", (), Timing("2026-01-01T00:00:00Z")))
    for event in decode_stream([sse(*(delta(tool_calls=list(calls)) for calls in deltas), "[DONE]")]):
        builder.fold(event, 0.0)
    return builder.snapshot().reply.tool_calls


def part(arguments=None, *, name=None, **fields):
    """Return a fragment."""
    told = {"name": name, "arguments": arguments}
    return {**fields, "function": {key: value for key, value in told.items() if value is not None}}


F, G = ToolCall("a", "f", '{"x": 1}'), ToolCall("b", "g", '{"y": 2}')
HEAD_F, TAIL_F = '{"x"', ": 1}"
HEAD_G, TAIL_G = '{"y"', ": 2}"


@pytest.mark.parametrize(
    "deltas",
    [
        # As documented
        [
            [part(HEAD_F, name="f", id="a", index=0)],
            [part(TAIL_F, index=0)],
            [part(HEAD_G, name="g", id="b", index=1)],
            [part(TAIL_G, index=1)],
        ],
        # No index
        [[part(HEAD_F, name="f", id="a")], [part(TAIL_F)], [part(HEAD_G, name="g", id="b")], [part(TAIL_G)]],
        # Always 0
        [
            [part(HEAD_F, name="f", id="a", index=0)],
            [part(TAIL_F, index=0)],
            [part(HEAD_G, name="g", id="b", index=0)],
            [part(TAIL_G, index=0)],
        ],
        # The id and the name in every fragment, and the calls in turns
        [
            [part(HEAD_F, name="f", id="a", index=0)],
            [part(HEAD_G, name="g", id="b", index=0)],
            [part(TAIL_F, name="f", id="a", index=0)],
            [part(TAIL_G, name="g", id="b", index=0)],
        ],
        # A tail under another index
        [
            [part(HEAD_F, name="f", id="a", index=0)],
            [part(TAIL_F, index=1)],
            [part(HEAD_G, name="g", id="b", index=1)],
            [part(TAIL_G, index=2)],
        ],
        # Arguments before the name, and the id late
        [
            [part(HEAD_F, index=0)],
            [part(TAIL_F, name="f", id="a", index=0)],
            [part(HEAD_G, name="g", index=1)],
            [part(TAIL_G, id="b", index=1)],
        ],
        # Arguments that are an object, several calls in one list, an id that is empty later
        [[part({"x": 1}, name="f", id="a"), part({"y": 2}, name="g", id="b")], [part("", id="")]],
        [
            [part(HEAD_F, name="f", id="a"), part(HEAD_G, name="g", id="b", index=None)],
            [part(TAIL_G)],
            [part(TAIL_F, id="a")],
        ],
    ],
)
def test_each_fragment_goes_to_its_call(deltas):
    """A known id wins, a new one is a new call, and what has neither id nor index goes on with the last."""
    assert called(*deltas) == (F, G)


@pytest.mark.parametrize(
    "deltas",
    [
        [[part(HEAD_F, name="f"), part(HEAD_G, name="g")], [part(TAIL_F), part(TAIL_G)]],
        [[part('{"x": 1}', name="f")], [part('{"y": 2}', name="g")]],
        [[part('{"x": 1}', name="f", index=0)], [part('{"y": 2}', name="g", index=0)]],
        [
            [part(HEAD_F, name="f", index=0)],
            [part(HEAD_G, name="g", index=1)],
            [part(TAIL_F, index=0)],
            [part(TAIL_G, index=1)],
        ],
        [[part(HEAD_F, name="f")], [part(TAIL_F, name="f")], [part(HEAD_G, name="g")], [part(TAIL_G, name="g")]],
    ],
)
def test_an_id_that_never_comes_is_made_up(deltas):
    """Each call has one of its own: results are told apart by it."""
    assert called(*deltas) == (ToolCall("call_0", "f", F.arguments), ToolCall("call_1", "g", G.arguments))


def test_a_call_may_be_made_twice_without_an_id():
    """Whole arguments are not gone on with, but by the quotes that some servers send behind them."""
    twice = called([part(F.arguments, name="f")], [part("", name="f")], [part(F.arguments, name="f")])
    assert [call.arguments for call in twice] == [F.arguments] * 2
    assert [call.arguments for call in called([part("{}", name="f")], [part('""', name="f")])] == ["{}"]


def test_a_made_up_id_is_no_other_calls():
    """Though the server calls one so."""
    ids = [call.id for call in called([part("{}", name="f"), part("{}", name="g", id="call_0")])]
    assert len(set(ids)) == 2
    assert all(ids)


def test_names_in_every_fragment_of_long_arguments_take_no_time():
    """Only what is short is looked at whether it is whole."""
    pieces = ["{", *(f'"k{number}": {{}},' for number in range(5000)), '"z": {}}']
    (call,) = called(*([part(piece, name="f")] for piece in pieces))
    assert json.loads(call.arguments)["z"] == {}


def nested(levels):
    """Give a value as `json` reads it from Python 3.12 on."""
    value = {}
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize(("levels", "kept"), [(20, nested(20)), (60, {}), (5000, {})])
def test_what_is_nested_very_deeply_beside_a_call_is_left_out(levels, kept):
    """Nothing could copy it, or write it down; the call itself is kept."""
    told = {"id": "a", "function": {"name": "f", "arguments": "{}"}, "extra_content": nested(levels)}
    fragment = fragment_of(told, 0)
    assert (fragment.name, fragment.extra) == ("f", kept)


def test_arguments_that_cannot_be_written_are_empty():
    """As those that are missing."""
    assert fragment_of({"function": {"name": "f", "arguments": nested(100_000)}}, 0).arguments == ""
