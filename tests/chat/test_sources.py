"""What an answer cites."""

import pytest

from runware_magic.chat.sources import MOST, Source, merged

A, B = Source("https://a.org/"), Source("https://b.org/", "B")


@pytest.mark.parametrize(
    ("known", "new", "all_"),
    [
        ((), (A, B), (A, B)),
        ((A, B), (B, A), (A, B)),
        ((A,), (A, Source(A.url, "A"), Source(A.url, "other")), (Source(A.url, "A"),)),
        ((B,), (Source(B.url),), (B,)),
        ((), (Source("", "Handbook"), Source("", "Handbook"), Source("")), (Source("", "Handbook"),)),
        ((A,), (Source("Https://a.org/"),), (A, Source("Https://a.org/"))),
    ],
)
def test_each_source_stands_once_in_the_order_of_arrival(known, new, all_):
    """By its address, or else its title; a title may come later, and none takes the place of another."""
    assert merged(known, new) == all_


@pytest.mark.parametrize(
    ("source", "bounded"),
    [
        (Source("https://a.org/\n\x1b", " a\n\tb\x1b "), Source("https://a.org/ \u241b", "a b\u241b")),
        (Source("https://a.org/\ud83d", "\ud83d"), Source("https://a.org/\ufffd", "\ufffd")),
        (Source("https://a.org/", "x" * 301), Source("https://a.org/", "x" * 299 + "…")),
        (Source("https://" + "a" * 1992), Source("https://" + "a" * 1992)),
        (Source("https://" + "a" * 1993, "A"), Source("", "A")),
        (Source("https://" + "a" * 1993), Source("", "https://" + "a" * 291 + "…")),
    ],
)
def test_texts_are_lines_of_bounded_length(source, bounded):
    """An address that was cut would lead elsewhere."""
    assert merged((), [source]) == (bounded,)
    assert merged((bounded,), [source]) == (bounded,)


def test_so_many_are_kept_and_no_more():
    """Those that are known may still get their titles."""
    many = [Source(f"https://a.org/{number}") for number in range(MOST + 1)]
    kept = merged((), many)
    assert kept == tuple(many[:MOST])
    assert merged(kept, [Source(many[0].url, "A"), B]) == (Source(many[0].url, "A"), *kept[1:])
