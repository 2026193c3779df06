"""Tool calls as servers stream them, in every arrangement that was reported: the chunks, and the calls they mean.

Each of `CASES` is an answer. What it means is by this rule: a known id decides; a new id is a new call, whatever its
index; what has neither id nor index goes on with the call before; after whole arguments, only quotes and blanks come.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from loopback import delta, finish, sse

#: A call as the engine gets it: name and arguments.
Called = tuple[str, str]

F, G = ("f", '{"x": 1}'), ("g", '{"y": "\u00e9"}')
_HEAD_F, _TAIL_F, _HEAD_G, _TAIL_G = '{"x"', ": 1}", '{"y"', ': "\u00e9"}'


@dataclass(frozen=True)
class Case:
    """An answer with tool calls.

    Attributes
    ----------
    name
        What is special, for the ids of tests.
    chunks
        Of the stream, as parsed JSON.
    calls
        Their names and arguments.
    ids
        Their ids; empty where all are made up.
    finish_reason
        As the server says.
    """

    name: str
    chunks: tuple[Any, ...]
    calls: tuple[Called, ...]
    ids: tuple[str, ...] = field(default=("a", "b"))
    finish_reason: str = "tool_calls"

    @property
    def body(self) -> bytes:
        """The bytes of the stream."""
        return sse(*self.chunks, finish(self.finish_reason), "[DONE]")


def part(arguments: Any = ..., name: str | None = None, **fields: Any) -> dict[str, Any]:
    """Return a fragment of a call."""
    function = {**({} if name is None else {"name": name}), **({} if arguments is ... else {"arguments": arguments})}
    return {**fields, "function": function}


def _deltas(*lists: dict[str, Any] | list[dict[str, Any]]) -> tuple[Any, ...]:
    return tuple(delta(tool_calls=each if isinstance(each, list) else [each]) for each in lists)


def _two(name: str, *lists: Any, **fields: Any) -> Case:
    return Case(name, _deltas(*lists), (F, G), **fields)


def _one(name: str, arguments: str, *lists: Any, **fields: Any) -> Case:
    return Case(name, _deltas(*lists), (("f", arguments),), **{"ids": ("a",), **fields})


def _message(*calls: dict[str, Any], content: str | None = None) -> dict[str, Any]:
    message = {"role": "assistant", "content": content, "tool_calls": list(calls)}
    return {"choices": [{"index": 0, "message": message}]}


_INDEXES = (
    _two(
        "as documented",
        part("", "f", id="a", index=0, type="function"),
        part(_HEAD_F, index=0),
        part(_TAIL_F, index=0),
        part("", "g", id="b", index=1, type="function"),
        part(_HEAD_G, index=1),
        part(_TAIL_G, index=1),
    ),
    _two(
        "index missing",
        part(_HEAD_F, "f", id="a"),
        part(_TAIL_F),
        part(_HEAD_G, "g", id="b"),
        part(_TAIL_G),
    ),
    _two(
        "index missing, both in one list",
        [part(_HEAD_F, "f", id="a"), part(_HEAD_G, "g", id="b")],
        [part(_TAIL_F, id="a"), part(_TAIL_G, id="b")],
    ),
    _two(
        "index null",
        part(_HEAD_F, "f", id="a", index=None),
        part(_TAIL_F, index=None),
        part(_HEAD_G, "g", id="b", index=None),
        part(_TAIL_G, index=None),
    ),
    _two(
        "index as text",
        part(_HEAD_F, "f", id="a", index="0"),
        part(_HEAD_G, "g", id="b", index="1"),
        part(_TAIL_F, index="0"),
        part(_TAIL_G, index="1"),
    ),
    _two(
        "index wrong: the tail under the next one",
        part(_HEAD_F, "f", id="a", index=0),
        part(_TAIL_F, index=1),
        part(_HEAD_G, "g", id="b", index=1),
        part(_TAIL_G, index=2),
    ),
    _two(
        "index counts fragments",
        part(_HEAD_F, "f", id="a", index=0),
        part(_TAIL_F, index=1),
        part(_HEAD_G, "g", id="b", index=2),
        part(_TAIL_G, index=3),
    ),
    _two(
        "index from 1",
        part(_HEAD_F, "f", id="a", index=1),
        part(_TAIL_F, index=1),
        part(_HEAD_G, "g", id="b", index=2),
        part(_TAIL_G, index=2),
    ),
    _two(
        "index always 0, different ids",
        part(_HEAD_F, "f", id="a", index=0),
        part(_TAIL_F, index=0),
        part(_HEAD_G, "g", id="b", index=0),
        part(_TAIL_G, index=0),
    ),
    _two(
        "index always 0, the ids in every fragment, interleaved",
        part(_HEAD_F, "f", id="a", index=0),
        part(_HEAD_G, "g", id="b", index=0),
        part(_TAIL_F, id="a", index=0),
        part(_TAIL_G, id="b", index=0),
    ),
    _two(
        "index always 0, whole calls in one list",
        [part(F[1], "f", id="a", index=0), part(G[1], "g", id="b", index=0)],
    ),
)

_IDS = (
    _two(
        "id only in the first fragment, interleaved",
        part(_HEAD_F, "f", id="a", index=0),
        part(_HEAD_G, "g", id="b", index=1),
        part(_TAIL_F, index=0),
        part(_TAIL_G, index=1),
    ),
    _two(
        "id empty and null later",
        part(_HEAD_F, "f", id="a", index=0),
        part(_TAIL_F, "", id="", index=0),
        part(_HEAD_G, "g", id="b", index=1),
        part(_TAIL_G, id=None, index=1),
    ),
    _two(
        "id in every fragment",
        part(_HEAD_F, "f", id="a", index=0),
        part(_TAIL_F, id="a", index=0),
        part(_HEAD_G, "g", id="b", index=1),
        part(_TAIL_G, id="b", index=1),
    ),
    _two(
        "id in the last fragment",
        part(_HEAD_F, "f", index=0),
        part(_TAIL_F, id="a", index=0),
        part(_HEAD_G, "g", index=1),
        part(_TAIL_G, id="b", index=1),
    ),
    _two(
        "id new in every fragment",
        part(_HEAD_F, "f", id="a", index=0),
        part(_TAIL_F, id="a2", index=0),
        part(_HEAD_G, "g", id="b", index=1),
        part(_TAIL_G, id="b2", index=1),
    ),
    _two(
        "no id",
        part(_HEAD_F, "f", index=0),
        part(_TAIL_F, index=0),
        part(_HEAD_G, "g", index=1),
        part(_TAIL_G, index=1),
        ids=(),
    ),
    _two(
        "no id, interleaved",
        part(_HEAD_F, "f", index=0),
        part(_HEAD_G, "g", index=1),
        part(_TAIL_F, index=0),
        part(_TAIL_G, index=1),
        ids=(),
    ),
    _two(
        "no id, no index",
        part(_HEAD_F, "f"),
        part(_TAIL_F),
        part(_HEAD_G, "g"),
        part(_TAIL_G),
        ids=(),
    ),
    _two(
        "no id, index always 0, whole calls",
        part(F[1], "f", index=0),
        part(G[1], "g", index=0),
        ids=(),
    ),
    Case("no id, the same call twice", _deltas(part(F[1], "f"), part(F[1], "f")), (F, F), ids=()),
    Case(
        "the same call twice, with ids",
        _deltas([part(F[1], "f", id="a", index=0), part(F[1], "f", id="b", index=1)]),
        (F, F),
    ),
    _two(
        "ids of other providers",
        part(_HEAD_F, "f", id="functions.f:0", index=0),
        part(_TAIL_F, index=0),
        part(_HEAD_G, "g", id="toolu_01\u00e9", index=1),
        part(_TAIL_G, index=1),
        ids=("functions.f:0", "toolu_01\u00e9"),
    ),
)

_NAMES = (
    _two(
        "arguments before the name",
        part(_HEAD_F, id="a", index=0),
        part(_TAIL_F, "f", index=0),
        part(_HEAD_G, id="b", index=1),
        part(_TAIL_G, "g", index=1),
    ),
    _two(
        "arguments before the name, index always 0",
        part(_HEAD_F, id="a", index=0),
        part(_TAIL_F, "f", index=0),
        part(_HEAD_G, id="b", index=0),
        part(_TAIL_G, "g", index=0),
    ),
    _two(
        "the id alone first, then the name, then arguments",
        {"id": "a", "index": 0},
        part(name="f", index=0),
        part(F[1], index=0),
        {"id": "b", "index": 1, "function": None},
        part(name="g", index=1),
        part(G[1], index=1),
    ),
    _two(
        "name repeated in every fragment",
        part(_HEAD_F, "f", id="a", index=0),
        part(_TAIL_F, "f", id="a", index=0),
        part(_HEAD_G, "g", id="b", index=1),
        part(_TAIL_G, "g", id="b", index=1),
    ),
    _two(
        "name repeated in every fragment, no id, no index",
        part(_HEAD_F, "f"),
        part(_TAIL_F, "f"),
        part(_HEAD_G, "g"),
        part(_TAIL_G, "g"),
        ids=(),
    ),
)

_ARGUMENTS = (
    _one("arguments empty", "", part("", "f", id="a", index=0)),
    _one("arguments null", "", part(None, "f", id="a", index=0), part(None, index=0)),
    _one("arguments missing", "", part(..., "f", id="a", index=0)),
    _one("arguments an object", '{"x": 1}', part({"x": 1}, "f", id="a", index=0)),
    _one("arguments an empty object", "{}", part({}, "f", id="a", index=0)),
    _one("arguments {} and quotes", "{}", part("{}", "f", id="a", index=0), part('""', index=0)),
    _one("arguments {} and quotes in one piece", "{}", part('{}""', "f", id="a", index=0)),
    _one(
        "arguments whole, then a tail of quotes and blanks",
        F[1],
        part(F[1], "f", id="a", index=0),
        part('"', index=0),
        part(' "\n', index=0),
        part("", index=0),
    ),
    _one(
        "a brace and a quote that belong to a text",
        '{"x": "}"}',
        part('{"x": "}', "f", id="a", index=0),
        part('"', index=0),
        part("}", index=0),
    ),
    _one(
        "a brace, quotes and a blank that belong to a text",
        '{"x": "{}\\" \\""}',
        *(part(sign, index=0) for sign in '{"x": "{}'),
        part('\\" ', "f", id="a", index=0),
        part('\\""', index=0),
        part("}", index=0),
    ),
    _one("blanks around", ' {"x": 1}\n', part(" ", "f", id="a", index=0), part(F[1], index=0), part("\n", index=0)),
    _one(
        "cut by the token limit",
        _HEAD_F,
        part(_HEAD_F, "f", id="a", index=0),
        finish_reason="length",
    ),
    _one("no JSON", "x is 1", part("x is 1", "f", id="a", index=0)),
    _one("a character in halves", '{"x": "\U0001f600"}', part('{"x": "\ud83d', "f", id="a", index=0), part('\ude00"}')),
)

_MANY = [(f"f{number % 7}", json.dumps({"n": number, "text": "x" * (number % 5)})) for number in range(200)]
_LONG = (
    Case(
        "200 calls, one after the other",
        _deltas(*(part(text, name, id=f"id{at}", index=at) for at, (name, text) in enumerate(_MANY))),
        tuple(_MANY),
        tuple(f"id{at}" for at in range(200)),
    ),
    Case(
        "200 calls, interleaved",
        _deltas(
            *(part(text[:5], name, id=f"id{at}", index=at) for at, (name, text) in enumerate(_MANY)),
            *(part(text[5:], index=at) for at, (_, text) in reversed([*enumerate(_MANY)])),
        ),
        tuple(_MANY),
        tuple(f"id{at}" for at in range(200)),
    ),
    Case(
        "200 calls in one list, no id, no index",
        _deltas([part(text, name) for name, text in _MANY]),
        tuple(_MANY),
        (),
    ),
)

_WHOLE = (
    Case(
        "a whole message in a stream",
        (_message(part(F[1], "f", id="a", type="function"), part(G[1], "g", id="b", type="function")),),
        (F, G),
    ),
    Case(
        "a whole message, arguments an object",
        (_message(part({"x": 1}, "f", id="a"), part({"y": "\u00e9"}, "g", id="b")),),
        (F, ("g", '{"y": "\\u00e9"}')),
    ),
    Case("a whole message, no id", (_message(part(F[1], "f"), part(G[1], "g")),), (F, G), ids=()),
    Case(
        "a whole message after the fragments",
        (
            *_deltas(part(_HEAD_F, "f", id="a", index=0), part(_TAIL_F, index=0)),
            *_deltas(part(G[1], "g", id="b", index=1)),
            _message(part(F[1], "f", id="a"), part(G[1], "g", id="b")),
        ),
        (F, G),
    ),
    Case(
        "whole messages that grow",
        (_message(part(F[1], "f", id="a")), _message(part(F[1], "f", id="a"), part(G[1], "g", id="b"))),
        (F, G),
    ),
    Case(
        "a whole message, {} and quotes",
        (_message(part('{}""', "f", id="a"), part("", "g", id="b")),),
        (("f", "{}"), ("g", "")),
    ),
)

#: All of them.
CASES = (*_INDEXES, *_IDS, *_NAMES, *_ARGUMENTS, *_LONG, *_WHOLE)
