"""Turn a reply into tokens, usage and chunks, in the order of the real endpoint."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from runware_magic.chat.messages import ToolCall
from runware_magic.demo import probabilities
from runware_magic.demo.request import Ask

# Up to six letters or one other sign, with the blank before it, or a run of blanks. For English prose, the count is
# about that of real tokenizers.
_TOKEN = re.compile(r" ?\w{1,6}| ?[^\w\s]|\s+")
_FRAME = 4  # tokens for the role and the borders of a message
DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to a request, in Markdown."""

    content: str
    reasoning: str = ""
    short: str = ""  # the answer in one sentence, if one is written
    calls: tuple[ToolCall, ...] = ()  # of functions; the answer follows their results


@dataclass(frozen=True, slots=True)
class Spoken:
    """A reply in tokens, within the limits of its request."""

    reasoning: tuple[str, ...]
    content: tuple[str, ...]
    finish_reason: str  # ``stop``, ``tool_calls``, or ``length`` if the limit cut it
    calls: tuple[tuple[ToolCall, tuple[str, ...]], ...] = ()  # each with the tokens of its arguments

    @property
    def generated(self) -> int:
        """The number of tokens."""
        called = sum(_FRAME + len(arguments) for _, arguments in self.calls)
        return len(self.reasoning) + len(self.content) + called


def tokens(text: str) -> tuple[str, ...]:
    """Split a text into tokens: an estimate by the length of words, without a model's vocabulary."""
    return tuple(_TOKEN.findall(text))


def spoken(ask: Ask, reply: Reply) -> Spoken:
    """Cut a reply at the request's ``stop`` texts and token limit. The reasoning comes first, and the calls last."""
    reasoning = () if ask.parameters.get("reasoning_effort") == "none" else tokens(reply.reasoning)
    ends = [at for stop in ask.stop if (at := reply.content.find(stop)) >= 0]
    content = tokens(reply.content[: min(ends, default=None)])
    calls = tuple((call, tokens(call.arguments)) for call in reply.calls)
    whole = Spoken(reasoning, content, "tool_calls" if calls else "stop", calls)
    if whole.generated <= ask.limit:
        return whole
    left = max(0, ask.limit - len(reasoning))
    return Spoken(reasoning[: ask.limit], content[:left], "length", _cut(calls, left - len(content)))


def _cut(calls: Sequence[tuple[ToolCall, tuple[str, ...]]], left: int) -> tuple[tuple[ToolCall, tuple[str, ...]], ...]:
    """Return as much of the calls as there are tokens left."""
    kept = []
    for call, arguments in calls:
        left -= _FRAME
        if left < 0:
            break
        kept.append((call, arguments[:left]))
        left -= len(arguments)
    return tuple(kept)


def usage(ask: Ask, choices: Sequence[Spoken]) -> dict[str, Any]:
    """Return the tokens and the cost of all choices."""
    texts = [text for message in ask.messages for text in (message.text, *(call.arguments for call in message.calls))]
    tools = ask.parameters.get("tools")
    sent = sum(_FRAME + len(tokens(text)) for text in texts) + len(tokens(json.dumps(tools) if tools else ""))
    reasoned = sum(len(said.reasoning) for said in choices)
    generated = sum(said.generated for said in choices)
    return {
        "prompt_tokens": sent,
        "completion_tokens": generated,
        "total_tokens": sent + generated,
        "cost": ask.model.cost(sent, generated),
        "completion_tokens_details": {"reasoning_tokens": reasoned},
    }


def completion(ask: Ask, choices: Sequence[Spoken], answer_id: str, created: int) -> dict[str, Any]:
    """Return the whole answer as one object; `created` is in seconds since 1970."""
    return {
        "id": answer_id,
        "object": "chat.completion",
        "created": created,
        "model": ask.model.id,
        "choices": [_whole(ask, said, index) for index, said in enumerate(choices)],
        "usage": usage(ask, choices),
    }


def _whole(ask: Ask, said: Spoken, index: int) -> dict[str, Any]:
    calls = [replace(call, arguments="".join(arguments)).to_json() for call, arguments in said.calls]
    message: dict[str, Any] = {"role": "assistant", "content": "".join(said.content)}
    if calls:
        message = {**message, "content": message["content"] or None, "tool_calls": calls}
    if said.reasoning:
        message["reasoning_content"] = "".join(said.reasoning)
    scored = probabilities.of_all(ask, said.content)
    return {"index": index, "message": message, "finish_reason": said.finish_reason, **scored}


def steps(ask: Ask, choices: Sequence[Spoken], answer_id: str) -> Iterator[tuple[float, bytes]]:
    """Yield a streamed answer: seconds to pause at pace 1, and the event to send then. Choices stream side by side."""
    head = {"id": answer_id, "object": "chat.completion.chunk"}
    for index in range(len(choices)):
        yield 0.0, _event({**head, "model": ask.model.id, **_choice({"role": "assistant"}, index=index)})
    # The pause follows the first event: like the real endpoint, the server opens the stream before the model starts.
    pause_s = ask.model.wait_s
    for together in zip_longest(*(_deltas(ask, said, index) for index, said in enumerate(choices))):
        for choice in filter(None, together):
            yield pause_s, _event({**head, **choice})
            pause_s = 0.0
        pause_s = 1 / ask.model.tokens_per_s
    if ask.model.drops:
        return
    if ask.include_usage:
        yield 0.0, _event({**head, "choices": [], "usage": usage(ask, choices)})
    for index, said in enumerate(choices):
        yield 0.0, _event({**head, **_choice({}, said.finish_reason, index=index)})
    yield 0.0, DONE


def _deltas(ask: Ask, said: Spoken, index: int) -> Iterator[dict[str, Any]]:
    content = said.content[: len(said.content) // 2] if ask.model.drops else said.content
    for piece in said.reasoning:
        yield _choice({"reasoning_content": piece}, index=index)
    for piece, scored in zip(content, probabilities.of_each(ask, content), strict=True):
        yield _choice({"content": piece}, index=index, **scored)
    for number, (call, arguments) in enumerate(said.calls):
        kept = arguments[: len(arguments) // 2] if ask.model.drops else arguments
        # The id and the name come once, the arguments in pieces.
        head: dict[str, Any] = {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": ""}}
        for fragment in (head, *({"function": {"arguments": piece}} for piece in kept)):
            yield _choice({"tool_calls": [{"index": number, **fragment}]}, index=index)


def _choice(
    delta: dict[str, Any], finish_reason: str | None = None, *, index: int = 0, **more: object
) -> dict[str, Any]:
    return {"choices": [{"index": index, "delta": delta, "finish_reason": finish_reason, **more}]}


def _event(chunk: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(chunk, separators=(",", ":")).encode("ascii") + b"\n\n"
