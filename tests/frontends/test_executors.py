"""What executes, converts and serves notebooks: the answer is there, whole, and nothing of its widgets."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress

import nbformat
import pytest
from lab_server import launched
from nbformat import v4

from runware_magic.chat.record import MIME_TYPE

SAYS = "a function that calls itself"
CELLS = ("%load_ext runware_magic", "%%runware\nWhat is recursion?")


def needs(*modules):
    """Leave a test out where these are not installed."""
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"needs {', '.join(missing)}")


@pytest.fixture
def notebook(tmp_path):
    """Write a notebook that asks the demo endpoint."""
    path = tmp_path / "asks.ipynb"
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell(source) for source in CELLS], metadata=kernel), path)
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
    return {**kept, "IPYTHONDIR": str(folder / "ipython"), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}


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


@needs("papermill")
def test_papermill(notebook, tmp_path):
    """With a parameter, which a prompt inserts."""
    run("papermill", notebook.name, "out.ipynb", "--no-progress-bar", folder=tmp_path)
    executed = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert answered(tmp_path / "out.ipynb")
    assert executed.metadata.papermill.exception is None


@pytest.mark.parametrize(("kind", "suffix"), [("html", "html"), ("markdown", "md"), ("notebook", "nbconvert.ipynb")])
def test_nbconvert(notebook, tmp_path, kind, suffix):
    """It executes and converts: the page holds the badge, and no widget."""
    run("nbconvert", "--execute", "--to", kind, notebook.name, folder=tmp_path)
    page = (tmp_path / f"asks.{suffix}").read_text(encoding="utf-8")
    assert re.search(r"demo:tutor@1", page)
    assert SAYS in page
    assert "widget-view+json" not in re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    if kind == "notebook":
        assert answered(tmp_path / f"asks.{suffix}")


@needs("playwright")
def test_nbconvert_prints_through_a_browser(notebook, tmp_path):
    """A page for the printer holds the text of the answer."""
    run("nbconvert", "--execute", "--to", "html", notebook.name, folder=tmp_path)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, launched(playwright) as browser:
        # What the page wants from elsewhere (MathJax) is not to be had, and not needed.
        page = browser.new_page()
        page.route(re.compile("^https?:"), lambda route: route.abort())
        page.goto((tmp_path / "asks.html").as_uri())
        page.pdf(path=tmp_path / "asks.pdf")
        shown = page.locator(".runware-content").inner_text()
    assert SAYS in shown
    assert (tmp_path / "asks.pdf").read_bytes().startswith(b"%PDF-")
    if shutil.which("pdftotext"):
        done = subprocess.run(["pdftotext", tmp_path / "asks.pdf", "-"], capture_output=True, text=True, check=True)  # noqa: S607  # the system's
        assert "demo:tutor@1" in done.stdout


@needs("voila", "playwright")
def test_voila(notebook, tmp_path):
    """It shows the page that comes of executing: the answer as it has settled."""
    from playwright.sync_api import expect, sync_playwright

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    words = ["voila", notebook.name, "--no-browser", f"--port={port}", "--show_tracebacks=True"]
    with subprocess.Popen([sys.executable, "-m", *words], cwd=tmp_path, env=environment(tmp_path)) as server:
        try:
            until_there(f"http://127.0.0.1:{port}/voila/static/voila.js", server)
            with sync_playwright() as playwright, launched(playwright) as browser:
                page = browser.new_page()
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


@needs("jupyter_console", "pexpect")
def test_jupyter_console(tmp_path):
    """A console prints the answer while it comes, and the badge last."""
    assert talked([sys.executable, "-m", "jupyter_console", "--simple-prompt"], tmp_path)


@needs("pexpect")
def test_terminal_ipython(tmp_path):
    """A terminal does the same."""
    assert talked([sys.executable, "-m", "IPython", "--simple-prompt", "--no-banner"], tmp_path)


def talked(command, folder):
    """Ask in a terminal, on one line; tell that the answer came with its badge."""
    import pexpect

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
