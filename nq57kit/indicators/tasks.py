"""How the tasks of the appendix go: one status per task and unit that leads it; contract §3 and §4.

In: rows of `task_progress` of the year, who leads what, cadences and due days. Out: statuses of the list
`report_status`, their counts, completion rates that name their base, and the traces.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import polars as pl

from nq57kit.indicators import frames
from nq57kit.submissions.contract import code_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from nq57kit.indicators.model import Results
    from nq57kit.plan import Plan

#: Cadences (plan's tasks.csv) that are never overdue: without an end, or judged only once reported as done.
_CONTINUOUS: Final = "continuous"
_ANNUAL_CONTINUOUS: Final = "annual_continuous"
#: Statuses of work that is done, that is late and not done, and of work that nobody told of.
DONE: Final = frozenset({"hoan_thanh_dung_han", "hoan_thanh_qua_han", "hoan_thanh_thieu_ngay"})
OVERDUE: Final = frozenset({"dang_thuc_hien_qua_han", "chua_thuc_hien_qua_han"})
UNREPORTED: Final = "chua_bao_cao"
#: Cadences without a day on which they could be overdue.
ENDLESS: Final = frozenset({_CONTINUOUS, _ANNUAL_CONTINUOUS})
_ELSEWHERE: Final = "Đơn vị không thuộc danh sách phải báo cáo của kỳ"
_IDLE: Final = "khong_phat_sinh"
_KEY: Final = ["task_id", "unit_id"]
_MADE: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "task_id": pl.Int64,
    "unit_id": pl.String,
    "products": pl.String,
    "missing": pl.List(pl.String),
}
_SAID: Final = ["percent_complete", "completed_on", "period", "products_delivered", "explanation", "next_steps"]


def due_days(plan: Plan, year: int) -> pl.DataFrame:
    """Return task_id, cadence, due_on (null: never falls due) of the plan's tasks in `year`."""
    days = [plan.due_date(task_id, year) for task_id in plan.tasks["task_id"].to_list()]
    return plan.tasks.select("task_id", "cadence").with_columns(pl.Series("due_on", days, dtype=pl.Date))


def status_expr(as_of: date) -> pl.Expr:
    """Return the derived status, over the columns reported_status, cadence, due_on and completed_on.

    A task is overdue from the day after its due day. «Thường xuyên» is never overdue; a task «Hằng năm / Thường
    xuyên» is judged against its day only when it is reported as done.
    """
    said = pl.col("reported_status")
    continuous = pl.col("cadence") == _CONTINUOUS
    judged = ~pl.col("cadence").is_in(ENDLESS)
    overdue = (judged & (pl.lit(as_of) > pl.col("due_on"))).fill_null(value=False)
    done_late = (pl.col("completed_on") > pl.col("due_on")).fill_null(value=False)
    return (
        pl.when(said.is_null())
        .then(pl.lit(UNREPORTED))
        .when(said == _IDLE)
        .then(pl.lit(_IDLE))
        .when(said == "chua_thuc_hien")
        .then(_either(overdue, "chua_thuc_hien_qua_han", "chua_thuc_hien"))
        .when(continuous | (~judged & (said == "dang_thuc_hien")))
        .then(pl.lit("thuong_xuyen"))
        .when(said == "dang_thuc_hien")
        .then(_either(overdue, "dang_thuc_hien_qua_han", "dang_thuc_hien_trong_han"))
        .when(pl.col("completed_on").is_null())
        .then(pl.lit("hoan_thanh_thieu_ngay"))
        .otherwise(_either(done_late, "hoan_thanh_qua_han", "hoan_thanh_dung_han"))
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
) -> pl.DataFrame:
    """Return one row per task and unit that leads it, with the unit's statement that holds for the year.

    Args:
        progress: rows of `task_progress` of the year up to the period.
        leads: task_id, unit_id.
        due: task_id, cadence, due_on (from `due_days`).
        units: ids of the units that must report, in order; others are left aside.
        as_of: the day on which the report is drawn.
        made: what was found of each task's products (`evidence.product_states`).

    Returns: the columns of `Results.task_status`, cadence and said (of each half: period, status, percent_complete);
        `chua_bao_cao` where nothing came. Products are those of all halves.
    """
    words = _words_of_year(progress)
    latest = _latest(progress).select(*_KEY, pl.col("status").alias("reported_status"), *_SAID)
    delivered = pl.when(pl.col("made") != "").then("made")
    statements = latest.join(words, on=_KEY).with_columns(products_delivered=delivered).collect()
    rows = (
        leads.select(_KEY)
        .unique(maintain_order=True)
        .filter(pl.col("unit_id").is_in(list(units)))
        .join(due, on="task_id", how="inner", maintain_order="left")
        .join(statements, on=_KEY, how="left", maintain_order="left")
        .with_columns(status=status_expr(as_of))
        .join(pl.DataFrame(schema=_MADE) if made is None else made, on=_KEY, how="left", maintain_order="left")
    )
    columns = [
        *_KEY,
        *("status", "reported_status", "percent_complete", "due_on", "completed_on", "period"),
        *("products_delivered", "explanation", "next_steps", "cadence", "said", "products", "missing"),
    ]
    return frames.in_order(rows.select(columns), {"task_id": due["task_id"].to_list(), "unit_id": list(units)})


