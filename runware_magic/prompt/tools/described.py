"""A tool as a reader sees it: what a model is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runware_magic.chat.text import one_line
from runware_magic.prompt.schema.problems import EXPECTED, one_of, quoted
from runware_magic.prompt.tools.tool import Tool

#: The heads of the columns of `described`.
COLUMNS = ("parameter", "type", "default", "description")
_SHOWN = 200
_DEEPEST = 4


def described(tool: Tool) -> tuple[tuple[str, str, str, str], ...]:
    """Return the parameters of a tool as rows: name, type in words, default, description."""
    known = tool.parameters.get("$defs", {})
    required = tool.parameters.get("required", [])
    return tuple(
        (
            name,
            type_words(schema, known),
            "required" if name in required else quoted(schema["default"]) if "default" in schema else "may be left out",
            one_line(schema.get("description", ""), _SHOWN),
        )
        for name, schema in tool.parameters["properties"].items()
    )


def type_words(schema: Mapping[str, Any], known: Mapping[str, Any], depth: int = 0) -> str:
    """Return what a JSON schema wants, in a few words: ``a list of whole numbers``."""
    if depth > _DEEPEST:
        return "…"
    schema = known.get(str(schema.get("$ref", "")).removeprefix("#/$defs/"), schema)
    if "enum" in schema or "const" in schema:
        return one_line(one_of(schema.get("enum", [schema.get("const")])), _SHOWN)
    if forms := schema.get("anyOf") or schema.get("oneOf"):
        words = [type_words(form, known, depth + 1) for form in forms]
        is_any_number = EXPECTED["number"] in words
        return " or ".join(dict.fromkeys(word for word in words if not (is_any_number and word == EXPECTED["integer"])))
    kind = schema.get("type")
    if kind == "array" and schema.get("items"):
        return f"a list, each {type_words(schema['items'], known, depth + 1)}"
    if kind == "object" and schema.get("properties"):
        return f"an object with {', '.join(schema['properties'])}"
    return " ".join(filter(None, (EXPECTED.get(str(kind), "any value"), _form(schema))))


def _form(schema: Mapping[str, Any]) -> str:
    form = schema.get("format")
    return f"({form})" if form else ""
