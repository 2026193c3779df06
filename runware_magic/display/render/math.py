r"""Mathematics in Markdown: find formulas, and decide which may be typeset.

Formulas are ``$…$``, ``$$…$$``, ``\(…\)``, ``\[…\]`` and environments. Two plug-ins of mdit-py-plugins find them too,
but neither knows when a text is still growing, and both take some prices for formulas.
"""

from __future__ import annotations

import re
from itertools import accumulate

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from runware_magic.display.render.dollars import LONGEST, Formula, formula_at, is_prose

# Commands that link, load, style, set attributes, define, or draw outside of their place. MathJax runs
# `\href{javascript:…}` and `\require` in every notebook, trusted or not, and definitions apply to the whole page.
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
# A colour goes into a style unchanged: only names, numbers and lists of numbers are allowed.
_ODD_COLOUR = re.compile(r"\\\w*color\w*\s*(?:\[[^\]]*\]\s*)?\{(?![\w\s#.,!-]*\})|\\enclose\s*\{[^{}]*\}\s*\[")
_HUGE = re.compile(r"\d{3,}(?:\.\d*)?\s*(?:em|ex|pt|px|mu|cm|mm|in|pc)\b")
# MathJax reads or measures the argument of these twice: thirty of them, nested, never end.
_DOUBLING = re.compile(r"\\(?:centernot|overbracket|underbracket)(?![A-Za-z])")
_MOST_DOUBLED = 4
_POOR_BOLD = re.compile(r"\\pmb(?![A-Za-z])")
_LABEL = re.compile(r"\\label\s*\{[^{}]*\}")
_BRACES = re.compile(r"\\.|[{}]", re.DOTALL)
# A switch applies to the end of its group, so what follows is nested in it.
_NESTING = re.compile(
    r"""(?P<opens>\{ | \\(?:left | begin)(?![A-Za-z])) | (?P<closes>\} | \\(?:right | end)(?![A-Za-z]))
    | (?P<switches>\\(?:color | (?:display|text|script|scriptscript)style | tiny | scriptsize | small | normalsize
      | large | Large | LARGE | huge | Huge | rm | bf | it | sf | tt | cal | frak | mit)(?![A-Za-z]))
    | (?P<hides>% | \\verb) | \\.""",
    re.VERBOSE | re.DOTALL,
)
_MOST_LINES, _DEEPEST = 100, 40

_INLINE = {r"\(": r"\)", r"\[": r"\]"}
_DISPLAY = "$$"
_ENVIRONMENT = re.compile(r"\\begin\{([A-Za-z]+\*?)\}")
_ENDS = re.compile(r"\\(begin|end)\{([A-Za-z]+\*?)\}")
_TWO = re.compile(r"(?<!\$)\$\$(?!\$)")
# Environments that MathJax knows. Others show their source rather than an error.
_KNOWN = re.compile(
    r"""(?:equation | align | alignat | xalignat | xxalignat | gather | multline | flalign | eqnarray | math
    | displaymath | [pbBvV]?(?:small)?matrix | [dr]?cases | drcases | (?:num|subnum)cases | array | subarray | split
    | CD | aligned(?:at)? | alignedat | [lr]?gathered | multlined | empheq)\*?""",
    re.VERBOSE,
)


def typesettable(tex: str) -> bool:
    """Whether MathJax may see this: short, balanced, and without commands that reach beyond the formula."""
    odd = any(pattern.search(tex) for pattern in (GATED, _ODD_COLOUR, _HUGE))
    return len(tex) <= LONGEST and _balanced(tex) and not (odd or overwhelming(tex))


def overwhelming(tex: str) -> bool:
    """Whether a browser would take forever to lay this out, or crash the page."""
    return len(_DOUBLING.findall(tex)) > _MOST_DOUBLED or _too_deep(tex)


def without_poor_bold(tex: str) -> str:
    r"""Return TeX with ``\boldsymbol`` for ``\pmb``, which doubles its argument and is no bolder."""
    return _POOR_BOLD.sub(r"\\boldsymbol", tex)


def delimited(tex: str, *, display: bool) -> str:
    r"""Return a formula between ``\(…\)`` or ``\[…\]``, without its labels.

    A label is unique in a page, and a growing answer is typeset many times.
    """
    tex = without_poor_bold(_LABEL.sub("", tex).strip())
    return rf"\[{tex}\]" if display else rf"\({tex}\)"


def _too_deep(tex: str) -> bool:
    """Whether elements would be nested deeper than a browser supports."""
    kinds = [match.lastgroup or "" for match in _NESTING.finditer(tex)]
    # An end in a comment ends nothing, and only TeX knows what is a comment.
    steps = {"opens": 1, "switches": 1, "closes": 0 if "hides" in kinds else -1}
    depths = accumulate(kinds, lambda depth, kind: max(0, depth + steps.get(kind, 0)), initial=0)
    return max(depths) > _DEEPEST


def _balanced(tex: str) -> bool:
    depths = list(accumulate(({"{": 1, "}": -1}.get(mark, 0) for mark in _BRACES.findall(tex)), initial=0))
    return min(depths) == depths[-1] == 0


