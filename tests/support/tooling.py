"""Turns with tool calls, made by hand, and the same while they are under way."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from attaching import picture

from runware_magic.chat.draft import RUNNING, WAITING, WRITING, CallUnderWay, TurnBuilder
from runware_magic.chat.events import ContentDelta, Opened, ReasoningDelta, ToolCallDelta
from runware_magic.chat.messages import Message, ToolCall
from runware_magic.chat.parts import FilePart, Part, TextPart
from runware_magic.chat.turn import (
    COMPLETE,
    DONE,
    FAILED,
    PENDING,
    REFUSED,
    STOPPED,
    STREAMING,
    Reply,
    Timing,
    ToolResult,
    Turn,
)
from runware_magic.chat.usage import Usage

WEATHER = ToolCall("call_1", "weather", '{"city": "Oslo"}')
#: Every state of a call that has ended, or waits for `%runware allow`.
SETTLED = (DONE, FAILED, REFUSED, PENDING)
#: Every state of a call that is under way.
LIVE = (WRITING, WAITING, RUNNING, DONE, FAILED, REFUSED)
CONTENTS = {DONE: "rain, 3 °C", FAILED: "ValueError: no such city", REFUSED: "The user refused this call.", PENDING: ""}
SECONDS = {DONE: 0.21, FAILED: 1.25}


def result(call: ToolCall = WEATHER, state: str = DONE, content: str | None = None, *shown: Part) -> ToolResult:
    """Return the result of a call."""
    text = CONTENTS[state] if content is None else content
    return ToolResult(call.id, call.name, text, state, SECONDS.get(state), shown)


def turn_with(*replies: Reply | ToolResult, answer: str = "It rains in Oslo.", **more: Any) -> Turn:
    """Return a turn with what came before its answer."""
    fields: dict[str, Any] = {
        "id": "t",
        "state": COMPLETE,
        "finish_reason": "stop",
        "usage": Usage(210, 34, 244, 0.000134),
        "reply": Reply(answer),
        "cell_id": "cell-t",
    }
    asked = (Message("user", "What is the weather in Oslo?"),)
    timing = Timing("2026-01-01T00:00:00Z", 0.4, 2.1)
    return Turn(model="m", endpoint="e", messages=asked, timing=timing, replies=replies, **{**fields, **more})


def in_state(state: str, call: ToolCall = WEATHER, content: str | None = None, *shown: Part) -> Turn:
    """Return a turn whose only call is in a state."""
    said = Reply("I will look.", tool_calls=(call,))
    if state == PENDING:
        return turn_with(answer="", state=PENDING, reply=said, finish_reason="tool_calls")
    return turn_with(said, result(call, state, content, *shown))


def in_every_state(calls: Sequence[ToolCall], name: str = "t") -> Iterator[Turn]:
    """Yield turns with these calls in each state of a turn that is kept: arguments, results, and what was shown, too.

    The results say what the names say.
    """
    said = Reply("I will look.", tool_calls=tuple(calls))
    for number, state in enumerate(SETTLED):
        waits = {"answer": "", "state": PENDING} if state == PENDING else {}
        shown = [(TextPart(call.name), picture(call.name)) for call in calls]
        results = (replace(result(call, state, call.name), shown=each) for call, each in zip(calls, shown, strict=True))
        own = f"{name}{number}"
        yield turn_with(said, *results, id=own, cell_id=f"cell-{own}", **waits)
    own = f"{name}-waits"
    yield turn_with(reply=said, state=PENDING, id=own, cell_id=f"cell-{own}")
    own = f"{name}-stopped"  # before any call ran
    yield turn_with(said, id=own, cell_id=f"cell-{own}", state=STOPPED)


def everything() -> Turn:
    """Return a turn with a call in each state, long arguments, a table, a picture, and something printed."""
    code = json.dumps({"code": "\n".join(f"print({n} * {n})" for n in range(40)), "timeout": 10})
    calls = (
        WEATHER,
        ToolCall("call_2", "run", code),
        ToolCall("call_3", "delete_everything", '{"path": "/", "really": true}'),
        ToolCall("call_4", "plot", ""),
    )
    table = "| city | °C |\n| --- | --- |\n| Oslo | 3 |\n| Bergen | 7 |"
    return turn_with(
        Reply("I will **look**.", "The user wants weather.", calls),
        result(calls[0], DONE, table),
        result(calls[1], FAILED),
        result(calls[2], REFUSED),
        result(calls[3], DONE, "A figure was shown.", TextPart("plotting…\ndone"), picture("figure")),
        Reply("", tool_calls=(replace(WEATHER, id="call_5", arguments='{"city": "Bergen"}'),)),
        result(replace(WEATHER, id="call_5"), DONE, "word " * 700),
    )


def under_way(state: str, call: ToolCall = WEATHER, since_s: float = 1.0, content: str | None = None) -> CallUnderWay:
    """Return a call in a state."""
    ended = state in {DONE, FAILED, REFUSED}
    return CallUnderWay(call, state, since_s, result(call, state, content) if ended else None)


def builder_with(
    *calls: CallUnderWay, replies: Sequence[Reply | ToolResult] = (), content: str = "", reasoning: str = ""
) -> TurnBuilder:
    """Return a builder of a reply that has ended with these calls, after these replies."""
    turn = turn_with(*replies, answer="", state=STREAMING, usage=None, finish_reason=None)
    builder = TurnBuilder(turn)
    builder.fold(Opened(), 0.5)
    if reasoning:
        builder.fold(ReasoningDelta(reasoning), 0.6)
    if content:
        builder.fold(ContentDelta(content), 0.7)
    for index, each in enumerate(calls):
        builder.fold(ToolCallDelta(index, each.call.id, each.call.name, each.call.arguments), 0.8)
    if any(each.state != WRITING for each in calls):
        builder.calls = calls
    return builder


def hostile(text: str, name: str = "t") -> Iterator[Turn]:
    """Yield turns in every state, and in one that nobody knows, in which everything says this text."""
    call = ToolCall(text, text, text)
    shown = (TextPart(text), replace(picture(), name=text), FilePart(b"x", text, text))
    yield turn_with(reply=Reply(text, text, (call,)), state=PENDING, id=name, cell_id=f"cell-{name}")
    for number, state in enumerate((*SETTLED, text)):
        said = Reply(text, text, (call, replace(call, id="odd")))
        ended, own = ToolResult(text, text, text, state, 1.0, shown), f"{name}{number}"
        yield turn_with(said, ended, answer=text, id=own, cell_id=f"cell-{own}")
