"""Several values shown as one, each beneath the other; and code among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from runware_magic.display import look
from runware_magic.display.door import clean
from runware_magic.display.plain import plain
from runware_magic.display.renderer import code_block


class Shown(Protocol):
    """A value that shows itself as HTML and as text."""

    def _repr_mimebundle_(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Code:
    """Code to read and to copy. It may come from outside: it is shown as it is, never as markup.

    Attributes
    ----------
    text
        The code.
    language
        A name that Pygments knows, for the colours; empty for none.
    """

    text: str
    language: str = ""

    def __str__(self) -> str:
        """Give the code without control characters."""
        return plain(self.text)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        markup = f'<div class="{look.UNTOUCHED}">{code_block(self.text, self.language)}</div>'
        return {"text/plain": str(self), "text/html": clean(markup)}


@dataclass(frozen=True, slots=True)
class Stack:
    """Values that are shown as one.

    Attributes
    ----------
    parts
        From top to bottom.
    """

    parts: tuple[Shown, ...]

    def __str__(self) -> str:
        """Give the parts as text, an empty line between."""
        return "\n\n".join(str(part) for part in self.parts)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        bundles = [part._repr_mimebundle_() for part in self.parts]
        markup = "".join(f'<div style="margin:0 0 12px">{bundle["text/html"]}</div>' for bundle in bundles)
        return {
            "text/plain": "\n\n".join(bundle["text/plain"] for bundle in bundles),
            "text/html": clean(f'<div class="{look.UNTOUCHED}">{markup}</div>'),
        }
