"""A turn as a MIME bundle, which stays in the notebook and shows without this package or a kernel."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from runware_magic.chat.record import MIME_TYPE, to_record
from runware_magic.chat.text import one_line, plain
from runware_magic.chat.turn import PENDING, Reply, Turn, show_turns_with
from runware_magic.display.render import styles
from runware_magic.display.render.answer_data import AnswerData, shown_as_markdown
from runware_magic.display.render.attached import attached_html, attached_markdown, attached_text
from runware_magic.display.render.badge import SEPARATOR, Badge, badge_html, failed_checks, remarks
from runware_magic.display.render.bidi import isolated
from runware_magic.display.render.html_rules import code_block
from runware_magic.display.render.markdown import to_html
from runware_magic.display.render.sanitize_html import clean, escape
from runware_magic.display.render.sanitize_markdown import safe_markdown
from runware_magic.display.render.sources import sources_html, sources_lines, sources_markdown
from runware_magic.display.render.token_probabilities import probabilities_html
from runware_magic.display.render.tool_cards import cards_html
from runware_magic.display.render.tool_lines import cards_markdown, cards_text
from runware_magic.display.render.tool_steps import Step, last_cards, steps_before
from runware_magic.engine.view import Place
from runware_magic.errors import ConnectError, RefusedError, RunwareError, StoppedError, TimedOutError

_WARNING = "⚠ "
_MOST_ROWS = 12  # of Markdown that show at once


def bundle(  # noqa: PLR0913  # what one output shows, by name
    turn: Turn,
    *,
    reasoning: str = "auto",
    notes: Sequence[str] = (),
    labels: Sequence[str] = (),
    record: Mapping[str, Any] | None = None,
    says_why: bool = True,
    mark: str = "",
    place: Place | None = None,
) -> dict[str, Any]:
    """Return a turn as a MIME bundle: safe ``text/html``, ``text/markdown`` and ``text/plain``, and the record.

    Parameters
    ----------
    reasoning
        ``open`` shows it, ``hidden`` leaves it out, anything else folds it.
    notes, labels
        Remarks and words of the badge in addition to the turn's own: plain text, one line each.
    record
        Saved in place of the turn's own record: what `saved_outputs.keep` returns.
    says_why
        Whether to say why a turn failed or stopped: not where IPython shows the error right beneath.
    mark
        What is wrong with the answer by now, shown first: plain text, in one line.
    place
        Where the turn stands in its chat, for the badge.
    """
    lines = (*lines_of(turn, says_why=says_why), *(one_line(note, 400) for note in notes))
    badge = Badge.of(turn, labels, place=place)
    markdown = (marked(safe_markdown(mark)), attached_markdown(turn), answer_markdown(turn, lines, badge), "\n")
    return {
        "text/html": framed(f"{mark_html(mark)}{attached_html(turn)}{answer_html(turn, reasoning, lines, badge)}"),
        "text/markdown": "".join(markdown),
        "text/plain": marked(mark) + attached_text(turn) + answer_text(turn, lines, badge),
        MIME_TYPE: to_record(turn) if record is None else record,
    }


def refusal(model: str, error: BaseException, *, says_why: bool = False) -> dict[str, Any]:
    """Return the bundle for a request that got no answer, a short line; `says_why` as in `bundle`."""
    why = one_line(str(error), 400) if says_why else ""
    segments = (one_line(model, 80), _refused(error))
    return {
        "text/html": clean(framed(notes_html((why,) if why else ()) + badge_html(segments), style=styles.HEADED)),
        "text/plain": "\n\n".join(filter(None, (why, SEPARATOR.join(segments)))),
    }


def content_html(markup: str, style: str = styles.CONTENT) -> str:
    """Return rendered Markdown in its frame."""
    return f'<div class="runware-content {styles.UNTOUCHED}" style="{style}">{markup}</div>'


def reasoning_html(markup: str, told: str = "", *, opened: bool) -> str:
    """Return rendered reasoning in a fold, with a remark beside its summary."""
    unfolded = ' open=""' if opened else ""
    return (
        f'<details class="runware-reasoning" style="{styles.REASONING}"{unfolded}>'
        f'<summary style="{styles.SUMMARY}">Reasoning{told}</summary>'
        f'<div style="{styles.REASONED}">{markup}</div></details>'
    )


def notes_html(lines: Sequence[str]) -> str:
    """Return remarks as HTML, one line each."""
    return "".join(
        f'<div class="runware-notes" style="{styles.NOTE}"{isolated(line)}>{escape(line)}</div>' for line in lines
    )


def mark_html(mark: str) -> str:
    """Return a mark as HTML; empty without one."""
    return clean(f'<div class="runware-mark" style="{styles.MARK}">{escape(_WARNING + mark)}</div>') if mark else ""


def marked(mark: str) -> str:
    """Return a mark as the beginning of a text; empty without one."""
    return f"{_WARNING}{mark}\n\n" if mark else ""


def framed(markup: str, name: str = "runware-turn", style: str = styles.TURN) -> str:
    """Return one or several answers in their frame."""
    return f'<div class="{name} {styles.UNTOUCHED}" style="{style}">{markup}</div>'


def column_head(name: str) -> str:
    """Return what stands over one of several answers, as HTML."""
    return clean(f'<div style="{styles.NAME};margin:0 0 4px"{isolated(name)}>{escape(name)}</div>')


def lines_of(turn: Turn, *, says_why: bool = True) -> tuple[str, ...]:
    """Return the remarks on a turn, one line each; `says_why` as in `bundle`."""
    why = (*((one_line(turn.error, 400),) if turn.error else ()), *failed_checks(turn)) if says_why else ()
    return (*remarks(turn), *why)


def answer_html(turn: Turn, reasoning: str, lines: Sequence[str], badge: Badge) -> str:
    """Return an answer as HTML, with its reasoning, these lines and this badge."""
    text, data = _said(turn), AnswerData.of(turn)
    to_copy = text if not data else ""
    before, field_end, after = clean(badge.html_with(_to_copy(to_copy) if to_copy else "")).partition("</textarea>")
    # Each part was cleaned where it was made, or escaped: to clean it again would take much time and memory.
    parts = (
        *(step_html(step, reasoning) for step in steps_before(turn)),
        _reasoning(turn, opened=reasoning == "open") if turn.reasoning.strip() and reasoning != "hidden" else "",
        content_html(data.html if data else to_html(shown_as_markdown(turn))) if text else "",
        cards_html(last_cards(turn)),
        *(clean(code_block(call, "python")) for call in tool_calls(turn)),
        # Not in comparisons, whose columns are narrow.
        probabilities_html(turn) if turn.variant is None else "",
        sources_html(turn.sources),
        clean(notes_html(lines)),
        *(before, _literal(to_copy), field_end, after),
    )
    return "".join(parts)


def step_html(step: Step, reasoning: str) -> str:
    """Return what the model said before an answer, its reasoning folded, and the cards of its calls."""
    said = step.said
    thought = reasoning_html(to_html(said.reasoning), opened=False) if said.reasoning.strip() else ""
    content = content_html(to_html(said.content)) if said.content.strip() else ""
    return f"{thought if reasoning != 'hidden' else ''}{content}{cards_html(step.cards)}"


def _to_copy(text: str) -> str:
    """Return a folded field for a text: there, keys select and copy it, since in Lab they are commands elsewhere."""
    rows = min(_MOST_ROWS, text.count("\n") + 1)
    return (
        f'<details style="{styles.MARKDOWN}"><summary style="{styles.MARKDOWN_SUMMARY}">answer as Markdown</summary>'
        f'<label style="{styles.MARKDOWN_LABEL}">Click in it, select all (Ctrl+A or Cmd+A), and copy'
        f'<textarea style="{styles.PLAIN_TEXT}" rows="{rows}" spellcheck="false"></textarea>'
        "</label></details>"
    )


def _literal(text: str) -> str:
    """Return a text as `clean` writes it within a field, whose first line end parsers of HTML skip."""
    return html.escape(plain(text).lstrip("\n"), quote=False).replace("\xa0", "&nbsp;")


def answer_markdown(turn: Turn, lines: Sequence[str], badge: Badge) -> str:
    """Return an answer as safe Markdown, with these lines and this badge."""
    calls = "\n\n".join(f"```\n{call}\n```" for call in tool_calls(turn))
    told = "\n\n".join((*lines, str(badge)))
    data = AnswerData.of(turn)
    steps = (part for step in steps_before(turn) for part in (_said(step.said), cards_markdown(step.cards)))
    last = (data.markdown if data else shown_as_markdown(turn), cards_markdown(last_cards(turn)), calls)
    parts = (*steps, *last, sources_markdown(turn.sources), told)
    return "\n\n".join(part for part in map(safe_markdown, parts) if part)


def answer_text(turn: Turn, lines: Sequence[str], badge: Badge) -> str:
    """Return an answer as text, with these lines and this badge."""
    sources = "\n".join(sources_lines(turn.sources))
    data = AnswerData.of(turn)
    steps = (part for step in steps_before(turn) for part in (_text(step.said), cards_text(step.cards)))
    said = plain(data.text).strip("\n") if data else _text(turn)
    last = (said, cards_text(last_cards(turn)), *map(plain, tool_calls(turn)))
    parts = (*steps, *last, sources, *lines, str(badge))
    return "\n\n".join(part for part in parts if part)


def tool_calls(turn: Turn) -> list[str]:
    """Return the tool calls of an answer whose tools nobody runs, each as ``name(arguments)``."""
    if turn.replies or turn.state == PENDING:
        return []
    return [f"{call.name}({call.arguments})" for call in turn.reply.tool_calls]


def _reasoning(turn: Turn, *, opened: bool) -> str:
    tokens = turn.usage.reasoning_tokens if turn.usage else None
    told = f"{SEPARATOR}{tokens:,} tokens" if tokens else ""
    return reasoning_html(to_html(turn.reasoning), told, opened=opened)


def _said(said: Turn | Reply) -> str:
    return said.content if said.content.strip() else ""


def _text(said: Turn | Reply) -> str:
    return plain(_said(said)).strip("\n")


def _refused(error: BaseException) -> str:
    if isinstance(error, RefusedError):
        return f"refused{SEPARATOR}{error.status}" if error.status != 200 else "refused"  # noqa: PLR2004  # HTTP's OK
    if isinstance(error, StoppedError | KeyboardInterrupt):
        return "stopped before an answer"
    if isinstance(error, ConnectError | TimedOutError):
        return "no answer"
    return "not answered" if isinstance(error, RunwareError) else f"not answered{SEPARATOR}{type(error).__name__}"


show_turns_with(bundle)
