"""The published JSON schema of records: what is written matches it, and what is no record does not."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from attaching import ATTACHED, FIG, PDF, TURN
from hypothesis import given
from hypothesis import strategies as st
from json_layouts import OBJECTS, TEXT, VALUES
from jsonschema import Draft202012Validator

import runware_magic
from runware_magic.chat.attached import Attached
from runware_magic.chat.choices import Choice
from runware_magic.chat.conversation import Conversation
from runware_magic.chat.logprobs import Logprobs, TokenLogprob
from runware_magic.chat.messages import Message, ToolCall
from runware_magic.chat.parts import TextPart
from runware_magic.chat.record import MIME_TYPE, VERSIONS, from_record, to_record
from runware_magic.chat.saved_outputs import keep
from runware_magic.chat.sources import Source, merged
from runware_magic.chat.structured import RESPONSE_FORMAT, response_format
from runware_magic.chat.turn import (
    COMPLETE,
    DONE,
    FAILED,
    PENDING,
    REFUSED,
    STOPPED,
    Reply,
    Timing,
    ToolResult,
    Turn,
    Variant,
)
from runware_magic.chat.usage import Usage
from runware_magic.chat.verdict import Verdict

SCHEMA = json.loads((Path(runware_magic.__file__).parent / "chat" / "record.schema.json").read_text(encoding="utf-8"))
ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted([*(ROOT / "tests" / "samples").glob("*/*.ipynb"), *(ROOT / "notebooks").glob("[0-9]*.ipynb")])
ANSWERS = sorted((ROOT / "tests" / "samples").glob("*/answers.jsonl"))


def closed(schema):
    """Return a schema that admits no fields but those that it lists."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: closed(value) for name, value in schema.items()}
    return {"unevaluatedProperties": False, **found} if "object" in schema.get("type", ()) and free(schema) else found


def free(schema):
    """Tell whether what may be in an object is told, and by nothing outside of its schema."""
    return "properties" in schema and schema["properties"].keys() != {"content", "reasoning", "tool_calls"}


LISTED = Draft202012Validator(closed(SCHEMA))
PUBLISHED = Draft202012Validator(SCHEMA)


def wrong(record, checks=LISTED):
    """Return what is wrong with a record."""
    return [f"{error.json_path}: {error.message}" for error in checks.iter_errors(record)]


