"""How the tasks of the appendix go: one status per task and unit that leads it; contract §3 and §4.

In: rows of `task_progress` of the year (of tasks over years: of the years before, too), who leads what, cadences and due
days. Out: statuses of the list `report_status`, their counts, completion rates that name their base, and the traces.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nq57kit.indicators import frames
from nq57kit.submissions.contract import code_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from nq57kit.indicators.model import Inputs, Results
    from nq57kit.plan import Plan

#: Statuses of work that is done, that is late and not done, and of work that nobody told of.
DONE: Final = frozenset({"hoan_thanh_dung_han", "hoan_thanh_qua_han", "hoan_thanh_thieu_ngay", "hoan_thanh"})
OVERDUE: Final = frozenset({"dang_thuc_hien_qua_han", "chua_thuc_hien_qua_han"})
UNREPORTED: Final = "chua_bao_cao"
#: Status of work that is not overdue and that its unit calls late; those of work that is not done, and not overdue.
SAID_LATE: Final = "dang_thuc_hien_cham"
UNFINISHED: Final = frozenset({"chua_thuc_hien", "dang_thuc_hien", SAID_LATE, "dang_thuc_hien_trong_han"})
#: Cadences (plan's tasks.csv) without a day on which they could be overdue; that of the ministry's own report, which is not
#: overdue in the report that is its product; that of a task that runs over years.
ENDLESS: Final = frozenset({"continuous", "annual_continuous"})
THE_REPORT: Final = "by_date"
_SPAN: Final = "span"
#: The finding of intake on a status by which a unit itself says that it is late.
_LATE_WORDS: Final = "said-to-be-late"
_ELSEWHERE: Final = "Đơn vị không thuộc danh sách phải báo cáo của kỳ"
#: What a unit says of a task; the form's list has no other.
_IDLE, _BEGUN, _FINISHED, _NOT_BEGUN = "khong_phat_sinh", "dang_thuc_hien", "hoan_thanh", "chua_thuc_hien"
_KEY: Final = ["task_id", "unit_id"]
_MADE: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "task_id": pl.Int64,
    "unit_id": pl.String,
    "products": pl.String,
    "missing": pl.List(pl.String),
}
_SAID: Final = ["percent_complete", "completed_on", "period", "products_delivered", "explanation", "next_steps"]


def due_days(plan: Plan, year: int) -> pl.DataFrame:
    """Return task_id, cadence, due_on (null: never falls due), begins_on (no earlier day is one of it) of tasks in `year`."""
    days = [plan.due_date(task_id, year) for task_id in plan.tasks["task_id"].to_list()]
    first, this = (plan.period(str(one)).window.start for one in (plan.settings.first_year, year))
    begins = pl.when(pl.col("cadence") == _SPAN).then(pl.lit(first)).otherwise(pl.lit(this))
    return plan.tasks.select("task_id", "cadence", pl.Series("due_on", days, dtype=pl.Date), begins_on=begins)


def statements(inputs: Inputs, scope: frames.Scope) -> pl.LazyFrame:
    """Return the rows of `task_progress` of the year, and of a task over years those of earlier years by which it was done."""
    late = _said_late(inputs.findings)
    year = scope.year("task_progress").join(
        late, on=["sender", "period", "source_row"], how="left", maintain_order="left"
    )
    spans = inputs.plan.tasks.filter(pl.col("cadence") == _SPAN)["task_id"].implode()
    earlier = [frames.open_scopes(one)[0].year("task_progress") for one in inputs.history]
    if not earlier:
        return year
    done = _latest(pl.concat(earlier).filter(pl.col("task_id").is_in(spans))).filter(pl.col("status") == _FINISHED)
    return pl.concat([done, year], how="diagonal")


def _said_late(findings: pl.DataFrame) -> pl.LazyFrame:
    """Return sender, period, source_row of the rows whose unit calls the task late in its own words, with `said_late`."""
    schema = {"sender": pl.String, "period": pl.String, "source_row": pl.Int64, "said_late": pl.Boolean}
    if findings.is_empty():
        return pl.LazyFrame(schema=schema)
    said = findings.lazy().filter(pl.col("code") == _LATE_WORDS).unique(["unit_id", "period", "cell"])
    row = pl.col("cell").str.extract(r"(\d+)$").cast(pl.Int64)
    return said.select("period", sender="unit_id", source_row=row, said_late=pl.lit(value=True)).select(list(schema))


def status_expr(as_of: date) -> pl.Expr:
    """Return the derived status, over the columns reported_status, cadence, due_on, completed_on, older, date_doubt, said_late.

    A task is overdue from the day after its due day; by words of an earlier half, and in the report that is its product,
    it is not. What has no due day, or a day of completion that cannot be, is neither in time nor late.
    """
    said, cadence = pl.col("reported_status"), pl.col("cadence")
    passed = (pl.lit(as_of) > pl.col("due_on")).fill_null(value=False)
    overdue = passed & ~pl.col("older") & (cadence != THE_REPORT)
    unjudged = pl.col("due_on").is_null() | pl.col("date_doubt").is_not_null()
    endless = cadence.is_in(ENDLESS)
    return (
        pl.when(said.is_null())
        .then(pl.lit(UNREPORTED))
        .when(said == _IDLE)
        .then(pl.lit(_IDLE))
        .when(said == _NOT_BEGUN)
        .then(_either(overdue, "chua_thuc_hien_qua_han", "chua_thuc_hien"))
        .when((said == _BEGUN) & pl.col("said_late") & ~overdue)
        .then(pl.lit(SAID_LATE))
        .when((cadence == "continuous") | (endless & (said == _BEGUN)))
        .then(pl.lit("thuong_xuyen"))
        .when((said == _BEGUN) & passed)
        .then(_either(overdue, "dang_thuc_hien_qua_han", "dang_thuc_hien"))
        .when(said == _BEGUN)
        .then(pl.lit("dang_thuc_hien_trong_han"))
        .when(pl.col("completed_on").is_null())
        .then(pl.lit("hoan_thanh_thieu_ngay"))
        .when(unjudged)
        .then(pl.lit("hoan_thanh"))
        .otherwise(_either(pl.col("completed_on") > pl.col("due_on"), "hoan_thanh_qua_han", "hoan_thanh_dung_han"))
    )


def _date_doubt(as_of: date) -> pl.Expr:
    """Return why a day of completion cannot be: `after` the report's day, `before` the year (a task over years: the plan)."""
    day = pl.col("completed_on")
    return (
        pl.when(pl.col("reported_status") == _FINISHED, day > pl.lit(as_of))
        .then(pl.lit("after"))
        .when(pl.col("reported_status") == _FINISHED, day < pl.col("begins_on"))
        .then(pl.lit("before"))
    )


