"""Texts grown from a grammar of everything that means something to some reader."""

import re

from hypothesis import strategies as st
from vectors import VECTORS

WORDS = ["a", "word", "x1", "é", "中", "\u0301", "0", "5", "www.", "e.x", "javascript", "https", "mailto", "alert(1)"]
MARKS = [*"\\`*_{}[]()#+-.!~|<>&'\"$:;/=^@%", "**", "~~", "``", "```", "~~~", "$$", "](", "][", "]:", "<!--", "-->"]
MARKS += [
    "<![CDATA[",
    "]]>",
    "<?",
    "?>",
    "</",
    "/>",
    "&#",
    "&lt;",
    "&amp;",
    "&bsol;",
    "&dollar;",
    "&NewLine;",
    "&#36;",
    "&#27;",
    "&#x202e;",
    "&#155;",
    "&#13;",
    "&#0;",
]
SPACES = [
    " ",
    "  ",
    "    ",
    "\t",
    "\n",
    "\n\n",
    "  \n",
    "\\\n",
    "\r\n",
    "\r",
    "\f",
    "\v",
    "\xa0",
    "\u2028",
    "\u200b",
    "\x85",
]
ODD = ["\0", "\x1b[31m", "\x1b]8;;http://e.x\a", "\b", "\x7f", "\x9b", "\u202e", "\u2066", "\ud800", "\udfff", "\ufeff"]
HTML = ["<script>", "</script>", "<style>", "</style>", "<img src=x onerror=alert(1)>", "<b>", "</p></div></details>"]
HTML += [
    "<svg>",
    "<math>",
    "<a href='javascript:x'>",
    "<div style='position:fixed'>",
    " onclick=alert(1) ",
    '"><',
    '="x"',
]
TAGS = ["<br>", "<sub>", "</sub>", "<sup a='>'>", "<kbd class=x>", "</KBD>", "<mark style='position:fixed'>", "</mark>"]
TAGS += [
    "<details>",
    "<details open ontoggle=x>",
    "</details>",
    "<summary>",
    "</summary>",
    "<details><summary>a</summary>",
]
TAGS += ["<sub", "</details", "[^1]", "[^1]: ", "[^b]: a b", "$`", "`$", "\\begin{cases}", "\\end{cases}", "。**"]
LINES = [
    "# ",
    "> ",
    "- ",
    "1. ",
    "- [x] ",
    "| ",
    "|-|-|\n",
    "===\n",
    "---\n",
    "```html\n",
    "```mermaid\n",
    "    ",
    "[r]: ",
]
TEX = ["\\(", "\\)", "\\[", "\\]", "\\\\(", "\\begin{align}", "\\end{align}", "\\frac{1}{2}", "\\href{javascript:x}{y}"]
TEX += ["\\text{", "\\left(", "\\color{red}", "\\pmb{", "\\label{a}", "x^2", "\\require{html}", "\\def\\x{y}", "%"]
LINKS = ["[a](https://e.x)", "![a](https://e.x/i.png)", "[a](javascript:x)", "<https://e.x>", "<javascript:x>", "[r]"]
LINKS += ['https://e.x/$" onclick="alert(1)" x="$', '[a](https://e.x "t")', "me@e.x", "@@0@@"]
token = st.sampled_from([*WORDS, *MARKS, *SPACES, *ODD, *HTML, *LINES, *TEX, *LINKS, *TAGS])
wild = st.lists(token, max_size=30).map("".join)


def nested(inner):
    """Put texts into what may hold others."""
    return st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        inner.map(lambda text: re.sub("^", "> ", text, flags=re.MULTILINE)),
        inner.map(lambda text: "- " + text.replace("\n", "\n  ")),
        st.tuples(st.sampled_from(["```", "~~~", "````"]), inner).map(
            lambda pair: f"{pair[0]}\n{pair[1]}\n{pair[0]}\n"
        ),
        st.tuples(inner, inner).map(lambda pair: f"| {pair[0]} | b |\n|---|---|\n| c | {pair[1]} |\n"),
        st.tuples(inner, inner).map(lambda pair: f"[{pair[0]}]({pair[1]})"),
        st.tuples(st.sampled_from(["*", "**", "_", "`", "$", "$$", "~~"]), inner).map(lambda p: p[0] + p[1] + p[0]),
        st.tuples(inner, st.sampled_from(sorted(VECTORS))).map(lambda pair: pair[0] + VECTORS[pair[1]].text[:2000]),
    )


texts = st.recursive(wild, nested, max_leaves=6)
