"""Everything that can go wrong, as one tree of exceptions.

::

    RunwareError
    ├── UsageError                  what was written cannot be sent; nothing was
    │   ├── ConfirmError            it would take very much, and nobody has said yes
    │   ├── OptionError             an option is unknown, out of range, or contradicts another
    │   └── PromptError             the text of the cell does not make a request
    ├── EndpointError               where to send, or with which key, is not settled; nothing was sent
    │   ├── KeyMissingError         this endpoint wants a key and none is known
    │   └── InsecureEndpointError   the key would leave the machine unencrypted
    ├── RefusedError                the endpoint answered, with an error (``status``, ``code``)
    │   ├── KeyRefusedError         401, 403
    │   ├── BalanceError            402
    │   ├── NotFoundError           404
    │   ├── RateLimitedError        429
    │   └── ServerFailedError       408, 5xx, or a code that says so
    ├── TransportError              no answer, or not a whole one
    │   ├── ConnectError            no connection: refused, unknown host, TLS
    │   ├── TimedOutError           the endpoint fell silent
    │   ├── ConnectionLostError     the answer broke off
    │   └── NotRecordedError        what is replayed holds no such answer; nothing was sent
    ├── BudgetError                 the answer was stopped: it passed the budget
    │   └── SpentError              the budget is used up, or does not reach; nothing was sent
    ├── CheckFailedError            the answer came, and is not what was expected
    └── StoppedError                the user interrupted the answer

Each shows as one line with a hint, without a traceback, and makes the cell fail, so that *Run All* stops.
"""

from __future__ import annotations

# Not red: on the shade that Lab gives errors, its red is hard to read in the dark themes.
_BOLD, _DIM, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"


class RunwareError(Exception):
    """The root of the tree.

    Parameters
    ----------
    message
        What was expected and what came: one sentence, never a key, a header or a whole prompt.
    hint
        What to do about it: one sentence, or nothing.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        # Both go to `args`, so that the exception survives pickling.
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """Give the message and the hint in one line."""
        return _line(f"{self.message} {self.hint}".rstrip())

    def _render_traceback_(self) -> list[str]:
        """Give IPython the lines to show in place of a traceback."""
        hint = f" {_DIM}{_line(self.hint)}{_RESET}" if self.hint else ""
        return [f"{_BOLD}{type(self).__name__}{_RESET}: {_line(self.message)}{hint}"]


def _line(text: str) -> str:
    # Names in it may come from a file or a server: no line ends, no escape sequences.
    return "".join(char if char.isprintable() else " " for char in text)


class UsageError(RunwareError):
    """What was written cannot be sent; nothing was."""


class ConfirmError(UsageError):
    """It would take very much, and nobody has said yes; nothing was sent."""


class OptionError(UsageError):
    """An option is unknown, out of range, or contradicts another."""


class PromptError(UsageError):
    """The text of the cell does not make a request."""


class EndpointError(RunwareError):
    """Where to send, or with which key, is not settled; nothing was sent."""


class KeyMissingError(EndpointError):
    """The endpoint wants a key and none is known."""


class InsecureEndpointError(EndpointError):
    """The key would leave this machine unencrypted."""


class RefusedError(RunwareError):
    """The endpoint answered with an error.

    Parameters
    ----------
    message, hint
        As in `RunwareError`.
    status
        The HTTP status; 200 for an error that came inside a stream.
    code
        The endpoint's own code of the error, if it told one.
    """

    def __init__(self, message: str, hint: str = "", status: int = 200, code: str | None = None) -> None:
        super().__init__(message, hint)
        self.status = status
        self.code = code


class KeyRefusedError(RefusedError):
    """The endpoint does not accept the key (401, 403)."""


class BalanceError(RefusedError):
    """The account has no balance left (402)."""


class NotFoundError(RefusedError):
    """The endpoint knows no such model or address (404)."""


class RateLimitedError(RefusedError):
    """Too many requests (429)."""


class ServerFailedError(RefusedError):
    """The endpoint or its provider failed (408, 5xx, or a code that says so)."""


class TransportError(RunwareError):
    """No answer, or not a whole one."""


class ConnectError(TransportError):
    """No connection could be made: refused, unknown host, TLS."""


class TimedOutError(TransportError):
    """The endpoint fell silent."""


class ConnectionLostError(TransportError):
    """The answer broke off."""


class NotRecordedError(TransportError):
    """What is replayed holds no answer to this; nothing was sent."""


class BudgetError(RunwareError):
    """The answer was stopped: it passed the budget. What had come is kept."""


class SpentError(BudgetError):
    """The budget is used up, or does not reach for the prompt; nothing was sent."""


class CheckFailedError(RunwareError):
    """The answer came, and is not what was expected; it is shown and kept."""


class StoppedError(RunwareError):
    """The user interrupted the answer."""
