"""What is hung into IPython's shell beside the magics, and taken out again."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

from IPython.core import completer
from IPython.core.interactiveshell import InteractiveShell

from runware_magic.completion import Known, complete, concerns

_QUESTION = re.compile(r"(\s*)%runware[ \t]+(ask[ \t].*\?[ \t]*)\n?$")


class Hooks:
    """Tab completion, and prompts that end in a question mark.

    Parameters
    ----------
    shell
        Where to hang them.
    known
        Gives what can be completed to; asked only where it matters.
    """

    def __init__(self, shell: InteractiveShell, known: Callable[[], Known]) -> None:
        self._shell = shell
        self._matcher, self._matchers = _hung_into(shell.Completer, known)
        self._transforms: list[Any] = shell.input_transformer_manager.cleanup_transforms
        self._matchers.append(self._matcher)
        # Behind the one that takes whole %%cells: their text is not looked at.
        self._transforms.append(keep_questions)

    def remove(self) -> None:
        """Take them out."""
        self._matchers.remove(self._matcher)
        self._transforms.remove(keep_questions)


def keep_questions(lines: list[str]) -> list[str]:
    """Let ``%runware ask …?`` ask: IPython takes a line that ends in a question mark for a request for help."""
    return [_QUESTION.sub(_call, line) for line in lines]


def _call(match: re.Match[str]) -> str:
    return f"{match[1]}get_ipython().run_line_magic('runware', {match[2].strip()!r})\n"


def _hung_into(shells: Any, known: Callable[[], Known]) -> tuple[Any, list[Any]]:  # noqa: ANN401  # IPython's
    """Make a matcher for a shell's completer, and give the list that it belongs to."""
    # Matchers are told of the whole cell from IPython 8.6 on. Colab stays with 7, where only those that complete the
    # arguments of magics can keep others from having their say.
    if hasattr(completer, "context_matcher"):
        return _of_context(known), shells.custom_matchers
    return _of_line(known, shells), shells.magic_arg_matchers


def _of_context(known: Callable[[], Known]) -> Callable[[completer.CompletionContext], Any]:
    @completer.context_matcher()  # type: ignore[untyped-decorator]  # IPython's
    def runware_matcher(context: completer.CompletionContext) -> dict[str, Any]:
        text = context.full_text[: context.cursor_position]
        word, found = complete(text, known()) if concerns(text) else ("", [])
        return {
            "completions": [completer.SimpleCompletion(text=each, type="runware") for each in found],
            "matched_fragment": word,
            # File names and Python's own names would drown ours.
            "suppress": bool(found),
        }

    return cast("Callable[[completer.CompletionContext], Any]", runware_matcher)


def _of_line(known: Callable[[], Known], shells: Any) -> Callable[[str], list[str]]:  # noqa: ANN401  # IPython's
    def runware_matcher(_line: str) -> list[str]:
        line = shells.text_until_cursor
        word, found = complete(line, known()) if concerns(line) else ("", [])
        # What IPython takes for the word may begin later than ours: behind a colon, for example.
        fragment = shells.splitter.split_line(line)
        return [each[len(word) - len(fragment) :] for each in found] if word.endswith(fragment) else []

    return runware_matcher
