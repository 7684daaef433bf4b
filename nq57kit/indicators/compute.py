"""All figures of a report from what the store read: `Inputs` → `Results`.

In: `Inputs`. Out: `Results`. Each step is a call of a family; no file and no clock is touched, and equal inputs give
equal frames whatever the order of their rows. Activities are summed by streaming queries, all in one go, and are never
held in memory; the other tables, which are units × tasks at most, are read once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from nq57kit.indicators import evidence as qualitative
from nq57kit.indicators._frames import code_order, in_order
from nq57kit.indicators._scope import Scope, open_scopes
from nq57kit.indicators.budget import budget_by, budget_total
from nq57kit.indicators.difficulties import count_difficulties, list_issues
from nq57kit.indicators.kpis import kpis_of
from nq57kit.indicators.left_out import cautions, everything_left_out
from nq57kit.indicators.model import Inputs, Results
from nq57kit.indicators.outputs import (
    counted_activities,
    list_left_out,
    month_of,
    sum_activities,
    tabulate,
    tabulate_months,
    with_group,
)
from nq57kit.indicators.people import workforce_by_group
from nq57kit.indicators.progress import completion, due_days, task_status, task_summary
from nq57kit.indicators.reporting import completeness, reporting_states, timeliness
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
    science = scope.science(inputs.register)
    # A unit that need not report any more is in its successor's staff: not counted a second time.
    staff = scope.year("workforce").filter(pl.col("unit_id").is_in(units))
    acts = _sum_up(scope, previous, plan, with_evidence=not _QUALITATIVE.isdisjoint(shown["indicator"]))
    money, money_before = scope.own("budget"), None if previous is None else previous.own("budget")

    return Results(
        inputs=inputs,
        reporting=states,
        completeness=completeness(states, groups, period.halves, year),
        timeliness=timeliness(states, groups, period.halves, year),
        kpis=shown,
        evidence=_evidence(acts, staff, shown),
        targets=targets_line(plan, _known_results(shown, scope, previous)),
        task_status=statuses,
        task_summary=task_summary(statuses),
        completion=completion(statuses, inputs.as_of),
        by_type=tabulate("activity_type", acts.by_code, acts.earlier_by_code, code_order("activity_type")),
        by_channel=tabulate("channel", acts.by_code, acts.earlier_by_code, code_order("channel")),
        by_task=tabulate("task_id", acts.by_code, acts.earlier_by_code, task_ids),
        by_group=tabulate("group", acts.by_unit, acts.earlier_by_unit, groups),
        by_month=tabulate_months(acts.by_code, code_order("activity_type")),
        activities=_listed(scope, plan, register),
        left_out=everything_left_out(inputs, scope, plan.leads(), acts.left_out),
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


@dataclass(frozen=True)
class _Sums:
    """The activities of a report as sums: now and in the period before (None without one), and the rows left out.

    `by_code` has the keys task_id, activity_type, channel and (now) month, `by_unit` unit_id with its group; the two of
    `evidence` are of the year up to the period, by unit and channel, and by unit and type of `CHANNEL_TYPES`.
    """

    by_code: pl.DataFrame
    by_unit: pl.DataFrame
    left_out: pl.DataFrame
    earlier_by_code: pl.DataFrame | None
    earlier_by_unit: pl.DataFrame | None
    evidence: tuple[pl.DataFrame, pl.DataFrame] | None


_CODES: Final = ("task_id", "activity_type", "channel")
#: The qualitative indicators for which evidence is counted among activities.
_QUALITATIVE: Final = frozenset({"network_formed", "channels_resourced"})


def _sum_up(scope: Scope, previous: Scope | None, plan: Plan, *, with_evidence: bool) -> _Sums:
    """Read the activities: every query streams over the columns and rows that it needs, and gives sums only."""
    counted = _counted(scope)
    queries = {
        "by_code": sum_activities(counted, *_CODES, month_of()),
        "by_unit": with_group(sum_activities(counted, "unit_id"), plan.units),
        "left_out": list_left_out(scope.own("activities"), scope.period.halves),
    }
    if previous is not None:
        before = _counted(previous)
        queries["earlier_by_code"] = sum_activities(before, *_CODES)
        queries["earlier_by_unit"] = with_group(sum_activities(before, "unit_id"), plan.units)
    if with_evidence:
        year = counted_activities(scope.year("activities"), scope.until)
        kinds = year.filter(pl.col("activity_type").is_in(qualitative.CHANNEL_TYPES))
        queries["by_channel"] = with_group(sum_activities(year, "unit_id", "channel"), plan.units)
        queries["by_kind"] = sum_activities(kinds, "unit_id", "activity_type")
    found = dict(zip(queries, pl.collect_all(list(queries.values()), engine="streaming"), strict=True))
    return _Sums(
        by_code=found["by_code"],
        by_unit=found["by_unit"],
        left_out=found["left_out"],
        earlier_by_code=found.get("earlier_by_code"),
        earlier_by_unit=found.get("earlier_by_unit"),
        evidence=(found["by_channel"], found["by_kind"]) if with_evidence else None,
    )


def _counted(scope: Scope) -> pl.LazyFrame:
    """Return the activities that count in a scope."""
    return counted_activities(scope.own("activities"), scope.period.halves)


def _listed(scope: Scope, plan: Plan, units: list[str]) -> pl.LazyFrame:
    """Return the counted activities with their group (of the register, old units included), in order."""
    return in_order(with_group(_counted(scope), plan.units), {"unit_id": units}, "period", "source_row")


def _evidence(acts: _Sums, staff: pl.LazyFrame, shown: pl.DataFrame) -> pl.DataFrame:
    """Return the evidence for those qualitative indicators that the report shows; of the year up to the period."""
    if acts.evidence is None:
        return pl.DataFrame(schema=qualitative.SCHEMA)
    by_channel, by_kind = acts.evidence
    lines = pl.concat([qualitative.network_formed(by_channel, staff), qualitative.channels_resourced(by_kind)])
    return lines.filter(pl.col("indicator").is_in(shown["indicator"].implode()))


def _known_results(shown: pl.DataFrame, scope: Scope, previous: Scope | None) -> dict[tuple[str, int], float | None]:
    """Return the ratios known to this report: of its year, and of the year before where that was read."""
    known = {(row["indicator"], row["year"]): row["value"] for row in shown.iter_rows(named=True)}
    if previous is not None and previous.period.year != scope.period.year:
        for row in shown.iter_rows(named=True):
            known[row["indicator"], previous.period.year] = row["previous_value"]
    return known
