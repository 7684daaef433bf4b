"""What answers the plan: products of the appendix, measures of section III, duties of section IV, the yearly days; contract §6.

In: activities of the year that count, the tables that a rule names, the plan's tables of rules. Out: per unit and in all
what was found and who is silent. The rules are rows of the plan folder; only how a rule is read stands here.
"""

from __future__ import annotations

from functools import partial, reduce
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import polars.selectors as cs

from nq57kit.errors import PlanError
from nq57kit.indicators import frames
from nq57kit.indicators.difficulties import answers_given
from nq57kit.indicators.money import budget_by
from nq57kit.indicators.outputs import counted_activities, list_left_out, sum_activities, trace_activities
from nq57kit.indicators.people import latest_snapshots
from nq57kit.indicators.reporting import letters_for, list_letters, trace_letters, trace_timeliness
from nq57kit.submissions.contract import TABLES, code_label, load_codes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from nq57kit.indicators.model import Results
    from nq57kit.plan import Plan

__all__ = ["answer_measures", "assess_duties", "compare_events", "count_answers", "find_products", "fits_rule", "list_figures",
           "of_units", "one_each", "product_states", "sum_events", "sum_events_of_units", "sum_measures", "sum_products", "sum_roles", "sum_units",
           "trace_rows"]  # fmt: skip

#: How the fields of a task's activities begin, by the role of their units.
ROLES: Final = {"leading": "lead", "coordination": "coordinate", "no_role": "none"}
#: A «sự kiện hưởng ứng» belongs to a yearly day within so many days of it (contract §6).
EVENT_DAYS: Final = 7
_EVENT_TYPE: Final = "su_kien"
#: What a row of another table must tell to answer a measure, and in which field; one that is not here answers by any row.
_TELLING: Final[Mapping[str, tuple[str, pl.Expr]]] = {"budget": ("allocated_vnd", pl.col("allocated_vnd") > 0)}
#: Columns of a rule → the column of an activity that it looks at, and the list of codes whose values it may name.
_LOOKS_AT: Final = {"activity_types": "activity_type", "channels": "channel", "audiences": "audience"}


def count_answers(activities: pl.LazyFrame, plan: Plan, year: int) -> pl.LazyFrame:
    """Return counted activities summed by what the rules look at; few rows whatever the number of activities.

    Returns: unit_id, task_id, activity_type, channel, audience, measure_id, a flag for each yearly day (`event.<id>`),
        and the sums of `sum_activities`.
    """
    flags = [_flag(event) for event in plan.events["event_id"]]
    return sum_activities(
        _with_flags(activities, plan, year), "unit_id", "task_id", *_LOOKS_AT.values(), "measure_id", *flags
    )


