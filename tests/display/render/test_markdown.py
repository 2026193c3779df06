"""Markdown as HTML that is safe."""

import html
import re
from itertools import islice

import pytest
from growth import assert_not_quadratic

from runware_magic.display.render import html_rules
from runware_magic.display.render.incremental import GrowingDocument
from runware_magic.display.render.markdown import MARKDOWN, render, to_html
from runware_magic.display.render.sanitize_html import clean
from runware_magic.display.render.sanitize_markdown import safe_markdown
from runware_magic.notebook.escape import quoted

HOSTILE = r"""<script>window.pwned=1</script> <img src=x onerror="pwned=2"> <svg onload=pwned=3>
![pixel](http://evil.invalid/p.png) [a](javascript:pwned=4) [b](data:text/html,x) [c](JaVaScRiPt&colon;pwned=5)
<javascript:pwned=6> [ref] ![ref] <iframe srcdoc="<script>x</script>">

[ref]: javascript:pwned=7 "title"

```"><img src=x onerror=pwned=8>
code
```
| <b onclick=x> | `<img src=x>` |
|---|---|
| <style>*{}</style> | <!-- x --> |
"""


def bare(markup):
    """Give the HTML without its styles."""
    return re.sub(r' style="[^"]*"', "", markup).strip()


def test_hostile_text_becomes_no_element_of_its_own():
    """Nothing but this package's own tags is left, without handlers, and links lead to the web only."""
    markup = to_html(HOSTILE)
    tags = set(re.findall(r"<(\w+)", markup))
    assert tags - {"details", "summary", "label", "textarea"} <= {
        "p",
        "a",
        "span",
        "div",
        "pre",
        "code",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    }
    assert not re.search(r"<[^>]*\son\w+=", markup)
    assert set(re.findall(r'href="([^"]*)"', markup)) == {"http://evil.invalid/p.png"}


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("**b** *i* ~~s~~", "<p><strong>b</strong> <em>i</em> <s>s</s></p>"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>"),
        ("- [ ] a\n- [x] b", "<ul>\n<li>☐ a</li>\n<li>☑ b</li>\n</ul>"),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>'),
        ("[t](/local)", '<p><span title="/local">t</span></p>'),
        ("![alt](/x.png)", '<p><span title="/x.png">alt</span></p>'),
        ("`a<b`", '<p><code dir="ltr">a&lt;b</code></p>'),
        ("esc \x1b[0m", "<p>esc ␛[0m</p>"),
        ("", ""),
    ],
)
def test_markdown(text, markup):
    """CommonMark without HTML, with strikethrough and task lists."""
    assert bare(to_html(text)) == markup


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("See https://x.org/a?b=c&d, and www.x.org.", ["https://x.org/a?b=c&amp;d", "http://www.x.org"]),
        ("me@x.org", ["mailto:me@x.org"]),
        ("(https://x.org/a(b)), *https://x.org/a_b_c*", ["https://x.org/a(b)", "https://x.org/a_b_c"]),
        ("http://localhost:8888/lab?a=b; (http://x.org)", ["http://localhost:8888/lab?a=b", "http://x.org"]),
        ("a.b+c@x-y.org. mailto:me@x.org", ["mailto:a.b+c@x-y.org", "mailto:me@x.org"]),
        ("www.x a@b a@b.c- a@b.c@d xhttps://x.org http:// http://a_b.c \\www.x.org", []),
        ("[https://x.org](https://y.org) [see www.x.org](https://y.org)", ["https://y.org", "https://y.org"]),
        (f"https://x.org/{'y' * 2000}", []),
        ("`https://x.org` ftp://x.org xmpp:a@b.c javascript://x x.org README.md //x.org", []),
        (f"{'word ' * 395}https://x.org WWW.x.org", ["https://x.org", "http://WWW.x.org"]),
        (f"{'word ' * 400}https://x.org www.x.org me@x.org", []),
        ("[t](https://x.org)", ["https://x.org"]),
    ],
)
def test_bare_addresses_are_links(text, targets):
    """As models write them; to the web and to mail only, and not in code, nor in giant paragraphs."""
    assert re.findall(r'href="([^"]*)"', to_html(text)) == targets


