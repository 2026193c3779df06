"""Texts and values as the parts of one message."""

import pytest

from runware_magic.chat.attached import Attached
from runware_magic.chat.parts import ImagePart, TextPart
from runware_magic.prompt.values.inserted import Inserted
from runware_magic.prompt.values.joined import joined

PICTURE = ImagePart(b"\x89PNG", "image/png")
FIGURE = Inserted((PICTURE,), Attached("fig", "picture"))
TABLE = Inserted((TextPart("| 1 |"),), Attached("df", "table"))
SOURCE = Inserted((TextPart("def f(): ..."),), Attached("f", "source"))
ANSWER = Inserted((TextPart("blue"),), Attached("a", "answer"))


@pytest.mark.parametrize(
    ("pieces", "texts"),
    [
        (["What is ", FIGURE, "?"], ["What is ", PICTURE, "?"]),
        (["\n\n  a\n", FIGURE, "\n b \n\n"], ["  a\n", PICTURE, "\n b "]),
        (["\n", FIGURE, "\n", FIGURE, "\n"], [PICTURE, PICTURE]),
        (["", FIGURE, ""], [PICTURE]),
        (["a ", ANSWER, " b"], ["a blue b"]),
        (["a ", SOURCE, " b"], ["a \ndef f(): ...\n b"]),
        (["```\n", SOURCE, "\n```"], ["```\ndef f(): ...\n```"]),
        (["a\n", TABLE, "\nb"], ["a\n\n| 1 |\n\nb"]),
        (["a: ", TABLE, "."], ["a: \n\n| 1 |\n\n."]),
        (["", TABLE, "", TABLE, ""], ["| 1 |\n\n| 1 |"]),
        (["", TABLE, "\n\n\n", SOURCE, ""], ["| 1 |\n\n\ndef f(): ..."]),
        ([" \n", ""], []),
        ([], []),
    ],
)
def test_values_stand_where_they_were_named(pieces, texts):
    """Tables with an empty line around, other blocks on lines of their own; no part is blank."""
    assert joined(pieces) == tuple(TextPart(text) if isinstance(text, str) else text for text in texts)
