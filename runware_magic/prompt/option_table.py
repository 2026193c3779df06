"""The table of ``%%runware`` options: flags, values, and the fields that they set."""

from __future__ import annotations

import ast
import json
import keyword
import math
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from runware_magic.chat.checks import CHECKS, is_expression, no_constant, read_check
from runware_magic.chat.request import LIMIT, LOGPROBS, MODEL
from runware_magic.prompt.values.items import read_items

#: Fields of the request that the package fills in.
RESERVED = frozenset({"model", "messages", "stream", "stream_options"})

# Names of labels that are no parameters.
_LABELS = frozenset({"row", "run"})
_OPENING = ("{", "[", '"')  # JSON that starts so may contain commas


@dataclass(frozen=True)
class Option:
    """A row of the table of options."""

    written: str  # the flags, the short one first, and a name for the value; a switch has none
    help: str
    parameter: str | None = None  # the field of the request that it sets
    read: Callable[[str], object] = str  # parses the value, or raises ValueError with what is expected
    repeatable: bool = False  # whether all of several values are used
    alone: str = ""  # the value if none follows; then a value behind a blank is a whole number. Empty if one must

    @cached_property
    def flags(self) -> tuple[str, ...]:
        """The flags, the short one first."""
        return tuple(word.rstrip(",") for word in self.written.split() if word.startswith("-"))

    @cached_property
    def metavar(self) -> str:
        """The name for the value; empty for a switch."""
        return self.written.rpartition(self.flags[-1])[2].strip()

    @cached_property
    def name(self) -> str:
        """The long flag without its dashes, as an attribute name."""
        return self.flags[-1].lstrip("-").replace("-", "_")


