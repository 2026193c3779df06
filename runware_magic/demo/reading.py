"""Read records out of a prompt, by simple rules: people, bills, reviews, countries, addresses and dates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from runware_magic.demo import exercises, facts, mood
from runware_magic.demo.chance import slips, wording
from runware_magic.demo.made_up import Known
from runware_magic.demo.request import Ask

_LONGEST = 4_000  # characters that are read


def read(ask: Ask, schema_text: str) -> Known:
    """Return what the prompt of a request tells, and what the demo knows about it.

    `schema_text` may say in what unit a number is wanted.
    """
    text = ask.prompt[:_LONGEST]
    rows = _countries(ask, text, f"{text}\n{schema_text}") or _bill(text) or _people(text) or _pets(ask, text)
    fields: dict[str, Any] = dict(rows[0]) if rows else {}
    fields = {**_addresses(text), **_review(text), **(facts.planet(text) or {}), **fields}
    return Known(fields, rows or ([fields] if fields else []))


def _countries(ask: Ask, text: str, told: str) -> list[dict[str, Any]]:
    rows = [facts.country(name, wrong=slips(ask)) for name in facts.countries(text)]
    if re.search(r"\bmillions?\b", told, re.IGNORECASE):
        rows = [{**row, "population": row["millions"], "people": row["millions"]} for row in rows]
    return rows


_NUMBER_WORDS = dict(
    zip(("a", "an", "one", "two", "three", "four", "five", "six"), (1, 1, 1, 2, 3, 4, 5, 6), strict=True)
)
_BOUGHT = re.compile(
    r"\b(a|an|one|two|three|four|five|six|\d{1,4}) ((?:[a-z-]{2,30} ){1,3}?)(at|for) [$€£]? ?(\d{1,6}(?:\.\d{1,2})?)"
    r"( each)?(?![\d%]| ?(?:people|hours|days|minutes))",
    re.IGNORECASE,
)


def _bill(text: str) -> list[dict[str, Any]]:
    """Return what was bought: "two coffees at 3.20 each"."""
    rows = []
    for match in _BOUGHT.finditer(text):
        count = _NUMBER_WORDS.get(match[1].lower()) or int(match[1])
        name = match[2].strip()
        alone = count == 1 or match[5] or match[3].lower() == "at"
        price = float(match[4]) if alone else round(float(match[4]) / max(1, count), 2)
        name = name.removesuffix("s") if count > 1 and not name.endswith("ss") else name
        rows.append(
            {
                **dict.fromkeys(("name", "item", "product", "what"), name),
                **dict.fromkeys(("number", "count", "quantity", "amount", "pieces"), count),
                **dict.fromkeys(("price", "priceeach", "unitprice"), price),
                **dict.fromkeys(("total", "sum", "cost"), round(price * count, 2)),
            }
        )
    return rows


_NAME = r"[A-Z][\w'\u2019-]{1,30}(?: (?:de |van |von |da |al-)?[A-Z][\w'\u2019-]{1,30}){0,3}"
_PERSON = re.compile(rf"({_NAME})(?=,? (?:is|was|lives|lived|works|worked|turned|turns|who|aged?|\d{{1,3}}\b|an? ))")
_AGE = re.compile(r"\b(?:aged?|turned|turns|is|was) (\d{1,3})\b|\b(\d{1,3})[ -]years?[ -]old|, (\d{1,3})[,.]")
_JOB = re.compile(
    r"(?:\b(?:is|was|works as|worked as)|,) (?:an?|the) ([a-z]{3,30}(?: [a-z]{3,30})?)"
    r"(?=,|\.|;|$| (?:in|from|at|and|who|for|near)\b)"
)
_CITY = re.compile(r"\b(?:in|from|near) ([A-Z][\w-]{1,30}(?: [A-Z][\w-]{1,30}){0,2})")


def _people(text: str) -> list[dict[str, Any]]:
    """Return the people: sentences with a name and something about it."""
    found = (_person(sentence) for sentence in re.split(r"(?<=[.!?])\s+", text))
    return [person for person in found if len(person) > 1]


def _person(sentence: str) -> dict[str, Any]:
    match = _PERSON.search(sentence)
    if match is None:
        return {}
    told: dict[str, Any] = {}
    if age := _AGE.search(sentence):
        told["age"] = int(next(filter(None, age.groups())))
    if job := _JOB.search(sentence):
        told |= dict.fromkeys(("job", "profession", "occupation", "work"), job[1])
    places = [place for place in _CITY.findall(sentence) if place.lower() not in exercises.MONTHS]
    if places:
        told |= dict.fromkeys(("city", "town", "place"), places[0])
    if not told:
        return {}
    return {"name": match[1], "fullname": match[1], "person": match[1], **_bio(match[1], told), **told}


def _bio(name: str, told: Mapping[str, Any]) -> dict[str, str]:
    where = f" in {told['city']}" if "city" in told else ""
    if "job" not in told:
        return {}
    article = "an" if told["job"][0] in "aeiou" else "a"
    return {"bio": f"{name} is {article} {told['job']}{where}."}


_PETS: tuple[dict[str, Any], ...] = (
    {"name": "Biscuit", "age": 4, "bio": "Biscuit guards a bakery, and takes his pay in crumbs.", "breed": "beagle"},
    {"name": "Juno", "age": 7, "bio": "Juno has run up every hill of her town but one.", "breed": "collie"},
    {"name": "Pixel", "age": 2, "bio": "Pixel chases her own shadow, and once caught it.", "breed": "terrier"},
)


def _pets(ask: Ask, text: str) -> list[dict[str, Any]]:
    """Return invented dogs, if some are asked for."""
    match = re.search(r"\binvent (a|one|two|three|\d)\b[^.]{0,20}? dogs?\b", text, re.IGNORECASE)
    if match is None:
        return []
    count = _NUMBER_WORDS.get(match[1].lower()) or int(match[1] if match[1].isdecimal() else 1)
    first = int(wording(ask, ("0", "1", "2")))
    return [_PETS[(first + at) % len(_PETS)] for at in range(min(count, len(_PETS)))]


_REVIEWED = re.compile(
    r"\b(?:the|this|my|a) ((?:[a-z]{3,20} )?[a-z]{3,20}?) (?:is|are|was|were|has|had|arrived|came|broke)\b",
    re.IGNORECASE,
)


def _review(text: str) -> dict[str, Any]:
    """Return how a text judges what, by a list of words."""
    liked, disliked = mood.counted(text)
    if not liked and not disliked and not re.search(r"\breviews?\b", text, re.IGNORECASE):
        return {}
    stars = min(5, max(1, 3 + liked - disliked))
    about = _REVIEWED.search(text)
    return {
        **dict.fromkeys(("mood", "sentiment", "feeling", "label", "opinion"), mood.named(liked, disliked)),
        **dict.fromkeys(("stars", "rating", "score"), stars),
        **dict.fromkeys(("recommended", "recommends", "happy", "positive", "liked"), liked > disliked),
        **(dict.fromkeys(("product", "item", "subject", "about"), about[1].lower()) if about else {}),
    }


_ADDRESSES = {
    ("email", "mail", "emailaddress"): re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63}){1,4}"),
    ("url", "link", "website", "address"): re.compile(r"https?://[^\s<>\"')]{1,500}"),
    ("date", "day", "when"): re.compile(r"\b\d{4}-\d\d-\d\d\b"),
}
_YEAR = re.compile(r"\b(1[5-9]\d\d|20\d\d)\b")
_CALLED = re.compile(r"\bmy name is (\w[\w'-]{0,39}(?: [A-Z][\w'-]{0,39})?)", re.IGNORECASE)


def _addresses(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for names, pattern in _ADDRESSES.items():
        if match := pattern.search(text):
            found |= dict.fromkeys(names, match[0])
    if written := exercises.written_date(text):
        found |= {name: found.get(name, written) for name in ("date", "day", "when")}
    if year := _YEAR.search(text):
        found["year"] = int(year[1])
    if called := _CALLED.search(text):
        found["name"] = called[1]
    return found
