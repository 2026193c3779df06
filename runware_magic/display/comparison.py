"""Answers that were asked for at once as one MIME bundle: a table of them, and each answer folded beneath."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runware_magic.chat.record import MIME_TYPE, to_record
from runware_magic.chat.surrogates import encodable_json
from runware_magic.chat.turn import Turn
from runware_magic.display import look
from runware_magic.display.badge import SEPARATOR, badge, state
from runware_magic.display.bundle import (
    answer_html,
    answer_markdown,
    answer_text,
    bundle,
    framed,
    lines_of,
    notes_html,
)
from runware_magic.display.comparison_table import beginning, comparison_table, heading, rates_table, that_show
from runware_magic.display.door import clean, escape
from runware_magic.display.plain import one_line
from runware_magic.display.sanitise import safe_markdown
from runware_magic.display.tables import Table, literal
from runware_magic.display.view import Settled


def settled_bundle(settled: Settled, *, reasoning: str = "auto", says_why: bool = True) -> dict[str, Any]:
    """Give what is to stay in an output as a MIME bundle: one turn, or all that it was compared with.

    Parameters
    ----------
    settled
        What is to stay.
    reasoning, says_why
        As in `bundle`; of several answers, each says why it failed, since IPython tells of one error at most.
    """
    if settled.variants:
        return comparison_bundle(
            settled.variants,
            # Outside of all chats none counts: nothing goes on from them.
            settled.turn if settled.turn.chat is not None else None,
            reasoning=reasoning,
            notes=settled.notes,
            labels=settled.labels,
            record=settled.record,
        )
    return bundle(
        settled.turn,
        reasoning=reasoning,
        notes=settled.notes,
        labels=settled.labels,
        record=settled.record,
        says_why=says_why,
    )


def comparison_bundle(  # noqa: PLR0913  # as in `bundle`
    turns: Sequence[Turn],
    counts: Turn | None = None,
    *,
    reasoning: str = "auto",
    notes: Sequence[str] = (),
    labels: Sequence[str] = (),
    record: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Give the answers of a comparison as a MIME bundle.

    Parameters
    ----------
    turns
        The answers, in order; at least one.
    counts
        The one that the chat goes on from, which is unfolded.
    reasoning, notes
        As in `bundle`.
    labels
        Words that the badge of the answer that counts carries beside its own.
    record
        What the bundle keeps; None takes the record of the answer that counts, or else the first, and of all others.

    Returns
    -------
    dict
        ``text/html``, ``text/markdown`` and ``text/plain``, all made safe, and the record.
    """
    tables = [table for table in (comparison_table(turns, counts), rates_table(turns)) if table]
    lines = [one_line(note, 400) for note in notes]
    answers = [
        _Answer(turn, tuple(labels), counts=counts is not None and turn.id == counts.id)
        for turn in that_show(turns, counts)
    ]
    return {
        "text/html": _html(tables, lines, (answer.html(reasoning) for answer in answers)),
        "text/markdown": _markdown(tables, lines, (answer.markdown() for answer in answers)),
        "text/plain": "\n\n".join((*map(str, tables), *lines, *(answer.text() for answer in answers))),
        MIME_TYPE: _record(turns, counts) if record is None else encodable_json(record),
    }


@dataclass(frozen=True, slots=True)
class _Answer:
    turn: Turn
    labels: tuple[str, ...]
    counts: bool

    @property
    def _head(self) -> str:
        return SEPARATOR.join(part for part in (heading(self.turn), "counts" if self.counts else "") if part)

    @property
    def _badge(self) -> tuple[str, ...]:
        return badge(self.turn, self.labels if self.counts else (), heading(self.turn))

    def html(self, reasoning: str) -> str:
        opened = ' open=""' if self.counts else ""
        # Parts that have passed the door, in a frame.
        inside = answer_html(self.turn, reasoning, lines_of(self.turn), self._badge)
        return (
            f'<details class="runware-answer" style="{look.ANSWER}"{opened}>'
            f'<summary style="{look.ANSWER_SUMMARY}">{clean(self._summary())}</summary>'
            f'<div style="{look.ANSWERED}">{inside}</div></details>'
        )

    def markdown(self) -> str:
        said = answer_markdown(self.turn, lines_of(self.turn), self._badge)
        return f"{safe_markdown(f'**{literal(self._head)}**')}\n\n{said}"

    def text(self) -> str:
        return f"--- {self._head} ---\n\n{answer_text(self.turn, lines_of(self.turn), self._badge)}"

    def _summary(self) -> str:
        ended, first = state(self.turn), "" if self.counts else beginning(self.turn)
        parts = [
            f'<span style="font-weight:600">{escape(self._head)}</span>',
            escape(f"{SEPARATOR}{ended}") if ended else "",
            f' <span style="{look.MUTED}" dir="auto">{escape(first)}</span>' if first else "",
        ]
        return "".join(parts)


def _html(tables: Iterable[Table], lines: Sequence[str], answers: Iterable[str]) -> str:
    bundles = (table._repr_mimebundle_() for table in tables)  # as a front end does
    head = "".join(f'<div style="{look.TABLE}">{bundle["text/html"]}</div>' for bundle in bundles)
    return framed(f"{head}{clean(notes_html(lines))}{''.join(answers)}", "runware-turn runware-comparison")


def _markdown(tables: Iterable[Table], lines: Sequence[str], answers: Iterable[str]) -> str:
    head = safe_markdown("\n\n".join((*(table.markdown() for table in tables), *lines)))
    return "\n\n".join((head, *answers)) + "\n"


def _record(turns: Sequence[Turn], counts: Turn | None) -> dict[str, Any]:
    shown = counts or turns[0]
    return {**to_record(shown), "others": [to_record(turn) for turn in turns if turn.id != shown.id]}
