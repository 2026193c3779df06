"""The style of each model: how it answers a prompt."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from runware_magic.demo import facts, structured, tools, topics
from runware_magic.demo.chance import slips, wording
from runware_magic.demo.request import Ask
from runware_magic.demo.script import played, styled
from runware_magic.demo.stream import Reply
from runware_magic.demo.topic import verse


def reply(ask: Ask) -> Reply:
    """Return the answer of the requested model: calls of functions, data for a schema, or text in its style."""
    if ask.model.id == "demo:echo@1":
        return Reply(ask.prompt)
    if called := tools.called(ask):
        return called
    asked = structured.find(ask)
    if asked is not None:
        return structured.reply(asked, played)
    said = _VOICES.get(ask.model.id, _tutor)(ask)
    return replace(said, reasoning=f"{tools.why_none(ask)}{said.reasoning}") if said.reasoning else said


def _tutor(ask: Ask) -> Reply:
    said = played(ask)
    if facts.wants_json(ask):
        written = _fenced(facts.described(ask, said.short or said.content), indent=2)
        return Reply(
            f"Here it is as JSON:\n\n{written}" if slips(ask) else written,
            "JSON is wanted, with these names and nothing around it.",
        )
    return styled(ask.system, said)


def _poet(ask: Ask) -> Reply:
    said = played(ask)
    if facts.wants_json(ask):
        written = _fenced(facts.described(ask, said.short or said.content))
        return Reply(f"{verse('In braces now my verses go,', 'with colons standing in a row:')}\n\n{written}")
    return styled(ask.system, Reply(_in_verse(ask, said)))


def _in_verse(ask: Ask, said: Reply) -> str:
    topic = topics.find(ask.prompt)
    if topic is not None and topic.verses:
        return wording(ask, topic.verses)
    if found := facts.capital(ask, wrong=slips(ask)):
        return verse("You ask which city wears the crown", f"of {found[0]}: {found[1]} is the town.")
    # A text without verses is quoted between two of them.
    quotation = "\n".join(f"> {line}".rstrip() for line in (said.short or said.content).splitlines())
    before = verse("I dipped my quill, I trimmed the light,", "and this is all I have to write:")
    after = verse("It does not rhyme, I know it well:", "the rest is not for me to tell.")
    return f"{before}\n\n{quotation}\n\n{after}"


def _brisk(ask: Ask) -> Reply:
    said = played(ask)
    short = said.short or said.content
    if facts.wants_json(ask):
        value = facts.described(ask, short)
        return Reply(json.dumps(facts.spoiled(value) if slips(ask) else value, ensure_ascii=False))
    topic = topics.find(ask.prompt)
    return styled(ask.system, Reply(wording(ask, (short, *topic.quips)) if topic else short))


def _fenced(value: object, indent: int | None = None) -> str:
    return f"```json\n{json.dumps(value, ensure_ascii=False, indent=indent)}\n```"


_COUNTED = Reply(
    "Time to try the Stop button, or an interrupt of the kernel. I count: "
    + ", ".join(map(str, range(1, 101)))
    + ". Nobody stopped me.",
    "A hundred numbers, slowly.",
)
_BROKEN_OFF = Reply(
    "This answer breaks off in the middle, as answers do when a network fails. What has come so far stays on "
    "the page; the sentence that you are reading now will never get to",
    "The connection will be closed half-way.",
)
#: All other models answer as the tutor.
_VOICES: dict[str, Callable[[Ask], Reply]] = {
    "demo:poet@1": _poet,
    "demo:brisk@1": _brisk,
    "demo:slow@1": lambda _: _COUNTED,
    "demo:drop@1": lambda _: _BROKEN_OFF,
}
