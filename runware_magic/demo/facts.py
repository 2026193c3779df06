"""Facts for answers, as sentences or JSON: capitals and planets."""

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
_PLANETS = ("Mercury", "Venus", "Earth", "Mars", "Jupiter", "Saturn", "Uranus", "Neptune")
_KNOWN = {plain(country): country for country in _CAPITALS}


def capital(ask: Ask, *, wrong: bool = False) -> tuple[str, str] | None:
    """Return the country whose capital a prompt asks for, and the capital; if `wrong`, a city often taken for it."""
    match = re.search(r"\bcapital (?:city )?of (?:the )?(\w+)(?: (\w+))?", plain(ask.prompt))
    country = match and (_KNOWN.get(f"{match[1]} {match[2]}") or _KNOWN.get(match[1]))
    if not country:
        return None
    right, mistaken = _CAPITALS[country]
    return country, mistaken if wrong and mistaken else right


def wants_json(ask: Ask) -> bool:
    """Whether the prompt or the instructions ask for JSON."""
    return any(map(_AS_JSON.search, (plain(ask.prompt), plain(ask.system))))


_AS_JSON = re.compile(r"\b(as|in|only|valid|return|give|write|answer|reply|with)( me)?( an?)?( valid)? json\b")


def described(ask: Ask, said: str) -> dict[str, Any]:
    """Return the object to write as JSON, about a planet or a capital; for other prompts it contains `said`."""
    words = plain(ask.prompt).split()
    planet = next((name for name in _PLANETS if name.lower() in words), None)
    if planet:
        return {"name": planet, "position": 1 + _PLANETS.index(planet), "rings": planet in _PLANETS[4:]}
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
