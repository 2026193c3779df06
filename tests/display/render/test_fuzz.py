"""Texts grown from a grammar of everything that means something to some reader, and what comes out of the doors.

A short run each time; ``RUNWARE_EXAMPLES=20000 pytest tests/display/test_fuzz.py`` for a long one.
"""

import html
import json
import os
import random
import re
from html.parser import HTMLParser
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from nbconvert.filters.markdown_mistune import markdown2html_mistune
from vectors import VECTORS

from runware_magic.chat.text import one_line, plain
from runware_magic.display.render import sanitize_html
from runware_magic.display.render.growing_json import GrowingJson
from runware_magic.display.render.incremental import GrowingDocument
from runware_magic.display.render.json_tree import tree_html
from runware_magic.display.render.markdown import to_html
from runware_magic.display.render.math import GATED, typesettable
from runware_magic.display.render.sanitize_html import clean, escape
from runware_magic.display.render.sanitize_markdown import safe_markdown
from runware_magic.display.render.speech import MOST, Spoken

EXAMPLES = int(os.environ.get("RUNWARE_EXAMPLES", "150"))
short = settings(derandomize="RUNWARE_EXAMPLES" not in os.environ, max_examples=EXAMPLES, deadline=None)

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
ALLOWED = sanitize_html._ALLOWED["tags"]
ATTRIBUTES = sanitize_html._ALLOWED["attributes"]


