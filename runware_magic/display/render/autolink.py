"""Bare web and mail addresses as links, found by linkify-it in texts that are short enough for it."""

from __future__ import annotations

import re

from linkify_it import LinkifyIt  # type: ignore[import-untyped]  # has no types
from linkify_it.main import Match  # type: ignore[import-untyped]
from linkify_it.ucre import build_re  # type: ignore[import-untyped]
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.linkify import linkify

_LONGEST = 2000  # characters of a text: linkify-it can take quadratic time
_SHOWN = 60  # characters of a destination
_SIGNS = ("://", "@", "www.")  # one of them is in each address
_AUTHORITY = re.compile(r"//([^/?#\\]+)")
_PARTS = build_re({})
# A few labels at most: each ``www.`` of a text is tried.
_AFTER_WWW = r"^(?:{src_domain}\.){{1,9}}{src_domain_root}{src_host_terminator}{src_path}".format_map(_PARTS)


def destination(target: str) -> str:
    """Return where a link leads, short: the host, or the mailbox.

    The target is as `MarkdownIt.normalizeLink` writes it: host names are in ASCII, so that none looks like another.
    """
    scheme, _, rest = target.partition(":")
    if scheme.lower() == "mailto":
        place = rest.partition("?")[0]
    else:
        host = _AUTHORITY.match(rest)
        place = host[1].rpartition("@")[2].removeprefix("www.") if host else ""
    place = place or target
    # The end of a host name tells whose it is.
    return place if len(place) <= _SHOWN else f"…{place[-_SHOWN:]}"


def addresses(markdown: MarkdownIt) -> None:
    """Make links of ``http://…``, ``https://…``, ``www.…`` and mail addresses."""
    # A name alone is no address: ``README.md`` would lead to Moldova.
    schemas = {"ftp:": None, "//": None, "www.": {"validate": _AFTER_WWW}}
    markdown.linkify = _Addresses(schemas, {"fuzzy_link": False})
    markdown.options["linkify"] = True
    markdown.enable("linkify")
    markdown.inline.ruler.at("linkify", _web)


def _web(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  # markdown-it's interface
    return len(state.src) < _LONGEST and linkify(state, silent)


class _Addresses(LinkifyIt):  # type: ignore[misc]  # likewise
    # Its own searches take as much time as all other rules together, and hardly any text has an address.
    def pretest(self, text: str) -> bool:
        return len(text) < _LONGEST and any(sign in text.lower() for sign in _SIGNS)

    def test(self, text: str) -> bool:
        return self.pretest(text) and super().test(text)

    def normalize(self, match: Match) -> None:
        super().normalize(match)
        if match.schema == "www.":
            match.url = f"http://{match.url}"
