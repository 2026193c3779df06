"""What is mathematics, and which of it is typeset."""

# ruff: noqa: RUF001  # punctuation of Chinese looks like ASCII's

import html
import re

import pytest

from runware_magic.display.render.markdown import to_html
from runware_magic.display.render.math import delimited, typesettable


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
        ("设$x$为实数，则$x^2$不小于零", [r"\(x\)", r"\(x^2\)"]),
        ("$`x`$ and $`a_1 b_2`$", [r"\(x\)", r"\(a_1 b_2\)"]),
        ("$O(n log n)$, $P(A and B)$, $x, y$, $speed = distance / time$",
         [r"\(O(n log n)\)", r"\(P(A and B)\)", r"\(x, y\)", r"\(speed = distance / time\)"]),
        ("$velocity$, $[0, 1)$, $]0, 1[$, $n mod m$, $5$",
         [r"\(velocity\)", r"\([0, 1)\)", r"\(]0, 1[\)", r"\(n mod m\)", r"\(5\)"]),
        (r"$\text{the whole sentence}$ and $$\text{if $x$ is}$$",
         [r"\(\text{the whole sentence}\)", r"\[\text{if $x$ is}\]"]),
        ("It costs $5, where $x$ is free", [r"\(x\)"]),
        ("($$) and ($$), but $$x$$", [r"\[x\]"]),
    ],
)  # fmt: skip
def test_mathematics_is_found(text, found):
    """All four pairs of delimiters and amsmath's environments are formulas, in lines and as blocks."""
    assert formulas(text) == found


FORMULAS = [
    *(
        "x",
        "n",
        "5",
        "-1",
        "x_1",
        "x^2",
        "_2",
        "a b",
        "a+b",
        "f(x)",
        "n!",
        "x'",
        "|x|",
        "\\%",
        "3.14",
        "2n",
        "(0,1]",
        "x = y",
    ),
    *(r"\alpha", r"\frac{1}{2}", r"\mathbb{R}", r"\text{if } x > 0", r"\mathrm{MSE} = 0", r"x \in A", r"O(n \log n)"),
    *(
        "E = mc^2",
        "P(A)",
        "P(A|B)",
        "a, b, c",
        "a_1, \\dots, a_n",
        "O(n^2)",
        "f: A \\to B",
        "x < 3",
        "n-1",
        "k = 1, 2",
        "dx",
    ),
    *(
        "d_{model}",
        "W_Q",
        "10\\,km",
        "a/b",
        "{x}",
        "A^T",
        "\\{1, 2\\}",
        "x:y",
        "\\sigma(x)",
        "N(0, 1)",
        "sin x",
        "max(a, b)",
    ),
]
PLACINGS = [
    *(
        "@",
        "@.",
        "@,",
        "@;",
        "@: a",
        "(@)",
        "[@]",
        "“@”",
        '"@"',
        "'@'",
        "a @ b",
        "a @",
        "@ b",
        "**@**",
        "*@*",
        "a—@—b",
        "@/@",
    ),
    *(
        "the @-axis",
        "@-dimensional",
        "non-@",
        "@?",
        "@!",
        "(with @, @)",
        "- @",
        "> @",
        "# @",
        "1. @",
        "| @ | a |\n|---|---|",
    ),
    *(
        "设@为",
        "为：@。",
        "@、@",
        "a\n@\nb",
        "@ and @",
        "@ = @",
        "costs $5 and @",
        "@ ($5)",
        "a … @ …",
        "~~@~~",
        "[@](https://x.org)",
    ),
]


@pytest.mark.parametrize("mark", ["$", "$$"])
@pytest.mark.parametrize("placing", PLACINGS)
def test_tex_in_prose_is_typeset_wherever_it_stands(placing, mark):
    """Whatever the formula and what stands around it."""
    for tex in FORMULAS:
        if mark == "$" and tex[0].isdigit() and "costs $5" in placing:
            continue  # more money, as far as anybody can see
        found = formulas(placing.replace("@", f"{mark}{tex}{mark}"))
        # What ends a line behind a display is taken into it.
        assert [one[2:-2].rstrip(".,;") for one in found] == [tex] * placing.count("@"), tex


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
        "Price range: $ cheap, $$ moderate, $$$ pricey.",
        "Luigi's ($$) and Maaemo ($$$$)",
        "Trattoria ($$) and Bistro ($$), or A ($$) and B ($$)",
        "$$ cheap\n$$$ dear\n\n- $$ a\n- $$$ b",
        "$ = cheap, $$ = fair, $$$ = dear, $$$$ = very dear",
        "DO $$ BEGIN … END $$;",
        "DO $$ BEGIN x := 1; END $$; DO $$ BEGIN NULL; END $$;",
        "CREATE FUNCTION f() AS $$ SELECT $1 + $2 $$ LANGUAGE sql",
        "AS $$\nBEGIN\n  RETURN the_row.its_col;\nEND;\n$$ LANGUAGE plpgsql;",
        "Ke$ha and A$AP",
        "Ke$ha, Micro$oft/A$AP",
        "a`b`$c$ and $c$`d`",
        "AUD$x$ or x$y$z",
        "$5 or 10$, and $20 in cash, not 30$",
        "we paid $the whole sum$",
        "$('a').b($('c'))",
        "价格为$5到10$，以及（$）和（$）",
        "``$`x`$``",
    ],
)
def test_what_is_not_mathematics_is_text(text):
    """Prices, shell variables, escaped and unclosed delimiters and code are not typeset."""
    assert formulas(text) == []


@pytest.mark.parametrize(
    "name",
    ["cases", "aligned", "array", "split", "smallmatrix", "dcases", "pmatrix*", "gathered", "equation", "align*"],
)
def test_environments_are_typeset_as_they_were_written(name):
    """As lines of their own, within others of their name, and within a line of text: nothing in them is Markdown."""
    inside = "a_1 & *b* \\\\\n- c & d_2 < e"
    whole = f"\\begin{{{name}}}\n{inside}\n\\end{{{name}}}"
    nested = f"\\begin{{{name}}}\n{whole}\n\\end{{{name}}}"
    assert formulas(f"text\n{whole}\ntext") == [f"\\[{whole}\\]"]
    in_line = whole.replace("- c", "c")
    assert formulas(f"f = {in_line} for all") == [f"\\[{in_line}\\]"]
    assert formulas(nested) == [f"\\[{nested}\\]"]
    short = f"\\begin{{{name}}} a \\end{{{name}}}"
    assert formulas(f"{short} and {short}") == [f"\\[{short}\\]"] * 2


@pytest.mark.parametrize(
    "text", ["\\begin{itemize}\n\\item *a*\n\\end{itemize}", "x \\begin{tabular} *a* \\end{tabular}"]
)
def test_environments_of_other_things_are_shown_as_they_were_written(text):
    """MathJax would only complain."""
    assert formulas(text) == []
    assert "*a*" in to_html(text)


@pytest.mark.parametrize(
    "text", ["\\begin{cases} never", "\\begin{cases} a \\end{split}", "`\\begin{cases} a \\end{cases}`"]
)
def test_what_is_no_whole_environment_is_text(text):
    """One that nothing ends, and code."""
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
