"""The command code: code of an answer, in a new cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from IPython.core.interactiveshell import InteractiveShell

from runware_magic.chat.text import counted, listed, one_line
from runware_magic.chat.turn import Turn
from runware_magic.display.render.code_blocks import CodeBlock, code_blocks
from runware_magic.display.render.tables import Code, Shown, Stack, Table
from runware_magic.display.views.frontend import WIDGETS, shows, takes_cells
from runware_magic.errors import OptionError, UsageError
from runware_magic.ipython.commands.arguments import read_number, read_words
from runware_magic.ipython.commands.context import CommandContext
from runware_magic.prompt.raised import raised

_PYTHON = frozenset({"python", "py", "python3", "py3", "ipython", "ipython3"})
_ALL = "all"
_BETWEEN = "\n\n"  # blocks of one cell
_SHOWN = 40  # characters
_FROM_HINT = "Name a variable with a turn, such as one stored by -o, or answers[0] of a comparison."


@dataclass(frozen=True, slots=True)
class _Block:
    """A block with its number in the answer, and the line that its cell begins with; None if no cell can run it."""

    number: int
    block: CodeBlock
    begins: str | None


def code(context: CommandContext, line: str) -> object:
    """Put code of an answer into a new cell, or show it where that is impossible."""
    words = read_words("code", line, flags=("block", "from"))
    turn, name = _turn(context, words.word(0), words.flags.get("from", ""))
    found = enumerate(code_blocks(turn.content), 1)
    blocks = [_Block(number, block, _begins(block, context.shell)) for number, block in found]
    if not blocks:
        msg = f"There is no code block in {name}."
        raise UsageError(msg, "Ask for code, or name another turn: %runware code N")
    chosen = _chosen(blocks, words.flags.get("block", ""))
    shown = _placed(chosen, partial(_named, total=len(blocks), answer=name), context.shell)
    if not turn.is_whole:
        shown.append(_note("The answer is not complete."))
    return str(shown[0]) if len(shown) == 1 else Stack(tuple(shown))


def _turn(context: CommandContext, word: str, source: str) -> tuple[Turn, str]:
    """Return the turn that a line names, and its name in messages."""
    if word and source:
        msg = f"Two turns: {word} and {one_line(source, _SHOWN)}."
        raise OptionError(msg, "Leave out the number, or --from.")
    told = word or source
    if not source or source.isdecimal():
        chat = context.chat if told else context.session.conversation.latest_chat(context.chat)
        if not told:
            context.must_be_still(chat)
        turns = context.session.conversation.turns(chat)
        number = read_number(told or str(len(turns)), "turn", len(turns))
        return turns[number - 1], f"turn {number}" + (f" of chat {chat}" if chat != context.chat else "")
    name = one_line(source, _SHOWN)
    try:
        turn = context.shell.ev(source)
    except Exception as error:  # noqa: BLE001  # the user's own expression may raise anything
        msg = f"--from {name} raised {raised(error)}."
        raise OptionError(msg, _FROM_HINT) from None
    if not isinstance(turn, Turn):
        msg = f"{name} is not a turn, but a value of type {type(turn).__name__}."
        raise OptionError(msg, _FROM_HINT)
    return turn, name


def _begins(block: CodeBlock, shell: InteractiveShell) -> str | None:
    if block.language in _PYTHON:
        return ""
    if not block.language:
        # The empty lines end an indented block.
        return "" if shell.check_complete(f"{block.text}{_BETWEEN}")[0] == "complete" else None
    magic = next((name for name in block.names if shell.find_cell_magic(name)), None)
    return f"%%{magic}\n" if magic else None


def _chosen(blocks: Sequence[_Block], word: str) -> list[_Block]:
    """Return the blocks to place: the first in Python by default, and first of all."""
    first = next((each for each in blocks if each.begins == ""), blocks[0])
    if word == _ALL:
        return sorted(blocks, key=lambda each: each.begins != first.begins)
    if not word:
        return [first]
    if not word.isdecimal() or not 1 <= int(word) <= len(blocks):
        msg = f"There is no block {word!r}."
        raise OptionError(msg, f"The answer has {counted(len(blocks), 'block')}; --block all takes all of them.")
    return [blocks[int(word) - 1]]


def _placed(chosen: Sequence[_Block], named: Callable[[Sequence[_Block]], str], shell: InteractiveShell) -> list[Shown]:
    """Put the blocks of the first one's language into a cell, and return what to show."""
    begins = chosen[0].begins
    shown: list[Shown] = []
    together = [each for each in chosen if each.begins == begins] if begins is not None else []
    if together:
        text = f"{begins}{_BETWEEN.join(each.block.text for each in together)}"
        place = _place(shell)
        if place:
            shell.set_next_input(text)
            shown = [_note(f"{named(together)} in {place}, and not run.")]
        else:
            shown = [
                _note(f"{named(together)} here to copy: this front end makes no cells."),
                Code(text, "python" if not begins else together[0].block.language),
            ]
    for each in chosen:
        if each not in together:
            why = f"there is no %%{each.block.language} magic" if each.block.language else "it is not Python"
            shown += [
                _note(f"{named([each])} here to copy: {why}."),
                Code(each.block.text, each.block.language),
            ]
    return shown


def _place(shell: InteractiveShell) -> str:
    """Return where a text that is set as the next input appears; empty if nowhere."""
    if not hasattr(shell, "kernel"):
        return "the next prompt"
    parent = getattr(shell, "parent_header", None)
    if not takes_cells(parent):
        return ""
    return "the cell below" if shows(parent) == WIDGETS else "the next prompt"


def _named(blocks: Sequence[_Block], *, total: int, answer: str) -> str:
    """Return the subject of a sentence on some blocks of an answer, and its verb."""
    if total == 1:
        return f"The code of {answer} is"
    numbers = listed(each.number for each in blocks)
    of = f"of {total} in {answer}"
    return f"Block {numbers} {of} is" if len(blocks) == 1 else f"Blocks {numbers} {of} are"


def _note(text: str) -> Table:
    return Table("", (), (), text)
