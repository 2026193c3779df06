"""Who says it: each model has a voice of its own."""

from __future__ import annotations

import json
from collections.abc import Callable

from runware_magic.wire.demo import facts, topics
from runware_magic.wire.demo.chance import slips, wording
from runware_magic.wire.demo.request import Ask
from runware_magic.wire.demo.script import played, styled
from runware_magic.wire.demo.stream import Reply
from runware_magic.wire.demo.topic import verse


def reply(ask: Ask) -> Reply:
    """Give what the asked model says."""
    return _VOICES.get(ask.model.id, _tutor)(ask)


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
    # What nobody has put into verse stands between the lines.
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


def _echo(ask: Ask) -> Reply:
    return Reply(ask.prompt)


def _slow(_: Ask) -> Reply:
    return Reply(
        "Time to try the Stop button, or an interrupt of the kernel. I count: "
        + ", ".join(str(number) for number in range(1, 101))
        + ". Nobody stopped me.",
        "A hundred numbers, slowly.",
    )


def _drop(_: Ask) -> Reply:
    return Reply(
        "This answer breaks off in the middle, as answers do when a network fails. What has come so far stays on "
        "the page; the sentence that you are reading now will never get to",
        "The connection will be closed half-way.",
    )


_VOICES: dict[str, Callable[[Ask], Reply]] = {
    "demo:tutor@1": _tutor,
    "demo:poet@1": _poet,
    "demo:brisk@1": _brisk,
    "demo:echo@1": _echo,
    "demo:slow@1": _slow,
    "demo:drop@1": _drop,
}
