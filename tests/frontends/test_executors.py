"""What executes, converts and serves notebooks: the answer is there, whole, and nothing of its widgets."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress

import nbformat
import pexpect
import pytest
from hurried import hurried
from nbconvert import HTMLExporter, MarkdownExporter
from nbformat import v4
from playwright.sync_api import expect
from pypdf import PdfReader

from runware_magic.chat.record import MIME_TYPE

SAYS = "a function that calls itself"
CELLS = ("%load_ext runware_magic", "%%runware\nWhat is recursion?")


pytestmark = pytest.mark.usefixtures("_kernels", "_sockets")


@pytest.fixture
def notebook(tmp_path):
    """Write a notebook that asks the demo endpoint."""
    return written(tmp_path / "asks.ipynb", *CELLS)


def written(path, *sources, tags=()):
    """Write a notebook of these cells, the first one with these tags."""
    cells = [v4.new_code_cell(source) for source in sources]
    cells[0].metadata.tags = list(tags)
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(v4.new_notebook(cells=cells, metadata=kernel), path)
    return path


def run(*words, folder):
    """Run a program of the environment; give what it says."""
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=folder, env=environment(folder), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def environment(folder):
    """Give an environment in which no test depends on who runs it."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("RUNWARE_", "JPY_", "IPYTHON"))}
    return {**kept, **hurried(folder / "ipython", times=5), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}


def answered(path):
    """Tell that a notebook holds the answer, and nothing of its widgets."""
    executed = nbformat.read(path, as_version=4)
    nbformat.validate(executed)
    (output,) = executed.cells[-1].outputs
    assert SAYS in output.data[MIME_TYPE]["reply"]["content"]
    assert set(output.data) == {"text/html", "text/markdown", "text/plain", MIME_TYPE}
    assert "widgets" not in executed.metadata
    return True


def test_jupyter_execute(notebook, tmp_path):
    """The command of nbclient keeps a record that a kernel can go on from."""
    run("jupyter", "execute", "--inplace", notebook.name, folder=tmp_path)
    assert answered(notebook)
    record = nbformat.read(notebook, as_version=4).cells[-1].outputs[0].data[MIME_TYPE]
    assert json.loads(json.dumps(record))["state"] == "complete"


def test_papermill(tmp_path):
    """With a parameter, which a prompt inserts."""
    cells = ("topic = 'the weather'", CELLS[0], "%%runware\nWhat is {{ topic }}?")
    written(tmp_path / "asks.ipynb", *cells, tags=["parameters"])
    run("papermill", "asks.ipynb", "out.ipynb", "--no-progress-bar", "-p", "topic", "recursion", folder=tmp_path)
    assert answered(tmp_path / "out.ipynb")
    assert nbformat.read(tmp_path / "out.ipynb", as_version=4).metadata.papermill.exception is None


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """Let nbconvert execute a notebook, once."""
    folder = tmp_path_factory.mktemp("nbconvert")
    written(folder / "asks.ipynb", *CELLS)
    run("nbconvert", "--execute", "--to", "notebook", "asks.ipynb", "--output", "executed.ipynb", folder=folder)
    return folder / "executed.ipynb"


def test_nbconvert_executes(executed):
    """And keeps what a kernel can go on from."""
    assert answered(executed)


@pytest.fixture(scope="module")
def page(executed):
    """Let nbconvert make a page of it, once; its command does the same in seconds."""
    html, _ = HTMLExporter().from_filename(str(executed))
    executed.with_suffix(".html").write_text(html, encoding="utf-8")
    return executed.with_suffix(".html")


def test_nbconvert_converts(executed, page):
    """The page holds the answer and its badge, and no widget; so does the Markdown."""
    markdown, _ = MarkdownExporter().from_filename(str(executed))
    for text in (page.read_text(encoding="utf-8"), markdown):
        assert SAYS in text
        assert "demo:tutor@1" in text
        assert "widget-view+json" not in re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)


def test_nbconvert_prints_through_a_browser(page, browser, tmp_path):
    """A page for the printer holds the text of the answer, and its badge."""
    with browser.new_page() as opened:
        # What the page wants from elsewhere (MathJax) is not to be had, and not needed.
        opened.route(re.compile("^https?:"), lambda route: route.abort())
        opened.goto(page.as_uri())
        opened.pdf(path=tmp_path / "printed.pdf")
    printed = " ".join(" ".join(sheet.extract_text() for sheet in PdfReader(tmp_path / "printed.pdf").pages).split())
    assert SAYS in printed
    assert "demo:tutor@1" in printed


def test_voila(notebook, browser, tmp_path):
    """It shows the page that comes of executing: the answer as it has settled."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    words = ["voila", notebook.name, "--no-browser", f"--port={port}", "--show_tracebacks=True"]
    with subprocess.Popen([sys.executable, "-m", *words], cwd=tmp_path, env=environment(tmp_path)) as server:
        try:
            until_there(f"http://127.0.0.1:{port}/voila/static/voila.js", server)
            with browser.new_page() as page:
                page.goto(f"http://127.0.0.1:{port}/")
                expect(page.locator(".runware-turn .runware-content")).to_contain_text(SAYS, timeout=60_000)
                expect(page.locator(".runware-turn .runware-badge")).to_contain_text("demo:tutor@1")
        finally:
            server.terminate()


def until_there(url, server, deadline_s=60.0):
    """Wait until a server serves something."""
    end_s = time.monotonic() + deadline_s
    while time.monotonic() < end_s and server.poll() is None:
        with suppress(urllib.error.URLError), urllib.request.urlopen(url):
            return
        with suppress(subprocess.TimeoutExpired):
            server.wait(0.1)
    pytest.fail(f"Nobody serves {url}.")


def test_jupyter_console(tmp_path):
    """A console prints the answer while it comes, and the badge last."""
    assert talked([sys.executable, "-m", "jupyter_console", "--simple-prompt"], tmp_path)


def test_terminal_ipython(tmp_path):
    """A terminal does the same."""
    assert talked([sys.executable, "-m", "IPython", "--simple-prompt", "--no-banner"], tmp_path)


def talked(command, folder):
    """Ask in a terminal, on one line; tell that the answer came with its badge."""
    settings = {"cwd": str(folder), "env": {**environment(folder), "TERM": "dumb"}}
    child = pexpect.spawn(command[0], command[1:], encoding="utf-8", timeout=60, **settings)
    child.expect(r"In ?\[1\]: ")
    child.sendline("%load_ext runware_magic")
    child.expect(r"In ?\[2\]: ")
    child.sendline("%runware ask What is recursion?")
    child.expect(SAYS)
    child.expect(r"demo:tutor@1 · demo · [\d,]+ in / [\d,]+ out")
    assert "widget" not in child.before
    child.expect(r"In ?\[3\]: ")
    child.sendline("exit")
    child.close(force=True)
    return True
