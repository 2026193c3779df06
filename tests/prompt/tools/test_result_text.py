"""What a function returned, as the text of its result."""

import array
import collections
import dataclasses
import datetime as dt
import decimal
import enum
import io
import itertools
import json
import math
import pathlib
import re
import uuid
from typing import NamedTuple

import numpy as np
import pandas as pd
import PIL.Image
import polars as pl
import pydantic
import pytest
from growth import assert_not_quadratic
from hypothesis import given
from hypothesis import strategies as st
from IPython.display import HTML, Markdown

from runware_magic.chat.turn import Reply, Timing, Turn
from runware_magic.prompt.tools.result_text import result_of

MOST = 20_000


class Unit(enum.Enum):
    """An enumeration."""

    C = "c"


@dataclasses.dataclass
class Place:
    """A dataclass with any value."""

    name: str
    more: object = None


class City(pydantic.BaseModel):
    """A model."""

    name: str
    since: dt.date


class Point(NamedTuple):
    """A named tuple."""

    x: int
    y: int


class Plain:
    """A class without a text of its own."""


class Raising:
    """A class whose text raises."""

    def __repr__(self):
        msg = "no text"
        raise ValueError(msg)


class Everything:
    """An object that has whatever it is asked for."""

    def __getattr__(self, name):
        return self

    def __call__(self, *_, **__):  # noqa: D102  # it does nothing
        return self

    def __repr__(self):
        return "everything"


class LongText:
    """An object with a very long text."""

    def __repr__(self):
        return "x" * 10_000_000


class Text(str):
    """A text whose methods do something else."""

    __slots__ = ()

    def __str__(self):
        return "another"

    def __getitem__(self, _):
        return "another"


async def later():
    """Do nothing, later."""
    yield 1


