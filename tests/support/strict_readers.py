"""Readers that notice what could do harm: one that trusts nothing, and some that trust everything."""

import html
import re
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from nbconvert.filters.markdown_mistune import markdown2html_mistune

from runware_magic.display.render import sanitize_html
from runware_magic.display.render.sanitize_html import clean

ALLOWED = sanitize_html._ALLOWED["tags"]
_OF_PICTURES = {"img": {"src", "alt"}}
ATTRIBUTES = sanitize_html._ALLOWED["attributes"]


class Strict(HTMLParser):
    """Reads HTML as one that trusts nothing: every element known and closed, every attribute known and harmless."""

    def __init__(self, *, pictures):
        super().__init__(convert_charrefs=False)
        self.open, self.more = [], {"img"} if pictures else set()

    def handle_starttag(self, tag, attrs):
        """Look at an element that opens."""
        assert tag in ALLOWED | self.more, tag
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names))
        assert {*names} <= {"rel"} | ATTRIBUTES["*"] | ATTRIBUTES.get(tag, set()) | _OF_PICTURES.get(tag, set()), attrs
        for name, value in attrs:
            if name == "src":
                assert re.fullmatch(r"data:image/(?:png|jpeg);base64,[A-Za-z0-9+/]+=*", value), value
            if name == "href":
                assert re.match(r"(?:https?|mailto):", value, re.IGNORECASE), value
            if name == "style":
                assert not re.search(r"url|expression|position|@|\\|/\*", value, re.IGNORECASE), value
                assert {pair.partition(":")[0].strip() for pair in value.split(";")} <= sanitize_html._PROPERTIES
        if tag == "a":
            assert dict(attrs).get("rel") == ("noopener noreferrer" if "href" in names else None)
        if tag not in {"br", "hr", "img"}:
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


def assert_sound(markup, *, pictures=False):
    """Well-formed, of what is allowed only, and the same after another pass through the door."""
    parser = Strict(pictures=pictures)
    parser.feed(markup)
    parser.close()
    assert parser.open == []
    # A parser skips the first line end of a <pre>; this package writes none there.
    assert _AFTER_PRE.sub(r"\1", clean(markup, pictures=pictures)) == _AFTER_PRE.sub(r"\1", markup)


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
