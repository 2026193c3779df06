"""Tokens and cost, as endpoints report them."""

import pytest

from runware_magic.chat.draft import TurnBuilder
from runware_magic.chat.events import ContentDelta, UsageReport
from runware_magic.chat.turn import Timing, Turn
from runware_magic.chat.usage import Usage


@pytest.mark.parametrize(
    ("told", "usage"),
    [
        ({"input_tokens": 5, "output_tokens": 7}, Usage(5, 7)),
        ({"prompt_tokens": 5, "input_tokens": 6, "completion_tokens": 7}, Usage(5, 7)),
        ({"prompt_tokens": 5, "cost": {"total_cost": 0.25}}, Usage(5, cost=0.25)),
        ({"prompt_tokens": 5, "cost": {"total_cost": "0.25"}}, Usage(5, cost=0.25)),
        ({"prompt_tokens": 5, "estimated_cost": 0.25}, Usage(5, cost=0.25)),
        ({"prompt_tokens": 5, "cost": "0.25", "estimated_cost": 1}, Usage(5, cost=0.25)),
        ({"prompt_tokens": 5, "cost": {}}, Usage(5)),
        ({"input_tokens": 5, "input_tokens_details": {"cached_tokens": 2}}, Usage(5, cached_tokens=2)),
        ({"output_tokens": 5, "output_tokens_details": {"reasoning_tokens": 2}}, Usage(None, 5, reasoning_tokens=2)),
        ({"prompt_tokens": 5, "completion_tokens": 0, "cost": 0}, Usage(5, 0)),
        ({"prompt_tokens": 5, "total_tokens": 5, "cost": 0}, Usage(5, None, 5)),
        ({"prompt_tokens": 5, "total_tokens": 7, "cost": 0}, Usage(5, None, 7, 0.0)),
        ({"prompt_tokens": 5, "completion_tokens": 2, "cost": 0}, Usage(5, 2, cost=0.0)),
        ({"prompt_tokens": 5, "completion_tokens": 0, "cost": 0.25}, Usage(5, 0, cost=0.25)),
        ({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0, "cost": 0}, None),
        ({"prompt_tokens": 0, "completion_tokens": None}, None),
        ({}, None),
    ],
)
def test_usage_is_read_by_all_its_names(told, usage):
    """Zeros alone are no report, and a cost of zero is none before anything was generated."""
    assert Usage.from_json(told) == usage


@pytest.mark.parametrize(
    ("reports", "usage"),
    [
        ([Usage(51, 38, 89, 0.25), Usage(51, 0, 51)], Usage(51, 38, 51, 0.25)),
        ([Usage(51, 38, cost=0.25), Usage(51, 38, cost=0.0)], Usage(51, 38, cost=0.25)),
        ([Usage(51, 38), Usage(cost=0.25)], Usage(51, 38, cost=0.25)),
        ([Usage(51), Usage(51, 38, cost=0.0)], Usage(51, 38, cost=0.0)),
        ([Usage(51, 1), Usage(51, 2), Usage(51, 3)], Usage(51, 3)),
    ],
)
def test_a_report_never_takes_back_what_was_told(reports, usage):
    """Counts grow; what a later report leaves out, or calls zero, stays."""
    builder = TurnBuilder(Turn("1", "m", "e", (), Timing("t")))
    builder.fold(ContentDelta("a"), 0.1)
    for report in reports:
        builder.fold(UsageReport(report), 0.2)
    assert builder.snapshot().usage == usage
