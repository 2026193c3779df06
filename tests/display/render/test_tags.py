"""The few tags of HTML that answers may use."""

import re
from html.parser import HTMLParser

import pytest

from runware_magic.display.render.bundle import content_html
from runware_magic.display.render.incremental import GrowingDocument
from runware_magic.display.render.markdown import to_html
from runware_magic.display.render.sanitize_markdown import safe_markdown


def bare(markup):
    """Return the HTML without its styles and line ends."""
    return re.sub(r' style="[^"]*"|\n', "", markup).strip()


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("a<br>b<BR/>c<br />d</br>e", "<p>a<br>b<br>c<br>d<br>e</p>"),
        ("H<sub>2</sub>O, x<sup>2</sup>", "<p>H<sub>2</sub>O, x<sup>2</sup></p>"),
        ("<kbd>Ctrl</kbd>+<mark>*c*</mark>", "<p><kbd>Ctrl</kbd>+<mark><em>c</em></mark></p>"),
        ("# <mark>a</mark>", "<h2><mark>a</mark></h2>"),
        ("<sub><sup>a</sup></sub>", "<p><sub><sup>a</sup></sub></p>"),
        ('<mark style="color:red" onclick=x title="a>b">a</mark >', "<p><mark>a</mark></p>"),
        ("<sub>never closed", "<p><sub>never closed</sub></p>"),
        ("nothing opened</sub>", "<p>nothing opened</p>"),
        ("<sub>a<sup>b</sub>c</sup>", "<p><sub>a<sup>b</sup></sub>c</p>"),
        ("*a<sub>b*c</sub>", "<p><em>a<sub>b</sub></em>c</p>"),
        ("<sub>a\n\nb</sub>", "<p><sub>a</sub></p><p>b</p>"),
        ("`<sub>` \\<sub> &lt;sub&gt;", '<p><code dir="ltr">&lt;sub&gt;</code> &lt;sub&gt; &lt;sub&gt;</p>'),
        ("$a<sub>b$", '<p><span class="mathjax_process tex2jax_process">\\(a&lt;sub&gt;b\\)</span></p>'),
        ("<b>a</b><i>", "<p>&lt;b&gt;a&lt;/b&gt;&lt;i&gt;</p>"),
        ("<submit> <mark-up> <br.x>", "<p>&lt;submit&gt; &lt;mark-up&gt; &lt;br.x&gt;</p>"),
        ("![a<sub>b</sub>](/x)", '<p><span title="/x">ab</span></p>'),
    ],
)  # fmt: skip
def test_tags_within_a_line(text, markup):
    """Those that are known, without attributes, each closed in what it stands in; all others are text."""
    assert bare(to_html(text)) == markup


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        (
            "<details>\n<summary>T *t*</summary>\n\nBody\n\n</details>\n\nAfter",
            "<details><summary>T <em>t</em></summary><p>Body</p></details><p>After</p>",
        ),
        (
            "<details open class=x><summary>T</summary>Body **b**</details>\nAfter",
            '<details open=""><summary>T</summary><p>Body <strong>b</strong></p></details><p>After</p>',
        ),
        ("<details>\n<summary>\nT\n</summary>\na\n</details>", "<details><summary>T</summary><p>a</p></details>"),
        ("<details><summary>T</summary>\na</details>\nb", "<details><summary>T</summary><p>a</p></details><p>b</p>"),
        ("text\n<details>\na\n</details>", "<p>text</p><details>[]<p>a</p></details>"),
        (
            "- a\n  <details>\n  b\n  </details>\n- c",
            "<ul><li>a<details>[]b</details></li><li>c</li></ul>",
        ),
        ("<details>\n- a\n- b\n</details>\nc", "<details>[]<ul><li>a</li><li>b</li></ul></details><p>c</p>"),
        ("<details>\n- a</details>\n\nc", "<details>[]<ul><li>a</li></ul></details><p>c</p>"),
        ("<details>\n\n> a\n> </details>\n\nb", "<details>[]<blockquote><p>a</p></blockquote></details><p>b</p>"),
        ("> <details>\n> a\n\nb", '<blockquote><details open="">[]<p>a</p></details></blockquote><p>b</p>'),
        ("<details>\nnever closed\n\nb", '<details open="">[]<p>never closed</p><p>b</p></details>'),
        ("</details>\n\na</details>", "<p>a</p>"),
        ("<summary>out</summary>", "<p>out</p>"),
        ("<details><summary>a</summary><summary>b</summary></details>",
         "<details><summary>a</summary><p>b</p></details>"),
        ("<details>\n\na\n\n<summary>b</summary>\n\n</details>",
         "<details>[]<p>a</p><p>b</p></details>"),
        ("<details></details>", "<details>[]</details>"),
        ("a <details> b", "<p>a &lt;details&gt; b</p>"),
        ("    <details>\n    a", None),
        ("```\n<details>\n```", None),
        ("<details>" * 9 + "a" + "</details>" * 9, "<details>[]" * 8 + "<p>a</p>" + "</details>" * 8),
    ],
)  # fmt: skip
def test_what_folds_among_blocks(text, markup):
    """In it Markdown is Markdown; one that nothing closes shows what is in it, and ends where it stands."""
    shown = bare(to_html(text)).replace("<summary>Details</summary>", "[]")  # one that has no name of its own
    assert shown == markup if markup else "&lt;details&gt;" in shown


