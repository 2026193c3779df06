"""Fill the parameters of a function from a prompt, by simple rules; what is not there is made up, and said to be."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runware_magic.demo import facts, made_up, reading
from runware_magic.demo.exercises import MONTHS
from runware_magic.demo.made_up import CannotMakeError, Known, allows, key
from runware_magic.demo.request import Ask

_LONGEST = 4_000  # characters of a prompt that are read
_MOST = 8  # calls at once
_NUMBER_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBER = re.compile(
    rf"(?<![\w.])-?\d{{1,15}}(?:\.\d{{1,15}})?(?!\w)|\b(?:{'|'.join(_NUMBER_WORDS[2:])})\b", re.IGNORECASE
)
_QUOTED = re.compile(r"[\"\u201c]([^\"\u201c\u201d]{1,500})[\"\u201d]|`([^`]{1,500})`")
_NAME = re.compile(r"[^\W\d_a-z][\w'\u2019-]{1,40}(?: [^\W\d_a-z][\w'\u2019-]{1,40}){0,3}")
_ARITHMETIC = re.compile(r"[-(]?\d[\d\s.+*/^()-]{0,200}[\d)]")
#: Parameters that take a name of the prompt, and those that take all of it.
_NAMED = frozenset({"city", "cities", "town", "place", "places", "location", "country", "countries", "name", "region"})
_TEXTS = frozenset({"query", "question", "text", "prompt", "message", "search", "sentence", "topic", "input", "q"})
_FORMULAS = frozenset({"expression", "formula", "calculation", "equation"})
_FORMATS = {"email": "email", "uri": "url", "date": "date"}
_NO_NAMES = frozenset({*MONTHS, "i", "i'm", "please", "celsius", "fahrenheit"})


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that may be called."""

    name: str
    description: str
    schema: Mapping[str, Any]  # of its parameters

    @property
    def properties(self) -> Mapping[str, Any]:
        """The schemas of the parameters by name."""
        told = self.schema.get("properties")
        return told if isinstance(told, Mapping) else {}

    def needs(self, name: str) -> bool:
        """Whether a parameter must be given."""
        required = self.schema.get("required")
        return isinstance(required, list) and name in required


@dataclass(frozen=True, slots=True)
class Filled:
    """The arguments of a call, and the names of those that are made up."""

    arguments: Mapping[str, Any]
    invented: tuple[str, ...] = ()


def filled(tool: Tool, ask: Ask, *, careless: bool = False) -> list[Filled]:
    """Return the arguments of each call that a prompt asks for: one, or one for each name in it.

    If `careless`, a number that the prompt has in words stays in words, which is wrong. The list is empty if no
    arguments are found that the function takes.
    """
    named, target = names(ask.prompt), _target(tool)
    several = named[:_MOST] if target and kind(tool.properties[target]) == "string" else named[:1]
    found = [_one(tool, ask, target, name) for name in several or [""]]
    if careless:
        found = [Filled(_with_words(tool, one.arguments, ask.prompt), one.invented) for one in found if one]
    return [one for one in found if one]


def mended(tool: Tool, ask: Ask, wrong: Mapping[str, Any]) -> Filled | None:
    """Return the arguments without what is wrong in them; None if that is not possible."""
    right = {name: value for name, value in wrong.items() if _takes(tool, name, value)}
    fresh = [one for one in filled(tool, ask) if right.items() <= {**one.arguments, **right}.items()]
    best = next((one for one in fresh if any(one.arguments.get(name) == right[name] for name in right)), None)
    best = best or next(iter(fresh), None)
    if best is None:
        return None
    arguments = {**best.arguments, **right}
    invented = tuple(name for name in best.invented if name not in right)
    return Filled(arguments, invented) if allows(tool.schema, arguments) else None


def names(prompt: str) -> list[str]:
    """Return the names in a prompt, each once: capitalized words, at the start of a sentence only known ones."""
    text = prompt[:_LONGEST]
    found = []
    for match in _NAME.finditer(text):
        first, _, rest = match[0].partition(" ")
        starts = not text[: match.start()].rstrip() or text[: match.start()].rstrip()[-1] in ".!?:\n"
        name = match[0] if not starts or match[0] in facts.PLACES or first in facts.PLACES else rest
        name = re.sub(r"['\u2019]s$", "", name)
        if name and name[0].isupper() and name.lower() not in _NO_NAMES:
            found.append(name)
    return list(dict.fromkeys(found))


