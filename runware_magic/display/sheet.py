"""Inline styles as classes, for a view that sends its end again and again: a style is sent once, then only named."""

from __future__ import annotations

import re
from zlib import crc32

_STYLED = re.compile(r'<(\w+) style="([^"]*)"')


class Sheet:
    """A style sheet that learns the styles of the markup that it shortens."""

    def __init__(self) -> None:
        self._rules: dict[str, str] = {}

    def shorten(self, markup: str) -> str:
        """Give the markup with a class in place of each inline style that an element without a class has.

        Parameters
        ----------
        markup
            HTML that has passed the door: its styles hold nothing that could end a rule.
        """
        return _STYLED.sub(self._named, markup)

    @property
    def html(self) -> str:
        """The styles so far, as a ``<style>`` element."""
        # Thrice the class: inline styles came before the rules of the page, and these are still to.
        rules = "".join(f".{name}.{name}.{name}{{{style}}}" for name, style in self._rules.items())
        return f"<style>{rules}</style>" if rules else ""

    def _named(self, element: re.Match[str]) -> str:
        # Named by its content: a style has the same name in every view of a page, so no two can disagree.
        name = f"rw{crc32(element[2].encode()):x}"
        self._rules[name] = element[2]
        return f'<{element[1]} class="{name}"'