def _number(
    kind: Callable[[str], float], low: float = -math.inf, high: float = math.inf, expected: str = ""
) -> Callable[[str], float]:
    if not expected:
        expected = "a number" if kind is float else "a whole number"
        expected += f" from {low:g}" if low > -math.inf else ""
        expected += f" to {high:g}" if high < math.inf else ""

    def read(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise ValueError(expected)
        return value

    return read


def _text(is_right: Callable[[str], object], expected: str, parse: Callable[[str], str] = str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not is_right(text):
            raise ValueError(expected)
        return parse(text)

    return read


_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}


def _unescaped(text: str) -> str:
    return re.sub(r"\\([nrt\\])", lambda match: _ESCAPES[match[1]], text)


_word = _text(str.strip, "a non-empty text")
_stop_text = _text(bool, "a non-empty text", _unescaped)
_tools = _text(str.strip, "names of functions with commas, such as weather,convert", str.strip)
_schema_text = _text(str.strip, "a class, a JSON schema, or fields such as 'name, age int'", str.strip)
_identifier = _text(lambda text: text.isidentifier() and not keyword.iskeyword(text), "the name of a variable")
_expression = _text(
    is_expression, "the name of a list, dict or DataFrame, or an expression that returns one", str.strip
)


def _field(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    expected = "KEY=JSON, such as -p top_k=40 or -p 'user=\"me\"'"
    if not name or not equals:
        raise ValueError(expected)
    if name in RESERVED:
        msg = f"a field other than {name}, which this package fills in"
        raise ValueError(msg)
    try:
        return name, json.loads(value, parse_constant=no_constant)
    except ValueError:
        return name, _python_value(value, expected)


def _python_value(text: str, expected: str) -> object:
    """Parse the text that ``{{ }}`` inserts for a Python value, if JSON can hold the value."""
    try:
        return json.loads(json.dumps(ast.literal_eval(text.strip()), allow_nan=False))
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        raise ValueError(expected) from None


_alternatives = _number(int, 0, 20, "a whole number from 0 to 20: how many alternatives of each token to show")


def _probabilities(text: str) -> float | bool:
    # Endpoints and Python callers know true and false.
    return text.lower() == "true" if text.lower() in {"true", "false"} else _alternatives(text)


def _models(text: str) -> tuple[str, ...]:
    models = tuple(model.strip() for model in text.split(","))
    if not all(models):
        msg = "model names with commas and no spaces, such as a:b@1,c:d@2"
        raise ValueError(msg)
    return models


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if not all(names):
        msg = "names of tools with commas, such as weather,convert"
        raise ValueError(msg)
    return names


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
    """Split at the commas outside JSON."""
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
        msg = f"{option.name}=V1,V2,… with each value {error}"
        raise ValueError(msg) from None
    return [read] if option.repeatable else read


def _json_or_text(piece: str) -> object:
    if _is_open(piece):
        # Probably JSON whose double quotes were removed as those of the line.
        msg = """JSON in single quotes, such as 'logit_bias={"50256": -100},null'"""
        raise ValueError(msg)
    value = _json_or_none(piece)
    return piece if value is None and piece != "null" else value


def _json_or_none(text: str) -> object:
    try:
        return json.loads(text, parse_constant=no_constant)
    except (ValueError, RecursionError):
        return None


OPTIONS = (
    Option("-m, --model MODEL", "AIR id or slug of the model; -m may be left out", read=_word),
    Option("-s, --system TEXT", "system message of this chat from now on", read=_word),
    Option("-c, --chat NAME", "chat that the cell belongs to; main by default", read=_word),
    Option("--once", "send without history; do not add to the chat"),
    Option("-t, --temperature NUMBER", "randomness, from 0 (low) to 2 (high)", "temperature", _number(float, 0, 2)),
    Option(
        "--top-p NUMBER",
        "sample only from the most likely tokens with this total probability, from 0 to 1",
        "top_p",
        _number(float, 0, 1),
    ),
    Option(
        "--max-tokens NUMBER", "maximum length of the answer in tokens, including reasoning", LIMIT, _number(int, 1)
    ),
    Option(
        "--stop TEXT", "stop before this text; \\n is a line break (repeatable)", "stop", _stop_text, repeatable=True
    ),
    Option("--seed NUMBER", "seed for repeatable answers, if the model supports it", "seed", _number(int)),
    Option("--effort LEVEL", "how much the model reasons: low, medium, high …", "reasoning_effort", _word),
    Option(
        "--logprobs [K]",
        "show how probable each token was, with K alternatives: 0 to 20, 5 if left out",
        LOGPROBS,
        _probabilities,
        alone="5",
    ),
    Option(
        "-p, --param KEY=JSON", "any other request field, such as top_k=40 (repeatable)", read=_field, repeatable=True
    ),
    Option("-f, --file PATH", "take the prompt from this file; {{ body }} in it is the text of the cell", read=_word),
    Option(
        "--messages NAME",
        "send these messages, a list in OpenAI's form, before the text of the cell",
        read=_text(is_expression, "the name of a list of messages", str.strip),
    ),
    Option(
        "-o, --output NAME", "store the Turn, or the Comparison of several answers, in this variable", read=_identifier
    ),
    Option(
        "--budget USD",
        "maximum cost of this answer, in US dollars",
        read=_number(float, 0, sys.float_info.max, "an amount in US dollars from 0, such as 0.05"),
    ),
    Option(
        "--with ITEM,…",
        "attach variables, Out[5], cells:3 (last cells), error (the last one), files (repeatable)",
        read=read_items,
        repeatable=True,
    ),
    Option("--no-stream", "wait for one complete reply instead of streaming"),
    Option("--raw", "send the text unchanged: no roles, no {{ }}"),
    Option("--background", "return at once; the answer streams into this cell's output while other cells run"),
    Option("--nowait", "fail at once if this chat is still answering"),
    Option("--dry-run", "show the exact request, with estimated tokens and cost; send nothing"),
    Option("--keep", "reuse this cell's answer if nothing has changed"),
    Option("--compare A,B,…", "ask all these models at the same time (repeatable)", read=_models, repeatable=True),
    Option(
        "--sweep KEY=V1,V2,…",
        "ask once for each value, such as temperature=0,0.7 (repeatable)",
        read=_sweep,
        repeatable=True,
    ),
    Option("-n, --repeat NUMBER", "number of times to ask", read=_number(int, 1, 100_000)),
    Option(
        "--over NAME",
        "ask once for each row of a list, dict or DataFrame; use {{ row.name }} in the prompt",
        read=_expression,
    ),
    Option(
        "--expect CHECK",
        "check the answer; the cell fails if it does not pass (repeatable); see below",
        read=read_check,
        repeatable=True,
    ),
    Option("--tools F,G", "functions of the notebook that the model may call; you are asked each time", read=_tools),
    Option("--allow F,G", "tools whose calls run without a question (repeatable)", read=_names, repeatable=True),
    Option(
        "--schema SCHEMA",
        "answer with data: a class, a JSON schema, or fields such as 'name, age int'",
        read=_schema_text,
    ),
    Option(
        "--repair NUMBER",
        "number of times to ask again if the data does not match the schema",
        read=_number(int, 0, 10),
    ),
    Option(
        "--expect-rate SHARE",
        "share of the answers that must pass, from 0 to 1; default: all",
        read=_number(float, 0, 1),
    ),
    Option("--max-parallel NUMBER", "maximum number of answers that stream at the same time", read=_number(int, 1)),
    Option("--yes", "skip the confirmation"),
)


def named(name: str) -> Option | None:
    """Return the option with this attribute name or field name, or None."""
    return next((option for option in OPTIONS if name in {option.name, option.parameter}), None)


def help_text() -> str:
    """Return the help of ``%%runware?``."""
    rows = [(option.written, option.help) for option in OPTIONS]
    return f"{_columns(rows)}\n\nChecks:\n\n{_columns(CHECKS)}"


def _columns(rows: Sequence[tuple[str, str]]) -> str:
    width = max(len(left) for left, _ in rows)
    return "\n".join(f"  {left:<{width}}  {right}" for left, right in rows)


CELL_HELP = f"""Ask a language model: the text of the cell is the prompt; the answer streams below it.

    %%runware [MODEL] [options]
    Explain recursion in two sentences.

Options:

{help_text()}

MODEL is an AIR id such as {MODEL}, or a slug; %runware models lists them. Quote texts with spaces.

The text of the cell:

  - A line that is exactly system:, user: or assistant: starts a message with that role.
  - {{{{ expression }}}} is replaced by its value in the notebook. A format may follow, as in {{{{ price:.2f }}}}.
    Single braces stay as they are; \\{{{{ stands for two literal braces.

A prompt in a file (-f prompts/review.md, beside the notebook or in a folder below):

  - It is written as a cell. {{{{ body }}}} is the text of the cell, which else is added at the end.
  - Other {{{{ }}}} only name values of the notebook: {{{{ row.name }}}}, {{{{ df['x'] }}}}. Nothing is called.
  - Between two lines +++ at its top, it may set options, in TOML: temperature = 0.3. Those of the cell go first.

Each cell is a turn of the conversation: it sees the turns before it. Run it again for a new answer.
Without a key, a built-in demo endpoint answers; set RUNWARE_API_KEY or run %runware login to ask real models.
"""