def _either(condition: pl.Expr, yes: str, no: str) -> pl.Expr:
    return pl.when(condition).then(pl.lit(yes)).otherwise(pl.lit(no))


def task_status(
    progress: pl.LazyFrame,
    leads: pl.DataFrame,
    due: pl.DataFrame,
    units: Sequence[str],
    as_of: date,
    *,
    made: pl.DataFrame | None = None,
    until: str = "",
) -> pl.DataFrame:
    """Return one row per task and unit that leads it, with the unit's statement that holds for the year.

    Args:
        progress: rows of `task_progress` of the year up to the period (`statements`).
        leads: task_id, unit_id.
        due: from `due_days`.
        units: ids of the units that must report, in order; others are left aside.
        as_of: the day on which the report is drawn.
        made: what was found of each task's products (`evidence.product_states`).
        until: the last half of which reports are in; words of an earlier one accuse nobody.

    Returns: the columns of `Results.task_status`; `chua_bao_cao` where nothing came. Products are those of all halves.
    """
    if "said_late" not in progress.collect_schema():
        progress = progress.with_columns(said_late=pl.lit(value=False))
    words = _words_of_year(progress)
    latest = _latest(progress).select(*_KEY, pl.col("status").alias("reported_status"), *_SAID, "said_late")
    delivered = pl.when(pl.col("made") != "").then("made")
    told = latest.join(words, on=_KEY).with_columns(products_delivered=delivered).collect()
    older, done = (pl.col("last") < until).fill_null(value=False), pl.col("status").is_in(DONE)
    rows = (
        leads.select(_KEY)
        .unique(maintain_order=True)
        .filter(pl.col("unit_id").is_in(list(units)))
        .join(due, on="task_id", how="inner", maintain_order="left")
        .join(told, on=_KEY, how="left", maintain_order="left")
        .with_columns(pl.col("said_late").fill_null(value=False), older=older, date_doubt=_date_doubt(as_of))
        .with_columns(status=status_expr(as_of))
        .with_columns(
            is_due=((pl.col("due_on") < as_of) & (pl.col("cadence") != THE_REPORT)).fill_null(value=False),
            is_told=done | ((pl.col("status") != UNREPORTED) & ~pl.col("older")),
        )
        .join(pl.DataFrame(schema=_MADE) if made is None else made, on=_KEY, how="left", maintain_order="left")
    )
    columns = [
        *_KEY,
        *("status", "reported_status", "percent_complete", "due_on", "completed_on", "period"),
        *("products_delivered", "explanation", "next_steps", "cadence", "said", "products", "missing"),
        *("older", "date_doubt", "is_due", "is_told"),
    ]
    return frames.in_order(rows.select(columns), {"task_id": due["task_id"].to_list(), "unit_id": list(units)})


