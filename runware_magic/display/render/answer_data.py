"""An answer as data: its JSON in each form in which a reader sees it, and the documents that show it while it grows."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from typing import Any, Protocol

from runware_magic.chat.answer_json import found_json
from runware_magic.chat.text import encodable, plain
from runware_magic.chat.turn import Turn
from runware_magic.display.render import styles
from runware_magic.display.render.growing_json import GrowingJson
from runware_magic.display.render.incremental import GrowingDocument
from runware_magic.display.render.json_rows import prose
from runware_magic.display.render.json_tree import tree_html
from runware_magic.display.render.markdown_text import to_text
from runware_magic.display.render.sanitize_html import clean

_MOST_ROWS = 12  # of plain text that show at once
_FENCE_BEGINS = re.compile(r"^[ \t]*(?:`{3,}|~{3,})[^\n]*\n\s*\Z", re.MULTILINE)
_FENCE_ENDS = re.compile(r"\A\s*^[ \t]*(?:`{3,}|~{3,})[ \t]*$", re.MULTILINE)


class Document(Protocol):
    """A growing text as HTML: parts that will not change again, and a tail; ``is_seamless`` if no gap is between."""

    sealed: list[str]
    is_seamless: bool

    @property
    def tail(self) -> str:
        """The HTML of the rest."""

    def feed(self, delta: str) -> None:
        """Add text to the end."""


def asks_for_data(turn: Turn) -> bool:
    """Whether the answer of a turn is to match a schema."""
    return bool(turn.schema_sent or turn.schema)


def document_for(turn: Turn) -> Document:
    """Return an empty document that shows the answer of a turn while it grows."""
    return GrowingJson(turn.schema) if asks_for_data(turn) else GrowingDocument()


def text_of(turn: Turn) -> str:
    """Return an answer as text to compare: data with a line for each entry, Markdown without its signs."""
    data = AnswerData.of(turn)
    return plain(data.text) if data else to_text(turn.content)


def shown_as_markdown(turn: Turn) -> str:
    """Return an answer as the Markdown that shows it: JSON that does not match its schema is code, line by line."""
    text = turn.content if turn.content.strip() else ""
    if not asks_for_data(turn) or text.lstrip()[:1] not in {"{", "["}:
        return text
    # Longer than any fence in it.
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}json\n{text.strip()}\n{fence}"


@dataclass(frozen=True, slots=True)
class AnswerData:
    """The JSON ``value`` of an answer that matched its schema, and the prose ``before`` and ``after`` it."""

    value: Any
    before: str = ""
    after: str = ""

    @classmethod
    def of(cls, turn: Turn) -> AnswerData | None:
        """Return the value of a turn; None if it has no data."""
        if turn.data is None:
            return None
        try:
            # From the text: the data may be an object of the user's own class.
            value, written = found_json(turn.content, turn.schema)
        except ValueError:
            return None
        before, is_there, after = turn.content.rpartition(written)
        if not is_there:
            return cls(value)
        return cls(value, _FENCE_BEGINS.sub("", before), _FENCE_ENDS.sub("", after))

    @property
    def html(self) -> str:
        """As a tree, and as text in a folded field: there, keys select and copy it, as they do nowhere else in Lab."""
        shown = plain(self.text)
        rows = min(_MOST_ROWS, shown.count("\n") + 1)
        field = (
            f'<details style="{styles.MARKDOWN}"><summary style="{styles.DATA_PLAIN}">as plain text</summary>'
            f'<label style="{styles.MARKDOWN_LABEL};{styles.DATA_PLAIN}">'
            "Click in it, select all (Ctrl+A or Cmd+A), and copy"
            f'<textarea style="{styles.PLAIN_TEXT}" rows="{rows}" spellcheck="false">{html.escape(shown)}</textarea>'
            "</label></details>"
        )
        parts = (clean(prose(self.before)), tree_html(self.value), clean(prose(self.after) + field))
        return f'<div style="{styles.DATA}">{"".join(parts)}</div>'

    @property
    def text(self) -> str:
        """With a line for each entry."""
        return encodable(json.dumps(self.value, indent=2, ensure_ascii=False))

    @property
    def markdown(self) -> str:
        """In a code block: no line of JSON can end it."""
        return f"```json\n{self.text}\n```"

    @property
    def line(self) -> str:
        """In one line."""
        return encodable(json.dumps(self.value, ensure_ascii=False))
