"""The sources that an answer cites: numbered links, or text for a source without a web address."""

from __future__ import annotations

import re
from collections.abc import Sequence

from runware_magic.chat.sources import Source
from runware_magic.chat.text import one_line, plain
from runware_magic.display.render import styles
from runware_magic.display.render.badge import SEPARATOR
from runware_magic.display.render.html_rules import link
from runware_magic.display.render.markdown import MARKDOWN
from runware_magic.display.render.sanitize_html import clean, escape
from runware_magic.display.render.tables import literal

_FEW = 10  # sources that show at once; more fold
_SHOWN = 120  # characters of a name
_WEB = re.compile(r"https?://(?:www\.)?(?=[^\s/])", re.IGNORECASE)
# Characters of an address that mean something in Markdown or start a formula.
_MEANS_MARKUP = re.compile(r"[()\[\]\\`$|<>\"']")


def sources_html(sources: Sequence[Source]) -> str:
    """Return sources as safe HTML; empty where there are none."""
    if not sources:
        return ""
    named = ((_name(source), _target(source)) for source in sources)
    items = "".join(f"<li>{link(target, name) if target else escape(name)}</li>" for name, target in named)
    heading, opened = ("Sources", ' open=""') if len(sources) <= _FEW else (f"{len(sources)} sources", "")
    return clean(
        f'<details class="runware-sources {styles.UNTOUCHED}" style="{styles.SOURCES}"{opened}>'
        f'<summary style="{styles.SUMMARY}">{heading}</summary>'
        f'<ol style="{styles.SOURCE_LIST}">{items}</ol></details>'
    )


def sources_markdown(sources: Sequence[Source]) -> str:
    """Return sources as Markdown; safe only after `safe_markdown`."""
    items = (f"{number}. {_as_markdown(source)}" for number, source in enumerate(sources, 1))
    return "\n".join(("Sources:\n", *items)) if sources else ""


def sources_lines(sources: Sequence[Source]) -> list[str]:
    """Return sources as lines of plain text."""
    both = ((one_line(source.title), plain(_target(source) or source.url)) for source in sources)
    return [f"[{number}] {SEPARATOR.join(filter(None, texts))}" for number, texts in enumerate(both, 1)]


def _target(source: Source) -> str:
    """Return the target of a link to a source; empty where it is not on the web."""
    return MARKDOWN.normalizeLink(source.url) if _WEB.match(source.url) else ""


def _name(source: Source) -> str:
    if _WEB.match(source.url):
        return one_line(source.title or _WEB.sub("", MARKDOWN.normalizeLinkText(source.url), count=1), _SHOWN)
    return one_line(f"{source.title} {source.url}", _SHOWN)


def _as_markdown(source: Source) -> str:
    name, target = literal(_name(source)), _target(source)
    # Encoded again, so that every reader sees the same end of the address.
    target = _MEANS_MARKUP.sub(lambda found: f"%{ord(found[0]):02X}", target).replace("&", "&amp;")
    return f"[{name}]({target})" if target else name
