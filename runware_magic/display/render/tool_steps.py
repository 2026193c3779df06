"""The steps before an answer: what the model said, and its tool calls, each with its result, in words."""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from runware_magic.chat.draft import RUNNING, WAITING, WRITING, CallUnderWay, TurnBuilder
from runware_magic.chat.messages import ToolCall
from runware_magic.chat.text import counted, one_line, printable, visible
from runware_magic.chat.turn import DONE, FAILED, PENDING, REFUSED, Reply, ToolResult, Turn

#: The state of a call that has no result, and never will.
NOT_RUN = "not run"
NAME_LENGTH = 64  # characters
_SHORT = 72  # characters of arguments that stand behind the name
_MOST_NAMES = 5
_MOST_PARSED = 100_000  # characters of arguments
_ESCAPED = re.compile(r"\\.")  # in JSON
_SIGNS = {
    WRITING: ("✎", "writing…"),
    WAITING: ("?", "waiting for you"),
    PENDING: ("?", "waiting for you"),
    RUNNING: ("▸", "running"),
    DONE: ("✓", "done"),
    FAILED: ("✗", "failed"),
    REFUSED: ("⊘", "refused"),
    NOT_RUN: ("–", "not run"),  # noqa: RUF001  # a dash
}


@dataclass(frozen=True, slots=True)
class Card:
    """A tool call as the reader sees it: how long it has run if it runs, its result once it has one."""

    call: ToolCall
    state: str
    seconds: float | None = None
    result: ToolResult | None = None

    @property
    def name(self) -> str:
        """The function's name, in one line, without what cannot be seen."""
        return printable(self.call.name, NAME_LENGTH) or "(no name)"

    @property
    def waits(self) -> bool:
        """Whether it waits for the user."""
        return self.state in {WAITING, PENDING}

    @property
    def has_begun(self) -> bool:
        """Whether its function runs or has run, or it has ended without."""
        return not self.waits and self.state != WRITING

    @property
    def sign(self) -> str:
        """The sign of its state."""
        return _SIGNS.get(self.state, ("·", ""))[0]

    @property
    def told(self) -> str:
        """Its state in words, such as ``done in 0.2 s``."""
        words = _SIGNS[self.state][1] if self.state in _SIGNS else one_line(self.state, 40)
        if self.seconds is None:
            return words
        if self.state == RUNNING:
            return f"{words} {max(0, self.seconds):.0f} s"
        between = {DONE: "in", FAILED: "after"}.get(self.state)
        return f"{words} {between} {seconds(self.seconds)}" if between else words

    @property
    def brief(self) -> str:
        """The arguments in parentheses if they are short, as in ``(city="Oslo")``; else ``(…)``."""
        text = self.call.arguments.strip()
        if text in {"", "null"}:
            return "()"
        value = _parsed(text)
        if value is None:
            return "(…)"
        shown = ", ".join(f"{visible(name)}={_written(entry)}" for name, entry in value.items())
        is_call = all(name.isidentifier() for name in value)
        return f"({shown})" if is_call and len(shown) <= _SHORT and "\n" not in shown else "(…)"

    @property
    def written(self) -> str:
        """The arguments as the model has written them so far, if they fit the line; else ``(…)``."""
        text = visible(self.call.arguments)
        return f" {text}" if text and len(text) <= _SHORT and "\n" not in text else "(…)"

    @property
    def arguments(self) -> str:
        """The arguments as indented JSON, or as the model wrote them if they are no JSON object.

        Characters that cannot be seen are written as their codes: the user must know what is agreed to. Lines within a
        text, as of code, are lines here too.
        """
        value = _parsed(self.call.arguments)
        if value is None:
            return visible(self.call.arguments)
        return _ESCAPED.sub(
            lambda found: f"{found[0]}\n    " if found[0] == "\\n" else found[0], _written(value, indent=2)
        )


@dataclass(frozen=True, slots=True)
class Step:
    """What the model said before tools ran, and its calls."""

    said: Reply
    cards: tuple[Card, ...]


def steps_of(replies: Iterable[Reply | ToolResult], otherwise: str = NOT_RUN) -> tuple[Step, ...]:
    """Return the steps of replies and results; `otherwise` is the state of a call without a result."""
    steps: list[tuple[Reply, list[ToolResult]]] = []
    for each in replies:
        if isinstance(each, Reply):
            steps.append((each, []))
        else:
            if not steps:
                steps.append((Reply(), []))
            steps[-1][1].append(each)
    return tuple(Step(said, tuple(_paired(said.tool_calls, results, otherwise))) for said, results in steps)