def records_in(notebook):
    """Return the records of a notebook's outputs."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    return [told[MIME_TYPE] for output in outputs if MIME_TYPE in (told := output.get("data", {}))]


counts = st.none() | st.integers(0, 10**9)
seconds = st.none() | st.floats(0, 1e6)
maybe = st.none() | TEXT
texts_by_name = st.dictionaries(TEXT, TEXT, max_size=2)
extras = st.dictionaries(TEXT, VALUES, max_size=1)
calls = st.lists(st.builds(ToolCall, TEXT, TEXT, TEXT, extras), max_size=2).map(tuple)
usages = st.none() | st.builds(Usage, counts, counts, counts, st.none() | st.floats(1e-9, 1e5), counts, counts)
parts = st.lists(st.builds(TextPart, TEXT) | st.sampled_from([FIG, replace(FIG, size=None), PDF]), max_size=3).map(
    tuple
)
variants = st.builds(
    lambda one, two, rest, used: Variant(rest[0], min(one, two), max(one, two), used[0], rest[1], used[1]),
    st.integers(1, 10**9),
    st.integers(1, 10**9),
    st.tuples(TEXT, TEXT),
    st.tuples(texts_by_name, texts_by_name),
)
judged = st.builds(Verdict, TEXT, st.booleans(), TEXT, st.booleans(), TEXT, st.none() | st.floats(0, 1e6))
logs = st.floats(-9999, 0)
tokens = st.builds(TokenLogprob, TEXT, logs, st.lists(st.tuples(TEXT, logs), max_size=2).map(tuple))
results = st.builds(ToolResult, TEXT, TEXT, TEXT, st.sampled_from([DONE, FAILED, REFUSED, PENDING]), seconds, parts)
turns = st.builds(
    Turn,
    id=TEXT,
    model=TEXT,
    endpoint=TEXT,
    messages=st.lists(st.builds(Message, TEXT, TEXT, parts, calls, TEXT), max_size=2).map(tuple),
    timing=st.builds(Timing, TEXT, seconds, seconds),
    parameters=OBJECTS | OBJECTS.map(lambda schema: {RESPONSE_FORMAT: response_format(schema)}),
    chat=maybe,
    cell_id=maybe,
    parent=maybe,
    supersedes=maybe,
    context=st.none() | st.lists(TEXT, max_size=2).map(tuple),
    reply=st.builds(Reply, TEXT, TEXT, calls),
    state=st.sampled_from([COMPLETE, STOPPED, FAILED, PENDING]),
    finish_reason=maybe,
    error=maybe,
    usage=usages,
    skipped=st.integers(0, 10**9),
    variant=st.none() | variants,
    verdicts=st.lists(judged, max_size=2).map(tuple),
    recorded=maybe,
    maybe_cut=st.booleans(),
    replies=st.lists(st.builds(Reply, TEXT, TEXT, calls, usages) | results, max_size=3).map(tuple),
    sources=st.lists(st.builds(Source, TEXT, TEXT), max_size=2).map(lambda found: merged((), found)),
    attached=st.lists(
        st.builds(Attached, TEXT, TEXT, st.lists(st.integers(0, 10**9), max_size=2).map(tuple), st.booleans()),
        max_size=2,
    ).map(tuple),
    schema_sent=st.sampled_from(["", "response_format", "prompt"]),
    logprobs=st.builds(Logprobs, st.lists(tokens, max_size=2).map(tuple)),
    choice=st.none() | st.builds(Choice, st.just(1), st.integers(1, 10**9), TEXT),
)


def with_data(turn, data, schema):
    """Return a turn whose answer is data that were asked for."""
    reply, asked = replace(turn.reply, content=json.dumps(data)), {RESPONSE_FORMAT: response_format(schema)}
    return replace(turn, reply=reply, data=data, parameters=asked, schema_sent="response_format")


def test_the_schema_is_a_schema():
    """Of a draft that validators know, named without a host, and of the versions that are read."""
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$id"] == "urn:runware-magic:record"
    assert SCHEMA["title"] == MIME_TYPE
    assert SCHEMA["$defs"]["record"]["properties"]["version"]["enum"] == list(VERSIONS)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_saved_notebooks_match_it(notebook):
    """Those of each version of this package, and the notebooks that it ships."""
    records = records_in(notebook)
    assert records
    assert [wrong(record) for record in records] == [[]] * len(records)


@pytest.mark.parametrize("answers", ANSWERS, ids=lambda path: path.parent.name)
def test_saved_answers_match_it(answers):
    """A line is a record."""
    lines = answers.read_text(encoding="utf-8").splitlines()
    assert [wrong(json.loads(line)) for line in lines] == [[]] * len(lines)


@given(turns | st.builds(with_data, turns, OBJECTS.filter(bool), OBJECTS))
def test_every_record_matches_it(turn):
    """Each field that is written is listed, and described as it is written."""
    assert wrong(json.loads(json.dumps(to_record(turn)))) == []


def test_outputs_match_it():
    """With the other versions, the places in the chats, and what continues in another output."""
    three = tuple(replace(TURN, id=str(at), variant=Variant("x", at, 3, {"model": "m"})) for at in (1, 2, 3))
    kept = keep(Conversation().with_variants(three), three[0], three, holds=tuple, again=True)
    kept = json.loads(json.dumps(kept))
    assert {"blobs", "others", "places", "again"} <= kept.keys()
    assert wrong(kept) == []
    assert wrong({"version": 1, "part_of": "x", "others": kept["others"]}) == []


FULL = to_record(
    replace(
        TURN,
        attached=ATTACHED,
        variant=Variant("x", 1, 2, {"model": "m"}, "f", {"city": "Oslo"}),
        verdicts=(Verdict("judge:short", passed=False, why="long", model="m", cost=0.1),),
        sources=(Source("https://e.x", "E"),),
        replies=(Reply(tool_calls=(ToolCall("c", "f", "{}"),)), ToolResult("c", "f", "3", seconds=0.1)),
        choice=Choice(1, 2, "t"),
        usage=Usage(1, 2, 3),
        recorded="2026-01-01",
    )
)
#: Where a record is changed, and to what: neither a record for whoever reads it, nor for the schema.
WRONG = [
    ("version", 3),
    ("version", "1"),
    ("id", None),
    ("chat", 5),
    ("parameters", []),
    ("messages", {}),
    ("messages.0.role", None),
    ("messages.0.content", 5),
    ("messages.0.content.0.text", None),
    ("messages.0.content.1.size", [0, 3]),
    ("messages.0.content.1.blob", "sha256:0"),
    ("messages.0.tool_calls", [{"id": "c"}]),
    ("reply", None),
    ("reply.content", None),
    ("state", "streaming"),
    ("timing.total_s", -1),
    ("timing.started", None),
    ("context", [1]),
    ("skipped", -1),
    ("maybe_cut", 1),
    ("citations.0.url", None),
    ("variant.number", 0),
    ("variant.labels", {"model": 1}),
    ("variant.used", []),
    ("verdicts.0.passed", None),
    ("verdicts.0.cost", -1),
    ("attached.0.kind", 1),
    ("attached.0.shape", [1.5]),
    ("recorded", 3),
    ("replies.0.tool_calls", None),
    ("replies.1.state", None),
    ("replies.1.seconds", "long"),
]


def changed(where, value):
    """Return the full record with another value in one place."""
    record = json.loads(json.dumps(FULL))
    *path, last = [int(name) if name.isdigit() else name for name in where.split(".")]
    inner = record
    for name in path:
        inner = inner[name]
    inner[last] = value
    return record


@pytest.mark.parametrize(("where", "value"), WRONG)
def test_what_is_no_record_does_not_match_it(where, value):
    """What the package refuses to read, the schema refuses as well."""
    assert wrong(FULL) == []
    record = changed(where, value)
    with pytest.raises((KeyError, TypeError, ValueError)):
        from_record(record)
    assert wrong(record, PUBLISHED) != []


@pytest.mark.parametrize("name", SCHEMA["$defs"]["record"]["required"])
def test_what_a_record_must_have_is_required(name):
    """By the schema and by whoever reads it."""
    record = {key: value for key, value in FULL.items() if key != name}
    with pytest.raises(KeyError):
        from_record(record)
    assert wrong(record, PUBLISHED) != []


def test_later_fields_are_admitted():
    """So that a record of a later version can be checked by this schema."""
    assert wrong({**FULL, "later": 1}, PUBLISHED) == []
    assert wrong({**FULL, "later": 1}) != []


def test_version_1_has_nothing_of_version_2():
    """Which earlier readers would not understand."""
    assert FULL["version"] == 2
    assert wrong({**FULL, "version": 1}, PUBLISHED) != []
