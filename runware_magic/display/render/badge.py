"""The badge, a line of facts about a turn: model, state, tokens, cost, speed."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.events import Retrying
from runware_magic.chat.request import CHOICES, LIMIT, LOGPROBS, OLD_LIMIT
from runware_magic.chat.structured import IN_PROMPT
from runware_magic.chat.text import _COST_UNKNOWN, decimals_for, dollars, one_line
from runware_magic.chat.turn import COMPLETE, PENDING, Turn
from runware_magic.display.render import styles
from runware_magic.display.render.local_time import local_time
from runware_magic.display.render.sanitize_html import escape
from runware_magic.display.render.tool_steps import activity, counts, under_way, what_to_run
from runware_magic.engine.view import Place

SEPARATOR = " · "  # of the segments of a line
NO_FINISH_REASON = "no finish reason"
COUNTED_ELSEWHERE = "counted with choice 1"
_DEMO = "demo"
_ENDINGS = {"length": "cut off at --max-tokens", "tool_calls": "requests tool calls", "stop": "", None: ""}
_CHARACTERS_A_TOKEN = 4
_WITH_ZONE = "%Y-%m-%d %H:%M %Z"  # notebooks travel
# A line never breaks between a number and its unit, between two counts, or behind the sign of a verdict.
_UNBROKEN = re.compile(r"(?<=\d) (?=[a-z])|(?<=^[✓✗]) |(?<=\d in) (?=/)|(?<= /) (?=\d)")


@dataclass(frozen=True, slots=True)
class Fact:
    """One segment of a badge: its name, such as ``cost``, plain text, and how it is spoken if that differs."""

    name: str
    text: str
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class Badge:
    """The line under an answer, and its details; `str` gives the line as plain text."""

    facts: tuple[Fact, ...]
    details: tuple[Fact, ...] = ()

    @classmethod
    def of(cls, turn: Turn, labels: Sequence[str] = (), name: str = "", place: Place | None = None) -> Badge:
        """Return the badge of a turn.

        Parameters
        ----------
        labels
            More words, such as ``kept``.
        name
            The heading of the answer; a model that is named there is not repeated.
        place
            Where the turn stands in its chat.
        """
        facts = (Fact("place", str(place or "")), *_facts(turn, labels, name))
        return cls(tuple(filter(_is_told, facts)), tuple(filter(_is_told, _details(turn))))

    def __str__(self) -> str:
        return SEPARATOR.join(fact.text for fact in self.facts)

    @property
    def html(self) -> str:
        """As HTML, with the details behind a fold in the same line."""
        return self.html_with("")

    def html_with(self, more: str) -> str:
        """As HTML; the fold also holds ``more`` HTML."""
        fold = _fold(map(_unbroken, self.details), more) if self.details or more else ""
        return badge_html(map(_unbroken, self.facts), fold)

    @property
    def spoken(self) -> str:
        """As a screen reader says it, without the details."""
        return ", ".join(fact.spoken or fact.text for fact in self.facts)


def _is_told(fact: Fact) -> bool:
    return bool(fact.text)


def _unbroken(fact: Fact) -> str:
    return _UNBROKEN.sub("\N{NO-BREAK SPACE}", fact.text)


def _facts(turn: Turn, labels: Sequence[str], name: str) -> Iterator[Fact]:
    """Yield what every reader wants; what the endpoint did not report is ``unknown`` or empty, never zero."""
    recorded, demo = _source(turn)
    yield Fact("model", _model(turn.model, name))
    yield Fact("recorded", recorded)
    yield Fact("endpoint", demo)
    yield Fact("schema", "schema in the prompt" if turn.schema_sent == IN_PROMPT else "")
    yield from (Fact("label", one_line(label, 80)) for label in labels)
    yield Fact("choice", f"choice {turn.choice.number} of {turn.choice.of}" if turn.choice else "")
    yield Fact("state", state(turn))
    yield Fact("tools", counts(turn))
    yield _checks(turn)
    tokens, cost = _usage(turn)
    yield Fact("tokens", tokens, tokens.replace(" / ", ", "))
    yield Fact("cost", cost)
    judged = [verdict.cost for verdict in turn.verdicts if verdict.cost is not None]
    yield Fact("judge", f"judge {dollars(math.fsum(judged))}" if judged else "")
    total = duration(turn)
    yield Fact("time", total, f"{total.removesuffix('s')}seconds" if total else "")


def _details(turn: Turn) -> Iterator[Fact]:
    """Yield what few readers want, each empty where unknown."""
    counts = (turn.usage.reasoning_tokens, turn.usage.cached_tokens) if turn.usage else (None, None)
    for count, what in zip(counts, ("reasoning", "cached"), strict=True):
        yield Fact(what, f"{count:,} {what} tokens" if count else "")
    first, rate = speed(turn)
    yield Fact("first token", f"first token after {first}" if first else "")
    yield Fact("speed", f"{rate} tokens/s" if rate else "")
    yield Fact("finish reason", f"finish reason {one_line(turn.finish_reason, 40)}" if turn.finish_reason else "")
    for verdict in turn.verdicts:
        told = f"{one_line(verdict.check, 80)}: {one_line(verdict.why, 160)}"
        yield Fact("judged", f"{told} ({one_line(verdict.model, 40)})" if verdict.model and verdict.passed else "")
    yield Fact("endpoint", one_line(turn.endpoint, 80) if turn.endpoint != _DEMO else "")
    yield Fact("started", local_time(turn.timing.started, _WITH_ZONE))


def badge_html(segments: Iterable[str], more: str = "") -> str:
    """Return plain-text segments as a line of HTML, with more HTML at its end."""
    return f'<div class="runware-badge {styles.UNTOUCHED}" style="{styles.BADGE}">{_line(segments)}{more}</div>'


def _line(segments: Iterable[str]) -> str:
    return SEPARATOR.join(f"<span{styles.verdict(segment)}>{escape(segment)}</span>" for segment in segments)


def _fold(segments: Iterable[str], more: str) -> str:
    return (
        f'{SEPARATOR}<details class="runware-details" style="{styles.INLINE}">'
        f'<summary style="{styles.INLINE_SUMMARY}">details</summary><div>{_line(segments)}</div>{more}</details>'
    )


def remarks(turn: Turn) -> tuple[str, ...]:
    """Return remarks on how a turn went, each a line of plain text."""
    found = []
    if turn.state == COMPLETE and not turn.content.strip() and not turn.reply.tool_calls:
        found.append(_why_empty(turn))
    if turn.skipped:
        events = "event" if turn.skipped == 1 else "events"
        found.append(f"{turn.skipped} {events} of the stream could not be read; part of the answer may be missing.")
    if turn.maybe_cut:
        found.append("The endpoint did not confirm that this answer is complete; it may be cut off.")
    if turn.parameters.get(LOGPROBS) and turn.content.strip() and not turn.logprobs:
        found.append("The endpoint sent no token probabilities.")
    asked = turn.parameters.get(CHOICES)
    if type(asked) is int and asked > 1 and turn.state == COMPLETE and turn.choice is None:
        found.append(f"{asked} choices were asked for; the endpoint sent one.")
    if turn.replies and turn.recorded is not None:
        found.append("Recorded results: nothing ran.")
    return (*found, *filter(None, (what_to_run(turn),)))


def failed_checks(turn: Turn) -> tuple[str, ...]:
    """Return the checks that failed, each a line of plain text."""
    failed = (verdict for verdict in turn.verdicts if not verdict.passed)
    return tuple(
        f"Check {one_line(verdict.check, 80)} {'is unknown' if verdict.unknown else 'failed'}: "
        f"{one_line(verdict.why, 160)}"
        for verdict in failed
    )


def _why_empty(turn: Turn) -> str:
    if turn.finish_reason != "length":
        return "The answer is empty."
    limit = turn.parameters.get(LIMIT, turn.parameters.get(OLD_LIMIT))
    of = f" of {limit} tokens" if isinstance(limit, int) else ""
    return f"The reasoning used up the limit{of}: raise --max-tokens."


def status(builder: TurnBuilder, elapsed_s: float, name: str = "") -> str:
    """Return the line above an answer that is still arriving, as plain text; `name` as in `Badge.of`."""
    parts = (_model(builder.model, name), *_source(builder), _activity(builder, elapsed_s), _tokens_so_far(builder))
    return SEPARATOR.join(part for part in parts if part)


def costs(turns: Iterable[Turn], decimals: int | None = None) -> str:
    """Return the total cost of answers, replayed ones apart, as text; empty where no cost is known.

    In a table, `decimals` are those of `cost_decimals`.
    """
    known = [(turn.cost, turn.recorded is None) for turn in turns if turn.cost is not None]
    billed = [cost for cost, is_billed in known if is_billed]
    replayed = [cost for cost, is_billed in known if not is_billed]
    sums = (
        dollars(math.fsum(billed), decimals) if billed else "",
        f"{dollars(math.fsum(replayed), decimals)} (not billed)" if replayed else "",
    )
    return " + ".join(each for each in sums if each)


def cost_decimals(turns: Iterable[Turn]) -> int:
    """Return the decimals that all costs of a table of answers have."""
    return decimals_for(turn.cost for turn in turns if turn.cost)


def state(turn: Turn) -> str:
    """Return how an answer ended, in a word or two; empty where all is well."""
    if turn.state != COMPLETE:
        return "waiting for you" if turn.state == PENDING else one_line(turn.state, 40)
    if turn.maybe_cut:
        return NO_FINISH_REASON
    reason = turn.finish_reason
    return _ENDINGS[reason] if reason in _ENDINGS else one_line(str(reason), 40)


def _model(model: str, name: str) -> str:
    return "" if model in name.split(SEPARATOR) else one_line(model, 80)


def _source(answer: Turn | TurnBuilder) -> tuple[str, str]:
    recorded = "" if answer.recorded is None else f"recorded {one_line(answer.recorded, 20)}".rstrip()
    return recorded, _DEMO if answer.endpoint == _DEMO else ""


def passed(turns: Iterable[Turn]) -> str:
    """Return how many checks of these answers passed, as ``✗ 2/3`` or ``✓ 3/3``; empty where there are none."""
    verdicts = [verdict for turn in turns for verdict in turn.verdicts]
    count = sum(verdict.passed for verdict in verdicts)
    return f"{'✓' if count == len(verdicts) else '✗'} {count}/{len(verdicts)}" if verdicts else ""


def _checks(turn: Turn) -> Fact:
    if not turn.verdicts:
        return Fact("checks", "")
    failed = [one_line(verdict.check, 40) for verdict in turn.verdicts if not verdict.passed]
    names = f" (failed: {', '.join(failed[:3])}{' …' if len(failed) > 3 else ''})" if failed else ""  # noqa: PLR2004
    total = len(turn.verdicts)
    return Fact("checks", f"{passed((turn,))} checks{names}", f"{total - len(failed)} of {total} checks passed{names}")


def _usage(turn: Turn) -> tuple[str, str]:
    usage = turn.usage
    if turn.counts_elsewhere:
        return COUNTED_ELSEWHERE, ""
    if usage is None:
        return "usage unknown", ""
    counts = ((usage.prompt_tokens, "in"), (usage.completion_tokens, "out"))
    tokens = " / ".join(f"{count:,} {side}" for count, side in counts if count is not None)
    return tokens or "tokens unknown", costs((turn,)) or _COST_UNKNOWN


def duration(turn: Turn) -> str:
    """Return the seconds from the request to the end; empty where unknown."""
    total = turn.timing.total_s
    return "" if total is None else f"{total:.{1 if total < 10 else 0}f} s"  # noqa: PLR2004  # two digits


def speed(turn: Turn) -> tuple[str, str]:
    """Return the time to the first token and the tokens per second, each empty where unknown."""
    first, rate = turn.timing.first_token_s, turn.tokens_per_second
    return (
        "" if first is None else f"{first:.2f} s",
        "" if rate is None else f"{rate:.{0 if rate >= 10 else 1}f}",  # noqa: PLR2004  # two digits, as 22, 2.2
    )


def _activity(builder: TurnBuilder, elapsed_s: float) -> str:
    seconds = f"{elapsed_s:.0f} s"
    if builder.waits_for:
        return f"waiting for {one_line(builder.waits_for, 80)}…{SEPARATOR}{seconds}"
    if builder.retrying is not None:
        return f"{_retrying(builder.retrying, elapsed_s - builder.retrying_since_s)}{SEPARATOR}{seconds}"
    if tools := _tools(builder, elapsed_s):
        return f"{tools}{SEPARATOR}{seconds}"
    if builder.answering:
        return f"answering{SEPARATOR}{seconds}"
    if builder.reasoning:
        return f"thinking {seconds}"
    return f"waiting for the {'model' if builder.opened else 'endpoint'}…{SEPARATOR}{seconds}"


def _tools(builder: TurnBuilder, elapsed_s: float) -> str:
    """Return what the tool calls of the reply are doing; empty if there are none."""
    if builder.calls:
        return activity(under_way(builder.calls, elapsed_s)) or "waiting for the model…"
    return "writing a tool call" if builder.tool_calls else ""


def _retrying(retrying: Retrying, waited_s: float) -> str:
    left = math.ceil(retrying.wait_s - waited_s)
    when = f"in {left} s" if left > 0 else "now"
    return f"retrying {when} ({one_line(retrying.reason, 80)}), attempt {retrying.attempt}"


def _tokens_so_far(builder: TurnBuilder) -> str:
    told = builder.usage.completion_tokens if builder.usage else None
    if told:
        return f"{told:,} tokens"
    estimate = (len(builder.content) + len(builder.reasoning)) // _CHARACTERS_A_TOKEN
    # Two digits: it is an estimate, and a line that stays the same is not sent again.
    rounded = round(estimate, 2 - len(str(estimate)))
    return f"~{rounded:,} tokens" if estimate else ""
