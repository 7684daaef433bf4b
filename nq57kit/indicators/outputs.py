"""What was made and held: activities by type, channel, task, group and month; contract §2 and §4.

In: rows of `activities`. Out: the rows that count in a report's data window, sums of them, and their traces. What a half's
report told too late for the half before it counts in the year alone; reach and cost are summed over what was measured, and
how many rows that is is told.

Rows are read once and never held: `sum_activities` sums them by a few codes (or by unit), and every table is made from
such sums, whose number depends on codes and units and not on rows (docs/scale.md).
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nq57kit.indicators import frames
from nq57kit.text import format_date

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from nq57kit.indicators.model import Results
    from nq57kit.plan import Period

#: Name of a table of activities → the results that hold it, its key.
_TABLES: Final = {
    "activities_by_type": ("by_type", "activity_type"),
    "activities_by_channel": ("by_channel", "channel"),
    "activities_by_task": ("by_task", "task_id"),
    "activities_by_group": ("by_group", "group"),
    "by_task": ("by_task", "task_id"),
    "by_unit": ("by_unit", "unit_id"),
}
#: Measures of activities → the field whose cell tells it; the number of activities is that of their rows.
_MEASURES: Final[Mapping[str, str]] = {
    "activities": "name",
    "quantity": "quantity",
    "reach": "reach",
    "reach_reported": "reach",
    "cost_vnd": "cost_vnd",
}
#: Measures that are a number of rows, not a sum of what their cells tell.
_ROWS: Final = frozenset({"activities", "reach_reported"})
_LAST: Final = pl.coalesce("ended_on", "started_on")
_FIGURES: Final = [
    "activities",
    "quantity",
    "reach",
    "reach_reported",
    "cost_vnd",
    "compared_quantity",
    "previous_quantity",
]
_SUMS: Final = ["activities", "quantity", "reach", "reach_reported", "cost_vnd", "cost_reported"]


def counted_activities(activities: pl.LazyFrame, periods: Sequence[Period]) -> pl.LazyFrame:
    """Return the rows of `periods` that touch a window from the start of the first of them to the end of their own period.

    So what was done in the first half and told in the second counts in the year, and in no half.
    """
    return frames.of_periods(activities, periods).filter(_in_window(periods))


def list_left_out(activities: pl.LazyFrame, periods: Sequence[Period]) -> pl.LazyFrame:
    """Return the rows of `periods` that do not count (`counted_activities`), as rows of `Results.left_out`."""
    outside = frames.of_periods(activities, periods).filter(~_in_window(periods))
    reasons = {
        str(period): f"Ngoài kỳ số liệu {format_date(periods[0].window.start)} – {format_date(period.window.end)}"
        for period in periods
    }
    reason = pl.col("period").replace_strict(reasons, return_dtype=pl.String)
    of_year = _in_window(periods[0].year_so_far)  # told too late for its half
    reason = pl.when(of_year).then(reason + "; tính vào số liệu cả năm").otherwise(reason)
    return frames.left_out_lines(outside, "activities", pl.col("name"), reason)


def _in_window(periods: Sequence[Period]) -> pl.Expr:
    in_time = [(pl.col("period") == str(one)) & (pl.col("started_on") <= one.window.end) for one in periods]
    return (pl.any_horizontal(in_time) & (periods[0].window.start <= _LAST)).fill_null(value=False)


def half_of(periods: Sequence[Period]) -> pl.Expr:
    """Return the key `period`: the half in which a counted activity was done, which may be the one before it was told."""
    half = pl.col("period")
    for before, told in pairwise(periods):
        half = (
            pl.when((pl.col("period") == str(told)) & (told.window.start > _LAST))
            .then(pl.lit(str(before)))
            .otherwise(half)
        )
    return half.alias("period")


def sum_activities(counted: pl.LazyFrame, *keys: str | pl.Expr) -> pl.LazyFrame:
    """Return the sums of rows that count, per combination of `keys`; sums of these sums are those of the rows.

    Returns: the keys, activities (rows), quantity, reach and cost_vnd (of what is known; zero where nothing is),
        reach_reported and cost_reported (rows in which they are known).
    """
    return counted.group_by(*keys).agg(
        pl.len().cast(pl.Int64).alias("activities"),
        frames.total("quantity"),
        frames.total("reach"),
        pl.col("reach").count().cast(pl.Int64).alias("reach_reported"),
        frames.total("cost_vnd"),
        pl.col("cost_vnd").count().cast(pl.Int64).alias("cost_reported"),
    )


def month_of() -> pl.Expr:
    """Return the key `month`: the first day of the month in which an activity began."""
    return pl.col("started_on").dt.truncate("1mo").alias("month")


def tabulate(
    key: str, sums: pl.DataFrame, compared: tuple[pl.DataFrame, pl.DataFrame] | None, order: Sequence[object]
) -> pl.DataFrame:
    """Return the table of a column (activity_type, channel, task_id, group) from sums that have it among their keys.

    Args:
        key: the column.
        sums: from `sum_activities`.
        compared: the sums of the units that can be compared, now and in the period compared with (None without any).
        order: the values in display order; only those that occur, now or before, give a row.

    Returns: key, activities (rows), quantity, reach (null where none was measured), reach_reported (rows with a
        reach), cost_vnd (null where none is known), compared_quantity and previous_quantity (null without units that
        told of both periods; zero is what they told).
    """
    rows, names = _add_up(sums, key), ("compared_quantity", "previous_quantity")
    if compared is None:
        rows = rows.with_columns(pl.lit(None, dtype=pl.Int64).alias(name) for name in names)
    else:
        for name, some in zip(names, compared, strict=True):
            part = some.group_by(key).agg(frames.total("quantity").alias(name))
            rows = rows.join(part, on=key, how="full", coalesce=True, nulls_equal=True)
        rows = rows.with_columns(pl.col("activities", "quantity", "reach_reported", *names).fill_null(0))
    return frames.narrow(frames.in_order(rows.select(key, *_FIGURES), {key: order}, nulls_last=True))


def complete_groups(
    table: pl.DataFrame, states: pl.DataFrame, compared: Collection[str], order: Sequence[str]
) -> pl.DataFrame:
    """Return the table of groups with a row for each group that must report: silence is null there, never zero.

    Args:
        table: from `tabulate`, by group.
        states: from `reporting_states`; a year has a row for each half.
        compared: the units that can be compared.
        order: the groups in display order.

    Returns: the columns of `table`, reported (reports with content), expected (reports) and compared_units; where there is
        none of these there is no comparison.
    """
    told = pl.col("state").is_in(("on_time", "late")).sum().cast(pl.Int64)
    both = pl.col("unit_id").filter(pl.col("unit_id").is_in(list(compared))).n_unique().cast(pl.Int64)
    sent = states.group_by("group").agg(reported=told, expected=pl.len().cast(pl.Int64), compared_units=both)
    zero, same = pl.when(pl.col("reported") > 0).then(0), pl.when(pl.col("compared_units") > 0)
    rows = table.join(sent, on="group", how="full", coalesce=True, nulls_equal=True).with_columns(
        *(pl.coalesce(name, zero).alias(name) for name in ("activities", "quantity", "reach_reported")),
        *(same.then(pl.col(name).fill_null(0)).alias(name) for name in ("compared_quantity", "previous_quantity")),
    )
    return frames.in_order(rows, {"group": order}, nulls_last=True)


def tabulate_months(sums: pl.DataFrame, order: Sequence[str]) -> pl.DataFrame:
    """Return month (its first day), activity_type, quantity, reach (null where none) from sums by month and type."""
    rows = _add_up(sums, "month", "activity_type").select("month", "activity_type", "quantity", "reach")
    return frames.narrow(frames.in_order(rows, {"month": sorted(set(rows["month"])), "activity_type": order}))


def tabulate_halves(sums: pl.DataFrame, order: Sequence[str]) -> pl.DataFrame:
    """Return period (half), activity_type, activities, quantity, reach, cost_vnd, told_later from sums by period and type.

    `told_later` are the activities of a half that the report of the next one told (`told` is the half of the report).
    """
    later = pl.when(pl.col("told") != pl.col("period")).then("activities").otherwise(0)
    rows = _add_up(sums, "period", "activity_type").join(
        sums.group_by("period", "activity_type").agg(told_later=later.sum()), on=["period", "activity_type"]
    )
    columns = ["period", "activity_type", "activities", "quantity", "reach", "cost_vnd", "told_later"]
    return frames.narrow(frames.in_order(rows.select(columns), {"activity_type": order}, "period"))


def _add_up(sums: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Return the sums over all other keys; what nobody told is null and never zero."""
    known = {"reach": "reach_reported", "cost_vnd": "cost_reported"}
    return (
        sums.group_by(*keys)
        .agg(map(frames.total, _SUMS))
        .with_columns(pl.when(pl.col(rows) > 0).then(pl.col(name)).alias(name) for name, rows in known.items())
    )


