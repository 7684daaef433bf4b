"""Money: sums by task and source, and gaps that are no zero."""

from __future__ import annotations

from typing import Any

from nq57kit.indicators.frames import code_order
from nq57kit.indicators.money import budget_by, budget_total


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
