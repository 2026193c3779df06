"""The sources that an answer cites."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from runware_magic.chat.text import one_line

#: The most sources that are stored for an answer.
MOST = 100
_LONGEST_URL = 2000  # characters: longer addresses are never links here
_LONGEST_TITLE = 300
_CREDENTIALS = re.compile(r"(?<=:)//[^/?#]*@")


@dataclass(frozen=True, slots=True)
class Source:
    """A source of an answer; never trusted.

    Attributes
    ----------
    url, title
        Its address and its title, one of which may be empty.
    """

    url: str
    title: str = ""

    def __post_init__(self) -> None:
        # A name before the host may look like one.
        object.__setattr__(self, "url", _CREDENTIALS.sub("//", self.url, count=1))

    def to_json(self) -> dict[str, str]:
        """Return the form that records and search results use."""
        return {"url": self.url, "title": self.title}


def merged(known: Iterable[Source], new: Iterable[Source]) -> tuple[Source, ...]:
    """Return all sources in order of arrival, each once, by address or else by title.

    A known source without a title takes that of a new one with the same address. Each text becomes one line. An address
    that is too long becomes a title: if it were cut, it would lead elsewhere.
    """
    found = {source.url or source.title: source for source in known}
    for source in map(_bounded, new):
        name = source.url or source.title
        if name and (len(found) < MOST or name in found) and not (name in found and found[name].title):
            found[name] = source
    return tuple(found.values())


def _bounded(source: Source) -> Source:
    url = one_line(source.url, _LONGEST_URL + 1)
    is_cut = len(url) > _LONGEST_URL
    return Source("" if is_cut else url, one_line(source.title or (url if is_cut else ""), _LONGEST_TITLE))
