"""What is hung into IPython's shell beside the magics, and taken out again."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher
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
        self._matcher = _matcher(known)
        self._completer: Any = shell.Completer
        self._transforms: list[Any] = shell.input_transformer_manager.cleanup_transforms
        self._completer.custom_matchers.append(self._matcher)
        # Behind the one that takes whole %%cells: their text is not looked at.
        self._transforms.append(keep_questions)

    def remove(self) -> None:
        """Take them out."""
        self._completer.custom_matchers.remove(self._matcher)
        self._transforms.remove(keep_questions)


def keep_questions(lines: list[str]) -> list[str]:
    """Let ``%runware ask …?`` ask: IPython takes a line that ends in a question mark for a request for help."""
    return [_QUESTION.sub(_call, line) for line in lines]


def _call(match: re.Match[str]) -> str:
    return f"{match[1]}get_ipython().run_line_magic('runware', {match[2].strip()!r})\n"


def _matcher(known: Callable[[], Known]) -> Callable[[CompletionContext], Any]:
    @context_matcher()  # type: ignore[untyped-decorator]  # IPython's
    def runware_matcher(context: CompletionContext) -> dict[str, Any]:
        text = context.full_text[: context.cursor_position]
        word, found = complete(text, known()) if concerns(text) else ("", [])
        return {
            "completions": [SimpleCompletion(text=each, type="runware") for each in found],
            "matched_fragment": word,
            # File names and Python's own names would drown ours.
            "suppress": bool(found),
        }

    return cast("Callable[[CompletionContext], Any]", runware_matcher)
