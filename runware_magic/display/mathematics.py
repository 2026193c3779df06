r"""Mathematics in Markdown: where it is, and which of it may be typeset.

Found are ``$…$``, ``$$…$$``, ``\(…\)``, ``\[…\]`` and the environments of amsmath. Two plug-ins of mdit-py-plugins
find them too, but neither knows when a text is still growing, and both take some prices for formulas.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

# What links, loads, styles, sets attributes, defines, or draws beyond its place. MathJax runs `\href{javascript:…}`
# and `\require` in every notebook, trusted or not, and a definition would hold for all outputs of the page.
GATED = re.compile(
    r"""\\(?:
    href | url | ref | eqref | require | unicode | includegraphics | input | include | special | csname | catcode
    | class | style | cssId | data | html[A-Za-z]* | bbox | fcolorbox | mmlToken | toggle | mathtip | texttip | tooltip
    | def | edef | gdef | xdef | let | global | futurelet | expandafter | definecolor | setOptions | mathtoolsset
    | (?:re)?newcommand | providecommand | (?:re)?newenvironment | (?:re)?newtagform | usetagform | Declare[A-Za-z]*
    | Newextarrow | newcolumntype | MakeAboxedCommand | begingroup[A-Za-z]* | endgroup | refeq
    | rule | Rule | Space | (?:math|text|cramped)?[lrc]lap | raise | lower | moveleft | moveright
    )(?![A-Za-z])""",
    re.VERBOSE,
)
# A colour goes into a style as it stands. A name, a number or a list of numbers is all that one needs.
_ODD_COLOUR = re.compile(r"\\\w*color\w*\s*(?:\[[^\]]*\]\s*)?\{(?![\w\s#.,!-]*\})|\\enclose\s*\{[^{}]*\}\s*\[")
_HUGE = re.compile(r"\d{3,}(?:\.\d*)?\s*(?:em|ex|pt|px|mu|cm|mm|in|pc)\b")
# MathJax reads what stands in these twice, or measures it twice: thirty of them, each in the one before, never end.
_DOUBLING = re.compile(r"\\(?:centernot|overbracket|underbracket)(?![A-Za-z])")
_MOST_DOUBLED = 4
_POOR_BOLD = re.compile(r"\\pmb(?![A-Za-z])")
_LABEL = re.compile(r"\\label\s*\{[^{}]*\}")
_BRACES = re.compile(r"\\.|[{}]", re.DOTALL)
# A switch holds to the end of its group: what follows stands within it.
_NESTING = re.compile(
    r"""(?P<opens>\{ | \\(?:left | begin)(?![A-Za-z])) | (?P<closes>\} | \\(?:right | end)(?![A-Za-z]))
    | (?P<switches>\\(?:color | (?:display|text|script|scriptscript)style | tiny | scriptsize | small | normalsize
      | large | Large | LARGE | huge | Huge | rm | bf | it | sf | tt | cal | frak | mit)(?![A-Za-z]))
    | (?P<hides>% | \\verb) | \\.""",
    re.VERBOSE | re.DOTALL,
)
_NAMES = re.compile(r"\w*[A-Za-z_]{2}\w*\W?")
_LONGEST, _MOST_LINES, _DEEPEST = 4000, 100, 40

_INLINE = {"$$": "$$", r"\(": r"\)", r"\[": r"\]"}
_ENVIRONMENT = re.compile(r"\\begin\{((?:equation|align|alignat|gather|multline|flalign|eqnarray|[pbBvV]?matrix)\*?)\}")


def typesettable(tex: str) -> bool:
    """Tell whether MathJax may see this: short, balanced, and without a command that reaches beyond the formula."""
    odd = any(pattern.search(tex) for pattern in (GATED, _ODD_COLOUR, _HUGE))
    return len(tex) <= _LONGEST and _balanced(tex) and not (odd or overwhelming(tex))


def overwhelming(tex: str) -> bool:
    """Tell whether a browser would take for ever to lay this out, or give up the page."""
    return len(_DOUBLING.findall(tex)) > _MOST_DOUBLED or _too_deep(tex)


def without_poor_bold(tex: str) -> str:
    r"""Give TeX with ``\boldsymbol`` for ``\pmb``, which doubles what stands in it and is no bolder."""
    return _POOR_BOLD.sub(r"\\boldsymbol", tex)


def delimited(tex: str, *, display: bool) -> str:
    r"""Put a formula between ``\(…\)`` or ``\[…\]``, without its labels.

    A label is unique in a page, and a growing answer is typeset many times.
    """
    tex = without_poor_bold(_LABEL.sub("", tex).strip())
    return rf"\[{tex}\]" if display else rf"\({tex}\)"


def _too_deep(tex: str) -> bool:
    """Tell whether elements would stand in each other deeper than a browser bears."""
    depth = deepest = 0
    kinds = [match.lastgroup for match in _NESTING.finditer(tex)]
    # What ends in a comment ends nothing, and what is one only TeX knows.
    closing = 0 if "hides" in kinds else -1
    for kind in kinds:
        depth = max(0, depth + {"opens": 1, "switches": 1, "closes": closing}.get(kind or "", 0))
        deepest = max(deepest, depth)
    return deepest > _DEEPEST


def _balanced(tex: str) -> bool:
    depth = 0
    for brace in _BRACES.findall(tex):
        depth += {"{": 1, "}": -1}.get(brace, 0)
        if depth < 0:
            return False
    return depth == 0


def mathematics(markdown: MarkdownIt) -> None:
    """Teach a parser mathematics: tokens ``math_inline``, ``math_display`` (in a line) and ``math_block``."""
    markdown.inline.ruler.before("escape", "mathematics", _inline)
    interrupts: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    markdown.block.ruler.before("fence", "mathematics", _block, interrupts)


def _inline(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  # markdown-it's interface
    source, start = state.src, state.pos
    opening = source[start : start + 2]
    closing = _INLINE.get(opening)
    if closing is None:
        if source[start] != "$":
            return False
        opening = closing = "$"
    inside = start + len(opening)
    end = _find(source, closing, inside)
    if end <= inside or "`" in source[inside:end] or (closing == "$" and not _is_formula(source, start, end)):
        return False
    if not silent:
        token = state.push("math_inline" if closing in {"$", r"\)"} else "math_display", "", 0)
        token.content, token.markup = source[inside:end], opening
    state.pos = end + len(closing)
    return True


def _find(source: str, closing: str, start: int) -> int:
    r"""Find the delimiter, passing over ``\$``; the window bounds the cost of a text full of opening delimiters."""
    window = start + _LONGEST + len(closing)
    end = source.find(closing, start, window)
    while closing[0] == "$" and end > 0 and source[end - 1] == "\\":
        end = source.find(closing, end + 1, window)
    return end


def _is_formula(source: str, start: int, end: int) -> bool:
    """Tell ``$x$`` from "costs $5 and $10", "$HOME/$USER" and a lone ``$$``."""
    before, after = source[start - 1 : start], source[end + 1 : end + 2]
    inside = source[start + 1 : end]
    if before == "$" or before.isdigit() or inside[0].isspace() or inside[-1].isspace():
        return False
    return not after.isdigit() and not (after.isidentifier() and _NAMES.fullmatch(inside))


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001  # markdown-it's interface
    opening, closing = _delimiters(_line(state, start)) if not state.is_code_block(start) else ("", "")
    if not closing:
        return False
    stop = _stop(state, start, end, opening, closing)
    if stop is None:
        return False
    if not silent:
        token = state.push("math_block", "", 0)
        token.block, token.map, token.markup = True, [start, stop], opening
        text = "\n".join(_line(state, line) for line in range(start, stop)).strip()
        token.meta["open"] = not _closes(text[len(opening) :], closing)
        token.content = text if opening not in _INLINE else _between(text, opening, closing)
    state.line = stop
    return True


def _delimiters(line: str) -> tuple[str, str]:
    for opening, closing in (("$$", "$$"), (r"\[", r"\]")):
        if line.startswith(opening):
            return opening, closing
    match = _ENVIRONMENT.match(line)
    return (match[0], rf"\end{{{match[1]}}}") if match else ("", "")


def _stop(state: StateBlock, start: int, end: int, opening: str, closing: str) -> int | None:
    """Find the line after the block. No blank line may stand in it, as in TeX: an unclosed one ends there as text."""
    # Bounded, since in a text of nothing but opening lines each looks for its end.
    last = min(end, start + _MOST_LINES)
    for line in range(start, last):
        text = _line(state, line)
        if line == start:
            text = text[len(opening) :]
        if (line > start and not text.strip()) or state.sCount[line] < state.blkIndent:
            return None
        if closing in text:
            # More text behind it, or none within: the rules of a line find what there is.
            return line + 1 if _closes(text, closing) and (line > start or text.strip() != closing) else None
    if state.level or last < state.lineMax:
        return None
    # More lines may come and close it: whoever lets a text grow must not seal anything from here on.
    state.env["unclosed"] = min(start, state.env.get("unclosed", start))
    return end if state.env.get("growing") else None


def _closes(text: str, closing: str) -> bool:
    return text.rstrip().rstrip(".,;").endswith(closing)


def _between(text: str, opening: str, closing: str) -> str:
    inside = text[len(opening) :]
    head, found, punctuation = inside.rpartition(closing)
    return head + punctuation if found else inside


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
