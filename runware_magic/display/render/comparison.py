"""Answers that were requested together as one MIME bundle: side by side, or folded beneath a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runware_magic.chat.record import MIME_TYPE, to_record
from runware_magic.chat.text import one_line
from runware_magic.chat.turn import Turn
from runware_magic.display.render import styles
from runware_magic.display.render.badge import SEPARATOR, Badge, state
from runware_magic.display.render.bidi import isolated
from runware_magic.display.render.bundle import (
    answer_html,
    answer_markdown,
    answer_text,
    bundle,
    framed,
    lines_of,
    mark_html,
    marked,
    notes_html,
)
from runware_magic.display.render.comparison_table import beginning, comparison_table, heading, rates_table, that_show
from runware_magic.display.render.sanitize_html import clean, escape
from runware_magic.display.render.sanitize_markdown import safe_markdown
from runware_magic.display.render.tables import literal
from runware_magic.engine.view import Place, Settled

BESIDE = 4  # answers at most that stand side by side, as they have streamed


def settled_bundle(settled: Settled, *, reasoning: str = "auto", says_why: bool = True) -> dict[str, Any]:
    """Return the final output as a MIME bundle: of one turn, or of all with which it was compared.

    `reasoning` and `says_why` as in `bundle`; each of several answers says why it failed, since IPython shows one error
    at most.
    """
    turn = settled.turn
    given: dict[str, Any] = {
        "reasoning": reasoning,
        "notes": settled.notes,
        "labels": settled.labels,
        "record": settled.record,
        "mark": settled.mark,
        "place": settled.place,
    }
    if not settled.variants:
        return bundle(turn, says_why=says_why, **given)
    # Outside of all chats none counts: nothing continues from them.
    counts = turn if turn.chat is not None else None
    return comparison_bundle(settled.variants, counts, **given)


def comparison_bundle(  # noqa: PLR0913  # as in `bundle`
    turns: Sequence[Turn],
    counts: Turn | None = None,
    *,
    reasoning: str = "auto",
    notes: Sequence[str] = (),
    labels: Sequence[str] = (),
    record: Mapping[str, Any] | None = None,
    mark: str = "",
    place: Place | None = None,
) -> dict[str, Any]:
    """Return at least one answer of a comparison as a MIME bundle, as `bundle` does for one.

    The one that ``counts``, from which the chat continues, is unfolded; its badge has the labels and the place. Without
    a record, its own is saved, or else that of the first, with the others.
    """
    tables = [table for table in (comparison_table(turns, counts), rates_table(turns)) if table]
    lines = [one_line(note, 400) for note in notes]
    chosen = counts.id if counts else None
    beside = 1 < len(turns) <= BESIDE
    shown = that_show(turns, counts)
    badges = (_badge(turn, labels, place, counts=turn.id == chosen) for turn in shown)
    answers = (
        _answer(turn, badge, reasoning, counts=turn.id == chosen, beside=beside)
        for turn, badge in zip(shown, badges, strict=True)
    )
    markups, markdowns, texts = zip(*answers, strict=True)
    head = "\n\n".join((*(table.markdown() for table in tables), *lines))
    as_shown = (table._repr_mimebundle_()["text/html"] for table in tables)  # as a front end does
    framed_tables = (f'<div style="{styles.TABLE}">{table}</div>' for table in as_shown)
    numbers, notes_below = "".join(framed_tables), clean(notes_html(lines))
    inside = (
        (mark_html(mark), f'<div style="{styles.BESIDE}">{"".join(markups)}</div>', notes_below, numbers)
        if beside
        else (mark_html(mark), numbers, notes_below, *markups)
    )
    if record is None:
        saved = counts or turns[0]
        record = {**to_record(saved), "others": [to_record(turn) for turn in turns if turn.id != saved.id]}
    return {
        "text/html": framed("".join(inside), "runware-turn runware-comparison"),
        "text/markdown": marked(safe_markdown(mark)) + "\n\n".join((safe_markdown(head), *markdowns)) + "\n",
        "text/plain": marked(mark) + "\n\n".join((*map(str, tables), *lines, *texts)),
        MIME_TYPE: record,
    }


def _badge(turn: Turn, labels: Sequence[str], place: Place | None, *, counts: bool) -> Badge:
    if counts:
        return Badge.of(turn, labels, heading(turn), place)
    # With the number of the turn, since there may be a later comparison.
    pick = (f"%runware pick {turn.variant.number} --turn {place.turn}",) if turn.variant and place else ()
    return Badge.of(turn, pick, heading(turn))


def _answer(turn: Turn, badge: Badge, reasoning: str, *, counts: bool, beside: bool) -> tuple[str, str, str]:
    """Return an answer as HTML, as Markdown and as text."""
    head = heading(turn) + (f"{SEPARATOR}in use" if counts else "")
    lines = lines_of(turn)
    inside = answer_html(turn, reasoning, lines, badge)
    markup = _column(head, inside) if beside else _folded(head, turn, inside, opened=counts)
    markdown = f"{safe_markdown(f'**{literal(head)}**')}\n\n{answer_markdown(turn, lines, badge)}"
    return markup, markdown, f"--- {head} ---\n\n{answer_text(turn, lines, badge)}"


def _column(head: str, inside: str) -> str:
    name = clean(f'<div style="{styles.NAME};margin:0 0 4px"{isolated(head)}>{escape(head)}</div>')
    return f'<div class="runware-answer" style="{styles.COLUMN}">{name}{inside}</div>'


def _folded(head: str, turn: Turn, inside: str, *, opened: bool) -> str:
    ended, first = state(turn), "" if opened else beginning(turn)
    told = escape(f"{SEPARATOR}{ended}") if ended else ""
    begins = f' <span style="{styles.MUTED}" dir="auto">{escape(first)}</span>' if first else ""
    summary = clean(f'<span style="font-weight:600">{escape(head)}</span>{told}{begins}')
    is_open = ' open=""' if opened else ""
    return (
        f'<details class="runware-answer" style="{styles.ANSWER}"{is_open}>'
        f'<summary style="{styles.ANSWER_SUMMARY}">{summary}</summary>'
        f'<div style="{styles.ANSWERED}">{inside}</div></details>'
    )
