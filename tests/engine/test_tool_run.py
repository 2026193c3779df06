"""A function that runs for a call of a model: its result, what it shows, how it ends."""

import asyncio
import contextlib
import functools
import io
import os
import signal
import site
import sys
import threading
from pathlib import Path

import pandas as pd
import PIL.Image
import pytest
from growth import assert_not_quadratic
from hypothesis import given
from hypothesis import strategies as st
from IPython.display import Image, clear_output, display

from runware_magic.chat.messages import ToolCall
from runware_magic.chat.parts import ImagePart, TextPart
from runware_magic.engine.tool_run import run_tool
from runware_magic.errors import StoppedError
from runware_magic.prompt.tools.read_tool import read_tool
from runware_magic.transport.endpoint import Key

CALL = ToolCall("call-1", "f", "{}")
KEY = Key("k3y/Of+ThisTest0123", "a test")
PNG = PIL.Image.new("RGB", (20, 10))._repr_png_()


def run(function, **more):
    """Run a function without arguments."""
    return run_tool(read_tool(function, "f"), CALL, {}, **more)


def texts(result):
    """Return the texts that the reader sees."""
    return [part.text for part in result.shown if isinstance(part, TextPart)]


def sizes(result):
    """Return the sizes of the pictures that the reader sees."""
    return [part.size for part in result.shown if isinstance(part, ImagePart)]


def test_a_result_is_that_of_its_call():
    """With the arguments that were read, and the time that the function took."""

    def weather(city: str, days: int = 1):
        return {"city": city, "days": days}

    tool = read_tool(weather)
    result = run_tool(tool, ToolCall("call-7", "weather", ""), tool.arguments_of('{"city": "Oslo"}'))
    assert (result.tool_call_id, result.name, result.state) == ("call-7", "weather", "done")
    assert result.content == '{"city": "Oslo", "days": 1}'
    assert result.seconds >= 0
    assert result.shown == ()


@pytest.mark.parametrize(
    ("function", "content", "shown"),
    [
        (lambda: None, "(no result)", []),
        (lambda: print("a"), "(no result; what the function printed was shown to the user only)", ["a\n"]),
        (lambda: print("a", file=sys.stderr) or 3, "3", ["a\n"]),
        (lambda: [print("a"), print("b", file=sys.stderr), 1][2], "1", ["a\nb\n"]),
        (lambda: sys.stdout.writelines(["a", "b"]) or 1, "1", ["ab"]),
        (lambda: print("\x1b[31mred\x1b[0m\r\nend") or 1, "1", ["red\nend\n"]),
        (lambda: print("\ud800") or 1, "1", ["\ufffd\n"]),
    ],
)
def test_what_is_printed_is_for_the_reader(capsys, function, content, shown):
    """In order, from both streams; the cell itself shows nothing of it."""
    result = run(function)
    assert (result.content, texts(result), result.state) == (content, shown, "done")
    assert capsys.readouterr() == ("", "")


def _raises(error):
    def f():
        raise error

    return f


class _BadTextError(Exception):
    def __str__(self):
        raise self


LONG = "\n(first 20,000 characters of a str of 1,000,012 characters)"
HOME, HERE, SITE = Path.home(), Path.cwd(), site.getsitepackages()[0]