@pytest.mark.parametrize("text", ['[t](https://x.org/a "lie")', "![t](https://x.org/a)"])
def test_a_link_tells_where_it_leads(text):
    """Links and images alike are links; the title is the target, and the host is shown, whatever the text claims."""
    link = '<a href="https://x.org/a" title="https://x.org/a" target="_blank" rel="noopener noreferrer">'
    assert bare(to_html(text)) == f"<p>{link}t <span>(x.org)</span></a></p>"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://x.org/a", "https://x.org/a"),
        ("[x.org/a](https://www.x.org/b)", "x.org/a"),
        ("[https://x.org](https://y.org)", "https://x.org (y.org)"),
        ("[x.org](https://x.org.y.org)", "x.org (x.org.y.org)"),
        ("[x.org](https://x.org@y.org/)", "x.org (y.org)"),
        ("[x.org](https://y.org\\@x.org/)", "x.org"),
        ("[x.org](https:y.org)", "x.org (https:y.org)"),
        ("[x.org](https:///y.org)", "x.org (https:///y.org)"),
        ("[x.org (x.org)](https://y.org:80/x.org)", "x.org (x.org) (y.org:80)"),
        ("[\u0430pple.org](https://\u0430pple.org)", "\u0430pple.org (xn--pple-43d.org)"),
        (f"[t](https://{'x.' * 50}org)", f"t (…{('x.' * 50 + 'org')[-60:]})"),
        ("me@x.org", "me@x.org"),
        ("[write](mailto:me@x.org?subject=a)", "write (me@x.org)"),
        ("[**b** `c`](https://x.org) ![i](https://y.org)", "b c (x.org) i (y.org)"),
    ],
)
def test_a_link_shows_its_host_unless_its_text_does(text, shown):
    """So that no text leads elsewhere than it says: what stands behind a name, before an ``@``, or looks alike."""
    assert html.unescape(re.sub("<[^>]*>", "", to_html(text))).strip() == shown


@pytest.mark.parametrize("mark", ["> ", "- > "])
def test_a_table_in_a_quotation_may_break_off(mark):
    """Wherever a growing text ends."""
    text = f"{mark}| a | b |\n{' ' * (len(mark) - 2)}> |---|---|\n{' ' * (len(mark) - 2)}> | c |  |\n"
    for end in range(len(text) + 1):
        for rest in ("", "> ", "  > "):
            assert to_html(text[:end] + rest) or not (text[:end] + rest).strip()
            safe_markdown(text[:end] + rest)


def test_a_table_scrolls_by_itself():
    """A wide table does not widen the page, and keeps the alignment that its author gave."""
    markup = to_html("| a | b |\n|---|--:|\n| 1 | 2 |")
    assert markup.startswith('<div style="overflow-x:auto')
    assert markup.count("text-align:right") == 2


@pytest.mark.parametrize("render", [to_html, lambda text: render(text, {"live": True})], ids=["settled", "live"])
@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("```python\nx = 1\n```", "python · click here to select all"),
        ("```\nx\n```", "click here to select all"),
        ("    x\n    y", "click here to select all"),
        ("```\n  \n\n```", None),
        ("    x", None),
    ],
)
def test_code_has_a_head_that_says_how_to_select_it(render, text, head):
    """The same while it grows; nothing to copy, and a line that is only indented, have none."""
    shown = re.search(r"<div style=[^>]*>(.*?)</div>", render(text))
    assert (shown and re.sub(r"<[^>]*>", "", shown[1])) == head


