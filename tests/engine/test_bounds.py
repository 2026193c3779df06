"""How much is taken of an answer, at full size; what is far beyond any is an error, and nothing piles up."""

from __future__ import annotations

import gzip
import itertools
import json
import random
import time
import tracemalloc

import pytest
from asking import KEY, OK, QUICK, REQUEST, answer, content
from cells import Watching, one_answer, small
from faults import endlessly, reply
from growth import PROMPTLY_S
from loopback import chunk, chunked, closing, delta, finish, head, sized, sse

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.messages import Message
from runware_magic.chat.turn import Timing, Turn
from runware_magic.engine.kept_bytes import Body
from runware_magic.engine.query import Query
from runware_magic.engine.throttle import DrawCost
from runware_magic.errors import RunwareError, TransportError
from runware_magic.protocol.chunk_decoder import decode_stream
from runware_magic.protocol.limits import Bounds
from runware_magic.transport.connections import RequestCanceller
from runware_magic.transport.endpoint import endpoint
from runware_magic.transport.response import BoundedResponse
from runware_magic.transport.transport import Transport

MB = 2**20


def big(size):
    """Give an event whose text has so many bytes."""
    return sse(delta(content="x" * size))


@pytest.mark.parametrize("framing", [chunked, closing])
def test_an_event_of_almost_16_mb_is_an_answer(serve, framing):
    """And takes no minutes: fed in small pieces, sseclient would need two."""
    began_s = time.monotonic()
    events = answer(serve(framing([big(16 * MB - 1000), sse(finish(), "[DONE]")])))
    assert len(content(events)) == 16 * MB - 1000
    assert time.monotonic() - began_s < 10


@pytest.mark.parametrize("framing", [chunked, closing])
def test_an_event_of_16_mb_is_an_error(serve, framing):
    """In one line; what came before is kept."""
    events = []
    with pytest.raises(TransportError) as caught:
        gather(serve(framing([sse(delta(content="Hel")), big(16 * MB), sse("[DONE]")])), events)
    assert content(events) == "Hel"
    assert str(caught.value) == (
        "One event of the answer is longer than 16 MB. The text so far is kept; its cost is unknown. Check base_url."
    )


def gather(server, events, bounds=None):
    """Ask, and put what comes into a list, also where it ends in an error."""
    talk = Transport(endpoint(server.url, KEY), QUICK, bounds=bounds)
    try:
        for event in talk.answer(REQUEST, RequestCanceller()):
            events.append(event)  # what came before the error is the point
    finally:
        talk.close()


