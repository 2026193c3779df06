"""A line as its words, and characters in it that look like others."""

# ruff: noqa: RUF001  # characters that look like others are what is tested here

import pytest

from runware_magic.errors import OptionError
from runware_magic.ipython.commands.arguments import read_words
from runware_magic.prompt.options import CellOptions, parse_ask, parse_line
from runware_magic.prompt.words import filled, split

NAMES = {"name": "my talk", "day": 3, "quote": 'it\'s "so"', "back": "a\\'b", "braces": "{{ name }}", "flag": "—x"}


def evaluate(expression):
    """Evaluate as a notebook would."""
    return eval(expression, dict(NAMES))  # noqa: S307  # the tests' own expressions


WORDS = [
    ("", []),
    ("a  'b c' \"d e\" f\\ g", ["a", "b c", "d e", "f g"]),
    (r"C:\Users\me\talk.md", [r"C:\Users\me\talk.md"]),
    (r"'C:\Users\me\my talk.md'", [r"C:\Users\me\my talk.md"]),
    (r'"C:\Users\me\my talk.md" --force', [r"C:\Users\me\my talk.md", "--force"]),
    (r"\\server\share\talk.md", [r"\\server\share\talk.md"]),
    (r'"\\server\the share\talk.md"', [r"\\server\the share\talk.md"]),
    (r"'C:\talks\'", ["C:\\talks\\"]),
    (r'"C:\talks\\" a', ["C:\\talks\\", "a"]),
    (r"~\talk.md ~/talk.md", [r"~\talk.md", "~/talk.md"]),
    (r"re:^\d+\.\s", [r"re:^\d+\.\s"]),
    (r'"say \"hi\"" it\'s', ['say "hi"', "it's"]),
    (r"'a\b' \{{ x }} {{ x + '\n' }}", [r"a\b", r"\{{ x }}", r"{{ x + '\n' }}"]),
    ("a\xa0b\u3000c\u2009'd\xa0e'", ["a", "b", "c", "d\xa0e"]),
    ("'—once' \"“Hi”\"", ["—once", "“Hi”"]),
    ("l’été Müller–Notes.md don’t", ["l’été", "Müller–Notes.md", "don’t"]),
    ("می\u200cخواهم 👩\u200d🏫", ["می\u200cخواهم", "👩\u200d🏫"]),
]


@pytest.mark.parametrize(("line", "words"), WORDS)
def test_a_line_is_split_into_words(line, words):
    """Quotes keep blanks, and a backslash is one unless a quote or a blank follows."""
    assert split(line) == words


WRONG = [
    ("—once", "—once begins with a long dash. Write --once,"),
    ("a –t 0.2", "Write -t,"),
    ("-–once", "Write --once,"),
    ("−t=0.2", "Write -t=0.2,"),
    ("--seed −5", "Write -5,"),
    ("―temperature=0.2", "Write --temperature=0.2,"),
    ("－t 1", "Write -t,"),
    ("-s “Be brief.”", "“ is a typographic quotation mark. Write"),
    ("-s „Sei kurz.“", "„ is a typographic quotation mark."),
    ("-s «Sois bref.»", "« is a typographic quotation mark."),
    ("-s ‘Be brief.’", "‘ is a typographic quotation mark."),
    ("-s=’brief’", "’ is a typographic quotation mark."),
    ("--expect contains:“New York”", "“ is a typographic quotation mark."),
    ("-s “Don't.”", "“ is a typographic quotation mark."),
    ("\u200b--once", "An invisible character is in --once: U+200B ZERO WIDTH SPACE."),
    ("-t\ufeff 1", "in -t: U+FEFF ZERO WIDTH NO-BREAK SPACE."),
    ("m\u200d", "in m: U+200D ZERO WIDTH JOINER."),
    ("a \u2060 b", "on the line: U+2060 WORD JOINER."),
    ("a\x1b", "in a: U+001B."),
    ("-s 'open", "A quotation mark on the line is not closed."),
    ('-s "open', "A quotation mark on the line is not closed."),
    ("-s brief \\", "The line ends in a backslash."),
    ("C:\\talks\\", "The line ends in a backslash."),
]


@pytest.mark.parametrize(("line", "said"), WRONG)
@pytest.mark.parametrize("read", [split, parse_line, lambda line: read_words("export", line, most=9)])
def test_what_only_looks_like_a_mark_of_the_line_is_named(line, said, read):
    """Neither a model nor a text, an option or a path is made of it, on any line."""
    with pytest.raises(OptionError) as caught:
        read(line)
    assert said in str(caught.value)


@pytest.mark.parametrize("line", ["—once Who?", "–t 0.2 Who?", "-t 1 —seed=5 Who?", "\u200b--once Who?"])
def test_an_option_before_a_prompt_is_named_too(line):
    """Instead of being sent with the prompt."""
    with pytest.raises(OptionError, match=r"long dash|invisible"):
        parse_ask(line)


@pytest.mark.parametrize("prompt", ["—Hola, ¿qué tal?", "“Who?”", "– and so on", "−5 degrees", "\u200bHi", "C:\\x\\"])
def test_a_prompt_may_begin_with_any_mark(prompt):
    """It is sent as it was typed."""
    assert parse_ask(prompt) == (CellOptions(), prompt)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{{ name }}.md", ("my talk.md",)),
        ("'talks/{{ name }} {{ day:02d }}.md'", ("talks/my talk 03.md",)),
        (r"C:\talks\{{ name }}.md", (r"C:\talks\my talk.md",)),
        ("{{ quote }} {{ back }} {{ braces }} {{ flag }}", ('it\'s "so"', "a\\'b", "{{ name }}", "—x")),
        ("{{ '' }}", ("",)),
        (r"C:\plain.md", (r"C:\plain.md",)),
    ],
)
def test_a_value_behind_a_command_is_part_of_one_word(line, words):
    """Whatever it holds: blanks, quotes, braces and dashes of a value are nothing but text."""
    assert read_words("export", filled(line, evaluate), most=4).words == words


def test_a_value_behind_a_command_that_cannot_be_had_is_told():
    """In the terms of a command, which has no --raw."""
    with pytest.raises(OptionError, match=r"name 'nobody' is not defined.*cell of its own") as caught:
        filled("{{ nobody }}.md", evaluate)
    assert "--raw" not in str(caught.value)
