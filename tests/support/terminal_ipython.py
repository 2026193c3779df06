"""A terminal IPython with the extension loaded, and a server that answers its cells."""

from __future__ import annotations

import gc
import io
import re
from contextlib import redirect_stdout

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.testing.globalipapp import get_ipython as start_ipython
from loopback import ANSWER, chunked, delta, finish, sse

from runware_magic.ipython.magics import RunwareMagics

OK = chunked([sse(value) for value in ANSWER])


def saying(*texts):
    """Give replies that say these."""
    return [chunked([sse(delta(content=text), finish(), "[DONE]")]) for text in texts]


@pytest.fixture(scope="module")
def terminal():
    """Start an IPython without a front end, once."""
    shell = start_ipython() or InteractiveShell.instance()
    # Each reset collects garbage. What is there by now stays; without all that, it takes a hundredth of the time.
    gc.collect()
    gc.freeze()
    yield shell
    shell.run_line_magic("unload_ext", "runware_magic")


@pytest.fixture
def shell(terminal):
    """Give it with a fresh extension and no variables of ours."""
    terminal.run_line_magic("unload_ext", "runware_magic")
    terminal.reset(new_session=False)
    terminal.config.pop("RunwareMagics", None)
    with redirect_stdout(io.StringIO()):
        terminal.run_line_magic("load_ext", "runware_magic")
    return terminal


@pytest.fixture
def magics(shell):
    """Give the extension's configurable."""
    return next(entry for entry in shell.configurables if isinstance(entry, RunwareMagics))


@pytest.fixture
def asked(magics, serve):
    """Let a server answer; give a function that runs cells, and the server."""

    def start(*replies):
        server = serve(*(replies or (OK,)))
        magics.base_url = server.url
        magics.retries = 0
        return server

    return start


def cell(shell, line, body="Hi"):
    """Run a cell; give what it printed."""
    out = io.StringIO()
    with redirect_stdout(out):
        shell.run_cell_magic("runware", line, body)
    return out.getvalue()


def line(shell, text=""):
    """Run a line; give what it printed."""
    out = io.StringIO()
    with redirect_stdout(out):
        shell.run_line_magic("runware", text)
    return out.getvalue()


def contents(heard):
    """Give the messages of a request as (role, content)."""
    return [(message["role"], message["content"]) for message in heard.json["messages"]]


def in_one_line(shown):
    """Give what was shown of an error without colours, as the sentence and the hint that wrap at some width."""
    plain = re.sub(r"\x1b\[\d+m", "", shown)
    return " ".join(re.sub(r"^→ ", "", plain, flags=re.MULTILINE).split())


def sentence(error):
    """Give all that an error may show."""
    return " ".join(f"{type(error).__name__}: {error}".split())


def failed_as_shown(shell, source, capsys):
    """Run a cell as a user does; give the error and all that was shown."""
    result = shell.run_cell(source)
    shown = capsys.readouterr()
    return result.error_in_exec, shown.out + shown.err


def failed(shell, source, capsys):
    """Run a cell as a user does; give the error and what was shown of it, in one line."""
    error, shown = failed_as_shown(shell, source, capsys)
    return error, in_one_line(shown)
