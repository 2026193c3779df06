"""Turn a reply into tokens, usage and chunks, in the order of the real endpoint."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Spoken:
    """A reply in tokens, within the limits of its request."""

    reasoning: tuple[str, ...]
    content: tuple[str, ...]
    finish_reason: str  # ``stop``, or ``length`` if the limit cut it


def tokens(text: str) -> tuple[str, ...]:
    """Split a text into tokens: an estimate by the length of words, without a model's vocabulary."""
    return tuple(_TOKEN.findall(text))


def spoken(ask: Ask, reply: Reply) -> Spoken:
    """Cut a reply at the request's ``stop`` texts and token limit. The reasoning comes first, and counts."""
    reasoning = () if ask.parameters.get("reasoning_effort") == "none" else tokens(reply.reasoning)
    ends = [at for stop in ask.stop if (at := reply.content.find(stop)) >= 0]
    content = tokens(reply.content[: min(ends, default=None)])
    fits = len(reasoning) + len(content) <= ask.limit
    left = max(0, ask.limit - len(reasoning))
    return Spoken(reasoning[: ask.limit], content[:left], "stop" if fits else "length")


def usage(ask: Ask, said: Spoken) -> dict[str, Any]:
    """Return the tokens and the cost of an answer."""
    sent = sum(_FRAME + len(tokens(message.text)) for message in ask.messages)
    generated = len(said.reasoning) + len(said.content)
    return {
        "prompt_tokens": sent,
        "completion_tokens": generated,
        "total_tokens": sent + generated,
        "cost": ask.model.cost(sent, generated),
        "completion_tokens_details": {"reasoning_tokens": len(said.reasoning)},
    }


def completion(ask: Ask, said: Spoken, answer_id: str, created: int) -> dict[str, Any]:
    """Return the whole answer as one object; `created` is in seconds since 1970."""
    message = {"role": "assistant", "content": "".join(said.content)}
    if said.reasoning:
        message["reasoning_content"] = "".join(said.reasoning)
    return {
        "id": answer_id,
        "object": "chat.completion",
        "created": created,
        "model": ask.model.id,
        "choices": [{"index": 0, "message": message, "finish_reason": said.finish_reason}],
        "usage": usage(ask, said),
    }


def steps(ask: Ask, said: Spoken, answer_id: str) -> Iterator[tuple[float, bytes]]:
    """Yield a streamed answer: seconds to pause at pace 1, and the event to send then."""
    content = said.content[: len(said.content) // 2] if ask.model.drops else said.content
    head = {"id": answer_id, "object": "chat.completion.chunk"}
    yield 0.0, _event({**head, "model": ask.model.id, **_choice({"role": "assistant"})})
    # The pause follows the first event: like the real endpoint, the server opens the stream before the model starts.
    pause_s = ask.model.wait_s
    for name, pieces in (("reasoning_content", said.reasoning), ("content", content)):
        for piece in pieces:
            yield pause_s, _event({**head, **_choice({name: piece})})
            pause_s = 1 / ask.model.tokens_per_s
    if ask.model.drops:
        return
    if ask.include_usage:
        yield 0.0, _event({**head, "choices": [], "usage": usage(ask, said)})
    yield 0.0, _event({**head, **_choice({}, said.finish_reason)})
    yield 0.0, DONE


def _choice(delta: dict[str, str], finish_reason: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]}


def _event(chunk: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(chunk, separators=(",", ":")).encode("ascii") + b"\n\n"
