"""Stored Markdown that no reader can be harmed by."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from runware_magic.display.render.math import GATED
from runware_magic.display.render.sanitize_markdown import safe_markdown

# A reader that trusts everything: HTML runs, and any address is a link.
TRUSTING = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
TRUSTING.validateLink = lambda _: True

PIECES = [
    *("<script>", "<img src=x onerror=a>", "<b>", "<!--", "-->", "<?", "&#60;", "&lt;b>", "&#", "&amp;", "&NewLine;"),
    *("`", "``", "```", "~~~", "```py {=html}", "- ", "    ", "> ", "1. ", "|", "---", "===", "\n", "\n\n", "\t"),
    *("$", "$$", r"\(", r"\)", r"\href{javascript:x}{y}", "&bsol;", "href", "\\", "*", "_", "~", "a"),
    *("!", "[", "]", "](", "(", ")", "]:", "javascript:a", "http://e.x"),
]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("**bold** and `code`", "**bold** and `code`"),
        ("a < b <b>", "a < b &lt;b>"),
        ("&lt;b&gt; &amp;lt; &copy;", "&lt;b> &amp;lt; ©"),
        ("![alt](http://x/y.png)", "&#33;[alt](http://x/y.png)"),
        ("[a](https://x) [b](mailto:x@y)", "[a](https://x) [b](mailto:x@y)"),
        (
            "[a](javascript:x) [b]( data:x) [c](<javascript:x>)",
            "[a]&#40;javascript:x) [b]&#40; data:x) [c]&#40;&lt;javascript:x>)",
        ),
        ("[a]: javascript:x", "[a]&#58; javascript:x"),
        ("<javascript:x>", "&lt;javascript:x>"),
        (r"$\href{javascript:x}{y}$", r"$\ href{javascript:x}{y}$"),
        ("$a<b$", "$a< b$"),
        ("text\n```py\n<b>\n```\nmore", "text\n\n```py\n<b>\n```\n\nmore"),
        ("```{=html}\n<b>\n```", "```\n<b>\n```"),
        ("~~~md\n```\n~~~", "````md\n```\n````"),
        ("- a\n  ```\n  <b>\n  ```\n- b", "- a\n\n```\n<b>\n```\n\n- b"),
        ("``` a`b\n<b>", "&#96;&#96;&#96; a`b\n&lt;b>"),
        ("```\nnever closed <b>", "```\nnever closed <b>\n```"),
        ("esc \x1b]0;x\a", "esc ␛]0;x␇"),
        ("```mermaid\ngraph\n```", "```\ngraph\n```"),
        ("[a] (javascript:x)", "[a] &#40;javascript:x)"),
        ('https://x/$"y="$ "\n\n"z"', 'https://x/$&quot;y=&quot;$ &quot;\n\n"z"'),
        (r"$\pmb{x}$ `\pmb`", r"$\boldsymbol{x}$ `\boldsymbol`"),
        ("$" + "{" * 41 + "}" * 41 + "$", "$" + "(" * 41 + ")" * 41 + "$"),
        (r"$\left(" * 41, r"$\ left(" * 40 + r"<span>\$</span>\ left("),
        ("costs $5", "costs $5"),
        (r"costs $5 to \$6", r"costs <span>\$</span>5 to <span>\$</span>6"),
        ("Ke$ha and A$AP, `a$b$`", r"Ke<span>\$</span>ha and A<span>\$</span>AP, `a$b$`"),
        ("$ cheap, $$ dear", r"<span>\$</span> cheap, <span>\$</span><span>\$</span> dear"),
        ("costs $5\n\nand $6", "costs $5\n\nand $6"),
        ("[a](https://x/$a$b) $c$", "[a](https://x/$a$b) $c$"),
        ("$`a<b`$ is $$c<d$$", "$a< b$ is $$c< d$$"),
        ("\\begin{cases} a<b & c \\\\ d<e \\end{cases}", "\\begin{cases} a< b & c \\\\ d< e \\end{cases}"),
    ],
)
def test_markdown_is_made_safe(text, safe):
    """HTML, images, odd links and gated TeX are broken; code is kept, in fences that every reader sees alike."""
    assert safe_markdown(text) == safe


def harm(markup):
    """Give what in a reader's HTML could run, load or lead astray."""
    outside = re.sub(r"<code[^>]*>.*?</code>", "", markup, flags=re.DOTALL)
    tags = set(re.findall(r"<([a-zA-Z!?][\w]*)", outside))
    known = {"span", "p", "em", "strong", "s", "pre", "ul", "ol", "li", "blockquote", "hr", "br", "a", "h1", "h2"}
    links = [
        link for link in re.findall(r'href="([^"]*)"', outside) if not re.match("https?:|mailto:", link, re.IGNORECASE)
    ]
    return [*(tags - known), *links, *GATED.findall(re.sub(r"<[^>]*>", " ", outside))]


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_a_trusting_reader_is_not_harmed(text):
    """Whatever the text, a reader that runs HTML and follows any link finds neither."""
    assert harm(TRUSTING.render(safe_markdown(text))) == []
