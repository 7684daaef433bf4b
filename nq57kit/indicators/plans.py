"""Yearly plans: the lines that units planned, what was done of each, what nobody planned; plan IV.2 and IV.4, contract §7.

In: the lines that count of each unit's plan, activities of the year so far by the line that they name, budget. Out: lines with
their state, sums of them, gaps, and the traces of all. What was done is told by the number of a line alone, never by likeness of
names; a unit that has not reported is neither behind nor done.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import polars as pl

from nq57kit.indicators import evidence, frames
from nq57kit.indicators.money import budget_by
from nq57kit.indicators.outputs import counted_activities, sum_activities

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from nq57kit.indicators.model import Inputs, Results

#: How a line stands, in the order in which it is told: codes of the list `line_state`.
STATES: Final = ("done", "partial", "undone", "not_due", "unreported")
#: What is summed of lines; activities that name no line of their unit's plan are counted beside them.
COUNTS: Final = ("lines", *STATES, "unplanned")
_AMOUNTS: Final = ("cost_estimate_vnd", "planned_vnd", "allocated_vnd", "disbursed_vnd")
_KEY: Final = ["unit_id", "line_no"]


def count_done(scope: frames.Scope) -> pl.LazyFrame:
    """Return the activities of the year so far that count, summed by unit, task and the line of the plan that they name."""
    year = counted_activities(scope.year("activities"), scope.until)
    return sum_activities(year, "unit_id", "task_id", pl.col("plan_line").alias("line_no"))


def compare(
    inputs: Inputs, scope: frames.Scope, done: pl.DataFrame | None, units: Sequence[str]
) -> dict[str, pl.DataFrame]:
    """Return `lines`, `plan_units`, `plan_tasks` and `plan_gaps` of `Results`; without rows where nobody has planned the year."""
    if inputs.plans.is_empty() and not inputs.period.is_plan:
        return dict.fromkeys(("lines", "plan_units", "plan_tasks", "plan_gaps"), pl.DataFrame())
    lines, budget = compare_lines(inputs, scope, done), scope.year("budget").filter(_has_plan(inputs))
    return {
        "lines": lines,
        "plan_units": sum_units(inputs, lines, done, budget, units),
        "plan_tasks": sum_tasks(inputs, lines, done, budget),
        "plan_gaps": find_gaps(inputs, lines) if inputs.period.is_plan else pl.DataFrame(),
    }


def compare_lines(inputs: Inputs, scope: frames.Scope, done: pl.DataFrame | None) -> pl.DataFrame:
    """Return every line of the plans that count beside what was done of it, by unit and number.

    Args:
        inputs, scope: the lines, and which units reported for which halves.
        done: from `count_done`; None where nothing can have been done yet (a report of the plans themselves).

    Returns: the fields of `plan_lines` with unit_id, period, revision, source_sheet, source_row, and rows, done_quantity, cost_vnd
        (of the activities that name the line; null where none told a cost) and state: done, partial (less than planned),
        undone, not_due (its day is after what the report looks at), unreported (the unit has not reported up to that day).
    """
    order = {"unit_id": inputs.plan.units["unit_id"].to_list()}
    lines = frames.in_order(inputs.plan_lines, order, "line_no")
    if done is None:
        nothing = {name: pl.lit(None, dtype=pl.Int64) for name in ("rows", "done_quantity", "cost_vnd")}
        return lines.with_columns(**nothing, state=pl.lit(None, dtype=pl.String))
    sums = done.group_by(_KEY).agg(
        rows=pl.col("activities").sum(),
        done_quantity=frames.total("quantity"),
        cost_vnd=pl.when(pl.col("cost_reported").sum() > 0).then(frames.total("cost_vnd")),
    )
    rows = lines.join(sums, on=_KEY, how="left", maintain_order="left")
    last = min(inputs.as_of, scope.period.window.end)
    made, told = pl.col("done_quantity").fill_null(0), _told_until(scope)
    known = pl.col("unit_id").replace_strict(list(told), list(told.values()), default=None, return_dtype=pl.Date)
    state = (
        pl.when(made >= pl.col("quantity")).then(pl.lit("done"))
        .when(made > 0).then(pl.lit("partial"))
        .when(pl.col("due_on") > last).then(pl.lit("not_due"))
        .when(known.is_null() | (pl.col("due_on") > known)).then(pl.lit("unreported"))
        .otherwise(pl.lit("undone"))
    )  # fmt: skip
    return frames.narrow(rows.with_columns(pl.col("rows").fill_null(0), made.alias("done_quantity"), state=state))


def _told_until(scope: frames.Scope) -> dict[str, date]:
    """Return up to which day each unit has told what it did: the end of the last half before which none is missing."""
    told: dict[str, date] = {}
    said = scope.told()
    for unit in sorted({unit for unit, _ in said}):
        for half in scope.until:
            if (unit, str(half)) not in said:
                break
            told[unit] = half.window.end
    return told


def sum_lines(lines: pl.DataFrame, key: str, order: Sequence[object]) -> pl.DataFrame:
    """Return the sums of lines (`compare_lines`) per value of a column: key, lines, units, cost_estimate_vnd, and how many are in each state."""
    rows = lines.group_by(key).agg(
        lines=pl.len().cast(pl.Int64),
        units=pl.col("unit_id").n_unique().cast(pl.Int64),
        cost_estimate_vnd=frames.total("cost_estimate_vnd"),
        **{name: (pl.col("state") == name).sum().cast(pl.Int64) for name in STATES},
    )
    return frames.narrow(frames.in_order(rows, {key: order}, nulls_last=True))


def with_quarter(lines: pl.DataFrame) -> pl.DataFrame:
    """Return lines with `quarter` (1 to 4), that of the day on which they are due."""
    return lines.with_columns(quarter=pl.col("due_on").dt.quarter().cast(pl.Int64))


def sum_units(
    inputs: Inputs, lines: pl.DataFrame, done: pl.DataFrame | None, budget: pl.LazyFrame, units: Sequence[str]
) -> pl.DataFrame:
    """Return each unit that must plan or report: its plan's state, its lines, what it did beside them, the four amounts.

    Returns: unit_id, state (missing | proposed | approved | adjusted), revision, pending (a later revision that nobody has
        approved), document, decided_on, the counts of `COUNTS` (lines: null without a plan), `_AMOUNTS`.
    """
    mine = inputs.plans.select("unit_id", "state", "revision", "pending", "document", "decided_on")
    every = list(dict.fromkeys([*units, *inputs.plans["unit_id"]]))
    rows = pl.DataFrame({"unit_id": every}, schema={"unit_id": pl.String}).join(mine, on="unit_id", how="left")
    rows = rows.with_columns(pl.col("state").fill_null("missing"))
    found = _beside(inputs, rows, lines, done, budget)
    return frames.in_order(found, {"unit_id": inputs.plan.units["unit_id"].to_list()})


def sum_tasks(inputs: Inputs, lines: pl.DataFrame, done: pl.DataFrame | None, budget: pl.LazyFrame) -> pl.DataFrame:
    """Return each task of the appendix: task_id, the counts of `COUNTS`, `_AMOUNTS`."""
    return _beside(inputs, inputs.plan.tasks.select("task_id"), lines, done, budget)


def _has_plan(inputs: Inputs) -> pl.Expr:
    """Return whether a row is of a unit that sent a plan: amounts of two sets of units are not set side by side."""
    return pl.col("unit_id").is_in(inputs.plans["unit_id"].implode())


def _beside(
    inputs: Inputs, rows: pl.DataFrame, lines: pl.DataFrame, done: pl.DataFrame | None, budget: pl.LazyFrame
) -> pl.DataFrame:
    """Join to the values of the first column the sums of lines, the activities outside them, and the money; what units without a plan did or
    had is in none of them."""
    key = rows.columns[0]
    order = rows[key].to_list()
    outside = pl.DataFrame(schema={key: rows.schema[key], "unplanned": pl.Int64})
    if done is not None:
        having = done.join(inputs.plans, on="unit_id", how="semi").join(inputs.plan_lines, on=_KEY, how="anti")
        outside = having.group_by(key).agg(unplanned=pl.col("activities").sum())
    money = budget_by(key, budget, order).drop("rate")
    for frame in (sum_lines(lines, key, order).drop("units"), outside, money):
        rows = rows.join(frame, on=key, how="left", maintain_order="left")
    if done is not None:
        rows = rows.with_columns(pl.col("unplanned").fill_null(0))
    if key == "task_id":
        rows = rows.with_columns(pl.col("lines", *STATES).fill_null(0))
    return rows.select(*[one for one in rows.columns if one not in (*COUNTS, *_AMOUNTS)], *COUNTS, *_AMOUNTS)


def find_gaps(inputs: Inputs, lines: pl.DataFrame) -> pl.DataFrame:
    """Return what the plan asks of the units that have sent a plan, and how many of them have a line for it.

    A line answers as an activity would: by its task, by the types of a product, by the measure that it names or, where it names
    none, by the rules of `measure_evidence`.

    Returns: kind (task | product | measure), id, task_id (null of a measure), asked, planned, silent_units (without a line).
    """
    plan, units = inputs.plan, inputs.plans["unit_id"].to_list()
    led = plan.leads().filter(pl.col("unit_id").is_in(units))
    has = led.join(lines, on=["task_id", "unit_id"], how="left", maintain_order="left").with_columns(
        there=pl.col("line_no").is_not_null()
    )
    tasks = has.unique(["task_id", "unit_id"], maintain_order=True).group_by("task_id", maintain_order=True).agg(
        asked=pl.len().cast(pl.Int64),
        planned=pl.col("there").sum().cast(pl.Int64),
        silent_units=pl.col("unit_id").filter(~pl.col("there")),
    )  # fmt: skip
    answers = evidence.count_answers(_as_activities(lines), plan, inputs.period.year).collect()
    products = evidence.sum_products(evidence.find_products(answers, plan, units), plan)
    nothing = partial(frames.align, None)  # no other table tells of what is planned
    measures = evidence.sum_measures(evidence.answer_measures(answers, nothing, plan, units), plan)
    names = ("kind", "id", "task_id", "asked", "planned", "silent_units")
    parts = (
        frames.in_order(tasks, {"task_id": plan.tasks["task_id"].to_list()}).with_columns(
            kind=pl.lit("task"), id=pl.col("task_id").cast(pl.String)
        ),
        products.rename({"product_id": "id", "owed": "asked", "found": "planned", "missing_units": "silent_units"})
        .with_columns(kind=pl.lit("product")),
        measures.rename({"measure_id": "id", "answered": "planned"})
        .with_columns(kind=pl.lit("measure"), task_id=pl.lit(None, dtype=pl.Int64)),
    )  # fmt: skip
    return pl.concat([part.select(names) for part in parts]).filter(pl.col("asked") > 0)


def _as_activities(lines: pl.DataFrame) -> pl.LazyFrame:
    """Return lines with the columns of activities, as the rules of evidence read them: done on the day on which they are due."""
    return lines.lazy().with_columns(
        started_on=pl.col("due_on"),
        ended_on=pl.lit(None, dtype=pl.Date),
        reach=pl.lit(None, dtype=pl.Int64),
        cost_vnd=pl.col("cost_estimate_vnd"),
    )


def count_states(plans: pl.DataFrame) -> dict[str, int]:
    """Return how many plans are missing, proposed, approved and adjusted, of the rows of `sum_units`."""
    told = plans["state"].to_list()
    return {state: told.count(state) for state in ("missing", "proposed", "approved", "adjusted")}


def total(results: Results) -> dict[str, int | None]:
    """Return the sums over all tasks: the counts of `COUNTS` and the amounts; what is null in all is null."""
    rows = results.plan_tasks
    return {name: int(rows[name].sum()) if rows[name].count() else None for name in (*COUNTS, *_AMOUNTS)}


# Traces -------------------------------------------------------------------------------------------


def list_figures(results: Results, scope: frames.Scope) -> Iterator[frames.Traceable]:
    """Yield the lines and their estimate, how they stand, and what was done outside them: in all, by task, by unit."""
    lines = results.lines
    if results.inputs.plans.is_empty():
        return
    whole = total(results)
    parts = [("plan", whole, pl.lit(value=True))]
    for name, key, frame in (
        ("plan_by_task", "task_id", results.plan_tasks),
        ("plan_by_unit", "unit_id", results.plan_units),
    ):
        parts += [(f"{name}.{row[key]}", row, pl.col(key) == row[key]) for row in frame.iter_rows(named=True)]
    for name, row, wanted in parts:
        for column in (*COUNTS[:-1], "cost_estimate_vnd"):
            if row[column] is not None:
                find = partial(_trace_lines, lines.filter(wanted), column)
                yield frames.Traceable(f"{name}.{column}", {"counted": row[column]}, find)
        for amount in _AMOUNTS[1:]:
            if row[amount] is not None:
                money = scope.year("budget").filter(wanted & _has_plan(results.inputs))
                find = partial(frames.trace_told, money, "budget", amount)
                yield frames.Traceable(f"{name}.{amount}", {"counted": row[amount]}, find)
        if row["unplanned"] is not None:
            find = partial(_trace_unplanned, results, scope, wanted)
            yield frames.Traceable(f"{name}.unplanned", {"counted": row["unplanned"]}, find)
    for line in lines.filter(pl.col("state").is_not_null()).iter_rows(named=True):
        mine = (pl.col("unit_id") == line["unit_id"]) & (pl.col("plan_line") == line["line_no"])
        find = partial(evidence.trace_rows, results, scope, mine, "quantity", None)
        name = f"plan_lines.{line['unit_id']}.{line['line_no']}.done_quantity"
        yield frames.Traceable(name, {"counted": line["done_quantity"]}, find)


def _trace_lines(lines: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return the lines of a count or of the estimate, each in its own cell."""
    if column in STATES:
        lines = lines.filter(pl.col("state") == column)
    field = column if column == "cost_estimate_vnd" else "name"
    return frames.trace_told(lines.lazy(), "plan_lines", field, None if field == column else 1)


def _trace_unplanned(results: Results, scope: frames.Scope, wanted: pl.Expr) -> pl.DataFrame:
    known = results.inputs.plan_lines.select(pl.format("{}/{}", "unit_id", "line_no")).to_series()
    planned = pl.format("{}/{}", "unit_id", "plan_line").is_in(known.implode()).fill_null(value=False)
    return evidence.trace_rows(results, scope, wanted & _has_plan(results.inputs) & ~planned, "name")
