"""Facts for answers, as sentences, JSON or rows: capitals, countries and planets."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from runware_magic.demo.request import Ask
from runware_magic.demo.topic import plain

#: Each country with its capital, and a city that is often taken for it.
_CAPITALS: Mapping[str, tuple[str, str]] = {
    "Argentina": ("Buenos Aires", ""),
    "Australia": ("Canberra", "Sydney"),
    "Austria": ("Vienna", ""),
    "Brazil": ("Brasília", "Rio de Janeiro"),
    "Canada": ("Ottawa", "Toronto"),
    "China": ("Beijing", "Shanghai"),
    "Egypt": ("Cairo", ""),
    "Finland": ("Helsinki", ""),
    "France": ("Paris", ""),
    "Germany": ("Berlin", ""),
    "Greece": ("Athens", ""),
    "India": ("New Delhi", "Mumbai"),
    "Ireland": ("Dublin", ""),
    "Italy": ("Rome", ""),
    "Japan": ("Tokyo", ""),
    "Kenya": ("Nairobi", ""),
    "Mexico": ("Mexico City", ""),
    "Morocco": ("Rabat", "Casablanca"),
    "New Zealand": ("Wellington", "Auckland"),
    "Nigeria": ("Abuja", "Lagos"),
    "Norway": ("Oslo", ""),
    "Pakistan": ("Islamabad", "Karachi"),
    "Peru": ("Lima", ""),
    "Poland": ("Warsaw", ""),
    "Portugal": ("Lisbon", ""),
    "Spain": ("Madrid", ""),
    "Sweden": ("Stockholm", ""),
    "Turkey": ("Ankara", "Istanbul"),
    "Türkiye": ("Ankara", "Istanbul"),
    "United Kingdom": ("London", ""),
    "United States": ("Washington", "New York"),
    "Vietnam": ("Hanoi", "Ho Chi Minh City"),
}
#: The people of these countries in millions, rounded (United Nations, 2024), and their continent.
_PEOPLE: Mapping[str, tuple[int, str]] = {
    "Argentina": (46, "South America"),
    "Australia": (27, "Oceania"),
    "Austria": (9, "Europe"),
    "Brazil": (212, "South America"),
    "Canada": (40, "North America"),
    "China": (1419, "Asia"),
    "Egypt": (117, "Africa"),
    "Finland": (6, "Europe"),
    "France": (67, "Europe"),
    "Germany": (85, "Europe"),
    "Greece": (10, "Europe"),
    "India": (1451, "Asia"),
    "Ireland": (5, "Europe"),
    "Italy": (59, "Europe"),
    "Japan": (124, "Asia"),
    "Kenya": (56, "Africa"),
    "Mexico": (131, "North America"),
    "Morocco": (38, "Africa"),
    "New Zealand": (5, "Oceania"),
    "Nigeria": (233, "Africa"),
    "Norway": (6, "Europe"),
    "Pakistan": (251, "Asia"),
    "Peru": (34, "South America"),
    "Poland": (39, "Europe"),
    "Portugal": (10, "Europe"),
    "Spain": (48, "Europe"),
    "Sweden": (11, "Europe"),
    "Turkey": (87, "Asia"),
    "United Kingdom": (69, "Europe"),
    "United States": (345, "North America"),
    "Vietnam": (101, "Asia"),
}
_COUNTED = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_PLANETS = ("Mercury", "Venus", "Earth", "Mars", "Jupiter", "Saturn", "Uranus", "Neptune")
#: Names of countries and cities.
PLACES = frozenset(
    name for row in ((country, *cities) for country, cities in _CAPITALS.items()) for name in row if name
)
_KNOWN = {plain(country): country for country in _CAPITALS}


def capital(ask: Ask, *, wrong: bool = False) -> tuple[str, str] | None:
    """Return the country whose capital a prompt asks for, and the capital; if `wrong`, a city often taken for it."""
    match = re.search(r"\bcapital (?:city )?of (?:the )?(\w+)(?: (\w+))?", plain(ask.prompt))
    country = match and (_KNOWN.get(f"{match[1]} {match[2]}") or _KNOWN.get(match[1]))
    if not country:
        return None
    right, mistaken = _CAPITALS[country]
    return country, mistaken if wrong and mistaken else right


def countries(text: str) -> list[str]:
    """Return the countries that a text names, in its order; else those of a continent, as many as it asks for."""
    there = re.sub(r"\W+", " ", text)
    named = [(at, name) for name in _PEOPLE if (at := f" {there} ".find(f" {name} ")) >= 0]
    if named:
        return [name for _, name in sorted(named)]
    asked = _OF_CONTINENT.search(there)
    if asked is None:
        return []
    word = (asked[1] or "").lower()
    count = _COUNTED.index(word) + 1 if word in _COUNTED else int(word or len(_PEOPLE))
    return [name for name, (_, where) in _PEOPLE.items() if where == asked[2]][:count]


_OF_CONTINENT = re.compile(
    rf"\b(?:({'|'.join(_COUNTED)}|\d{{1,2}}) (?:\w+ )?)?countries (?:in|of|from) (\w+(?: America)?)", re.IGNORECASE
)


def country(name: str, *, wrong: bool = False) -> dict[str, Any]:
    """Return the facts of a country that `countries` has returned; if `wrong`, with a city taken for its capital."""
    right, mistaken = _CAPITALS[name]
    people, continent = _PEOPLE[name]
    return {
        **dict.fromkeys(("name", "country"), name),
        "capital": mistaken if wrong and mistaken else right,
        "continent": continent,
        **dict.fromkeys(("population", "people"), people * 10**6),
        **dict.fromkeys(("millions", "populationmillions"), people),
    }


def planet(text: str) -> dict[str, Any] | None:
    """Return the facts of the planet that a text names."""
    words = plain(text).split()
    name = next((name for name in _PLANETS if name.lower() in words), None)
    return {"name": name, "position": 1 + _PLANETS.index(name), "rings": name in _PLANETS[4:]} if name else None


def wants_json(ask: Ask) -> bool:
    """Whether the prompt or the instructions ask for JSON."""
    return any(map(_AS_JSON.search, (plain(ask.prompt), plain(ask.system))))


_AS_JSON = re.compile(r"\b(as|in|only|valid|return|give|write|answer|reply|with)( me)?( an?)?( valid)? json\b")


def described(ask: Ask, said: str) -> dict[str, Any]:
    """Return the object to write as JSON, about a planet or a capital; for other prompts it contains `said`."""
    if seen := planet(ask.prompt):
        return seen
    if found := capital(ask):
        return dict(zip(("country", "capital"), found, strict=True))
    return {"answer": said, "by": "a script, not a model"}


def spoiled(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return it with typical mistakes: words for numbers, and yes for true."""
    return {name: _SPOILT.get(type(entry), str)(entry) for name, entry in value.items()}


_SPOILT: dict[type, Callable[[Any], object]] = {
    bool: lambda truth: "yes" if truth else "no",
    int: lambda number: ("zero", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")[number],
}
