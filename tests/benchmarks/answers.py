"""The answers that the benchmarks stream: one shape for each way in which a long text can be costly to show."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator

#: The shape of an answer that was asked for with a schema.
JSON = "json"

_WORDS = "model prompt answer token stream notebook kernel output cell reader server line block window measure".split()  # noqa: SIM905
_WORDS += "question context message render margin colour table column number result value point vector matrix".split()  # noqa: SIM905


def _sentences(seed: int = 7) -> Iterator[str]:
    chance = random.Random(seed)  # noqa: S311  # the same text each time
    while True:
        words = chance.choices(_WORDS, k=chance.randint(6, 14))
        yield " ".join(words).capitalize() + ". "


def _prose() -> Iterator[str]:
    sentences = _sentences()
    for number in itertools.count(1):
        if number % 8 == 1:
            yield f"## Part {number // 8 + 1}\n\n"
        yield "".join(itertools.islice(sentences, 4)) + "It is **bold**, `code`, and a [link](https://example.org).\n\n"
        if number % 5 == 0:
            yield "- one point\n- another point\n\n"
        if number % 11 == 0:
            yield "```python\ndef f(x):\n    return x + 1  # one more\n```\n\n"


def _fence() -> Iterator[str]:
    yield "```python\n"
    for number in itertools.count():
        yield f"value_{number} = measure({number}, 'colour')  # line {number}\n"


def _table() -> Iterator[str]:
    yield "| number | name | value |\n|---|---|---|\n"
    for number, sentence in enumerate(_sentences()):
        yield f"| {number} | {sentence.split()[0]} | {sentence.strip()} |\n"


def _list() -> Iterator[str]:
    for number, sentence in enumerate(_sentences()):
        yield f"- item {number}: {' '.join(sentence.split()[:2])}\n"


def _paragraph() -> Iterator[str]:
    yield from _sentences()


def _formula() -> Iterator[str]:
    yield "An equation:\n\n$$\n"
    for number in itertools.count():
        yield f"x_{{{number}}} + y^{{{number}}} = \\frac{{{number}}}{{2}} \\\\\n"


def _quotes() -> Iterator[str]:
    for number, sentence in enumerate(_sentences()):
        yield f"{'> ' * (1 + number % 5)}{sentence}\n" + ("\n" if number % 7 == 0 else "")


def _json() -> Iterator[str]:
    yield '{"rows": ['
    for number, sentence in enumerate(_sentences()):
        comma = "," if number else ""
        yield f'{comma}\n  {{"number": {number}, "name": "{sentence.split()[0]}", "tags": ["a", "b"], '
        yield f'"value": {number / 8}, "text": "{sentence.strip()}"}}'


SHAPES: dict[str, Callable[[], Iterator[str]]] = {
    "prose": _prose,
    "fence": _fence,
    "table": _table,
    "list": _list,
    "paragraph": _paragraph,
    "formula": _formula,
    "quotes": _quotes,
    JSON: _json,
}
#: A shape whose text is the model's reasoning, with a short answer behind it.
REASONING = "reasoning"


def text(shape: str, size: int) -> str:
    """Give an answer of a shape, of so many characters, all of them ASCII."""
    pieces: list[str] = []
    length = 0
    for piece in SHAPES["prose" if shape == REASONING else shape]():
        pieces.append(piece)
        length += len(piece)
        if length >= size:
            break
    return "".join(pieces)[:size]
