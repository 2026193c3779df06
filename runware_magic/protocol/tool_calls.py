"""Assigns fragments of tool calls to their calls, despite wrong or missing ids and indexes."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from runware_magic.chat.events import ToolCallDelta
from runware_magic.chat.messages import EXTRA
from runware_magic.chat.record_values import read_json
from runware_magic.chat.text import encodable
from runware_magic.protocol.complaints import parsed

_DIGITS = 9  # of an index that comes as text
_AFTER_ALL = ' \t\r\n"'  # what some servers send after complete arguments
_LONGEST = 10_000  # characters of arguments that are checked for completeness


@dataclass(slots=True)
class _Call:
    """What is known of a call."""

    number: int
    id: str = ""
    name: str = ""
    arguments: str = ""  # the beginning, as far as it is checked

    def add(self, fragment: ToolCallDelta) -> None:
        self.id, self.name = fragment.id or self.id, self.name or fragment.name
        if len(self.arguments) <= _LONGEST:
            self.arguments += fragment.arguments

    def is_other(self, name: str, arguments: str) -> bool:
        """Whether a fragment with this name begins another call: some servers repeat the name in each fragment."""
        if not name or not self.name:
            return False
        return name != self.name or (bool(arguments.strip(_AFTER_ALL)) and self.is_whole())

    def added(self, arguments: str) -> str:
        """Return what a fragment adds to the arguments."""
        if '"' not in arguments or len(self.arguments) > _LONGEST:
            return arguments
        return without_surplus(self.arguments + arguments)[len(self.arguments) :]

    def is_whole(self) -> bool:
        """Whether the arguments are complete, as far as is checked."""
        text = self.arguments.rstrip()
        return len(text) <= _LONGEST and text.endswith("}") and parsed(text) is not None


class Fragments:
    """Assigns fragments to calls, which are numbered in the order in which they began.

    A known id decides, and a new id is a new call whatever its index, unless the call of that index is not complete
    and the fragment has no name: some servers make up an id for each fragment. Without an id, the index decides;
    without both, or with an unknown index, the fragment belongs to the last call.
    """

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._by_id: dict[str, _Call] = {}
        self._by_index: dict[int, _Call] = {}
        self._last: _Call | None = None

    def take(self, calls: Sequence[object]) -> Iterator[ToolCallDelta]:
        """Yield the fragments of a delta's parsed list, renumbered."""
        for position, told in enumerate(calls):
            if isinstance(told, dict):
                index = index_of(told.get("index"))
                if index is None and len(calls) > 1 and not text_of(told.get("id")):
                    index = position
                yield self._taken(told, index)

    def _taken(self, told: Mapping[str, Any], index: int | None) -> ToolCallDelta:
        fragment = fragment_of(told, 0)
        call = self._by_id.get(fragment.id) or self._going_on(fragment, index) or _Call(next(self._numbers))
        fragment = replace(fragment, arguments=call.added(fragment.arguments))
        call.add(fragment)
        if fragment.id:
            self._by_id[fragment.id] = call
        if index is not None:
            self._by_index[index] = call
        self._last = call
        return replace(fragment, index=call.number)

    def _going_on(self, fragment: ToolCallDelta, index: int | None) -> _Call | None:
        call = self._last if index is None else self._by_index.get(index)
        if call is None and not fragment.id and not fragment.name:
            call = self._last
        if call is None or call.is_other(fragment.name, fragment.arguments):
            return None
        # An id may also come after the arguments have begun.
        is_late = not call.id and not (fragment.name and call.name)
        is_renewed = index is not None and not fragment.name and bool(call.name) and not call.is_whole()
        return call if not fragment.id or is_late or is_renewed else None


def fragment_of(told: Mapping[str, Any], number: int) -> ToolCallDelta:
    """Parse a fragment, or a whole call, as one of the call with this number; arguments may be an object."""
    function = told.get("function")
    function = function if isinstance(function, dict) else {}
    arguments = function.get("arguments")
    if not isinstance(arguments, str):
        arguments = "" if arguments is None else _written(arguments)
    return ToolCallDelta(
        number,
        text_of(told.get("id")),
        text_of(function.get("name")),
        arguments,
        _extra(told.get(EXTRA)),
    )


def _extra(value: object) -> dict[str, Any]:
    """Return what came beside a call; nothing where that cannot be kept, such as what is nested very deeply."""
    try:
        return read_json(value) if isinstance(value, dict) else {}
    except (ValueError, TypeError):
        return {}


def _written(arguments: object) -> str:
    try:
        return json.dumps(arguments)
    except RecursionError:  # Python reads more levels than it writes
        return ""


def without_surplus(arguments: str) -> str:
    """Return arguments without the quotes that some servers send after a whole object."""
    kept = arguments.rstrip(_AFTER_ALL)
    is_likely = kept.endswith("}") and '"' in arguments[len(kept) :] and len(kept) <= _LONGEST
    return kept if is_likely and isinstance(parsed(kept), dict) else arguments


def index_of(value: object) -> int | None:
    """Return an index, which may come as text; None if it is none."""
    if isinstance(value, str) and value.isdecimal() and len(value) <= _DIGITS:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def text_of(value: object) -> str:
    """Return a text; empty if it is none."""
    return encodable(value) if isinstance(value, str) else ""
