"""What is public: one list, which is documented, complete, typed (see test_typed.py) and cheap to import."""

import copy
import dataclasses
import inspect
import pickle
import pydoc
import re
import subprocess
import sys
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from types import FunctionType
from typing import get_args

import pytest
import yaml
from variants import answer

import runware_magic
from runware_magic import Comparison, RunwareError, errors
from runware_magic.chat import events

REPOSITORY = Path(__file__).parents[1]
#: What is public, as the documentation of the package lists it.
LISTED = set(re.findall(r"`(\w+)`", runware_magic.__doc__))
NAMES = sorted(LISTED - {"errors", "__version__"})
KINDS = [getattr(runware_magic, name) for name in NAMES if name[0].isupper()]
EVENTS = get_args(events.Event)
#: Classes of `errors` are there to be caught, and raised by the package alone.
ERRORS = [getattr(errors, name) for name in errors.__all__]
METHODS = (FunctionType, classmethod, property, cached_property)


def run(code):
    """Run code in a Python of its own; give what it prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_documented_names_are_the_public_ones():
    """No more and no less; a star brings all but `map`, which would hide Python's."""
    assert set(runware_magic.__all__) | {"map", "errors", "__version__"} == LISTED
    assert sorted(runware_magic.__all__) == sorted(set(runware_magic.__all__))


@pytest.mark.parametrize("loaded", ["", "; r.Chat; r.map; r.errors"])
def test_dir_lists_the_public_names(loaded):
    """These and no others, whatever is loaded; each is there, and what is not there says so."""
    code = f"import runware_magic as r{loaded}; print(*(name for name in dir(r) if hasattr(r, name)))"
    names = {name for name in run(code).split() if not name.startswith("__")}
    assert names == LISTED - {"__version__"}
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = runware_magic.nothing


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_that_of_what_it_brings(name):
    """With a home of its own, where pickles and `??` find it."""
    value = getattr(runware_magic, name)
    assert value.__name__ == name
    assert getattr(sys.modules[value.__module__], name) is value


def test_the_modules_that_are_public_list_their_names():
    """All events of a stream, and the whole tree of errors."""
    assert set(events.__all__) == {"Event", *(kind.__name__ for kind in EVENTS)}
    kinds = {name for name, kind in vars(errors).items() if inspect.isclass(kind) and issubclass(kind, Exception)}
    assert set(errors.__all__) == kinds
    assert all(issubclass(kind, RunwareError) for kind in ERRORS)
    assert [name for name in kinds if name not in errors.__doc__] == []


def types_of(kind):
    """Yield the annotations of what a class holds and returns, as they are written."""
    for base in kind.__mro__:
        if base.__module__.startswith("runware_magic"):
            yield from (told for name, told in inspect.get_annotations(base).items() if not name.startswith("_"))
            for name, member in vars(base).items():
                function = getattr(member, "fget", getattr(member, "func", getattr(member, "__func__", member)))
                if inspect.isfunction(function) and not name.startswith("_"):
                    yield function.__annotations__.get("return", "")


@pytest.mark.parametrize("kind", [*KINDS, *EVENTS, *ERRORS], ids=lambda kind: kind.__name__)
def test_what_a_public_class_gives_is_public(kind):
    """So that whoever types a function can name it."""
    named = {word for told in types_of(kind) for word in re.findall(r"[A-Za-z_]\w*", told)}
    found = [vars(sys.modules[kind.__module__]).get(name) for name in named]
    parts = [part for each in found for part in (get_args(each) or [each])]
    ours = {part for part in parts if getattr(part, "__module__", "").startswith("runware_magic")}
    # Type variables have the module that makes them.
    assert {part for part in ours if inspect.isclass(part)} <= {*KINDS, *EVENTS, *ERRORS}


@pytest.mark.parametrize("kind", [*KINDS, *EVENTS, *ERRORS], ids=lambda kind: kind.__name__)
def test_a_class_is_documented(kind):
    """In numpydoc's form: a line that says what it is, and each of its fields."""
    told = inspect.getdoc(kind)
    first, _, rest = told.partition("\n")
    assert first.endswith("."), first
    assert not rest or rest.startswith("\n")
    _, _, section = told.partition("Attributes\n----------\n")
    named = {name for line in section.splitlines() if line[:1].strip() for name in re.findall(r"\w+", line)}
    fields = [field.name for field in dataclasses.fields(kind)] if dataclasses.is_dataclass(kind) else []
    assert [name for name in fields if name not in named and not name.startswith("_")] == []


@pytest.mark.parametrize("kind", [*KINDS, *EVENTS, *ERRORS], ids=lambda kind: kind.__name__)
def test_each_method_is_documented(kind):
    """By a sentence."""
    names = {name for base in kind.__mro__ if base.__module__.startswith("runware_magic") for name in vars(base)}
    members = {name: inspect.getattr_static(kind, name) for name in names if not name.startswith("_")}
    # The others are slots and defaults of fields.
    methods = {name: member for name, member in members.items() if isinstance(member, METHODS)}
    assert [name for name, each in methods.items() if not (each.__doc__ or "").split("\n")[0].endswith(".")] == []


def test_help_tells_all_of_it():
    """Whatever was loaded before."""
    text = run("import runware_magic; help(runware_magic)")
    assert [kind.__name__ for kind in KINDS if f"class {kind.__name__}(" not in text] == []
    assert pydoc.plain(pydoc.render_doc(runware_magic.map)).startswith("Python Library Documentation: function map")


def values():
    """Give a value of each kind that a program may keep."""
    turn, picture = answer(), runware_magic.ImagePart(b"", "image/png")
    token = runware_magic.TokenLogprob("Oslo", -0.1)
    yield from (turn, turn.reply, turn.timing, turn.variant, turn.usage, turn.messages[0], turn.messages[0].parts[0])
    yield from (picture, runware_magic.FilePart(b"", "application/pdf"), token, runware_magic.Logprobs((token,)))
    yield from (runware_magic.ToolCall("1", "weather"), runware_magic.ToolResult("1", "weather", shown=(picture,)))
    yield from (runware_magic.Source("https://a.org"), runware_magic.Choice(1, 2, "a"))
    yield from (runware_magic.Verdict("max_words:5", passed=True), runware_magic.Attached("df", "table"))
    yield from (runware_magic.Request("m", turn.messages), Comparison((turn,), lambda: None, lambda _: None))


def test_values_can_be_pickled_and_copied():
    """Each kind but `Chat`, which holds connections."""
    kept = list(values())
    assert {type(value) for value in kept} == set(KINDS) - {runware_magic.Chat, RunwareError}
    for value in kept:
        assert pickle.loads(pickle.dumps(value)) == copy.deepcopy(value) == value  # noqa: S301  # our own


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_errors_can_be_pickled(kind):
    """With their message and what to do: those of a worker reach the program."""
    again = pickle.loads(pickle.dumps(kind("Nothing came.", "Try again.")))  # noqa: S301  # our own
    assert (type(again), str(again)) == (kind, "Nothing came. Try again.")


def test_the_version_is_told_once():
    """The others repeat it: what is installed, the extension of JupyterLab, the citation, the newest heading."""
    told = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"))
    lab = yaml.safe_load((REPOSITORY / "labextension" / "package.json").read_text(encoding="utf-8"))
    changes = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\S+)", changes, re.MULTILINE)[1]
    others = [version("runware-magic"), told["version"], lab["version"], newest]
    assert others == [runware_magic.__version__] * 4