def mathematics(markdown: MarkdownIt) -> None:
    """Add mathematics to a parser: tokens ``math_inline``, ``math_display`` (in a line) and ``math_block``."""
    markdown.inline.ruler.before("escape", "mathematics", _inline)
    markdown.block.ruler.before(
        "fence", "mathematics", _block, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )


def _inline(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  # markdown-it's interface
    found = _find(state.src, state.pos)
    if found is None:
        return False
    opening, formula = found
    if not silent:
        token = state.push("math_inline" if opening in {"$", r"\("} else "math_display", "", 0)
        token.content, token.meta["open"] = state.src[formula.start : formula.stop], _is_unknown(opening)
    state.pos = formula.end
    return True


def _find(source: str, at: int) -> tuple[str, Formula] | None:
    """Return what opens the formula at an index, and the formula."""
    if source[at] == "$":
        formula = formula_at(source, at)
        return (_DISPLAY if source.startswith(_DISPLAY, at) else "$", formula) if formula else None
    if environment := _ENVIRONMENT.match(source, at):
        end = _end_of_environment(source, environment)
        return (environment[0], Formula(at, end, end)) if end else None
    opening = source[at : at + 2]
    if opening not in _INLINE:
        return None
    start, closing = at + 2, _INLINE[opening]
    stop = source.find(closing, start, start + LONGEST + 2)
    return (opening, Formula(start, stop, stop + 2)) if stop > start and "`" not in source[start:stop] else None


def _end_of_environment(text: str, opening: re.Match[str]) -> int | None:
    """Return where an environment ends, past nested ones of its name."""
    depth = 0
    for mark in _ENDS.finditer(text, opening.start(), opening.start() + LONGEST):
        depth += _step(mark, opening[1])
        if depth == 0:
            return mark.end()
    return None


def _step(mark: re.Match[str], name: str) -> int:
    return 0 if mark[2] != name else 1 if mark[1] == "begin" else -1


def _is_unknown(opening: str) -> bool:
    environment = _ENVIRONMENT.match(opening)
    return environment is not None and not _KNOWN.fullmatch(environment[1])


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001  # markdown-it's interface
    opening, closing = _delimiters(_line(state, start))
    if not closing or state.is_code_block(start):
        return False
    stop = _stop(state, start, end, opening, closing)
    if stop is None:
        return False
    if not silent:
        token = state.push("math_block", "", 0)
        token.block, token.map = True, [start, stop]
        text = "\n".join(_line(state, line) for line in range(start, stop)).strip()
        token.meta["open"] = _is_unknown(opening) or not _closes(text[len(opening) :], closing)
        token.content = text if _ENVIRONMENT.match(opening) else _between(text, opening, closing)
    state.line = stop
    return True


def _delimiters(line: str) -> tuple[str, str]:
    if _TWO.match(line):
        return _DISPLAY, _DISPLAY
    if line.startswith(r"\["):
        return r"\[", r"\]"
    match = _ENVIRONMENT.match(line)
    return (match[0], rf"\end{{{match[1]}}}") if match else ("", "")


def _stop(state: StateBlock, start: int, end: int, opening: str, closing: str) -> int | None:
    """Return the line after the block; as in TeX, an unclosed one ends as text at a blank line."""
    # Bounded, since in a text of opening lines only, each looks for its end.
    last = min(end, start + _MOST_LINES)
    depth, mark = 1, closing.removeprefix(r"\end")
    for line in range(start, last):
        text = _line(state, line)[len(opening) if line == start else 0 :]
        if (line > start and not text.strip()) or state.sCount[line] < state.blkIndent:
            return None
        # Nearly no line has it, and there may be thousands.
        depth = _depth(depth, text, opening, closing) if mark in text else depth
        if depth <= 0:
            # With more text behind it, or none within, the inline rules find what there is.
            is_whole = depth == 0 and _closes(text, closing) and (line > start or _has_formula(text, closing))
            return line + 1 if is_whole else None
    if state.level or last < state.lineMax:
        return None
    # More lines may come and close it: a growing text must not be sealed from here on.
    state.env["unclosed"] = min(start, state.env.get("unclosed", start))
    return end if state.env.get("growing") else None


def _depth(depth: int, text: str, opening: str, closing: str) -> int:
    """Return the depth within a block at the end of its line; below zero where it was left before."""
    environment = _ENVIRONMENT.match(opening)
    if not environment:
        return depth - (len(_TWO.findall(text)) if closing == _DISPLAY else text.count(closing))
    for mark in _ENDS.finditer(text):
        if mark[2] == environment[1]:
            depth = depth + _step(mark, environment[1]) if depth > 0 else -1
    return depth


def _has_formula(text: str, closing: str) -> bool:
    """Whether there is a formula in a line that both opens and closes it."""
    inside = text.rpartition(closing)[0]
    return bool(inside.strip()) and not (closing == _DISPLAY and is_prose(inside))


def _closes(text: str, closing: str) -> bool:
    return text.rstrip().rstrip(".,;").endswith(closing)


def _between(text: str, opening: str, closing: str) -> str:
    inside = text[len(opening) :]
    head, found, punctuation = inside.rpartition(closing)
    return head + punctuation if found else inside


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
