"""A turn's facts in a line: what was asked, how it ended, what it cost."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from runware_magic.chat.events import Retrying
from runware_magic.chat.request import LIMIT, OLD_LIMIT
from runware_magic.chat.turn import COMPLETE, Draft, Turn
from runware_magic.display.plain import one_line

#: What stands between the segments of a line.
SEPARATOR = " · "
_DEMO = "demo"
_ENDINGS = {"length": "length: cut at the token limit", "tool_calls": "asks for tools", "stop": "", None: ""}
_CHARACTERS_A_TOKEN = 4
_COST_UNKNOWN = "cost unknown"
_LEAST, _MOST = 1e-7, 1_000_000_000  # dollars


def badge(turn: Turn, labels: Sequence[str] = (), name: str = "") -> tuple[str, ...]:
    """Give the segments of the line under an answer.

    Parameters
    ----------
    turn
        The turn.
    labels
        Words to carry beside what the turn itself tells.
    name
        What the answer stands under: a model that is named there is not named again.

    Returns
    -------
    tuple of str
        Plain text: model, the day of a recording, ``demo``, state unless all is well, checks, tokens, cost, seconds to
        the first token, tokens a second. What the endpoint did not tell is ``unknown`` or left out, and never zero.
    """
    segments = (
        _model(turn.model, name),
        *_source(turn),
        *(one_line(label, 80) for label in labels),
        state(turn),
        _checks(turn),
        *_usage(turn),
        *_speed(turn),
    )
    return tuple(segment for segment in segments if segment)


def remarks(turn: Turn) -> tuple[str, ...]:
    """Give what the reader should know about how a turn went, each one line of plain text."""
    found = []
    if turn.state == COMPLETE and not turn.content.strip() and not turn.reply.tool_calls:
        found.append(_why_empty(turn))
    if turn.skipped:
        events = "event" if turn.skipped == 1 else "events"
        found.append(f"{turn.skipped} {events} of the stream could not be read; the answer may lack a piece.")
    return tuple(found)


def failed_checks(turn: Turn) -> tuple[str, ...]:
    """Give what was expected of an answer and did not come, each one line of plain text."""
    failed = (verdict for verdict in turn.verdicts if not verdict.passed)
    return tuple(f"Expected {one_line(verdict.check, 80)}: {one_line(verdict.why, 160)}" for verdict in failed)


def _why_empty(turn: Turn) -> str:
    if turn.finish_reason != "length":
        return "The answer is empty."
    limit = turn.parameters.get(LIMIT, turn.parameters.get(OLD_LIMIT))
    of = f" of {limit} tokens" if isinstance(limit, int) else ""
    return f"The limit{of} was used up by the reasoning: raise --max-tokens."


def status(draft: Draft, elapsed_s: float, name: str = "") -> str:
    """Give the line over an answer that is still coming, as plain text: it says from the beginning whose it is.

    Parameters
    ----------
    draft
        The answer so far.
    elapsed_s
        Seconds since the request was sent.
    name
        As in `badge`.
    """
    parts = (_model(draft.model, name), *_source(draft), _activity(draft, elapsed_s), _tokens_so_far(draft))
    return SEPARATOR.join(part for part in parts if part)


def dollars(cost: float | None) -> str:
    """Give a cost with three significant digits, and at least two decimals; for what no answer costs, a bound."""
    if cost is None or not cost >= 0:
        return _COST_UNKNOWN
    if cost == 0:
        return "$0"
    if cost < _LEAST:
        return f"< ${_LEAST:.7f}"
    if cost > _MOST:
        return f"> ${_MOST:,}"
    return f"${cost:,.{max(2, 2 - math.floor(math.log10(cost)))}f}"


def costs(turns: Iterable[Turn]) -> str:
    """Give in words what answers cost together, told apart from what was replayed; empty where none is known."""
    known = [turn for turn in turns if turn.cost is not None]
    billed = [turn.cost for turn in known if turn.recorded is None and turn.cost is not None]
    replayed = [turn.cost for turn in known if turn.recorded is not None and turn.cost is not None]
    sums = (
        dollars(math.fsum(billed)) if billed else "",
        f"{dollars(math.fsum(replayed))} (not billed)" if replayed else "",
    )
    return " + ".join(each for each in sums if each)


def amount(limit: float) -> str:
    """Give an amount that the user has set, as it was written: two decimals, or as many as it has."""
    if limit > _MOST or 0 < limit < _LEAST:
        return dollars(limit)
    whole, _, decimals = f"{limit:,.10f}".partition(".")
    return f"${whole}.{decimals.rstrip('0').ljust(2, '0')}"


def state(turn: Turn) -> str:
    """Give how an answer ended, in a word or two; empty where all is well."""
    if turn.state != COMPLETE:
        return one_line(turn.state, 40)
    reason = turn.finish_reason
    return _ENDINGS[reason] if reason in _ENDINGS else one_line(str(reason), 40)


def _model(model: str, name: str) -> str:
    return "" if model in name.split(SEPARATOR) else one_line(model, 80)


def _source(answer: Turn | Draft) -> tuple[str, str]:
    recorded = "" if answer.recorded is None else f"recorded {one_line(answer.recorded, 20)}".rstrip()
    return recorded, _DEMO if answer.endpoint == _DEMO else ""


def _checks(turn: Turn) -> str:
    passed = sum(verdict.passed for verdict in turn.verdicts)
    return f"checks {passed}/{len(turn.verdicts)} passed" if turn.verdicts else ""


def _usage(turn: Turn) -> tuple[str, ...]:
    usage = turn.usage
    if usage is None:
        return ("usage unknown",)
    counts = (
        (usage.prompt_tokens, "in"),
        (usage.completion_tokens, "out"),
    )
    both = " / ".join(f"{count:,} {side}" for count, side in counts if count is not None)
    details = ((usage.reasoning_tokens, "reasoning"), (usage.cached_tokens, "cached"))
    told = ", ".join(f"{count:,} {what}" for count, what in details if count)
    tokens = f"{both} ({told})" if both and told else both or told
    return (tokens or "tokens unknown", costs((turn,)) or _COST_UNKNOWN)


def speed(turn: Turn) -> tuple[str, str]:
    """Give the seconds to the first token and the tokens a second, each empty where it is unknown."""
    first, rate = turn.timing.first_token_s, turn.tokens_per_second
    return (
        "" if first is None else f"{first:.2f} s",
        "" if rate is None else f"{rate:.{0 if rate >= 10 else 1}f}",  # noqa: PLR2004  # two digits, as 22, 2.2
    )


def _speed(turn: Turn) -> tuple[str, ...]:
    first, rate = speed(turn)
    return (f"first token {first}" if first else "", f"{rate} tokens/s" if rate else "")


def _activity(draft: Draft, elapsed_s: float) -> str:
    seconds = f"{elapsed_s:.0f} s"
    if draft.waits_for:
        return f"waiting for {one_line(draft.waits_for, 80)}…{SEPARATOR}{seconds}"
    if draft.retrying is not None:
        return f"{_retrying(draft.retrying, elapsed_s - draft.retrying_since_s)}{SEPARATOR}{seconds}"
    if draft.answering:
        return f"answering{SEPARATOR}{seconds}"
    if draft.reasoning:
        return f"thinking {seconds}"
    return f"waiting for the {'model' if draft.opened else 'endpoint'}…{SEPARATOR}{seconds}"


def _retrying(retrying: Retrying, waited_s: float) -> str:
    left = math.ceil(retrying.wait_s - waited_s)
    when = f"in {left} s" if left > 0 else "now"
    return f"retrying {when} ({one_line(retrying.reason, 80)}), attempt {retrying.attempt}"


def _tokens_so_far(draft: Draft) -> str:
    told = draft.usage.completion_tokens if draft.usage else None
    if told:
        return f"{told:,} tokens"
    estimate = (len(draft.content) + len(draft.reasoning)) // _CHARACTERS_A_TOKEN
    # Two digits are all that a guess is worth, and a line that stays the same is not sent again.
    rounded = round(estimate, 2 - len(str(estimate)))
    return f"~{rounded:,} tokens" if estimate else ""