def _with_flags(activities: pl.LazyFrame, plan: Plan, year: int) -> pl.LazyFrame:
    return activities.with_columns(
        **{_flag(row["event_id"]): _is_of_event(row, year) for row in plan.events.iter_rows(named=True)}
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
    owed = (
        plan.leads()
        .filter(pl.col("unit_id").is_in(list(units)))
        .join(_products(plan), on="task_id", maintain_order="right_left")
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


def _products(plan: Plan) -> pl.DataFrame:
    """Return the products with `needed`: how many rows of its types a unit must have, as there are others of the same."""
    products = plan.products.with_columns(types=pl.col("activity_types").list.sort().list.join("|"))
    return products.with_columns(needed=pl.int_range(pl.len()).over("task_id", "types") + 1)


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
    rules = {measure: _rule_of(plan, measure) for measure in plan.measures["measure_id"]}
    fits = [pl.when(_answers(measure, rule)).then(pl.lit(measure)) for measure, rule in rules.items()]
    every = answers.lazy().select("unit_id", "activities", "quantity", measure_id=pl.concat_list(fits))
    found = [every.explode("measure_id").drop_nulls("measure_id").collect()]
    for measure, rule in rules.items():
        rows = (_count_rows(_telling_rows(table(name), name)) for name in rule["tables"])
        found += [one.with_columns(measure_id=pl.lit(measure)) for one in rows]
    told = (
        pl.concat(found)
        .group_by("measure_id", "unit_id")
        .agg(rows=pl.col("activities").sum(), quantity=frames.total("quantity"))
    )
    both = asked.join(told, on=["measure_id", "unit_id"], how="left", maintain_order="left")
    return frames.narrow(both.with_columns(pl.col("rows", "quantity").fill_null(0)))


def _rule_of(plan: Plan, measure: str) -> dict[str, Any]:
    none: dict[str, Any] = {name: [] for name in (*_LOOKS_AT, "events", "tables")}
    rules = plan.measure_evidence.filter(pl.col("measure_id") == measure).to_dicts()
    return rules[0] if rules else none


def _answers(measure: str, rule: Mapping[str, Any]) -> pl.Expr:
    """Return whether an activity answers a measure: it names it, or names none and fits the rule."""
    names = pl.col("measure_id")
    return (names == measure).fill_null(value=False) | (names.is_null() & fits_rule(rule))


def fits_rule(rule: Mapping[str, Any]) -> pl.Expr:
    """Return the condition of a rule on activities; none fits one that speaks of other tables alone."""
    conditions = [pl.col(column).is_in(rule[name]) for name, column in _LOOKS_AT.items() if rule[name]]
    if rule.get("events"):
        conditions.append(reduce(pl.Expr.or_, (pl.col(_flag(event)) for event in rule["events"])))
    fits = reduce(pl.Expr.and_, conditions) if conditions else pl.lit(value=False)
    return fits.fill_null(value=False)


def _telling_rows(table: pl.LazyFrame, name: str) -> pl.LazyFrame:
    return table.filter(_TELLING[name][1]) if name in _TELLING else table


def _count_rows(table: pl.LazyFrame) -> pl.DataFrame:
    rows = pl.len().cast(pl.Int64)
    return table.group_by("unit_id").agg(activities=rows, quantity=pl.lit(0, dtype=pl.Int128)).collect()


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
    *,
    letters: Sequence[tuple[str, str, date]] = (),
    questions: pl.DataFrame | None = None,
    planned: tuple[int, int] | None = None,
) -> pl.DataFrame:
    """Return duty_id, state (a code of `duty_state`), evidence (Vietnamese), numerator, denominator of every duty of section IV.

    The two numbers are those of its evidence, added up over its parts.

    Args:
        found: from `find_products`.
        reporting: unit_id, on_time of every unit and half that had to be reported.
        locked: of each half of the year up to the period, whether it is locked.
        judgements: duty → met | not_met, as a person judged it.
        letters: unit, period and day of the letters of the year (`reporting.list_letters`); of a duty about yearly plans those about one.
        questions: from `difficulties.gather_questions`; of a duty that answers tell of, those addressed to its holders.
        planned: how many units sent a plan of the year, of how many; None where nobody did.
    """
    texts = dict(plan.products.select("product_id", "text").iter_rows())
    rows = []
    for duty in plan.duties["duty_id"]:
        sources, products, holders = _sources_of(plan, duty)
        parts: list[tuple[str, int, int]] = []
        for product in products:
            rows_of = found.filter(pl.col("product_id") == product, pl.col("unit_id").is_in(holders))["found"]
            parts.append((f"Sản phẩm «{texts[product]}» (đơn vị)", int(rows_of.sum()), rows_of.len()))
        if "reports_on_time" in sources:
            sent = reporting.filter(pl.col("unit_id").is_in(holders))["on_time"]
            parts.append(("Báo cáo gửi đúng hạn (đơn vị × kỳ)", int(sent.fill_null(value=False).sum()), sent.len()))
        if "plans_received" in sources and planned:
            parts.append(("Kế hoạch năm đã nhận (đơn vị)", *planned))
        if "reports_locked" in sources:
            parts.append(("Kỳ 6 tháng đã khóa số liệu", sum(locked), len(locked)))
        if pressed := len(letters_for(sources, letters)):
            parts.append(("Công văn đôn đốc đã ghi sổ", pressed, pressed))
        if questions is not None and (asked := answers_given(sources, questions, holders)):
            parts.append(("Khó khăn, kiến nghị đã có trả lời", sum(asked.values()), len(asked)))
        state = judgements.get(duty) or _state(parts, is_judged="judged" in sources)
        words = "; ".join(f"{label}: {has}/{of}" for label, has, of in parts)
        rows.append((duty, state, words, sum(has for _, has, _ in parts), sum(of for _, _, of in parts)))
    schema = dict.fromkeys(("duty_id", "state", "evidence"), pl.String) | {
        "numerator": pl.Int64,
        "denominator": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _sources_of(plan: Plan, duty: str) -> tuple[list[str], list[str], list[str]]:
    """Return what tells of a duty, the products that it asks for (none where another source tells), and the units that hold it."""
    rules = plan.duty_evidence.filter(pl.col("duty_id") == duty).select("source", "products").rows()
    sources, products = rules[0] if rules else ([], [])
    holders = plan.addressed("duties").filter(pl.col("duty_id") == duty)["unit_id"].to_list()
    return sources, products if "products" in sources else [], holders


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


def compare_events(
    events: pl.DataFrame, both: tuple[pl.DataFrame, pl.DataFrame, int] | None, plan: Plan
) -> pl.DataFrame:
    """Return the yearly days beside those of the year before, over the units that told of both.

    Args:
        events: from `sum_events`.
        both: answers (`count_answers`) of this year and of the year before, of those units, and how many they are; None without any.

    Returns: `events` with compared_activities, compared_reach, previous_activities, previous_reach, common_units; null without any.
    """
    names = ("activities", "reach")
    if both is None:
        return events.with_columns(
            pl.lit(None, dtype=pl.Int64).alias(name)
            for name in (*(f"{when}_{one}" for when in ("compared", "previous") for one in names), "common_units")
        )
    for when, answers in zip(("compared", "previous"), both[:2], strict=True):
        told = sum_events(answers, plan).select("event_id", **{f"{when}_{name}": name for name in names})
        events = events.join(told, on="event_id", how="left", maintain_order="left")
    return events.with_columns(common_units=pl.lit(both[2], dtype=pl.Int64))


def sum_events_of_units(answers: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """Return what each unit did for each yearly day: event_id, unit_id, activity_types (list), activities, quantity, reach."""
    days = [
        answers.filter(pl.col(_flag(event))).with_columns(event_id=pl.lit(event)) for event in plan.events["event_id"]
    ]
    summed = (
        pl.concat(days)
        .group_by("event_id", "unit_id")
        .agg(
            pl.col("activity_type").unique().sort().alias("activity_types"),
            pl.col("activities").sum(),
            frames.total("quantity"),
            pl.when(pl.col("reach_reported").sum() > 0).then(frames.total("reach")).alias("reach"),
        )
    )
    orders = {"event_id": plan.events["event_id"].to_list(), "unit_id": plan.units["unit_id"].to_list()}
    return frames.narrow(frames.in_order(summed, orders))


def sum_roles(by_unit_and_task: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """Return what each unit did under each task, by its role there: contract §6.

    A unit that leads a task leads it, also where it coordinates as well. All rows count in the sums of activities, whatever
    the role; products are looked for in those of leading units alone.

    Returns: task_id, unit_id, role (lead | coordinate | none), activities, quantity, reach (null where none was measured).
    """
    key = ["task_id", "unit_id"]
    roles = pl.concat(
        [plan.leads().with_columns(role=pl.lit("lead")), plan.coordinators().with_columns(role=pl.lit("coordinate"))]
    ).unique(key, keep="first", maintain_order=True)
    told = by_unit_and_task.select(*key, "activities", "quantity", reach=known_sum("reach"))
    rows = told.join(roles, on=key, how="left").with_columns(pl.col("role").fill_null("none"))
    orders = {"task_id": plan.tasks["task_id"].to_list(), "unit_id": plan.units["unit_id"].to_list()}
    return frames.narrow(frames.in_order(rows.select(*key, "role", "activities", "quantity", "reach"), orders))


def count_roles(roles: pl.DataFrame) -> pl.DataFrame:
    """Return task_id and, for each of `ROLES`, «<role>_activities» and «<role>_units»: of every task with activities."""
    return roles.group_by("task_id").agg(
        one
        for name, role in ROLES.items()
        for one in (
            pl.col("activities").filter(pl.col("role") == role).sum().alias(f"{name}_activities"),
            (pl.col("role") == role).sum().cast(pl.Int64).alias(f"{name}_units"),
        )
    )


def sum_units(by_unit: pl.DataFrame, staff: pl.LazyFrame, budget: pl.LazyFrame, units: Sequence[str]) -> pl.DataFrame:
    """Return what each unit told of: unit_id, activities, quantity, reach, cost_vnd, staff_total, staff_reached, planned_vnd,
    allocated_vnd, disbursed_vnd; null where it told nothing.

    Args:
        by_unit: sums of the period's activities by unit and task (`sum_activities`).
        staff, budget: rows of `workforce` of the year and of `budget` of the period.
        units: ids in the order wanted; those that told nothing have a row, too.
    """
    told = by_unit.group_by("unit_id").agg(
        pl.col("activities").sum(),
        *map(frames.total, ("quantity", "reach", "cost_vnd")),
        cs.ends_with("_reported").sum(),
    )
    told = told.select(
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
    rules += [("network_members", name, list_name) for name, list_name in _LOOKS_AT.items()]
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


# Traces -------------------------------------------------------------------------------------------

_ONCE: Final = "Đơn vị được tính một lần, ở dòng khác"
_NO_ROW: Final = "Không có dòng nào trong báo cáo đã nhận của năm"


def list_figures(results: Results, scope: frames.Scope) -> Iterator[frames.Traceable]:
    """Yield the counts of each product, measure, duty and yearly day."""
    for row in results.products.iter_rows(named=True):
        for column in ("owed", "found"):
            find = partial(_trace_product, results, scope, row, column)
            yield frames.Traceable(f"products.{row['product_id']}.{column}", {"counted": row[column]}, find)
    for row in results.measures.iter_rows(named=True):
        for column in ("asked", "answered", "rows", "quantity"):
            find = partial(_trace_measure, results, scope, row, column)
            yield frames.Traceable(f"measures.{row['measure_id']}.{column}", {"counted": row[column]}, find)
    for row in results.duties.iter_rows(named=True):
        counts = {"numerator": row["numerator"], "denominator": row["denominator"]}
        yield frames.Traceable(f"duties.{row['duty_id']}", counts, partial(_trace_duty, results, scope, row["duty_id"]))
    for row in results.events.iter_rows(named=True):
        for column in ("activities", "units", "reach"):
            find = partial(_trace_event, results, scope, row["event_id"], column)
            yield frames.Traceable(f"events.{row['event_id']}.{column}", {"counted": row[column]}, find)
    for row in count_roles(results.roles).iter_rows(named=True):
        for name, role in ROLES.items():
            units = results.roles.filter(pl.col("task_id") == row["task_id"], pl.col("role") == role)["unit_id"]
            wanted = (pl.col("task_id") == row["task_id"]) & pl.col("unit_id").is_in(units.implode())
            find = partial(trace_activities, results, scope, wanted, "task_id", 1)
            place = f"by_task.{row['task_id']}.{name}"
            yield frames.Traceable(f"{place}_activities", {"counted": row[f"{name}_activities"]}, find)
            yield frames.Traceable(f"{place}_units", {"counted": row[f"{name}_units"]}, partial(_of_each, find))


def trace_rows(
    results: Results, scope: frames.Scope, wanted: pl.Expr, field: str = "activity_type", amount: int | None = 1
) -> pl.DataFrame:
    """Return the activities of the year that fit, as counted with `amount` (None: the field's value), and those outside a window."""
    every = _with_flags(scope.year("activities"), results.inputs.plan, scope.period.year).filter(wanted)
    counted, left = counted_activities(every, scope.until), list_left_out(every, scope.until).collect()
    return frames.stack(
        frames.trace_told(counted, "activities", field, amount),
        frames.trace_left_out(left, every, "activities", field),
    )


def one_each(rows: pl.DataFrame, needed: int = 1) -> pl.DataFrame:
    """Return a trace in which a unit counts once, by its row number `needed`; its other rows add nothing."""
    counted = pl.col("role") == "counted"
    place = pl.int_range(pl.len()).over("role", "unit_id", order_by=["period", "source_sheet", "source_row"]) + 1
    stands, enough = counted & (place == needed), pl.len().over("role", "unit_id") >= needed
    few = f"Chưa đủ {needed} dòng: Phụ lục có {needed} sản phẩm cùng loại"
    reason = pl.when(counted & ~enough).then(pl.lit(few)).when(counted & ~stands).then(pl.lit(_ONCE))
    return rows.with_columns(amount=stands.cast(pl.Int64), reason=reason.otherwise("reason"))


def _of_each(find: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    return one_each(find())


def of_units(units: Iterable[str], role: str, reason: str) -> pl.DataFrame:
    """Return one row for each unit that stands in no cell."""
    told = {"role": role, "amount": int(role != "left_out"), "table": "activities", "field": "activity_type"}
    return frames.trace_nowhere(told | {"unit_id": unit, "reason": reason} for unit in units)


def _trace_product(results: Results, scope: frames.Scope, row: Mapping[str, Any], column: str) -> pl.DataFrame:
    product = _products(results.inputs.plan).row(by_predicate=pl.col("product_id") == row["product_id"], named=True)
    owing = results.unit_products.filter(pl.col("product_id") == row["product_id"])
    once = row["owed"] < owing.height  # `per` is «task»
    units = owing["unit_id"].to_list()
    if column == "owed":
        return of_units(units[: row["owed"]], "counted", f"Chủ trì nhiệm vụ {product['task_id']}: «{product['text']}»")
    there = owing.filter("found")["unit_id"].to_list()[: 1 if once else None]
    wanted = (pl.col("task_id") == product["task_id"]) & pl.col("activity_type").is_in(product["activity_types"])
    rows = one_each(trace_rows(results, scope, wanted & pl.col("unit_id").is_in(units)), product["needed"])
    rows = rows.with_columns(amount=pl.col("amount") * pl.col("unit_id").is_in(there))
    left = set(row["missing_units"]) - set(rows.filter(pl.col("role") == "counted")["unit_id"])
    others = trace_rows(results, scope, wanted & ~pl.col("unit_id").is_in(units)).with_columns(
        role=pl.lit("left_out"), amount=0, reason=pl.lit("Đơn vị không chủ trì nhiệm vụ này")
    )
    return frames.stack(rows, others, of_units(sorted(left), "left_out", _NO_ROW))


def _trace_measure(results: Results, scope: frames.Scope, row: Mapping[str, Any], column: str) -> pl.DataFrame:
    plan, measure = results.inputs.plan, row["measure_id"]
    units = results.unit_measures.filter(pl.col("measure_id") == measure)["unit_id"].to_list()
    if column == "asked":
        asked = plan.measures.row(by_predicate=pl.col("measure_id") == measure, named=True)
        return of_units(units, "counted", f"{asked['citation']}: «{asked['audience']}»")
    rule, mine, names = _rule_of(plan, measure), pl.col("unit_id").is_in(units), pl.col("measure_id")
    field, amount = ("quantity", None) if column == "quantity" else ("activity_type", 1)
    parts = [trace_rows(results, scope, _answers(measure, rule) & mine, field, amount)]
    for name in rule["tables"]:
        cell = _TELLING[name][0] if name in _TELLING else TABLES[name].fields[0].name
        told = _telling_rows(scope.year(name), name).filter(mine)
        parts.append(frames.trace_cells(told, name, cell, "counted", amount or 0))
    for fits, why in (
        (mine & (names != measure) & fits_rule(rule), "Dòng ghi một giải pháp khác: chỉ tính cho giải pháp đó"),
        (~mine & (names == measure), "Giải pháp không giao cho đơn vị này"),
    ):
        rows = _with_flags(scope.year("activities"), plan, scope.period.year).filter(fits)
        rows = counted_activities(rows, scope.until)
        parts.append(frames.trace_cells(rows, "activities", "measure_id", "left_out", 0, reason=why))
    found = frames.stack(*parts, of_units(row["silent_units"], "left_out", _NO_ROW))
    return one_each(found) if column == "answered" else found


def _trace_duty(results: Results, scope: frames.Scope, duty: str) -> pl.DataFrame:
    sources, products, holders = _sources_of(results.inputs.plan, duty)
    parts = []
    for product in products:
        mine = results.unit_products.filter(pl.col("product_id") == product, pl.col("unit_id").is_in(holders))
        row = {"product_id": product, "owed": mine.height, "missing_units": []}
        told = _trace_product(results, scope, row, "found").filter(pl.col("unit_id").is_in(holders))
        parts.append(told.with_columns(role=pl.col("role").replace({"counted": "numerator"})))
        parts.append(of_units(mine["unit_id"], "denominator", f"Sản phẩm {product}"))
        parts.append(of_units(mine.filter(~pl.col("found"))["unit_id"], "left_out", f"Chưa thấy sản phẩm {product}"))
    if "reports_on_time" in sources:
        parts.append(trace_timeliness(results, holders))
    sent = letters_for(sources, list_letters(results.inputs.letters))
    parts += [trace_letters(sent, role) for role in ("numerator", "denominator")]
    given = answers_given(sources, results.questions, holders)
    parts += [
        frames.trace_nowhere(
            {"role": role, "amount": 1, "table": "issues", "field": "description", "value": question}
            for question, answered in given.items()
            if answered or role == "denominator"
        )
        for role in ("numerator", "denominator")
    ]
    if "plans_received" in sources and not results.inputs.plans.is_empty():
        plan = {"table": "cover", "field": "plan", "amount": 1, "period": f"{results.inputs.period.year}-P"}
        for unit, state in results.plan_units.select("unit_id", "state").iter_rows():
            roles = ("denominator",) if state == "missing" else ("numerator", "denominator")
            value = {"unit_id": unit, "value": code_label("plan_state", state)}
            parts.append(frames.trace_nowhere(plan | value | {"role": role} for role in roles))
    if "reports_locked" in sources:
        halves = {str(half): str(half) in results.inputs.locked for half in results.inputs.period.year_so_far}
        lock = {"table": "cover", "field": "lock", "amount": 1}
        parts += [
            frames.trace_nowhere(
                lock | {"role": role, "period": half, "value": "đã khóa" if locked else "chưa khóa"}
                for half, locked in halves.items()
                if locked or role == "denominator"
            )
            for role in ("numerator", "denominator")
        ]
    return frames.stack(frames.trace_nowhere([]), *parts)


def _trace_event(results: Results, scope: frames.Scope, event: str, column: str) -> pl.DataFrame:
    field, amount = ("reach", None) if column == "reach" else ("name", 1)
    rows = trace_rows(results, scope, pl.col(_flag(event)), field, amount)
    return one_each(rows) if column == "units" else rows
