"""Convert the saved turns of a notebook to a recording, so that they can be replayed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from runware_magic.chat.logprobs import TokenLogprob
from runware_magic.chat.messages import Message
from runware_magic.chat.request import Request
from runware_magic.chat.turn import COMPLETE, FAILED, PENDING, STOPPED, Reply, Timing, Turn, said
from runware_magic.chat.usage import Usage
from runware_magic.recording.format import CLOSED, WHOLE, Recorded

_WORD = re.compile(r"\s*\S{1,12}|\s+")  # about what endpoints send at a time
_DONE = b"data: [DONE]\n\n"


def retold(turn: Turn, request: Request, asked: str, others: Sequence[Turn] = ()) -> Recorded:
    """Return a turn as if it had been recorded, at an even pace from the first word to the end.

    `request` includes the messages before it. `asked` is when, as in a recording, and different for each turn.
    `others` are the other choices that came with it. A
    stopped answer ends where it was stopped, and says so. A failed one breaks off. One that may be cut off ends without
    its last event.
    """
    first_s = turn.timing.first_token_s or 0.0
    total_s = max(turn.timing.total_s or 0.0, first_s)
    chunks = [chunk for index, each in enumerate((turn, *others)) for chunk in _words(each, index)]
    step_s = (total_s - first_s) / max(1, len(chunks) - 1)
    pieces = [(0.0, _event(_choice({"role": "assistant"})))]
    pieces += [(first_s + number * step_s, _event(chunk)) for number, chunk in enumerate(chunks)]
    if turn.state != FAILED:
        ends = (_event(_finish(other, index)) for index, other in enumerate(others, 1) if other.is_whole)
        pieces.append((total_s, b"".join((*ends, *_ending(turn)))))
    return Recorded(
        asked,
        turn.endpoint,
        request,
        200,
        "text/event-stream",
        ended_s=total_s,
        pieces=tuple(pieces),
        ended=CLOSED if turn.state == FAILED else WHOLE,
    )


def steps_of(turn: Turn) -> Iterator[tuple[Turn, tuple[Message, ...]]]:
    """Yield a turn for each reply of a turn that called tools, with the messages that were sent since its prompt."""
    turn = replace(turn, timing=_shared(turn))
    spent: Usage | None = None
    for at, reply in enumerate(turn.replies):
        if isinstance(reply, Reply):
            step = replace(turn, reply=reply, replies=(), usage=reply.usage, finish_reason="tool_calls", sources=())
            yield replace(step, state=COMPLETE, error=None), tuple(map(said, turn.replies[:at]))
            spent = reply.usage if spent is None else spent.plus(reply.usage)
    if not turn.replies:
        yield turn, ()
    elif turn.state != PENDING:
        usage = turn.usage.without(spent) if turn.usage else None
        yield replace(turn, replies=(), usage=usage), tuple(map(said, turn.replies))


def _shared(turn: Turn) -> Timing:
    """Return the time of a step: all of them share what the model took, since functions do not run."""
    first_s, total_s = turn.timing.first_token_s, turn.timing.total_s
    if not turn.replies or total_s is None:
        return turn.timing
    count = 1 + sum(isinstance(reply, Reply) for reply in turn.replies)
    step_s = max(0.0, total_s - turn.called_s) / count
    return replace(turn.timing, first_token_s=None if first_s is None else min(first_s, step_s), total_s=step_s)


def _words(turn: Turn, choice: int) -> Iterator[dict[str, Any]]:
    for name, text in (("reasoning_content", turn.reasoning), ("content", turn.content)):
        for word in _WORD.findall(text):
            yield _choice({name: word}, index=choice)
    for index, call in enumerate(turn.reply.tool_calls):
        yield _choice({"tool_calls": [{"index": index, **call.to_json()}]}, index=choice)
    if turn.logprobs:
        yield _choice({}, index=choice, logprobs=turn.logprobs)
    if turn.sources:
        yield {"choices": [], "search_results": [source.to_json() for source in turn.sources]}


def _ending(turn: Turn) -> Iterator[bytes]:
    if turn.usage is not None:
        yield _event({"choices": [], "usage": turn.usage.to_json()})
    if turn.state == STOPPED:
        yield _event(_choice({}, STOPPED))
    elif turn.is_whole:
        yield _event(_finish(turn))
    if not turn.maybe_cut:
        yield _DONE


def _finish(turn: Turn, index: int = 0) -> dict[str, Any]:
    return _choice({}, turn.finish_reason or "stop", index=index)


def _choice(
    delta: dict[str, Any], finish_reason: str | None = None, *, index: int = 0, logprobs: Iterable[TokenLogprob] = ()
) -> dict[str, Any]:
    scored = {"logprobs": {"content": list(map(_scored, logprobs))}} if logprobs else {}
    return {"choices": [{"index": index, "delta": delta, "finish_reason": finish_reason, **scored}]}


def _scored(token: TokenLogprob) -> dict[str, Any]:
    others = [{"token": text, "logprob": logprob} for text, logprob in token.alternatives]
    return {"token": token.token, "logprob": token.logprob, "top_logprobs": others}


def _event(chunk: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps({"object": "chat.completion.chunk", **chunk}).encode() + b"\n\n"
