"""Records that the demo reads out of a prompt, by rules."""

from __future__ import annotations

import pytest

from runware_magic.demo.models import find
from runware_magic.demo.reading import read
from runware_magic.demo.request import Ask, Said


def fields(prompt, *names, model="demo:tutor@1", schema="", **parameters):
    """Return what is known of these names."""
    known = read(Ask(find(model), (Said("user", prompt),), 4096, parameters=parameters), schema)
    return tuple(known.fields.get(name) for name in names)


def rows(prompt, *names):
    """Return what is known of these names, for each row; nothing is wrong at temperature 0."""
    known = read(Ask(find("demo:tutor@1"), (Said("user", prompt),), 4096, parameters={"temperature": 0}), "")
    return [tuple(row.get(name) for name in names) for row in known.rows]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("Ada Moreau, who turned 36 in May, is a baker in Lyon.", ("Ada Moreau", 36, "Lyon", "baker")),
        ("Extract: Jean-Luc de Vries, 52, works as a pilot near Bern.", ("Jean-Luc de Vries", 52, "Bern", "pilot")),
        ("Zoë is 7 years old.", ("Zoë", 7, None, None)),
        ("Mia lives in New York.", ("Mia", None, "New York", None)),
        ("The sea is salty.", (None, None, None, None)),
        ("Why is it so?", (None, None, None, None)),
    ],
)
def test_people(prompt, expected):
    """A name, and what is said of it; nothing is guessed."""
    assert fields(prompt, "name", "age", "city", "job") == expected


def test_several_people_are_rows():
    """One for each sentence."""
    prompt = "Ada, 36, is a baker in Lyon. It rains. Ben turned 41 and is a nurse from Oslo."
    assert rows(prompt, "name", "age", "job", "city") == [("Ada", 36, "baker", "Lyon"), ("Ben", 41, "nurse", "Oslo")]


def test_a_bill():
    """With the price of one, and how many there are."""
    prompt = "Two coffees at 3.20 each, a croissant for 1.90 and 3 rolls for 2.40."
    expected = [("coffee", 3.2, 2, 6.4), ("croissant", 1.9, 1, 1.9), ("roll", 0.8, 3, 2.4)]
    assert rows(prompt, "item", "price", "number", "total") == expected


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("The lamp is beautiful and warm, and the delivery was friendly.", ("lamp", 5, "positive")),
        ("My kettle is slow, noisy and ugly.", ("kettle", 1, "negative")),
        ("This chair arrived late, but it is lovely.", ("chair", 3, "neutral")),
        ("What does this review say? The notebook has 80 pages.", ("notebook", 3, "neutral")),
        ("It has 80 pages.", (None, None, None)),
    ],
)
def test_reviews(prompt, expected):
    """The product, and a mood by the words."""
    assert fields(prompt, "product", "stars", "mood") == expected


def test_countries():
    """Those that are named, or as many of a continent as are asked for; people in the unit that is wanted."""
    assert fields("Describe New Zealand.", "capital", "population") == ("Wellington", 5_000_000)
    assert fields("Describe Kenya.", "population", schema="in millions") == (56,)
    assert rows("Name two countries in South America.", "country", "capital") == [
        ("Argentina", "Buenos Aires"),
        ("Brazil", "Brasília"),
    ]
    assert len(rows("List countries of Europe, with capitals.", "name")) > 10
    assert rows("Compare Peru and Japan.", "name") == [("Peru",), ("Japan",)]


def test_some_capitals_are_wrong():
    """A schema sees to the form of an answer, and not to its truth."""
    found = {fields("Describe Australia.", "capital", model="demo:brisk@1", seed=seed)[0] for seed in range(30)}
    assert found == {"Canberra", "Sydney"}
    assert fields("Describe Australia.", "capital", model="demo:brisk@1", temperature=0) == ("Canberra",)


def test_planets_and_pets():
    """The planets as they are; the pets are invented, since that is asked."""
    assert fields("Describe Saturn.", "name", "position", "rings") == ("Saturn", 6, True)
    assert len(rows("Invent three dogs.", "name", "age", "bio")) == 3


def test_addresses_and_dates():
    """Only what is written."""
    prompt = "Write to ada@example.org about https://example.org/x before 14 May 2026."
    assert fields(prompt, "email", "url", "date", "year") == (
        *("ada@example.org", "https://example.org/x", "2026-05-14", 2026),
    )
    assert fields("On 2026-05-14 or 99 May 2026", "date") == ("2026-05-14",)
    assert fields("my name is Bo", "name") == ("Bo",)


@pytest.mark.parametrize(
    "text", ["a" * 10**6, "in A " * 10**5, "two a " * 10**5, "A A " * 10**5, "1 " * 10**5, "@." * 10**5]
)
def test_long_texts_are_read_at_once(text):
    """Only their beginning is."""
    fields(text, "name")
