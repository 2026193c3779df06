"""Call functions: which of those offered, again where a result asks for it; and the answer from their results."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runware_magic.chat.messages import ToolCall
from runware_magic.demo.made_up import allows
from runware_magic.demo.quoting import code, quoted
from runware_magic.demo.request import Ask, called_name
from runware_magic.demo.stream import Reply
from runware_magic.demo.structured import COMPLAINT, spoiled
from runware_magic.demo.tool_arguments import Filled, Tool, filled, kind, listed, mended, names

_LONGEST = 2_000  # characters of a result that are read
_LINE = 80  # characters of a result within a line
_LISTED = 12  # results in an answer
_MENDS = 3  # of the calls of a function
_WITHOUT_REASONING = frozenset({"demo:brisk@1", "demo:poet@1", "demo:sloppy@1"})

Call = tuple[Tool, Filled]


@dataclass(frozen=True, slots=True)
class _Step:
    """A call and its result; `nth` counts the messages with calls since the prompt."""

    call: ToolCall
    result: str
    nth: int
    tool: Tool | None = None  # the function, if it is offered

    @property
    def wrong(self) -> bool:
        """Whether the function does not take the arguments, and the result says so."""
        if self.tool is None or allows(self.tool.schema, dict(self.arguments)):
            return False
        return COMPLAINT.search(self.result[:_LONGEST]) is not None or _FAILED.match(self.result) is not None

    @property
    def arguments(self) -> Mapping[str, Any]:
        try:
            told = json.loads(self.call.arguments)
        except (ValueError, RecursionError):
            return {}
        return told if isinstance(told, dict) else {}

    @property
    def refused(self) -> bool:
        return _REFUSED.search(self.result[:_LONGEST]) is not None

    @property
    def failed(self) -> bool:
        return self.wrong or _FAILED.match(self.result[:_LONGEST]) is not None

    @property
    def written(self) -> str:
        """The call as Python writes it."""
        told = ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in self.arguments.items())
        return code(f"{self.call.name}({told})")


_REFUSED = re.compile(
    r"\buser\b.{0,80}?\b(?:refuse[sd]?|decline[sd]?|reject(?:s|ed)?|den(?:y|ies|ied)|forbids?|forbade|forbidden|"
    r"(?:did|does|has) not (?:agreed?|allow(?:ed)?|permit(?:ted)?))\b|"
    r"\b(?:refused|declined|rejected|denied|forbidden) by (?:the|a) user\b",
    re.IGNORECASE | re.DOTALL,
)
_FAILED = re.compile(
    r"[\W_]*(?:(?:\w{1,60}\.){0,5}\w{0,60}(?:error|exception|interrupt)|failed|invalid|unknown|the token limit)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(r"\b(?:call|try|ask|use|open|run|go on|continue)\b", re.IGNORECASE)


def offered(ask: Ask) -> list[Tool]:
    """Return the functions that a request offers."""
    rows = ask.parameters.get("tools") or []
    functions = [row["function"] for row in rows]
    return [
        Tool(function["name"], str(function.get("description") or ""), function.get("parameters") or {})
        for function in functions
    ]


def called(ask: Ask) -> Reply | None:
    """Return the calls that come next; None if the answer does not need any, or there are none to make."""
    tools, choice = offered(ask), ask.parameters.get("tool_choice") or "auto"
    if not tools or choice == "none":
        return None
    steps, forced = _steps(ask), called_name(choice)
    tools = [tool for tool in tools if forced in ("", tool.name)]
    calls, why = (_again(ask, tools, steps), "The result says what to do") if steps else (_chosen(ask, tools), "")
    if not calls and choice != "auto":
        calls, why = _chosen(ask, tools) or _any(ask, tools), "I am told to call a function"
    if ask.parameters.get("parallel_tool_calls") is False:
        calls = (calls or [call for call in _chosen(ask, tools) if not _is_made(call, steps)])[:1]
    return _reply(ask, calls, why or "A function can tell", spoils=ask.model.sloppy and not steps) if calls else None


def why_none(ask: Ask) -> str:
    """Return a sentence on why none of the offered functions is called; empty if there is nothing to say."""
    if not offered(ask) or _steps(ask):
        return ""
    if ask.parameters.get("tool_choice") == "none":
        return "I may call no function. "
    return f"Nothing in the prompt calls for {listed([code(tool.name) for tool in offered(ask)][:_LISTED])}. "


def _reply(ask: Ask, calls: Sequence[Call], why: str, *, spoils: bool) -> Reply:
    arguments = [dict(made.arguments) for _, made in calls]
    if spoils:
        arguments = [
            spoiled(value, tool.schema) if value else value for value, (tool, _) in zip(arguments, calls, strict=True)
        ]
    made = tuple(
        ToolCall(_id(ask, at), tool.name, json.dumps(value, ensure_ascii=False))
        for at, ((tool, _), value) in enumerate(zip(calls, arguments, strict=True))
    )
    invented = list(dict.fromkeys(name for _, filled_in in calls for name in filled_in.invented))
    content = f"I am a script, and made these up: {listed(invented[:_LISTED])}." if invented else ""
    functions = listed(list(dict.fromkeys(code(tool.name) for tool, _ in calls)))
    return Reply(content, "" if ask.model.id in _WITHOUT_REASONING else f"{why}: {functions}.", calls=made)


def _id(ask: Ask, at: int) -> str:
    # Always the same for the same request, and another in the next one.
    told = repr((ask.messages, ask.nth, at)).encode("utf-8", "replace")
    return f"call_{hashlib.sha256(told).hexdigest()[:24]}"


def _steps(ask: Ask) -> list[_Step]:
    """Return the calls since the prompt, with their results."""
    last = max((at for at, message in enumerate(ask.messages) if message.role == "user"), default=-1)
    tools = {tool.name: tool for tool in offered(ask)}
    steps: list[_Step] = []
    calls: dict[str, ToolCall] = {}
    nth = 0
    for message in ask.messages[last + 1 :]:
        if message.calls:
            nth, calls = nth + 1, {call.id: call for call in message.calls}
        elif message.role == "tool":
            call = calls[message.call_id]
            steps.append(_Step(call, message.text, nth, tools.get(call.name)))
    return steps


def _is_made(call: Call, steps: Sequence[_Step]) -> bool:
    return any(step.call.name == call[0].name and step.arguments == call[1].arguments for step in steps)


def _chosen(ask: Ask, tools: Sequence[Tool]) -> list[Call]:
    """Return calls of the functions whose name is in the prompt, or else whose description has most of its words."""
    words = _words(ask.prompt)
    named = [tool for tool in tools if words & _words(tool.name)]
    shared = {tool.name: len(words & _words(tool.description)) for tool in tools}
    best = max(tools, key=lambda tool: shared[tool.name])
    fitting = named or ([best] if shared[best.name] else [])
    if not fitting and re.search(r"\bcompare\b", ask.prompt, re.IGNORECASE) and len(names(ask.prompt)) > 1:
        fitting = [tool for tool in tools if "string" in map(kind, tool.properties.values())][:1]
    return [(tool, made) for tool in fitting for made in filled(tool, ask, careless=True)]


def _any(ask: Ask, tools: Sequence[Tool]) -> list[Call]:
    """Return a call of the first function for which there are arguments, though none fits."""
    return next(([(tool, made)] for tool in tools for made in filled(tool, ask)[:1]), [])


def _words(text: str) -> frozenset[str]:
    parts = re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text[:_LONGEST]))
    return frozenset(part.lower().removesuffix("s") for part in parts if len(part) > 2) - _COMMON  # noqa: PLR2004  # letters


#: Words that tell nothing about what a function is for.
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "all and any are call can doe find for function get give given had has have how into its make many much name "
        "not number one our please return set should show tell text that the their there thi tool two use value was "
        "were what which who will with would you your",
    )
)


def _again(ask: Ask, tools: Sequence[Tool], steps: Sequence[_Step]) -> list[Call]:
    """Return the calls that mend what was wrong with the last ones, and those that their results ask for."""
    calls: list[Call] = []
    tries = Counter(step.call.name for step in steps if step.wrong)
    for step in steps:
        if step.tool is None or step.tool not in tools or step.nth < steps[-1].nth or step.refused:
            continue
        if not step.wrong:
            made = _asked_for(step.tool, step)
        else:
            made = mended(step.tool, ask, step.arguments) if tries[step.call.name] <= _MENDS else None
        calls += [(step.tool, made)] if made else []
    return calls


def _asked_for(tool: Tool, step: _Step) -> Filled | None:
    """Return the arguments of the call that a result asks for: other ones that it names, or the same again."""
    asks = _ASKS.search(step.result[:_LONGEST])
    if asks is None or step.failed:
        return None
    rest = step.result[asks.start() : _LONGEST]
    fresh = {name: value for name in tool.properties if (value := _value_in(rest, name, tool)) is not None}
    if not fresh and not re.search(rf"\b{re.escape(tool.name)}\b", rest):
        return None
    arguments = {**step.arguments, **fresh}
    return Filled(arguments) if allows(tool.schema, arguments) else None


def _value_in(text: str, name: str, tool: Tool) -> str | float | None:
    """Return the value that a text gives to a parameter: ``name=…``, ``name: …``, ``name 2``."""
    match = re.search(rf"\b{re.escape(name)}\b(?: ?[=:] ?|\s)(\"[^\"\n]{{1,200}}\"|-?\d[\d.]{{0,20}}(?<!\.))", text)
    if match is None:
        return None
    try:
        value = json.loads(match[1])
    except ValueError:
        return None
    return value if allows(tool.schema, value, tool.properties[name]) else None


def told(ask: Ask) -> Reply | None:
    """Return the answer that the results since the prompt allow; None if there are none."""
    steps = _steps(ask)
    if not steps:
        return None
    done = [step for step in steps if not step.refused and not step.failed]
    # What was mended is no longer of interest.
    failed = [step for step in steps if step.failed and not step.refused and step.nth == steps[-1].nth]
    refused = list(dict.fromkeys(step.written for step in steps if step.refused))
    parts = [_results(done), _compared(done)]
    parts += [f"{step.written} failed: {_inline(step.result)}." for step in failed[:_LISTED]]
    if refused:
        rest = "so I answer without it" if done else "so I have no answer: I am a script, and know of no other way"
        parts.append(f"You refused {listed(refused[:_LISTED])}, {rest}.")
    if _again(ask, offered(ask), steps):
        parts.append("The last result asks for another call, but I may make no more, so this is what I have.")
    content = "\n\n".join(filter(None, parts))
    return Reply(content, "The results are there. I say what they say, and nothing else.", content.partition("\n\n")[0])


def _results(done: Sequence[_Step]) -> str:
    if len(done) == 1:
        step = done[0]
        if _is_short(step.result):
            return f"{step.written} says: {_inline(step.result)}."
        return f"{step.written} says:\n\n{quoted(step.result)}"
    shown = [f"- {step.written}: {_inline(step.result)}" for step in done[-_LISTED:]]
    before = f"This is what the last {_LISTED} of {len(done)} calls say" if len(done) > _LISTED else "The functions say"
    return f"{before}:\n\n" + "\n".join(shown) if shown else ""


def _compared(done: Sequence[_Step]) -> str:
    """Say which of two results has the greater number, if they differ in one argument only."""
    if len(done) != 2 or done[0].call.name != done[1].call.name:  # noqa: PLR2004  # as many as are compared
        return ""
    one, other = done
    differing = [name for name, value in one.arguments.items() if other.arguments.get(name) != value]
    numbers = [_FIGURE.findall(step.result[:_LONGEST]) for step in done]
    if len(differing) != 1 or [len(found) for found in numbers] != [1, 1]:
        return ""
    first, second = (float(found[0].replace(",", "").replace("\u2212", "-")) for found in numbers)
    labels = [str(step.arguments.get(differing[0])) for step in done]
    if first == second:
        return f"The number is the same for {labels[0]} and {labels[1]}."
    return f"The number is higher for {labels[0] if first > second else labels[1]}."


_FIGURE = re.compile(r"(?<![\w.])[-\u2212]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?<![\w.,])[-\u2212]?\d{1,15}(?:\.\d{1,9})?")


def _is_short(text: str) -> bool:
    return len(text.strip()) <= _LINE and "\n" not in text.strip()


def _inline(text: str) -> str:
    return code(" ".join(text.split())) if text.strip() else "nothing"
