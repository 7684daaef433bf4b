"""The figures of a report as bare polars: queries on the Parquet files, written down without nq57kit's rooms.

In: the receipts and Parquet files of a store, the plan's register and tables as frames, a year. Out: the frames of `Results` that a
report of the year has, by name, with the columns that decide. It knows nothing of unusual rows, of
errors, of reasons: it is what somebody would write who knows these data, and no less than that.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import polars as pl

if TYPE_CHECKING:
    from pathlib import Path

    from nq57kit.plan import Plan

__all__ = ["Known", "compute_year", "read_known"]

_ZONE: Final = "Asia/Ho_Chi_Minh"
_DONE: Final = ["hoan_thanh_dung_han", "hoan_thanh_qua_han", "hoan_thanh_thieu_ngay", "hoan_thanh"]
_FIGURES: Final = ["staff_total", "staff_reached", "comms_staff_total", "comms_staff_trained"]


def read_known(store: Path, plan: Plan) -> Known:
    """Return what the receipts of a store say."""
    rows = []
    for path in store.glob("submissions/period=*/unit_id=*/submission=*/receipt.json"):
        told = json.loads(path.read_bytes())
        moment = datetime.fromisoformat(told["sent_at"])
        rows.append((told["unit_id"], told["period"], moment, told["sha256"], told["is_empty"], str(path.parent)))
    schema = {"unit_id": pl.String, "period": pl.String, "sent_at": pl.Datetime("us", _ZONE), "sha256": pl.String,
              "is_empty": pl.Boolean, "folder": pl.String}  # fmt: skip
    sent = pl.DataFrame(rows, schema=schema, orient="row").sort("period", "unit_id", "sent_at", "sha256")
    return Known(plan, sent.with_columns(revision=pl.int_range(1, pl.len() + 1).over("period", "unit_id")))


@dataclass(frozen=True)
class Known:
    """What is known before any table is read: the plan, who sent what and when, the day of the report."""

    plan: Plan
    sent: pl.DataFrame
    as_of: date | None = None

    def receipts(self, half: str) -> pl.DataFrame:
        """The receipts of the latest revisions, with the time that decides on lateness."""
        rows = self.sent.filter(pl.col("period") == half)
        if self.as_of is not None:
            end = pl.lit(self.as_of + timedelta(days=1)).cast(pl.Datetime("us")).dt.replace_time_zone(_ZONE)
            rows = rows.filter(pl.col("sent_at") < end)
        first = rows.sort("is_empty", "revision").group_by("unit_id").agg(decided=pl.col("sent_at").first())
        return rows.filter(pl.col("revision") == pl.col("revision").max().over("unit_id")).join(first, on="unit_id")

    def scan(self, half: str, table: str) -> pl.LazyFrame:
        """The latest revisions of a table in one half."""
        files = [f"{folder}/{table}.parquet" for folder in self.receipts(half)["folder"]]
        places = dict.fromkeys(("period", "unit_id", "submission"), pl.String)
        return pl.scan_parquet(files, hive_schema=places, hive_partitioning=True)

    def year(self, year: int, table: str) -> pl.LazyFrame:
        """Both halves of a year."""
        return pl.concat([self.scan(f"{year}-H1", table), self.scan(f"{year}-H2", table)])


def _windows(year: int) -> dict[str, tuple[date, date]]:
    return {
        f"{year}-H1": (date(year - 1, 12, 15), date(year, 6, 14)),
        f"{year}-H2": (date(year, 6, 15), date(year, 12, 14)),
    }


def _activities(known: Known, year: int, *, inside: bool = True) -> pl.LazyFrame:
    parts = []
    for half, (start, end) in _windows(year).items():
        last = pl.coalesce("ended_on", "started_on")
        fits = (pl.col("started_on") <= end) & (last >= start)
        parts.append(known.scan(half, "activities").filter(fits if inside else ~fits))
    return pl.concat(parts)


def _sums(rows: pl.LazyFrame, *keys: Any) -> pl.LazyFrame:
    return rows.group_by(*keys).agg(
        activities=pl.len(),
        quantity=pl.col("quantity").sum(),
        reach=pl.when(pl.col("reach").count() > 0).then(pl.col("reach").sum()),
        reach_reported=pl.col("reach").count(),
        cost_vnd=pl.when(pl.col("cost_vnd").count() > 0).then(pl.col("cost_vnd").sum()),
    )


def _outputs(known: Known, year: int) -> dict[str, pl.LazyFrame]:
    """Activities by type, channel, task, group and month; what is left out of them."""
    home = known.plan.units.lazy().select("unit_id", group=pl.col("groups").list.first())
    first = year == known.plan.settings.first_year
    now = _activities(known, year)
    found = {}
    for name, key in (("type", "activity_type"), ("channel", "channel"), ("task", "task_id"), ("group", "group")):
        rows = now.join(home, on="unit_id", how="left") if key == "group" else now
        table = _sums(rows, key)
        if not first:
            before = _activities(known, year - 1)
            earlier = before.join(home, on="unit_id", how="left") if key == "group" else before
            quantity = earlier.group_by(key).agg(previous_quantity=pl.col("quantity").sum())
            table = table.join(quantity, on=key, how="full", coalesce=True)
        found[f"by_{name}"] = table
    month = pl.col("started_on").dt.truncate("1mo").alias("month")
    found["by_month"] = _sums(now, month, "activity_type").select("month", "activity_type", "quantity", "reach")
    outside = _activities(known, year, inside=False)
    found["left_out"] = outside.select("unit_id", "period", "source_row", what="name", table=pl.lit("activities"))
    return found


def _science(known: Known, year: int) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """The science tasks that count in a year, and the rows that do not."""
    until = date(year, 12, 14)
    rows = known.year(year, "science_tasks").with_columns(key=pl.col("code").str.to_lowercase())
    said = rows.filter(pl.col("period") == pl.col("period").max().over("unit_id", "key"))
    proven = (pl.col("communicated") & (pl.col("communicated_on") <= until)).fill_null(value=False)
    active = pl.lit(year).is_between(pl.col("start_year"), pl.col("end_year"))
    marked = said.with_columns(proven_on=pl.when(proven).then("communicated_on"), active=active)
    codes = (
        marked.sort("period", "unit_id", "source_row")
        .group_by("key")
        .agg(
            pl.col("code", "name", "level").last(),
            pl.col("state_funded").any(),
            pl.col("active").any(),
            communicated=pl.col("proven_on").is_not_null().any(),
            communicated_on=pl.col("proven_on").min(),
            channel=pl.col("channel").sort_by("proven_on", nulls_last=True, maintain_order=True).first(),
            units=pl.col("unit_id").unique().sort(),
            disagreement=pl.col("communicated").n_unique() > 1,
        )
    )
    counted = codes.filter("state_funded", "active").with_columns(
        channel=pl.when("communicated").then("channel")
    ).select("code", "name", "level", "communicated", "communicated_on", "channel", "units", "disagreement")  # fmt: skip
    judged = (
        said.drop("state_funded")
        .join(codes.select("key", "state_funded", "active"), on="key")
        .sort("period", "unit_id", "source_row")
        .with_columns(again=~pl.struct("key").is_first_distinct())
    )
    unproven = pl.col("communicated") & ~(pl.col("communicated_on") <= until).fill_null(value=False)
    left = judged.filter(~pl.col("state_funded") | ~pl.col("active") | pl.col("again") | unproven)
    return counted, left.select(
        "unit_id", "period", "source_row", what=pl.format("{} – {}", "code", "name"), table=pl.lit("science_tasks")
    )


def _staff(known: Known, year: int) -> pl.LazyFrame:
    rows = known.year(year, "workforce")
    return rows.filter(pl.col("period") == pl.col("period").max().over("unit_id"))


def _tasks(known: Known, year: int, as_of: date) -> pl.LazyFrame:
    """One status per task and unit that leads it."""
    plan = known.plan
    days = [plan.due_date(task, year) for task in plan.tasks["task_id"]]
    due = plan.tasks.lazy().select("task_id", "cadence").with_columns(pl.Series("due_on", days, dtype=pl.Date))
    key, state = ["task_id", "unit_id"], pl.col("status")
    each = known.year(year, "task_progress").sort("period", "source_row").unique(
        [*key, "period"], keep="last", maintain_order=True
    )  # fmt: skip
    # «Không phát sinh» undoes nothing, what was done stays done unless a later half tells of work; else the furthest state.
    finished = (state == "hoan_thanh").cum_sum().over(key)
    furthest = (state != "khong_phat_sinh", finished, state == "dang_thuc_hien", state == "chua_thuc_hien", "period")
    last = each.group_by(key).agg(last=pl.col("period").max())
    said = each.sort(*furthest, maintain_order=True).unique(key, keep="last", maintain_order=True).join(last, on=key)
    judged = ~pl.col("cadence").is_in(["continuous", "annual_continuous"])
    passed = (pl.lit(as_of) > pl.col("due_on")).fill_null(value=False)
    overdue = passed & (pl.col("last") == f"{year}-H2") & (pl.col("cadence") != "by_date")
    late = pl.col("completed_on") > pl.col("due_on")
    status = (
        pl.when(pl.col("status").is_null()).then(pl.lit("chua_bao_cao"))
        .when(pl.col("status") == "khong_phat_sinh").then(pl.lit("khong_phat_sinh"))
        .when(pl.col("status") == "chua_thuc_hien")
        .then(pl.when(overdue).then(pl.lit("chua_thuc_hien_qua_han")).otherwise(pl.lit("chua_thuc_hien")))
        .when((pl.col("cadence") == "continuous") | (~judged & (pl.col("status") == "dang_thuc_hien")))
        .then(pl.lit("thuong_xuyen"))
        .when(pl.col("status") == "dang_thuc_hien")
        .then(pl.when(overdue).then(pl.lit("dang_thuc_hien_qua_han")).when(passed).then(pl.lit("dang_thuc_hien"))
              .otherwise(pl.lit("dang_thuc_hien_trong_han")))
        .when(pl.col("completed_on").is_null()).then(pl.lit("hoan_thanh_thieu_ngay"))
        .when(pl.col("due_on").is_null()).then(pl.lit("hoan_thanh"))
        .when(late).then(pl.lit("hoan_thanh_qua_han"))
        .otherwise(pl.lit("hoan_thanh_dung_han"))
    )  # fmt: skip
    return (
        plan.leads().lazy().join(due, on="task_id").join(said, on=["task_id", "unit_id"], how="left")
        .select("task_id", "unit_id", "percent_complete", "due_on", "completed_on", "period", "products_delivered",
                "explanation", "next_steps", "cadence", "last", reported_status="status", status=status)
    )  # fmt: skip


def _reporting(known: Known, year: int) -> pl.LazyFrame:
    parts = []
    for half, deadline in ((f"{year}-H1", date(year, 6, 20)), (f"{year}-H2", date(year, 12, 20))):
        units = known.plan.units.lazy().filter("reports").select("unit_id", "groups", period=pl.lit(half))
        sent = known.receipts(half).lazy().select("unit_id", "decided", "is_empty", "revision")
        on_time = pl.col("decided") < pl.lit(deadline).cast(pl.Datetime("us")).dt.replace_time_zone("Asia/Ho_Chi_Minh")
        state = (
            pl.when(pl.col("is_empty")).then(pl.lit("empty"))
            .when(on_time).then(pl.lit("on_time"))
            .when(pl.col("decided").is_not_null()).then(pl.lit("late"))
            .otherwise(pl.lit("missing"))
        )  # fmt: skip
        parts.append(units.join(sent, on="unit_id", how="left").with_columns(state=state, on_time=on_time))
    return pl.concat(parts).select("unit_id", "groups", "period", "state", "on_time", "revision", sent_at="decided")


def _shares(states: pl.DataFrame, counts: pl.Expr, year: int) -> pl.DataFrame:
    rows = states.select("period", "groups", counted=counts, none=pl.col("state") == "empty")
    rows = pl.concat([rows, rows.with_columns(period=pl.lit(str(year)))])
    every = rows.drop("groups").with_columns(group=pl.lit(None, dtype=pl.String))
    groups = rows.with_columns(group=pl.col("groups").list.first()).select(every.columns)
    table = pl.concat([every, groups]).group_by("period", "group")
    return table.agg(numerator=pl.col("counted").sum(), denominator=pl.len(), empty=pl.col("none").sum())


def _doubts(known: Known, year: int) -> list[pl.LazyFrame]:
    """What a half says against the half before: staff halved, tasks gone, answers withdrawn, statuses gone back."""
    halves = [f"{one}-H{half}" for one in (year - 1, year) for half in (1, 2)][1:]
    if year == known.plan.settings.first_year:
        halves = halves[1:]
    found = []
    for before, now in pairwise(halves):
        was, said = known.scan(before, "workforce"), known.scan(now, "workforce")
        staff = said.join(was.select("unit_id", was="staff_total"), on="unit_id")
        found.append(staff.filter(pl.col("staff_total") * 2 < pl.col("was")).select("unit_id"))
        was, said = known.scan(before, "science_tasks"), known.scan(now, "science_tasks")
        here = known.receipts(now).lazy().select("unit_id")
        running = was.filter(pl.col("end_year") >= int(now[:4])).join(here, on="unit_id", how="semi")
        found.append(running.join(said, on=["unit_id", "code"], how="anti").select("unit_id"))
        told = was.filter("communicated").select("unit_id", "code")
        found.append(said.filter(~pl.col("communicated")).join(told, on=["unit_id", "code"]).select("unit_id"))
        done = pl.col("status") == "hoan_thanh"
        spans = known.plan.tasks.filter(pl.col("cadence") == "span")["task_id"].implode()
        kept = pl.lit(value=True) if before[:4] == now[:4] else pl.col("task_id").is_in(spans)
        was, said = known.scan(before, "task_progress").filter(done & kept), known.scan(now, "task_progress")
        found.append(said.filter(~done).join(was, on=["unit_id", "task_id"]).select("unit_id"))
        found.append(known.scan(now, "findings").filter(pl.col("severity") == "warning").select("unit_id"))
    return found


def compute_year(known: Known, year: int, as_of: date) -> dict[str, pl.DataFrame]:
    """Return the frames of the year's report by their names in `Results` (some of them with fewer columns)."""
    known = replace(known, as_of=as_of)
    plan = known.plan
    counted, science_left = _science(known, year)
    budget = known.year(year, "budget")
    amounts = [pl.col(name).sum() for name in ("planned_vnd", "allocated_vnd", "disbursed_vnd")]
    texts = ("description", "proposal", "authority")
    own = pl.struct("unit_id", "category", *(pl.col(name).str.to_lowercase() for name in texts))
    issues = known.year(year, "issues").sort("period", "source_row").filter(own.is_first_distinct())
    queries = {
        **_outputs(known, year),
        "science_tasks": counted,
        "science_left": science_left,
        "staff": _staff(known, year).select("unit_id", *_FIGURES),
        "task_status": _tasks(known, year, as_of),
        "reporting": _reporting(known, year),
        "budget_by_task": budget.group_by("task_id").agg(amounts),
        "budget_by_source": budget.group_by("funding_source").agg(amounts),
        "budget": budget.select(amounts),
        "difficulties": issues.group_by("category").agg(count=pl.len()),
        "issues": issues.select("unit_id", "category", "description"),
        "doubts": pl.concat(_doubts(known, year)),
    }
    if year > plan.settings.first_year:
        queries["science_before"] = _science(known, year - 1)[0].select(pl.len(), pl.col("communicated").sum())
        queries["staff_before"] = _staff(known, year - 1).select(pl.col(*_FIGURES).sum())
        queries["budget_before"] = known.year(year - 1, "budget").select(pl.col("disbursed_vnd").sum())
    found = dict(zip(queries, pl.collect_all(list(queries.values()), engine="streaming"), strict=True))
    return found | _small(found, known, year, as_of)


