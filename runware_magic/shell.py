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
        self._completer: Any = shell.Completer
        self._matcher = _matcher(known, self._completer)
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


def _matcher(known: Callable[[], Known], completer_of_shell: Any) -> Callable[..., Any]:  # noqa: ANN401  # IPython's
    # Colab stays with IPython 7; matchers are told of the whole cell from 8.6 on.
    return _of_context(known) if hasattr(completer, "context_matcher") else _of_line(known, completer_of_shell)


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


def _of_line(known: Callable[[], Known], completer_of_shell: Any) -> Callable[[str], list[str]]:  # noqa: ANN401  # IPython's
    def runware_matcher(fragment: str) -> list[str]:
        line = completer_of_shell.text_until_cursor
        word, found = complete(line, known()) if concerns(line) else ("", [])
        # What IPython takes for the word may begin later than ours: behind a colon, for example.
        return [each[len(word) - len(fragment) :] for each in found] if word.endswith(fragment) else []

    return runware_matcher
