"""Data of the demo for classes that people write: they are made, and checked, by Pydantic itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, Optional, Union
from uuid import UUID

import pytest
from pydantic import AnyUrl, BaseModel, ConfigDict, Field, TypeAdapter
from typing_extensions import TypedDict

from runware_magic.demo.made_up import Known, made


class Mood(Enum):
    """An enumeration."""

    GOOD = "good"
    BAD = "bad"


class Address(BaseModel):
    """What others hold."""

    model_config = ConfigDict(extra="forbid")
    street: str
    number: Annotated[int, Field(ge=1, le=999)]
    flat: Optional[str] = None  # noqa: UP045  # written so by many


class Person(BaseModel):
    """Nested, with enumerations, dates, and optional fields."""

    name: Annotated[str, Field(min_length=2, max_length=30)]
    born: date
    mood: Mood
    kind: Literal["a", "b"]
    home: Address
    others: list[Address] = []
    friend: Person | None = None


class Times(BaseModel):
    """Of all kinds."""

    at: datetime
    clock: time
    took: timedelta
    key: UUID
    where: AnyUrl


class Numbers(BaseModel):
    """With bounds of all kinds."""

    share: Annotated[float, Field(gt=0, lt=1)]
    even: Annotated[int, Field(multiple_of=2, ge=3)]
    price: Decimal
    below: Annotated[int, Field(lt=-5)]
    ratings: Annotated[list[Annotated[int, Field(ge=1, le=5)]], Field(min_length=3, max_length=3)]


class Containers(BaseModel):
    """Of all kinds."""

    tags: set[str]
    pair: tuple[int, str]
    counts: dict[str, int]
    anything: Any
    either: Union[int, str, None]  # noqa: UP007  # written so by many
    many: Annotated[list[str], Field(min_length=2)]


class Cat(BaseModel):
    """One of two."""

    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    """The other of two."""

    kind: Literal["dog"]
    tricks: list[str]


class Home(BaseModel):
    """With a union that a field tells apart."""

    pet: Annotated[Cat | Dog, Field(discriminator="kind")]


class Tree(BaseModel):
    """Recursive, with lists of itself."""

    value: int
    children: list[Tree]


@dataclass
class Point:
    """A dataclass."""

    x: float
    y: float = 0.0


class Record(TypedDict):
    """A typed dictionary."""

    name: str
    points: list[int]


@pytest.mark.parametrize(
    "kind",
    [
        Person,
        Times,
        Numbers,
        Containers,
        Home,
        Tree,
        Point,
        Record,
        list[Person],
        dict[str, Point],
        Mood,
        int,
        list[str],
    ],
)
def test_classes_take_what_is_made_for_their_schemas(kind):
    """Whatever can be a field."""
    adapter = TypeAdapter(kind)
    adapter.validate_python(made(adapter.json_schema(), Known()).value)
