"""Fields that hold what nobody expects, and text that is held back when an answer ends early."""

import pytest
from loopback import delta, finish, sse

from runware_magic.chat.events import ContentDelta, Ended, Failed, Finished, ReasoningDelta, ToolCallDelta, UsageReport
from runware_magic.chat.text import encodable
from runware_magic.chat.usage import Usage
from runware_magic.protocol.chunk_decoder import decode_stream
from runware_magic.protocol.model_list import Model

HIGH, LOW = "\ud83d", "\ude00"


def decoded(*values):
    """Decode a stream of these events."""
    return list(decode_stream([sse(*values)]))


@pytest.mark.parametrize("count", [10**400, -1, 1e300, float("nan"), float("inf"), True, "5", [], None])
def test_a_count_that_cannot_be_is_unknown(count):
    """It is neither shown nor added up."""
    assert Usage.from_json({"prompt_tokens": count, "completion_tokens": 3}) == Usage(completion_tokens=3)


@pytest.mark.parametrize("cost", ["1e400000", 1e-300, 10**400, -1, float("nan"), "nan", 1e7, True, "x", {}])
def test_a_cost_that_cannot_be_is_unknown(cost):
    """Which is not zero."""
    assert Usage.from_json({"cost": cost, "completion_tokens": 3}) == Usage(completion_tokens=3)


@pytest.mark.parametrize(("cost", "expected"), [(0, 0.0), ("0.00001", 0.00001), (1e-9, 1e-9), (900, 900.0)])
def test_a_cost_that_can_be_is_kept(cost, expected):
    """Nothing, next to nothing, and much."""
    assert Usage.from_json({"cost": cost, "total_tokens": 1}) == Usage(total_tokens=1, cost=expected)


@pytest.mark.parametrize("price", ["1e400000", "1e99999999999", "NaN", "-1", "x", None, {}, True, 10**400])
def test_a_price_that_cannot_be_is_unknown(price):
    """And takes no line of its own length."""
    row = {"id": "m", "context_length": 10**400, "pricing": {"prompt": price, "completion": "0.0000012"}}
    assert Model.from_json(row) == Model("m", "?", "?", None, 0.0000012)


@pytest.mark.parametrize("index", [0, "0", None, [], {}, 0.0, True, 1, "7"])
def test_the_answer_that_comes_first_is_shown(index):
    """Whatever its index is, if it is one at all."""
    chunks = [{"choices": [{"index": index, "delta": {"content": text}}]} for text in ("a", "b")]
    assert decoded(*chunks) == [ContentDelta("a"), ContentDelta("b")]


def test_one_of_several_answers_is_shown():
    """Two of them mixed would be none."""
    both = {"choices": [{"index": 1, "delta": {"content": "a"}}, {"index": 0, "delta": {"content": "b"}}]}
    assert decoded(both, both) == [ContentDelta("a"), ContentDelta("a")]


@pytest.mark.parametrize(("index", "expected"), [(1, 0), ("1", 0), ("x", 1), ([], 1), (None, 1), (True, 1)])
def test_a_tool_call_goes_on_where_its_index_says(index, expected):
    """Or with the one that came last, where the index is none."""
    heads = [{"index": number, "id": str(number), "function": {"name": "f"}} for number in (1, 2)]
    tail = {"index": index, "function": {"arguments": "{}"}}
    assert decoded(delta(tool_calls=heads), delta(tool_calls=[tail]))[-1] == ToolCallDelta(expected, arguments="{}")


def test_usage_beside_an_error_is_told():
    """It was billed all the same."""
    broken = {"error": "broke", "usage": {"cost": 0.5}}
    assert decoded(broken) == [UsageReport(Usage(cost=0.5)), Failed("broke")]


@pytest.mark.parametrize("broken", [{"error": "broke"}, {"choices": [{"finish_reason": "error", "error": "broke"}]}])
def test_what_may_become_a_tag_is_given_before_an_error(broken):
    """It was said."""
    assert decoded(delta(content="<thi"), broken) == [ContentDelta("<thi"), Failed("broke")]


def test_what_may_become_a_tag_is_given_before_an_error_event():
    """It was said."""
    body = sse(delta(content="<thi")) + b"event: error\ndata: broke\n\n"
    assert list(decode_stream([body])) == [ContentDelta("<thi"), Failed("broke")]


def test_what_may_become_a_tag_is_given_before_the_connection_is_lost():
    """It was said."""

    def pieces():
        yield sse(delta(content="<thi"))
        raise OSError

    events = decode_stream(pieces())
    assert next(events) == ContentDelta("<thi")
    with pytest.raises(OSError):  # noqa: PT011  # it has no words
        next(events)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("é漢🎉", "é漢🎉"), (HIGH + LOW, "😀"), (HIGH, "\ufffd"), (f"a{LOW}b", "a\ufffdb"), (LOW + HIGH, "\ufffd" * 2)],
)
def test_a_surrogate_that_is_alone_is_replaced(text, expected):
    """Pairs are joined, text without any is left."""
    assert encodable(text) == expected


@pytest.mark.parametrize(
    ("field", "kind"), [("content", ContentDelta), ("refusal", ContentDelta), ("reasoning", ReasoningDelta)]
)
def test_a_pair_may_be_split_over_two_deltas(field, kind):
    """Whatever comes between them."""
    events = decoded(delta(**{field: "a" + HIGH}), finish(), delta(**{field: LOW + "b"}), "[DONE]")
    assert events == [kind("a"), Finished("stop"), kind("😀b"), Ended()]


def test_a_pair_may_be_split_over_two_fragments_of_a_tool_call():
    """Of the same call: the other one's are its own."""

    def call(index, arguments):
        return delta(tool_calls=[{"index": index, "id": f"call {index}", "function": {"arguments": arguments}}])

    events = decoded(call(0, HIGH), call(1, HIGH), call(0, LOW))
    assert [event.arguments for event in events] == ["", "", "😀", "\ufffd"]


@pytest.mark.parametrize("end", ["[DONE]", {"error": "broke"}, finish()])
def test_half_a_pair_at_the_end_is_replaced(end):
    """No later delta will complete it."""
    events = decoded(delta(content="a"), delta(content=HIGH), end)
    assert "".join(event.text for event in events if isinstance(event, ContentDelta)) == "a\ufffd"


def test_no_surrogate_leaves_the_decoder():
    """In no field that a server writes."""
    call = {"index": 0, "id": HIGH, "function": {"name": LOW, "arguments": HIGH}}
    error = {"error": {"message": HIGH, "code": LOW}}
    events = decoded(delta(content=LOW, reasoning=LOW, refusal=LOW, tool_calls=[call]), finish(HIGH), error)
    assert len(events) == 7
    assert "\\ud" not in repr(events)  # as Python shows a surrogate
