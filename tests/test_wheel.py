"""The wheel: what it holds, what PyPI shows of it, and on which systems it can be installed."""

import email
import json
import os
import re
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BUILD = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
LARGEST = 1_000_000  # bytes, without the pictures in the outputs of notebooks
ADDRESS = "https://git.example/some/where"
LINKS = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"")
SYSTEMS = ["linux", "macos", "windows"]
PYTHONS = ["3.10", "3.11", "3.12", "3.13"]

pytestmark = pytest.mark.usefixtures("_kernels")


def built(folder, **environment):
    """Build a wheel as pip does; return its path."""
    known = {name: value for name, value in os.environ.items() if name != "RUNWARE_MAGIC_REPOSITORY"}
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        env=known | environment,
    )
    return folder / done.stdout.split()[-1]


def metadata(path):
    """Return the metadata of a wheel: a message, whose payload is the README."""
    with zipfile.ZipFile(path) as files:
        (name,) = (name for name in files.namelist() if name.endswith(".dist-info/METADATA"))
        return email.message_from_string(files.read(name).decode())


def links(text):
    """Return the addresses of links and pictures that are not within the page."""
    return [address for pair in LINKS.findall(text) for address in pair if address and not address.startswith("#")]


def pictures(notebook):
    """Return how many bytes the pictures in a notebook's outputs have, which no archive makes smaller."""
    outputs = [output for cell in json.loads(notebook)["cells"] for output in cell.get("outputs", ())]
    return sum(len("".join(output.get("data", {}).get("image/png", ""))) * 3 // 4 for output in outputs)


@pytest.fixture(scope="module")
def wheel(_kernels, tmp_path_factory):
    """Build a wheel, once."""
    return built(tmp_path_factory.mktemp("wheel"))


def test_the_wheel_is_small_and_holds_nothing_else(wheel):
    """The package, the notebooks, the extension of JupyterLab: no tests, no pictures, nothing of the repository."""
    with zipfile.ZipFile(wheel) as files:
        names = files.namelist()
        shown = [pictures(files.read(name)) for name in names if name.endswith(".ipynb")]
    assert wheel.stat().st_size - sum(shown) < LARGEST
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"runware_magic"}
    suffixes = {Path(name).suffix for name in names if name.startswith("runware_magic/")}
    assert suffixes == {".py", ".typed", ".ipynb", ".json", ".jsonl"}
    assert [name for name in names if re.search(r"(^|/)(tests?|\.\w+|conftest|__pycache__)(/|\.|$)", name)] == []
    assert "runware_magic/chat/record.schema.json" in names
    assert "runware_magic/py.typed" in names


def test_the_wheel_holds_its_licence(wheel):
    """One, of all that is in it, named as SPDX names it."""
    told = metadata(wheel)
    assert told["License-Expression"] == "MIT"
    assert told.get_all("License-File") == ["LICENSE"]
    with zipfile.ZipFile(wheel) as files:
        (name,) = (name for name in files.namelist() if "/licenses/" in name)
        assert files.read(name) == (ROOT / "LICENSE").read_bytes()


def test_nothing_in_the_wheel_is_under_another_licence(wheel):
    """No file says that it is somebody else's: all that others wrote comes as a dependency."""
    said = re.compile(rb"copyright \(c\)|\(c\) copyright|SPDX-License|@license|all rights reserved", re.IGNORECASE)
    with zipfile.ZipFile(wheel) as files:
        found = [name for name in files.namelist() if "/licenses/" not in name and said.search(files.read(name))]
    assert found == []


def test_without_an_address_the_readme_stays_as_it_is(wheel):
    """So it does for everybody who installs from a clone."""
    told = metadata(wheel)
    assert told["Description-Content-Type"] == "text/markdown"
    assert told.get_payload().strip() == (ROOT / "README.md").read_text(encoding="utf-8").strip()
    assert told.get_all("Project-URL") is None


def test_with_an_address_links_and_pictures_lead_to_the_repository(tmp_path):
    """PyPI has none of its files: pictures as they are, everything else as a page, both of the version's tag."""
    told = metadata(built(tmp_path, RUNWARE_MAGIC_REPOSITORY=f"{ADDRESS}/"))
    text, before = told.get_payload(), (ROOT / "README.md").read_text(encoding="utf-8")
    tag = f"v{told['Version']}"
    relative = [address for address in links(before) if not re.match(r"https?:|mailto:", address)]
    assert relative
    assert [address for address in links(text) if not re.match(r"https?:|mailto:", address)] == []
    for address in relative:
        kind = "raw" if address.startswith(".github/pictures/") else "blob"
        assert f"{ADDRESS}/{kind}/{tag}/{address}" in text
        assert (ROOT / address.partition("#")[0]).exists()
    assert sorted(told.get_all("Project-URL")) == [
        f"Changelog, {ADDRESS}/blob/HEAD/CHANGELOG.md",
        f"Issues, {ADDRESS}/issues",
        f"Source, {ADDRESS}",
    ]


def resolved(requirements, system, python):
    """Return what would be installed on a system without a compiler, or why nothing can be."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate"]
    # With a Python at hand it does not search for the one that it is to resolve for.
    command += ["--only-binary", ":all:", "--python", sys.executable]
    command += ["--python-platform", system, "--python-version", python, *requirements]
    # As pip does, uv is to trust whom the system trusts.
    env = {**os.environ, "UV_NATIVE_TLS": "1"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=env)
    return done.returncode, done.stdout or done.stderr


def test_all_dependencies_are_wheels_everywhere():
    """On Linux, macOS and Windows, with each Python, with JupyterLab: nothing is compiled."""
    where = [(system, python) for system in SYSTEMS for python in PYTHONS]
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(lambda each: resolved(["pyproject.toml", "--extra", "lab"], *each), where))
    assert [told for code, told in found if code] == []
    for (system, _), (_, told) in zip(where, found, strict=True):
        names = {line.partition("==")[0] for line in told.splitlines()}
        assert {"ipython", "jupyterlab", "nh3", "pydantic-core"} <= names
        assert ("pywinpty" in names) == (system == "windows")


def test_what_would_have_to_be_compiled_is_found(tmp_path):
    """A package that has only its source is none that can be installed."""
    needs = tmp_path / "needs.in"
    needs.write_text("docopt==0.6.2\n", encoding="utf-8")
    code, told = resolved([str(needs)], "windows", "3.13")
    assert code != 0
    assert "docopt==0.6.2 has no usable wheels" in " ".join(told.split())