@pytest.mark.parametrize(
    ("cell", "markup"),
    [
        ("<details> <summary>s</summary>x", "<details><summary>s</summary>x</details>"),
        ("<details>x</details>", "<details><summary>Details</summary>x</details>"),
        ("<details>x<summary>s</summary>", "<details><summary>Details</summary>xs</details>"),
        ("<details><summary>s</summary><summary>t</summary>", "<details><summary>s</summary>t</details>"),
        ("<details>*x<summary>s</summary>*", "<details><summary>Details</summary><em>xs</em></details>"),
        ("<summary>s</summary>", "s"),
    ],
)
def test_what_folds_in_a_cell(cell, markup):
    """Under one name, which comes first in it: its own, or "Details"."""
    assert f">{markup}</th>" in bare(to_html(f"| {cell} |\n|---|"))


def test_tags_in_a_table():
    """Each cell closes its own; a table in which something folds is no stop for Tab itself."""
    cells = (
        "| averylongnameofsomething<br>b | <details><summary>s</summary>x |\n|---|---|\n| <sub>a | b</sub></details> |"
    )
    shown = bare(to_html(cells))
    assert "averylongnameofsomething<br>b" in shown
    assert "<details><summary>s</summary>x</details></th>" in shown
    assert "<td><sub>a</sub></td><td>b</td>" in shown
    assert "tabindex" not in shown


@pytest.mark.parametrize(
    "text",
    [
        *("<details>", "<details><summary>", "<summary>", "<sub><mark><kbd>", "</details></summary></sub>"),
        *("> <details>\n> - <details>", "| a |\n|---|\n| <details>", "<details>\n```\na", "[^1]: <details>\n\n[^1]"),
    ],
)
def test_nothing_that_follows_an_answer_stands_in_it(text):
    """Neither in the page, nor in what a reader makes of the stored Markdown."""

    class Reader(HTMLParser):
        depth = 0

        def handle_starttag(self, tag, _attrs):
            self.depth += tag not in {"br", "hr"}

        def handle_endtag(self, _tag):
            self.depth -= 1

        def handle_data(self, data):
            assert "BADGE" not in data or self.depth == 0

    Reader().feed(f"{content_html(to_html(text))}BADGE")
    stored = f"{safe_markdown(text)}\n\nBADGE"
    assert stored.count("<details") == stored.count("</details>")


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a<BR/>b <sub onclick=x>2</sub>", "a<br>b <sub>2</sub>"),
        ("<mark>never\n\nb</mark>", "<mark>never</mark>\n\nb"),
        ("<b>a</b> `<sub>` &lt;sub&gt;", "&lt;b>a&lt;/b> `&lt;sub>` &lt;sub>"),
        ("<details open onclick=x>\n<summary>T</summary>\nBody\n</details>",
         "<details open>\n<summary>T</summary>\n\nBody\n</details>"),
        ("<details><summary>T</summary>\n```\n<b>\n```",
         "<details><summary>T</summary>\n\n```\n<b>\n```\n\n</details>"),
        ("a</details> <summary>b</summary>", "a b"),
        ("| <sub>a | <details>b |\n|---|---|", "| <sub>a </sub>| <details>b </details>|\n|---|---|"),
        ("A | <sub>x | y</sub>", "A | <sub>x | y</sub>"),
        ("$a<sub>b$ <<sub>c>", "$a< sub>b$ <<sub>c></sub>"),
        ("[^1] b\n\n[^1]: two words", "[^1] b\n\n[^1]: two words"),
        ("[^1]: javascript:x 'y'", "[^1]&#58; javascript:x 'y'"),
    ],
)  # fmt: skip
def test_stored_markdown_keeps_these_tags(text, safe):
    """Bare, and closed where nothing closed them; text that only means one stays text."""
    assert safe_markdown(text) == safe


@pytest.mark.parametrize("text", ["a <sub>b</sub> c", "<details open>\n<summary>T</summary>\n\nBody\n</details>\n\nc"])
def test_no_half_tag_shows_while_a_text_grows(text):
    """Nor does a summary, or what is under it, hide while it comes."""
    document = GrowingDocument()
    for character in text:
        document.feed(character)
        assert "&lt;" not in document.tail
        assert "<details" not in document.tail
    assert re.sub(r"<[^>]*>|\s", "", document.tail) == re.sub(r"<[^>]*>|\s", "", text)


def test_a_growing_text_is_cut_within_what_folds():
    """Nothing in it is kept back, and no word is lost."""
    document = GrowingDocument()
    text = "<details><summary>T</summary>\n\n" + "Some words of it.\n\n" * 200 + "</details>\n\nafter"
    for start in range(0, len(text), 50):
        document.feed(text[start : start + 50])
    assert len(document.sealed) > 2
    shown = re.sub(r"<[^>]*>", " ", "".join((*document.sealed, document.tail))).split()
    assert shown == re.sub(r"<[^>]*>", " ", text).split()
