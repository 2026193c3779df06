"""The options of ``%%runware``, as a table: what they are called, what they take, what they set."""

from __future__ import annotations

import ast
import json
import keyword
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from runware_magic.chat.expect import CHECKS, read_check
from runware_magic.chat.request import LIMIT

#: Fields of the request that are not parameters: the package fills them in.
RESERVED = frozenset({"model", "messages", "stream", "stream_options"})

# What else a label of an answer may be called.
_LABELS = frozenset({"row", "run"})
_OPENING = ("{", "[", '"')  # what JSON begins with that commas may stand in


@dataclass(frozen=True, slots=True)
class Option:
    """A row of the table of options.

    Attributes
    ----------
    flags
        As written on the line, the short one first.
    help
        One line.
    metavar
        What its value is called; empty for a switch.
    parameter
        The field of the request that it sets, if it is one.
    read
        From the text to the value; raises ValueError with what is expected.
    repeatable
        Whether it may be given several times, all of them counting.
    """

    flags: tuple[str, ...]
    help: str
    metavar: str = ""
    parameter: str | None = None
    read: Callable[[str], object] = str
    repeatable: bool = False

    @property
    def name(self) -> str:
        """The long flag without its dashes, as an attribute name."""
        return self.flags[-1].lstrip("-").replace("-", "_")


