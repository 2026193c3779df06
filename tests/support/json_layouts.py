"""JSON values, and the answers that models put them into."""

import json

from hypothesis import strategies as st

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4))
OBJECTS = st.dictionaries(TEXT, VALUES, max_size=5)
#: Prose without brackets, fences and quotes; what may be in brackets is tried apart.
PROSE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="{}[]`~"), max_size=20)
ASIDE = st.sampled_from(["", " [1] ", " {x} ", " [see there] ", " f(x) = {x, y} "])
INDENT = st.sampled_from([None, 0, 1, 4])
FENCE = st.sampled_from(["```", "```json", "~~~~", "````JSON "])


@st.composite
def layouts(draw, values):
    """Draw a value and an answer that has it."""
    value = draw(values)
    text = json.dumps(value, ensure_ascii=draw(st.booleans()), indent=draw(INDENT))
    before, after = draw(PROSE) + draw(ASIDE), draw(ASIDE) + draw(PROSE)
    match draw(st.sampled_from(["bare", "fenced", "prose"])):
        case "bare":
            return value, f" {text}\n"
        case "fenced":
            fence = draw(FENCE)
            return value, f"{before}\n{fence}\n{text}\n{fence.rstrip('jsonJSON ')}\n{after}"
        case _:
            return value, f"{before}\n{text}\n{after}"
