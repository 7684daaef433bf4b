"""Which figures of a report can be traced: one name for each, as the report's JSON names them (contract §5).

In: `Results`. Out: name → `Traceable`. docs/reproducibility.md lists the forms of names.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nq57kit.indicators._scope import open_scopes
from nq57kit.indicators.tracing import ratios, states, sums
from nq57kit.indicators.tracing._rows import Traceable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nq57kit.indicators._scope import Scope
    from nq57kit.indicators.model import Results

__all__ = ["list_figures"]

_MONEY: Final = ("planned_vnd", "allocated_vnd", "disbursed_vnd")
_STAFF: Final = ("staff_total", "staff_reached", "comms_staff_total", "comms_staff_trained")
#: Name of a table of activities → the results that hold it, its key.
_ACTIVITIES: Final = {
    "activities_by_type": ("by_type", "activity_type"),
    "activities_by_channel": ("by_channel", "channel"),
    "activities_by_task": ("by_task", "task_id"),
    "activities_by_group": ("by_group", "group"),
}


def list_figures(results: Results) -> dict[str, Traceable]:
    """Return the figures of a report that can be traced, by name; the rows are found only where they are asked for."""
    scope, _ = open_scopes(results.inputs)
    parts = (_kpis, _reporting, _tasks, _activities, _money, _people, _others)
    return {figure.name: figure for part in parts for figure in part(results, scope)}


def _kpis(results: Results, scope: Scope) -> Iterator[Traceable]:
    for row in results.kpis.iter_rows(named=True):
        name, counts = row["indicator"], {"numerator": row["numerator"], "denominator": row["denominator"]}
        if name == "science_tasks_communicated":
            yield Traceable(f"kpis.{name}", counts, partial(ratios.trace_science, results, scope))
        elif name in ratios.STAFF_PAIRS:
            yield Traceable(f"kpis.{name}", counts, partial(ratios.trace_staff, results, scope, name))


def _reporting(results: Results, _: Scope) -> Iterator[Traceable]:
    period = results.inputs.period
    last = str(period if period.is_year else period.halves[-1])
    for share in ("completeness", "timeliness"):
        frame: pl.DataFrame = getattr(results, share)
        for row in frame.filter(pl.col("period") == last).iter_rows(named=True):
            name = share if row["group"] is None else f"{share}.{row['group']}"
            counts = {"numerator": row["numerator"], "denominator": row["denominator"]}
            yield Traceable(name, counts, partial(states.trace_reporting, results, share, row["group"]))
    for name, wanted in (("late_units", ("late",)), ("missing_units", ("missing", "refused"))):
        count = results.reporting.filter(pl.col("state").is_in(wanted)).height
        yield Traceable(name, {"counted": count}, partial(states.trace_units, results, wanted))
    for unit_id, rows in results.reporting.group_by("unit_id", maintain_order=True):
        find = partial(states.trace_units, results, states.STATES, str(unit_id[0]))
        yield Traceable(f"reporting.{unit_id[0]}", {"counted": rows.height}, find)


def _tasks(results: Results, scope: Scope) -> Iterator[Traceable]:
    for row in results.task_summary.iter_rows(named=True):
        task, status = row["task_id"], row["status"]
        find = partial(states.trace_statuses, results, scope, task, status=status)
        yield Traceable(f"task_status.{task}.{status}", {"counted": row["units"]}, find)
    for row in results.task_status.iter_rows(named=True):
        task, unit = row["task_id"], row["unit_id"]
        find = partial(states.trace_statuses, results, scope, task, unit_id=unit)
        yield Traceable(f"unit_task_status.{unit}.{task}", {"counted": 1}, find)


def _activities(results: Results, scope: Scope) -> Iterator[Traceable]:
    for table, (attribute, key) in _ACTIVITIES.items():
        frame: pl.DataFrame = getattr(results, attribute)
        for row in frame.filter(pl.col(key).is_not_null()).iter_rows(named=True):
            yield from _measures(results, scope, f"{table}.{row[key]}", key, row)
    months = results.by_month.group_by("month", maintain_order=True).agg(pl.col("quantity").sum())
    for row in months.iter_rows(named=True):
        name = f"activities_by_month.{row['month']:%Y-%m}"
        find = partial(sums.trace_activities, results, scope, "month", row["month"], "quantity")
        yield Traceable(name, {"counted": row["quantity"]}, find)


def _measures(results: Results, scope: Scope, name: str, key: str, row: dict[str, Any]) -> Iterator[Traceable]:
    """Yield the quantity under the plain name, then each measure under its own."""
    find = partial(sums.trace_activities, results, scope, key, row[key], "quantity")
    yield Traceable(name, {"counted": row["quantity"]}, find)
    for measure in sums.ACTIVITY_MEASURES:
        find = partial(sums.trace_activities, results, scope, key, row[key], measure)
        yield Traceable(f"{name}.{measure}", {"counted": row[measure]}, find)


def _money(results: Results, scope: Scope) -> Iterator[Traceable]:
    total = results.budget.row(0, named=True)
    for amount in _MONEY:
        yield Traceable(f"budget.{amount}", {"counted": total[amount]}, partial(sums.trace_budget, scope, amount))
    for table, key in (("budget_by_task", "task_id"), ("budget_by_source", "funding_source")):
        frame: pl.DataFrame = getattr(results, table)
        for row in frame.filter(pl.col(key).is_not_null()).iter_rows(named=True):
            for amount in _MONEY:
                find = partial(sums.trace_budget, scope, amount, key, row[key])
                yield Traceable(f"{table}.{row[key]}.{amount}", {"counted": row[amount]}, find)


def _people(results: Results, scope: Scope) -> Iterator[Traceable]:
    for row in results.workforce.iter_rows(named=True):
        place = "workforce" if row["group"] is None else f"workforce.{row['group']}"
        for field in _STAFF:
            find = partial(ratios.trace_workforce, results, scope, row["group"], field)
            yield Traceable(f"{place}.{field}", {"counted": row[field]}, find)


def _others(results: Results, scope: Scope) -> Iterator[Traceable]:
    for row in results.difficulties.iter_rows(named=True):
        category = row["category"]
        find = partial(sums.trace_difficulties, scope, category)
        yield Traceable(f"difficulties.{category}", {"counted": row["count"]}, find)
    for row in results.science_tasks.iter_rows(named=True):
        find = partial(ratios.trace_science, results, scope, row["code"])
        yield Traceable(
            f"science_tasks.{row['code']}", {"denominator": 1, "numerator": int(bool(row["communicated"]))}, find
        )