def test_code_that_is_shown_in_parts_does_not_say_that_one_click_selects_it():
    """A part is all that it would select."""
    document = GrowingDocument()
    document.feed("```python\n" + "x = 1\n" * 400)
    markup = "".join((*document.sealed, document.tail))
    assert len(document.sealed) > 1
    assert markup.count("python") == 1
    assert "select all" not in markup


@pytest.mark.fuzz
@pytest.mark.parametrize("render", [to_html, safe_markdown, lambda text: GrowingDocument().feed(text), quoted])
@pytest.mark.parametrize(
    "piece",
    [
        *("[", "![", "](", "[a](", "[a][", "[[[[a]]]]", "[a]: b\n", "[a]:\n", "[a]: x '", "]:\n", "[^1]: ", "[a](<"),
        *("`a ", "a`b``", "``` ", "```\n", "~~~\n", "`a\n", "> ```\n", "- ```\n", "```a\nb\n```\n"),
        *("$", "$$a ", "\\(", "\\[\n", "\\begin{align}\n", "$x^{", "{{{{", "\\left(", "$\\href{x}$", "\\color{"),
        *(
            "$$$ ",
            "$a$$",
            "$`",
            "$`a`",
            "a$b ",
            "$$ word word ",
            "\\begin{cases} ",
            "\\begin{a}\\end{b}",
            "$a(",
            "; $$",
        ),
        *("<sub>", "</sub>", "<sub><kbd>", "<details>\n", "<details>", "</details>\n", "a</details>\n", "<summary>\n"),
        *(
            "<mark a='",
            "<sub ",
            "<br>",
            "> <details>\n",
            "- <details>\n",
            "| <details> |\n",
            "*<sub>",
            "<details>\n- a\n",
        ),
        *("[^1]", "[^", "[^1]: a\n\n", "[^1]:\n", "[^1]: [^1] ", "> [^1]: a\n", "。**", "**。a", "<sub>a</kbd>"),
        *("<", "<a", "<!--", "<?x", "&lt;", "&#60", "&bsol;", "*_", "**a*", "*a_", "*a **a ", "~~a~", "\\", "\\$"),
        *("> ", ">\n", "- ", "- a\n", "1. a\n", "- [x] a\n", "- > - >", "* * ", "|a", "| a | b |\n", "|-|-|\n"),
        *(
            "#",
            "    a\n",
            "\n\n",
            "a\\\n",
            "===\n",
            "a\n===\n",
            "---\n",
            "\t",
            "\u202e",
            "\ud800",
            "\u2028",
            "(((",
            '"$@',
        ),
    ],
)
def test_no_text_takes_time_with_its_square(render, piece):
    """What opens again and again, and never closes, takes the time of other text, to settle and to draw."""
    assert_not_quadratic(render, lambda size: piece * (size // len(piece)) + "]\n\nx", 10_000)


@pytest.mark.fuzz
@pytest.mark.parametrize("render", [to_html, lambda text: GrowingDocument().feed(text)], ids=["whole", "growing"])
@pytest.mark.parametrize(
    "piece",
    [
        *("http://a<", "<http://a", "(http://", " http://_._", "&amp;http://", ":"),
        *("www.", " www.", "_www._", "w", "a@", "_a@", "a@a.a@", "mailto:", "xmpp:", "a:a@b.co ", "http://x/["),
    ],
)
@pytest.mark.parametrize("whole", [True, False], ids=["one paragraph", "paragraphs"])
def test_no_address_takes_time_with_the_square_of_the_text(render, piece, whole):
    """What could begin an address everywhere is rendered in the time of other text, at once and piece by piece."""

    def write(size):
        return piece * (size // len(piece)) if whole else f"{piece * (1990 // len(piece))}\n\n" * (size // 1990)

    assert_not_quadratic(render, write, 25_000 if whole else 16_000)


def test_blocks_that_are_rendered_in_groups_are_those_of_the_whole():
    """However many there are, and with references that come at the end."""
    block = "## Part\n\nSee [there][x] and `code`.\n\n- [ ] one\n- two\n\n> quoted\n\n```\na\n```\n\n"
    block += "| a |\n|---|\n| 1 |\n\n"
    text = block * 200 + "[x]: https://example.org\n"
    assert to_html(text) == clean(str(MARKDOWN.render(text, {})))


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("# a\n## b\n### c", "234"),
        ("### a\n### b\n# c\n### d", "2223"),
        ("# a\n#### b\n## c\n### d\n# e", "233" + "42"),
        ("# a\n## b\n### c\n#### d\n##### e\n###### f", "234566"),
    ],
)
def test_headings_leave_out_no_level(text, levels):
    """Each looks as it was written, and stands under the one before that it was written under."""
    markup = to_html(text)
    assert "".join(re.findall(r"<h(\d)", markup)) == "".join(re.findall(r"</h(\d)", markup)) == levels


def test_headings_of_a_growing_text_go_on_where_they_were():
    """A part knows what it stands under."""
    text = "# a\n\n" + "word " * 300 + "\n\n### b\n\n" + "word " * 300 + "\n\n##### c\n\n" + "word " * 300 + "\n\n# d"
    document = GrowingDocument()
    for start in range(0, len(text), 100):
        document.feed(text[start : start + 100])
    assert len(document.sealed) > 2
    assert re.findall(r"<h(\d)", "".join((*document.sealed, document.tail))) == ["2", "3", "4", "2"]


@pytest.mark.parametrize(
    ("text", "limited"),
    [
        ("a", "p"),
        ("# a", "h2"),
        ("- a\n- b", "ul"),
        ("1. a\n   - b", "ol"),
        ("> - a", "ul"),
        ("- a\n- ```\n  b\n  ```", "li"),
        ("```\na\n```", ""),
        ("| a |\n|---|", ""),
    ],
)
def test_text_is_as_wide_as_can_be_read(text, limited):
    """Code and tables may be wider, and so may the items that hold them."""
    assert re.findall(r"<(\w+)[^>]*max-width:[\d.]+em", to_html(text)) == ([limited] if limited else [])


def test_thousands_of_small_blocks_of_code_stay_small():
    """What they have in common is written as seldom as can be."""
    assert len(to_html("    x\n\ny\n\n" * 1000)) < 750 * 1000
    assert len(to_html("```\nx\n```\n\n" * 1000)) < 1450 * 1000


NAMES = ["python", "c++", "objective-c", "f#", "text/x-python", "asp.net"]
NO_NAMES = ["Session\u2800expired:\u2800type\u2800your\u2800key", "x" * 31, "\u0440ython", "key:", "<b>", "a\u00a0b"]


@pytest.mark.parametrize("language", NAMES + NO_NAMES)
@pytest.mark.parametrize("render", [to_html, lambda text: render(text, {"live": True})], ids=["whole", "growing"])
def test_a_label_is_a_name_or_none(render, language):
    """It stands over a field in which one can write: a sentence there could ask for something."""
    markup = render(f"~~~{language}\nx = 1\n~~~")
    assert (html.escape(language) in markup) == (language in NAMES)


POWERS = "x^2+" * 20 + "1"


@pytest.mark.parametrize(
    ("text", "reached"),
    [
        ("| a | b |\n|---|---|\n| 1 | 2 |", []),
        ("| a | averylongnameofsomething |\n|---|---|\n| 1 | 2 |", ["Table"]),
        ("| [a](https://x.org) | averylongnameofsomething |\n|---|---|\n| 1 | 2 |", []),
        (f"| a | averylongnameofsomething |\n|---|---|\n| 1 | ${POWERS}$ |", ["Formula"]),
        ("| a | averylongnameofsomething |\n|---|---|\n| 1 | $x^2+y^2+z^2+w^2+v^2$ |", ["Table"]),
        ("$$x^2$$", []),
        (f"$$\n{POWERS}\n$$", ["Formula"]),
        (f"${POWERS}$", ["Formula"]),
        (r"$\frac{\partial f}{\partial x} = \lim_{h\to 0}$", []),
        (f"[${POWERS}$](https://x.org)", []),
        (f"${POWERS}$ " * 60, ["Formula"] * 50),
        (f"$$\n{POWERS}\n$$\n\n" * 60, ["Formula"] * 50),
        (f"${POWERS}$ " * 60 + f"\n\n| a | averylongnameofsomething |\n|---|---|\n| 1 | ${POWERS}$ |",
         ["Formula"] * 50 + ["Table"]),
    ],
)  # fmt: skip
def test_what_may_be_wide_is_reached_by_the_keyboard(text, reached):
    """Unless a link in it is, or another such thing: none stands in another. Of formulas, some."""
    markup = to_html(text)
    assert re.findall(r'<a [^>]*tabindex="0"[^>]*aria-label="(\w+)"', markup) == reached
    assert not re.search(r"<a (?:(?!</a>).)*<a ", markup, re.DOTALL)


def test_a_formula_that_is_no_stop_scrolls_all_the_same():
    """In its line, so that the page does not."""
    markup = to_html(r"$\frac{\partial f}{\partial x} = \lim_{h\to 0}$")
    assert '<span style="display:inline-block;max-width:100%;overflow-x:auto' in markup


def bullets_before(tokens, env):
    """Tell of each list whether only bullets that stand for indentation stand before it: the plain way."""
    kinds = [token.type for token in tokens]
    ats = [at for at, kind in enumerate(kinds) if kind == "bullet_list_open"]
    return [
        kinds[: at + 1].count("bullet_list_open") <= env["bullets"]
        and all(kind.endswith("_open") for kind in kinds[: at + 1])
        for at in ats
    ]


@pytest.mark.parametrize("bullets", range(4))
@pytest.mark.parametrize(
    "text",
    ["- a\n- b", "- - - a\n    - b\n\n- c", "> - a", "1. - - a", "- > - a\n  > - b", "a\n\n- - b", "- ```\n  x\n  ```"],
)
def test_bullets_that_stand_for_indentation_are_not_seen(text, bullets):
    """So many at the beginning, and no others."""
    env = {"bullets": bullets}
    plain = bullets_before(MARKDOWN.parse(text), env)
    lists = re.findall(r"<ul[^>]*>", render(text, env))
    assert ["list-style-type:none" in each for each in lists] == plain


@pytest.mark.parametrize(
    "piece",
    [
        "- a\n\n  b\n\n1. c\n\n",
        "> - x\n\n",
        "- - - - a\n\n",
        "- | a | b |\n  |---|---|\n  | 1 | 2 |\n\n",
    ],
)
def test_many_blocks_take_the_time_of_few(piece, monkeypatch):
    """Of each is looked at what stands in it: twice as many take twice the steps."""

    def steps(count):
        looked_at = 0

        class Counted(list):
            def __getitem__(self, at):
                nonlocal looked_at
                found = super().__getitem__(at)
                looked_at += len(found) if isinstance(at, slice) else 1
                return found

        def counted(tokens, stop):
            nonlocal looked_at
            for token in islice(tokens, stop):
                looked_at += 1
                yield token

        monkeypatch.setattr(html_rules, "islice", counted, raising=False)
        tokens = Counted(MARKDOWN.parse(piece * count))
        MARKDOWN.renderer.render(tokens, MARKDOWN.options, {"bullets": 1})
        return looked_at

    assert steps(200) < 2.5 * steps(100)


def test_an_address_within_a_link_that_leads_nowhere_is_a_link():
    """The only way in which links can stand in each other."""
    markup = to_html("[<https://e.x>]() and [x](https://y.z)")
    assert markup.count("<a ") == markup.count("</a>") == 2
    assert 'href="https://e.x"' in markup