def steps_before(turn: Turn) -> tuple[Step, ...]:
    """Return the steps before the answer of a turn."""
    return steps_of(turn.replies, PENDING if turn.state == PENDING and not turn.reply.tool_calls else NOT_RUN)


def last_cards(turn: Turn) -> tuple[Card, ...]:
    """Return the calls of the last reply of a turn whose tools run; none of a turn without tools that run."""
    if turn.state == PENDING:
        return tuple(Card(call, PENDING) for call in turn.reply.tool_calls)
    return tuple(Card(call, NOT_RUN) for call in turn.reply.tool_calls) if turn.replies else ()


def cards_of(turn: Turn) -> tuple[Card, ...]:
    """Return all calls of a turn whose tools run."""
    return (*(card for step in steps_before(turn) for card in step.cards), *last_cards(turn))


def under_way(calls: Iterable[CallUnderWay], elapsed_s: float) -> tuple[Card, ...]:
    """Return the calls of a reply that has just ended."""
    return tuple(Card(each.call, each.state, _seconds(each, elapsed_s), each.result) for each in calls)


def so_far(builder: TurnBuilder, elapsed_s: float) -> tuple[tuple[Step, ...], Step]:
    """Return the steps that have ended, and the one that is under way."""
    steps, cards = steps_of(builder.replies, PENDING), under_way(builder.calls, elapsed_s)
    said = Reply(builder.content, builder.reasoning, builder.tool_calls)
    if said == Reply() and steps and (cards or any(card.waits for card in steps[-1].cards)):
        # A turn that goes on after it waited: its calls are those of the last reply.
        return steps[:-1], Step(steps[-1].said, cards or steps[-1].cards)
    return steps, Step(said, cards or tuple(Card(call, WRITING) for call in said.tool_calls))


def counts(turn: Turn) -> str:
    """Return how many tool calls a turn has, and how many went wrong, wait or did not run; empty if none."""
    cards = cards_of(turn)
    states = Counter("waiting" if card.waits else card.state for card in cards)
    told = () if states["waiting"] == len(cards) else (FAILED, REFUSED, "waiting", NOT_RUN)
    odd = ", ".join(f"{states[state]} {state}" for state in told if states[state])
    return f"{counted(len(cards), 'tool call')}{f' ({odd})' if odd else ''}" if cards else ""


def what_to_run(turn: Turn) -> str:
    """Return the line that says how a turn goes on whose calls wait for the user; empty if none waits."""
    waiting = [card.name for card in cards_of(turn) if card.waits]
    if turn.state != PENDING or not waiting:
        return ""
    names = list(dict.fromkeys(waiting))
    named = f" {shlex.join(names)}" if len(names) <= _MOST_NAMES else ""
    call, it = ("the call", "it") if len(waiting) == 1 else ("the calls", "them")
    return f"Waiting for you: %runware allow{named} runs {call}, %runware refuse refuses {it}."


def activity(cards: Sequence[Card]) -> str:
    """Return what the calls of the last reply are doing; empty if all have ended, or there are none."""
    if any(card.waits for card in cards):
        return "waiting for you"
    running = next((card for card in cards if card.state == RUNNING), None)
    if running is not None:
        return f"running {running.name} {max(0, running.seconds or 0):.0f} s"
    return ""


def seconds(number: float) -> str:
    """Return seconds with their unit, two digits of them."""
    decimals = 0 if number >= 10 else 1 if number >= 0.1 else 2  # noqa: PLR2004  # two digits
    return f"{number:.{decimals}f} s" if number >= 0.01 else "0 s"  # noqa: PLR2004  # two decimals


def _paired(calls: Iterable[ToolCall], results: Iterable[ToolResult], otherwise: str) -> Iterator[Card]:
    by_id: dict[str, list[ToolResult]] = {}
    for result in results:
        by_id.setdefault(result.tool_call_id, []).append(result)
    for call in calls:
        found = by_id.get(call.id)
        yield _ended(call, found.pop(0)) if found else Card(call, otherwise)
    for left in (result for found in by_id.values() for result in found):
        yield _ended(ToolCall(left.tool_call_id, left.name), left)


def _ended(call: ToolCall, result: ToolResult) -> Card:
    return Card(call, result.state, result.seconds, result)


def _seconds(each: CallUnderWay, elapsed_s: float) -> float | None:
    if each.result is not None:
        return each.result.seconds
    return elapsed_s - each.since_s if each.state == RUNNING else None


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text) if len(text) <= _MOST_PARSED else None
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _written(value: object, indent: int | None = None) -> str:
    try:
        return visible(json.dumps(value, ensure_ascii=False, indent=indent))
    except (ValueError, RecursionError):
        return "…"
