"""The pages that people read: the README, its neighbours, and the text of the reference."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
#: Where things are looked up, unlike the notebooks that are read from top to bottom.
REFERENCE = ROOT / "notebooks" / "reference.ipynb"
PAGES = [README, REFERENCE, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]

_FENCES = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@cache
def text(page: Path) -> str:
    """Return what a page says; of a notebook, its Markdown."""
    if page.suffix == ".ipynb":
        return "\n\n".join(cell.source for cell in cells(page, "markdown"))
    return page.read_text(encoding="utf-8")


@cache
def cells(notebook: Path, kind: str) -> list[nbformat.NotebookNode]:
    """Return the cells of a notebook that are of a kind."""
    return [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == kind]


def blocks(page: Path, *languages: str) -> list[str]:
    """Return the code blocks of a page in these languages, in order."""
    return [code for language, code in _FENCES.findall(text(page)) if language in languages]


@cache
def prose(page: Path) -> str:
    """Return a page without its code blocks."""
    return _FENCES.sub("", text(page))


@cache
def spans(page: Path) -> list[str]:
    """Return what stands between backticks on a page, each on one line."""
    paragraphs = re.split(r"\n\s*\n", prose(page))
    return [span for each in paragraphs for span in re.findall(r"`([^`]+)`", re.sub(r"\s+", " ", each))]


def anchors(page: Path) -> set[str]:
    """Return what links to the headings of a page end in: as GitHub makes it, in a notebook as Jupyter does."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    if page.suffix == ".ipynb":
        return {heading.replace(" ", "-") for heading in headings}
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
