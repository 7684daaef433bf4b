"""Activities, money and difficulties: what counts, and sums that keep gaps."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from nq57kit.indicators._frames import code_order
from nq57kit.indicators.budget import budget_by, budget_total
from nq57kit.indicators.difficulties import count_difficulties, list_issues
from nq57kit.indicators.outputs import activities_by, activities_by_month, counted_activities, left_out_activities

TYPES = code_order("activity_type")


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
        ("2027-H2", date(2027, 3, 1), None, False),
    ],
)
def test_an_activity_counts_in_the_window_of_its_own_period(
    make: Any, period: str, started: date, ended: date | None, counts: bool
) -> None:
    table = make.table("activities", [act(period=period, started=started, ended_on=ended)])
    halves = make.plan.period("2027").halves
    assert counted_activities(table, halves).collect().height == counts
    left = left_out_activities(table, halves)
    assert left.height == (not counts)
    assert all(reason.startswith("Ngoài cửa sổ số liệu ") for reason in left["reason"])


def test_a_half_counts_its_own_rows_alone(make: Any) -> None:
    table = make.table("activities", [act(), act(period="2027-H1", started=date(2027, 3, 1))])
    counted = counted_activities(table, make.plan.period("2027-H2").halves).collect()
    assert counted["period"].to_list() == ["2027-H2"]
    assert left_out_activities(table, make.plan.period("2027-H2").halves).is_empty()


def test_sums_by_type_follow_the_list_and_keep_what_was_not_measured(make: Any) -> None:
    rows = [act("video", quantity=2), act("hoi_nghi", reach=100, cost_vnd=5), act("video", quantity=3),
            act("hoi_nghi", quantity=4)]  # fmt: skip
    table = activities_by("activity_type", make.table("activities", rows), None, TYPES)
    assert table.rows() == [
        ("hoi_nghi", 2, 5, 100, 1, 5, None),
        ("video", 2, 5, None, 0, None, None),
    ]


def test_the_period_before_stands_beside_it_even_where_nothing_came_now(make: Any) -> None:
    now, before = make.table("activities", [act(quantity=2)]), make.table("activities", [act("podcast", quantity=7)])
    table = activities_by("activity_type", now, before, TYPES)
    assert table.select("activity_type", "activities", "quantity", "reach", "previous_quantity").rows() == [
        ("tin_bai", 1, 2, None, 0),
        ("podcast", 0, 0, None, 7),
    ]


def test_months_are_those_of_the_first_day(make: Any) -> None:
    rows = [act(started=date(2027, 9, 30)), act(started=date(2027, 9, 1), reach=4), act("video", date(2027, 8, 2))]
    months = activities_by_month(make.table("activities", rows), TYPES)
    assert months.rows() == [(date(2027, 8, 1), "video", 1, None), (date(2027, 9, 1), "tin_bai", 2, 4)]


def money(task: int, source: str, *amounts: int) -> dict[str, Any]:
    names = ("planned_vnd", "allocated_vnd", "disbursed_vnd")
    return {"unit_id": "vu-khcn", "period": "2027-H2", "task_id": task, "funding_source": source} | dict(
        zip(names, amounts, strict=True)
    )


def test_money_is_summed_and_rated(make: Any) -> None:
    rows = [money(2, "khac", 10, 8, 2), money(1, "khac", 1, 0, 0), money(2, "tu_chu", 5, 4, 4)]
    table = make.table("budget", rows)
    assert budget_by("task_id", table, [1, 2]).rows() == [(1, 1, 0, 0, None), (2, 15, 12, 6, 0.5)]
    assert budget_by("funding_source", table, code_order("funding_source")).rows() == [
        ("tu_chu", 5, 4, 4, 1.0),
        ("khac", 11, 8, 2, 0.25),
    ]
    assert budget_total(table, make.table("budget", rows[:1])).row(0) == (16, 12, 6, 0.5, 2)


def test_no_money_reported_is_not_zero(make: Any) -> None:
    assert budget_total(make.table("budget"), None).row(0) == (None, None, None, None, None)


def test_difficulties_are_counted_and_listed_in_order(make: Any) -> None:
    def issue(unit: str, category: str, text: str) -> dict[str, Any]:
        return {"unit_id": unit, "period": "2027-H2", "category": category, "description": text}

    rows = [issue("vu-pc", "khac", "c"), issue("vu-khcn", "kinh_phi", "a"), issue("van-phong", "kinh_phi", "b")]
    table = make.table("issues", rows)
    assert count_difficulties(table).rows() == [("kinh_phi", 2), ("khac", 1)]
    listed = list_issues(table, ["van-phong", "vu-khcn", "vu-pc"])
    assert listed["description"].to_list() == ["b", "a", "c"]
    assert isinstance(listed, pl.DataFrame)
