"""What the README and its neighbours say is so: tables, links, code, options, commands, settings."""

import ast
import re
import sys
from pathlib import Path

import pytest
from IPython.core.inputtransformer2 import TransformerManager
from readme_tables import BLOCKS, README, ROOT, SETTINGS, pattern

from runware_magic.ipython.class_settings import read_settings
from runware_magic.ipython.commands.table import COMMANDS
from runware_magic.prompt.option_table import OPTIONS
from runware_magic.prompt.options import parse_line

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PAGES = [README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
TEXTS = {page.name: page.read_text(encoding="utf-8") for page in PAGES}
FENCES = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
#: Options that are not of a cell: of commands, of the command line, of Jupyter's.
OF_OTHERS = {
    "--ask",
    "--execute",
    "--no-browser",
    "--port",
    "--to",
    "--force",
    "--use",
    "--at",
    "--as",
    "--speed",
    "--else",
    "--block",
    "--from",
    "--no-images",
    "--whole",
}

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


def blocks(page, language):
    """Give the code blocks of a page in a language."""
    return [code for found, code in FENCES.findall(TEXTS[page.name]) if found == language]


def prose(page):
    """Give a page without its code blocks."""
    return FENCES.sub("", TEXTS[page.name])


def spans(page):
    """Give what stands between backticks on a page."""
    return re.findall(r"`([^`\n]+)`", prose(page))


@pytest.mark.parametrize("name", BLOCKS)
def test_a_table_says_what_the_code_says(name):
    """Else `python tests/readme_tables.py` writes it anew."""
    _, shown, _ = pattern(name).search(TEXTS["README.md"]).groups()
    assert shown == f"{BLOCKS[name]()}\n"


def test_an_option_is_told_in_one_line():
    """Short enough for a terminal, beside the longest option."""
    assert [option.help for option in OPTIONS if len(option.help) > 90 or "\n" in option.help] == []


def test_every_command_is_told_of():
    """By ``%runware?``, which the README repeats."""
    rows = re.findall(r"^\| `%runware ([\w-]+)", BLOCKS["commands"](), re.MULTILINE)
    assert sorted(rows) == sorted(filter(None, COMMANDS))


@pages
def test_a_command_that_is_named_exists(page):
    """Where a line begins with it, or a piece of code."""
    assert set(re.findall(r"(?:^|`)%runware ([a-z][\w-]*)", TEXTS[page.name], re.MULTILINE)) <= set(COMMANDS)


@pages
def test_a_setting_that_is_named_exists(page):
    """As a trait that can be set."""
    assert set(re.findall(r"RunwareMagics\.(\w+)", TEXTS[page.name])) <= set(SETTINGS)


def test_an_option_that_is_named_exists():
    """One of a cell, or of those whose names are others'."""
    flags = {flag for option in OPTIONS for flag in option.flags}
    assert {word for span in spans(README) for word in re.findall(r"(?<!\S)--[a-z][\w-]*", span)} <= flags | OF_OTHERS


def test_a_line_of_a_cell_can_be_read():
    """By the parser that reads it in a notebook."""
    lines = [line for code in blocks(README, "") for line in re.findall(r"^%%runware\b(.*)$", code, re.MULTILINE)]
    assert [parse_line(line).is_grid for line in lines] == [False, False, True, False, False]


def test_python_can_be_read():
    """As IPython reads it."""
    sources = blocks(README, "python")
    assert sources
    for source in sources:
        ast.parse(TransformerManager().transform_cell(source))


def test_the_settings_of_a_class_are_accepted():
    """And the example shows every setting there is."""
    (text,) = blocks(README, "toml")
    settings = read_settings(text, "runware.toml")
    assert settings.models
    assert settings.replay.file == "lesson.jsonl"
    assert set(tomllib.loads(text)) == {"models", "mode", *settings.values}


@pages
def test_what_is_to_be_installed_exists(page):
    """Each extra that ``pip install`` names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = set(re.findall(r"pip install (?:-e )?\"\.\[(\w+)\]", TEXTS[page.name]))
    assert named <= set(project["optional-dependencies"])


def anchors(path):
    """Give what links to the headings of a page end in, as GitHub makes it."""
    headings = re.findall(r"^#+ (.+)$", FENCES.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pages
def test_a_link_leads_somewhere(page):
    """To a file of the repository, and to a heading of it."""
    targets = re.findall(r"\]\(([^)\s]+)\)|\b(?:src|srcset)=\"([^\"]+)\"", prose(page))
    here = [target for pair in targets for target in pair if target and not target.startswith(("https:", "mailto:"))]
    assert here or page != README
    for target in here:
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


@pages
def test_a_file_that_is_named_exists(page):
    """Whatever stands between backticks and begins as a folder of the repository does."""
    folders = ("runware_magic/", "tests/", "notebooks/", "binder/", ".ci/", ".github/")
    named = [span.split("::")[0] for span in spans(page) if span.startswith(folders)]
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_pictures_are_small():
    """Each is loaded with the page."""
    pictures = {Path(path) for path in re.findall(r"\.github/pictures/[\w-]+\.\w+", TEXTS["README.md"])}
    assert {path.suffix for path in pictures} == {".png", ".webp"}
    assert all((ROOT / path).stat().st_size < 1_500_000 for path in pictures)
