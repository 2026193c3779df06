"""The files around the code agree with it; `.ci/check-files` checks that each is in the form that its reader wants."""

import re
import sys
from pathlib import Path

import pytest
import yaml

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
CHECKED = (ROOT / ".ci" / "check-files").read_text(encoding="utf-8")
FILES = sorted(path for path in (ROOT / ".github").rglob("*.yml"))
TEXTS = [*FILES, *(ROOT / name for name in ("SECURITY.md", "CODE_OF_CONDUCT.md", "CITATION.cff"))]


def read(name):
    """Return a YAML file's content."""
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def sessions():
    """Return the names of the matrix's sessions, as nox lists them."""
    text = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    (pythons,) = re.findall(r"^PYTHONS = \[(.*)\]$", text, re.MULTILINE)
    names = re.findall(r"^@nox\.session\(python=[^)]*\)\ndef (\w+)", text, re.MULTILINE)
    several = [f"newest-{python}" for python in re.findall(r'"([\d.]+)"', pythons)]
    return {*names, *several} - {"newest"}


def test_the_workflow_runs_the_whole_matrix():
    """Each session of nox once on Linux; macOS and Windows with the oldest and the newest Python that is promised."""
    jobs = read(".github/workflows/test.yml")["jobs"]
    matrix = jobs["pythons"]["strategy"]["matrix"]
    linux = [*matrix["session"], *(each["session"] for each in matrix["include"] if each["os"] == "ubuntu-latest")]
    linux += jobs["frontends"]["strategy"]["matrix"]["session"]
    assert sorted(linux) == sorted(sessions())
    promised = [each.rpartition(" ")[2] for each in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", each)]
    for system in ("macos-latest", "windows-latest"):
        ran = [each["session"] for each in matrix["include"] if each["os"] == system]
        assert ran == [f"newest-{promised[0]}", f"newest-{promised[-1]}"]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_read_and_ends(workflow):
    """Nothing more than reading by default, a limit for each job, and no value of an event within a command."""
    told = read(workflow.relative_to(ROOT))
    assert told["permissions"] == {"contents": "read"}
    assert all("timeout-minutes" in job for job in told["jobs"].values())
    steps = [step for job in told["jobs"].values() for step in job["steps"]]
    assert not any("${{" in step.get("run", "") for step in steps)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_file_for_github_is_checked(path):
    """By name or by the pattern of its folder."""
    name = path.relative_to(ROOT).as_posix()
    assert name in CHECKED or f"{name.rpartition('/')[0]}/*.yml" in CHECKED


def test_the_bug_form_asks_for_what_the_magic_prints():
    """Which holds no key; nobody can leave it out."""
    fields = {field.get("id"): field for field in read(".github/ISSUE_TEMPLATE/bug.yml")["body"]}
    assert "`%runware`" in fields["state"]["attributes"]["label"]
    assert fields["state"]["validations"]["required"] is True


def test_the_citation_is_of_this_project():
    """With its licence and its authors."""
    told = read("CITATION.cff")
    assert (told["title"], told["license"]) == (PROJECT["name"], PROJECT["license"])
    assert told["authors"] == PROJECT["authors"]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_no_repository_is_made_up(path):
    """Where this one will be is not known here: links are relative, and lead to files that are there."""
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"github\.com/[\w-]+/[\w-]+|[\w.]+@[\w-]+\.\w+", text) == []
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not link.startswith("https://")]
    assert [link for link in links if not (ROOT / link).exists()] == []
