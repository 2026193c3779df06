"""Parses the line of a ``%%runware`` cell."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from typing import Any, NoReturn

from runware_magic.chat.checks import Check
from runware_magic.chat.request import CHOICES, LIMIT, OLD_LIMIT
from runware_magic.chat.structured import RESPONSE_FORMAT
from runware_magic.chat.text import one_line
from runware_magic.errors import OptionError
from runware_magic.prompt.marks import refuse_marks, with_hyphens
from runware_magic.prompt.option_table import OPTIONS, Option
from runware_magic.prompt.parameters import texts
from runware_magic.prompt.template import Evaluate, expand
from runware_magic.prompt.words import WORD, split

#: The first characters of a Python literal, and the hint if the line has consumed its quotes.
OPENING = frozenset("{[(")
IN_QUOTES = "Quote the whole value, as in --over \"{'a': 1}\": the inner quotes were removed."
_FLAG = re.compile(r"--$|--?[A-Za-z]")  # "-5" begins a prompt


@dataclass(frozen=True, slots=True)
class CellOptions:
    """The options of a ``%%runware`` line, as the option table describes them. None means not given."""

    model: str | None = None
    system: str | None = None
    chat: str | None = None
    file: str | None = None  # path of a prompt
    messages: str | None = None  # an expression whose value is a list of messages
    output: str | None = None
    once: bool = False
    stream: bool = True
    raw: bool = False
    budget: float | None = None  # US dollars
    background: bool = False
    nowait: bool = False
    dry_run: bool = False
    keep: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    compare: tuple[str, ...] = ()
    sweeps: tuple[tuple[str, tuple[Any, ...]], ...] = field(default=(), hash=False)
    repeat: int = 1
    over: str | None = None  # an expression whose value is the rows
    tools: str | None = None  # expressions with commas
    allow: tuple[str, ...] = ()  # names of tools
    schema: str | None = None  # an expression, or fields in the concise form
    is_schema_of_file: bool = field(default=False, compare=False)  # then it is not an expression
    repair: int = 0
    expect: tuple[Check, ...] = ()
    expect_rate: float | None = None  # from 0 to 1
    max_parallel: int | None = None
    yes: bool = False
    items: tuple[str, ...] = ()  # what --with names
    written: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)  # the texts, by option

    @property
    def is_grid(self) -> bool:
        """Whether more than one answer may be asked for."""
        return bool(self.compare or self.sweeps or self.repeat > 1 or self.over)


class _Parser(argparse.ArgumentParser):
    """Raises an `OptionError` where argparse would print and exit."""

    def error(self, message: str) -> NoReturn:
        raise OptionError(message[0].upper() + message[1:] + ".", "%%runware? lists the options.")


@cache
def _parser() -> _Parser:
    # With a usage of its own: otherwise argparse formats one for each line.
    parser = _Parser(usage="%%runware", add_help=False, allow_abbrev=False)
    parser.add_argument("words", nargs="*")
    for option in OPTIONS:
        action = "append" if option.repeatable else "store" if option.metavar else "store_true"
        parser.add_argument(*option.flags, dest=option.name, action=action)
    return parser


def parse_line(line: str, evaluate: Evaluate | None = None) -> CellOptions:
    """Parse the line of a ``%%runware`` cell, quoted as in a shell, or raise `OptionError`.

    `evaluate` returns the values of expressions between ``{{ }}``; None leaves the braces alone.
    """
    return _options(_filled(split(line), evaluate), words=("model",))


def _filled(tokens: list[str], evaluate: Evaluate | None) -> list[str]:
    if evaluate is None:
        return tokens
    flags = [token.partition("=")[0] for token in tokens]
    # Checks may depend on the row: with rows, they are filled in later.
    return [
        token if "--over" in flags and "--expect" in (before, flag) else expand(token, evaluate)
        for before, flag, token in zip(["", *tokens], flags, tokens, strict=False)
    ]


def parse_ask(line: str, evaluate: Evaluate | None = None) -> tuple[CellOptions, str]:
    """Parse the text after ``%runware ask``: options first, then the prompt as typed. Raises as `parse_line` does."""
    flags = {flag: option for option in OPTIONS for flag in option.flags}
    tokens: list[str] = []
    at = 0
    while (match := WORD.search(line, at)) and _FLAG.match(match.group()):
        if match.group() == "--":
            at = match.end()
            break
        # Only options are split as in a shell: the quote in "What's this?" is an apostrophe.
        end = match.end()
        option = flags.get(match.group())
        if (option is None or option.metavar) and "=" not in match.group():
            value = WORD.search(line, end)
            end = value.end() if value and not (option and option.alone and not is_count(value[0])) else end
        tokens += split(line[at:end])
        at = end
    if match and with_hyphens(match[0]) != match[0] and with_hyphens(match[0]).partition("=")[0] in flags:
        refuse_marks(match[0])  # only for options: a prompt may begin with a long dash
    return _options(_filled(tokens, evaluate)), line[at:].strip()


def _where_it_belongs(tokens: list[str], given: Mapping[str, Any]) -> str:
    if str(given["over"] or "")[:1] in OPENING:
        return IN_QUOTES
    if given["system"] and not re.search(r"\s", given["system"]):
        return f"Quote a text with spaces: -s '{given['system']} …'"
    return f"Write the prompt below the %%runware line, or on one line: %runware ask {one_line(' '.join(tokens))}"


def _options(tokens: list[str], words: tuple[str, ...] = ()) -> CellOptions:
    # Intermixed: otherwise argparse silently drops a word after an option.
    found, unknown = _parser().parse_known_intermixed_args(list(_with_values(tokens)))
    if unknown:
        flag, flags = unknown[0].partition("=")[0], [flag for option in OPTIONS for flag in option.flags]
        msg = f"{flag} is not an option of %%runware."
        raise OptionError(msg, nearest(flag, flags) or "%%runware? lists them.")
    if len(found.words) > len(words):
        msg = f"Unexpected {found.words[len(words)]!r} on the line."
        raise OptionError(msg, _where_it_belongs(tokens, vars(found)))
    given = vars(found)
    if found.words:
        if given["model"]:
            msg = f"Two models: {found.words[0]} and {given['model']}."
            raise OptionError(msg, "Name only one.")
        given["model"] = found.words[0]
    return _checked(given)


def is_count(word: str) -> bool:
    """Whether a word is the value of an option that may stand alone: a whole number, and no model or prompt."""
    return re.fullmatch(r"[+-]?\d+", word) is not None


def _with_values(tokens: Sequence[str]) -> Iterator[str]:
    """Yield the words of a line, in which options that may stand alone have their value."""
    values = {flag: option.alone for option in OPTIONS if option.alone for flag in option.flags}
    words = iter(enumerate(tokens, 1))
    for at, token in words:
        if token not in values:
            yield token
        elif at < len(tokens) and is_count(tokens[at]):
            yield f"{token}={next(words)[1]}"
        else:
            yield f"{token}={values[token]}"


def _checked(given: Mapping[str, Any]) -> CellOptions:
    options = options_of(given)
    if options.file is None:  # else the file may set what is missing
        refuse_contradictions(options)
    return options


def options_of(given: Mapping[str, Any]) -> CellOptions:
    """Return the options that texts set, by the names of the options; raise `OptionError` for an invalid text.

    A text is a list of texts for options that may be repeated, and true or false for switches.
    """
    values: dict[str, Any] = {}
    parameters: dict[str, Any] = {}
    for option in OPTIONS:
        text = given.get(option.name)
        if not option.metavar or text is None:
            continue
        read = _read_of_rows if option.name == "expect" and given.get("over") else _read
        value: Any = [read(option, entry) for entry in text] if option.repeatable else read(option, text)
        if option.name == "param":
            parameters |= {name: _in_range(name, field) for name, field in value}
        elif option.parameter:
            parameters[option.parameter] = value
        else:
            values[option.name] = tuple(value) if option.repeatable else value
    values["allow"] = tuple(chain.from_iterable(values.get("allow", ())))
    values["compare"] = tuple(chain.from_iterable(values.get("compare", ())))
    values["sweeps"] = values.pop("sweep", ())
    values["items"] = tuple(chain.from_iterable(values.pop("with", ())))
    switches: dict[str, Any] = {option.name: bool(given.get(option.name)) for option in OPTIONS if not option.metavar}
    stream = not switches.pop("no_stream")
    return CellOptions(**values, stream=stream, **switches, parameters=parameters, written=given)


def refuse_contradictions(options: CellOptions) -> None:
    """Raise `OptionError` if options exclude each other."""
    for is_wrong, message, hint in _contradictions(options):
        if is_wrong:
            raise OptionError(message, hint)


def _contradictions(options: CellOptions) -> Iterator[tuple[bool, str, str]]:
    """Yield options that exclude each other: whether both are given, the message, and the hint."""
    together = "cannot be used together."
    is_both = options.once and options.chat is not None
    yield is_both, f"--once and --chat {together}", "A request with --once belongs to no chat."
    is_both = options.model is not None and bool(options.compare)
    yield is_both, f"The model {options.model} and --compare {together}", "Name all models in --compare."
    is_both = options.raw and options.over is not None
    yield is_both, f"--raw and --over {together}", "With --raw, {{ row }} is not replaced."
    hint = "Leave it out: the answers of a comparison already stream at the same time."
    yield options.background and options.is_grid, "--background works for one answer only.", hint
    choices = options.parameters.get(CHOICES)
    is_several = type(choices) is int and choices > 1
    hint = "Leave it out: --repeat asks several times, with a cost for each answer."
    yield is_several and options.is_grid, f"-p {CHOICES}={choices} works for one answer only.", hint
    is_alone = options.expect_rate is not None and not options.expect
    yield is_alone, "--expect-rate needs --expect.", "Add a check, such as --expect contains:Paris."
    is_alone = bool(options.allow) and options.tools is None
    yield is_alone, "--allow needs --tools.", "Name the functions, such as --tools weather --allow weather."
    is_both = options.tools is not None and "tools" in options.parameters
    yield is_both, f"--tools and -p tools {together}", "Name the functions in --tools only."
    is_alone = options.repair > 0 and options.schema is None
    yield is_alone, "--repair needs --schema.", "Add one, such as --schema 'name, age int'."
    is_both = options.schema is not None and RESPONSE_FORMAT in options.parameters
    yield is_both, f"--schema and -p {RESPONSE_FORMAT} {together}", "Give the schema in --schema only."
    swept = [name for name, _ in options.sweeps]
    yield CHOICES in swept, f"--sweep {CHOICES} would ask for choices within a comparison.", hint
    # Both names of the token limit mean the same.
    said = {LIMIT if name == OLD_LIMIT else name for name in options.parameters}
    for name in swept:
        yield swept.count(name) > 1, f"--sweep {name} is given twice.", "Give all values in one option, with commas."
        yield name in said, f"{name} is set twice: by its option and by --sweep.", "Give all values in --sweep."


def _in_range(name: str, value: object) -> object:
    """Return a field of ``-p`` as written, after checking its range if an option sets the same field."""
    option = next((option for option in OPTIONS if option.parameter == name), None)
    if option is not None and value is not None:
        _ = texts(name, value) if option.repeatable else _read(option, str(value))
    return value


def _read_of_rows(option: Option, text: str) -> object:
    # It can only be parsed when the values of a row are filled in.
    return Check(text, "") if "{{" in text else _read(option, text)


def _read(option: Option, text: object) -> object:
    try:
        # argparse turns a lone "--" into an empty list.
        return option.read(text if isinstance(text, str) else "--")
    except ValueError as error:
        msg = f"{option.flags[-1]} must be {error}, not {text!r}."
        if option.name == "over" and str(text)[:1] in OPENING:
            raise OptionError(msg, IN_QUOTES) from None
        raise OptionError(msg, "%%runware? lists the options.") from None


def nearest(word: str, words: Iterable[str]) -> str:
    """Return a question that names the most similar word; empty when none is similar."""
    near = difflib.get_close_matches(word, list(words), n=1, cutoff=0.6)
    return f"Did you mean {near[0]}?" if near else ""
