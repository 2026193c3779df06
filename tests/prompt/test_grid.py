"""A grid is the product of what was asked, and each of its requests is told from every other."""

import itertools
import re
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runware_magic.chat.messages import Message
from runware_magic.chat.request import Fingerprints, Request, fingerprint
from runware_magic.prompt.grid import Cell, Grid
from runware_magic.prompt.rows import Row, rows_of

names = st.sampled_from(["temperature", "top_p", "seed", "stop"])
values = st.one_of(st.none(), st.integers(0, 3), st.sampled_from([0.5, "a", "ü\ud83d", ["a"], {"b": [1]}, {"b": 1.5}]))
sweeps = st.lists(
    st.tuples(names, st.lists(values, min_size=1, max_size=3).map(tuple)), max_size=2, unique_by=lambda sweep: sweep[0]
).map(tuple)
# Twice the same model, row or value makes equal requests, which are to be told apart all the same.
models = st.lists(st.sampled_from(["a:b@1", "c:d@2", "e"]), max_size=3).map(tuple)
rows = st.none() | st.lists(st.sampled_from(["x", "y", "z"]), min_size=1, max_size=3).map(
    lambda of: rows_of(of, "rows")
)
grids = st.builds(Grid, models, sweeps, rows, st.integers(1, 3))


def request_of(cell):
    """Make the request of a cell, as whoever runs the grid does."""
    about = cell.row.value if cell.row else "nothing"
    return Request(cell.model or "default", (Message("user", f"Tell of {about}."),), dict(cell.parameters))


def asked(request):
    """Give what is asked as a value that can be counted."""
    return repr((request.model, request.messages, sorted(request.parameters.items())))


def product(grid):
    """Give the requests that were asked for, by nested loops."""
    for row in grid.rows or (None,):
        for model in grid.models or (None,):
            for chosen in itertools.product(*(entries for _, entries in grid.sweeps)):
                parameters = dict(zip([name for name, _ in grid.sweeps], chosen, strict=True))
                for run in range(1, grid.runs + 1):
                    yield model, parameters, row, run


@given(grids)
def test_the_requests_are_exactly_the_product_of_what_was_asked(grid):
    """None is missing, none is there twice, and none was not asked for; rows first, runs last."""
    cells = list(grid.cells())
    assert [(cell.model, cell.parameters, cell.row, cell.run) for cell in cells] == list(product(grid))
    assert [cell.number for cell in cells] == list(range(1, len(grid) + 1))
    expected = Counter(asked(request_of(Cell(0, *entry))) for entry in product(grid))
    assert Counter(asked(request_of(cell)) for cell in cells) == expected


@given(grids)
def test_each_request_of_a_grid_has_a_fingerprint_of_its_own(grid):
    """Equal ones included; and asked again, each has the same one again."""
    prints, again = Fingerprints(), Fingerprints()
    own = [prints(request_of(cell)) for cell in grid.cells()]
    assert len(set(own)) == len(grid)
    assert own == [again(request_of(cell)) for cell in grid.cells()]
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in own)


@given(grids.filter(lambda grid: all(len(set(map(repr, axis))) == len(axis) for axis in grid._axes())))
def test_labels_tell_each_answer_from_the_others(grid):
    """Where nothing was asked for twice; and they name only what varies."""
    told = [cell.labels(grid) for cell in grid.cells()]
    assert len({repr(labels) for labels in told}) == len(grid)
    varying = [name for name, entries in grid.sweeps if len(entries) > 1]
    varying += ["row"] * (len(grid.rows or ()) > 1) + ["model"] * (len(grid.models) > 1) + ["run"] * (grid.runs > 1)
    assert all(sorted(labels) == sorted(varying) for labels in told)
    assert all(isinstance(text, str) for labels in told for text in labels.values())


