"""Footnotes: ``[^1]`` and ``[^1]: text``, as numbers and a list at the end.

The plug-in of mdit-py-plugins reads to the end of the line from each ``[^``, which takes quadratic time in a text with
many; and it needs the whole text.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping, Sequence
from typing import Any, Literal

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from runware_magic.display.render import styles

_LABEL = r"\[\^([^\s\[\]^]{1,60})\]"
_DEFINITION = re.compile(rf"{_LABEL}:[ \t]*")
_REFERENCE = re.compile(rf"{_LABEL}(?!\()")
_NUMBER = re.compile(r"[1-9]\d{0,2}", re.ASCII)
_INDENTATION = 4  # columns, of later paragraphs of a note


def footnotes(markdown: MarkdownIt) -> None:
    """Add footnotes to a parser: tokens ``footnote_reference``, and lists of notes."""
    interrupts = ["paragraph", "reference", "blockquote", "list"]
    markdown.block.ruler.before("reference", "footnotes", _definition, {"alt": interrupts})
    markdown.inline.ruler.before("link", "footnotes", _reference)
    markdown.core.ruler.after("folds", "footnotes", _set_aside)


def notes(env: MutableMapping[str, Any]) -> list[Token]:
    """Return the list of notes in the order in which a text refers to them; others come last.

    A growing text has none here: its notes stand where they came.
    """
    bodies: dict[str, list[Token]] = env.get("footnotes", {})
    # Numbered before they are parsed, since they may refer to each other.
    numbers = [_number(env, label) for label in bodies]
    if not numbers:
        return []
    tokens = [Token("ordered_list_open", "ol", 1, attrs={"style": styles.FOOTNOTES}, block=True)]
    for label in env["footnote_numbers"]:
        tokens += [_item(1, 1), *bodies[label], _item(-1, 1)]
    return [*tokens, Token("ordered_list_close", "ol", -1, block=True)]


def _definition(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001  # markdown-it's interface
    begins = state.bMarks[start] + state.tShift[start]
    definition = _DEFINITION.match(state.src, begins, state.eMarks[start])
    if definition is None or state.is_code_block(start):
        return False
    if silent:
        return True
    opening = state.push("footnote_open", "li", 1)
    opening.meta["label"] = definition[1].casefold()
    # The text after the label, and the indented lines, are blocks of their own.
    line = state.bMarks[start], state.tShift[start], state.sCount[start]
    state.blkIndent += _INDENTATION
    state.bMarks[start], state.tShift[start], state.sCount[start] = definition.end(), 0, state.blkIndent
    state.md.block.tokenize(state, start, end)
    state.blkIndent -= _INDENTATION
    state.bMarks[start], state.tShift[start], state.sCount[start] = line
    opening.map = [start, state.line]
    state.push("footnote_close", "li", -1)
    return True


def _reference(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  # markdown-it's interface
    reference = _REFERENCE.match(state.src, state.pos)
    if reference is None:
        return False
    label = reference[1].casefold()
    # In a growing text the note comes later: a number is hardly anything else.
    is_awaited = state.env.get("live") and _NUMBER.fullmatch(label)
    if not is_awaited and label not in state.env.get("footnotes", ()):
        return False
    if not silent:
        token = state.push("footnote_reference", "sup", 0)
        token.meta["number"] = int(label) if is_awaited else _number(state.env, label)
    state.pos = reference.end()
    return True


def _number(env: MutableMapping[str, Any], label: str) -> int:
    numbers: dict[str, int] = env.setdefault("footnote_numbers", {})
    return numbers.setdefault(label, len(numbers) + 1)


def _set_aside(state: StateCore) -> None:
    """Move the notes out of a text; in a growing one they become lists of one where they stand."""
    if any(token.type == "footnote_open" for token in state.tokens):
        state.tokens = _in_place(state.tokens) if state.env.get("live") else _without_notes(state)


def _without_notes(state: StateCore) -> list[Token]:
    bodies: dict[str, list[Token]] = state.env.setdefault("footnotes", {})
    text: list[Token] = []
    around = [text]
    for token in state.tokens:
        if token.type == "footnote_open":
            # A repeated label gets a name to which nothing refers.
            label = token.meta["label"] if token.meta["label"] not in bodies else f"again {len(bodies)}"
            bodies[label] = []
            around.append(bodies[label])
        elif token.type == "footnote_close":
            body = around.pop()
            if [token.type for token in body] == ["paragraph_open", "inline", "paragraph_close"]:
                # The only paragraph of a note shows beside its number.
                body[0].hidden = body[2].hidden = True
        else:
            around[-1].append(token)
    return text


def _in_place(tokens: Sequence[Token]) -> list[Token]:
    shown: list[Token] = []
    count = 0
    for token in tokens:
        if token.type == "footnote_open":
            label, count = token.meta["label"], count + 1
            start = int(label) if _NUMBER.fullmatch(label) else count
            attributes: dict[str, str | int | float] = {"start": start, "style": styles.FOOTNOTE}
            shown += [Token("ordered_list_open", "ol", 1, attrs=attributes, level=token.level, block=True)]
            shown.append(_item(1, token.level + 1))
        elif token.type == "footnote_close":
            shown.append(_item(-1, token.level + 1))
            shown.append(Token("ordered_list_close", "ol", -1, level=token.level, block=True))
        else:
            shown.append(token)
    return shown


def _item(nesting: Literal[-1, 1], level: int) -> Token:
    # With its level: where one of zero closes, a long text is cut.
    return Token("list_item_open" if nesting > 0 else "list_item_close", "li", nesting, level=level, block=True)
