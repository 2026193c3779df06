"""What colours prompts in JupyterLab is installed and removed with the package."""

import json
import os
import subprocess
import sys
import zipfile
from importlib.metadata import distribution, version
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
SOURCE = REPOSITORY / "labextension"
PLACE = "share/jupyter/labextensions/runware-magic"
FILES = {"install.json", "package.json", "static/highlighting.js"}

pytestmark = pytest.mark.usefixtures("_kernels")


def test_the_wheel_holds_the_extension(tmp_path):
    """Its files are data of the wheel, which pip puts where Jupyter looks for extensions."""
    build = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    command = [sys.executable, "-c", build, str(tmp_path)]
    name = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout.split()[-1]
    prefix = f"{'-'.join(name.split('-')[:2])}.data/data/{PLACE}/"
    with zipfile.ZipFile(tmp_path / name) as wheel:
        data = [path for path in wheel.namelist() if ".data/" in path]
        held = {path.removeprefix(prefix): wheel.read(path) for path in data}
    assert held == {path: (SOURCE / path).read_bytes() for path in FILES}


def test_uninstalling_removes_the_extension():
    """All its files are on the list by which pip removes the package, also of an editable install."""
    listed = [path for path in distribution("runware-magic").files or () if PLACE in path.as_posix()]
    assert {path.as_posix().partition(f"{PLACE}/")[2] for path in listed} == FILES
    assert all(Path(path.locate()).exists() for path in listed)


def test_the_extension_of_the_tests_is_the_one_of_the_repository():
    """An editable install copies it: after a change, install again."""
    listed = [path for path in distribution("runware-magic").files or () if PLACE in path.as_posix()]
    for path in listed:
        assert Path(path.locate()).read_bytes() == (SOURCE / path.as_posix().partition(f"{PLACE}/")[2]).read_bytes()


def test_jupyterlab_lists_the_extension():
    """As enabled, in order, with the version of the package, and removable by pip."""
    command = [sys.executable, "-m", "jupyter", "labextension", "list"]
    # Where JupyterLab finds a Node.js, it asks for its settings first, which are for building.
    env = {**os.environ, "PATH": str(Path(sys.executable).parent)}
    listed = subprocess.run(command, check=True, capture_output=True, text=True, env=env)
    lines = (listed.stdout + listed.stderr).splitlines()
    (line,) = [line for line in lines if line.split()[:1] == ["runware-magic"]]
    assert f"v{version('runware-magic')}" in line
    assert "enabled" in line
    assert "OK" in line
    assert "(python, runware-magic)" in line


def test_the_extension_names_a_file_that_is_there():
    """As the first that JupyterLab loads."""
    told = json.loads((SOURCE / "package.json").read_text(encoding="utf-8"))
    assert (SOURCE / told["jupyterlab"]["_build"]["load"]).exists()