def test_labels_read_like_what_was_written():
    """Texts as they are, numbers without a superfluous nought, all else as compact JSON; row and model first."""
    grid = Grid(
        ("a:b@1", "c"),
        (("temperature", (0.0, 0.7)), ("effort", ("low", "high")), ("stop", (["END", "ü"], None))),
        (Row("Oslo", 1), Row("Lima", 2)),
        3,
    )
    first, *_, last = [cell.labels(grid) for cell in grid.cells()]
    assert list(first) == ["row", "model", "temperature", "effort", "stop", "run"]
    assert list(first.values()) == ["Oslo", "a:b@1", "0", "low", '["END","ü"]', "1"]
    assert list(last.values()) == ["Lima", "c", "0.7", "high", "null", "3"]


def test_the_columns_of_a_table_keep_the_types_of_what_varies():
    """What no table can be grouped by is a text; nothing that is the same everywhere is a column."""
    grid = Grid(
        ("m",),
        (("temperature", (0.0, 0.7)), ("seed", (1, None)), ("effort", ("low", "1")), ("stop", (["END"], {"a": 1}))),
        (Row("(0, 1)", 1, (0, 1)), Row("2", 2, 2)),
        2,
    )
    columns = grid.values()
    assert list(columns) == list(range(1, len(grid) + 1))
    first, last = columns[1], columns[len(grid)]
    assert list(first.items()) == [
        *(("temperature", 0.0), ("seed", 1), ("effort", "low"), ("stop", '["END"]'), ("run", 1))
    ]
    assert list(last.values()) == [0.7, None, "1", '{"a":1}', 2]
    assert type(first["temperature"]) is float


@pytest.mark.parametrize(
    ("labels", "numbers"),
    [([0, 1, 0, 1], [1, 2, 3, 4]), (["x", "x"], [1, 2]), ([1, "1"], [1, 2]), ([0, 1], [None, None]), (["x"], [None])],
)
def test_rows_of_equal_labels_are_numbered(labels, numbers):
    """By their place, from 1; for all answers about them."""
    series = SimpleNamespace(index=labels, items=lambda: zip(labels, labels, strict=True))
    columns = Grid(("a", "b"), (), rows_of(series, "rows")).values()
    assert [column.get("row_number") for column in columns.values()] == [number for number in numbers for _ in "ab"]


def test_a_large_grid_is_walked_through_without_being_built():
    """Its first request is there at once."""
    grid = Grid(("a", "b"), (("seed", tuple(range(100_000))),), runs=100_000)
    assert len(grid) == 2 * 10**10
    assert next(grid.cells()) == Cell(1, "a", {"seed": 0}, None, 1)


REQUEST = Request("m", (Message("user", "Hi"),), {"temperature": 0.5, "seed": 1})


@pytest.mark.parametrize(
    "other",
    [
        replace(REQUEST, model="n"),
        replace(REQUEST, messages=(Message("user", "Hi!"),)),
        replace(REQUEST, messages=(Message("system", "Hi"),)),
        replace(REQUEST, messages=(*REQUEST.messages, Message("user", "Hi"))),
        replace(REQUEST, parameters={"temperature": 0.5, "seed": "1"}),
        replace(REQUEST, parameters={"temperature": 0.5}),
    ],
)
def test_another_request_has_another_fingerprint(other):
    """Whatever is sent otherwise."""
    assert fingerprint(other) != fingerprint(REQUEST)


def test_the_fingerprint_of_a_request_stays_the_same():
    """Records of other days and machines are found by it; neither order nor streaming changes it."""
    assert fingerprint(REQUEST) == "448322cbaf6916637041361c831b3bf0"
    assert fingerprint(REQUEST, 2) == "28ed46d8fd6807a413ffec958f8f99b9"
    other = replace(REQUEST, parameters={"seed": 1, "temperature": 0.5}, stream=False)
    assert fingerprint(other) == fingerprint(REQUEST)
    inner = replace(REQUEST, parameters={"logit_bias": {1: 2, "a": 3}})
    assert fingerprint(inner) == fingerprint(replace(REQUEST, parameters={"logit_bias": {"a": 3, "1": 2}}))
