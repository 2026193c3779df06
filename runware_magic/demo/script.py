"""Choose the answer to a prompt from a table of scenes; for other prompts, describe what arrived."""

from __future__ import annotations

import json
import re
import statistics
from collections.abc import Callable
from dataclasses import replace

from runware_magic.demo import attachments, exercises, facts, mood, python_errors, tools, topics
from runware_magic.demo.chance import slips, wording
from runware_magic.demo.quoting import code, quoted
from runware_magic.demo.request import SET_A_KEY, Ask
from runware_magic.demo.stream import Reply
from runware_magic.demo.topic import Topic, plain

#: A scene returns its reply if it applies.
Scene = Callable[[Ask], Reply | None]

_QUOTED, _LISTED = 200, 12  # characters of a question, parameters in a list


def played(ask: Ask) -> Reply:
    """Return the reply of the first scene that applies."""
    return next(said for scene in SCENES if (said := scene(ask)) is not None)


def _mood(ask: Ask) -> Reply | None:
    """Label a text after examples with positive, negative or neutral, by a list of words."""
    label = (ask.texts("assistant") or [""])[-1].strip()
    if label.lower() not in _MOODS or ask.prompt.rstrip().endswith("?"):
        return None
    liked, disliked = mood.counted(ask.prompt)
    found = mood.named(liked, disliked)
    return Reply(
        # Capitalized if the examples are.
        found.capitalize() if label[0].isupper() else found,
        f"The examples answer with one word. In this text I know {liked} good words and {disliked} bad ones.",
    )


_MOODS = frozenset({"positive", "negative", "neutral"})


def _name_told(ask: Ask) -> Reply | None:
    # A longer prompt or a question needs more than a greeting.
    if "?" in ask.prompt or len(ask.prompt) > 60 or not (match := _NAME.search(ask.prompt)):  # noqa: PLR2004  # characters
        return None
    return Reply(f"Nice to meet you, {match[1]}! I will know your name as long as this conversation lasts.")


def _name_asked(ask: Ask) -> Reply | None:
    if not re.fullmatch(r"(do you (know|remember) )?what( is| s)? my name( is)?", plain(ask.prompt)):
        return None
    names = [match[1] for text in ask.texts("user") if (match := _NAME.search(text))]
    if not names:
        return Reply("You have not told me your name in this conversation.", "No message before tells a name.")
    return Reply(f"Your name is {names[-1]}.", "An earlier message of this conversation tells the name.")


_NAME = re.compile(r"\bmy name is (?!not\b)(\w[\w'-]{0,39})", re.IGNORECASE)


def _first_asked(ask: Ask) -> Reply | None:
    if not re.fullmatch(r"what (did|have) i (first )?ask(ed)?( you)?( first)?", plain(ask.prompt)):
        return None
    earlier = ask.texts("user")[:-1]
    if not earlier:
        return Reply("This is the first thing that you ask in this conversation.", "There is no message before.")
    return Reply(
        f"The first thing that you asked in this conversation was:\n\n{quoted(earlier[0])}",
        f"The request brings {len(ask.messages)} messages. The first of the user's is wanted.",
    )


def _in_one_sentence(ask: Ask) -> Reply | None:
    pattern = r"(please )?(say|repeat|put|summari[sz]e) (that|this|it)( again)?( in one (short )?sentence)?( please)?"
    if not re.fullmatch(pattern, plain(ask.prompt)):
        return None
    if not (before := ask.texts("assistant")):
        return Reply("There is nothing yet that I could say in one sentence.", "No answer stands before this.")
    topic = _topic_before(ask)
    sentence = topic.short if topic else _first_sentence(before[-1])
    return Reply(sentence, "This goes back to what was asked before. Its point, in one sentence.")


def _example(ask: Ask) -> Reply | None:
    pattern = r"(please )?((give|show) me an|can you give (me )?an|an) example( of (it|that|this))?( please)?"
    if not re.fullmatch(pattern, plain(ask.prompt)):
        return None
    if topic := _topic_before(ask):
        return Reply(topic.example, "This goes back to what was asked before. A small, concrete case says most.")
    return Reply(
        f"I am a script, and have no example written for what came before. {SET_A_KEY}", "No topic that I know."
    )


def _topic_before(ask: Ask) -> Topic | None:
    # The nearest known one: other follow-up questions may stand between.
    return next((topic for text in reversed(ask.texts("user")[:-1]) if (topic := topics.find(text))), None)


def _first_sentence(text: str) -> str:
    prose = re.sub(r"\s+", " ", re.sub(r"```.*?(```|$)|[*#>|]", " ", text, flags=re.DOTALL)).strip()
    return re.split(r"(?<=[.!?]) ", prose, maxsplit=1)[0] or "There is no sentence in it."


def _last_line(ask: Ask) -> Reply | None:
    pattern = r"how does (it|that|this|(your|the|that|this) (answer|poem|verse|text)) end"
    if not re.fullmatch(pattern, plain(ask.prompt)):
        return None
    lines = [line for text in ask.texts("assistant")[-1:] for line in text.splitlines() if line.strip()]
    if not lines:
        return Reply("There is nothing yet that could end.", "No answer stands before this.")
    return Reply(f"It ends with this line:\n\n{quoted(lines[-1])}", "The answer before this, from its end.")


