"""The tokens of an answer, with their probabilities."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

from runware_magic.chat.text import counted, encodable
from runware_magic.errors import UsageError

#: The most tokens that are stored for an answer, and the most alternatives of each.
MOST_TOKENS, MOST_ALTERNATIVES = 20_000, 20
#: Stands for minus infinity, as some servers write it.
LOWEST = -9999.0
_LONGEST = 200  # characters of a token
_DIGITS = 4  # after the point, in records
_BYTES = re.compile(r"(?:\\x[0-9a-f]{2})+")


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    r"""A token of an answer, and how probable it was; never trusted.

    Attributes
    ----------
    token
        Its text. A token that is a part of a character is written as bytes: ``\xf0\x9f``.
    logprob
        The natural logarithm of its probability, at most 0.
    alternatives
        The most probable tokens in its place, each with its logarithm, in the endpoint's order. Usually the token
        itself is among them.
    """

    token: str
    logprob: float
    alternatives: tuple[tuple[str, float], ...] = ()

    @property
    def probability(self) -> float:
        """From 0 to 1."""
        return math.exp(self.logprob)

    @property
    def as_bytes(self) -> bytes:
        """Its text in UTF-8, or the part of a character that it is."""
        if _BYTES.fullmatch(self.token):
            return bytes.fromhex(self.token.replace("\\x", ""))
        return self.token.encode("utf-8", "replace")


@dataclass(frozen=True, slots=True, repr=False)
class Logprobs(Sequence[TokenLogprob]):
    """The tokens of an answer, each with its probability: a sequence, empty if none were asked for, or came.

    Attributes
    ----------
    tokens
        The tokens, in order.
    """

    tokens: tuple[TokenLogprob, ...] = ()

    def __len__(self) -> int:
        return len(self.tokens)

    def __iter__(self) -> Iterator[TokenLogprob]:
        return iter(self.tokens)

    @overload
    def __getitem__(self, at: int) -> TokenLogprob: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[TokenLogprob, ...]: ...
    def __getitem__(self, at: int | slice) -> TokenLogprob | tuple[TokenLogprob, ...]:
        return self.tokens[at]

    def __repr__(self) -> str:
        return f"<Logprobs of {counted(len(self), 'token')}>"

    def to_dataframe(self) -> Any:  # noqa: ANN401  # pandas is optional
        """Return a row for each token.

        Returns
        -------
        pandas.DataFrame
            With the columns ``token``, ``logprob``, ``probability`` (from 0 to 1), and ``alternatives``: a dict of
            the most probable tokens in its place, each with its probability.

        Raises
        ------
        UsageError
            When pandas is not installed.
        """
        try:
            import pandas as pd  # type: ignore[import-not-found, import-untyped, unused-ignore]  # noqa: PLC0415
        except ImportError:
            msg = "to_dataframe() needs pandas, which is not installed."
            raise UsageError(msg, "Run %pip install pandas, or read turn.logprobs itself: a sequence.") from None
        rows = [
            (each.token, each.logprob, each.probability, {text: math.exp(log) for text, log in each.alternatives})
            for each in self
        ]
        return pd.DataFrame(rows, columns=["token", "logprob", "probability", "alternatives"])

    def to_json(self) -> list[list[Any]]:
        """Return the form in records: a list for each token, of its text, its logarithm and the alternatives."""
        return [
            [
                each.token,
                round(each.logprob, _DIGITS),
                [[text, round(log, _DIGITS)] for text, log in each.alternatives],
            ]
            for each in self
        ]

    @classmethod
    def from_json(cls, value: object) -> Logprobs:
        """Parse the form in records leniently: what cannot be read is skipped."""
        entries = value[:MOST_TOKENS] if isinstance(value, list) else []
        return cls(tuple(filter(None, map(_restored, entries))))


def token_logprob(token: object, logprob: object, alternatives: Iterable[tuple[object, object]]) -> TokenLogprob | None:
    """Return a token within bounds; None if it is no text, or its logarithm no number. Bad alternatives are skipped."""
    text, log = _text(token), _log(logprob)
    if text is None or log is None:
        return None
    both = ((_text(other), _log(number)) for other, number in alternatives)
    read = [(other, number) for other, number in both if other is not None and number is not None]
    return TokenLogprob(text, log, tuple(read[:MOST_ALTERNATIVES]))


def _restored(entry: object) -> TokenLogprob | None:
    match entry:
        case [token, logprob, [*alternatives]]:
            pairs = [(pair[0], pair[1]) for pair in alternatives if isinstance(pair, list) and len(pair) == 2]  # noqa: PLR2004  # a pair
            return token_logprob(token, logprob, pairs)
        case _:
            return None


def _text(token: object) -> str | None:
    if not isinstance(token, str):
        return None
    return encodable(token[:_LONGEST])


def _log(value: object) -> float | None:
    """Return a logarithm of a probability; None for what is none. Rounding may leave it slightly above 0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        return None
    return float(max(LOWEST, min(0, value)))
