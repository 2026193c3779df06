"""JSON schemas made up for the tests: each allows a value, however it is nested."""

from __future__ import annotations

from hypothesis import strategies as st

NAMES = st.sampled_from(["name", "age", "city", "items", "tags", "ok", "due date", "straße", "a/b", "total"])
_FORMATS = ["date", "date-time", "time", "duration", "email", "ipv4", "ipv6", "uuid", "hostname", "no such format"]
_VALUES = st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text(max_size=5), st.just([1]), st.just({"a": 1}))


def record(**fields):
    """Return the schema of an object, from the types or schemas of its fields; all are required."""
    properties = {name: {"type": kind} if isinstance(kind, str) else kind for name, kind in fields.items()}
    return {"type": "object", "properties": properties, "required": list(fields), "additionalProperties": False}


def many(**fields):
    """Return the schema of an object with a list of such objects, `items`."""
    return record(items={"type": "array", "items": record(**fields)})


@st.composite
def _texts(draw):
    shortest = draw(st.integers(0, 40))
    bounds = draw(st.sampled_from([{}, {"minLength": shortest}, {"minLength": shortest, "maxLength": shortest + 3}]))
    return {"type": "string", **draw(st.sampled_from([{}, bounds, *({"format": name} for name in _FORMATS)]))}


@st.composite
def _numbers(draw):
    kind = draw(st.sampled_from(["integer", "number"]))
    low = draw(st.integers(-1000, 1000))
    low_word = draw(st.sampled_from(["minimum", "exclusiveMinimum"]))
    high_word = draw(st.sampled_from(["maximum", "exclusiveMaximum"]))
    bounds = {low_word: low, high_word: low + draw(st.integers(2, 50))}
    kept = draw(st.sets(st.sampled_from(sorted(bounds))))
    step = {"multipleOf": draw(st.integers(1, 7))} if len(kept) < 2 and draw(st.booleans()) else {}
    return {"type": kind, **{word: bounds[word] for word in kept}, **step}


_SIMPLE = st.one_of(
    _texts(),
    _numbers(),
    st.just({"type": "boolean"}),
    st.just({"type": "null"}),
    st.just({}),
    st.builds(lambda value: {"const": value}, _VALUES),
    st.builds(lambda values: {"enum": values}, st.lists(_VALUES, min_size=1, max_size=4)),
    st.just({"type": ["string", "null"]}),
)


@st.composite
def _arrays(draw, inner):
    least = draw(st.integers(0, 4))
    bounds = draw(st.sampled_from([{}, {"minItems": least}, {"minItems": least, "maxItems": least + 1}]))
    fixed = {"prefixItems": draw(st.lists(inner, min_size=1, max_size=3))} if draw(st.booleans()) else {}
    return {"type": "array", "items": draw(inner), **bounds, **fixed}


@st.composite
def _objects(draw, inner):
    properties = draw(st.dictionaries(NAMES, inner, max_size=4))
    required = draw(st.lists(st.sampled_from(sorted(properties)), unique=True)) if properties else []
    rest = draw(st.sampled_from([{}, {"additionalProperties": False}, {"additionalProperties": {"type": "integer"}}]))
    return {"type": "object", "properties": properties, "required": required, **rest}


def _nested(inner):
    ways = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        _arrays(inner),
        _objects(inner),
        st.builds(lambda found: {"anyOf": found}, ways),
        st.builds(lambda found: {"anyOf": [found, {"type": "null"}]}, inner),
        st.builds(lambda found: {"allOf": [found], "description": "one"}, inner),
        st.just({"$ref": "#/$defs/Leaf"}),
        st.just({"$ref": "#/$defs/Node"}),
    )


#: A schema that refers to itself, with an end to it.
NODE = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
        "next": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]},
    },
    "required": ["name", "children", "next"],
}


@st.composite
def schemas(draw):
    """Make schemas, with definitions that they may refer to."""
    root = draw(st.recursive(_SIMPLE, _nested, max_leaves=12))
    return {**root, "$defs": {"Leaf": draw(_SIMPLE), "Node": NODE}}