def _latest(progress: pl.LazyFrame) -> pl.LazyFrame:
    """Return one statement per unit and task: the furthest state reached in the year, last told (contract §6).

    «Không phát sinh» is said of a half and undoes nothing. What was done stays done unless a later half tells of work, or of
    none begun; from then on the furthest state counts anew.
    """
    status = pl.col("status")
    each = progress.sort("period", "source_row").unique([*_KEY, "period"], keep="last", maintain_order=True)
    times_done = (status == _FINISHED).cum_sum().over(_KEY)
    by = (status != _IDLE, times_done, status == _BEGUN, status == _NOT_BEGUN)
    return each.sort(*by, "period", maintain_order=True).unique(_KEY, keep="last", maintain_order=True)


def _words_of_year(progress: pl.LazyFrame) -> pl.LazyFrame:
    """Return what a unit said of a task in each half (`said`), the last of them, and the products of all in one text."""
    each = progress.sort("period", "source_row").unique([*_KEY, "period"], keep="last", maintain_order=True)
    products = pl.col("products_delivered").drop_nulls().unique(maintain_order=True)
    return each.group_by(_KEY, maintain_order=True).agg(
        said=pl.struct("period", "status", "percent_complete"),
        last=pl.col("period").max(),
        made=products.str.join("; "),
    )


def task_summary(statuses: pl.DataFrame) -> pl.DataFrame:
    """Return task_id, status, units (how many) for every status that occurs."""
    counted = statuses.group_by("task_id", "status").agg(pl.len().cast(pl.Int64).alias("units"))
    return frames.in_order(
        counted, {"task_id": sorted(set(statuses["task_id"])), "status": frames.code_order("report_status")}
    )


def completion(statuses: pl.DataFrame) -> pl.DataFrame:
    """Return completed tasks × units over two bases: `due` (their due day has passed) and `all`.

    Tasks without an end never fall due, and the ministry's own report does not in the report that it is. Silence is no
    answer: what nobody told of, or a unit has told nothing of since an earlier half (and was not done then), is `unreported`
    and not in the denominator.

    Returns: base, numerator, denominator (told), value (0-1, null where nothing is told), unreported, overdue and idle (of the
        denominator; of what is due, with the numerator they are all of it), with_products (of the numerator, those whose
        products were all found; null where the plan lists none).
    """
    status = pl.col("status")
    rows: list[dict[str, Any]] = []
    for base, inside in (("due", pl.col("is_due")), ("all", pl.lit(value=True))):
        members = statuses.filter(inside)
        known = members.filter("is_told")
        done = known.filter(status.is_in(DONE))
        listed = done["products"].drop_nulls()
        rows.append(
            {
                "base": base,
                "numerator": done.height,
                "denominator": known.height,
                "value": done.height / known.height if known.height else None,
                "unreported": members.height - known.height,
                "overdue": known.filter(status.is_in(OVERDUE)).height,
                "idle": known.filter(status == _IDLE).height,
                "with_products": int((listed == "complete").sum()) if listed.len() == done.height else None,
            }
        )
    counts = dict.fromkeys(("numerator", "denominator", "unreported", "overdue", "idle", "with_products"), pl.Int64)
    return pl.DataFrame(rows, schema_overrides={**counts, "value": pl.Float64})


def left_out_progress(
    progress: pl.LazyFrame, leads: pl.DataFrame, units: Sequence[str], absent: Mapping[str, str] | None = None
) -> pl.DataFrame:
    """Return rows about tasks that the unit does not lead, or repeated in one submission, with the reason.

    `absent` says of units that are not there in the period what became of them.
    """
    elsewhere = pl.col("unit_id").replace_strict(absent or {}, default=_ELSEWHERE, return_dtype=pl.String)
    leading = leads.lazy().select(_KEY).unique().with_columns(is_lead=pl.lit(value=True))
    marked = (
        progress.join(leading, on=_KEY, how="left")
        .with_columns(last_row=pl.col("source_row").max().over("unit_id", "period", "task_id"))
        .with_columns(
            reason=pl.when(~pl.col("unit_id").is_in(list(units)))
            .then(elsewhere)
            .when(pl.col("is_lead").is_null())
            .then(pl.lit("Đơn vị không chủ trì nhiệm vụ này theo Phụ lục của Kế hoạch"))
            .when(pl.col("source_row") < pl.col("last_row"))
            .then(pl.lit("Nhiệm vụ ghi nhiều lần trong một báo cáo: lấy dòng cuối"))
        )
        .filter(pl.col("reason").is_not_null())
    )
    return frames.left_out_lines(
        marked, "task_progress", pl.format("Nhiệm vụ {}", "task_id"), pl.col("reason")
    ).collect()


