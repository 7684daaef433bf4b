"""One unit's own figures, beside its group's middle and the period before; contract §4, for its scorecard.

In: `Inputs` of the whole ministry and a unit. Out: `UnitResults`: all results of the unit alone, its measures with the
quartiles of its peer group, and what falls due. No other unit is named in them, and nothing tells a rank.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import polars as pl

from nq57kit.indicators import difficulties, frames
from nq57kit.indicators.figures import compute
from nq57kit.indicators.outputs import counted_activities
from nq57kit.indicators.people import PAIRS, latest_snapshots, told_snapshots
from nq57kit.indicators.science import CountingRule, science_tasks, tasks_of
from nq57kit.indicators.tasks import DONE, ENDLESS, OVERDUE, UNFINISHED, UNREPORTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from nq57kit.indicators.model import Inputs, Results
    from nq57kit.plan import Unit

#: Measures that are numbers of the period itself, and those that are ratios (numerator, denominator).
COUNTS: Final = ("activities", "quantity", "reach")
SHARES: Final = ("staff_reached", "comms_staff_trained", "science_tasks_communicated", "disbursed")
#: Which units and halves a measure is made of.
_TOLD: Final[Mapping[str, Callable[[frames.Scope], frozenset[tuple[str, str]]]]] = {
    **dict.fromkeys((*COUNTS, "disbursed"), frames.Scope.reported),
    **dict.fromkeys(PAIRS, told_snapshots),
    "science_tasks_communicated": frames.Scope.latest_told,
}
#: A group's middle is told from this many units on: with fewer, it would tell what a single other unit sent.
FEWEST: Final = 5
#: Columns of `UnitResults.errors`.
ERRORS: Final = dict.fromkeys(("period", "severity", "code", "table", "field", "sheet", "cell", "message"), pl.String)
_AGENDA: Final = {"what": pl.String, "period": pl.String, "task_id": pl.Int64, "due_on": pl.Date, "state": pl.String}
#: Cadences that come again every year, so that what is done falls due again.
_YEARLY: Final = frozenset({"annual", "by_date"})
_MEASURED: Final[Mapping[str, type[pl.DataType]]] = {
    "unit_id": pl.String, "measure": pl.String, "numerator": pl.Int128, "denominator": pl.Int128,
    "value": pl.Float64,
}  # fmt: skip


@dataclass(frozen=True)
class UnitResults:
    """What is known of one unit in a period.

    Attributes:
        unit: the unit, as the register has it.
        own: all results as if the ministry were this unit alone (so every table and chart can be drawn of it).
        group: the group that it is set beside; None for all units of the ministry, where each of its groups has
            fewer than `FEWEST` members.
        group_units: how many units of that group must report, this one included.
        measures: one row per measure of `COUNTS` and `SHARES`: measure, numerator, denominator, value (a ratio is 0-1;
            null where the unit reported nothing), fresh (whether it is of the period's last half), previous_value, units
            (of the group with a fresh value), low, median, high (their quartiles, linear; null below `FEWEST` values),
            place (below | within | above the middle half; null).
        disputed: codes of its science tasks on which another unit says otherwise about communication.
        agenda: what falls due, from `list_agenda`.
        waiting: the difficulties of all units that wait for an answer of this one (`difficulties.waiting_for`).
        errors: what was wrong in reports of the period that were refused: period, severity, code, table, field, sheet,
            cell, message.
    """

    unit: Unit
    own: Results
    group: str | None
    group_units: int
    measures: pl.DataFrame
    disputed: tuple[str, ...]
    agenda: pl.DataFrame
    waiting: pl.DataFrame
    errors: pl.DataFrame


@dataclass(frozen=True)
class Peers:
    """What the scorecards of one period share: every unit's measures now and in the period before, the science tasks, the difficulties."""

    now: pl.DataFrame
    before: pl.DataFrame | None
    tasks: pl.DataFrame
    questions: pl.DataFrame


def measure_peers(inputs: Inputs) -> Peers:
    """Return what the scorecards of all units stand on; `inputs` are those of the whole ministry."""
    scope, previous = frames.open_scopes(inputs)
    return Peers(
        now=measure_units(scope),
        before=_measure_before(scope, previous),
        tasks=tasks_of(scope),
        questions=difficulties.questions_of(inputs, scope),
    )


def compute_unit(
    inputs: Inputs, unit_id: str, errors: pl.DataFrame | None = None, *, peers: Peers | None = None
) -> UnitResults:
    """Return the figures of a unit; `inputs` are those of the whole ministry, `errors` as in `UnitResults`.

    `peers` is `measure_peers(inputs)`, where it was computed already. Raises PlanError for a unit that the register
    does not know.
    """
    unit = inputs.plan.unit(unit_id)
    peers = peers or measure_peers(inputs)
    group, members = find_peers(inputs, unit)
    disputes = pl.col("disagreement") & pl.col("units").list.contains(unit_id)
    own = compute(restrict(inputs, unit_id))
    return UnitResults(
        unit=unit,
        own=own,
        group=group,
        group_units=len(members),
        measures=_beside(unit_id, members, peers.now, peers.before),
        disputed=tuple(peers.tasks.filter(disputes)["code"].to_list()),
        agenda=list_agenda(own),
        waiting=difficulties.waiting_for(peers.questions, unit_id),
        errors=pl.DataFrame(schema=ERRORS) if errors is None else errors.select(*ERRORS),
    )


def restrict(inputs: Inputs, unit_id: str) -> Inputs:
    """Return the inputs as if the ministry were this unit alone.

    The ministry's register of science tasks is left out: it does not say whose a task is.
    """
    lineage, last = inputs.plan.lineage, inputs.period.last_day
    bodies = [unit_id, *(one for one in lineage.families() if lineage.same_body(one, last) == unit_id)]
    mine = pl.col("unit_id").is_in(bodies)  # under its former name, too
    earlier = None if inputs.previous_receipts is None else inputs.previous_receipts.filter(mine)
    return replace(
        inputs,
        units=inputs.units.filter(mine),
        receipts=inputs.receipts.filter(mine),
        refusals=inputs.refusals.filter(mine),
        findings=inputs.findings.filter(mine),
        tables={name: frame.filter(mine) for name, frame in inputs.tables.items()},
        previous={name: frame.filter(mine) for name, frame in inputs.previous.items()},
        previous_receipts=earlier,
        register=None,
        covers=inputs.covers.filter(mine),
        letters=tuple(one for one in inputs.letters if one.values["unit_id"] in bodies),
        raised=inputs.raised.filter(mine),
        plans=inputs.plans.filter(mine),
        plan_lines=inputs.plan_lines.filter(mine),
        history=tuple(
            replace(
                one,
                tables={name: frame.filter(mine) for name, frame in one.tables.items()},
                receipts=one.receipts.filter(mine),
            )
            for one in inputs.history
        ),
    )


def measure_units(scope: frames.Scope) -> pl.DataFrame:
    """Return every measure of every unit: unit_id, measure, numerator, denominator, value, fresh; no row where unknown.

    Numbers are those of the period's own halves, of units that reported with content (none done is zero); ratios of
    staff and science tasks are those of the year up to the period, as in the indicators of the ministry. `fresh` tells
    whether a figure is of the period's last half: one of June stands beside none of December.
    """
    parts = [*_counts(scope), *_staff(scope), _science(scope), _money(scope)]
    known = [frames.typed(part.lazy(), _MEASURED) for part in parts]
    rows = frames.narrow(pl.concat(known).filter(pl.col("value").is_not_null()).collect())
    told = {name: [unit for unit, half in say(scope) if half == str(scope.until[-1])] for name, say in _TOLD.items()}
    new = [(pl.col("measure") == name) & pl.col("unit_id").is_in(units) for name, units in told.items()]
    return rows.with_columns(fresh=pl.any_horizontal(new))


def _measure_before(scope: frames.Scope, previous: frames.Scope | None) -> pl.DataFrame | None:
    """Return the measures of the period compared with, of each unit those that it told for the same halves of both."""
    if previous is None:
        return None
    measured = measure_units(previous)
    parts = [
        measured.filter(pl.col("measure") == measure, pl.col("unit_id").is_in(list(both.units)))
        for measure, say in _TOLD.items()
        if (both := frames.compare(scope, previous, say)) is not None
    ]
    return pl.concat([measured.clear(), *parts])


def _counts(scope: frames.Scope) -> list[pl.DataFrame]:
    counted = counted_activities(scope.own("activities"), scope.period.sources)
    summed = counted.group_by("unit_id").agg(
        activities=pl.len().cast(pl.Int64), quantity=frames.total("quantity"), reach=frames.sum_known("reach")
    )
    reporting = pl.DataFrame({"unit_id": sorted({unit for unit, _ in scope.reported()})}, schema={"unit_id": pl.String})
    rows = reporting.join(summed.collect(), on="unit_id", how="left")
    rows = rows.with_columns(pl.col("activities", "quantity").fill_null(0))
    none = pl.lit(None, dtype=pl.Int64)
    return [rows.select("unit_id", measure=pl.lit(name), numerator=pl.col(name), denominator=none, value=pl.col(name))
            for name in COUNTS]  # fmt: skip


def _staff(scope: frames.Scope) -> list[pl.DataFrame]:
    rows = latest_snapshots(scope.year("workforce")).collect()
    return [_shares(rows, name, part, whole) for name, (part, whole) in PAIRS.items()]


def _science(scope: frames.Scope) -> pl.DataFrame:
    """Return the science tasks of each unit, counted as for the ministry, but each unit by its own words alone."""
    apart = scope.year("science_tasks").with_columns(code=pl.format("{}/{}", "unit_id", "code"))
    tasks = science_tasks(apart, CountingRule.of(scope.period))
    rows = tasks.group_by(unit_id=pl.col("units").list.first()).agg(
        communicated=pl.col("communicated").sum().cast(pl.Int64), all=pl.len().cast(pl.Int64)
    )
    return _shares(rows, "science_tasks_communicated", "communicated", "all")


def _money(scope: frames.Scope) -> pl.DataFrame:
    sums = (
        scope.own("budget")
        .group_by("unit_id")
        .agg(frames.sum_known("allocated_vnd"), frames.sum_known("disbursed_vnd"))
    )
    return _shares(sums.collect(), "disbursed", "disbursed_vnd", "allocated_vnd")


def _shares(rows: pl.DataFrame, measure: str, part: str, whole: str) -> pl.DataFrame:
    known = rows.filter(pl.col(part).is_not_null(), pl.col(whole) > 0)
    return known.select(
        "unit_id",
        measure=pl.lit(measure),
        numerator=pl.col(part),
        denominator=pl.col(whole),
        value=pl.col(part) / pl.col(whole),
    )


def find_peers(inputs: Inputs, unit: Unit) -> tuple[str | None, list[str]]:
    """Return the first of the unit's groups that is large enough, with its members; else the whole ministry."""
    for group in unit.groups:
        members = inputs.units.filter(pl.col("groups").list.contains(group))["unit_id"].to_list()
        if len(members) >= FEWEST:
            return group, members
    return None, inputs.units["unit_id"].to_list()


def _beside(unit_id: str, members: list[str], now: pl.DataFrame, before: pl.DataFrame | None) -> pl.DataFrame:
    """Return the unit's measures beside the quartiles of its group."""
    names = pl.DataFrame({"measure": [*COUNTS, *SHARES]})
    mine = now.filter(pl.col("unit_id") == unit_id).drop("unit_id")
    enough = pl.col("value").len() >= FEWEST
    quartiles = (("low", 0.25), ("median", 0.5), ("high", 0.75))
    group = (
        now.filter(pl.col("unit_id").is_in(members), "fresh")
        .group_by("measure")
        .agg(
            units=pl.len().cast(pl.Int64),
            **{name: pl.when(enough).then(pl.col("value").quantile(at, "linear")) for name, at in quartiles},
        )
    )
    earlier = now.clear() if before is None else before.filter(pl.col("unit_id") == unit_id)
    return (
        names.join(mine, on="measure", how="left", maintain_order="left")
        .join(earlier.select("measure", previous_value="value"), on="measure", how="left", maintain_order="left")
        .join(group, on="measure", how="left", maintain_order="left")
        .with_columns(
            pl.col("units").fill_null(0),
            pl.col("fresh").fill_null(value=False),
            place=pl.when(pl.col("value").is_null() | pl.col("median").is_null() | ~pl.col("fresh"))
            .then(pl.lit(None, dtype=pl.String))
            .when(pl.col("value") < pl.col("low"))
            .then(pl.lit("below"))
            .when(pl.col("value") > pl.col("high"))
            .then(pl.lit("above"))
            .otherwise(pl.lit("within")),
        )
    )


def list_agenda(own: Results) -> pl.DataFrame:
    """Return what falls due for the unit whose results these are.

    Returns: what (report | task), period (of a report), task_id (of a task), due_on (the last day on time), state:
        overdue (the day has passed, not done or not accepted), empty (a report that says nothing: to be sent again),
        unreported (the day has passed, nobody said), open (not done, nothing overdue), again (done this year, falls
        due again in the next), next (the report to come). Overdue, empty and unreported first, then by day.
    """
    rows = [*_reports_due(own), *_tasks_due(own)]
    late = {"overdue": 0, "empty": 0, "unreported": 1}
    rows.sort(key=lambda row: (late.get(row[4], 2), row[3], row[0], row[2] or 0))
    return pl.DataFrame(rows, schema=_AGENDA, orient="row")


def _reports_due(own: Results) -> Iterator[tuple[str, str | None, int | None, date, str]]:
    period, as_of = own.inputs.period, own.inputs.judged_on
    states = dict(own.reporting.select("period", "state").iter_rows())
    for half in period.sources:
        state = states.get(str(half))
        if state == "empty":
            yield "report", str(half), None, half.last_day, "empty"
        elif state in {"missing", "refused"}:
            overdue = half.is_over(as_of) and not half.is_first
            yield "report", str(half), None, half.last_day, "overdue" if overdue else "open"
    plan, mine = own.inputs.plan, set(own.inputs.units["unit_id"])
    years = range(period.year, plan.settings.last_year + 1)
    ahead = (half for year in years for half in plan.period(str(year)).halves if half > period.sources[-1])
    coming = next((half for half in ahead if not half.is_over(as_of)), None)
    if coming is not None and mine & set(plan.units_reporting(coming)["unit_id"]):
        yield "report", str(coming), None, coming.last_day, "next"


def _tasks_due(own: Results) -> Iterator[tuple[str, str | None, int | None, date, str]]:
    plan, as_of = own.inputs.plan, own.inputs.judged_on
    year = own.inputs.period.year
    for row in own.task_status.iter_rows(named=True):
        task, status, due = row["task_id"], row["status"], row["due_on"]
        if row["cadence"] in ENDLESS or due is None:
            continue
        if status in OVERDUE:
            yield "task", None, task, due, "overdue"
        elif status == UNREPORTED or (row["older"] and status in UNFINISHED):
            yield "task", None, task, due, "unreported" if as_of > due else "open"
        elif status in UNFINISHED:
            yield "task", None, task, due, "open"
        elif status in {*DONE, "khong_phat_sinh"} and row["cadence"] in _YEARLY and year < plan.settings.last_year:
            again = plan.due_date(task, year + 1)
            if again is not None and plan.lineage.exists(row["unit_id"], again):
                yield "task", None, task, again, "again"