def _small(found: dict[str, pl.DataFrame], known: Known, year: int, as_of: date) -> dict[str, pl.DataFrame]:
    """What follows from the frames that have been read."""
    home = known.plan.units.select("unit_id", group=pl.col("groups").list.first())
    staff = found["staff"].join(home, on="unit_id", how="left")
    every = staff.with_columns(group=pl.lit(None, dtype=pl.String))
    workforce = pl.concat([every, staff]).group_by("group").agg(pl.len().alias("units"), pl.col(*_FIGURES).sum())
    status, science = found["task_status"], found["science_tasks"]
    fallen = ~pl.col("cadence").is_in(["continuous", "annual_continuous", "by_date"]) & (pl.col("due_on") < as_of)
    done, last = pl.col("status").is_in(_DONE), pl.col("last") == f"{year}-H2"
    told = status.filter(done | (last & (pl.col("status") != "chua_bao_cao")))
    completion = [(rows.filter(done).height, rows.height) for rows in (told.filter(fallen), told)]
    ratios = [
        ("science_tasks_communicated", int(science["communicated"].sum()), science.height),
        ("staff_reached", int(staff["staff_reached"].sum()), int(staff["staff_total"].sum())),
        ("comms_staff_trained", int(staff["comms_staff_trained"].sum()), int(staff["comms_staff_total"].sum())),
    ]
    sent = pl.col("state").is_in(["on_time", "late", "empty"])
    columns = found["left_out"].columns
    return {
        "workforce": workforce,
        "task_summary": status.group_by("task_id", "status").agg(units=pl.len()),
        "completion": pl.DataFrame(completion, schema=["numerator", "denominator"], orient="row"),
        "kpis": pl.DataFrame(ratios, schema=["indicator", "numerator", "denominator"], orient="row"),
        "completeness": _shares(found["reporting"], sent, year),
        "timeliness": _shares(found["reporting"], pl.col("on_time").fill_null(value=False), year),
        "left_out": pl.concat([found["left_out"], found["science_left"].select(columns)]),
        "cautions": pl.DataFrame({"rows": [found["doubts"].height + int(science["disagreement"].sum())]}),
    }
