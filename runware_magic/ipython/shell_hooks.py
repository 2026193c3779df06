"""Adds Tab completion and input transforms to IPython, and removes them again."""

from __future__ import annotations

import re
import tokenize
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from IPython.core import completer
from IPython.core.inputtransformer2 import TokenTransformBase, assemble_continued_line, find_end_of_continued_line
from IPython.core.interactiveshell import InteractiveShell

if TYPE_CHECKING:
    from runware_magic.ipython.completion import Known

_CELL = re.compile(r"%%runware(?![\w.?])")
_LINE = re.compile(r"%{1,2}runware(?![\w.])")
_HELP = re.compile(r"(%{1,2}runware)[^\S\n]*(\?\??)")
_INDENTATION = {tokenize.INDENT, tokenize.DEDENT}


class Hooks:
    """Tab completion, and transforms for lines that IPython would misread."""

    def __init__(self, shell: InteractiveShell, known: Callable[[], Known]) -> None:
        completes: Any = shell.Completer
        # From IPython 8.6 on, matchers get the whole cell. Colab has IPython 7, where only matchers for the arguments
        # of magics can suppress other matchers.
        gets_cells = hasattr(completer, "context_matcher")
        self._matcher: Any = _of_context(known) if gets_cells else _of_line(known, completes)
        self._matchers = completes.custom_matchers if gets_cells else completes.magic_arg_matchers
        manager: Any = shell.input_transformer_manager
        self._lines, self._tokens = manager.line_transforms, manager.token_transformers
        self._matchers.append(self._matcher)
        # Before IPython's transform of cell magics.
        self._lines.insert(0, open_cell)
        self._tokens.append(Command)

    def remove(self) -> None:
        """Remove them."""
        self._matchers.remove(self._matcher)
        self._lines.remove(open_cell)
        self._tokens.remove(Command)


def open_cell(lines: list[str]) -> list[str]:
    """Accept a ``%%runware`` cell with comments above, any white space after its name, or no body.

    IPython finds no magic in the first two, and refuses the last without a hint.
    """
    first = next((at for at, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")), 0)
    match = _CELL.match(lines[first]) if lines else None
    if not match:
        return lines
    return [f"%%runware {lines[first][match.end() :].strip()}\n", *(lines[first + 1 :] or ["\n"])]


class Command(TokenTransformBase):
    """Accepts a ``%runware`` line that ends in a question mark; a question mark alone asks for help.

    A ``%%runware`` line that does not begin its cell is refused before the cell runs.
    """

    priority = 4  # before IPython's help, which takes every line that ends in a question mark

    @classmethod
    def find(cls, tokens_by_line: list[list[tokenize.TokenInfo]]) -> Command | None:
        """Find the first such line outside strings and comments."""
        for line in tokens_by_line:
            first = next((token for token in line if token.type not in _INDENTATION), None)
            if first and _LINE.match(first.line, first.start[1]):
                return cls(first.start)
        return None

    def transform(self, lines: list[str]) -> list[str]:
        """Replace it with a call of the magic."""
        end = find_end_of_continued_line(lines, self.start_line)
        text = assemble_continued_line(lines, (self.start_line, self.start_col), end)
        if asks_for_help := _HELP.fullmatch(text):
            call = _call("pinfo2" if asks_for_help[2] == "??" else "pinfo", asks_for_help[1])
        elif text.startswith("%%"):
            return [_call("runware", "%%runware")]
        else:
            call = _call("runware", text[len("%runware") :].strip())
        return [*lines[: self.start_line], lines[self.start_line][: self.start_col] + call, *lines[end + 1 :]]


def _call(magic: str, line: str) -> str:
    return f"get_ipython().run_line_magic({magic!r}, {line!r})\n"


class _Only(list[Any]):
    """All that fits; if that is nothing, IPython would not suppress its own names beside an empty list."""

    def __len__(self) -> int:
        return super().__len__() or 1


def _of_context(known: Callable[[], Known]) -> Callable[[completer.CompletionContext], Any]:
    @completer.context_matcher()  # type: ignore[untyped-decorator]  # IPython's
    def runware_matcher(context: completer.CompletionContext) -> dict[str, Any]:
        from runware_magic.ipython.completion import FILES, concerns, offers  # noqa: PLC0415  # keeps loading fast

        # The position is that in the line of the cursor.
        above = context.full_text.split("\n")[: context.cursor_line]
        text = "\n".join((*above, context.text_until_cursor))
        word, found = offers(text, known()) if concerns(text) else ("", None)
        if found is None:
            return {"completions": [], "suppress": False}
        ours = () if found is FILES else found
        return {
            "completions": _Only(completer.SimpleCompletion(text=each.text, type=each.about) for each in ours),
            "matched_fragment": word,
            "suppress": True,
            "do_not_suppress": {"IPCompleter.file_matcher"} if found is FILES else set(),
            "ordered": True,
        }

    return cast("Callable[[completer.CompletionContext], Any]", runware_matcher)


def _of_line(known: Callable[[], Known], shells: Any) -> Callable[[str], list[str]]:  # noqa: ANN401  # IPython's
    def runware_matcher(_line: str) -> list[str]:
        from runware_magic.ipython.completion import complete, concerns  # noqa: PLC0415  # likewise

        line = shells.text_until_cursor
        word, found = complete(line, known()) if concerns(line) else ("", [])
        # IPython's word may begin later than ours, after a colon for example.
        fragment = shells.splitter.split_line(line)
        return [each[len(word) - len(fragment) :] for each in found] if word.endswith(fragment) else []

    return runware_matcher
