"""What the README, the reference and their neighbours say is so: tables, links, code, options, commands, settings."""

import ast
import re
import sys
from pathlib import Path

import pytest
from IPython.core.inputtransformer2 import TransformerManager
from pages import PAGES, README, REFERENCE, ROOT, anchors, blocks, cells, prose, spans, text
from reference_tables import BLOCKS, pattern

from runware_magic.__main__ import copy_notebooks
from runware_magic.ipython.class_settings import read_settings
from runware_magic.ipython.commands.table import COMMANDS
from runware_magic.ipython.setting_table import SETTINGS
from runware_magic.prompt.option_table import OPTIONS
from runware_magic.prompt.options import parse_line

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

#: What the README promised when it was all the documentation there was: code, names, numbers, and what stood in bold.
PROMISES = (ROOT / "tests" / "promises.txt").read_text(encoding="utf-8").splitlines()
LARGEST = 12_288  # bytes of the README: what is read in one sitting
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


@pytest.mark.parametrize("name", BLOCKS)
def test_a_table_says_what_the_code_says(name):
    """Else `python tests/support/reference_tables.py` writes it anew."""
    ((_, shown, _),) = pattern(name).findall(f"{text(README)}\n{text(REFERENCE)}")
    assert shown == f"{BLOCKS[name]()}\n"


def test_the_readme_is_read_in_one_sitting():
    """Everything else is in the reference."""
    assert len(README.read_bytes()) <= LARGEST


def test_nothing_that_was_promised_is_lost():
    """Code as code, and everything else as words; a line goes from the list only with what it is about."""
    said = f"{text(README)}\n{text(REFERENCE)}"
    code = [*spans(README), *spans(REFERENCE), *blocks(README, "", "python"), *blocks(REFERENCE, "", "python", "toml")]
    code += [cell.source for cell in cells(REFERENCE, "code")]
    words = re.sub(r"\s+", " ", re.sub(r"[`*]", "", re.sub(r"\[(.*?)\]\((\S+?)\)", r"\1", said)))
    links = set(re.findall(r"\]\((\S+?)\)", said))

    def is_kept(promise):
        if promise.startswith("`"):
            return any(promise.strip("`") in each for each in code)
        return promise in words or promise in links

    assert len(PROMISES) > 200
    assert [promise for promise in PROMISES if not is_kept(promise)] == []


def test_an_option_is_told_in_one_line():
    """Short enough for a terminal, beside the longest option."""
    assert [option.help for option in OPTIONS if len(option.help) > 90 or "\n" in option.help] == []


def test_every_command_is_told_of():
    """By ``%runware?``, which the reference repeats."""
    rows = re.findall(r"^\| (?:`|<code>)%runware ([\w-]+)", BLOCKS["commands"](), re.MULTILINE)
    assert sorted(rows) == sorted(filter(None, COMMANDS))


@pytest.mark.parametrize("name", ["options", "checks", "settings", "commands"])
def test_each_row_of_a_table_has_as_many_cells_as_its_head(name):
    """A bar in what it says would begin another."""
    assert len({line.count("|") for line in BLOCKS[name]().splitlines()}) == 1


@pages
def test_a_command_that_is_named_exists(page):
    """Where a line begins with it, or a piece of code."""
    assert set(re.findall(r"(?:^|`)%runware ([a-z][\w-]*)", text(page), re.MULTILINE)) <= set(COMMANDS)


@pages
def test_a_setting_that_is_named_exists(page):
    """As a trait that can be set."""
    assert set(re.findall(r"RunwareMagics\.(\w+)", text(page))) <= set(SETTINGS)


@pytest.mark.parametrize("page", [README, REFERENCE], ids=lambda page: page.stem)
def test_an_option_that_is_named_exists(page):
    """One of a cell, or of those whose names are others'."""
    flags = {flag for option in OPTIONS for flag in option.flags}
    assert {word for span in spans(page) for word in re.findall(r"(?<!\S)--[a-z][\w-]*", span)} <= flags | OF_OTHERS


def test_a_line_of_a_cell_can_be_read():
    """By the parser that reads it in a notebook."""
    sources = [*blocks(README, ""), *(cell.source for cell in cells(REFERENCE, "code"))]
    lines = [line for source in sources for line in re.findall(r"^%%runware\b(.*)$", source, re.MULTILINE)]
    assert len(lines) > len(blocks(README, ""))
    assert any(parse_line(line).is_grid for line in lines)
    assert not all(parse_line(line).is_grid for line in lines)


@pytest.mark.parametrize("page", [README, REFERENCE], ids=lambda page: page.stem)
def test_python_can_be_read(page):
    """As IPython reads it."""
    sources = blocks(page, "python")
    assert sources
    for source in sources:
        ast.parse(TransformerManager().transform_cell(source))


def test_the_settings_of_a_class_are_accepted():
    """And the example shows every setting there is."""
    (written,) = blocks(REFERENCE, "toml")
    settings = read_settings(written, "runware.toml")
    assert settings.models
    assert settings.replay.file == "lesson.jsonl"
    assert set(tomllib.loads(written)) == {"models", "mode", *settings.values}


@pages
def test_what_is_to_be_installed_exists(page):
    """Each extra that ``pip install`` names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = set(re.findall(r"pip install (?:-e )?\"\.\[(\w+)\]", text(page)))
    assert named <= set(project["optional-dependencies"])


@pages
def test_a_link_leads_somewhere(page):
    """To a file of the repository, and to a heading of it."""
    targets = re.findall(r"\]\(([^)\s]+)\)|\b(?:src|srcset)=\"([^\"]+)\"", prose(page))
    here = [target for pair in targets for target in pair if target and not target.startswith(("https:", "mailto:"))]
    assert here or page not in (README, REFERENCE)
    for target in here:
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


@pytest.mark.parametrize("notebook", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_links_to_what_is_copied_with_it(notebook, tmp_path):
    """A reader has nothing else of the repository beside it."""
    copy_notebooks(tmp_path)
    targets = re.findall(r"\]\(((?!https:)[^)\s#]+)", prose(notebook))
    assert [target for target in targets if not (tmp_path / target).is_file()] == []


def test_the_contents_of_the_reference_are_all_of_it():
    """In the order of its headings."""
    contents, *_ = cells(REFERENCE, "markdown")
    headings = re.findall(r"^##+ (.+)$", prose(REFERENCE), re.MULTILINE)
    assert re.findall(r"\[(.+?)\]\(#", contents.source) == headings
    assert len(headings) == len(set(headings))


@pages
def test_a_file_that_is_named_exists(page):
    """Whatever stands between backticks and begins as a folder of the repository does."""
    folders = ("runware_magic/", "tests/", "notebooks/", "binder/", ".ci/", ".github/")
    named = [span.split("::")[0] for span in spans(page) if span.startswith(folders)]
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_pictures_are_small():
    """Each is loaded with the page."""
    pictures = {Path(path) for path in re.findall(r"\.github/pictures/[\w-]+\.\w+", text(README))}
    assert {path.suffix for path in pictures} == {".png", ".webp"}
    assert all((ROOT / path).stat().st_size < 1_500_000 for path in pictures)
