"""Code in colour."""

import html
import re

import pytest

from runware_magic.display.render import highlight as module
from runware_magic.display.render.highlight import highlight

PYTHON = 'def f(x):\n    """Doc <b>."""\n    return x + 1  # why\n'


def text_of(markup):
    """Give what a reader sees."""
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


@pytest.mark.parametrize("language", ["python", "PYTHON", "", "no-such-language", "html", "json", "console"])
@pytest.mark.parametrize("code", [PYTHON, "", "\n\n", "<script>", "no end", "  \n x\n\n"])
def test_the_text_is_kept_to_the_letter(code, language):
    """Whatever the language, highlighting neither adds nor loses a character."""
    assert text_of(highlight(code, language)) == code


def test_colours_are_variables_with_fallbacks():
    """Each colour follows Lab's theme, and has a fallback in the one notation that Lab keeps when it distrusts."""
    styles = set(re.findall(r'style="([^"]*)"', highlight(PYTHON, "python")))
    assert styles
    variable = r"var\(--jp-mirror-editor-[\w-]+-color,rgb\(\d+,\d+,\d+\)\)"
    colour = re.compile(rf"color:(?:{variable}|color-mix\(in srgb,{variable} \d+%,currentColor\))")
    assert all(colour.fullmatch(one) for one in styles)


def test_an_unknown_language_is_not_guessed():
    """Code in a language that nobody knows has no colour."""
    assert highlight(PYTHON, "brainwave") == html.escape(PYTHON)


def test_neighbours_of_one_kind_share_an_element():
    """A docstring of several tokens is one element."""
    assert highlight('"""a\nb\nc"""', "python").count("<span") == 1


def test_very_long_code_has_no_colour():
    """The time of a lexer is bounded by the length of what it gets."""
    code = "x = 1\n" * (module._LONGEST // 6 + 1)
    assert highlight(code, "python") == code


def test_overrides_of_direction_cannot_hide_in_code():
    """Code reads as it runs."""
    assert "\u202e" not in highlight("if x:\u202e # no", "python")


@pytest.mark.parametrize("background", [(255, 255, 255), (24, 24, 24)])
@pytest.mark.parametrize("colour", sorted(set(module._COLOURS.values())))
def test_fallbacks_are_legible_on_light_and_dark(colour, background):
    """Every fallback has a contrast of at least 3.5 to 1 on white and on near black."""
    lights = sorted(luminance(one) for one in (tuple(map(int, re.findall(r"\d+", colour))), background))
    assert (lights[1] + 0.05) / (lights[0] + 0.05) >= 3.5


def luminance(rgb):
    """Give the relative luminance (WCAG 2.2)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (value / 255 for value in rgb)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
