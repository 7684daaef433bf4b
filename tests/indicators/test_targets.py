"""Verdicts: exact comparison, the target of the year, and bounds that must agree."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nq57kit.indicators import Ratio, judge, judge_ratio
from nq57kit.indicators.targets import targets_line
from nq57kit.plan import Target, load_plan
from nq57kit.text import format_percent

SCIENCE = "science_tasks_communicated"
PLAN = load_plan()


def at_least(percent: int) -> Target:
    return Target("t", SCIENCE, 2027, 2028, ">=", Fraction(percent), "%", "", "II.2.2")


def test_almost_half_is_not_met_although_it_prints_as_half() -> None:
    assert judge(1249, 2500, at_least(50)) == "not_met"
    assert format_percent(1249 / 2500) == "50,0%"


@pytest.mark.parametrize(
    ("year", "numerator", "verdict"),
    [(2027, 50, "met"), (2028, 50, "met"), (2028, 49, "not_met"), (2029, 79, "not_met"), (2029, 80, "met"),
     (2030, 99, "not_met"), (2030, 100, "met")],
)  # fmt: skip
def test_each_year_is_judged_by_its_own_target(year: int, numerator: int, verdict: str) -> None:
    assert judge(numerator, 100, PLAN.target_for(SCIENCE, year), PLAN.next_target(SCIENCE, year)) == verdict


def test_2026_is_watched_whatever_the_number() -> None:
    following = PLAN.next_target(SCIENCE, 2026)
    assert PLAN.target_for(SCIENCE, 2026) is None
    assert {judge(n, 100, None, following) for n in (0, 50, 100)} == {"on_watch"}


def test_nothing_to_divide_by_is_insufficient_with_and_without_a_target() -> None:
    assert judge(0, 0, at_least(50)) == "insufficient"
    assert judge(0, 0, None, at_least(50)) == "insufficient"


def test_no_target_now_or_later_has_no_verdict_and_a_qualitative_one_is_a_persons() -> None:
    assert judge(1, 2, None, None) is None
    assert judge(1, 2, PLAN.target_for("network_formed", 2026)) is None


@settings(deadline=None)
@given(numerator=st.integers(0, 10**7), extra=st.integers(0, 10**7), percent=st.integers(0, 100))
def test_verdict_agrees_with_whole_number_arithmetic(numerator: int, extra: int, percent: int) -> None:
    denominator = numerator + extra
    expected = "insufficient" if denominator == 0 else "not_met"
    if denominator and numerator * 100 >= percent * denominator:
        expected = "met"
    assert judge(numerator, denominator, at_least(percent)) == expected


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_bounds_enclose_the_value_and_a_verdict_needs_both(yes: int, no: int, unknown: int) -> None:
    ratio = Ratio(yes, yes + no + unknown, unknown=unknown)
    verdict = judge_ratio(ratio, at_least(50))
    if ratio.denominator == 0:
        assert (ratio.low, ratio.value, ratio.high, verdict) == (None, None, None, "insufficient")
        return
    assert ratio.low is not None
    assert ratio.value is not None
    assert ratio.high is not None
    assert 0 <= ratio.low <= ratio.value <= ratio.high <= 1
    if ratio.low >= Fraction(1, 2):
        assert verdict == "met"
    elif ratio.high < Fraction(1, 2):
        assert verdict == "not_met"
    else:
        assert verdict == "insufficient"


def test_without_a_register_there_are_no_bounds() -> None:
    assert (Ratio(1, 2).low, Ratio(1, 2).high) == (None, None)


def test_line_of_targets_runs_over_all_years_with_known_results() -> None:
    line = targets_line(PLAN, {(SCIENCE, 2026): 0.25})
    science = line.filter(indicator=SCIENCE)
    assert science["year"].to_list() == [2026, 2027, 2028, 2029, 2030]
    assert science["target"].to_list() == [None, 0.5, 0.5, 0.8, 1.0]
    assert science["value"].to_list() == [0.25, None, None, None, None]
    assert line.filter(year=2030)["target"].to_list() == [1.0, 0.8, 0.7]
