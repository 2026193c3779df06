"""Tool calls in every arrangement of fragments that was reported, however the bytes are cut."""

import json

import pytest
from tool_streams import CASES

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.turn import Timing, Turn
from runware_magic.protocol.chunk_decoder import decode_stream, decode_whole
from runware_magic.protocol.sse import server_sent

SHORT = [case for case in CASES if len(case.body) < 5_000]
WHOLE = [case for case in CASES if len(case.chunks) == 1 and "message" in case.chunks[0]["choices"][0]]


def turn(events):
    """Return what events come to."""
    builder = TurnBuilder(Turn("t", "m", "e", (), Timing("")))
    for event in events:
        builder.fold(event, 0.0)
    return builder.snapshot()


def calls(found):
    """Return names and arguments."""
    return tuple((call.name, call.arguments) for call in found.reply.tool_calls)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_calls_are_those_that_the_server_meant(case):
    """With their ids, each another; made up where the server sends none."""
    found = turn(decode_stream([case.body]))
    ids = [call.id for call in found.reply.tool_calls]
    assert calls(found) == case.calls
    assert ids == [*case.ids] if case.ids else all(ids)
    assert len(set(ids)) == len(ids)
    assert (found.finish_reason, found.skipped, found.content) == (case.finish_reason, 0, "")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bytes_may_come_one_by_one(case):
    """Nothing is lost or doubled."""
    assert calls(turn(decode_stream(bytes([byte]) for byte in case.body))) == case.calls


@pytest.mark.parametrize("case", SHORT, ids=lambda case: case.name)
def test_bytes_may_be_cut_anywhere(case):
    """In two, at every byte: the decoder is given the same, which it would take four times as long to decode."""
    body, expected = case.body, list(server_sent([case.body]))
    for at in range(len(body)):
        assert list(server_sent([body[:at], body[at:]])) == expected


@pytest.mark.parametrize("case", [SHORT[0], WHOLE[0]], ids=lambda case: case.name)
def test_the_decoder_sees_no_cut(case):
    """Of fragments and of a whole message: in two, at every byte, as well."""
    body, expected = case.body, list(decode_stream([case.body]))
    for at in range(len(body)):
        assert list(decode_stream([body[:at], body[at:]])) == expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_has_come_so_far_is_the_beginning_of_it(case):
    """At every chunk, so that a card can show it; no call changes its place, its id or its name."""
    builder = TurnBuilder(Turn("t", "m", "e", (), Timing("")))
    seen = ()
    for event in decode_stream([case.body]):
        builder.fold(event, 0.0)
        now = calls(builder.snapshot())
        assert len(now) >= len(seen)
        for (name, arguments), (new_name, new_arguments) in zip(seen, now, strict=False):
            assert name in ("", new_name)
            assert new_arguments.startswith(arguments)
        seen = now
    assert seen == case.calls


@pytest.mark.parametrize("case", WHOLE, ids=lambda case: case.name)
def test_an_answer_without_a_stream_has_the_same_calls(case):
    """One object instead of chunks."""
    value = json.loads(json.dumps(case.chunks[0]))
    assert calls(turn(decode_whole(value))) == case.calls
