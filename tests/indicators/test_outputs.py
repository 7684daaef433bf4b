"""Activities: what counts, and sums that keep gaps."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from nq57kit.indicators.frames import code_order
from nq57kit.indicators.outputs import (
    counted_activities,
    list_left_out,
    month_of,
    sum_activities,
    tabulate,
    tabulate_months,
)

TYPES = code_order("activity_type")


def by_type(now: pl.LazyFrame, before: pl.LazyFrame | None = None) -> pl.DataFrame:
    sums = [None if rows is None else sum_activities(rows, "activity_type").collect() for rows in (now, before)]
    assert sums[0] is not None
    return tabulate("activity_type", sums[0], None if sums[1] is None else (sums[0], sums[1]), TYPES)


def act(kind: str = "tin_bai", started: date = date(2027, 9, 1), **more: Any) -> dict[str, Any]:
    return {
        "unit_id": "vu-khcn", "period": "2027-H2", "task_id": 1, "name": "Hoạt động giả lập",
        "activity_type": kind, "channel": "bao_chi", "started_on": started, "quantity": 1,
    } | more  # fmt: skip


@pytest.mark.parametrize(
    ("period", "started", "ended", "counts"),
    [
        ("2027-H1", date(2026, 12, 15), None, True),
        ("2027-H1", date(2026, 12, 14), None, False),
        ("2027-H1", date(2027, 6, 15), None, False),
        ("2027-H2", date(2027, 6, 15), None, True),
        ("2027-H2", date(2027, 6, 1), date(2027, 6, 15), True),
        ("2027-H2", date(2027, 12, 15), None, False),
        ("2027-H2", date(2027, 3, 1), None, True),  # told too late for its half, in time for the year
        ("2027-H1", date(2027, 9, 1), None, False),  # told before it was done
    ],
)
def test_an_activity_counts_in_the_year_up_to_the_end_of_its_own_period(
    make: Any, period: str, started: date, ended: date | None, counts: bool
) -> None:
    table = make.table("activities", [act(period=period, started=started, ended_on=ended)])
    halves = make.plan.period("2027").halves
    assert counted_activities(table, halves).collect().height == counts
    left = list_left_out(table, halves).collect()
    assert left.height == (not counts)
    assert all(reason.startswith("Ngoài kỳ số liệu ") for reason in left["reason"])


@pytest.mark.parametrize(("started", "counts"), [(date(2027, 6, 14), False), (date(2027, 6, 15), True)])
def test_a_half_counts_what_was_done_in_its_own_window(make: Any, started: date, counts: bool) -> None:
    table = make.table("activities", [act(started=started)])
    assert counted_activities(table, make.plan.period("2027-H2").halves).collect().height == counts


def test_a_half_counts_its_own_rows_alone(make: Any) -> None:
    table = make.table("activities", [act(), act(period="2027-H1", started=date(2027, 3, 1))])
    counted = counted_activities(table, make.plan.period("2027-H2").halves).collect()
    assert counted["period"].to_list() == ["2027-H2"]
    assert list_left_out(table, make.plan.period("2027-H2").halves).collect().is_empty()


def test_sums_by_type_follow_the_list_and_keep_what_was_not_measured(make: Any) -> None:
    rows = [act("video", quantity=2), act("hoi_nghi", reach=100, cost_vnd=5), act("video", quantity=3),
            act("hoi_nghi", quantity=4)]  # fmt: skip
    table = by_type(make.table("activities", rows))
    assert table.rows() == [
        ("hoi_nghi", 2, 5, 100, 1, 5, None, None),
        ("video", 2, 5, None, 0, None, None, None),
    ]


def test_the_period_before_stands_beside_it_even_where_nothing_came_now(make: Any) -> None:
    now, before = make.table("activities", [act(quantity=2)]), make.table("activities", [act("podcast", quantity=7)])
    table = by_type(now, before)
    assert table.select("activity_type", "activities", "quantity", "reach", "previous_quantity").rows() == [
        ("tin_bai", 1, 2, None, 0),
        ("podcast", 0, 0, None, 7),
    ]


def test_months_are_those_of_the_first_day(make: Any) -> None:
    rows = [act(started=date(2027, 9, 30)), act(started=date(2027, 9, 1), reach=4), act("video", date(2027, 8, 2))]
    sums = sum_activities(make.table("activities", rows), month_of(), "activity_type").collect()
    months = tabulate_months(sums, TYPES)
    assert months.rows() == [(date(2027, 8, 1), "video", 1, None), (date(2027, 9, 1), "tin_bai", 2, 4)]
