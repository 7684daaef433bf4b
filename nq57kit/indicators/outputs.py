"""What was made and held: activities by type, channel, task, group and month; contract §2 and §4.

In: rows of `activities`. Out: the rows that count in their period's data window, and sums of them. A year is the
sum of its halves; reach and cost are summed over what was measured, and how many rows that is is told.

Rows are read once and never held: `sum_activities` sums them by a few codes (or by unit), and every table is made from
such sums, whose number depends on codes and units and not on rows (docs/scale.md).
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Final

import polars as pl

from nq57kit.indicators._frames import in_order, left_out_lines, of_periods
from nq57kit.text import format_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nq57kit.plan import Period

__all__ = [
    "activities_by",
    "activities_by_month",
    "counted_activities",
    "left_out_activities",
    "list_left_out",
    "month_of",
    "sum_activities",
    "tabulate",
    "tabulate_months",
    "with_group",
]

_FIGURES: Final = ["activities", "quantity", "reach", "reach_reported", "cost_vnd", "previous_quantity"]
_SUMS: Final = ["activities", "quantity", "reach", "reach_reported", "cost_vnd", "cost_reported"]


def counted_activities(activities: pl.LazyFrame, periods: Sequence[Period]) -> pl.LazyFrame:
    """Return the rows of `periods` that touch the data window of their own period."""
    return of_periods(activities, periods).filter(_in_window(periods))


def list_left_out(activities: pl.LazyFrame, periods: Sequence[Period]) -> pl.LazyFrame:
    """Return the rows of `periods` outside their own period's data window, as rows of `Results.left_out`."""
    outside = of_periods(activities, periods).filter(~_in_window(periods))
    reasons = {
        str(period): f"Ngoài cửa sổ số liệu {format_date(period.window.start)} – {format_date(period.window.end)}"
        for period in periods
    }
    reason = pl.col("period").replace_strict(reasons, return_dtype=pl.String)
    return left_out_lines(outside, "activities", pl.col("name"), reason)


def left_out_activities(activities: pl.LazyFrame, periods: Sequence[Period]) -> pl.DataFrame:
    """Return `list_left_out`, collected."""
    return list_left_out(activities, periods).collect()


def _in_window(periods: Sequence[Period]) -> pl.Expr:
    inside = [(pl.col("period") == str(one)) & one.covers_expr("started_on", "ended_on") for one in periods]
    return reduce(pl.Expr.or_, inside, pl.lit(value=False))


def with_group(activities: pl.LazyFrame, units: pl.DataFrame) -> pl.LazyFrame:
    """Return the rows with `group`, the first of their unit's groups (so that groups add up to the ministry)."""
    home = units.lazy().select("unit_id", group=pl.col("groups").list.first()).unique("unit_id", keep="first")
    return activities.join(home, on="unit_id", how="left")


def sum_activities(counted: pl.LazyFrame, *keys: str | pl.Expr) -> pl.LazyFrame:
    """Return the sums of rows that count, per combination of `keys`; sums of these sums are those of the rows.

    Returns: the keys, activities (rows), quantity, reach and cost_vnd (of what is known; zero where nothing is),
        reach_reported and cost_reported (rows in which they are known).
    """
    return counted.group_by(*keys).agg(
        pl.len().cast(pl.Int64).alias("activities"),
        pl.col("quantity").sum(),
        pl.col("reach").sum(),
        pl.col("reach").count().cast(pl.Int64).alias("reach_reported"),
        pl.col("cost_vnd").sum(),
        pl.col("cost_vnd").count().cast(pl.Int64).alias("cost_reported"),
    )


def month_of() -> pl.Expr:
    """Return the key `month`: the first day of the month in which an activity began."""
    return pl.col("started_on").dt.truncate("1mo").alias("month")


def tabulate(key: str, sums: pl.DataFrame, previous: pl.DataFrame | None, order: Sequence[object]) -> pl.DataFrame:
    """Return the table of a column (activity_type, channel, task_id, group) from sums that have it among their keys.

    Args:
        key: the column.
        sums, previous: from `sum_activities`, now and in the period before (None where there is none).
        order: the values in display order; only those that occur, now or before, give a row.

    Returns: key, activities (rows), quantity, reach (null where none was measured), reach_reported (rows with a
        reach), cost_vnd (null where none is known), previous_quantity (null without a period before).
    """
    now = _add_up(sums, key)
    if previous is None:
        rows = now.with_columns(previous_quantity=pl.lit(None, dtype=pl.Int64))
    else:
        before = previous.group_by(key).agg(pl.col("quantity").sum().alias("previous_quantity"))
        rows = now.join(before, on=key, how="full", coalesce=True, nulls_equal=True).with_columns(
            pl.col("activities", "quantity", "reach_reported", "previous_quantity").fill_null(0)
        )
    return in_order(rows.select(key, *_FIGURES), {key: order}, nulls_last=True)


def tabulate_months(sums: pl.DataFrame, order: Sequence[str]) -> pl.DataFrame:
    """Return month (its first day), activity_type, quantity, reach (null where none) from sums by month and type."""
    rows = _add_up(sums, "month", "activity_type").select("month", "activity_type", "quantity", "reach")
    return in_order(rows, {"month": sorted(set(rows["month"])), "activity_type": order})


def _add_up(sums: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Return the sums over all other keys; what nobody told is null and never zero."""
    known = {"reach": "reach_reported", "cost_vnd": "cost_reported"}
    return (
        sums.group_by(*keys)
        .agg(pl.col(name).sum() for name in _SUMS)
        .with_columns(pl.when(pl.col(rows) > 0).then(pl.col(name)).alias(name) for name, rows in known.items())
    )


def activities_by(
    key: str, counted: pl.LazyFrame, previous: pl.LazyFrame | None, order: Sequence[object]
) -> pl.DataFrame:
    """Return `tabulate` of rows that count, now and in the period before (None where there is none)."""
    before = None if previous is None else sum_activities(previous, key).collect()
    return tabulate(key, sum_activities(counted, key).collect(), before, order)


def activities_by_month(counted: pl.LazyFrame, order: Sequence[str]) -> pl.DataFrame:
    """Return `tabulate_months` of rows that count."""
    return tabulate_months(sum_activities(counted, month_of(), "activity_type").collect(), order)
