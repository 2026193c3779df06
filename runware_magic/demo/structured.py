"""Answer with data to a request that has a JSON schema: in its ``response_format``, or in the prompt."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from runware_magic.chat.answer_json import NoJsonError, json_of
from runware_magic.chat.structured import schema_in
from runware_magic.demo import made_up, reading, verdicts
from runware_magic.demo.chance import slips
from runware_magic.demo.made_up import CannotMakeError, allows, is_schema
from runware_magic.demo.request import SET_A_KEY, Ask, Said
from runware_magic.demo.stream import Reply
from runware_magic.demo.topic import verse

#: Returns the demo's answer to a prompt without a schema.
Played = Callable[[Ask], Reply]

_FENCE = re.compile(r"(?:`{3,}|~{3,})")
#: What a message says that asks again after a wrong answer.
COMPLAINT = re.compile(
    r"\b(?:schema|expected|required|missing|valid|errors?|problems?|wrong|must|match|again)\b", re.IGNORECASE
)
_LISTED = 12  # names of fields
#: Fields that hold an answer in words.
_ANSWERED = ("answer", "reply", "text", "explanation", "summary", "sentence", "description")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for data."""

    ask: Ask  # its last message is the prompt, without a schema
    schema: Mapping[str, Any]
    in_prompt: bool  # whether the schema came there, so that the answer may have prose around it
    again: bool  # whether an answer has been refused before


def find(ask: Ask) -> Asked | None:
    """Return what a request asks, if it has a schema."""
    sent = schema_in(ask.parameters)
    schema = sent if sent is not None else _in_prompt(ask)
    if schema is None or not is_schema(schema):
        return None
    messages, again = list(ask.messages), False
    while _asks_again(messages, schema):
        del messages[-2:]
        again = True
    bare = tuple(replace(said, text=_split(said.text)[0]) if said.role == "user" else said for said in messages)
    return Asked(replace(ask, messages=bare), schema, sent is None, again)


def reply(asked: Asked, played: Played) -> Reply:
    """Return data that the schema allows; `demo:sloppy@1` at first returns data that it does not allow."""
    try:
        value, thought = _answer(asked, played)
    except CannotMakeError:
        return Reply(f"I am a script, not a model, and cannot make up data for this schema. {SET_A_KEY}")
    if asked.ask.model.sloppy and not asked.again and not verdicts.is_asked(asked.schema):
        value = spoiled(value, asked.schema)
    return _worded(asked, value, thought)


def _answer(asked: Asked, played: Played) -> tuple[Any, str]:
    if verdicts.is_asked(asked.schema):
        return verdicts.verdict(asked.ask.prompt), "A verdict is wanted. Look for what the criterion names."
    known = reading.read(asked.ask, json.dumps(asked.schema, ensure_ascii=False))
    said = played(asked.ask)
    fields = {**dict.fromkeys(_ANSWERED, said.short or said.content), **known.fields}
    made = made_up.made(asked.schema, replace(known, fields=fields))
    thought = "The answer must match a schema. I fill it with what the prompt tells, and with what I know."
    invented = ", ".join(made.invented[:_LISTED]) + (", \u2026" if len(made.invented) > _LISTED else "")
    return made.value, f"{thought} I am a script, and made these up: {invented}." if invented else thought


def _worded(asked: Asked, value: object, thought: str) -> Reply:
    """Write the value in the model's style: where the format is not enforced, with a fence or prose around it."""
    model = asked.ask.model.id
    if model == "demo:brisk@1":
        return Reply(_written(value))
    reasoning = "" if model in {"demo:poet@1", "demo:sloppy@1"} else thought
    if not asked.in_prompt:
        return Reply(_written(value, indent=2), reasoning)
    fenced = f"```json\n{_written(value, indent=2)}\n```"
    if model == "demo:poet@1":
        return Reply(f"{verse('In braces now my verses go,', 'with colons standing in a row:')}\n\n{fenced}")
    if model == "demo:plain@1" or slips(asked.ask):
        return Reply(f"Here is the answer as JSON:\n\n{fenced}\n\nAsk again if something is missing.", reasoning)
    return Reply(fenced, reasoning)


def _written(value: object, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _in_prompt(ask: Ask) -> Mapping[str, Any] | None:
    """Return the schema at the end of the last message, or of the one whose wrong answer the last message is about."""
    for message in reversed(ask.messages):
        schema = _split(message.text)[1] if message.role == "user" else None
        if schema is not None and is_schema(schema):
            return schema if message is ask.messages[-1] or _asks_again(ask.messages, schema) else None
    return None


def _split(text: str) -> tuple[str, Mapping[str, Any] | None]:
    """Return a message without the schema at its end, and the schema."""
    lines = text.rstrip().split("\n")
    if len(lines) < 3 or not _FENCE.fullmatch(lines[-1].strip()):  # noqa: PLR2004  # two fences and the schema
        return text, None
    opening = next((at for at in range(len(lines) - 2, -1, -1) if _FENCE.match(lines[at])), None)
    before = "\n".join(lines[:opening]).rstrip() if opening is not None else ""
    rest, _, sentence = before.rpartition("\n")
    if opening is None or "schema" not in sentence.lower():
        return text, None
    try:
        schema = json.loads("\n".join(lines[opening + 1 : -1]))
    except (ValueError, RecursionError):
        return text, None
    return (rest.rstrip(), schema) if isinstance(schema, dict) else (text, None)


def _asks_again(messages: Sequence[Said], schema: Mapping[str, Any]) -> bool:
    """Whether the last message says what is wrong with the answer before it, which does not match the schema."""
    roles = [message.role for message in messages[-3:]]
    if roles[-2:] != ["assistant", "user"] or len(roles) < 3 or not COMPLAINT.search(messages[-1].text):  # noqa: PLR2004  # as above
        return False
    try:
        answered = json_of(messages[-2].text, schema)
    except NoJsonError:
        return False
    return not allows(schema, answered)


def spoiled(value: Any, schema: Mapping[str, Any]) -> Any:  # noqa: ANN401  # any JSON value
    """Return the value with two mistakes that models make: a number in words or the like, and a field left out."""
    record = _first_record(value)
    if record:
        name = next((name for name, entry in record.items() if isinstance(entry, int | float)), next(iter(record)))
        record[name] = _SPOILT.get(type(record[name]), lambda entry: [entry])(record[name])
        last = next((other for other in reversed(record) if other != name), None)
        if last is not None:
            del record[last]
    if record and not allows(schema, value):
        return value
    # A schema without fields, or one that takes nearly anything.
    return [value] if isinstance(value, dict) else {"answer": value}


def _first_record(value: object) -> dict[str, Any] | None:
    """Return the first object that has no objects and lists in it, or the outermost one."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    nested = next((found for entry in inner if (found := _first_record(entry))), None)
    return nested or (value if isinstance(value, dict) else None)


_SPOILT: dict[type, Callable[[Any], object]] = {
    bool: lambda truth: "yes" if truth else "no",
    int: lambda number: f"about {number}",
    float: lambda number: f"about {number}",
    str: lambda text: [text],
}
