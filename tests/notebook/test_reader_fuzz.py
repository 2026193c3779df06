"""Notebooks with anything in the place of anything: read as far as they make sense, and never a failure."""

import copy
import json
from dataclasses import fields, is_dataclass, replace
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from hypothesis import given
from hypothesis import strategies as st
from nbformat import v4

from runware_magic.chat.conversation import Conversation, context
from runware_magic.chat.lineage import asked_after, stale
from runware_magic.chat.messages import Message, ToolCall
from runware_magic.chat.record import MIME_TYPE, from_record, to_record
from runware_magic.chat.saved_outputs import keep, rebuild
from runware_magic.chat.turn import COMPLETE, STOPPED, Reply, Timing, Turn
from runware_magic.chat.usage import Usage
from runware_magic.errors import UsageError
from runware_magic.notebook import reader


def valid():
    """Return a notebook with versions, a fork, tools and usage, as parsed JSON."""
    conversation, shown = Conversation(), {}
    for name, cell, chat in [("1", "a", "main"), ("2", "b", "main"), ("1b", "a", "main"), ("3", "c", "fork")]:
        if chat == "fork":
            conversation = conversation.forked("main", "fork")
        parent, seen = asked_after(conversation, chat, cell)
        turn = Turn(
            name,
            "m",
            "e",
            (Message("system", "S"), Message("user", f"Q{name}")),
            Timing("t", 0.5, 1.5),
            parameters={"seed": 1, "stop": ["x"]},
            chat=chat,
            cell_id=cell,
            parent=parent,
            context=seen,
            reply=Reply(f"A{name}", "R", (ToolCall("i", "f", "{}"),)),
            state=STOPPED if name == "2" else COMPLETE,
            usage=Usage(1, 2, 3, 0.5, 1, 1),
        )
        conversation, shown[cell] = conversation.with_turn(turn), turn
    cells = [
        v4.new_code_cell(id=cell, outputs=[v4.new_output("display_data", {MIME_TYPE: keep(conversation, turn)})])
        for cell, turn in shown.items()
    ]
    return json.loads(json.dumps(v4.new_notebook(cells=cells)))


VALID = valid()


def paths(value, path=()):
    """Yield the path to every node of JSON."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, entry in inner:
        yield from paths(entry, (*path, name))


PATHS = list(paths(VALID))
NUMBERS = [-1, 0, 1, 2, 4, 0.5, 2**53, 10**400, float("nan"), float("inf"), True, False, None]
TEXTS = ["", "x", "1", "1b", "main", "{", "[]", "\ud800", "\x00\x1b[2J", "<script>", "x" * 10_000]
NESTED = [[], {}, [[]], [None], {"": None}, {"id": "1"}, ["1"], json.loads("[" * 90 + "]" * 90)]
odd = st.sampled_from([*NUMBERS, *TEXTS, *NESTED])
changes = st.tuples(st.sampled_from(PATHS), st.sampled_from(["drop", "replace", "cut", "text", "copy", "double"]), odd)


def mutate(notebook, path, change, value):
    """Change one node, if it is still there."""
    *way, last = path or (None,)
    try:
        for step in way:
            notebook = notebook[step]
        old = notebook[last]
        if change == "drop":
            del notebook[last]
        elif change == "cut":
            notebook[last] = old[: len(old) // 2]
        elif change == "text":
            notebook[last] = json.dumps(old)
        elif change == "copy":
            notebook[last] = copy.deepcopy(VALID["cells"][0]["outputs"][0]["data"][MIME_TYPE])
        elif change == "double":
            notebook.append(copy.deepcopy(old))
        else:
            notebook[last] = copy.deepcopy(value)
    except (KeyError, IndexError, TypeError, AttributeError):
        pass  # what an earlier change took away


def well_typed(value, kind):
    """Whether a value has the type of its annotation."""
    if kind is Any or isinstance(kind, TypeVar):
        return True  # data is what a schema says
    origin, inner = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        return any(well_typed(value, each) for each in inner)
    if origin is tuple:
        return isinstance(value, tuple) and all(well_typed(entry, inner[0]) for entry in value)
    if origin:
        return isinstance(value, origin) and all(isinstance(name, str) for name in value)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return isinstance(value, kind) and all(well_typed(getattr(value, f.name), hints[f.name]) for f in fields(kind))
    return isinstance(value, (int, float) if kind is float else kind) and not (kind is int and isinstance(value, bool))


def test_the_check_of_types_sees_wrong_ones():
    """So that the next test means something."""
    (turn, *_) = reader.rebuild_from(json.dumps(VALID)).turns
    assert well_typed(turn, Turn)
    for wrong in ({"id": 1}, {"messages": [turn.messages]}, {"messages": ("x",)}, {"reply": None}, {"skipped": True}):
        assert not well_typed(replace(turn, **wrong), Turn)


def rebuilt_or_refused(text):
    """Rebuild from the text; where it is no notebook, that is said in one line, and nothing comes of it."""
    try:
        return reader.rebuild_from(text)
    except UsageError as error:
        said = error
    assert said.hint
    assert "\n" not in str(said)
    return rebuild([])


@given(st.lists(changes, min_size=1, max_size=6))
def test_a_notebook_with_anything_in_it_is_read_as_far_as_it_makes_sense(changes):
    """Or it is no notebook, in one line; what comes out can be asked, sent, kept and read again."""
    notebook = copy.deepcopy(VALID)
    for path, change, value in changes:
        mutate(notebook, path, change, value)
    rebuilt = rebuilt_or_refused(json.dumps(notebook))
    assert all(well_typed(turn, Turn) for turn in rebuilt.turns)
    assert all(line.isprintable() and len(line) < 250 for line in rebuilt.left_out)
    for turn in rebuilt.turns:
        record = to_record(turn)
        json.dumps(record, allow_nan=False, ensure_ascii=False).encode()
        assert from_record(record) == turn
    assert_usable(rebuilt.conversation)


def assert_usable(conversation):
    """Ask everything of a conversation that a session asks."""
    known = {turn.id for turn in conversation.all_turns()}
    for chat in conversation.chats:
        assert len(stale(conversation, chat)) == len(conversation.places(chat))
        json.dumps([m.to_json() for m in context(conversation.turns(chat), ())], ensure_ascii=False).encode()
        asked_after(conversation, chat, None)
        cells = [place.cell_id for place in conversation.places(chat) if place.cell_id]
        assert len(cells) == len(set(cells))
        for place in conversation.places(chat):
            assert {where["chat"] for where in keep(conversation, place.turn)["places"]} >= {chat}
            assert place.turn.id in known


@given(st.integers(0, 10**6), st.text(max_size=5), st.integers(0, 50))
def test_a_file_with_bytes_missing_is_read_or_refused(at, inserted, missing):
    """Wherever a write or a merge went wrong."""
    text = json.dumps(VALID, indent=1)
    at %= len(text)
    rebuilt = rebuilt_or_refused(text[:at] + inserted + text[at + missing :])
    assert all(well_typed(turn, Turn) for turn in rebuilt.turns)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)
    )
)
def test_any_json_is_read_or_refused(value):
    """As a whole notebook, or as the record of a cell."""
    rebuilt = reader.rebuild_from(
        json.dumps({"nbformat": 4, "cells": [{"outputs": [{"data": {MIME_TYPE: value}}]}, value]})
    )
    assert rebuilt.turns == ()
    rebuilt_or_refused(json.dumps(value))
