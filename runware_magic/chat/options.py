"""The line of a ``%%runware`` cell, read by the table of options."""

from __future__ import annotations

import argparse
import difflib
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from runware_magic.chat.cell import Evaluate, expand
from runware_magic.chat.expect import Check
from runware_magic.chat.option_table import OPTIONS, RESERVED, Option
from runware_magic.chat.request import LIMIT, OLD_LIMIT
from runware_magic.errors import OptionError

_FLAG = re.compile(r"--$|--?[A-Za-z]")  # "-5" is the beginning of a prompt
_OVER, _EXPECT = "--over", "--expect"
_SWITCHES = ("once", "raw", "background", "nowait", "dry_run", "keep", "yes")
_TOKEN = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|\{\{.*?\}\}|\\.|[^\s"'])+""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class CellOptions:
    """What a ``%%runware`` line says. None stands for: not said.

    Attributes
    ----------
    model, system, chat, output
        The texts given for these.
    once
        Whether to send without history and remember nothing.
    stream
        Whether the answer comes piece by piece.
    raw
        Whether the body is taken as it stands.
    budget
        US dollars that the answer may cost.
    background
        Whether to return at once, and let the answer go on.
    nowait
        Whether to refuse, rather than wait, while an earlier answer of the chat is under way.
    dry_run
        Whether to show what would be sent, and send nothing.
    keep
        Whether an answer that this very request has had is shown again.
    parameters
        Fields of the request by the endpoint's names, ranges checked.
    compare
        The models that are asked, when it is not one.
    sweeps
        Fields of the request, each with the values that it takes; ranges checked.
    repeat
        How often each request is made.
    over
        An expression: its value is the rows that are asked about.
    expect
        What is expected of each answer.
    expect_rate
        What share of the answers has to be so, from 0 to 1; not said: all.
    max_parallel
        How many answers may be under way at once.
    yes
        Whether to ask, however many requests that takes.
    """

    model: str | None = None
    system: str | None = None
    chat: str | None = None
    output: str | None = None
    once: bool = False
    stream: bool = True
    raw: bool = False
    budget: float | None = None
    background: bool = False
    nowait: bool = False
    dry_run: bool = False
    keep: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    compare: tuple[str, ...] = ()
    sweeps: tuple[tuple[str, tuple[Any, ...]], ...] = field(default=(), hash=False)
    repeat: int = 1
    over: str | None = None
    expect: tuple[Check, ...] = ()
    expect_rate: float | None = None
    max_parallel: int | None = None
    yes: bool = False

    @property
    def is_grid(self) -> bool:
        """Whether more than one answer may be asked for."""
        return bool(self.compare or self.sweeps or self.repeat > 1 or self.over)


class _Parser(argparse.ArgumentParser):
    """Raises an `OptionError` where argparse would print and exit."""

    def error(self, message: str) -> NoReturn:
        raise OptionError(message[0].upper() + message[1:] + ".", "%%runware? lists the options.")


def _parser() -> _Parser:
    parser = _Parser(prog="%%runware", add_help=False, allow_abbrev=False)
    parser.add_argument("words", nargs="*")
    for option in OPTIONS:
        if not option.metavar:
            parser.add_argument(*option.flags, action="store_true")
        else:
            parser.add_argument(*option.flags, dest=option.name, action="append" if option.repeatable else "store")
    return parser


def parse_line(line: str, evaluate: Evaluate | None = None) -> CellOptions:
    """Read the line of a ``%%runware`` cell.

    Parameters
    ----------
    line
        What stands behind ``%%runware``, quoted as in a shell.
    evaluate
        Gives the value of an expression between ``{{ }}``; None leaves the braces alone.

    Raises
    ------
    OptionError
        When an option is unknown (with the nearest that is known), lacks its value, or is out of range.
    """
    tokens = _split(line)
    later = _told_by_rows(tokens)
    filled = (expand(token, evaluate) if evaluate and at not in later else token for at, token in enumerate(tokens))
    return _options(list(filled), words=("model",))


def _told_by_rows(tokens: list[str]) -> set[int]:
    """Find what cannot be filled in before there are rows: what is expected of an answer may depend on its own."""
    if not any(token == _OVER or token.startswith(f"{_OVER}=") for token in tokens):
        return set()
    behind = {at + 1 for at, token in enumerate(tokens) if token == _EXPECT}
    return behind | {at for at, token in enumerate(tokens) if token.startswith(f"{_EXPECT}=")}


def parse_ask(line: str, evaluate: Evaluate | None = None) -> tuple[CellOptions, str]:
    """Read what stands behind ``%runware ask``: options first, then the prompt as it was typed.

    Raises
    ------
    OptionError
        As `parse_line` does.
    """
    switches = {flag for option in OPTIONS if not option.metavar for flag in option.flags}
    tokens: list[str] = []
    at = 0
    while (match := _TOKEN.search(line, at)) and _FLAG.match(match.group()):
        if match.group() == "--":
            at = match.end()
            break
        # Only the options are split as in a shell: "What's this?" has an apostrophe, not an open quote.
        end = match.end()
        if match.group() not in switches and "=" not in match.group():
            value = _TOKEN.search(line, end)
            end = value.end() if value else end
        tokens += _split(line[at:end])
        at = end
    return _options([expand(token, evaluate) if evaluate else token for token in tokens]), line[at:].strip()


def _split(line: str) -> list[str]:
    # A placeholder is one word, whatever stands in it: its spaces and quotes are Python's, not the line's.
    kept: list[str] = []

    def shield(match: re.Match[str]) -> str:
        kept.append(match.group())
        return f"\ue000{len(kept) - 1}\ue001"

    try:
        tokens = shlex.split(re.sub(r"\\?\{\{.*?\}\}+", shield, line))
    except ValueError:
        msg = "A quote on the line is not closed."
        raise OptionError(msg, "Quote texts with spaces, as in --system 'Be brief'.") from None
    return [re.sub("\ue000(\\d+)\ue001", lambda match: kept[int(match[1])], token) for token in tokens]


def _options(tokens: list[str], words: tuple[str, ...] = ()) -> CellOptions:
    # Intermixed: else a word behind an option would be dropped without a word.
    found, unknown = _parser().parse_known_intermixed_args(tokens)
    if unknown:
        raise _unknown_flag(unknown[0].partition("=")[0])
    if len(found.words) > len(words):
        msg = f"Did not expect {found.words[len(words)]!r} on the line."
        raise OptionError(msg, "The prompt goes below the %%runware line; or use %runware ask PROMPT.")
    given = vars(found)
    if found.words:
        if given["model"]:
            msg = f"Two models: {found.words[0]} and {given['model']}."
            raise OptionError(msg, "Give one of them.")
        given["model"] = found.words[0]
    return _checked(given)


def _checked(given: Mapping[str, Any]) -> CellOptions:
    values: dict[str, Any] = {}
    parameters: dict[str, Any] = {}
    for option in OPTIONS:
        text = given[option.name]
        if not option.metavar or text is None:
            continue
        value: Any = [_read(option, entry) for entry in text] if option.repeatable else _read(option, text)
        if option.name == "param":
            parameters |= {name: _in_range(name, field) for name, field in value}
        elif option.parameter:
            parameters[option.parameter] = value
        else:
            values[option.name] = value
    values |= {
        "compare": tuple(model for models in values.get("compare", ()) for model in models),
        "sweeps": tuple(values.pop("sweep", ())),
        "expect": tuple(values.get("expect", ())),
    }
    switches = {name: given[name] for name in _SWITCHES}
    options = CellOptions(**values, **switches, stream=not given["no_stream"], parameters=parameters)
    _refuse_contradictions(options)
    return options


def _refuse_contradictions(options: CellOptions) -> None:
    for wrong, message, hint in (*_contradictions(options), *_contradictions_of_sweeps(options)):
        if wrong:
            raise OptionError(message, hint)


def _contradictions(options: CellOptions) -> tuple[tuple[bool, str, str], ...]:
    """Give what excludes each other: whether it is so, what is said of it, and what to do."""
    return (
        (
            options.once and options.chat is not None,
            "--once and --chat exclude each other.",
            "A request outside every conversation has no chat.",
        ),
        (
            options.model is not None and bool(options.compare),
            f"A model, {options.model}, and --compare besides.",
            "Give all models to --compare.",
        ),
        (
            options.raw and options.over is not None,
            "--raw and --over exclude each other.",
            "In a body that is sent as it stands, {{ row }} is not replaced.",
        ),
        (
            options.background and options.is_grid,
            "--background is for one answer.",
            "Leave it out: the answers of a comparison all stream at once, while the cell runs.",
        ),
        (
            options.expect_rate is not None and not options.expect,
            "--expect-rate without --expect.",
            "Say what is expected, as in --expect contains:Paris.",
        ),
    )


def _contradictions_of_sweeps(options: CellOptions) -> Iterator[tuple[bool, str, str]]:
    swept = [name for name, _ in options.sweeps]
    # Under its old name the limit is the same limit.
    said = {LIMIT if name == OLD_LIMIT else name for name in options.parameters}
    for name in swept:
        yield swept.count(name) > 1, f"--sweep {name} is given twice.", "Give all its values at once, with commas."
        yield name in said, f"{name} is set, and swept besides.", "Give all its values to --sweep."


def _in_range(name: str, value: object) -> object:
    """Give a field of ``-p`` as it was written; where an option sets the same field, its range holds here too."""
    option = next((option for option in OPTIONS if option.parameter == name), None)
    if option is not None and value is not None:
        _ = _texts(option, value) if option.repeatable else _read(option, str(value))
    return value


def _texts(option: Option, value: object) -> list[str]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        msg = f"{option.parameter} takes a text or a list of texts, not {value!r}."
        raise OptionError(msg, "stop=['END'], for example.")
    return list(texts)


def _read(option: Option, text: object) -> object:
    try:
        # argparse makes an empty list of a lone "--".
        return option.read(text if isinstance(text, str) else "--")
    except ValueError as error:
        msg = f"{option.flags[-1]} takes {error}, not {text!r}."
        raise OptionError(msg, "%%runware? lists the options.") from None


def _unknown_flag(flag: str) -> OptionError:
    flags = [flag for option in OPTIONS for flag in option.flags]
    return OptionError(f"{flag} is not an option of %%runware.", nearest(flag, flags) or "%%runware? lists them.")


def nearest(word: str, words: Iterable[str]) -> str:
    """Give a question that names the nearest of some words; empty when none is near."""
    near = difflib.get_close_matches(word, list(words), n=1, cutoff=0.6)
    return f"Did you mean {near[0]}?" if near else ""


def chat_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Read parameters given from Python by the names of the options or of the request.

    Raises
    ------
    OptionError
        When a value is out of range, or the name is filled in by this package.
    """
    by_name = {option.name: option for option in OPTIONS if option.parameter}
    by_name |= {option.parameter: option for option in OPTIONS if option.parameter and option.parameter not in by_name}
    read: dict[str, Any] = {}
    for name, value in parameters.items():
        if name in RESERVED:
            msg = f"{name} is filled in by this package."
            raise OptionError(msg, "Give the model and the system message to Chat.")
        option = by_name.get(name)
        if option is None or value is None:
            read |= {name: value} if value is not None else {}
        elif option.repeatable:
            read[str(option.parameter)] = _texts(option, value)
        else:
            read[str(option.parameter)] = _read(option, str(value))
    return read
