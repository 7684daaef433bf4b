"""Targets: exact comparison, the target of the year, bounds that must agree; the indicators of a report with coverage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nq57kit.indicators import Inputs, Ratio, compute, judge, judge_ratio, kpis
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
    line = targets_line(PLAN, {(SCIENCE, 2026): {"value": 0.25, "status": "on_watch"}})
    science = line.filter(indicator=SCIENCE)
    assert science["year"].to_list() == [2026, 2027, 2028, 2029, 2030]
    assert science["target"].to_list() == [None, 0.5, 0.5, 0.8, 1.0]
    assert science["value"].to_list() == [0.25, None, None, None, None]
    assert line.filter(year=2030)["target"].to_list() == [1.0, 0.8, 0.7]


MAY = date(2027, 5, 18)
TWO = ("vu-khcn", "vien-vaas")
SCIENCE = "science_tasks_communicated"
Row = Callable[..., dict[str, Any]]


def kpi(inputs: Inputs, indicator: str = SCIENCE) -> dict[str, Any]:
    return kpis(inputs).filter(indicator=indicator).row(0, named=True)


def ten_tasks(row: Row, year: int, yes: int, half: str = "H2") -> list[dict[str, Any]]:
    more = {"period": f"{year}-{half}", "start_year": 2026, "end_year": 2030}
    return [row("vu-khcn", f"M{n}", n < yes, date(year, 3, 1) if n < yes else None, **more) for n in range(10)]


@pytest.mark.parametrize(
    ("year", "yes", "target", "status"),
    [
        (2026, 10, None, "on_watch"),
        (2027, 5, 0.5, "met"),
        (2028, 5, 0.5, "met"),
        (2028, 4, 0.5, "not_met"),
        (2029, 7, 0.8, "not_met"),
        (2029, 8, 0.8, "met"),
        (2030, 9, 1.0, "not_met"),
        (2030, 10, 1.0, "met"),
    ],
)
def test_the_kpis_of_each_year_are_judged_by_its_own_target(
    make: Any, science_row: Row, *, year: int, yes: int, target: float | None, status: str
) -> None:
    inputs = make.inputs(
        str(year), ["vu-khcn"], receipts=make.accepted(f"{year}-H2", "vu-khcn"),
        tables={"science_tasks": ten_tasks(science_row, year, yes)},
    )  # fmt: skip
    row = kpi(inputs)
    assert (row["numerator"], row["denominator"], row["value"]) == (yes, 10, yes / 10)
    assert (row["target"], row["status"]) == (target, status)
    assert (row["low"], row["high"]) == (None, None)


def test_2026_shows_what_is_judged_by_a_person_and_what_comes_next(make: Any) -> None:
    table = kpis(
        make.inputs("2026-H2", TWO, receipts=make.accepted("2026-H2", *TWO), judgements={"network_formed": "met"})
    )
    assert table.select("indicator", "status", "numerator", "value").rows()[:2] == [
        ("network_formed", "met", None, None),
        ("channels_resourced", None, None, None),
    ]
    assert table.select("next_target", "next_target_year").rows()[2:] == [(0.5, 2027), (0.8, 2030), (0.7, 2030)]


@pytest.mark.parametrize(
    ("period", "verdict", "said_in", "status"),
    [
        ("2026", None, None, None), ("2026", "not_met", 2026, "not_met"), ("2027-H1", None, None, None),
        ("2027-H1", "not_met", 2026, "not_met"), ("2027", "met", 2026, "gone"), ("2027", "met", 2027, "met"),
        ("2028", "met", 2027, "gone"), ("2028", "closed", 2026, "gone"), ("2030-H2", "not_met", 2026, "not_met"),
    ],
)  # fmt: skip
def test_b6_a_qualitative_target_stays_until_a_person_says_that_it_is_met_or_closes_it(
    make: Any, period: str, verdict: str | None, said_in: int | None, status: str | None
) -> None:
    judged = {"network_formed": SimpleNamespace(values={"year": said_in})} if said_in else {}
    judgements = {"network_formed": verdict} if verdict else {}
    table = kpis(make.inputs(period, TWO, judgements=judgements, judged=judged))
    rows = table.filter(indicator="network_formed").select("status", "target_year").rows()
    assert rows == ([] if status == "gone" else [(status, 2026)])


@pytest.mark.parametrize(
    ("yes", "open_years"),
    [
        ({2028: 4}, []),  # its last year is this one
        ({2028: 4, 2029: 4}, [2028]),
        ({2028: 4, 2029: 5}, []),  # half of them in 2029: below the 80% of that year, the 50% of 2028 are met since
        ({2028: 5, 2029: 4}, []),
        ({2029: 4}, [2028]),  # nothing known of 2028
        ({2028: 4, 2029: 4, 2030: 10}, []),
        ({2028: 4, 2029: 7, 2030: 7}, [2029]),
    ],
)
def test_b6_a_numeric_target_unmet_in_its_last_year_is_open_until_a_later_year_meets_it(
    yes: dict[int, int], open_years: list[int]
) -> None:
    rows = {
        (SCIENCE, year): {"year": year, "numerator": n, "denominator": 10, "reported_units": 1, "judged": True,
                          "value": n / 10, "status": None}
        for year, n in yes.items()
    }  # fmt: skip
    assert targets_line(PLAN, rows).filter("open")["year"].to_list() == open_years
    assert targets_line(PLAN, rows, closed=[SCIENCE]).filter("open").is_empty()


def test_nothing_reported_is_insufficient_even_where_no_target_holds(make: Any) -> None:
    for year in (2026, 2027, 2030):
        table = kpis(make.inputs(str(year), TWO)).filter(pl.col("comparator").ne_missing("qualitative"))
        assert set(table["status"]) == {"insufficient"}
        assert set(table["denominator"]) == {0}
        assert set(table["value"]) == {None}
        assert set(table["coverage"]) == {0.0}


def test_a_unit_without_science_tasks_is_covered_but_gives_no_denominator(make: Any) -> None:
    row = kpi(make.inputs("2027-H2", ["vu-khcn"], receipts=make.accepted("2027-H2", "vu-khcn")))
    assert (row["coverage"], row["denominator"], row["status"]) == (1.0, 0, "insufficient")


def test_a_register_gives_bounds_and_the_verdict_needs_both(make: Any, science_row: Row) -> None:
    listed = pl.DataFrame({
        "code": [f"M{n}" for n in range(10)], "name": [f"Giả lập {n}" for n in range(10)], "level": ["bo"] * 10,
        "state_funded": [True] * 10, "start_year": [2026] * 10, "end_year": [2030] * 10,
    })  # fmt: skip
    spoken = ten_tasks(science_row, 2027, 4)[:8]
    receipts = make.accepted("2027-H2", "vu-khcn")
    row = kpi(make.inputs("2027", TWO, receipts=receipts, register=listed, tables={"science_tasks": spoken}))
    assert (row["numerator"], row["low"], row["value"], row["high"]) == (4, 0.4, 0.4, 0.6)
    assert row["status"] == "insufficient"
    spoken = ten_tasks(science_row, 2027, 5)[:8]
    assert (
        kpi(make.inputs("2027", TWO, receipts=receipts, register=listed, tables={"science_tasks": spoken}))["status"]
        == "met"
    )
    spoken = ten_tasks(science_row, 2027, 2)[:8]
    assert (
        kpi(make.inputs("2027", TWO, receipts=receipts, register=listed, tables={"science_tasks": spoken}))["status"]
        == "not_met"
    )
    silent = kpi(make.inputs("2027", TWO, register=listed))
    assert (silent["value"], silent["low"], silent["high"], silent["status"]) == (None, 0.0, 1.0, "insufficient")


def snap(unit: str, half: str, reached: int) -> dict[str, Any]:
    return {"unit_id": unit, "period": f"2030-{half}", "staff_total": 100, "staff_reached": reached,
            "comms_staff_total": 0, "comms_staff_trained": 0}  # fmt: skip


def test_staff_is_covered_by_those_that_gave_a_snapshot_and_provisional_below_all(make: Any) -> None:
    receipts = pl.concat([make.accepted("2030-H1", *TWO), make.accepted("2030-H2", "vu-khcn", "vu-pc")])
    tables = {"workforce": [snap("vien-vaas", "H1", 70), snap("vu-khcn", "H1", 10), snap("vu-khcn", "H2", 90)]}
    row = kpi(make.inputs("2030", [*TWO, "vu-pc"], receipts=receipts, tables=tables), "staff_reached")
    assert (row["numerator"], row["denominator"], row["status"]) == (160, 200, "met")
    assert (row["reported_units"], row["expected_units"], row["provisional"]) == (2, 3, True)
    assert kpi(make.inputs("2030", [*TWO, "vu-pc"], receipts=receipts, tables=tables))["reported_units"] == 3


def test_the_first_half_knows_nothing_of_the_second(make: Any, science_row: Row) -> None:
    tables = {"science_tasks": [
        science_row("vu-khcn", "A", True, date(2027, 6, 14), period="2027-H1"),
        science_row("vu-khcn", "B", True, date(2027, 6, 15), period="2027-H1"),
        science_row("vu-khcn", "B", True, date(2027, 6, 15)),
    ]}  # fmt: skip
    receipts = pl.concat([make.accepted("2027-H1", "vu-khcn"), make.accepted("2027-H2", "vu-khcn")])
    values = [kpi(make.inputs(period, ["vu-khcn"], receipts=receipts, tables=tables))["numerator"]
              for period in ("2027-H1", "2027-H2", "2027")]  # fmt: skip
    assert values == [1, 2, 2]


@pytest.mark.parametrize(("as_of", "provisional"), [(date(2027, 12, 19), True), (date(2027, 12, 20), False)])
def test_a_report_before_the_deadline_is_provisional(make: Any, as_of: date, provisional: bool) -> None:
    inputs = make.inputs("2027-H2", ["vu-khcn"], receipts=make.accepted("2027-H2", "vu-khcn"), as_of=as_of)
    assert kpi(inputs)["provisional"] is provisional


def test_the_period_compared_with_is_counted_by_the_same_rules(make: Any, science_row: Row) -> None:
    inputs = make.inputs(
        "2027-H2", ["vu-khcn"],
        receipts=make.accepted("2027-H2", "vu-khcn"),
        tables={"science_tasks": ten_tasks(science_row, 2027, 6)},
        previous={"science_tasks": ten_tasks(science_row, 2026, 3)},
        previous_receipts=make.accepted("2026-H2", "vu-khcn"),
    )  # fmt: skip
    row = kpi(inputs)
    assert (row["value"], row["previous_value"]) == (0.6, 0.3)
    assert kpi(inputs, "staff_reached")["previous_value"] is None


@settings(max_examples=25, deadline=None)
@given(yes=st.integers(0, 10), silent=st.lists(st.sampled_from(["vu-pc", "cuc-cds", "bao-nnmt"]), unique=True))
def test_a_missing_unit_changes_no_ratio_and_lowers_coverage(
    make: Any, science_row: Row, yes: int, silent: list[str]
) -> None:
    tables = {"science_tasks": ten_tasks(science_row, 2030, yes), "workforce": [snap("vu-khcn", "H2", yes)]}
    receipts = make.accepted("2030-H2", "vu-khcn")
    alone = kpis(make.inputs("2030", ["vu-khcn"], receipts=receipts, tables=tables))
    more = kpis(make.inputs("2030", ["vu-khcn", *silent], receipts=receipts, tables=tables))
    same = ["indicator", "numerator", "denominator", "value", "status"]
    assert alone.select(same).equals(more.select(same))
    covered = alone["reported_units"] / (1 + len(silent))
    assert more["coverage"].to_list() == covered.to_list()


def test_the_line_of_targets_has_each_year_from_its_own_data(make: Any, science_row: Any) -> None:
    def year_of(year: int, communicated: int) -> Any:
        return make.inputs(
            str(year),
            ["vu-khcn"],
            receipts=make.accepted(f"{year}-H2", "vu-khcn"),
            tables={"science_tasks": [
                science_row("vu-khcn", f"GL.{number}", number < communicated, date(year, 5, 18), period=f"{year}-H2",
                            start_year=2026, end_year=2030)
                for number in range(10)
            ]},
        )  # fmt: skip

    now = replace(year_of(2030, 9), history=(year_of(2026, 2), year_of(2027, 5), year_of(2029, 8)))
    line = compute(now).targets.filter(indicator="science_tasks_communicated")
    assert dict(line.select("year", "value").iter_rows()) == {2026: 0.2, 2027: 0.5, 2028: None, 2029: 0.8, 2030: 0.9}