def _number(low: float, high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            msg = f"a number from {low:g} to {high:g}"
            raise ValueError(msg)
        return value

    return read


def _dollars(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 <= value < float("inf"):
        msg = "US dollars from 0, such as 0.05"
        raise ValueError(msg)
    return value


def _integer(low: int | None = None, high: int | None = None) -> Callable[[str], int]:
    def read(text: str) -> int:
        expected = "a whole number" if low is None else f"a whole number from {low}"
        expected += "" if high is None else f" to {high}"
        try:
            value = int(text)
        except ValueError:
            raise ValueError(expected) from None
        if (low is not None and value < low) or (high is not None and value > high):
            raise ValueError(expected)
        return value

    return read


def _word(text: str) -> str:
    if not text.strip():
        msg = "some text"
        raise ValueError(msg)
    return text


def _identifier(text: str) -> str:
    if not text.isidentifier() or keyword.iskeyword(text):
        msg = "the name of a variable"
        raise ValueError(msg)
    return text


def _field(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    expected = "KEY=JSON, such as -p top_k=40 or -p 'user=\"me\"'"
    if not name or not equals:
        raise ValueError(expected)
    if name in RESERVED:
        msg = f"a field other than {name}, which is filled in by this package"
        raise ValueError(msg)
    try:
        return name, json.loads(value, parse_constant=_no_constant)
    except ValueError:
        raise ValueError(expected) from None


def _models(text: str) -> tuple[str, ...]:
    models = tuple(model.strip() for model in text.split(","))
    if not all(models):
        msg = "models with commas between and no spaces, such as a:b@1,c:d@2"
        raise ValueError(msg)
    return models


def _expression(text: str) -> str:
    try:
        ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        msg = "the name of a list, dict or DataFrame, or an expression that gives one"
        raise ValueError(msg) from None
    return text.strip()


def _sweep(text: str) -> tuple[str, tuple[Any, ...]]:
    name, _, values = text.partition("=")
    pieces = _pieces(values)
    if not name.strip() or not all(pieces):
        msg = "KEY=V1,V2,…, such as temperature=0,0.7,1.2"
        raise ValueError(msg)
    option = named(name.strip().replace("-", "_"))
    if option is not None and option.parameter:
        return option.parameter, tuple(_in_option(option, piece) for piece in pieces)
    if option is not None or name.strip() in RESERVED | _LABELS:
        msg = "a parameter such as temperature (models go to --compare)"
        raise ValueError(msg)
    return name.strip(), tuple(_json_or_text(piece) for piece in pieces)


def _pieces(text: str) -> list[str]:
    """Split at the commas that are not within JSON."""
    pieces: list[str] = []
    for part in text.split(","):
        if pieces and _is_open(pieces[-1]):
            pieces[-1] += f",{part}"
        else:
            pieces.append(part)
    return [piece.strip() for piece in pieces]


def _is_open(piece: str) -> bool:
    return piece.lstrip().startswith(_OPENING) and _json_or_none(piece) is None


def _in_option(option: Option, piece: str) -> object:
    value = _json_or_none(piece)
    try:
        read = option.read(value if isinstance(value, str) else piece)
    except ValueError as error:
        msg = f"for {option.name} {error}"
        raise ValueError(msg) from None
    return [read] if option.repeatable else read


def _json_or_text(piece: str) -> object:
    if _is_open(piece):
        # It was meant to be JSON: most likely its double quotes were taken for the line's.
        msg = """JSON in single quotes, such as 'logit_bias={"50256": -100},null'"""
        raise ValueError(msg)
    value = _json_or_none(piece)
    return piece if value is None and piece != "null" else value


def _json_or_none(text: str) -> object:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None


def _no_constant(name: str) -> NoReturn:
    # NaN and Infinity are read by Python's parser and are no JSON.
    raise ValueError(name)


OPTIONS = (
    Option(("-m", "--model"), "AIR id or slug of the model to ask; -m may be left out", "MODEL", read=_word),
    Option(("-s", "--system"), "system message of this chat from here on", "TEXT", read=_word),
    Option(("-c", "--chat"), "which conversation to go on with; main at first", "NAME", read=_word),
    Option(("--once",), "send without history, and remember nothing"),
    Option(("-t", "--temperature"), "from 0 (sober) to 2 (wild)", "NUMBER", "temperature", _number(0, 2)),
    Option(
        ("--top-p",), "sample from the likeliest share of tokens only, from 0 to 1", "NUMBER", "top_p", _number(0, 1)
    ),
    Option(("--max-tokens",), "the longest answer in tokens, reasoning included", "NUMBER", LIMIT, _integer(1)),
    Option(("--stop",), "stop before this text (repeatable)", "TEXT", "stop", _word, repeatable=True),
    Option(("--seed",), "ask for the same answer again, where the model can", "NUMBER", "seed", _integer()),
    Option(("--effort",), "how much to reason: low, medium, high …", "LEVEL", "reasoning_effort", _word),
    Option(
        ("-p", "--param"),
        "any other field of the request, as in top_k=40 (repeatable)",
        "KEY=JSON",
        None,
        _field,
        repeatable=True,
    ),
    Option(
        ("-o", "--output"), "bind the Turn, or the Comparison of several, to this variable", "NAME", read=_identifier
    ),
    Option(("--budget",), "what this answer may cost, in US dollars", "USD", read=_dollars),
    Option(("--no-stream",), "wait for one whole reply in place of a stream"),
    Option(("--raw",), "send the body as it stands: no roles, no {{ }}"),
    Option(("--background",), "return at once; the answer goes on into this cell's output while other cells run"),
    Option(("--nowait",), "refuse, rather than wait, while an earlier answer of this chat is under way"),
    Option(("--dry-run",), "show exactly what would be sent, with an estimate of tokens and cost; send nothing"),
    Option(("--keep",), "if this very request was answered in this cell before, show that answer; send nothing"),
    Option(("--compare",), "ask all these models at once (repeatable)", "A,B,…", read=_models, repeatable=True),
    Option(
        ("--sweep",),
        "ask with each of these values, as in temperature=0,0.7 (repeatable)",
        "KEY=V1,V2,…",
        read=_sweep,
        repeatable=True,
    ),
    Option(("-n", "--repeat"), "ask this many times", "NUMBER", read=_integer(1, 100_000)),
    Option(
        ("--over",),
        "ask for each row of a list, dict or DataFrame: {{ row.name }} in the prompt",
        "NAME",
        read=_expression,
    ),
    Option(
        ("--expect",),
        "check the answer, and fail the cell where it does not pass (repeatable); see below",
        "CHECK",
        read=read_check,
        repeatable=True,
    ),
    Option(
        ("--expect-rate",),
        "what share of several answers has to pass, from 0 to 1; if not said, all",
        "SHARE",
        read=_number(0, 1),
    ),
    Option(("--max-parallel",), "how many answers may stream at once", "NUMBER", read=_integer(1)),
    Option(("--yes",), "ask, however many requests it takes and whatever they may cost"),
)


def named(name: str) -> Option | None:
    """Give the option of a name, as an attribute or as a field of the request; None where there is none."""
    return next((option for option in OPTIONS if name in {option.name, option.parameter}), None)


def help_text() -> str:
    """Give the help of ``%%runware?``."""
    rows = [
        (", ".join(option.flags) + (f" {option.metavar}" if option.metavar else ""), option.help) for option in OPTIONS
    ]
    return f"{_columns(rows)}\n\nChecks:\n\n{_columns(CHECKS)}"


def _columns(rows: Sequence[tuple[str, str]]) -> str:
    width = max(len(left) for left, _ in rows)
    return "\n".join(f"  {left:<{width}}  {right}" for left, right in rows)