@pytest.mark.parametrize(
    ("error", "content"),
    [
        (ValueError("no such city"), "ValueError: no such city"),
        (ValueError(), "ValueError"),
        (KeyError("x"), "KeyError: 'x'"),
        (AssertionError(), "AssertionError"),
        (SystemExit(3), "SystemExit: 3"),
        (SystemExit(), "SystemExit"),
        (GeneratorExit(), "GeneratorExit"),
        (StopIteration("x"), "StopIteration: x"),
        (asyncio.CancelledError(), "CancelledError"),
        (BaseException("x"), "BaseException: x"),
        (MemoryError(), "MemoryError"),
        (_BadTextError(), "_BadTextError: its text cannot be read (_BadTextError)"),
        (OSError(5, "I/O error", str(HOME / "a" / "b.csv")), "OSError: [Errno 5] I/O error: '~/a/b.csv'"),
        (OSError(5, "I/O error", str(HERE / "b.csv")), "OSError: [Errno 5] I/O error: './b.csv'"),
        (ImportError(f"cannot import x ({SITE}/pandas/io.py)"), "ImportError: cannot import x (pandas/io.py)"),
        (ValueError(f"in {os.__file__}:3"), "ValueError: in os.py:3"),
        (SyntaxError("bad (/tmp/ipykernel_123/456.py, line 1)"), "SyntaxError: bad (<cell>, line 1)"),
        (ValueError("x" * 10_000_000), "ValueError: " + "x" * (20_000 - 12) + LONG),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_an_error_is_told_by_its_type_and_text(error, content):
    """Whatever it is, without a traceback and without paths of this machine; what was printed before stays."""

    def f():
        print("before")
        raise error

    result = run(f)
    assert (result.state, result.content, texts(result)) == ("failed", content, ["before\n"])


def test_an_error_that_is_returned_is_told_alike():
    """It is a result, and its text has no paths either."""
    result = run(lambda: OSError(f"no file {HOME}/x"))
    assert (result.state, result.content) == ("done", "OSError: no file ~/x")


def test_a_function_that_calls_itself_without_end_fails():
    """As any error does."""

    def f():
        return f()

    assert run(f).content.startswith("RecursionError: maximum recursion depth exceeded")


def test_what_an_iterator_raises_fails():
    """Its items are the result."""

    def f():
        print("first")
        yield 1
        msg = "no more"
        raise ValueError(msg)

    result = run(f)
    assert (result.state, result.content, texts(result)) == ("failed", "ValueError: no more", ["first\n"])


def interrupted():
    """Interrupt as a user does, and go on for ever."""
    print("before")
    os.kill(os.getpid(), signal.SIGINT)
    threading.Event().wait()


async def interrupted_later():
    """Interrupt as a user does, and wait for ever."""
    print("before")
    os.kill(os.getpid(), signal.SIGINT)
    await asyncio.Event().wait()


def stopped():
    """Ask a prompt that is interrupted."""
    msg = "Stopped."
    raise StoppedError(msg)


def endless():
    """Make items whose number is not the matter."""
    while True:
        yield interrupted()


class Endless:
    """A value whose text takes for ever."""

    def __repr__(self):
        interrupted()
        return ""


@pytest.mark.parametrize("function", [interrupted, interrupted_later, stopped, endless, lambda: Endless()])  # noqa: PLW0108  # a class is no tool
def test_an_interrupt_is_passed_on_and_nothing_is_left(shell, function):
    """Whatever hangs: the function, what it awaits, a prompt that it asks, its items, their text."""
    streams, publisher = (sys.stdout, sys.stderr), shell.display_pub
    written = [dict(vars(each)) for each in (*streams, publisher)]
    with pytest.raises(KeyboardInterrupt):
        run(function)
    assert (sys.stdout, sys.stderr) == streams
    assert [dict(vars(each)) for each in (*streams, publisher)] == written
    assert not [thread for thread in threading.enumerate() if thread.name == "async-tool"]


@pytest.mark.parametrize("function", [lambda: 1, _raises(ValueError()), _raises(SystemExit())])
def test_streams_are_as_they_were(shell, function):
    """However a function ends, and whatever it has put in their place."""

    def f():
        sys.stdout = sys.stderr = io.StringIO()
        return function()

    streams = sys.stdout, sys.stderr
    written = [dict(vars(each)) for each in (*streams, shell.display_pub)]
    run(f)
    assert (sys.stdout, sys.stderr) == streams
    assert [dict(vars(each)) for each in (*streams, shell.display_pub)] == written


def test_streams_that_take_no_attributes_are_left_alone(monkeypatch):
    """The cell shows what the function prints, and nothing fails."""

    class Closed:
        __slots__ = ("written",)

        def __init__(self):
            self.written = []

        def write(self, text):
            self.written.append(text)

    monkeypatch.setattr(sys, "stdout", stream := Closed())
    monkeypatch.setattr(sys, "stderr", None)
    result = run(lambda: print("a") or 1)
    assert (result.content, result.shown, "".join(stream.written)) == ("1", (), "a\n")


def test_threads_that_it_starts_are_heard_until_its_end(capsys):
    """What they print after it goes to where it would have gone without the call."""
    go_on, threads = threading.Event(), []

    def prints():
        print("during")
        heard.set()
        go_on.wait()
        print("after")

    def f():
        threads.append(threading.Thread(target=prints))
        threads[0].start()
        heard.wait()
        return 1

    heard = threading.Event()
    result = run(f)
    go_on.set()
    threads[0].join()
    assert texts(result) == ["during\n"]
    assert capsys.readouterr().out == "after\n"


@pytest.mark.parametrize("name", ["another", "runware-call"])
def test_threads_of_others_are_not_heard(capsys, name):
    """Neither those that ran before nor those of the engine: they print for another cell, or another card."""
    go_on, said = threading.Event(), threading.Event()

    def prints():
        go_on.wait()
        print("other")
        said.set()

    thread = threading.Thread(target=prints, name=name)
    if name == "another":
        thread.start()

    def f():
        if name != "another":
            thread.start()
        go_on.set()
        said.wait()
        print("mine")

    result = run(f)
    thread.join()
    assert texts(result) == ["mine\n"]
    assert capsys.readouterr().out == "other\n"


def test_a_function_that_runs_another_hears_it():
    """As one does that asks with tools of its own: the inner one keeps what is its own."""
    inner = []

    def f():
        print("a")
        inner.append(run(lambda: print("b") or 1))
        print("c")

    assert texts(run(f)) == ["a\nc\n"]
    assert texts(inner[0]) == ["b\n"]


BROKEN = "(picture is a broken picture)"


@pytest.mark.parametrize(
    ("function", "shown", "pictures"),
    [
        (lambda: display({"text/html": "<b>a</b>", "text/plain": "<HTML object>"}, raw=True), ["<b>a</b>"], []),
        (lambda: display(pd.DataFrame({"a": [1]})), ["   a\n0  1"], []),
        (lambda: display(Image(PNG)), [], [(20, 10)]),
        (lambda: [print("a"), display("b"), print("c"), display(Image(PNG))], ["a\n", "'b'", "c\n"], [(20, 10)]),
        (lambda: display("a", display_id="x").update("b"), ["'b'"], []),
        (lambda: [display("a"), clear_output(), display("b")], ["'b'"], []),
        (lambda: [display("a"), clear_output(wait=True)], ["'a'"], []),
        (lambda: display({"image/png": "no picture"}, raw=True), [], []),
        (lambda: display({"image/png": PNG[:40]}, raw=True), [BROKEN], []),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("shell")
def test_what_is_displayed_is_for_the_reader(capsys, function, shown, pictures):
    """Texts and pictures, in order; the cell itself shows nothing of it, and the model is told of pictures."""
    result = run(lambda: function() and None)
    assert (texts(result), sizes(result)) == (shown, pictures)
    assert ("(1 picture was shown to the user)" in result.content) == bool(pictures)
    assert capsys.readouterr().out == ""


def test_updates_of_earlier_displays_go_where_these_are(shell, monkeypatch):
    """A function may count in a display of the cell above."""
    published = []
    monkeypatch.setattr(shell.display_pub, "publish", lambda *_, **more: published.append(more), raising=False)
    handle = display("a", display_id="above")
    result = run(lambda: handle.update("b"))
    assert result.shown == ()
    assert [more.get("update", False) for more in published] == [False, True]


def pyplot():
    """Load pyplot: it takes a second, which a process that only collects these tests does not have to wait."""
    import matplotlib.pyplot as plt

    return plt


@pytest.fixture
def inline():
    """Use the backend of notebooks."""
    import matplotlib as mpl

    before = mpl.get_backend()
    mpl.use("module://matplotlib_inline.backend_inline")
    yield
    pyplot().close("all")
    mpl.use(before)


def plot():
    """Draw, and return what pyplot does."""
    pyplot().figure()
    pyplot().plot([1, 2])


def plot_and_return():
    """Return the figure that is drawn in."""
    plot()
    return pyplot().gcf()


@pytest.mark.parametrize(
    ("function", "content"),
    [
        (plot, "(no result)\n(1 picture was shown to the user)"),
        (plot_and_return, "(a figure, 640 × 480 pixels, was shown to the user)"),
        (lambda: [pyplot().figure(), pyplot().figure()] and 3, "3\n(2 pictures were shown to the user)"),
    ],
)
@pytest.mark.usefixtures("inline")
def test_figures_that_are_left_open_are_shown_once(function, content):
    """In the card, not at the end of the cell once more; others stay open."""
    mine = pyplot().figure()
    result = run(function)
    assert result.content == content
    assert sizes(result) == [(640, 480)] * (2 if "2 pictures" in content else 1)
    assert pyplot().get_fignums() == [mine.number]


def test_figures_of_other_backends_stay_open():
    """They have windows, or nobody shows them."""
    before = pyplot().get_fignums()
    result = run(plot)
    assert result.shown == ()
    assert len(pyplot().get_fignums()) == len(before) + 1
    pyplot().close()


async def later():
    """Return something later."""
    print("a")
    await asyncio.sleep(0)
    print("b")
    return {"rain": True}


class Later:
    """An object that is awaited."""

    def __await__(self):
        return later().__await__()


@pytest.mark.parametrize(
    "function",
    [later, functools.partial(later), lambda: later(), lambda: Later()],  # noqa: PLW0108  # of each kind
)
def test_what_is_awaitable_is_awaited(function):
    """In a loop of its own, also where the thread has one, as that of a cell does."""

    async def cell():
        return run(function)

    for result in (run(function), asyncio.run(cell())):
        assert (result.state, result.content, texts(result)) == ("done", '{"rain": true}', ["a\nb\n"])


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit("x"), asyncio.CancelledError("x")])
def test_what_is_awaited_may_fail(error):
    """As what is called."""

    async def f():
        raise error

    # Python 3.10 keeps no text of a cancellation.
    assert run(f).content.removesuffix(": x") == type(error).__name__


@pytest.mark.parametrize("unit", ["x", "x\n", "xxxxxxxxx\n"])
@pytest.mark.fuzz
def test_what_is_printed_is_bounded(unit):
    """However much, and it takes no longer than its length."""

    def f(text):
        def prints():
            for _ in range(len(text) // len(unit) // 10):
                sys.stdout.write(unit)
            print(text)

        return run(prints)

    assert_not_quadratic(f, lambda size: "y" * size, 4_000_000)
    (text,) = texts(f("y" * 1_000_000))
    assert len(text) < 20_100
    assert text.startswith(unit)
    assert "characters were not kept" in text


@pytest.mark.usefixtures("shell")
def test_many_displays_are_bounded():
    """Texts and pictures, together."""

    def f():
        for _ in range(1000):
            print("x" * 1000)
            display("y" * 1000)

    result = run(f)
    assert sum(map(len, texts(result))) < 30_000


def test_a_result_is_bounded_as_asked():
    """What was cut is said."""
    assert run(lambda: "x" * 200, max_result=100).content == "x" * 100 + "\n(first 100 of 200 characters)"


SECRET = KEY.reveal()
FOREIGN = "sk-" + "a1B2c3D4e5F6g7H8i9J0"


@pytest.mark.parametrize("secret", [SECRET, SECRET.replace("/", "\\/"), "k3y%2FOf%2BThisTest0123", FOREIGN])
@pytest.mark.parametrize(
    "function",
    [
        lambda text: text,
        lambda text: {"a": [text]},
        lambda text: {text: 1},
        lambda text: pd.DataFrame({"a": [text]}),
        lambda text: "." * 19_900 + text + "." * 20_000,
        lambda text: print(text),  # noqa: PLW0108  # of each kind
        lambda text: display({"text/plain": text}, raw=True),
        lambda text: _raises(ValueError(text))(),
        lambda text: ValueError(text),  # noqa: PLW0108  # likewise
    ],
)
@pytest.mark.usefixtures("shell")
def test_no_key_is_told_or_shown(function, secret):
    """Neither those that are known, however they are written, nor what looks like one of another provider."""
    result = run(lambda: function(secret), keys=[None, KEY])
    said = result.content + "".join(texts(result))
    assert secret[4:] not in said.replace("\\\\", "\\")
    assert "…" in said


@given(st.lists(st.sampled_from(["a", "\n", "\r", "\x1b[1m", SECRET, "…", "\ud800", "<b>"]) | st.text(), max_size=8))
def test_whatever_is_printed_and_returned_can_be_sent(pieces):
    """And has no key."""
    text = "".join(pieces)
    result = run(lambda: print(text) or text, keys=[KEY])
    assert SECRET not in result.content + "".join(texts(result))
    result.content.encode()
    assert result.content.strip()


def test_outside_of_ipython_displays_are_printed(monkeypatch):
    """As IPython does it there."""
    monkeypatch.delitem(sys.modules, "IPython.core.getipython")
    assert run(lambda: 1).content == "1"


def test_a_function_may_redirect_for_itself():
    """What it keeps to itself is not shown."""

    def f():
        with contextlib.redirect_stdout(io.StringIO()) as out:
            print("kept")
        return out.getvalue()

    result = run(f)
    assert (result.content, result.shown) == ("kept\n", ())


def test_the_time_is_that_of_the_function(monkeypatch):
    """Not that of what is done with its result."""
    clock = iter([5.0, 7.5, 100.0, 100.0])
    monkeypatch.setattr("runware_magic.engine.tool_run.monotonic", lambda: next(clock))
    assert run(lambda: 1).seconds == 2.5
    assert run(_raises(ValueError())).seconds == 0.0
