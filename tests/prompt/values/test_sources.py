"""The source of functions, classes and modules, and the traceback of exceptions."""

import functools
import linecache
import re
import sys
import textwrap
import traceback
from pathlib import Path

import pytest

import runware_magic
from runware_magic.chat.attached import Attached
from runware_magic.errors import PromptError
from runware_magic.prompt.template import to_messages
from runware_magic.prompt.values.insert import insert
from runware_magic.prompt.values.inserted import DEFAULT_LIMITS, ValueLimits

CELL = "/tmp/ipykernel_41/123456.py"  # noqa: S108  # as a kernel names a cell; nothing is written there


def half(number):
    """Divide by two."""
    return number / 2


class Inner:
    """Has a method."""

    def method(self):  # noqa: D102  # its source is what is looked at
        return self


@functools.lru_cache
def cached():
    """Return one."""
    return 1


def text(value, limits=DEFAULT_LIMITS):
    """Return what is sent for a value."""
    return insert(value, "v", limits).parts[0].text


@pytest.mark.parametrize(
    ("value", "begins", "ends"),
    [
        (half, "def half(number):", "return number / 2"),
        (Inner, "class Inner:", "return self"),
        (Inner.method, "def method(self):", "return self"),
        (Inner().method, "def method(self):", "return self"),
        (cached, "@functools.lru_cache\ndef cached():", "return 1"),
    ],
)
def test_it_is_the_source(value, begins, ends):
    """From its first line on, which is not indented."""
    assert text(value).startswith(begins)
    assert text(value).endswith(ends)
    assert insert(value, "v", DEFAULT_LIMITS).attached == Attached("v", "source")


def test_a_module_is_its_file():
    """As much of it as is allowed."""
    sent = text(textwrap, ValueLimits(max_attachment=100))
    assert sent.startswith('"""Text wrapping and filling.')
    assert re.search(r"\n\(first 100 of [\d,]+ characters\)$", sent)


def cell(source, names=None, file=CELL):
    """Run a cell as a kernel does; return its names."""
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    names = {"__name__": "__main__", **(names or {})}
    exec(compile(source, file, "exec"), names)  # noqa: S102  # as a kernel does
    return names


@pytest.fixture
def _cells(monkeypatch):
    monkeypatch.setattr(linecache, "cache", dict(linecache.cache))


@pytest.mark.usefixtures("_cells")
@pytest.mark.parametrize(
    "source",
    [
        "class A:\n    x = 1\n",
        "@dataclass\nclass A:\n    x: int\n",
        "class A:\n    def f(self):\n        return 1\n",
        "@str\n@(lambda kind: kind)\nclass A:\n    pass\n".replace("@str\n", ""),
    ],
)
def test_a_class_of_a_cell_is_found(source):
    """Decorators included, although no file of a module has it."""
    cell("class A:\n    earlier = 1\n", file=CELL.replace("123456", "1"))
    names = cell(f"import sys\nfrom dataclasses import dataclass\n{source}\ny = 1\n")
    assert text(names["A"]) == source.rstrip()


@pytest.mark.usefixtures("_cells")
def test_a_source_that_is_not_known_is_an_error_in_one_line():
    """Such as that of a function from a cell that was made up."""
    names = {}
    exec("def f(): pass\nclass B: pass", names)  # noqa: S102  # has no source
    names["B"].__module__ = "__main__"
    for value in (names["f"], names["B"]):
        with pytest.raises(PromptError, match=r"^v: its source is not known to this kernel"):
            text(value)


def caught(function, *arguments):
    """Return the exception that a call raises."""
    try:
        function(*arguments)
    except BaseException as error:  # noqa: BLE001  # whatever it raises
        return error
    raise AssertionError


def chained():
    """Raise one from another."""
    try:
        half("a")
    except TypeError as error:
        message = "no number"
        raise ValueError(message) from error


def test_an_exception_is_its_traceback():
    """With the errors before it."""
    inserted = insert(caught(chained), "e", DEFAULT_LIMITS)
    sent = inserted.parts[0].text
    assert inserted.attached == Attached("e", "error")
    assert sent.startswith("Traceback (most recent call last):\n")
    assert "TypeError: unsupported operand" in sent
    assert "direct cause of the following exception" in sent
    assert sent.endswith("ValueError: no number")


def test_an_exception_that_was_not_raised_has_no_traceback():
    """It is its last line."""
    assert text(KeyError("x")) == "KeyError: 'x'"


def refuse(expression):
    """Raise an error out of a cell of this package."""
    return to_messages(expression, lambda _: half("a"))


def test_the_frames_of_this_package_are_left_out():
    """Also of the errors before."""
    own = caught(refuse, "{{ x }}")
    package = str(Path(runware_magic.__file__).parent)
    assert package in "".join(traceback.format_exception(own))
    assert package not in text(own)
    assert __file__ in text(own)


@pytest.mark.usefixtures("_cells")
def test_a_cell_has_the_same_name_in_each_kernel():
    """So that the same prompt is the same request."""
    error = caught(cell, "def f():\n    return 1 / 0\nf()\n")
    assert '  File "<cell>", line 2, in f\n    return 1 / 0\n' in text(error)
    assert "ipykernel" not in text(error)


def test_of_a_long_traceback_the_end_is_sent():
    """It says what happened."""
    inserted = insert(ValueError("a" * 500 + "!"), "e", ValueLimits(max_attachment=100))
    assert inserted.parts[0].text == "(last 100 of 513 characters)\n" + "a" * 99 + "!"
    assert inserted.attached.cut


class Mute(Exception):  # noqa: N818  # a name for a test
    """Has no text."""

    def __str__(self):
        raise ValueError


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 has no groups of exceptions")
def test_a_group_has_all_its_exceptions():
    """And one whose text cannot be read is none that fails."""
    group = ExceptionGroup("all", [caught(half, "a"), Mute()])  # noqa: F821  # from Python 3.11 on
    sent = text(group)
    assert "TypeError: unsupported operand" in sent
    assert "Mute" in sent
