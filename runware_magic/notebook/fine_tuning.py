"""Export chats as examples for fine-tuning, in OpenAI's format: each answer after the messages that it was given."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from runware_magic.chat.ancestry import Ancestry
from runware_magic.chat.conversation import Conversation
from runware_magic.chat.messages import Message, function_name
from runware_magic.chat.turn import FAILED, Turn, said

_ASSISTANT = "assistant"
_CUT = {"length", "content_filter"}  # finish reasons
# Some readers of JSON lines split at these.
_LINE_ENDS = re.compile("[\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Examples:
    """Examples, and the number of chats and answers that they do not teach."""

    lines: tuple[str, ...]  # each example, as a line of JSON
    without: int  # chats that have no answer to teach
    weighted: int  # incomplete answers with weight 0, because later turns follow them
    partial: int  # incomplete answers that are left out
    lost: int  # answers that are left out because a turn before them is missing


@dataclass(slots=True)
class _Example:
    """Turns that follow each other under one system message, and the ids of those that it teaches."""

    system: tuple[Message, ...]
    turns: list[Turn]
    taught: set[str] = field(default_factory=set)

    def precedes(self, turn: Turn) -> bool:
        """Whether a turn was asked after exactly these."""
        if turn.context is None:
            return turn.parent == (self.turns[-1].id if self.turns else None)
        return turn.context == tuple(each.id for each in self.turns)

    def messages(self) -> Iterator[dict[str, Any]]:
        yield from (message.to_json() for message in self.system)
        for turn in self.turns:
            unweighted = {} if turn.id in self.taught else {"weight": 0}
            for message in (*turn.messages, *map(said, turn.replies), Message(_ASSISTANT, turn.content)):
                if not message.is_instruction:
                    yield {**message.to_json(), **(unweighted if message.role == _ASSISTANT else {})}


def to_examples(conversation: Conversation, chats: Sequence[str]) -> Examples:
    """Return chats as examples; each answer is taught once, and has weight 0 where another example repeats it."""
    work = _Work(conversation)
    able = [work.takes(conversation.turns(chat)) for chat in chats]
    examples = [example for example in work.examples if example.taught]
    for example in examples:
        while example.turns[-1].id not in example.taught:
            example.turns.pop()
    weighted = {turn.id for example in examples for turn in example.turns if not _is_whole(turn)}
    partial = {turn.id for chat in chats for turn in conversation.turns(chat) if turn.answers and not _is_whole(turn)}
    return Examples(
        tuple(map(_line, examples)), able.count(False), len(weighted), len(partial - weighted), len(work.lost)
    )


class _Work:
    def __init__(self, conversation: Conversation) -> None:
        self._turns = {turn.id: turn for turn in conversation.all_turns()}
        self._ancestry = Ancestry(self._turns.values())
        self._taught: set[str] = set()
        self.examples: list[_Example] = []
        self.lost: set[str] = set()

    def takes(self, turns: Sequence[Turn]) -> bool:
        """Make examples of a chat; return whether any of its answers is taught, here or with an earlier chat."""
        system: tuple[Message, ...] = ()
        example = self._example(system, ())
        for turn in turns:
            if turn.answers and not example.precedes(turn):
                seen = self._ancestry.seen(turn.id)
                before = [self._turns[each] for each in seen if each in self._turns]
                system = _system(before)
                example = self._example(system, before)
                if len(before) < len(seen):
                    self.lost |= {turn.id} if _is_whole(turn) else set()
                    continue
            system = _system([turn]) or system
            if turn.answers:
                if system != example.system:
                    example = self._example(system, example.turns)
                example.turns.append(turn)
                if _is_whole(turn) and turn.id not in self._taught:
                    example.taught.add(turn.id)
                    self._taught.add(turn.id)
        return any(turn.id in self._taught for turn in turns)

    def _example(self, system: tuple[Message, ...], turns: Iterable[Turn]) -> _Example:
        self.examples.append(_Example(system, [*turns]))
        return self.examples[-1]


def _is_whole(turn: Turn) -> bool:
    return turn.is_whole and turn.finish_reason not in _CUT


def _system(turns: Iterable[Turn]) -> tuple[Message, ...]:
    """Return the system messages that apply after some turns."""
    told = [turn.system_messages for turn in turns if turn.state != FAILED]
    return tuple(next(filter(None, reversed(told)), ()))


def _line(example: _Example) -> str:
    fields: dict[str, Any] = {"messages": list(example.messages())}
    if tools := _tools(example.turns):
        fields["tools"] = tools
    text = json.dumps(fields, ensure_ascii=False)
    return _LINE_ENDS.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n"


def _tools(turns: Iterable[Turn]) -> list[Any]:
    """Return the tools of all turns: a call of one that is not listed makes an example invalid."""
    found: dict[str, Any] = {}
    for turn in turns:
        given = turn.parameters.get("tools")
        for tool in given if isinstance(given, list) else ():
            # Of two definitions of a name, the later one; what has no name is told by all of it.
            found[function_name(tool) or json.dumps(tool, sort_keys=True)] = tool
    return list(found.values())
