"""Everything that can go wrong, as one tree of exceptions.

::

    RunwareError
    ├── UsageError                  the cell or call cannot be sent; nothing was
    │   ├── ConfirmError            it would send many requests, or cost much, without confirmation
    │   ├── OptionError             an option is unknown, out of range, or contradicts another
    │   └── PromptError             the text of the cell is not a request
    ├── EndpointError               the address or the key is not usable; nothing was sent
    │   ├── KeyMissingError         the endpoint needs a key and none is known
    │   └── InsecureEndpointError   the key would leave the machine unencrypted
    ├── RefusedError                the endpoint answered with an error (``status``, ``code``)
    │   ├── KeyRefusedError         401, 403
    │   ├── BalanceError            402
    │   ├── NotFoundError           404
    │   ├── RateLimitedError        429
    │   └── ServerFailedError       408, 5xx, or a code that means the same
    ├── TransportError              no answer, or not a whole one
    │   ├── ConnectError            no connection: refused, unknown host, TLS
    │   ├── TimedOutError           the endpoint sent nothing for too long
    │   ├── ConnectionLostError     the connection broke off
    │   └── NotRecordedError        the replayed recording has no such answer; nothing was sent
    ├── BudgetError                 the answer was stopped: it exceeded the budget
    │   └── SpentError              the budget is used up, or too small; nothing was sent
    ├── CheckFailedError            the answer fails a check
    └── StoppedError                the user interrupted the answer

Each shows as one sentence with a hint below it, without a traceback, and makes the cell fail, so that *Run All* stops.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

__all__ = [
    "BalanceError",
    "BudgetError",
    "CheckFailedError",
    "ConfirmError",
    "ConnectError",
    "ConnectionLostError",
    "EndpointError",
    "InsecureEndpointError",
    "KeyMissingError",
    "KeyRefusedError",
    "NotFoundError",
    "NotRecordedError",
    "OptionError",
    "PromptError",
    "RateLimitedError",
    "RefusedError",
    "RunwareError",
    "ServerFailedError",
    "SpentError",
    "StoppedError",
    "TimedOutError",
    "TransportError",
    "UsageError",
]

# Not red, which is hard to read on the background of errors in Lab's dark themes.
_BOLD, _DIM, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_WIDTH = 88  # columns: what an output takes of a page 1,000 pixels wide


@dataclass(frozen=True, slots=True)
class Words:
    """A text in two wordings: cells have options and commands, Python has arguments.

    A sum with a text has two wordings, too.
    """

    cell: str
    python: str

    def __add__(self, after: str | Words) -> Words:
        more = Words(after, after) if isinstance(after, str) else after
        return Words(self.cell + more.cell, self.python + more.python)

    def __radd__(self, before: str) -> Words:
        return Words(before + self.cell, before + self.python)


class RunwareError(Exception):
    """The root of the tree.

    Parameters
    ----------
    message
        What was expected and what came: one sentence, never a key, a header or a whole prompt.
    hint
        What to do about it: one sentence, or nothing.

    Attributes
    ----------
    from_python
        Whether the error is worded for Python callers, not for cells.
    is_shown
        Whether the output of the cell shows the error already.
    """

    def __init__(self, message: str | Words, hint: str | Words = "") -> None:
        # Both in `args`, so that the exception can be pickled.
        super().__init__(message, hint)
        self._message, self._hint = message, hint
        self.from_python = self.is_shown = False

    @property
    def message(self) -> str:
        """What was expected and what came."""
        return self._said(self._message)

    @property
    def hint(self) -> str:
        """What to do about it; empty if nothing can be done."""
        return self._said(self._hint)

    def _said(self, words: str | Words) -> str:
        if isinstance(words, str):
            return words
        return words.python if self.from_python else words.cell

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.message!r}, {self.hint!r})"

    def about(self, what: str) -> RunwareError:
        """Return the same error with its subject before the message."""
        return type(self)(f"{what}: " + self._message, self._hint)

    def __str__(self) -> str:
        """Return the message and the hint in one line."""
        return _line(f"{self.message} {self.hint}".rstrip())

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython shows instead of a traceback: what happened, then what to do."""
        name = type(self).__name__
        first, *rest = _wrapped(f"{name}: {_line(self.message)}")
        hint = (f"{_DIM}{line}{_RESET}" for line in _wrapped(f"→ {_line(self.hint)}", "  ")) if self.hint else ()
        return [*map(_encodable, (f"{_BOLD}{name}{_RESET}{first.removeprefix(name)}", *rest, *hint))]


@contextmanager
def asked_from_python() -> Iterator[None]:
    """Word the errors of a block for Python callers."""
    try:
        yield
    except RunwareError as error:
        error.from_python = True
        raise


def _line(text: str) -> str:
    # Names in the text may come from a file or a server, with line ends and escape sequences.
    return "".join(char if char.isprintable() else " " for char in text)


def _encodable(text: str) -> str:
    """Return what a redirected stdout can hold, which is not UTF-8 on Windows: IPython prints these lines."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.replace("→", "->").encode(encoding, "replace").decode(encoding)
    return text


def _wrapped(text: str, indent: str = "") -> list[str]:
    # Front ends break lines anywhere, also within words.
    width = min(_WIDTH, shutil.get_terminal_size((_WIDTH, 0)).columns)
    # Names of options and models stay whole.
    return textwrap.wrap(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


class UsageError(RunwareError):
    """The cell or call cannot be sent; nothing was."""


class ConfirmError(UsageError):
    """It would send many requests, or cost much, without confirmation; nothing was sent."""


class OptionError(UsageError):
    """An option is unknown, out of range, or contradicts another."""


class PromptError(UsageError):
    """The text of the cell is not a request."""


class EndpointError(RunwareError):
    """The address or the key is not usable; nothing was sent."""


class KeyMissingError(EndpointError):
    """The endpoint needs a key and none is known."""


class InsecureEndpointError(EndpointError):
    """The key would leave this machine unencrypted."""


class RefusedError(RunwareError):
    """The endpoint answered with an error.

    Parameters
    ----------
    message, hint
        As in `RunwareError`.
    status
        The HTTP status; 200 for an error within a stream.
    code
        The endpoint's own code of the error, if it sent one.
    """

    def __init__(
        self, message: str | Words, hint: str | Words = "", status: int = 200, code: str | None = None
    ) -> None:
        super().__init__(message, hint)
        self.status = status
        self.code = code


class KeyRefusedError(RefusedError):
    """The endpoint rejected the key (401, 403)."""


class BalanceError(RefusedError):
    """The account has no balance left (402)."""


class NotFoundError(RefusedError):
    """The endpoint has no such model or address (404)."""


class RateLimitedError(RefusedError):
    """Too many requests (429)."""


class ServerFailedError(RefusedError):
    """The endpoint or its provider failed (408, 5xx, or a code that means the same)."""


class TransportError(RunwareError):
    """No answer, or not a whole one."""


class ConnectError(TransportError):
    """No connection could be made: refused, unknown host, TLS."""


class TimedOutError(TransportError):
    """The endpoint sent nothing for too long."""


class ConnectionLostError(TransportError):
    """The connection broke off."""


class NotRecordedError(TransportError):
    """The replayed recording has no answer to this; nothing was sent."""


class BudgetError(RunwareError):
    """The answer was stopped: it exceeded the budget. The text so far is kept."""


class SpentError(BudgetError):
    """The budget is used up, or too small for the prompt; nothing was sent."""


class CheckFailedError(RunwareError):
    """The answer fails a check; it is shown and kept."""


class StoppedError(RunwareError):
    """The user interrupted the answer."""