def _latest(progress: pl.LazyFrame) -> pl.LazyFrame:
    """Return one statement per unit and task: the last that tells of work, else the last.

    «Không phát sinh» is said of a half: it undoes nothing that was said of the year before it (contract §6).
    """
    works = pl.col("status") != _IDLE
    each = progress.sort("period", "source_row").unique([*_KEY, "period"], keep="last", maintain_order=True)
    return each.sort(works, "period", maintain_order=True).unique(_KEY, keep="last", maintain_order=True)


def _words_of_year(progress: pl.LazyFrame) -> pl.LazyFrame:
    """Return what a unit said of a task in each half (`said`), and the products of all halves in one text."""
    each = progress.sort("period", "source_row").unique([*_KEY, "period"], keep="last", maintain_order=True)
    products = pl.col("products_delivered").drop_nulls().unique(maintain_order=True)
    return each.group_by(_KEY, maintain_order=True).agg(
        said=pl.struct("period", "status", "percent_complete"), made=products.str.join("; ")
    )


def task_summary(statuses: pl.DataFrame) -> pl.DataFrame:
    """Return task_id, status, units (how many) for every status that occurs."""
    counted = statuses.group_by("task_id", "status").agg(pl.len().cast(pl.Int64).alias("units"))
    return frames.in_order(
        counted, {"task_id": sorted(set(statuses["task_id"])), "status": frames.code_order("report_status")}
    )


def completion(statuses: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Return completed tasks × units over two bases: `due` (fallen due by `as_of`, that day included) and `all`.

    Tasks without an end («Thường xuyên», «Hằng năm / Thường xuyên») never fall due, so only `all` has them;
    «không phát sinh» and «chưa có báo cáo» stay in their base and are not completed.

    Returns: base, numerator, denominator, value (0-1, null where the base is empty), with_products (of the numerator, those
        whose products were all found; null where the plan lists none).
    """
    ends = ~pl.col("cadence").is_in(ENDLESS)
    fallen_due = (ends & (pl.col("due_on") <= as_of)).fill_null(value=False)
    rows = []
    for base, inside in (("due", fallen_due), ("all", pl.lit(value=True))):
        members = statuses.filter(inside)
        done = members.filter(pl.col("status").is_in(DONE))
        listed = done["products"].drop_nulls()
        backed = int((listed == "complete").sum()) if listed.len() == done.height else None
        rows.append(
            (base, done.height, members.height, done.height / members.height if members.height else None, backed)
        )
    schema = {
        "base": pl.String,
        "numerator": pl.Int64,
        "denominator": pl.Int64,
        "value": pl.Float64,
        "with_products": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


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
    for task, unit in results.task_status.select(_KEY).iter_rows():
        find = partial(_trace, results, scope, task, unit=unit)
        yield frames.Traceable(f"unit_task_status.{unit}.{task}", {"counted": 1}, find)


def _trace(
    results: Results, scope: frames.Scope, task_id: int, *, status: str | None = None, unit: str | None = None
) -> pl.DataFrame:
    """Return the statements about a task that give its statuses, and the rows about it that do not count."""
    about = [pl.col("task_id") == task_id, *([] if unit is None else [pl.col("unit_id") == unit])]
    rows, statuses = scope.year("task_progress").filter(about), results.task_status.filter(about)
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
    labels = {code: code_label("report_status", code) for code in frames.code_order("report_status")}
    derived = pl.col("derived").replace_strict(labels, default=pl.col("derived"), return_dtype=pl.String)
    not_held = (
        pl.when(pl.col("status") == _IDLE)
        .then(pl.lit("«Không phát sinh» của một kỳ không thay kết quả khác trong năm"))
        .otherwise(pl.lit("Đơn vị đã báo cáo lại ở kỳ sau"))
    )
    return frames.stack(
        frames.trace_cells(said, "task_progress", "status", "counted", 1, reason=derived),
        frames.trace_nowhere(nothing | {"unit_id": unit} for unit in silent["unit_id"]),
        left,
        frames.trace_cells(older, "task_progress", "status", "left_out", 0, reason=not_held),
    )
