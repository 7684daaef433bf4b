"""What answers the plan: products of the appendix, measures of section III, duties of section IV, the yearly days; contract §6.

In: activities of the year that count, the tables that a rule names, the plan's tables of rules. Out: per unit and in all
what was found and who is silent. The rules are rows of the plan folder; only how a rule is read stands here.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nq57kit.errors import PlanError
from nq57kit.indicators import frames
from nq57kit.indicators.money import budget_by
from nq57kit.indicators.outputs import sum_activities
from nq57kit.indicators.people import latest_snapshots
from nq57kit.submissions.contract import TABLES, load_codes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from nq57kit.plan import Plan

__all__ = ["answer_measures", "assess_duties", "count_answers", "find_products", "product_states", "sum_events",
           "sum_measures", "sum_products", "sum_units"]  # fmt: skip

#: A «sự kiện hưởng ứng» belongs to a yearly day within so many days of it (contract §6).
EVENT_DAYS: Final = 7
_EVENT_TYPE: Final = "su_kien"
#: What a row of another table must tell to answer a measure; a table that is not here answers by any row.
_TELLING: Final[Mapping[str, pl.Expr]] = {"budget": pl.col("allocated_vnd") > 0}
#: Columns of a rule → the column of an activity that it looks at, and the list of codes whose values it may name.
_LOOKS_AT: Final = {"activity_types": "activity_type", "channels": "channel", "audiences": "audience"}


def count_answers(activities: pl.LazyFrame, plan: Plan, year: int) -> pl.LazyFrame:
    """Return counted activities summed by what the rules look at; few rows whatever the number of activities.

    Returns: unit_id, task_id, activity_type, channel, audience, measure_id, a flag for each yearly day (`event.<id>`),
        and the sums of `sum_activities`.
    """
    flags = {_flag(row["event_id"]): _is_of_event(row, year) for row in plan.events.iter_rows(named=True)}
    return sum_activities(
        activities.with_columns(**flags), "unit_id", "task_id", *_LOOKS_AT.values(), "measure_id", *flags
    )


def _flag(event_id: str) -> str:
    return f"event.{event_id}"


def _is_of_event(event: Mapping[str, Any], year: int) -> pl.Expr:
    """Return whether an activity names a yearly day (its name, or «18/5»), or is an event close to it."""
    month, day = event["month"], event["day"]
    name, start = pl.col("name").str.to_lowercase(), pl.col("started_on")
    end = pl.coalesce("ended_on", "started_on")
    held = pl.date(year, month, day)
    near = pl.duration(days=EVENT_DAYS)
    is_named = name.str.contains(event["name"].lower(), literal=True)
    is_dated = name.str.contains(rf"(?:^|[^0-9/])0?{day}/0?{month}(?:[^0-9]|$)")
    is_close = (pl.col("activity_type") == _EVENT_TYPE) & (start <= held + near) & (end >= held - near)
    return (is_named | is_dated | is_close).fill_null(value=False)


# Products ---------------------------------------------------------------------------------------


def find_products(answers: pl.DataFrame, plan: Plan, units: Collection[str]) -> pl.DataFrame:
    """Return each product of the appendix × unit that leads its task: product_id, task_id, unit_id, rows, quantity, found.

    A product is found by activities of its types under its task. Where two products of a task have the same types, one
    row answers one of them. `units` are those that must report.
    """
    require_codes(plan)
    products = plan.products.with_columns(types=pl.col("activity_types").list.sort().list.join("|"))
    needed = products.with_columns(needed=pl.int_range(pl.len()).over("task_id", "types") + 1)
    owed = (
        plan.leads()
        .filter(pl.col("unit_id").is_in(list(units)))
        .join(needed, on="task_id", maintain_order="right_left")
    )
    made = answers.group_by("unit_id", "task_id", "activity_type").agg(
        pl.col("activities").sum(), frames.total("quantity")
    )
    told = (
        owed.select("product_id", "task_id", "unit_id", activity_type="activity_types")
        .explode("activity_type")
        .join(made, on=["unit_id", "task_id", "activity_type"])
        .group_by("product_id", "unit_id")
        .agg(rows=pl.col("activities").sum(), quantity=frames.total("quantity"))
    )
    found = owed.join(told, on=["product_id", "unit_id"], how="left", maintain_order="left")
    rows = pl.col("rows").fill_null(0)
    return frames.narrow(
        found.select(
            "product_id", "task_id", "unit_id", rows, pl.col("quantity").fill_null(0), found=rows >= pl.col("needed")
        )
    )


def sum_products(found: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """Return product_id, task_id, owed, found, missing_units of every product; one that is owed once (`per`: task) counts once."""
    per = dict(plan.products.select("product_id", "per").iter_rows())
    rows = []
    for product, task in plan.products.select("product_id", "task_id").iter_rows():
        units, has = (
            found.filter(pl.col("product_id") == product).select("unit_id", "found").to_dict(as_series=False).values()
        )
        missing = [unit for unit, there in zip(units, has, strict=True) if not there]
        if per[product] == "task" and len(missing) < len(units):
            missing = []
        owed = min(1, len(units)) if per[product] == "task" else len(units)
        rows.append((product, task, owed, 0 if len(missing) == len(units) else owed - len(missing), missing))
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "product_id": pl.String,
        "task_id": pl.Int64,
        "owed": pl.Int64,
        "found": pl.Int64,
        "missing_units": pl.List(pl.String),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def product_states(found: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """Return task_id, unit_id, products (complete | partial | none), missing (ids) of each task and unit that leads it."""
    per_task = plan.products.filter(pl.col("per") == "task")["product_id"].implode()
    shared = pl.col("product_id").is_in(per_task) & pl.col("found").any().over("product_id")
    state = pl.when(pl.col("has").all()).then(pl.lit("complete")).when(pl.col("has").any()).then(pl.lit("partial"))
    return (
        found.with_columns(has=pl.col("found") | shared)
        .group_by("task_id", "unit_id", maintain_order=True)
        .agg(products=state.otherwise(pl.lit("none")).first(), missing=pl.col("product_id").filter(~pl.col("has")))
    )


# Measures ---------------------------------------------------------------------------------------


def answer_measures(
    answers: pl.DataFrame, table: Callable[[str], pl.LazyFrame], plan: Plan, units: Collection[str]
) -> pl.DataFrame:
    """Return each measure × unit that it addresses and that must report: measure_id, unit_id, rows, quantity.

    A row that names its measure answers that one alone; one that does not answers each measure whose rule it fits
    (`measure_evidence`). `rows` is 0 where nothing of the unit answers.
    """
    require_codes(plan)
    asked = plan.addressed("measures").filter(pl.col("unit_id").is_in(list(units)))
    named = answers.filter(pl.col("measure_id").is_not_null()).select("measure_id", "unit_id", "activities", "quantity")
    unnamed = answers.filter(pl.col("measure_id").is_null())
    found = [named]
    for rule in plan.measure_evidence.iter_rows(named=True):
        fits = _fits(rule)
        rows = [] if fits is None else [unnamed.filter(fits)]
        rows += [_count_rows(table(name), name) for name in rule["tables"]]
        found += [
            one.select(pl.lit(rule["measure_id"]).alias("measure_id"), "unit_id", "activities", "quantity")
            for one in rows
        ]
    told = (
        pl.concat(found)
        .group_by("measure_id", "unit_id")
        .agg(rows=pl.col("activities").sum(), quantity=frames.total("quantity"))
    )
    both = asked.join(told, on=["measure_id", "unit_id"], how="left", maintain_order="left")
    return frames.narrow(both.with_columns(pl.col("rows", "quantity").fill_null(0)))


def _fits(rule: Mapping[str, Any]) -> pl.Expr | None:
    """Return the condition of a rule on activities; None where it speaks of other tables alone."""
    conditions = [pl.col(column).is_in(rule[name]) for name, column in _LOOKS_AT.items() if rule[name]]
    if rule["events"]:
        conditions.append(reduce(pl.Expr.or_, (pl.col(_flag(event)) for event in rule["events"])))
    return reduce(pl.Expr.and_, conditions) if conditions else None


def _count_rows(table: pl.LazyFrame, name: str) -> pl.DataFrame:
    told = table.filter(_TELLING.get(name, pl.lit(value=True)))
    rows = pl.len().cast(pl.Int64)
    return told.group_by("unit_id").agg(activities=rows, quantity=pl.lit(0, dtype=pl.Int128)).collect()


def sum_measures(answered: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """Return measure_id, asked, answered (units), rows, quantity, silent_units of every measure of section III."""
    has = pl.col("rows") > 0
    sums = answered.group_by("measure_id").agg(
        asked=pl.len().cast(pl.Int64),
        answered=has.sum().cast(pl.Int64),
        rows=pl.col("rows").sum(),
        quantity=frames.total("quantity"),
        silent_units=pl.col("unit_id").filter(~has),
    )
    counts = pl.col("asked", "answered", "rows", "quantity").fill_null(0)
    every = plan.measures.select("measure_id").join(sums, on="measure_id", how="left", maintain_order="left")
    return frames.narrow(every.with_columns(counts, pl.col("silent_units").fill_null([])))


# Duties and days --------------------------------------------------------------------------------


def assess_duties(
    plan: Plan,
    found: pl.DataFrame,
    reporting: pl.DataFrame,
    locked: Sequence[bool],
    judgements: Mapping[str, str],
) -> pl.DataFrame:
    """Return duty_id, state (a code of `duty_state`), evidence (Vietnamese) of every duty of section IV.

    Args:
        found: from `find_products`.
        reporting: unit_id, on_time of every unit and half that had to be reported.
        locked: of each half of the year up to the period, whether it is locked.
        judgements: duty → met | not_met, as a person judged it.
    """
    holders = plan.addressed("duties")
    texts = dict(plan.products.select("product_id", "text").iter_rows())
    rules = {row["duty_id"]: row for row in plan.duty_evidence.iter_rows(named=True)}
    rows = []
    for duty in plan.duties["duty_id"]:
        rule = rules.get(duty, {"source": [], "products": []})
        mine = holders.filter(pl.col("duty_id") == duty)["unit_id"].implode()
        parts: list[tuple[str, int, int]] = []
        if "products" in rule["source"]:
            of_holders = found.filter(pl.col("unit_id").is_in(mine))
            for product in rule["products"]:
                rows_of = of_holders.filter(pl.col("product_id") == product)["found"]
                parts.append((f"Sản phẩm «{texts[product]}» (đơn vị)", int(rows_of.sum()), rows_of.len()))
        if "reports_on_time" in rule["source"]:
            sent = reporting.filter(pl.col("unit_id").is_in(mine))["on_time"]
            parts.append(("Báo cáo gửi đúng hạn (đơn vị × kỳ)", int(sent.fill_null(value=False).sum()), sent.len()))
        if "reports_locked" in rule["source"]:
            parts.append(("Kỳ 6 tháng đã khóa số liệu", sum(locked), len(locked)))
        state = judgements.get(duty) or _state(parts, is_judged="judged" in rule["source"])
        rows.append((duty, state, "; ".join(f"{label}: {has}/{of}" for label, has, of in parts)))
    return pl.DataFrame(rows, schema=dict.fromkeys(("duty_id", "state", "evidence"), pl.String), orient="row")


def _state(parts: Sequence[tuple[str, int, int]], *, is_judged: bool) -> str:
    if is_judged:
        return "not_assessed"
    if any(has for _, has, _ in parts):
        return "answered" if all(has == of for _, has, of in parts) else "partial"
    return "none"


def sum_events(answers: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """Return event_id, activities, units, reach (null where none was measured) of each yearly day of section III.1.1."""
    rows = []
    for event in plan.events["event_id"]:
        of_day = answers.filter(pl.col(_flag(event)))
        reach = of_day["reach"].sum() if of_day["reach_reported"].sum() else None
        rows.append((event, int(of_day["activities"].sum()), of_day["unit_id"].n_unique(), reach))
    schema = {"event_id": pl.String, "activities": pl.Int64, "units": pl.Int64, "reach": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def sum_units(by_unit: pl.DataFrame, staff: pl.LazyFrame, budget: pl.LazyFrame, units: Sequence[str]) -> pl.DataFrame:
    """Return what each unit told of: unit_id, activities, quantity, reach, cost_vnd, staff_total, staff_reached, planned_vnd,
    allocated_vnd, disbursed_vnd; null where it told nothing.

    Args:
        by_unit: sums of the period's activities per unit (`sum_activities`).
        staff, budget: rows of `workforce` of the year and of `budget` of the period.
        units: ids in the order wanted; those that told nothing have a row, too.
    """
    told = by_unit.select(
        "unit_id", "activities", "quantity", reach=known_sum("reach"), cost_vnd=known_sum("cost_vnd", "cost")
    )
    people = latest_snapshots(staff).select("unit_id", "staff_total", "staff_reached").collect()
    rows = pl.DataFrame({"unit_id": list(units)}, schema={"unit_id": pl.String})
    for frame in (told, people, budget_by("unit_id", budget, units).drop("rate")):
        rows = rows.join(frame, on="unit_id", how="left", maintain_order="left")
    return frames.narrow(rows)


def known_sum(column: str, reported: str | None = None) -> pl.Expr:
    """Return a sum of `sum_activities`; null where no row told it."""
    return pl.when(pl.col(f"{reported or column}_reported") > 0).then(pl.col(column))


def require_codes(plan: Plan) -> None:
    """Raise PlanError where a rule names a code or a table that the contract does not have."""
    rules = [("measure_evidence", name, list_name) for name, list_name in _LOOKS_AT.items()]
    for table, column, list_name in (("products", "activity_types", "activity_type"), *rules):
        _require(table, column, _values(getattr(plan, table), column), load_codes(list_name))
    _require("measure_evidence", "tables", _values(plan.measure_evidence, "tables"), TABLES)


def _values(frame: pl.DataFrame, column: str) -> Iterable[str]:
    return frame[column].explode().drop_nulls().unique(maintain_order=True).to_list()


def _require(table: str, column: str, values: Iterable[str], known: Collection[str]) -> None:
    if unknown := next((value for value in values if value not in known), None):
        raise PlanError(
            f"{table}.csv, cột «{column}»: không có mã «{unknown}»; ghi mã có trong biểu mẫu: {', '.join(known)}."
        )
