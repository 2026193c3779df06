"""Texts compared word by word, however long and repetitive."""

import random
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runware_magic.display.render.word_diff import compare, likeness

QUARTER_MEGABYTE = 256 * 1024
texts = st.lists(st.sampled_from(["the ", "cat", "sat", " ", "\n", "\n\n", ", ", "漢字", "e\u0301", "\t", "."])).map(
    "".join
)


def told(old, new):
    """Give the pieces in short: text where both agree, pairs where they do not."""
    return [piece.old if piece.same else (piece.old, piece.new) for piece in compare(old, new)]


@given(texts | st.text(), texts | st.text())
def test_the_pieces_are_the_texts(old, new):
    """Put together, the old sides give the old text and the new sides the new one."""
    pieces = compare(old, new)
    assert ("".join(piece.old for piece in pieces), "".join(piece.new for piece in pieces)) == (old, new)


@given(texts)
def test_a_text_is_the_same_as_itself(text):
    """One piece, or none of nothing."""
    assert told(text, text) == ([text] if text else [])


@given(texts, texts)
def test_pieces_alternate(old, new):
    """Neighbours are never of one kind, and none is empty."""
    pieces = compare(old, new)
    kinds = [piece.same for piece in pieces]
    assert all(one != other for one, other in pairwise(kinds))
    assert all(piece.old or piece.new for piece in pieces)


@pytest.mark.parametrize(
    ("old", "new", "pieces"),
    [
        ("the cat sat", "the dog sat", ["the ", ("cat", "dog"), " sat"]),
        ("a cat sat here", "a dog ran here", ["a ", ("cat sat", "dog ran"), " here"]),
        ("One. Two.", "One! Two.", ["One", (".", "!"), " Two."]),
        ("one\n\ntwo", "uno\n\ndue", [("one", "uno"), "\n\n", ("two", "due")]),
        ("a", "a b", ["a", ("", " b")]),
        ("a\nb", "a b", ["a", ("\n", " "), "b"]),
        ("", "x", [("", "x")]),
        ("日本語です", "日本人です", ["日本", ("語", "人"), "です"]),
        ("naïve e\u0301t", "naive e\u0301t", [("naïve", "naive"), " e\u0301t"]),
    ],
)
def test_whole_words_change(old, new, pieces):
    """Words are kept whole, phrases change as one, and Chinese and Japanese change by character."""
    assert told(old, new) == pieces


@pytest.mark.fuzz
@pytest.mark.parametrize(
    ("count", "separator", "changes"),
    [
        (2_000, " ", [("word700", "changed"), ("word1500 ", "")]),
        (2_000, "\n", [("word700", "changed"), ("word1500\n", "")]),
        (4_000, "\n", [("word700\n", "changed\n"), ("word1500\n", "")]),
    ],
)
def test_changes_are_found_in_a_long_text(count, separator, changes):
    """Words in 2,000 of them, lines in more."""
    words = [f"word{number}" for number in range(count)]
    other = [*words[:700], "changed", *words[701:1500], *words[1501:]]
    pieces = told(separator.join(words), separator.join(other))
    assert [piece for piece in pieces if isinstance(piece, tuple)] == changes


@pytest.mark.parametrize("separator", [" ", "\n"])
def test_a_text_that_is_longer_still_changes_as_a_whole(separator):
    """Where difflib would compare for minutes; one that is the same is the same."""
    text = separator.join(["word"] * 4_001)
    assert told(text, f"{text}.") == [(text, f"{text}.")]
    assert told(text, text) == [text]


def of_words(*words, seed=1):
    """Give a quarter of a megabyte of these words, drawn at random."""
    draw = random.Random(seed)  # noqa: S311  # the same texts each time
    return " ".join(draw.choices(words, k=QUARTER_MEGABYTE // (len(words[0]) + 1)))


def of_lines(*lines, seed=1):
    """Give a quarter of a megabyte of these lines, drawn at random."""
    return of_words(*lines, seed=seed).replace(" ", "\n")


def of_anchored(*words, seed=1):
    """Give a quarter of a megabyte of these words, drawn at random, with one that is unique here and there."""
    drawn = of_words(*words, seed=seed).split()
    drawn[::240] = [f"unique{number}" for number in range(len(drawn[::240]))]
    return " ".join(drawn)


VOCABULARY = [f"{number:06}" for number in range(60_000)]


@pytest.mark.fuzz
@pytest.mark.parametrize(
    "write",
    [
        lambda seed: of_words("a", "b", seed=seed),
        lambda seed: of_lines("a", "b", seed=seed),
        lambda seed: of_words(*VOCABULARY[:1000], seed=seed),
        lambda seed: of_words(*VOCABULARY, seed=seed),
        lambda seed: of_lines(*VOCABULARY, seed=seed),
        lambda seed: of_anchored("a", "b", seed=seed),
        lambda seed: " " * (QUARTER_MEGABYTE - seed) + str(seed),
        lambda seed: "\n" * (QUARTER_MEGABYTE - seed) + str(seed),
        lambda seed: "x" * QUARTER_MEGABYTE + str(seed),
        lambda seed: "ab"[seed - 1 :] * QUARTER_MEGABYTE,
        lambda seed: "a " * 2000 if seed == 1 else "a\n" * 99,
        lambda seed: " ".join(f"same{number} {seed}{number}" for number in range(999)),
        lambda seed: "\n".join(f"same{number}\n{seed}{number}" for number in range(2000)),
    ],
)
def test_long_texts_take_no_quadratic_time(write):
    """Two long texts with little in common, or much that is repeated, take seconds at most."""
    old, new = write(1), write(2)
    began = time.process_time()
    pieces = compare(old, new)
    assert time.process_time() - began < 5
    assert "".join(piece.new for piece in pieces) == new


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("the cat sat", "the dog sat", 2 / 3),
        ("a b", "c d", 0),
        ("", "", 1),
        ("", "a b", 1),
        ("Why?", "First: be brief, then say all. Why?", 1),
        ("one two three four", "one 2 3 4", 3 / 18 * 2),
    ],
)
def test_likeness_is_the_share_in_common(old, new, expected):
    """Of both texts, without spaces; a text with additions is as like as can be."""
    assert likeness(compare(old, new)) == pytest.approx(expected, abs=0.05)