def kind(schema: object) -> str:
    """Return the type of a parameter; of several, the first that is not null."""
    told = schema if isinstance(schema, Mapping) else {}
    types = told.get("type")
    if isinstance(types, list):
        return next((str(entry) for entry in types if entry != "null"), "null")
    if isinstance(types, str):
        return types
    ways = told.get("anyOf")
    found = [kind(way) for way in ways] if isinstance(ways, list) else []
    return next((entry for entry in found if entry != "null"), "")


def _target(tool: Tool) -> str:
    """Return the parameter that a name of the prompt goes to; empty if there is none."""
    texts = [name for name, schema in tool.properties.items() if kind(schema) in {"string", "array"}]
    free = (name for name in texts if tool.needs(name) and key(name) not in _TEXTS | _FORMULAS and _is_free(tool, name))
    return next((name for name in texts if key(name) in _NAMED), None) or next(free, "")


def _is_free(tool: Tool, name: str) -> bool:
    schema = tool.properties[name]
    return kind(schema) == "string" and not schema.keys() & {"enum", "const", "format", "pattern"}


def _one(tool: Tool, ask: Ask, target: str, name: str) -> Filled | None:
    """Return the arguments of one call; None if the function takes none that are found."""
    told = dict(_told(tool, ask, target))
    if target and name:
        told[target] = names(ask.prompt) if kind(tool.properties[target]) == "array" else name
    told = {word: value for word, value in told.items() if _takes(tool, word, value)}
    wanted = {word: part for word, part in tool.properties.items() if tool.needs(word) and word not in told}
    reduced = {**tool.schema, "properties": wanted, "required": list(wanted)}
    reduced.pop("additionalProperties", None)
    try:
        made = made_up.made(reduced, Known()) if wanted else made_up.Made({})
    except CannotMakeError:
        return None
    # In the order in which the function has them.
    arguments = {word: ({**made.value, **told})[word] for word in tool.properties if word in told or word in made.value}
    return Filled(arguments, made.invented) if allows(tool.schema, arguments) else None


def _told(tool: Tool, ask: Ask, target: str) -> Iterator[tuple[str, Any]]:
    """Yield what the prompt tells of the parameters."""
    text = ask.prompt[:_LONGEST]
    known = reading.read(ask, json.dumps(tool.schema)).fields
    numbers = iter([value for value, _ in _numbers(text)])
    quotations = iter([match[1] or match[2] for match in _QUOTED.finditer(text)])
    for name, schema in tool.properties.items():
        if name == target and names(text):
            continue
        if isinstance(schema, Mapping) and isinstance(schema.get("enum"), list):
            found = next((entry for entry in schema["enum"] if _occurs(entry, text)), None)
        elif kind(schema) in {"integer", "number"}:
            found = next(numbers, None)
        elif kind(schema) == "string":
            found = _text(name, text, quotations)
        else:
            found = None
        if found is None:
            form = schema.get("format") if isinstance(schema, Mapping) else None
            found = known.get(key(name), known.get(_FORMATS.get(str(form), "")))
        if found is not None:
            yield name, found


def _text(name: str, text: str, quotations: Iterator[str]) -> str | None:
    if (quoted := next(quotations, None)) is not None:
        return quoted
    if key(name) in _FORMULAS and (match := _ARITHMETIC.search(text)):
        return match[0].strip()
    return text if key(name) in _TEXTS else None


def _numbers(text: str) -> list[tuple[float, str]]:
    """Return the numbers of a text, each with what stands there for it."""
    found: list[tuple[float, str]] = []
    for match in _NUMBER.finditer(text):
        word = match[0].lower()
        number = float(word) if word not in _NUMBER_WORDS else float(_NUMBER_WORDS.index(word))
        found.append((int(number) if number.is_integer() else number, match[0]))
    return found


def _with_words(tool: Tool, arguments: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Return the arguments with numbers in words where the prompt has them so."""
    words = {number: word for number, word in _numbers(text[:_LONGEST]) if word.isalpha()}
    return {
        name: words[value] if kind(tool.properties[name]) in {"integer", "number"} and value in words else value
        for name, value in arguments.items()
    }


def _takes(tool: Tool, name: str, value: object) -> bool:
    """Whether a parameter takes a value."""
    return name in tool.properties and allows(tool.schema, value, tool.properties[name])


def _occurs(entry: object, text: str) -> bool:
    return isinstance(entry, str) and re.search(rf"\b{re.escape(entry)}", text, re.IGNORECASE) is not None


def listed(words: Sequence[str]) -> str:
    """Return words as a sentence lists them."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