def list_figures(results: Results, scope: frames.Scope) -> Iterator[frames.Traceable]:
    """Yield how many units stand at each status of a task, and the status of each task and unit."""
    for task, status, units in results.task_summary.iter_rows():
        find = partial(_trace, results, scope, task, status=status)
        yield frames.Traceable(f"task_status.{task}.{status}", {"counted": units}, find)
    for base, part, whole in results.completion.select("base", "numerator", "denominator").iter_rows():
        counts = {"numerator": part, "denominator": whole}
        yield frames.Traceable(f"completion.{base}", counts, partial(_trace_completion, results, scope, base))
    for task, unit in results.task_status.select(_KEY).iter_rows():
        find = partial(_trace, results, scope, task, unit=unit)
        yield frames.Traceable(f"unit_task_status.{unit}.{task}", {"counted": 1}, find)


def _trace_completion(results: Results, scope: frames.Scope, base: str) -> pl.DataFrame:
    """Return the statements about the tasks of a base, of them those told as done, and those of whom nothing is told (`completion`)."""
    members = results.task_status.filter(pl.col("is_due") if base == "due" else pl.lit(value=True))
    parts = []
    for (task,), rows in members.group_by("task_id", maintain_order=True):
        told = _trace(results, scope, int(str(task)))
        known = rows.filter("is_told")
        every, counted = pl.col("unit_id").is_in(rows["unit_id"].implode()), pl.col("role") == "counted"
        spoken = told.filter(counted & pl.col("unit_id").is_in(known["unit_id"].implode()))
        silent = told.filter(counted & every).join(spoken, on="unit_id", how="anti", maintain_order="left")
        done = known.filter(pl.col("status").is_in(DONE))["unit_id"].implode()
        parts += [
            spoken.with_columns(role=pl.lit("denominator")),
            spoken.filter(pl.col("unit_id").is_in(done)).with_columns(role=pl.lit("numerator")),
            silent.with_columns(role=pl.lit("left_out"), amount=0, reason=pl.lit("Chưa có báo cáo về đầu việc này")),
            told.filter(pl.col("role") == "left_out"),
        ]
    return frames.stack(frames.trace_nowhere([]), *parts)


def _trace(
    results: Results, scope: frames.Scope, task_id: int, *, status: str | None = None, unit: str | None = None
) -> pl.DataFrame:
    """Return the statements about a task that give its statuses, and the rows about it that do not count."""
    about = [pl.col("task_id") == task_id, *([] if unit is None else [pl.col("unit_id") == unit])]
    rows, statuses = statements(results.inputs, scope).filter(about), results.task_status.filter(about)
    if status is not None:
        statuses = statuses.filter(pl.col("status") == status)
    units = statuses.lazy().select("unit_id")
    latest, identity = _latest(rows), ["unit_id", "period", "source_row"]
    said = latest.join(statuses.lazy().select(*_KEY, derived="status"), on=_KEY)
    silent = statuses.filter(pl.col("period").is_null())
    nothing = {"role": "counted", "amount": 1, "table": "task_progress", "field": "status",
               "reason": "Đơn vị chưa báo cáo nhiệm vụ này"}  # fmt: skip
    left = frames.trace_left_out(results.left_out, rows, "task_progress", "status")
    older = rows.join(latest, on=identity, how="anti").join(units, on="unit_id", how="semi")
    older = older.join(left.lazy().select(identity), on=identity, how="anti")
    older = older.join(latest.select(*_KEY, held="period"), on=_KEY, how="left")
    labels = {code: code_label("report_status", code) for code in frames.code_order("report_status")}
    derived = pl.col("derived").replace_strict(labels, default=pl.col("derived"), return_dtype=pl.String)
    not_held = (
        pl.when(pl.col("status") == _IDLE)
        .then(pl.lit("«Không phát sinh» của một kỳ không thay kết quả khác trong năm"))
        .when(pl.col("period") > pl.col("held"))
        .then(pl.lit("Kết quả của năm là mức cao nhất đã báo cáo"))
        .otherwise(pl.lit("Đơn vị đã báo cáo lại ở kỳ sau"))
    )
    return frames.stack(
        frames.trace_cells(said, "task_progress", "status", "counted", 1, reason=derived),
        frames.trace_nowhere(nothing | {"unit_id": unit} for unit in silent["unit_id"]),
        left,
        frames.trace_cells(older, "task_progress", "status", "left_out", 0, reason=not_held),
    )
