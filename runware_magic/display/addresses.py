"""Bare addresses as links, as GitHub's Markdown has them, in time that no text can drive up.

The plug-in of mdit-py-plugins looks at all of the text before and behind every ``:`` and ``@``, which takes time with
the square of a text that has many.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

_LONGEST = 2000  # characters of an address; what is longer is text
_LONGEST_NAME = 64  # of a mailbox
_SHOWN = 60  # of where an address leads
_AUTHORITY = re.compile(r"//([^/?#\\]+)")
_BEFORE = frozenset(" \t\n*_~(")
_SCHEMES = ("http", "https")
_REST = re.compile(r"[^\s<]+")
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)*")
_NAME = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.+-_"
_DOMAIN = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9][A-Za-z0-9_-]*)+(?<=[A-Za-z0-9])(?![@\w-])")
_ENTITY = re.compile(r"&[A-Za-z]{1,31};\Z")


def destination(target: str) -> str:
    """Give where a link leads, short: the host, or the mailbox.

    Parameters
    ----------
    target
        The address, as `MarkdownIt.normalizeLink` writes it: names of hosts are in ASCII, so that none looks like
        another.
    """
    scheme, _, rest = target.partition(":")
    if scheme.lower() == "mailto":
        place = rest.partition("?")[0]
    else:
        host = _AUTHORITY.match(rest)
        place = host[1].rpartition("@")[2].removeprefix("www.") if host else ""
    place = place or target
    # Of a name, the end tells whose it is.
    return place if len(place) <= _SHOWN else f"…{place[-_SHOWN:]}"


def addresses(markdown: MarkdownIt) -> None:
    """Make links of ``http://…``, ``https://…``, ``www.…`` and addresses of mail."""
    markdown.inline.add_terminator_char("w")
    markdown.inline.ruler.push("address_www", _www)
    markdown.inline.ruler.push("address_web", _web)
    markdown.inline.ruler.push("address_mail", _mail)


def _www(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  # markdown-it's interface
    if not state.src.startswith("www.", state.pos, state.posMax):
        return False
    return _link(state, 0, _address(state, state.pos, 4, dots=2), "http://", silent=silent)


def _web(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  # markdown-it's interface
    if not state.src.startswith("://", state.pos, state.posMax):
        return False
    before = _pending(state, len(_SCHEMES[-1]))
    scheme = next((name for name in reversed(_SCHEMES) if before.endswith(name)), "")
    start = state.pos - len(scheme)
    return bool(scheme) and _link(state, len(scheme), _address(state, start, len(scheme) + 3), "", silent=silent)


def _mail(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  # markdown-it's interface
    if state.src[state.pos] != "@":
        return False
    before = _pending(state, len("mailto:") + _LONGEST_NAME)
    name = before[len(before.rstrip(_NAME)) :]
    domain = _DOMAIN.match(state.src, state.pos + 1, min(state.posMax, state.pos + _LONGEST))
    if not name or not domain:
        return False
    scheme = "mailto:" if before.endswith(f"mailto:{name}") else ""
    address = f"{scheme}{name}@{domain[0]}"
    return _link(state, len(scheme + name), address, "" if scheme else "mailto:", silent=silent)


def _pending(state: StateInline, count: int) -> str:
    """Give the last characters before the place, as far as they are not part of anything yet."""
    return state.pending[-count:]


def _address(state: StateInline, start: int, prefix: int, dots: int = 0) -> str:
    """Give the address of the web that starts here; empty where it has no host."""
    rest = _REST.match(state.src, start, min(state.posMax, start + _LONGEST + 1))
    host = _HOST.match(rest[0], prefix) if rest and len(rest[0]) <= _LONGEST else None
    if rest is None or host is None:
        return ""
    labels = rest[0][: host.end()].rpartition("/")[2].split(".")
    # An underscore is no part of a name that anybody can register.
    return _trimmed(rest[0]) if len(labels) > dots and not any("_" in label for label in labels[-2:]) else ""


def _trimmed(text: str) -> str:
    """Take from the end what belongs to the sentence around."""
    surplus = text.count(")") - text.count("(")
    while text:
        if text.endswith(")") and surplus > 0:
            text, surplus = text[:-1], surplus - 1
        elif entity := _ENTITY.search(text, max(0, len(text) - 33)):
            text = text[: entity.start()]
        elif text.endswith(tuple("?!.,:;*_~'\"[]")):
            text = text[:-1]
        else:
            break
    return text


def _link(state: StateInline, back: int, address: str, scheme: str, *, silent: bool) -> bool:
    """Make a link of an address that starts so many characters before the place; tell whether it is one."""
    start = state.pos - back
    # Within the label of a link nothing is one, nor where markdown-it only looks for the end of something.
    if silent or state.linkLevel > 0 or not address or (start > 0 and state.src[start - 1] not in _BEFORE):
        return False
    target = state.md.normalizeLink(scheme + address)
    if not state.md.validateLink(target):
        return False
    state.pending = state.pending[: len(state.pending) - back]
    token = state.push("link_open", "a", 1)
    token.attrs = {"href": target}
    token.markup, token.info = "autolink", "auto"
    state.push("text", "", 0).content = state.md.normalizeLinkText(address)
    token = state.push("link_close", "a", -1)
    token.markup, token.info = "autolink", "auto"
    state.pos = start + len(address)
    return True
