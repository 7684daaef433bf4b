"""What a report hands on: its figures as JSON values under the names of contract §5, glued into the executed notebook.

In: a `Report`. Out: a dictionary of the contract's names.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from nq57kit.reports.report import Report

__all__ = ["collect_results"]


def collect_results(report: Report) -> dict[str, Any]:
    """Return the results of contract §5: JSON values only, in a fixed order; ratios are 0–1, money is đồng."""
    results = report.results
    last = str(report.period if report.period.is_year else report.period.halves[-1])
    ministry = (pl.col("group").is_null()) & (pl.col("period") == last)
    return {
        "period": str(report.period),
        "as_of": report.as_of.isoformat(),
        "provisional": report.is_provisional,
        "notices": report.notices,
        "kpis": _records(results.kpis),
        "completeness": _records(results.completeness.filter(ministry))[0],
        "timeliness": _records(results.timeliness.filter(ministry))[0],
        "task_status": _records(results.task_summary),
        "activities_by_type": _records(results.by_type),
        "budget": _records(results.budget)[0],
        "late_units": results.late_units,
        "missing_units": results.missing_units,
        "targets": _records(results.targets),
        "completeness_by_group": _records(results.completeness),
        "timeliness_by_group": _records(results.timeliness),
        "unit_task_status": _records(
            results.task_status.select("task_id", "unit_id", "status", "due_on", "completed_on", "period")
        ),
        "activities_by_channel": _records(results.by_channel),
        "activities_by_month": _records(results.by_month),
        "workforce": _records(results.workforce),
        "budget_by_task": _records(results.budget_by_task),
        "difficulties": _records(results.difficulties),
        "left_out": _records(results.left_out.select("table", "unit_id", "period", "reason")),
        **_of_unit(report),
        "provenance": dict(report.provenance),
    }


def _of_unit(report: Report) -> dict[str, Any]:
    """Return what a scorecard adds: the unit, its measures beside the middle of its group, what falls due.

    The other results of a scorecard are those of contract §5, of the unit alone.
    """
    card = report.card
    if card is None:
        return {}
    return {
        "unit_id": card.unit.unit_id,
        "unit_name": card.unit.name,
        "compared_with": {"group": card.group, "units": card.group_units},
        "measures": _records(card.measures),
        "agenda": _records(card.agenda),
    }


def _records(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return [{name: _plain(value) for name, value in row.items()} for row in frame.to_dicts()]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (date, datetime)) else value
