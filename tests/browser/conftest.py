"""A real JupyterLab in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import nbformat
import pytest
from lab import Lab
from lab_server import serving
from playwright.sync_api import Browser
from playwright.sync_api import Error as PlaywrightError

_KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a developer keep the screenshots."""
    parser.addoption("--screenshots", type=Path, help="folder for the screenshots of the browser tests")


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, Path]]:
    """Start a JupyterLab that shares nothing with the user's; give its address, its token and its folder."""
    with serving(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    """Run a test in both of Lab's themes."""
    return str(request.param)


@pytest.fixture
def lab(
    browser: Browser, lab_server: tuple[str, str, Path], request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Lab]:
    """Give a page to open notebooks in."""
    url, token, folder = lab_server
    page = browser.new_page(viewport={"width": 1100, "height": 1000})
    shots = request.config.getoption("--screenshots") or tmp_path
    name = re.sub(r"\W+", "-", request.node.name).strip("-")
    opened = Lab(page, url, token, folder, Path(shots), name)
    yield opened
    with suppress(PlaywrightError):
        opened.shut_down()
    page.close()


@pytest.fixture
def notebook(lab_server: tuple[str, str, Path], request: pytest.FixtureRequest):
    """Write a notebook of these code cells, give its name."""

    def write(*sources: str) -> str:
        name = re.sub(r"\W+", "-", request.node.name).strip("-") + ".ipynb"
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=_KERNEL), lab_server[2] / name)
        return name

    return write
