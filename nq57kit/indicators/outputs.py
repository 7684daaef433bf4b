"""What was made and held: activities by type, channel, task, group and month; contract §2 and §4.

In: rows of `activities`. Out: the rows that count in their period's data window, and sums of them. A year is the
sum of its halves; reach and cost are summed over what was measured, and how many rows that is is told.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Final

import polars as pl

from nq57kit.indicators._frames import in_order, left_out_rows, of_periods, sum_known
from nq57kit.text import format_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nq57kit.plan import Period

__all__ = ["activities_by", "activities_by_month", "counted_activities", "left_out_activities", "with_group"]

_FIGURES: Final = ["activities", "quantity", "reach", "reach_reported", "cost_vnd", "previous_quantity"]


def counted_activities(activities: pl.LazyFrame, periods: Sequence[Period]) -> pl.LazyFrame:
    """Return the rows of `periods` that touch the data window of their own period."""
    return of_periods(activities, periods).filter(_in_window(periods))


def left_out_activities(activities: pl.LazyFrame, periods: Sequence[Period]) -> pl.DataFrame:
    """Return the rows of `periods` outside their own period's data window, as rows of `Results.left_out`."""
    outside = of_periods(activities, periods).filter(~_in_window(periods))
    reasons = {
        str(period): f"Ngoài cửa sổ số liệu {format_date(period.window.start)} – {format_date(period.window.end)}"
        for period in periods
    }
    reason = pl.col("period").replace_strict(reasons, return_dtype=pl.String)
    return left_out_rows(outside, "activities", pl.col("name"), reason)


def _in_window(periods: Sequence[Period]) -> pl.Expr:
    inside = [(pl.col("period") == str(one)) & one.covers_expr("started_on", "ended_on") for one in periods]
    return reduce(pl.Expr.or_, inside, pl.lit(value=False))


def with_group(activities: pl.LazyFrame, units: pl.DataFrame) -> pl.LazyFrame:
    """Return the rows with `group`, the first of their unit's groups (so that groups add up to the ministry)."""
    home = units.lazy().select("unit_id", group=pl.col("groups").list.first()).unique("unit_id", keep="first")
    return activities.join(home, on="unit_id", how="left")


def activities_by(
    key: str, counted: pl.LazyFrame, previous: pl.LazyFrame | None, order: Sequence[object]
) -> pl.DataFrame:
    """Return the sums of counted activities per value of a column.

    Args:
        key: activity_type, channel, task_id or group.
        counted, previous: rows that count, now and in the period before (None where there is none).
        order: the values in display order; only those that occur, now or before, give a row.

    Returns: key, activities (rows), quantity, reach (null where none was measured), reach_reported (rows with a
        reach), cost_vnd (null where none is known), previous_quantity (null without a period before).
    """
    now = counted.group_by(key).agg(
        pl.len().cast(pl.Int64).alias("activities"),
        pl.col("quantity").sum(),
        sum_known("reach"),
        pl.col("reach").count().cast(pl.Int64).alias("reach_reported"),
        sum_known("cost_vnd"),
    )
    if previous is None:
        rows = now.with_columns(previous_quantity=pl.lit(None, dtype=pl.Int64))
    else:
        before = previous.group_by(key).agg(pl.col("quantity").sum().alias("previous_quantity"))
        rows = now.join(before, on=key, how="full", coalesce=True, nulls_equal=True).with_columns(
            pl.col("activities", "quantity", "reach_reported", "previous_quantity").fill_null(0)
        )
    return in_order(rows.select(key, *_FIGURES).collect(), {key: order}, nulls_last=True)


def activities_by_month(counted: pl.LazyFrame, order: Sequence[str]) -> pl.DataFrame:
    """Return month (its first day), activity_type, quantity, reach; the month is that of the first day."""
    rows = (
        counted.group_by(month=pl.col("started_on").dt.truncate("1mo"), activity_type="activity_type")
        .agg(pl.col("quantity").sum(), sum_known("reach"))
        .select("month", "activity_type", "quantity", "reach")
        .collect()
    )
    return in_order(rows, {"month": sorted(set(rows["month"])), "activity_type": order})
