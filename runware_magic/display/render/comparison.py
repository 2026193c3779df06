"""Answers that were requested together as MIME bundles: side by side, or in a table that unfolds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from runware_magic.chat.record import MIME_TYPE, VERSIONS, to_record
from runware_magic.chat.saved_outputs import PART_OF
from runware_magic.chat.turn import Turn
from runware_magic.display.render.bundle import bundle
from runware_magic.display.render.comparison_faces import Answers, Face
from runware_magic.engine.view import Place, Settled

GROUP = 50  # answers in one output, if there are more of them: a pick sends two of these outputs again


@dataclass(frozen=True, slots=True)
class Part:
    """One of the outputs of a cell: its bundle is the same while its key is."""

    key: object
    bundle: Callable[[], dict[str, Any]]


def settled_bundle(settled: Settled, *, reasoning: str = "auto", says_why: bool = True) -> dict[str, Any]:
    """Return the final output as a MIME bundle: of one turn, or of all with which it was compared.

    `reasoning` and `says_why` as in `bundle`; each of several answers says why it failed, since IPython shows one error
    at most.
    """
    given: dict[str, Any] = {
        "reasoning": reasoning,
        "notes": settled.notes,
        "labels": settled.labels,
        "record": settled.record,
        "mark": settled.mark,
        "place": settled.place,
    }
    if not settled.variants:
        return bundle(settled.turn, says_why=says_why, **given)
    return comparison_bundle(settled.variants, _counting(settled), **given)


def settled_parts(
    settled: Settled,
    kept: dict[str, tuple[object, Face]],
    *,
    most: int | None = None,
    reasoning: str = "auto",
    says_why: bool = True,
) -> list[Part]:
    """Return the final output as one part, or, of very many answers, as several.

    The first holds what may change at any time, the others the answers. `kept` holds those that are rendered, from one
    call to the next. There are at most as many parts as `most` says; where that is not enough, there is one.
    """
    answers = Answers(
        settled.variants, _counting(settled), reasoning, settled.labels, settled.place, settled.notes, kept
    )
    groups = answers.groups(GROUP)
    if len(groups) == 1 or (most is not None and len(groups) + 2 > most):
        return [Part(None, lambda: settled_bundle(settled, reasoning=reasoning, says_why=says_why))]
    head, saved = _divided(settled, answers, groups)
    shared = (len(groups), answers.columns, answers.decimals, reasoning, settled.place and settled.place.turn)
    parts = [
        Part(
            (shared, tuple(turn.id for turn in group), answers.used_in(group)),
            partial(_group_bundle, answers, group, record, is_last=group is groups[-1]),
        )
        for group, record in zip(groups, saved, strict=True)
    ]
    foot = Part((shared, settled.notes), lambda: _bundle(answers.foot(), None, goes_on=True))
    return [Part(None, lambda: _bundle(answers.top(settled.mark, names_used=True), head)), *parts, foot]


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

    The one that ``counts``, from which the chat continues, is marked; its badge has the labels and the place. Without a
    record, its own is saved, or else that of the first, with the others.
    """
    answers = Answers(tuple(turns), counts, reasoning, tuple(labels), place, tuple(notes))
    if record is None:
        saved = counts or turns[0]
        record = {**to_record(saved), "others": [to_record(turn) for turn in turns if turn.id != saved.id]}
    return _bundle(answers.whole(mark), record)


def _counting(settled: Settled) -> Turn | None:
    # Outside of all chats none counts: nothing continues from them.
    return settled.turn if settled.turn.chat is not None else None


def _group_bundle(
    answers: Answers, group: Sequence[Turn], record: Mapping[str, Any], *, is_last: bool
) -> dict[str, Any]:
    return _bundle(answers.group(group, is_last=is_last), record, goes_on=True)


def _bundle(face: Face, record: Mapping[str, Any] | None, *, goes_on: bool = False) -> dict[str, Any]:
    saved = {} if record is None else {MIME_TYPE: record}
    markup = face.going_on if goes_on else face.framed
    return {"text/html": markup, "text/markdown": f"{face.markdown}\n", "text/plain": face.text, **saved}


def _divided(
    settled: Settled, answers: Answers, groups: Sequence[Sequence[Turn]]
) -> tuple[Mapping[str, Any], list[dict[str, Any]]]:
    """Return the record without the answers of the groups, and a record of those for each group."""
    record = settled.record or {**to_record(settled.turn), "others": list(map(to_record, settled.variants))}
    others = {other["id"]: other for other in record["others"]}
    ids = [[turn.id for turn in group] for group in groups]
    shown = {turn.id for turn in answers.shown}
    # Answers that are not shown are saved with the last group.
    ids[-1] += [turn.id for turn in settled.variants if turn.id not in shown]
    name = answers.comparison
    parts = [
        {"version": VERSIONS[0], PART_OF: name, "others": [others.pop(each) for each in group if each in others]}
        for group in ids
    ]
    return {**record, "others": list(others.values())}, parts
