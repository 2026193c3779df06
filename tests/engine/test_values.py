"""Values of the notebook, from the prompt to the record: what is shown, sent and restored is the same."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from asking import KEY, OK
from cells import SETTINGS, Watching, one_answer, small
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from played import Played

from runware_magic.chat.attached import Attached
from runware_magic.chat.parts import ImagePart, TextPart
from runware_magic.chat.record import from_record, to_record
from runware_magic.display.render.dry_run import request_dry_run
from runware_magic.engine.query import Query
from runware_magic.prompt.template import to_prompt
from runware_magic.protocol.chat_completions import CHAT_COMPLETIONS
from runware_magic.transport.endpoint import endpoint

# A dry run may show the beginning of a picture's bytes.
_BYTES = re.compile(r"(?<=;base64,)[^\"]*")


def checked(prompt):
    """Ask a prompt; return the turn, once the dry run, the request and the record have been compared."""
    server = Played(OK)
    session, where = small(medium=server), endpoint(server.url, KEY)
    try:
        query = Query(prompt.messages, attached=prompt.attached)
        request = session.prepare(query, where, SETTINGS).request
        one_answer(session, query, where, lambda _: Watching()).here()
        (turn,) = session.conversation.turns("main")
    finally:
        session.close()
    sent = server.heard[0].json
    assert sent == json.loads(json.dumps(CHAT_COMPLETIONS.encode(request)))
    shown = json.loads(_BYTES.sub("", request_dry_run(request, where.name).parts[-1].text))
    assert shown["messages"] == json.loads(_BYTES.sub("", json.dumps(sent["messages"])))
    restored = from_record(json.loads(json.dumps(to_record(turn))))
    assert (
        (restored.messages, restored.attached) == (turn.messages, turn.attached) == (prompt.messages, prompt.attached)
    )
    assert [message.to_json() for message in restored.messages] == sent["messages"]
    return restored


def half(number):
    """Divide by two."""
    return number / 2


VALUES = {
    "df": pd.DataFrame({"a": range(100), "b": ["x|y\n"] * 100}),
    "array": np.zeros((3, 2)),
    "image": Image.linear_gradient("L"),
    "half": half,
    "error": ValueError("no"),
    "n": 3,
}


def evaluate(expression):
    """Evaluate as a notebook would."""
    return eval(expression, dict(VALUES))  # noqa: S307  # the tests' own expressions


def test_a_prompt_with_everything_is_sent_and_restored_as_it_is_shown():
    """Each value where it was named, and readers are told of each."""
    text = (
        "system:\nBe brief.\nuser:\n{{ df }}\nand {{ array }} and {{ image }}{{ half }}{{ error }}{{ n }} {{ image }}?"
    )
    turn = checked(to_prompt(text, evaluate))
    assert turn.attached == (
        Attached("df", "table", (100, 2), cut=True),
        Attached("array", "table", (3, 2)),
        Attached("image", "picture", (256, 256)),
        Attached("half", "source"),
        Attached("error", "error"),
    )
    assert [type(part) for part in turn.messages[1].parts] == [TextPart, ImagePart, TextPart, ImagePart, TextPart]
    assert turn.messages[1].parts[2].text == (
        'def half(number):\n    """Divide by two."""\n    return number / 2\nValueError: no\n3 '
    )


@st.composite
def values(draw):
    """Return a frame, an array or a picture."""
    height, width = draw(st.integers(1, 30)), draw(st.integers(1, 8))
    kind = draw(st.sampled_from(["frame", "array", "RGB", "RGBA", "L"]))
    if kind == "frame":
        cell = st.text(max_size=5) | st.integers() | st.floats() | st.none()
        columns = {name: draw(st.lists(cell, min_size=height, max_size=height)) for name in range(width)}
        return pd.DataFrame(columns, dtype=object)
    pixels = draw(st.binary(min_size=4 * width * height, max_size=4 * width * height))
    if kind == "array":
        return np.frombuffer(pixels, "i4").reshape(height, width)
    return Image.frombytes("RGBA", (width, height), pixels).convert(kind)


@given(st.lists(st.tuples(st.text(max_size=6), values()), min_size=1, max_size=3))
def test_whatever_is_sent_is_shown_and_restored(pieces):
    """Random frames, arrays and pictures, between random texts."""
    written = [(text.replace("{", "").replace("\\", ""), value) for text, value in pieces]
    template = "".join(f"{text}{{{{ {number} }}}}" for number, (text, _) in enumerate(written))
    turn = checked(to_prompt(template, lambda number: written[int(number)][1]))
    assert [entry.name for entry in turn.attached] == [str(number) for number in range(len(written))]


@pytest.mark.parametrize("text", ["{{ df!s }}", "{{ half!r:.3}}", "{{ image.size }}", "{{ n:03d }}"])
def test_a_format_or_a_conversion_gives_the_text_as_ever(text):
    """And nothing is attached."""
    turn = checked(to_prompt(text, evaluate))
    assert turn.attached == ()
    assert turn.messages[0].has_only_text
