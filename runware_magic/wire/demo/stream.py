"""From a reply to what travels: tokens, limits, usage, and the chunks in the order of the real endpoint."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from runware_magic.wire.demo.request import Ask

# A word of up to six letters with the blank before it, any other sign likewise, or a run of blanks. English prose
# comes out at about the count that real tokenizers give.
_TOKEN = re.compile(r" ?\w{1,6}| ?[^\w\s]|\s+")
_FRAME = 4  # tokens that the role and the borders of a message take
DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said to a request.

    Attributes
    ----------
    content
        The answer, in Markdown.
    reasoning
        What is shown as thought before it.
    short
        The answer in one sentence, where one is written.
    """

    content: str
    reasoning: str = ""
    short: str = ""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A reply as it goes out: in tokens, within the request's limits.

    Attributes
    ----------
    reasoning, content
        The tokens of each; joined they are the text.
    finish_reason
        ``stop``, or ``length`` when the limit cut it.
    """

    reasoning: tuple[str, ...]
    content: tuple[str, ...]
    finish_reason: str


def tokens(text: str) -> tuple[str, ...]:
    """Split a text into tokens: an estimate, by length of words, without any model's vocabulary."""
    return tuple(_TOKEN.findall(text))


def spoken(ask: Ask, reply: Reply) -> Spoken:
    """Cut a reply to the request's ``stop`` texts and token limit; the reasoning counts, and comes first."""
    reasoning = () if ask.parameters.get("reasoning_effort") == "none" else tokens(reply.reasoning)
    ends = [at for stop in ask.stop if (at := reply.content.find(stop)) >= 0]
    content = tokens(reply.content[: min(ends, default=None)])
    fits = len(reasoning) + len(content) <= ask.limit
    left = max(0, ask.limit - len(reasoning))
    return Spoken(reasoning[: ask.limit], content[:left], "stop" if fits else "length")


def usage(ask: Ask, said: Spoken) -> dict[str, Any]:
    """Give the tokens and the cost of an answer."""
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
    """Give the whole answer as one object.

    Parameters
    ----------
    ask, said
        The request and what is said to it.
    answer_id
        The name of this answer.
    created
        Seconds since 1970.
    """
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
    """Give a streamed answer: seconds to pause at pace 1, and the event to send then.

    A model that drops ends in the middle, without a finish.
    """
    every = _every(ask, said, answer_id)
    if ask.model.drops:
        every = islice(every, 1 + len(said.reasoning) + len(said.content) // 2)
    return every


def duration_s(ask: Ask, said: Spoken) -> float:
    """Give the seconds that an answer takes at pace 1."""
    return ask.model.wait_s + (len(said.reasoning) + len(said.content)) / ask.model.tokens_per_s


def _every(ask: Ask, said: Spoken, answer_id: str) -> Iterator[tuple[float, bytes]]:
    head = {"id": answer_id, "object": "chat.completion.chunk"}
    yield 0.0, _event({**head, "model": ask.model.id, **_choice({"role": "assistant"})})
    # The wait is the model's, not the server's: the stream is open meanwhile, as it is at the real endpoint.
    pause_s = ask.model.wait_s
    for name, pieces in (("reasoning_content", said.reasoning), ("content", said.content)):
        for piece in pieces:
            yield pause_s, _event({**head, **_choice({name: piece})})
            pause_s = 1 / ask.model.tokens_per_s
    if ask.include_usage:
        yield 0.0, _event({**head, "choices": [], "usage": usage(ask, said)})
    yield 0.0, _event({**head, **_choice({}, said.finish_reason)})
    yield 0.0, DONE


def _choice(delta: dict[str, str], finish_reason: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]}


def _event(chunk: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(chunk, separators=(",", ":")).encode("ascii") + b"\n\n"
