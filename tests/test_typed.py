"""What type checkers say of a user's script: the package tells its types, strictly."""

import dataclasses
import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

import runware_magic
from runware_magic import Chat, errors
from runware_magic.chat import events
from runware_magic.chat.events import Event

SCRIPT = Path(__file__).parent / "typed" / "script.py"
WRONG = """
from dataclasses import dataclass
import runware_magic
from runware_magic import Chat
@dataclass
class Person:
    name: str
with Chat(5) as chat:
    chat.ask(None)
    chat.ask("Hi").contents
    chat.ask("Who?", schema=Person).data.surname
    chat.ask("Who?", schema=list[Person]).data.name
for turn in runware_magic.map(["Hi"], models=5):
    print(turn.content + 1)
"""
#: Runs a script with a demo that makes no pauses.
HURRIED = """
import runpy, sys
from runware_magic.demo import DemoEndpoint
from runware_magic.engine.in_process_demo import InProcessDemo
DemoEndpoint.__init__.__kwdefaults__["pace"] = 0.0
InProcessDemo.__init__.__defaults__ = (0.0,)
runpy.run_path(sys.argv[1], run_name="__main__")
"""
CHECKERS = {
    "mypy": ("mypy", "--strict", f"--cache-dir={os.devnull}"),
    "pyright": ("basedpyright", "--pythonpath", sys.executable),
}
#: What mypy is to read: IPython and all that it imports are most of its work, and no public name has a type of theirs.
#: Had one, it would be unknown to pyright, which reads what it needs of everything. Stubs are read in any case.
READS = """[mypy]
follow_imports = skip
[mypy-runware_magic,runware_magic.*]
follow_imports = normal
"""


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.usefixtures("_kernels")
def test_a_type_checker_passes_the_whole_interface_and_finds_each_mistake(tmp_path, checker):
    """Strictly, far from this repository: not a word of one script, and of the other each line that is wrong."""
    (tmp_path / "script.py").write_text(SCRIPT.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "wrong.py").write_text(WRONG, encoding="utf-8")
    # What pyright itself calls strict; basedpyright, which brings the Node.js that it needs, is stricter without.
    (tmp_path / "pyrightconfig.json").write_text(json.dumps({"typeCheckingMode": "strict"}), encoding="utf-8")
    (tmp_path / "mypy.ini").write_text(READS, encoding="utf-8")
    # Both at once: to read what they import takes a checker most of its time.
    command = [sys.executable, "-m", *CHECKERS[checker], "script.py", "wrong.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert re.findall(r"script\.py:.*", said) == [], said
    # No type is lost on the way.
    wrong = {int(line) for line in re.findall(r"wrong\.py:(\d+)[^\n]*error", done.stdout)}
    assert wrong == {8, 9, 10, 11, 12, 13, 14}, said


@pytest.mark.usefixtures("_kernels")
def test_that_script_runs():
    """Without a key, to its end."""
    done = subprocess.run([sys.executable, "-c", HURRIED, SCRIPT], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "What is Lima known for?" in done.stdout


def parameters(function):
    """Give the names of what a function takes."""
    return [name for name in inspect.signature(function).parameters if name not in {"self", "parameters"}]


def attributes(kind):
    """Give the public names of a class that are not Python's."""
    ours = [base for base in kind.__mro__ if base.__module__.startswith("runware_magic")]
    fields = [field.name for field in dataclasses.fields(kind)] if dataclasses.is_dataclass(kind) else []
    return [name for name in {*fields, *(name for base in ours for name in vars(base))} if not name.startswith("_")]


def test_that_script_uses_everything_that_is_public():
    """A name that is added and not typed is missed."""
    named = [name for name in dir(runware_magic) if not name.startswith("_") and "extension" not in name]
    values = [getattr(runware_magic, name) for name in named]
    kinds = [*filter(inspect.isclass, values), *get_args(Event)]
    public = {
        "__version__",
        *named,
        *(name for kind in kinds for name in attributes(kind)),
        *(name for function in (Chat, Chat.ask, Chat.stream, runware_magic.map) for name in parameters(function)),
        *events.__all__,
        *errors.__all__,
    }
    # Where it is what messages call it, and written by its place.
    positional = {"prompt", "prompts_or_rows", "template"}
    used = set(re.findall(r"\w+", SCRIPT.read_text(encoding="utf-8")))
    assert sorted(public - used - positional) == []