def list_catalogue(activities: pl.DataFrame) -> pl.DataFrame:
    """Return the products that the units made known, with their links: plan IV.1, contract §6.

    Returns: unit_id, task_id, activity_type, name, started_on, link (null where none was given), in the order given.
    """
    return activities.select("unit_id", "task_id", "activity_type", "name", "started_on", link="evidence_url")


def list_figures(results: Results, scope: frames.Scope) -> Iterator[frames.Traceable]:
    """Yield the sums of activities by type, channel, task, group and unit, the products of each unit, the quantity by month."""

    def figure(name: str, key: str, row: dict[str, Any], measure: str) -> frames.Traceable:
        amount = 1 if measure in _ROWS else None
        find = partial(trace_activities, results, scope, pl.col(key) == pl.lit(row[key]), _MEASURES[measure], amount)
        return frames.Traceable(name, {"counted": row[measure]}, find)

    for table, (attribute, key) in _TABLES.items():
        frame: pl.DataFrame = getattr(results, attribute)
        for row in frame.filter(pl.col(key).is_not_null()).iter_rows(named=True):
            name = f"{table}.{row[key]}"
            if table.startswith("activities_"):
                yield figure(name, key, row, "quantity")
            yield from (figure(f"{name}.{measure}", key, row, measure) for measure in _MEASURES if measure in row)
    products = [("", int(results.by_type["activities"].sum()), pl.lit(value=True))]
    for unit, count in results.by_unit.select("unit_id", "activities").iter_rows():
        products.append((f".{unit}", count, pl.col("unit_id") == unit))
    for unit, count, wanted in products:
        yield frames.Traceable(
            f"catalogue{unit}", {"counted": count}, partial(trace_activities, results, scope, wanted, "name", 1)
        )
    months = results.by_month.group_by("month", maintain_order=True).agg(frames.total("quantity"))
    for row in months.iter_rows(named=True):
        yield figure(f"activities_by_month.{row['month']:%Y-%m}", "month", row, "quantity")


def trace_activities(
    results: Results, scope: frames.Scope, wanted: pl.Expr, field: str, amount: int | None
) -> pl.DataFrame:
    """Return the activities that tell a field (each adds `amount`, or what it tells), those that do not, and those left out."""
    own = scope.own("activities")
    counted, every = (
        frames.with_group(rows, results.inputs.plan.units).with_columns(month_of()).filter(wanted)
        for rows in (counted_activities(own, scope.period.sources), own)
    )
    told = frames.trace_told(counted, "activities", field, amount)
    return frames.stack(told, frames.trace_left_out(results.left_out, every, "activities", field))
