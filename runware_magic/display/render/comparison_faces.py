"""The faces of answers that were requested together: HTML, Markdown and text of the parts of their output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from runware_magic.chat.text import one_line
from runware_magic.chat.turn import ROW, Turn
from runware_magic.display.render import styles
from runware_magic.display.render.answers_table import Columns, Row
from runware_magic.display.render.attached import attached_html, attached_line, attached_markdown, attached_text, shared
from runware_magic.display.render.badge import SEPARATOR, Badge, cost_decimals, passed, state
from runware_magic.display.render.bundle import (
    answer_html,
    answer_markdown,
    answer_text,
    column_head,
    framed,
    lines_of,
    mark_html,
    marked,
    notes_html,
)
from runware_magic.display.render.comparison_table import (
    MOST,
    begins,
    comparison_table,
    cost,
    heading,
    labels_of,
    note_on,
    number_of,
    numbers_table,
    rates_table,
    that_show,
    title_of,
    told_whole,
)
from runware_magic.display.render.sanitize_html import clean, escape
from runware_magic.display.render.sanitize_markdown import safe_markdown
from runware_magic.display.render.tables import Table, literal
from runware_magic.engine.view import Place

BESIDE = 4  # answers at most that stand side by side, as they have streamed
IN_USE = "in use"
_NUMBERS = "Tokens and times"
_FRAME = "runware-turn runware-comparison"


class Face(NamedTuple):
    """A part of an output; its HTML and Markdown are safe."""

    html: str
    markdown: str
    text: str

    @property
    def framed(self) -> str:
        """The HTML in the frame of a comparison."""
        return framed(self.html, _FRAME)

    @property
    def going_on(self) -> str:
        """The HTML in a frame that follows another: nothing was above it that would have to stay free."""
        return framed(self.html, _FRAME, styles.HEADED)


@dataclass(frozen=True)
class Answers:
    """Answers, and what is known of them: the one that ``counts`` is in use, and has the labels and the place."""

    turns: tuple[Turn, ...]
    counts: Turn | None = None
    reasoning: str = "auto"
    labels: tuple[str, ...] = ()
    place: Place | None = None
    notes: tuple[str, ...] = ()
    kept: dict[str, tuple[object, Face]] = field(default_factory=dict)  # rendered answers by their ids

    @cached_property
    def shown(self) -> tuple[Turn, ...]:
        """The answers that show."""
        return that_show(self.turns, self.counts)

    @cached_property
    def columns(self) -> Columns:
        """The columns of their table."""
        has_checks = any(turn.verdicts for turn in self.turns)
        return Columns.of((turn.variant for turn in self.turns), has_checks=has_checks)

    @cached_property
    def decimals(self) -> int:
        """The decimals of the costs in their table."""
        return cost_decimals(self.shown)

    @cached_property
    def _sent(self) -> Turn | None:
        """A turn whose prompt has what all have of the notebook; None where they differ."""
        return shared(self.turns)

    @property
    def comparison(self) -> str:
        """The id that they share; empty where they share none."""
        return next((turn.variant.comparison for turn in self.turns if turn.variant), "")

    @property
    def are_table(self) -> bool:
        """Whether they stand in a table: those of rows, and more than fit side by side."""
        return len(self.turns) > BESIDE or self._are_rows

    @property
    def _are_rows(self) -> bool:
        return any(ROW in labels_of(turn) for turn in self.turns)

    def groups(self, size: int) -> list[tuple[Turn, ...]]:
        """Return the answers that show in groups of this size; one in use beyond is in the last group."""
        if len(self.turns) <= size:
            return [self.shown]
        first, later = self.shown[:MOST], self.shown[MOST:]
        groups = [first[at : at + size] for at in range(0, len(first), size)]
        return [*groups[:-1], (*groups[-1], *later)]

    def used_in(self, group: Sequence[Turn]) -> object:
        """Return what the answer in use shows beside itself, if it is in a group."""
        chosen = self.counts if self.counts in group else None
        return chosen and (chosen.id, self.labels, self.place)

    def whole(self, mark: str) -> Face:
        """Return all of them as one part."""
        if self.are_table:
            return _joined(self.top(mark), self.group(self.shown, is_last=True), self.foot())
        table, notes = comparison_table(self.turns, self.counts), self._notes
        answers = [self._answer(turn) for turn in self.shown]
        columns = [_column(self._heading(turn), answer.html) for turn, answer in zip(self.shown, answers, strict=True)]
        numbers, rates = _table(table), self._rates
        numbers = _joined(numbers._replace(html=f'<div style="{styles.NUMBERS}">{numbers.html}</div>'), rates)
        return _joined(
            _mark(mark),
            _attached(self._sent),
            Face(_beside(columns), "", ""),
            Face(notes.html, "", ""),
            numbers,
            Face("", notes.markdown, notes.text),
            *(Face("", answer.markdown, answer.text) for answer in answers),
        )

    def top(self, mark: str, *, names_used: bool = False) -> Face:
        """Return what stands above the table of answers; ``names_used`` says which one is in use."""
        used = f"{IN_USE}: {heading(self.counts)}" if names_used and self.counts else ""
        title = SEPARATOR.join(filter(None, (title_of(self.turns), used)))
        return _joined(
            _mark(mark), _attached(self._sent), _table(Table(title, (), (), note_on(self.turns, self.counts)))
        )

    def group(self, turns: Sequence[Turn], *, is_last: bool) -> Face:
        """Return a part of the table of answers, and as text those that it does not tell whole."""
        answers = [self._answer(turn) for turn in turns]
        rows = [self._row(turn, at) for at, turn in enumerate(turns, 1)]
        folded = [
            row._replace(answer=self._fold(turn, answer.html))
            for row, turn, answer in zip(rows, turns, answers, strict=True)
        ]
        if is_last and len(self.turns) > 1:
            total = Row("all", [""] * len(self.columns.names), "", passed(self.turns), cost(self.turns, self.decimals))
            rows, folded = [*rows, total], [*folded, total]
        table = Table("", self.columns.heads, tuple(map(self.columns.texts, rows)))
        # No link, as other frames that scroll: the keyboard reaches it by the folds within.
        markup = f'<div style="{styles.SCROLL}">{self.columns.table(map(self.columns.row, folded))}</div>'
        rest = (answer for turn, answer in zip(turns, answers, strict=True) if not self._is_told(turn))
        return _joined(
            Face(markup, safe_markdown(table.markdown()), str(table)),
            *(Face("", answer.markdown, answer.text) for answer in rest),
        )

    def foot(self) -> Face:
        """Return what stands below the table of answers."""
        table = _table(numbers_table(self.turns, self.counts))
        fold = (
            f'<details class="runware-details" style="{styles.DETAILS}"><summary style="{styles.SUMMARY}">'
            f"{_NUMBERS}</summary>{table.html}</details>"
        )
        numbers = Face(fold, f"**{_NUMBERS}**\n\n{table.markdown}", f"{_NUMBERS}\n{table.text}")
        return _joined(self._rates, self._notes, numbers)

    @property
    def _rates(self) -> Face:
        rates = rates_table(self.turns)
        return _table(rates) if rates else Face("", "", "")

    @property
    def _notes(self) -> Face:
        lines = [one_line(note, 400) for note in self.notes]
        return Face(clean(notes_html(lines)), safe_markdown("\n\n".join(lines)), "\n\n".join(lines))

    def _is_used(self, turn: Turn) -> bool:
        return self.counts is not None and turn.id == self.counts.id

    def _heading(self, turn: Turn) -> str:
        return heading(turn) + (f"{SEPARATOR}{IN_USE}" if self._is_used(turn) else "")

    def _badge(self, turn: Turn) -> Badge:
        if self._is_used(turn):
            return Badge.of(turn, self.labels, heading(turn), self.place)
        # With the number of the turn, since there may be a later comparison.
        pick = f"%runware pick {turn.variant.number} --turn {self.place.turn}" if turn.variant and self.place else ""
        return Badge.of(turn, (pick,) if pick else (), heading(turn))

    def _answer(self, turn: Turn) -> Face:
        badge, lines, head = self._badge(turn), lines_of(turn), self._heading(turn)
        told = (head, badge, self.reasoning)
        before, face = self.kept.get(turn.id, (None, None))
        if face is None or before != told:
            face = self._rendered(turn, badge, lines, head)
            self.kept[turn.id] = (told, face)
        return face

    def _rendered(self, turn: Turn, badge: Badge, lines: Sequence[str], head: str) -> Face:
        own = None if self._sent else turn
        heading_line = safe_markdown(f"**{literal(head)}**")
        return Face(
            attached_html(own) + answer_html(turn, self.reasoning, lines, badge),
            f"{heading_line}\n\n{attached_markdown(own)}{answer_markdown(turn, lines, badge)}",
            f"--- {head} ---\n\n{attached_text(own)}{answer_text(turn, lines, badge)}",
        )

    def _row(self, turn: Turn, at: int) -> Row:
        told = SEPARATOR.join(filter(None, (IN_USE if self._is_used(turn) else "", begins(turn))))
        values = self.columns.values(turn.variant)
        return Row(number_of(turn, at), values, told, passed([turn]), cost([turn], self.decimals))

    def _fold(self, turn: Turn, markup: str) -> str:
        """Return an answer under its beginning."""
        used = self._is_used(turn)
        # Among rows none is more than the others.
        unfolded = used and not self._are_rows
        first = state(turn) if unfolded else begins(turn)
        said = f'<span style="font-weight:600">{IN_USE}</span>' if used else ""
        summary = SEPARATOR.join(filter(None, (said, escape(first))))
        is_open = ' open=""' if unfolded else ""
        return (
            f'<details class="runware-answer" style="{styles.CELL_ANSWER}"{is_open}>'
            f'<summary style="{styles.CELL_SUMMARY}" dir="auto">{summary}</summary>'
            f'<div style="{styles.CELL_ANSWERED}">{markup}</div></details>'
        )

    def _is_told(self, turn: Turn) -> bool:
        """Whether the table tells all of an answer, where none is in use."""
        beside = lines_of(turn) or state(turn) or (not self._sent and attached_line(turn))
        return self.counts is None and told_whole(turn) and not beside


def _mark(mark: str) -> Face:
    return Face(mark_html(mark), marked(safe_markdown(mark)).rstrip(), marked(mark).rstrip())


def _attached(turn: Turn | None) -> Face:
    return Face(attached_html(turn), attached_markdown(turn).rstrip(), attached_text(turn).rstrip())


def _table(table: Table) -> Face:
    markup = table._repr_mimebundle_()["text/html"]  # as a front end does
    return Face(f'<div style="{styles.TABLE}">{markup}</div>', safe_markdown(table.markdown()), str(table))


def _column(head: str, inside: str) -> str:
    return f'<div class="runware-answer" style="{styles.COLUMN}">{column_head(head)}{inside}</div>'


def _beside(columns: Sequence[str]) -> str:
    """Return columns, as many in a row as the page holds: four, or two and two."""
    if len(columns) == styles.IN_PAIRS:
        pairs = (columns[:2], columns[2:])
        columns = [f'<div style="{styles.PAIR}">{"".join(pair)}</div>' for pair in pairs]
        return f'<div style="{styles.PAIRS}">{"".join(columns)}</div>'
    return f'<div style="{styles.BESIDE if len(columns) > 1 else styles.TABLE}">{"".join(columns)}</div>'


def _joined(*faces: Face) -> Face:
    markups, *texts = zip(*faces, strict=True)
    markdown, text = ("\n\n".join(filter(None, each)) for each in texts)
    return Face("".join(markups), markdown, text)
