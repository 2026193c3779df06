"""How many passed, and what that tells."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runware_magic.chat.checks import Rate

counts = st.integers(1, 10**6).flatmap(lambda total: st.builds(Rate, st.integers(0, total), st.just(total)))


@pytest.mark.parametrize(
    ("passed", "total", "low", "high"),
    [
        # R. G. Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_wilsons(passed, total, low, high):
    """As published."""
    assert Rate(passed, total).interval == pytest.approx((low, high), abs=5e-5)


@given(counts)
def test_the_interval_holds_the_share(rate):
    """It lies between 0 and 1; its ends are where the share would just not be surprising."""
    low, high = rate.interval
    assert 0 <= low <= rate.share <= high <= 1
    for end in (low, high):
        spread = 1.959964 * math.sqrt(end * (1 - end) / rate.total)
        assert abs(rate.share - end) == pytest.approx(spread, abs=1e-6)


@given(counts)
def test_passed_and_failed_are_treated_alike(rate):
    """The interval of the one is that of the other, seen from the other end."""
    low, high = rate.interval
    assert Rate(rate.total - rate.passed, rate.total).interval == pytest.approx((1 - high, 1 - low), abs=1e-9)


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (Rate(8, 10), "8/10 passed (49–94 %)"),  # noqa: RUF001  # the dash of ranges, here and below
        (Rate(0, 10), "0/10 passed (0–28 %)"),  # noqa: RUF001
        (Rate(1, 1), "1/1 passed (21–100 %)"),  # noqa: RUF001
        (Rate(5000, 5000), "5000/5000 passed (99.9–100.0 %)"),  # noqa: RUF001
        (Rate(0, 0), "0/0 passed"),
    ],
)
def test_a_rate_reads_in_one_line(rate, text):
    """In whole per cent, and a digit more where the ends would read alike."""
    assert str(rate) == text


def test_of_no_answers_nothing_is_known():
    """Every share is possible."""
    assert (Rate(0, 0).share, Rate(0, 0).interval) == (0.0, (0.0, 1.0))
