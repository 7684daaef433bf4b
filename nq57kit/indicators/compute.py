"""All figures of a report from what the store read: `Inputs` → `Results`.

In: `Inputs`. Out: `Results`. Each step is a call of a family; tables are read once, no file and no clock is
touched, and equal inputs give equal frames whatever the order of their rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from nq57kit.indicators import evidence as qualitative
from nq57kit.indicators._frames import code_order, in_order
from nq57kit.indicators._scope import Scope, open_scopes
from nq57kit.indicators.budget import budget_by, budget_total
from nq57kit.indicators.difficulties import count_difficulties, list_issues
from nq57kit.indicators.kpis import kpis_of
from nq57kit.indicators.left_out import cautions, everything_left_out
from nq57kit.indicators.model import Inputs, Results
from nq57kit.indicators.outputs import activities_by, activities_by_month, counted_activities, with_group
from nq57kit.indicators.people import workforce_by_group
from nq57kit.indicators.progress import completion, due_days, task_status, task_summary
from nq57kit.indicators.reporting import completeness, reporting_states, timeliness
from nq57kit.indicators.science import science_tasks
from nq57kit.indicators.targets import targets_line

if TYPE_CHECKING:
    from nq57kit.plan import Period, Plan

__all__ = ["compute"]


def compute(inputs: Inputs) -> Results:
    """Return every figure of a report; contract §4, the columns are told by `Results`.

    Sums of activities and money are those of the period's own halves; indicators, task statuses and staff are those
    of the year up to the period.
    """
    plan, period = inputs.plan, inputs.period
    scope, previous = open_scopes(inputs)
    register = plan.units["unit_id"].to_list()
    members = in_order(inputs.units, {"unit_id": register})
    units = members["unit_id"].to_list()
    groups = plan.groups["group"].to_list()
    task_ids = plan.tasks["task_id"].to_list()

    states = _states(inputs, members)
    year = period.year if period.is_year else None
    shown = kpis_of(inputs, scope, previous)
    statuses = task_status(scope.year("task_progress"), plan.leads(), due_days(plan, period.year), units, inputs.as_of)
    science = science_tasks(
        scope.year("science_tasks"), year=period.year, until=period.window.end, register=inputs.register
    )
    # A unit that need not report any more is in its successor's staff: not counted a second time.
    staff = scope.year("workforce").filter(pl.col("unit_id").is_in(units))
    counted = _counted(scope, plan)
    before = None if previous is None else _counted(previous, plan)
    money, money_before = scope.own("budget"), None if previous is None else previous.own("budget")

    return Results(
        inputs=inputs,
        reporting=states,
        completeness=completeness(states, groups, period.halves, year),
        timeliness=timeliness(states, groups, period.halves, year),
        kpis=shown,
        evidence=_evidence(scope, plan, staff, shown),
        targets=targets_line(plan, _known_results(shown, scope, previous)),
        task_status=statuses,
        task_summary=task_summary(statuses),
        completion=completion(statuses, inputs.as_of),
        by_type=activities_by("activity_type", counted, before, code_order("activity_type")),
        by_channel=activities_by("channel", counted, before, code_order("channel")),
        by_task=activities_by("task_id", counted, before, task_ids),
        by_group=activities_by("group", counted, before, groups),
        by_month=activities_by_month(counted, code_order("activity_type")),
        activities=_listed(counted, register),
        left_out=everything_left_out(inputs, scope, plan.leads()),
        science_tasks=science,
        workforce=workforce_by_group(staff, members, groups),
        budget_by_task=budget_by("task_id", money, task_ids),
        budget_by_source=budget_by("funding_source", money, code_order("funding_source")),
        budget=budget_total(money, money_before),
        difficulties=count_difficulties(scope.own("issues")),
        issues=list_issues(scope.own("issues"), register),
        cautions=cautions(inputs.findings, science, scope, plan.units),
    )


def _states(inputs: Inputs, members: pl.DataFrame) -> pl.DataFrame:
    """Return the reporting states, each half with the units that had to report for it."""
    judged_by = inputs.plan.settings.on_time_judged_by
    states = [
        reporting_states(
            _expected(inputs, members, half), inputs.receipts, inputs.refusals, [half], judged_by=judged_by
        )
        for half in inputs.period.halves
    ]
    return pl.concat(states)


def _expected(inputs: Inputs, members: pl.DataFrame, half: Period) -> pl.DataFrame:
    """Return the units of a half: those of the report, without units that began later, with those that ended since.

    In a year in which units are merged its halves have different units; each half keeps its own.
    """
    plan = inputs.plan
    then = plan.units_reporting(half)["unit_id"].implode()
    now = plan.units_reporting(inputs.period)["unit_id"].implode()
    known = plan.units["unit_id"].implode()
    unit = pl.col("unit_id")
    kept = members.filter(unit.is_in(then) | ~unit.is_in(known))
    ended = plan.units.filter(unit.is_in(then) & ~unit.is_in(now)).select(members.columns)
    return in_order(pl.concat([kept, ended]), {"unit_id": plan.units["unit_id"].to_list()})


def _counted(scope: Scope, plan: Plan) -> pl.LazyFrame:
    """Return the activities that count in a scope, with their group (of the register, old units included)."""
    return with_group(counted_activities(scope.own("activities"), scope.period.halves), plan.units)


def _listed(counted: pl.LazyFrame, units: list[str]) -> pl.DataFrame:
    return in_order(counted.collect(), {"unit_id": units}, "period", "source_row")


def _evidence(scope: Scope, plan: Plan, staff: pl.LazyFrame, shown: pl.DataFrame) -> pl.DataFrame:
    """Return the evidence for those qualitative indicators that the report shows; of the year up to the period."""
    acts = with_group(counted_activities(scope.year("activities"), scope.until), plan.units)
    lines = pl.concat([qualitative.network_formed(acts, staff), qualitative.channels_resourced(acts)])
    return lines.filter(pl.col("indicator").is_in(shown["indicator"].implode()))


def _known_results(shown: pl.DataFrame, scope: Scope, previous: Scope | None) -> dict[tuple[str, int], float | None]:
    """Return the ratios known to this report: of its year, and of the year before where that was read."""
    known = {(row["indicator"], row["year"]): row["value"] for row in shown.iter_rows(named=True)}
    if previous is not None and previous.period.year != scope.period.year:
        for row in shown.iter_rows(named=True):
            known[row["indicator"], previous.period.year] = row["previous_value"]
    return known