@pytest.mark.parametrize("stream", [True, False])
def test_of_an_answer_beyond_16_mb_so_much_is_kept(serve, stream):
    """Whether it comes in pieces or at once; characters are not cut in two."""
    piece = "é漢🎉" * (MB // 4)  # nine bytes each
    text = piece * 8
    whole = {"choices": [{"message": {"content": text}, "finish_reason": "stop"}]}
    pieces = [sse(delta(content=piece))] * 8
    server = serve(chunked(pieces) if stream else sized(200, json.dumps(whole, ensure_ascii=False).encode()))
    events = []
    with pytest.raises(
        TransportError, match=r"is longer than 16 MB\. The text so far is kept; its cost is unknown\. Ask"
    ):
        gather(server, events)
    assert content(events) == text.encode()[: 16 * MB].decode(errors="ignore")


@pytest.mark.parametrize("reply", [b"{", b'{"choices": [', b" ", b"\n", b"\xef\xbb\xbf", b": ping\n", b"data:\n\n"])
@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
def test_what_never_ends_and_says_nothing_is_an_error(serve, reply, kind):
    """JSON, padding, comments and empty events: nothing came, and what it cost is unknown."""
    server = serve([head(200, kind, Connection="close"), reply, endlessly(reply[-1:] if reply[0] == 123 else reply)])
    with pytest.raises(TransportError, match=r"sent 1 MB without any text of an answer\. It may have been billed"):
        gather(server, [], Bounds(silence=MB))


def test_a_list_of_models_is_bounded_as_an_answer_is(serve):
    """Padding before it included."""
    for piece in (b" ", b"[", b'{"id": "x"},'):
        server = serve([head(200, "application/json", Connection="close"), endlessly(piece)])
        with pytest.raises(TransportError, match="sent more than 16 MB"):
            Transport(endpoint(server.url, KEY), QUICK).models()


FLOODS = {
    "empty events": b"data:\n\n",
    "empty chunks": sse({}),
    "nothing of a choice": sse(delta(content="")),
    "comments": b": ping\n\n",
    "comments without an end": b": ping\n",
    "blank lines": b"\r\n",
    "names of events": b"event: ping\n\n",
}


def folded(pieces):
    """Fold a stream as a kernel does: measured, decoded, its bytes kept."""
    builder, body = TurnBuilder(Turn("1", "m", "e", (), Timing(""))), Body()
    reception = BoundedResponse(REQUEST, Bounds(), "h")

    def kept():
        for piece in pieces:
            body.add(piece)
            yield piece

    for event in reception.events(decode_stream(reception.pieces(kept())), lambda error, _: error, lambda: None):
        builder.fold(event, 0.0)
    return builder, body


@pytest.mark.fuzz
@pytest.mark.parametrize(
    ("flood", "times"), [("empty events", 100_000), ("comments without an end", 100_000), ("empty chunks", 30_000)]
)
def test_events_without_number_that_bring_nothing_harm_nothing(flood, times):
    """The answer behind them is whole, and it takes seconds, not hours."""
    began_s = time.process_time()
    thousand = FLOODS[flood] * 1000
    builder, _ = folded(
        [*itertools.repeat(thousand, times // 1000), b"\n", sse(delta(content="Hello"), finish(), "[DONE]")]
    )
    assert builder.content == "Hello"
    assert builder.snapshot().skipped == 0
    assert time.process_time() - began_s < 7


@pytest.mark.parametrize("flood", FLOODS)
def test_what_brings_nothing_takes_no_memory(flood):
    """Ten times as much of it leaves the peak where it was."""
    peaks = []
    for times in (20, 200):
        pieces = itertools.repeat(FLOODS[flood] * 100, times)
        folded(iter((sse(delta(content="x")), *pieces, b"\n", sse("[DONE]"))))  # what is loaded once does not count
        tracemalloc.start()
        folded(itertools.chain(pieces, [b"\n", sse(delta(content="x"), "[DONE]")]))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 50_000


@pytest.mark.fuzz
def test_text_takes_memory_in_proportion():
    """The JSON around each word is many times the word, and is packed."""
    tracemalloc.start()
    words = [sse({"id": f"chatcmpl-{number}", **delta(content=f"word {number} ")}) for number in range(20_000)]
    before = tracemalloc.get_traced_memory()[0]
    builder, body = folded([*words, sse("[DONE]")])
    text = len(builder.content)
    kept = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert body.read() == b"".join(words) + sse("[DONE]")
    assert kept < 4 * text


def test_what_is_kept_of_many_answers_is_small():
    """A session keeps them for as long as it lives."""
    tracemalloc.start()
    kept = []
    for _ in range(100):
        _, body = folded([sse(delta(content="Hello"), finish(), "[DONE]")])
        body.end()
        kept.append(body)
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert {body.read() for body in kept} == {sse(delta(content="Hello"), finish(), "[DONE]")}
    assert size < 100 * 4000


def test_of_bytes_without_end_a_part_is_kept():
    """So that a body that cannot be packed does not fill the memory; what is shown of it says so."""
    body, noise = Body(), random.Random(1)  # noqa: S311  # no secret
    pieces = [noise.randbytes(MB) for _ in range(12)]
    for piece in pieces:
        body.add(piece)
    kept, end, _ = body.read().partition(b"\n\n: What came after this was more than is kept.\n")
    assert end
    assert b"".join(pieces).startswith(kept)
    assert 8 * MB <= len(kept) < 10 * MB


def test_a_bomb_is_not_blown_up_as_a_whole(serve):
    """What comes compressed is bounded by what it is when decompressed, and read in small pieces."""
    bomb = gzip.compress(b"\n" * 64 * MB)
    server = serve([head(Transfer_Encoding="chunked", Content_Encoding="gzip"), chunk(bomb)])
    tracemalloc.start()
    with pytest.raises(TransportError, match="sent 8 MB without any text"):
        gather(server, [], Bounds(silence=8 * MB))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 24 * MB


@pytest.mark.parametrize("status", [200, 500])
def test_a_bomb_in_a_bomb_is_not_opened(serve, status):
    """No server packs twice."""
    bomb = gzip.compress(gzip.compress(b"\n" * 64 * MB))
    server = serve(sized(status, bomb, Content_Encoding="gzip, gzip", Retry_After="9999"))
    tracemalloc.start()
    with pytest.raises(RunwareError) as caught:
        gather(server, [])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert ("cannot be decompressed" in str(caught.value)) == (status == 200)
    assert peak < 8 * MB


def test_words_between_silences_are_an_answer(serve):
    """Only what brings nothing for very long in a row is an error."""
    pieces = [b": ping\n" * 1000, sse(delta(content="x"))] * 100
    events = []
    gather(serve(chunked([*pieces, sse("[DONE]")])), events, Bounds(silence=100_000))
    assert content(events) == "x" * 100


@pytest.mark.parametrize(
    ("fault", "phase"),
    [
        ("a byte at a time", "before"),
        ("a byte at a time", "content"),
        ("stall", "before"),
        ("stall", "content"),
        ("endless comments", "content"),
        ("endless empty chunks", "headers"),
        ("endless text", "reasoning"),
        ("endless padding", "headers"),
    ],
)
def test_whatever_goes_on_can_be_stopped(serve, fault, phase):
    """Promptly, whatever the server sends: what had come is kept."""
    server = serve(reply(fault, "chunked", phase), OK)
    session = small(bounds=Bounds())
    view = Watching()
    asked = []

    def stopping(stop):
        def draw(*_):
            if not asked:
                asked.append(time.monotonic())
                stop.ask()
            return DrawCost()

        view.draw = draw
        return view

    question = Query((Message("user", "Hi"),))
    with pytest.raises(Exception, match="Stopped"):
        one_answer(session, question, endpoint(server.url, KEY), stopping).here()
    took_s = time.monotonic() - asked[0]
    session.close()
    assert took_s < PROMPTLY_S
    assert all(turn.state == "stopped" for turn in view.settled)
