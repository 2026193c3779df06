"""What a growing answer tells of the JSON in it, in order; only `Dropped` takes back what was told."""

from __future__ import annotations

from dataclasses import dataclass

#: The name of a field, the index of an item; None for the whole value.
Label = str | int | None


@dataclass(frozen=True, slots=True)
class Opened:
    """An object or a list begins; it is told with the first that is in it, or its end."""

    label: Label
    is_list: bool


@dataclass(frozen=True, slots=True)
class Closed:
    """The innermost object or list ends."""


@dataclass(frozen=True, slots=True)
class Began:
    """A text begins."""

    label: Label


@dataclass(frozen=True, slots=True)
class Grew:
    """More of the text that has begun, decoded."""

    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The text is whole."""


@dataclass(frozen=True, slots=True)
class Atom:
    """A number, ``true``, ``false`` or ``null``, as written."""

    label: Label
    text: str


@dataclass(frozen=True, slots=True)
class Prose:
    """What stands before or behind the value, or what is no JSON any more."""

    text: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The value goes on as something that is no JSON: all that is open stays unfinished, and `Prose` follows."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """What has come was no value, but a part of the prose: the value begins only now."""


Event = Opened | Closed | Began | Grew | Ended | Atom | Prose | Broken | Dropped