def _statistics(ask: Ask) -> Reply | None:
    """Compute the mean and more of the last list of numbers in the prompt."""
    lists = _NUMBERS.findall(ask.prompt)
    if not lists or not re.search(r"\b(mean|average|median|highest|lowest|statistics)\b", ask.prompt, re.IGNORECASE):
        return None
    numbers = [float(number) for number in lists[-1].split(",")]
    total, count, mean = sum(numbers), len(numbers), statistics.fmean(numbers)
    equals = "=" if float(_plain(mean)) == round(mean, 9) else r"\approx"
    return Reply(
        f"These are {count} numbers. Their mean is\n\n"
        rf"$$\bar x = \frac{{1}}{{{count}}} \sum_{{i=1}}^{{{count}}} x_i = "
        rf"\frac{{{_plain(total)}}}{{{count}}} {equals} {_plain(mean)}$$" + "\n\n"
        "| | |\n| --- | ---: |\n"
        f"| mean | {_plain(mean)} |\n"
        f"| median | {_plain(statistics.median(numbers))} |\n"
        f"| lowest | {_plain(min(numbers))} |\n"
        f"| highest | {_plain(max(numbers))} |",
        f"The prompt holds a list of {count} numbers. Add them up, divide by {count}; then sort them for the rest.",
        f"The mean of these {count} numbers is {_plain(mean)}.",
    )


# Short numbers do not overflow, and keep the pattern fast on hostile texts.
_NUMBERS = re.compile(r"\[(\s*-?\d{1,9}(?:\.\d{1,9})?\s*(?:,\s*-?\d{1,9}(?:\.\d{1,9})?\s*){1,999})\]", re.ASCII)


def _plain(number: float) -> str:
    return f"{number:.4f}".rstrip("0").rstrip(".")


def _topic(ask: Ask) -> Reply | None:
    topic = topics.find(ask.prompt)
    return replace(topic, content=wording(ask, (topic.content, *topic.wordings))) if topic else None


def _capital(ask: Ask) -> Reply | None:
    found = facts.capital(ask, wrong=slips(ask))
    if found is None or len(ask.prompt) > _QUOTED:
        return None
    country, city = found
    sentence = f"The capital of {country} is {city}."
    return Reply(city if _ONLY.search(ask.prompt) else sentence, f"Which city governs {country}?", city)


# The prompt asks for the bare answer.
_ONLY = re.compile(r"\b(only|just|nothing else|one word)\b", re.IGNORECASE)


def _anything(ask: Ask) -> Reply:
    roles = [message.role for message in ask.messages[:_LISTED]] + ["…"] * (len(ask.messages) > _LISTED)
    functions = [tool.name for tool in tools.offered(ask)]
    others = {name: value for name, value in ask.parameters.items() if name != "tools"}
    shown = {**others, **({"tools": functions} if functions else {})}
    parameters = [f"- {code(name)}: {code(json.dumps(value))}" for name, value in shown.items()]
    return Reply(
        f"**I am a script, not a model**, and have no answer written for this prompt:\n\n{quoted(ask.prompt)}\n\n"
        f"This is what arrived with it:\n\n- messages: {len(ask.messages)} ({', '.join(roles)})\n"
        + "\n".join(parameters[:_LISTED])
        + f"\n\n{SET_A_KEY}",
        "None of the written scenes fits this prompt. So: say what arrived, and how to reach a model.",
        f"I am a script, not a model, and have no answer written for this prompt. {SET_A_KEY}",
    )


#: The first that applies answers; the last always applies.
SCENES: tuple[Scene, ...] = (
    tools.told,
    *(_name_told, _name_asked, _first_asked, _in_one_sentence, _example, _last_line),
    *(_statistics, _topic, _capital, exercises.product, exercises.date),
    *(attachments.picture, python_errors.error, attachments.table, _mood, _anything),
)


def styled(system: str, said: Reply) -> Reply:
    """Follow the known instructions about the form, if there are any."""
    asked = plain(system)
    short = re.search(r"\b(one|a single) (short )?sentence\b|\bbrief(ly)?\b", asked)
    pirate = re.search(r"\bpirate\b", asked)
    if not short and not pirate:
        return said
    content = (said.short or said.content) if short else said.content
    thought = " The instructions ask for " + " and ".join(
        form for form, wanted in (("one sentence", short), ("a pirate's tongue", pirate)) if wanted
    )
    return Reply(_as_pirate(content) if pirate else content, f"{said.reasoning}{thought}.".strip())


def _as_pirate(text: str) -> str:
    # Every second part is code, mathematics or a link's address, which stays.
    parts = _VERBATIM.split(text)
    parts[::2] = [_PIRATE.sub(lambda match: _TONGUE[match[0]], part) for part in parts[::2]]
    return "Arr! " + "".join(parts) + " Yo ho!"


_VERBATIM = re.compile(r"(```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$\n]*\$)", re.DOTALL)
_TONGUE = {"is": "be", "are": "be", "am": "be", "my": "me", "you": "ye", "your": "yer", "of": "o'", "and": "an'"}
_PIRATE = re.compile(r"\b(" + "|".join(_TONGUE) + r")\b")
