"""The house: imports run one way, and importing costs nothing."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import runware_magic

ROOT = Path(runware_magic.__file__).parent
#: Each layer may import itself and those behind it.
MAY = {
    "errors": set(),
    "chat": {"errors"},
    "wire": {"errors", "chat"},
    "display": {"errors", "chat", "pace"},
    "settings": {"errors", "wire"},
    "class_settings": {"errors", "chat", "settings"},
    "classroom": {"errors", "class_settings", "settings"},
    "hiding": {"wire"},
    "login": {"errors", "wire", "settings"},
    "pace": set(),
    "completion": {"chat"},
    "shell": {"completion"},
    "help": {"chat", "wire"},
    "notebook": {"errors", "chat"},
    "ledger": {"chat"},
    "gate": set(),
    "peers": {"errors", "chat", "wire", "stopping"},
    "notes": {"wire", "peers"},
    "checking": {"errors", "chat"},
    "comparison": {"errors", "chat", "display", "notebook"},
    "budget": {"errors", "chat", "wire", "display", "ledger"},
    "running": {"errors", "chat", "wire", "budget"},
    "outputs": {"chat", "display"},
    "stopping": set(),
    "session": {
        *(
            "errors",
            "chat",
            "wire",
            "display",
            "settings",
            "ledger",
            "pace",
            "budget",
            "outputs",
            "running",
            "stopping",
            "comparison",
            "peers",
            "notes",
        ),
    },
    "fan": {
        *("errors", "chat", "wire", "display", "settings"),
        *("pace", "gate", "running", "session", "stopping"),
    },
    "grids": {
        *("errors", "chat", "wire", "display", "settings", "ledger"),
        *("checking", "fan", "running", "session"),
    },
    "answering": {"errors", "chat", "wire", "display", "settings", "pace", "running", "session", "stopping"},
    "background": {"errors", "chat", "wire", "answering"},
    "frontend": set(),
    "views": {"display", "frontend", "settings", "stopping"},
    "lessons": {"errors", "chat", "wire", "notebook", "peers", "session"},
    "whom": {"wire", "settings", "login", "class_settings", "peers", "session", "lessons"},
    "client": {"errors", "chat", "wire", "display", "settings", "lessons", "running", "session", "stopping"},
    "journal": {"errors", "chat"},
    "asking": {"errors", "chat", "wire", "settings", "session"},
    "flow": {"errors", "chat", "display", "asking", "gate", "journal"},
    "mapping": {
        *("errors", "chat", "wire", "display", "settings", "session"),
        *("gate", "journal", "asking", "flow"),
    },
    "commands": {"errors", "chat", "wire", "display", "settings", "ledger", "running", "session", "background"},
    "conversations": {"errors", "chat", "display", "notebook", "session", "commands", "comparison"},
    "carrying_out": {
        *("chat", "wire", "display", "session", "commands", "conversations", "hiding", "lessons", "whom"),
    },
    "dispatch": {
        *("errors", "chat", "wire", "display", "notebook", "settings", "running", "session"),
        *("carrying_out", "commands", "completion", "help", "answering", "background", "views"),
        *("checking", "classroom", "fan", "frontend", "grids", "stopping", "whom"),
    },
    "magics": {
        "errors",
        "wire",
        "help",
        "settings",
        "shell",
        "session",
        "background",
        "completion",
        "views",
        "dispatch",
    },
    "loading": {"classroom", "notebook", "shell", "views", "magics"},
}


def imported(path):
    """Give the parts of the package that a module imports, and everything else by its first name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            within = node.module == "runware_magic"
            names = [f"{node.module}.{alias.name}" if within else node.module for alias in node.names]
        for name in names:
            yield name.split(".")


@pytest.mark.parametrize("layer", MAY)
def test_imports_run_one_way(layer):
    """A layer imports itself and what is beneath it."""
    paths = [ROOT / f"{layer}.py"] if (ROOT / f"{layer}.py").exists() else list((ROOT / layer).rglob("*.py"))
    assert paths
    for path in paths:
        ours = {parts[1] for parts in imported(path) if parts[0] == "runware_magic" and len(parts) > 1}
        assert ours <= MAY[layer] | {layer}, path


def test_values_import_the_standard_library_only():
    """No IPython, no requests, no clock, no environment."""
    forbidden = {"os", "time", "random", "socket", "urllib", "threading"}
    for path in (ROOT / "chat").rglob("*.py"):
        names = {parts[0] for parts in imported(path)} - {"runware_magic", "__future__"}
        assert names <= set(sys.stdlib_module_names) - forbidden, path


def test_every_module_belongs_to_a_layer():
    """A new one has to be given its place."""
    parts = {path.relative_to(ROOT).parts[0].removesuffix(".py") for path in ROOT.rglob("*.py")}
    assert parts - {"__init__", "__main__"} == set(MAY)


def run(code):
    """Run code in a Python of its own; give what it prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_importing_the_package_imports_nothing_heavy():
    """Neither requests nor ipywidgets nor IPython, until they are needed."""
    heavy = "{'requests', 'ipywidgets', 'IPython', 'urllib3', 'markdown_it', 'pygments', 'nh3'}"
    assert run(f"import sys, runware_magic; print(sorted({heavy} & set(sys.modules)))") == "[]"


def test_public_names_are_there():
    """And no others are promised; `map` is not among those that a star brings, which would hide Python's."""
    assert run("import runware_magic as r; print(*(getattr(r, name).__name__ for name in r.__all__))") == (
        "Chat Comparison RunwareError Turn load_ipython_extension unload_ipython_extension"
    )
    assert run("import runware_magic as r; print(r.map.__module__, 'map' in dir(r))") == "runware_magic.mapping True"
    with pytest.raises(AttributeError):
        _ = runware_magic.nothing
    assert set(runware_magic.__all__) <= set(dir(runware_magic))


def test_loading_the_extension_starts_no_server_and_asks_nobody():
    """No network, no banner, no thread."""
    code = (
        "import socket, threading\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "def no(*a, **k): raise SystemExit('a socket was made')\n"
        "shell = InteractiveShell.instance(); before = threading.active_count()\n"
        "socket.socket.connect = socket.socket.listen = no\n"
        "shell.run_line_magic('load_ext', 'runware_magic')\n"
        "print(threading.active_count() - before)"
    )
    assert run(code) == "0"
