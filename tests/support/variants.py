"""Answers of a comparison, as tests need them."""

from __future__ import annotations

from dataclasses import replace

from runware_magic.chat.messages import Message
from runware_magic.chat.turn import COMPLETE, Reply, Timing, Turn, Variant
from runware_magic.chat.usage import Usage
from runware_magic.chat.verdict import Verdict


def answer(number=1, of=3, labels=None, passed=(), **fields):
    """Give a whole answer; `passed` tells of each check whether the answer is as expected."""
    labels = {"temperature": str(number)} if labels is None else labels
    turn = Turn(
        id=f"turn {number}",
        model="m",
        endpoint="https://x",
        messages=(Message("user", "Why?"),),
        timing=Timing("2026-01-01T00:00:00Z", 0.41, 2.41),
        reply=Reply(f"Answer **{number}**."),
        state=COMPLETE,
        finish_reason="stop",
        usage=Usage(51, 38, 89, 0.01),
        variant=Variant("comparison", number, of, labels),
        verdicts=tuple(Verdict(f"check{at}", ok, "" if ok else "it is not") for at, ok in enumerate(passed, 1)),
    )
    return replace(turn, **fields)


def answers(count, **fields):
    """Give some whole answers, in order."""
    return tuple(answer(number, count, **fields) for number in range(1, count + 1))
