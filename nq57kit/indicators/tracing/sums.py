"""Traces of sums: activities by type, channel, task, group and month; money; difficulties.

In: results and their scope. Out: rows whose amounts add up to the figure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from nq57kit.indicators.outputs import counted_activities, month_of, with_group
from nq57kit.indicators.tracing._rows import cells, left_out_cells, stack

if TYPE_CHECKING:
    from nq57kit.indicators._scope import Scope
    from nq57kit.indicators.model import Results

__all__ = ["ACTIVITY_MEASURES", "trace_activities", "trace_budget", "trace_difficulties"]

#: Measures of activities → the field whose cell tells it; the number of activities is that of their rows.
ACTIVITY_MEASURES: Final = {"activities": "name", "quantity": "quantity", "reach": "reach", "cost_vnd": "cost_vnd"}
_GAP: Final = "Ô trống: đơn vị không ghi, không tính là 0"


def trace_activities(results: Results, scope: Scope, key: str, value: object, measure: str) -> pl.DataFrame:
    """Return the activities of a value of `key` (activity_type, channel, task_id, group, month), and those left out."""
    units, field = results.inputs.plan.units, ACTIVITY_MEASURES[measure]
    own = pl.col(key) == value
    counted = _keyed(counted_activities(scope.own("activities"), scope.period.halves), units).filter(own)
    every = _keyed(scope.own("activities"), units).filter(own)
    told = pl.lit(value=True) if measure == "activities" else pl.col(field).is_not_null()
    amount: pl.Expr | int = 1 if measure == "activities" else pl.col(field)
    return stack(
        cells(counted.filter(told), "activities", field, "counted", amount),
        cells(counted.filter(~told), "activities", field, "left_out", 0, reason=_GAP),
        left_out_cells(results.left_out, every, "activities", field),
    )


def _keyed(rows: pl.LazyFrame, units: pl.DataFrame) -> pl.LazyFrame:
    return with_group(rows, units).with_columns(month_of())


def trace_budget(scope: Scope, amount: str, key: str | None = None, value: object = None) -> pl.DataFrame:
    """Return the rows of `budget` that make an amount (planned_vnd, allocated_vnd, disbursed_vnd), of a task or source."""
    rows = scope.own("budget")
    if key is not None:
        rows = rows.filter(pl.col(key) == value)
    return stack(
        cells(rows.filter(pl.col(amount).is_not_null()), "budget", amount, "counted", pl.col(amount)),
        cells(rows.filter(pl.col(amount).is_null()), "budget", amount, "left_out", 0, reason=_GAP),
    )


def trace_difficulties(scope: Scope, category: str) -> pl.DataFrame:
    """Return the rows of `issues` of a category."""
    rows = scope.own("issues").filter(pl.col("category") == category)
    return cells(rows, "issues", "description", "counted", 1)
