"""What an answer cites, in all the places where servers tell it."""

import pytest
from loopback import delta, finish, sse

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.events import Cited, ContentDelta, Ended, OtherChoice
from runware_magic.chat.sources import MOST, Source
from runware_magic.chat.turn import Timing, Turn
from runware_magic.protocol.chunk_decoder import decode_stream, decode_whole

URLS = ["https://a.org/", "https://b.org/"]
BARE = (Source(URLS[0]), Source(URLS[1]))
NAMED = (Source(URLS[0], "A"), Source(URLS[1], "B"))
RESULTS = [{"url": source.url, "title": source.title, "date": "2026-01-01", "snippet": "…"} for source in NAMED]
ANNOTATIONS = [
    {"type": "url_citation", "url_citation": {"url": each.url, "title": each.title, "start_index": 0, "end_index": 9}}
    for each in NAMED
]


def cited(*values):
    """Return the sources of each such event of a stream."""
    return [event.sources for event in decode_stream([sse(*values)]) if isinstance(event, Cited)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([delta(content="x") | {"citations": URLS}], [BARE]),
        ([delta(content="x") | {"citations": URLS, "search_results": RESULTS}], [BARE, NAMED]),
        ([delta(content="x") | {"search_results": RESULTS}, finish() | {"citations": URLS}], [NAMED]),
        ([delta(content=text) | {"citations": URLS} for text in "xyz"], [BARE]),
        ([{"choices": [], "citations": URLS[:1]}, {"choices": [], "citations": URLS}], [BARE[:1], BARE]),
        ([delta(content="x", annotations=ANNOTATIONS)], [NAMED]),
        ([delta(annotations=ANNOTATIONS[:1]), delta(annotations=ANNOTATIONS[1:])], [NAMED[:1], NAMED]),
        ([delta(annotations=ANNOTATIONS), delta(annotations=ANNOTATIONS)], [NAMED]),
        ([delta(annotations=[{"type": "url_citation", **result} for result in RESULTS])], [NAMED]),
        ([{"choices": [{"message": {"content": "x", "annotations": ANNOTATIONS}}]}], [NAMED]),
        ([delta(content="x", citations=URLS)], [BARE]),
        ([{"choices": [], "citations": ["Handbook", {"title": "T"}]}], [(Source("Handbook"), Source("", "T"))]),
        ([{"choices": [], "citations": [None, 1, [], {}, "", {"url": 1, "title": []}]}], []),
        ([{"choices": [], "citations": URLS[0], "search_results": {"url": URLS[0]}}], []),
        ([delta(annotations=[{"type": "file_citation", "file_citation": {"file_id": "f"}}])], []),
        ([delta(annotations=[{"type": "url_citation", "url_citation": URLS[0]}])], []),
    ],
)
def test_sources_are_found_wherever_they_come(values, expected):
    """In chunks, deltas and messages; a list that is repeated is told once."""
    assert cited(*values) == expected


def test_sources_of_an_answer_that_is_not_shown_are_not_told():
    """Of several, the first counts; those of another choice are its own."""
    other = {"choices": [{"index": 1, "delta": {"annotations": ANNOTATIONS}}]}
    events = decode_stream([sse(delta(content="x"), other)], several=True)
    assert next(events) == ContentDelta("x")
    assert [(type(event), event.index) for event in events] == [(OtherChoice, 1)]


def test_the_numbers_in_a_text_count_the_list_of_all():
    """Annotations of its parts tell no other order, wherever they stand."""
    reply = {"choices": [{"message": {"content": "x", "annotations": ANNOTATIONS[1:]}}], "citations": URLS}
    assert list(decode_whole(reply)) == [Cited(BARE), ContentDelta("x"), Cited((BARE[0], NAMED[1])), Ended()]


def test_a_turn_takes_them_in():
    """All that were named so far, and none of a list without an end."""
    builder = TurnBuilder(Turn("1", "m", "e", (), Timing("t")))
    many = [f"https://a.org/{number}" for number in range(10 * MOST)]
    for event in decode_stream([sse({"choices": [], "citations": URLS}, {"choices": [], "citations": many})]):
        builder.fold(event, 0.1)
    turn = builder.snapshot()
    assert turn.sources == (*BARE, *map(Source, many[: MOST - 2]))
    assert turn.timing.first_token_s is None
