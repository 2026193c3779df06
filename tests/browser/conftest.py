"""A real JupyterLab in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from lab import SIZE, Lab, write_notebook
from lab_server import forking_kernels, serving
from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a developer keep the screenshots."""
    parser.addoption("--screenshots", type=Path, help="folder for the screenshots of the browser tests")


@pytest.fixture(scope="session")
def lab_server(_sockets: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, Path]]:
    """Start a JupyterLab that shares nothing with the user's; give its address, its token and its folder."""
    home = tmp_path_factory.mktemp("lab")
    with forking_kernels(home), serving(home) as server:
        yield server


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Show the dark theme where a test asks for a theme, since the others show the light one; both for pictures."""
    if "theme" in metafunc.fixturenames:
        metafunc.parametrize("theme", ["light", "dark"] if metafunc.config.getoption("--screenshots") else ["dark"])


@pytest.fixture
def lab_in(lab_server: tuple[str, str, Path], request: pytest.FixtureRequest) -> Iterator[Callable[..., Lab]]:
    """Return what makes a Lab of a page; its kernels end with the test."""
    made: list[Lab] = []

    def make(page: Page, *, stays: bool = False) -> Lab:
        shots = request.config.getoption("--screenshots")
        name = re.sub(r"\W+", "-", request.node.name).strip("-")
        made.append(Lab(page, *lab_server, shots, name, stays))
        return made[-1]

    yield make
    made[-1].shut_down()


@pytest.fixture(scope="session")
def kept() -> list[Page]:
    """Keep a page that has loaded Lab, from test to test."""
    return []


@pytest.fixture
def lab(
    browser: Browser, lab_in: Callable[..., Lab], kept: list[Page], request: pytest.FixtureRequest
) -> Iterator[Lab]:
    """Return a page to open notebooks in: the one that the test before has left, if it has left it in order.

    A test of another place than Lab, such as Notebook, gets a new one: to load Lab again takes seconds.
    """
    elsewhere = "place" in request.fixturenames and request.getfixturevalue("place") != "lab/tree"
    page = kept.pop() if kept and not elsewhere else browser.new_page(viewport=SIZE)
    failed = request.session.testsfailed
    opened = lab_in(page, stays=True)
    yield opened
    with suppress(PlaywrightError):
        if request.session.testsfailed == failed and opened.leave():
            kept.append(page)
            return
    page.close()


@pytest.fixture
def own_lab(browser: Browser, lab_in: Callable[..., Lab]) -> Iterator[Lab]:
    """Return a page that serves this test only, for what would change it for others."""
    page = browser.new_page(viewport=SIZE)
    yield lab_in(page)
    page.close()


@pytest.fixture
def notebook(lab_server: tuple[str, str, Path], request: pytest.FixtureRequest):
    """Write a notebook of these code cells, give its name."""

    def write(*sources: str) -> str:
        name = re.sub(r"\W+", "-", request.node.name).strip("-") + ".ipynb"
        write_notebook(lab_server[2] / name, *sources)
        return name

    return write