class Strict(HTMLParser):
    """Reads HTML as one that trusts nothing: every element known and closed, every attribute known and harmless."""

    def __init__(self):
        super().__init__(convert_charrefs=False)
        self.open = []

    def handle_starttag(self, tag, attrs):
        """Look at an element that opens."""
        assert tag in ALLOWED, tag
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names))
        assert {*names} <= {"rel"} | ATTRIBUTES["*"] | ATTRIBUTES.get(tag, set()), attrs
        for name, value in attrs:
            if name == "href":
                assert re.match(r"(?:https?|mailto):", value, re.IGNORECASE), value
            if name == "style":
                assert not re.search(r"url|expression|position|@|\\|/\*", value, re.IGNORECASE), value
                assert {pair.partition(":")[0].strip() for pair in value.split(";")} <= sanitize_html._PROPERTIES
        if tag == "a":
            assert dict(attrs).get("rel") == ("noopener noreferrer" if "href" in names else None)
        if tag not in {"br", "hr"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        """Look at one that closes: the last that was opened."""
        assert self.open.pop() == tag

    def handle_comment(self, data):
        """There is none."""
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment

    def handle_data(self, data):
        """No control character gets through but the white space."""
        assert "<" not in data
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", data)


_AFTER_PRE = re.compile(r"(<pre[^>]*>)\n+")


def assert_sound(markup):
    """Well-formed, of what is allowed only, and the same after another pass through the door."""
    parser = Strict()
    parser.feed(markup)
    parser.close()
    assert parser.open == []
    # A parser skips the first line end of a <pre>; this package writes none there.
    assert _AFTER_PRE.sub(r"\1", clean(markup)) == _AFTER_PRE.sub(r"\1", markup)


def formulas(markup):
    """Give what MathJax will see."""
    found = re.findall(r'<span class="mathjax_process[^"]*">(.*?)</span>', markup, re.DOTALL)
    return [html.unescape(one) for one in found]


@pytest.mark.fuzz
@pytest.mark.parametrize("number", VECTORS)
def test_each_vector_comes_out_sound(number):
    """As HTML, and as the Markdown that other readers render."""
    text = VECTORS[number].text
    assert_sound(to_html(text))
    assert_harmless_to_all_readers(safe_markdown(text))


@pytest.mark.fuzz
@pytest.mark.parametrize("number", [number for number, vector in VECTORS.items() if vector.family == "tags"])
def test_each_vector_of_tags_comes_out_sound_wherever_it_is_split(number):
    """A character at a time where it stands alone; a few at a time in a list, in a table, and between others."""
    text, dice = VECTORS[number].text[:300], random.Random(number)  # noqa: S311  # the same pieces each time
    for around in ("{}", "- {}\n- a", "| a | {} |\n|---|---|\n| b | c |", "<details><summary>{}\n\n{}", "a {} *{}* b"):
        document, whole = GrowingDocument(), iter(around.format(text, text))
        while piece := "".join(islice(whole, 1 if around == "{}" else dice.randint(1, 9))):
            document.feed(piece)
            assert_sound(document.tail)
        assert_sound(to_html(around.format(text, text)))
        assert_harmless_to_all_readers(safe_markdown(around.format(text, text)))


@short
@given(texts)
def test_html_is_sound_whatever_the_text(text):
    """And MathJax sees nothing that reaches beyond a formula."""
    markup = to_html(text)
    assert_sound(markup)
    for formula in formulas(markup):
        assert formula[:2] + formula[-2:] in {r"\(\)", r"\[\]"}
        assert typesettable(formula[2:-2])


@short
@given(st.lists(texts, min_size=1, max_size=8), st.sampled_from(["a\n\n", "- a\n- b\n\n# c\n\n"]))
def test_a_long_text_passes_in_parts_as_it_would_as_a_whole(parts, filling):
    """Some hundreds of tokens each: a part leaves nothing open that a later one would stand in."""
    markup = to_html((filling * 200).join(["", *parts, ""]))
    assert_sound(markup)
    assert clean(markup) == markup


@short
@given(texts)
def test_the_door_lets_through_what_is_sound_whatever_comes(text):
    """Markup, too, that no renderer of this package writes; and what is escaped is all there."""
    assert_sound(clean(text))
    shown = plain(text).lstrip("\ufeff")
    assert html.unescape(re.sub("<[^>]*>", "", clean(escape(shown)))) == shown


@short
@given(st.lists(texts, min_size=1, max_size=8), st.integers(1, 400))
def test_each_part_of_a_growing_text_is_sound(parts, step):
    """Each sealed part by itself, and the tail at moments all along."""
    text = "\n\n".join(part * (1 + len(part) % 7) for part in parts)
    document = GrowingDocument()
    starts = range(0, len(text), step)
    for number, start in enumerate(starts):
        document.feed(text[start : start + step])
        if number % (1 + len(starts) // 20) == 0:
            assert_sound(document.tail)
    for part in (*document.sealed, document.tail):
        assert_sound(part)


short_texts = st.lists(token, max_size=8).map("".join)
json_texts = st.dictionaries(short_texts, st.lists(short_texts, max_size=3) | short_texts, max_size=4)


@short
@given(json_texts, st.lists(token, max_size=4), st.integers(1, 80))
def test_each_tree_of_json_is_sound(value, broken, step):
    """Settled, and each part of one that grows, also where it turns out to be no JSON."""
    assert_sound(tree_html(value))
    text = "".join((json.dumps([value], ensure_ascii=False), *broken, json.dumps({"a": value})))
    document = GrowingJson()
    for start in range(0, len(text), step):
        document.feed(text[start : start + step])
    for part in (*document.sealed, document.tail):
        assert_sound(part)


@pytest.mark.fuzz
@pytest.mark.parametrize("number", VECTORS)
def test_each_vector_in_a_tree_comes_out_sound(number):
    """As a name and as a value, settled and growing, and where JSON was expected."""
    text = VECTORS[number].text
    value = {text: [text, {text[:40]: 1}]}
    assert_sound(tree_html(value))
    for answer in (json.dumps(value), text):
        document = GrowingJson()
        document.feed(answer)
        for part in (*document.sealed, document.tail):
            assert_sound(part)


# Readers that trust everything: HTML runs, and any address is a link.
COMMON = MarkdownIt("commonmark", {"html": True})
GITHUB = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
COMMON.validateLink = GITHUB.validateLink = lambda _: True
_IN_FORMULAS = re.compile(r"\$\$.+?\$\$|\$.+?\$|\\\\\(.+?\\\\\)|\\begin\{\w+\}.+?\\end\{\w+\}", re.DOTALL)


def replaced(text):
    """Render as JupyterLab does: formulas are taken out before, and put back wherever they ended up."""
    formulas = []

    def take(match):
        formulas.append(html.escape(match[0], quote=False))
        return f"@@{len(formulas) - 1}@@"

    taken = "\n\n".join(_IN_FORMULAS.sub(take, part) for part in re.split(r"\n[ \t]*\n", text.replace("@@", "@ @")))
    return re.sub(r"@@(\d+)@@", lambda match: formulas[int(match[1])], GITHUB.render(taken))


READERS = {"CommonMark": COMMON.render, "GitHub": GITHUB.render, "nbconvert": markdown2html_mistune, "Lab": replaced}
KNOWN = ALLOWED | {"table", "del", "ins", "sup", "section", "mark", "input"}


class Trusting(HTMLParser):
    """Reads what a reader of Markdown makes of it, and remembers what could run, load or lead astray."""

    def __init__(self):
        super().__init__()
        self.harm = []

    def handle_starttag(self, tag, attrs):
        """Look at an element."""
        if tag not in KNOWN:
            self.harm.append(tag)
        for name, value in attrs:
            odd = name == "href" and not re.match(r"https?:|mailto:|#", value or "", re.IGNORECASE)
            known = name in {"href", "title", "class", "id", "start", "align", "style", "rel", "target", "type", "alt"}
            checkbox = tag == "input" and name in {"checked", "disabled"}
            unfolded = tag == "details" and name == "open"
            if odd or not (known or checkbox or unfolded):
                self.harm.append((tag, name, value))
            if name == "style" and "url" in (value or ""):
                self.harm.append(value)


def assert_harmless_to_all_readers(markdown):
    """No reader finds an element, an attribute or a link that a text by itself has no use for."""
    for name, render in READERS.items():
        parser = Trusting()
        parser.feed(render(f"{markdown}\n"))  # as a bundle ends it
        parser.close()
        assert parser.harm == [], name


@short
@given(texts)
def test_stored_markdown_harms_no_reader(text):
    """Four that trust it, of different dialects; nor does TeX in it reach beyond its formula."""
    markdown = safe_markdown(text)
    assert_harmless_to_all_readers(markdown)
    outside = re.sub(r"^(`{3,}).*?^\1$", "", markdown, flags=re.DOTALL | re.MULTILINE)
    assert not GATED.search(outside)


@short
@given(texts, st.lists(st.integers(0, 2000), max_size=6))
def test_terminal_text_has_no_control_character_however_it_is_split(text, cuts):
    """Each piece disarmed by itself gives what the whole gives."""
    shown = plain(text)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown)
    bounds = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    assert "".join(plain(text[start:end]) for start, end in pairwise(bounds)) == shown
    assert plain(shown) == shown
    assert one_line(text) == " ".join(one_line(text).split())


@short
@given(st.lists(texts, min_size=1, max_size=8), st.integers(1, 400))
def test_any_text_can_be_spoken(parts, step):
    """A bit at a time, while it grows and when it has ended: little at once, and no control character."""
    text = "\n\n".join(part * (1 + len(part) % 7) for part in parts)
    spoken = Spoken()
    said = [*(spoken.more(text[:end]) for end in range(0, len(text), step)), spoken.more(text), spoken.rest(text)]
    assert max(map(len, said)) <= MOST
    assert all(part == one_line(part, MOST) for part in said)
