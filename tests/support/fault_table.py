"""What comes of a fault, in each phase: the table that the tests hold the package to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from faults import BOUNDS, HAS_COME, IDLE_S, PHASES

# What comes of a fault in each phase:
#   whole     all of the answer: the fault does no harm
#   so far    the answer ends there, and that is no failure
#   +         behind these: a remark says that an event could not be read
#   ?         behind these: a remark says that the answer may be cut off
#   -         this cannot be
# and everything else is a failure, with what had come until then, and a message that SAYS holds.
TABLE = """
fault                     | framing | before    | headers    | reasoning  | content    | usage      | finish     | done
reset                     | chunked | no answer | gone       | gone       | gone       | gone       | so far     | whole
reset                     | closing | no answer | gone       | gone       | gone       | gone       | so far     | whole
hang up                   | chunked | no answer | gone       | gone       | gone       | gone       | so far     | whole
hang up                   | closing | no answer | unfinished | unfinished | unfinished | unfinished | so far     | whole
half-close                | chunked | no answer | gone       | gone       | gone       | gone       | so far     | whole
half-close                | closing | no answer | unfinished | unfinished | unfinished | unfinished | so far     | whole
clean end                 | chunked | -         | empty      | so far ?   | so far ?   | so far ?   | so far     | whole
clean end                 | closing | no answer | unfinished | unfinished | unfinished | unfinished | so far     | whole
stall                     | chunked | silent    | silent     | silent     | silent     | silent     | so far     | whole
stall                     | closing | silent    | silent     | silent     | silent     | silent     | so far     | whole
a byte at a time          | chunked | whole     | whole      | whole      | whole      | whole      | whole      | whole
a byte at a time          | closing | whole     | whole      | whole      | whole      | whole      | whole      | whole
broken JSON, once         | chunked | no HTTP   | whole +    | whole +    | whole +    | whole +    | whole +    | whole
broken JSON, once         | closing | no HTTP   | whole +    | whole +    | whole +    | whole +    | whole +    | whole
broken JSON, at the end   | chunked | no HTTP   | cut        | cut        | cut        | cut        | so far +   | whole
broken JSON, at the end   | closing | no HTTP   | cut        | cut        | cut        | cut        | so far +   | whole
invalid UTF-8             | chunked | no HTTP   | whole +    | whole +    | whole +    | whole +    | whole +    | whole
invalid UTF-8             | closing | no HTTP   | whole +    | whole +    | whole +    | whole +    | whole +    | whole
error event               | chunked | no HTTP   | reported   | broken off | broken off | broken off | broken off | whole
error event               | closing | no HTTP   | reported   | broken off | broken off | broken off | broken off | whole
error chunk               | chunked | no HTTP   | reported   | broken off | broken off | broken off | broken off | whole
error chunk               | closing | no HTTP   | reported   | broken off | broken off | broken off | broken off | whole
huge event                | chunked | no HTTP   | event      | event      | event      | event      | so far     | whole
huge event                | closing | no HTTP   | event      | event      | event      | event      | so far     | whole
endless line              | chunked | no HTTP   | event      | event      | event      | event      | so far     | whole
endless line              | closing | no HTTP   | event      | event      | event      | event      | so far     | whole
endless event             | chunked | no HTTP   | lines      | lines      | lines      | lines      | so far     | whole
endless event             | closing | no HTTP   | lines      | lines      | lines      | lines      | so far     | whole
endless text              | chunked | no HTTP   | long       | long       | long       | long       | long       | whole
endless text              | closing | no HTTP   | long       | long       | long       | long       | long       | whole
endless reasoning         | chunked | no HTTP   | long       | long       | long       | long       | long       | whole
endless tool calls        | chunked | no HTTP   | long       | long       | long       | long       | long       | whole
endless comments          | chunked | no HTTP   | mute       | mute       | mute       | mute       | so far     | whole
endless comments          | closing | no HTTP   | mute       | mute       | mute       | mute       | so far     | whole
endless empty events      | chunked | no HTTP   | mute       | mute       | mute       | mute       | so far     | whole
endless empty events      | closing | no HTTP   | mute       | mute       | mute       | mute       | so far     | whole
endless empty chunks      | chunked | no HTTP   | mute       | mute       | mute       | mute       | so far     | whole
endless padding           | chunked | no HTTP   | mute       | mute       | mute       | mute       | so far     | whole
endless padding           | closing | no HTTP   | mute       | mute       | mute       | mute       | so far     | whole
many empty events         | chunked | no HTTP   | whole      | whole      | whole      | whole      | whole      | whole
many comments             | closing | no HTTP   | whole      | whole      | whole      | whole      | whole      | whole
broken gzip               | gzip    | -         | packed     | packed     | packed     | packed     | so far     | whole
cut gzip                  | gzip    | -         | empty      | so far ?   | so far ?   | so far ?   | so far     | whole
gzip bomb                 | gzip    | -         | mute       | event      | event      | event      | so far     | whole
rubbish for a chunk       | chunked | no HTTP   | gone       | gone       | gone       | gone       | so far     | whole
endless trailers          | chunked | no HTTP   | gone       | gone       | gone       | gone       | so far     | whole
no HTTP                   | chunked | no HTTP   | -          | -          | -          | -          | -          | -
invalid UTF-8 in a header | chunked | whole     | -          | -          | -          | -          | -          | -
endless status line       | chunked | no HTTP   | -          | -          | -          | -          | -          | -
endless headers           | chunked | no HTTP   | -          | -          | -          | -          | -          | -
endless interim replies   | chunked | no HTTP   | -          | -          | -          | -          | -          | -
"""

SAYS = {
    "no answer": "closed the connection without an answer",
    "no HTTP": "sent a reply that is not HTTP",
    "gone": "closed the connection before the answer was complete",
    "unfinished": "was closed before the answer was complete",
    "empty": "sent an empty answer",
    "cut": "was lost before the answer was complete",
    "silent": f"sent nothing (more )?for {IDLE_S} s",
    "reported": "reported an error: out of luck",
    "broken off": "stopped the answer with an error: out of luck",
    "event": f"One event of the answer is longer than {BOUNDS.event} bytes",
    "lines": "One event of the answer has more than 1000 lines",
    "long": f"is longer than {BOUNDS.answer} bytes",
    "mute": f"sent {BOUNDS.silence} bytes without any text of an answer",
    "packed": "sent bytes that cannot be decompressed",
}


def _cells() -> Iterator[tuple[str, str, str, str]]:
    header, *rows = ([cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines())
    assert header[2:] == list(PHASES)
    for fault, framing, *words in rows:
        for phase, word in zip(PHASES, words, strict=True):
            if word != "-":
                yield fault, framing, phase, word


#: The cells of the table: fault, framing, phase, word.
CELLS = tuple(_cells())


@dataclass(frozen=True)
class Outcome:
    """What becomes of an answer.

    Attributes
    ----------
    state
        Of its turn; None where there is none.
    reasoning, content
        What is kept.
    told
        Whether what it cost is known.
    """

    state: str | None
    reasoning: str
    content: str
    told: bool


def outcome(fault: str, phase: str, word: str) -> Outcome:
    """Read a cell of the table."""
    word = word.removesuffix(" +").removesuffix(" ?")
    reasoning, content, told = HAS_COME["done" if word == "whole" else phase]
    if word == "long":
        # As much is kept as the bound allows.
        more = "x" * (BOUNDS.answer - len(reasoning) - len(content))
        reasoning += more if fault == "endless reasoning" else ""
        content += more if fault == "endless text" else ""
    if word not in SAYS:
        return Outcome("complete", reasoning, content, told)
    return Outcome("failed" if reasoning or word == "long" else None, reasoning, content, told)
