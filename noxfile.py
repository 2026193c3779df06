"""The matrix: Pythons, the oldest and the newest versions, front ends: ``nox`` runs it, ``nox -l`` lists it.

A Python that is not installed is skipped, and nox says so.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import nox

PYTHONS = ["3.10", "3.11", "3.12", "3.13", "3.14"]
#: What meets other packages, each at least once.
MEETS_OTHERS = (
    "tests/display",
    "--ignore=tests/display/render/test_fuzz.py",
    "tests/notebook",
    "tests/frontends/test_messages.py",
    *(f"tests/test_{name}.py" for name in ("package", "public", "labextension", "client", "batch", "main")),
    *(f"tests/ipython/test_{name}.py" for name in ("magics", "rerun", "compare", "completion", "loading")),
    *(f"tests/kernels/test_{name}.py" for name in ("nbclient", "life")),
    *(f"tests/protocol/test_{name}.py" for name in ("captured", "chat_completions", "chunk_decoder")),
    *(f"tests/transport/test_{name}.py" for name in ("transport", "dialling", "retries", "redaction", "local_causes")),
    "tests/demo/test_server.py",
    "tests/engine/test_endings.py",
)
#: What Colab has by itself stays out of the extras here: its kernel and its widgets are older than Lab's.
COLAB = ("hypothesis", "nbclient", "openai", "pandas", "pytest", "pytest-rerunfailures", "pytest-xdist")

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["newest", "oldest", "colab", "frontends", "browser", "binder"]
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False


@nox.session(python=PYTHONS)
def newest(session: nox.Session) -> None:
    """Test with whatever is newest: everything on one Python, values and what meets other packages on the others."""
    session.install(".[test]")
    whole = session.python == "3.12"
    tests = (
        ("tests", "--ignore=tests/browser", "--ignore=tests/frontends")
        if whole
        else ("tests/chat", "tests/prompt", *MEETS_OTHERS)
    )
    session.run("pytest", *tests, *session.posargs)


@nox.session(python="3.10")
def oldest(session: nox.Session) -> None:
    """Test with the lowest versions that pyproject.toml admits."""
    session.install("-c", ".ci/oldest.txt", ".[test]")
    session.run("pytest", "-W", "default", *MEETS_OTHERS, "tests/browser/test_highlighting.py", *session.posargs)


@nox.session(python="3.12")
def colab(session: nox.Session) -> None:
    """Test with the versions that Google Colab stays with."""
    session.install("-c", ".ci/colab.txt", ".", "ipykernel", *COLAB)
    tests = (
        "tests/frontends/test_messages.py",
        "tests/display/views/test_frontend.py",
        "tests/ipython/test_magics.py",
        "tests/ipython/test_shell_hooks.py",
        "tests/ipython/test_compare.py",
    )
    session.run("pytest", "-W", "default", *tests, "tests/kernels/test_nbclient.py", *session.posargs)


@nox.session(python="3.12")
def frontends(session: nox.Session) -> None:
    """Test what executes, converts and serves notebooks, and consoles."""
    session.install(".[test]")
    session.run("pytest", "-W", "default", "tests/frontends", *session.posargs)


@nox.session(python="3.12")
def browser(session: nox.Session) -> None:
    """Test in JupyterLab and Notebook, in a browser."""
    session.install(".[test]")
    session.run("pytest", "tests/browser", *session.posargs)


@nox.session(python="3.12")
def binder(session: nox.Session) -> None:
    """Do what Binder does: the install steps that repo2docker writes, and the time to the first answer."""
    session.install("jupyter-repo2docker")
    command = ("jupyter-repo2docker", "--no-build", "--debug", ".")
    dockerfile = session.run(*command, silent=True, success_codes=[0, 1]) or ""
    steps = install_steps(dockerfile)
    if not steps:
        session.error("repo2docker wrote no step that installs binder/requirements.txt.")
    # In a clone and an environment of its own: as Binder's image, it has nothing but what these steps bring.
    here, there = Path.cwd(), Path(session.create_tmp()).absolute()
    session.run("git", "clone", "--quiet", "--no-hardlinks", str(here), str(there / "clone"), external=True)
    session.run("python", "-m", "venv", str(there / "image"))
    python = str(there / "image" / "bin" / "python")
    session.chdir(there / "clone")
    for step in steps:
        session.run(python, "-m", "pip", "install", "--quiet", *step, external=True)
    session.run(python, str(here / "tests" / "frontends" / "first_answer.py"), external=True)


def install_steps(dockerfile: str) -> list[list[str]]:
    """Give the arguments of each ``pip install -r binder/…`` that a Dockerfile runs."""
    found = re.findall(r"pip install ([^&\\\n\"]*-r [\"']?binder/[^&\\\n]*)", dockerfile)
    return [shlex.split(arguments) for arguments in found]