ITSELF: list = [1]
ITSELF.append(ITSELF)
FRAME = pd.DataFrame({"city": ["Oslo", "Rome"], "days": [1, 2]})
MARKDOWN = "|  | city (str) | days (int64) |\n| --- | --- | ---: |\n| 0 | Oslo | 1 |\n| 1 | Rome | 2 |"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("It rains.", "It rains."),
        (Text("It rains."), "It rains."),
        ("", "(a blank text)"),
        (" \n", "(a blank text)"),
        ("a\ud800", "a\ufffd"),
        (None, ""),
        (True, "true"),
        (3, "3"),
        (0.1, "0.1"),
        (float("nan"), "NaN"),
        (10**5000, "(a number of 16,610 bits)"),
        (1j, "1j"),
        ({"a": [1, 0.5, None, True, "ü"]}, '{"a": [1, 0.5, null, true, "ü"]}'),
        ({1: "a", None: "b", (1, 2): "c"}, '{"1": "a", "None": "b", "(1, 2)": "c"}'),
        ({Raising(): 1}, '{"Raising": 1}'),
        ([], "[]"),
        ((1, "a"), '[1, "a"]'),
        ({3}, "[3]"),
        (range(3), "[0, 1, 2]"),
        ({"a": 1}.values(), "[1]"),
        (collections.deque([1]), "[1]"),
        (collections.OrderedDict(a=1), '{"a": 1}'),
        (collections.Counter("aab"), '{"a": 2, "b": 1}'),
        (Point(1, 2), '{"x": 1, "y": 2}'),
        (Place("Oslo", Place("Rome")), '{"name": "Oslo", "more": {"name": "Rome", "more": null}}'),
        (City(name="Oslo", since=dt.date(1048, 1, 2)), '{"name": "Oslo", "since": "1048-01-02"}'),
        ([City(name="Oslo", since=dt.date(1048, 1, 2))], '[{"name": "Oslo", "since": "1048-01-02"}]'),
        (Unit.C, "c"),
        (dt.datetime(2020, 1, 2, 3, tzinfo=dt.timezone.utc), "2020-01-02T03:00:00Z"),
        (dt.timedelta(days=1), "P1D"),
        (decimal.Decimal("1.10"), "1.10"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (pathlib.PurePosixPath("a/b"), "a/b"),
        (b"text", "text"),
        (b"\xff\xfe", "(2 bytes)"),
        (np.int64(3), "3"),
        (np.float64(0.5), "0.5"),
        (np.float32(0.5), "0.5"),
        (np.bool_(True), "true"),  # noqa: FBT003
        (np.str_("a"), "a"),
        (np.datetime64("2020-01-02"), "2020-01-02"),
        (np.longdouble(1), "1.0"),
        (np.array(3), "3"),
        (np.arange(3), "[0, 1, 2]"),
        (np.array([], dtype=float), "[]"),
        (np.array([[1, 2]]), "|  | 0 | 1 |\n| --- | ---: | ---: |\n| 0 | 1 | 2 |\n\n1 × 2 int64"),
        (np.zeros((1, 1, 2)), "[[[0. 0.]]]"),
        (array.array("i", [1]), "array('i', [1])"),
        (FRAME, MARKDOWN),
        (FRAME["days"], "|  | days (int64) |\n| --- | ---: |\n| 0 | 1 |\n| 1 | 2 |"),
        ({"all": FRAME}, json.dumps({"all": MARKDOWN})),
        (pl.DataFrame({"a": [1]}), "| a (Int64) |\n| ---: |\n| 1 |"),
        (pd.Timestamp("2020-01-02"), "2020-01-02T00:00:00"),
        (pd.NaT, "NaT"),
        (pd.NA, "<NA>"),
        (Markdown("**rain**"), "**rain**"),
        (HTML("<b>rain</b>"), "<b>rain</b>"),
        (Turn("1", "m", "e", (), Timing("x"), reply=Reply("It rains.")), "It rains."),
        (iter([1, 2]), "[1, 2]"),
        ((n * n for n in range(3)), "[0, 1, 4]"),
        (map(str, [1]), '["1"]'),
        (later(), "(an asynchronous iterator, whose items were not taken)"),
        (ITSELF, '[1, "(itself)"]'),
        (print, "(a function: print)"),
        (Plain, "(a class: Plain)"),
        (json, "(a module: json)"),
        (ValueError("rain"), "(an error: ValueError)"),
        (Plain(), f"<{__name__}.Plain object>"),
        (Raising(), "(an object of class Raising)"),
        ([Raising(), 1], '["(an object of class Raising)", 1]'),
        (Everything(), "everything"),
        (io.StringIO("a\nb\n"), '["a\\n", "b\\n"]'),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_each_kind_of_result_has_a_text(value, text):
    """Texts are as they are, tables Markdown, other values JSON; the rest is told in words."""
    assert result_of(value, MOST).text.replace("(object)", "(str)") == text  # as pandas called it before version 3


def blank():
    """Return a figure of the usual size without axes."""
    from matplotlib.figure import Figure  # loading it takes half a second in each process that collects the tests

    return Figure()


def figure():
    """Return a figure of the usual size."""
    drawn = blank()
    drawn.subplots(1, 2)
    return drawn


FIGURE = "(a figure, 640 × 480 pixels, was shown to the user)"
SAME = "(the same figure)"
IMAGE = PIL.Image.new("RGB", (20, 10))
PNG = IMAGE._repr_png_()


@pytest.mark.parametrize(
    ("value", "text", "count"),
    [
        (figure, FIGURE, 1),
        (lambda: figure().axes[0], FIGURE, 1),
        (lambda: figure().axes, f'["{FIGURE}", "{SAME}"]', 1),
        (lambda: np.array(figure().axes), f'["{FIGURE}", "{SAME}"]', 1),
        (lambda: [*((drawn := figure()), drawn.axes[0], 3)], f'["{FIGURE}", "{SAME}", 3]', 1),
        (lambda: {"a": figure(), "b": figure()}, f'{{"a": "{FIGURE}", "b": "{FIGURE}"}}', 2),
        (lambda: IMAGE, "(a picture, 20 × 10 pixels, was shown to the user)", 1),
        (lambda: PNG, "(a picture, 20 × 10 pixels, was shown to the user)", 1),
        (lambda: [IMAGE] * 2, '["(a picture, 20 × 10 pixels, was shown to the user)", "(the same picture)"]', 1),
        (lambda: PNG[:40], "(picture is a broken picture", 0),
        (lambda: b"<svg></svg>", "(picture is an SVG, which is not sent: it can hold scripts)", 0),
        (lambda: [blank() for _ in range(12)], "Figure(640x480)", 10),
    ],
)  # fmt: skip
def test_figures_are_for_the_reader_and_told_in_words(value, text, count):
    """Each once, and not too many."""
    result = result_of(value(), MOST)
    assert text in result.text
    assert len(result.pictures) == len(result.drawn) == count
    assert all(part.has_signature for part in result.pictures)


def test_a_figure_that_cannot_be_drawn_is_told():
    """What drawing it raises is not what the function raises."""
    drawn = figure()
    drawn.text(0, 0, r"$\nothing$")
    assert re.match(r"\(picture: drawing it raised ValueError", result_of(drawn, MOST).text)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("x" * 10_000_000, "(first 20,000 characters of a str of 10,000,000 characters)"),
        ("x" * 20_001, "(first 20,000 of 20,001 characters)"),
        (list(range(1_000_000)), "(first 20,000 characters of a list of 1,000,000 entries)"),
        (["x" * 10_000_000], "(first 20,000 characters of a list of 1 entries)"),
        ({"a": "x" * 10_000_000, "b": 1}, "(first 20,000 characters of a dict of 2 entries)"),
        ([[[["x" * 100] * 100] * 100] * 100] * 100, "(first 20,000 characters of a list of 100 entries)"),
        (np.zeros(1_000_000), "(first 20,000 characters of a ndarray)"),
        (b"x" * 10_000_000, "(first 20,000 characters of a bytes)"),
        (LongText(), "(first 20,000 characters of a LongText)"),
        (itertools.count(), '"…"]\n(… stands for what was left out)'),
        ({"a": itertools.repeat("x")}, '"…"]}\n(… stands for what was left out)'),
        (itertools.repeat("x" * 1000), "(first 20,000 characters of a repeat)"),
        (range(10**18), "(first 20,000 characters of a range)"),
        (pd.DataFrame({"a": ["x" * 1000] * 1000}), "1,000 × 1; 980 rows not shown; long cells end in …"),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_is_cut_is_said(value, said):
    """The text is bounded, whatever a function returns, and however large."""
    text = result_of(value, MOST).text
    assert text.endswith(said)
    assert len(text) <= MOST + 200


def test_what_is_nested_without_end_is_cut():
    """And so are classes of the user's that make more of themselves when they are asked."""

    class Endless(collections.abc.Mapping):
        def __getitem__(self, _):
            return Endless()

        def __iter__(self):
            return iter("ab")

        def __len__(self):
            return 2

    for value in (Endless(), json.loads("[" * 500 + "]" * 500)):
        text = result_of(value, MOST).text
        assert "…" in text
        assert len(text) <= MOST + 200


def test_what_an_iterator_raises_is_raised():
    """The function that made it has failed."""

    def rows():
        yield 1
        msg = "no more"
        raise ValueError(msg)

    with pytest.raises(ValueError, match="no more"):
        result_of(rows(), MOST)


@pytest.mark.parametrize("at", [0, 10, 90, 95, 97, 98, 99, 100, 101, 150, 4000, 4190, 4195, 4196, 4300])
@pytest.mark.parametrize("wrap", [str, lambda text: [text], lambda text: {"a": ["b", text]}])
@pytest.mark.parametrize("after", [0, 100_000])
def test_no_part_of_a_key_is_left_where_a_text_is_cut(at, wrap, after):
    """Keys are hidden first: in what is left, no piece of one is."""
    key = "KEYKEYKEYKEY"
    value = wrap("." * at + key + "." * after)
    text = result_of(value, 100, lambda text: text.replace(key, "…")).text
    assert "K" not in text


@pytest.mark.fuzz
@pytest.mark.parametrize("make", [str, list, lambda text: dict(enumerate(text)), iter, lambda text: [[text]]])
def test_large_results_take_no_longer_than_their_size(make):
    """Or less: what is left out is not looked at."""
    assert_not_quadratic(lambda text: result_of(make(text), MOST), lambda size: "x" * size, 4_000_000)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates() | st.decimals(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.builds(Place, st.text(), inner),
)  # fmt: skip


@given(VALUES, st.integers(1, 200))
def test_any_value_has_a_bounded_text(value, most):
    """A text that can be sent; JSON if nothing was cut and it is no text."""
    text = result_of(value, most).text
    assert len(text) <= most + 200
    text.encode()
    if isinstance(value, list | dict) and "\n" not in text:
        json.loads(text)


def test_floats_that_json_lacks_are_told():
    """The text is for a model, not for a parser."""
    assert result_of([math.inf, -math.inf], MOST).text == "[Infinity, -Infinity]"
