"""What is mathematics, and which of it is typeset."""

import html
import re

import pytest

from runware_magic.display.markdown import to_html
from runware_magic.display.mathematics import delimited, typesettable


def formulas(text):
    """Give what MathJax will see."""
    return [
        html.unescape(one)
        for one in re.findall(r'<span class="mathjax_process[^"]*">(.*?)</span>', to_html(text), re.DOTALL)
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$x$ and $$y$$", [r"\(x\)", r"\[y\]"]),
        (r"\(x\) and \[y\]", [r"\(x\)", r"\[y\]"]),
        ("$$\nx\n= y\n- z\n$$", ["\\[x\n= y\n- z\\]"]),
        ("\\[\na_1 *b* c\n\\]", ["\\[a_1 *b* c\\]"]),
        ("text\n$$\nx\n$$\ntext", [r"\[x\]"]),
        ("- item\n  $$\n  x\n  $$", [r"\[x\]"]),
        ("$$x$$.", [r"\[x.\]"]),
        ("\\begin{align}\na&=b\n\\end{align}", ["\\[\\begin{align}\na&=b\n\\end{align}\\]"]),
        ("H$_2$O, the $n$th, $a<b$", [r"\(_2\)", r"\(n\)", r"\(a<b\)"]),
        (r"$a \$ b$", [r"\(a \$ b\)"]),
        (r"$f\label{eq:1} x$", [r"\(f x\)"]),
        (r"$\pmb{\pmb{x}}$", [r"\(\boldsymbol{\boldsymbol{x}}\)"]),
        ("| $a$ | b |\n|---|---|\n| $c$ | d |", [r"\(a\)", r"\(c\)"]),
    ],
)
def test_mathematics_is_found(text, found):
    """All four pairs of delimiters and amsmath's environments are formulas, in lines and as blocks."""
    assert formulas(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "costs $5 and $10",
        "$1,000-$2,000, or $5/mo,$10/yr",
        "between 5$ and 10$",
        "US$5 (A$6)",
        "$HOME/$USER and $PATH:$HOME",
        r"\$x\$ and \\(x\\)",
        "`$x$` and `\\(x\\)`",
        "```\n$$x$$\n```",
        "    $$x$$",
        "$$ never closed\n\nnext",
        "\\[ never closed",
        "$",
        "$$",
        "$$$$",
        "a $5 `b$` c",
    ],
)
def test_what_is_not_mathematics_is_text(text):
    """Prices, shell variables, escaped and unclosed delimiters and code are not typeset."""
    assert formulas(text) == []


@pytest.mark.parametrize("text", ["costs $5 and $10", r"a \\(b\\) \alpha", r"\begin{equation}x"])
def test_literal_delimiters_are_set_apart(text):
    """No dollar and no backslash of the text has a neighbour that MathJax could pair it with."""
    assert re.search(r"(?<!<span>)[$\\]", to_html(text)) is None


@pytest.mark.parametrize(
    "tex",
    [
        r"\href{javascript:alert(1)}{x}",
        r"\url{x}",
        r"\require{html}",
        r"\unicode{x41}",
        r"\class{a}{b}",
        r"\style{color:red}{b}",
        r"\cssId{a}{b}",
        r"\htmlData{a=b}{c}",
        r"\data{a=b}{c}",
        r"\includegraphics{x}",
        r"\bbox[red]{x}",
        r"\mmlToken{mi}{x}",
        r"\def\x{y}",
        r"\newcommand{\x}{y}",
        r"\renewcommand\x{y}",
        r"\let\x=y",
        r"\newenvironment{x}{}{}",
        r"\DeclareMathOperator{\x}{x}",
        r"\eqref{a}",
        r"\text{a $\href{x}{y}$}",
        r"\hspace{-900em}",
        r"\frac{1}{2",
        "}{",
        "{" * 50 + "}" * 50,
        "x" * 5000,
        r"\fcolorbox{red;background:url(//e.invalid)}{white}{x}",
        r"\colorbox{url(//e.invalid)}{x}",
        r"\color [named] {red;x:y}x",
        r"\enclose{circle}[mathbackground=x]{y}",
        r"\Newextarrow{\x}{0,0}{8599}",
        r"\textllap{x}",
        r"\left(" * 41 + r"\right)" * 41,
        r"\displaystyle" * 41,
        "\\sqrt{%}\n" * 60 + "x" + "%{\n}" * 60,
        r"\overbracket{" * 5 + "x" + "}" * 5,
    ],
)
def test_what_reaches_beyond_the_formula_is_shown_as_code(tex):
    """Links, loading, styles, definitions, huge lengths and unbalanced braces never reach MathJax."""
    assert not typesettable(tex)
    assert formulas(f"${tex}$") == []


@pytest.mark.parametrize(
    "tex",
    [
        *(r"\color{red}x", r"\textcolor[rgb]{1,0,.5}{x}", r"\enclose{longdiv}{12}", r"50\%", r"\sqrt{" * 40 + "}" * 40),
        r"\left(\frac{a}{b}\right)",
        r"\textstyle x",
        r"\displaystyle\sum",
        r"\{x\}",
        r"\deg \lambda \ldots",
    ],
)
def test_ordinary_tex_is_typeset(tex):
    """Names that only begin like a gated command, and escaped braces, pass."""
    assert typesettable(tex)


def test_display_and_inline_have_their_own_delimiters():
    """Dollars are never written: they mean money more often than mathematics."""
    assert (delimited(" x ", display=False), delimited(" x ", display=True)) == (r"\(x\)", r"\[x\]")
