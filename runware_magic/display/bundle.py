"""A turn as a MIME bundle: what stays in the notebook, and shows without this package or any kernel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runware_magic.chat.messages import ToolCall
from runware_magic.chat.record import MIME_TYPE, to_record
from runware_magic.chat.surrogates import encodable_json
from runware_magic.chat.turn import Turn, show_turns_with
from runware_magic.display import look
from runware_magic.display.badge import SEPARATOR, badge, failed_checks, remarks
from runware_magic.display.directions import isolated
from runware_magic.display.door import clean, escape
from runware_magic.display.markdown import to_html
from runware_magic.display.plain import one_line, plain
from runware_magic.display.renderer import code_block
from runware_magic.display.sanitise import safe_markdown
from runware_magic.errors import ConnectError, RefusedError, RunwareError, StoppedError, TimedOutError


def bundle(  # noqa: PLR0913  # the faces of one value, by name
    turn: Turn,
    *,
    reasoning: str = "auto",
    notes: Sequence[str] = (),
    labels: Sequence[str] = (),
    record: Mapping[str, Any] | None = None,
    says_why: bool = True,
) -> dict[str, Any]:
    """Give a turn as a MIME bundle.

    Parameters
    ----------
    turn
        The turn, ended or not.
    reasoning
        ``open`` shows it, ``hidden`` leaves it out, anything else folds it.
    notes
        Remarks beside those that the turn itself gives rise to: plain text, one line each.
    labels
        Words that the badge carries beside its own.
    record
        What the bundle keeps of the turn in place of its record alone.
    says_why
        Whether to say why a turn failed or stopped: not where IPython shows the error right beneath.

    Returns
    -------
    dict
        ``text/html``, ``text/markdown`` and ``text/plain``, all made safe, and the record.
    """
    lines = (*lines_of(turn, says_why=says_why), *(one_line(note, 400) for note in notes))
    segments = badge(turn, labels)
    return {
        "text/html": framed(answer_html(turn, reasoning, lines, segments)),
        "text/markdown": f"{answer_markdown(turn, lines, segments)}\n",
        "text/plain": answer_text(turn, lines, segments),
        MIME_TYPE: to_record(turn) if record is None else encodable_json(record),
    }


def refusal(model: str, error: BaseException, *, says_why: bool = False) -> dict[str, Any]:
    """Give the bundle for a request that got no answer: a quiet line.

    Parameters
    ----------
    model
        Which model was asked.
    error
        Why there is no answer.
    says_why
        As in `bundle`.
    """
    why = one_line(str(error), 400) if says_why else ""
    segments = (one_line(model, 80), _refused(error))
    line = SEPARATOR.join(segments)
    return {
        "text/html": clean(framed(notes_html((why,) if why else ()) + badge_html(segments))),
        "text/plain": f"{why}\n\n{line}" if why else line,
    }


def badge_html(segments: Sequence[str]) -> str:
    """Give the segments of a line as HTML."""
    inside = SEPARATOR.join(f"<span>{escape(segment)}</span>" for segment in segments)
    return f'<div class="runware-badge {look.UNTOUCHED}" style="{look.BADGE}">{inside}</div>'


def content_html(markup: str, style: str = look.CONTENT) -> str:
    """Give the frame in which rendered Markdown stands."""
    return f'<div class="runware-content {look.UNTOUCHED}" style="{style}">{markup}</div>'


def reasoning_html(markup: str, told: str = "", *, opened: bool) -> str:
    """Give rendered reasoning in what it folds into, and what is told of it beside its name."""
    unfolded = ' open=""' if opened else ""
    return (
        f'<details class="runware-reasoning" style="{look.REASONING}"{unfolded}>'
        f'<summary style="{look.SUMMARY}">Reasoning{told}</summary>'
        f'<div style="{look.REASONED}">{markup}</div></details>'
    )


def notes_html(lines: Sequence[str]) -> str:
    """Give remarks as HTML, each in a line of its own."""
    return "".join(
        f'<div class="runware-notes" style="{look.NOTE}"{isolated(line)}>{escape(line)}</div>' for line in lines
    )


def framed(markup: str, name: str = "runware-turn") -> str:
    """Give the frame in which an answer, or several, stand."""
    return f'<div class="{name} {look.UNTOUCHED}" style="{look.TURN}">{markup}</div>'


def lines_of(turn: Turn, *, says_why: bool = True) -> tuple[str, ...]:
    """Give what is to be said of a turn itself, one line each; `says_why` as in `bundle`."""
    why = (*((one_line(turn.error, 400),) if turn.error else ()), *failed_checks(turn)) if says_why else ()
    return (*remarks(turn), *why)


def answer_html(turn: Turn, reasoning: str, lines: Sequence[str], segments: Sequence[str]) -> str:
    """Give an answer as HTML, with its reasoning, these lines and this badge."""
    # Each part has passed the door where it was made: all of it once more would take much time and room.
    parts = [
        _reasoning(turn, opened=reasoning == "open") if turn.reasoning.strip() and reasoning != "hidden" else "",
        content_html(to_html(turn.content)) if turn.content.strip() else "",
        *(_tool_call(call) for call in turn.reply.tool_calls),
        clean(notes_html(lines)),
        clean(badge_html(segments)),
    ]
    return "".join(parts)


def answer_markdown(turn: Turn, lines: Sequence[str], segments: Sequence[str]) -> str:
    """Give an answer as Markdown, made safe, with these lines and this badge."""
    calls = "\n\n".join(f"```\n{_signature(call)}\n```" for call in turn.reply.tool_calls)
    told = "\n\n".join((*lines, SEPARATOR.join(segments)))
    return "\n\n".join(part for part in map(safe_markdown, (_said(turn), calls, told)) if part)


def answer_text(turn: Turn, lines: Sequence[str], segments: Sequence[str]) -> str:
    """Give an answer as text, with these lines and this badge."""
    calls = (plain(_signature(call)) for call in turn.reply.tool_calls)
    parts = (plain(_said(turn)).strip("\n"), *calls, *lines, SEPARATOR.join(segments))
    return "\n\n".join(part for part in parts if part)


def _reasoning(turn: Turn, *, opened: bool) -> str:
    tokens = turn.usage.reasoning_tokens if turn.usage else None
    told = f"{SEPARATOR}{tokens:,} tokens" if tokens else ""
    return reasoning_html(to_html(turn.reasoning), told, opened=opened)


def _tool_call(call: ToolCall) -> str:
    return clean(code_block(_signature(call), "python"))


def _signature(call: ToolCall) -> str:
    return f"{call.name}({call.arguments})"


def _said(turn: Turn) -> str:
    return turn.content if turn.content.strip() else ""


def _refused(error: BaseException) -> str:
    if isinstance(error, RefusedError):
        return f"refused{SEPARATOR}{error.status}" if error.status != 200 else "refused"  # noqa: PLR2004  # HTTP's OK
    if isinstance(error, StoppedError | KeyboardInterrupt):
        return "stopped before an answer"
    if isinstance(error, ConnectError | TimedOutError):
        return "no answer"
    return "not answered" if isinstance(error, RunwareError) else f"not answered{SEPARATOR}{type(error).__name__}"


show_turns_with(bundle)
