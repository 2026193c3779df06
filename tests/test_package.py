"""The house: imports run one way, and importing costs nothing."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import runware_magic

ROOT = Path(runware_magic.__file__).parent
#: The repository, which an installed package is not in.
REPOSITORY = Path(__file__).parents[1]
#: What each wing may import, beside itself and what the wings it names may import.
MAY = {
    "errors": (),
    "chat": ("errors",),
    "prompt": ("chat",),
    "protocol": ("chat",),
    "transport": ("protocol",),
    "recording": ("transport",),
    "demo": ("transport",),
    "notebook": ("prompt", "transport"),
    "engine": ("prompt", "recording", "demo", "notebook"),
    "display": ("engine", "protocol"),
    "client": ("engine", "display"),
    "batch": ("engine", "display"),
    "comparison": ("engine", "display"),
    "ipython": ("client", "batch", "comparison"),
}


def imported(path):
    """Yield the parts of the package that a module imports, and everything else by its first name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            within = node.module == "runware_magic"
            names = [f"{node.module}.{alias.name}" if within else node.module for alias in node.names]
        for name in names:
            yield name.split(".")


def reach(wing):
    """Return a wing and all that it may import."""
    return {wing}.union(*(reach(other) for other in MAY[wing]))


@pytest.mark.parametrize("wing", MAY)
def test_imports_run_one_way(wing):
    """A wing imports itself and what is beneath it."""
    paths = [ROOT / f"{wing}.py"] if (ROOT / f"{wing}.py").exists() else list((ROOT / wing).rglob("*.py"))
    assert paths
    reached = reach(wing)
    for path in paths:
        ours = {parts[1] for parts in imported(path) if parts[0] == "runware_magic" and len(parts) > 1}
        assert ours <= reached, path


def test_values_import_the_standard_library_only():
    """No IPython, no requests, no clock, no environment."""
    forbidden = {"os", "time", "random", "socket", "urllib", "threading"}
    for path in (ROOT / "chat").rglob("*.py"):
        names = {parts[0] for parts in imported(path)} - {"runware_magic", "__future__"}
        # Only type checkers import the one, and only a function that returns a table the other.
        assert names <= {*sys.stdlib_module_names, "typing_extensions", "pandas"} - forbidden, path


def test_every_module_belongs_to_a_wing():
    """A new one has to be given its place."""
    parts = {path.relative_to(ROOT).parts[0].removesuffix(".py") for path in ROOT.rglob("*.py")}
    assert parts - {"__init__", "__main__"} == set(MAY)


def run(code):
    """Run code in a Python of its own; give what it prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_importing_the_package_imports_nothing_heavy():
    """Neither requests nor ipywidgets nor IPython, until they are needed."""
    heavy = {"pydantic", "jsonschema", "requests", "ipywidgets", "IPython", "urllib3", "markdown_it", "pygments", "nh3"}
    assert run(f"import sys, runware_magic; print(sorted({heavy} & set(sys.modules)))") == "[]"


def test_loading_the_extension_loads_little_of_it():
    """What a cell or a command needs is loaded when the first one runs."""
    code = (
        "import sys\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "InteractiveShell.instance().run_line_magic('load_ext', 'runware_magic')\n"
        "ours = {name.split('.')[1] for name in sys.modules if name.startswith('runware_magic.')}\n"
        "print(*sorted(ours), *sorted({'pydantic', 'requests', 'ipywidgets', 'markdown_it', 'nh3'} & set(sys.modules)))"
    )
    assert run(code) == "chat display errors ipython prompt"


def test_loading_the_extension_loads_no_turns_and_templates():
    """The first cell loads them, or the first Tab."""
    code = (
        "import sys\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "InteractiveShell.instance().run_line_magic('load_ext', 'runware_magic')\n"
        "later = ('chat.turn', 'chat.messages', 'prompt.template', 'prompt.values.insert', 'ipython.completion')\n"
        "print(*(name for name in later if f'runware_magic.{name}' in sys.modules))"
    )
    assert run(code) == ""


def test_a_notebook_loads_nothing_of_terminals():
    """What shows Markdown in one is loaded when a terminal shows its first answer."""
    code = (
        "import sys\n"
        "from runware_magic.display.views import choose, live, live_grid, updates\n"
        "print(*(name for name in sys.modules if name.startswith('runware_magic.') and 'terminal' in name))"
    )
    assert run(code) == ""


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


#: What contributors read, and the map that they search.
PAGES = {
    name: (REPOSITORY / name).read_text(encoding="utf-8") for name in ("CONTRIBUTING.md", ".github/WHERE_TO_CHANGE.md")
}


@pytest.mark.parametrize("name", PAGES)
def test_what_contributors_look_for_is_there(name):
    """Whoever wants to change something finds the file, and the link between the two pages leads there."""
    named = set(re.findall(r"`((?:runware_magic|tests|\.ci|\.github|labextension)/[\w./-]+)`", PAGES[name]))
    assert len(named) > 20
    assert [path for path in sorted(named) if not (REPOSITORY / path).exists()] == []
    links = re.findall(r"\]\(([^)#]+)\)", PAGES[name])
    assert [link for link in links if not (REPOSITORY / name).parent.joinpath(link).exists()] == []


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_told_twice(name):
    """A row for each thing to change."""
    rows = re.findall(r"^\| ([^|]+) \| `?", PAGES[name], re.MULTILINE)
    rows = [row for row in rows if row not in {"to change", "to test", "what", "wing", "---"}]
    assert sorted(rows) == sorted(set(rows))


def test_contributing_is_read_in_one_sitting():
    """Two pages: what is only looked up is in the other file."""
    assert len(PAGES["CONTRIBUTING.md"]) < 9_500


def test_the_wings_are_those_that_contributing_tells():
    """With what each may import."""
    rows = re.findall(r"^\| (`[^|]+) \| [^|]+ \| ([^|]+) \|$", PAGES["CONTRIBUTING.md"], re.MULTILINE)
    told = {name: may for names, may in rows for name in re.findall(r"`(\w+)(?:\.py|/)`", names)}
    assert set(told) == set(MAY)
    everything = {"all": "client, batch, comparison", "\u2013": ""}
    assert {wing: set(filter(None, everything.get(may, may).split(", "))) for wing, may in told.items()} == {
        wing: set(others) for wing, others in MAY.items()
    }


def test_few_files_stand_beside_the_wings():
    """What Python users call, and nothing else."""
    names = {path.stem for path in ROOT.glob("*.py")}
    assert names == {"__init__", "__main__", "errors", "client", "batch", "comparison"}
