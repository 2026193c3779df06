"""The code blocks of an answer, as a reader counts them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pygments.lexers import find_lexer_class_by_name
from pygments.util import ClassNotFound

from runware_magic.chat.text import plain
from runware_magic.display.render.markdown import MARKDOWN, ended

_LANGUAGE = re.compile(r"\{?\.?([\w+#-]+)")


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A block, without control characters; its language in lower case, empty if the answer names none."""

    text: str
    language: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its language, the answer's own first; none for one that Pygments does not know."""
        try:
            known = find_lexer_class_by_name(self.language).aliases
        except ClassNotFound:
            return ()
        return tuple(dict.fromkeys((self.language, *known)))


def code_blocks(text: str) -> tuple[CodeBlock, ...]:
    """Return the code blocks of a Markdown text, in order."""
    tokens = MARKDOWN.parse(ended(plain(text)))
    return tuple(
        CodeBlock(token.content.rstrip("\n"), _language(token.info))
        for token in tokens
        if token.type in ("fence", "code_block") and token.content.strip()
    )


def _language(info: str) -> str:
    found = _LANGUAGE.match(info.strip())
    return found[1].lower() if found else ""
