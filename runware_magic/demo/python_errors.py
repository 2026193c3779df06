"""Written explanations of Python's commonest errors."""

from __future__ import annotations

import re
from dataclasses import dataclass

from runware_magic.demo.request import SET_A_KEY, Ask
from runware_magic.demo.stream import Reply

# The last line of a traceback.
_ERROR = re.compile(r"^(?P<kind>[A-Z]\w{2,40}(?:Error|Exception|Iteration))(?:: (?P<said>.{1,300}))?$", re.MULTILINE)
_HINT = re.compile(r"\bhint\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Written:
    means: str  # one sentence
    hint: str  # where to look, without the solution
    code: str  # how such code is usually mended


_KNOWN = {
    "KeyError": _Written(
        "Something was looked up by a key, or a column by a name, that is not there.",
        "Compare the key in the error, letter by letter, with the keys that exist.",
        "list(data)  # the keys, or the columns of a DataFrame",
    ),
    "IndexError": _Written(
        "A position was asked for behind the end of a sequence.",
        "How many elements are there, and which number does the first one have?",
        "len(values), values[-1]  # how many there are, and the last one",
    ),
    "NameError": _Written(
        "A name is used that nothing has been assigned to yet.",
        "Look for a spelling mistake, or for a cell above that has not been run.",
        'sorted(name for name in globals() if not name.startswith("_"))  # all names that exist',
    ),
    "TypeError": _Written(
        "An operation got values of a type that it does not take.",
        "Which types do the values in the marked line have?",
        "type(value)  # then convert it, as in int(value) or str(value)",
    ),
    "ValueError": _Written(
        "A value has the right type, and a content that does not fit.",
        "What would the function accept in place of the value in the error?",
        "repr(value)  # shows blanks and signs that are easy to miss",
    ),
    "ZeroDivisionError": _Written(
        "A number is divided by zero, often since a list is empty.",
        "What is the divisor in the marked line, and when is it zero?",
        "mean = sum(values) / len(values) if values else None",
    ),
    "AttributeError": _Written(
        "An object has no attribute or method of that name.",
        "Which type does the object have, and is the name spelled as in its documentation?",
        'type(value), [name for name in dir(value) if not name.startswith("_")]',
    ),
    "FileNotFoundError": _Written(
        "A file was opened that does not exist at that place.",
        "Relative to which folder is the path?",
        "from pathlib import Path\n\nPath.cwd(), sorted(Path().iterdir())  # where Python looks, and what is there",
    ),
    "ModuleNotFoundError": _Written(
        "A package was imported that is not installed for this Python.",
        "Is the package installed, and is its name spelled as in its documentation?",
        "%pip install NAME",
    ),
}


def error(ask: Ask) -> Reply | None:
    """Explain the last error in the prompt: with code, or with a hint only if the instructions ask for hints."""
    found = next(reversed(list(_ERROR.finditer(ask.prompt))), None)
    if found is None:
        return None
    kind, written = found["kind"], _KNOWN.get(found["kind"])
    if written is None:
        return Reply(
            f"The error is a `{kind}`. I am a script, and have no explanation written for it. {SET_A_KEY}",
            "A traceback, and a kind of error that I do not know.",
        )
    said = f", and says: `{found['said'].replace('`', chr(39))}`" if found["said"] else ""
    begin = f"The error is a `{kind}`{said}.\n\n{written.means} "
    if _HINT.search(ask.system):
        return Reply(f"{begin}\n\n{written.hint}", "A hint is wanted, not the solution.", written.hint)
    return Reply(
        f"{begin}{written.hint} This may help:\n\n```python\n{written.code}\n```",
        f"A traceback ends with {kind}. Say what it means, where to look, and how it is usually mended.",
        f"{written.means} {written.hint}",
    )
