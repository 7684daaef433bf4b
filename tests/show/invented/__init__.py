"""Invented results («dữ liệu giả lập») with the columns of `nq57kit.indicators.model`, for what readers see."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from nq57kit.indicators import completion, evidence
from nq57kit.indicators.model import Inputs, Results
from nq57kit.plan import Plan, load_plan

from .columns import MOMENT, SCHEMAS, frame

__all__ = ["make_empty_results", "make_results"]

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
STATES = (
    "on_time",
    "on_time",
    "on_time",
    "on_time",
    "late",
    "on_time",
    "missing",
    "on_time",
    "refused",
    "on_time",
    "empty",
)
RAISED = (
    "Kinh phí truyền thông bố trí chậm, chưa đủ để thực hiện các hoạt động theo kế hoạch.",
    "Đề nghị bố trí kinh phí từ đầu năm.",
)
STATUSES = (
    "hoan_thanh_dung_han",
    "thuong_xuyen",
    "dang_thuc_hien_trong_han",
    "dang_thuc_hien_qua_han",
    "chua_bao_cao",
    "thuong_xuyen",
    "chua_thuc_hien",
    "hoan_thanh_qua_han",
    "chua_thuc_hien_qua_han",
    "khong_phat_sinh",
    "hoan_thanh_thieu_ngay",
)


def make_results(
    period: str = "2026-H2", units: int | None = None, as_of: date = date(2026, 12, 21), *, locked: bool = True
) -> Results:
    """A full set of results: the register's units, or `units` invented ones («Đơn vị giả lập 001» …)."""
    plan = load_plan()
    moment = plan.period(period)
    register = plan.units_reporting(moment)
    if units is not None:
        one = register.head(1)
        register = pl.concat(
            [
                one.with_columns(
                    unit_id=pl.lit(f"gl-{n:03d}"),
                    name=pl.lit(f"Đơn vị giả lập {n:03d}"),
                    short_name=pl.lit(f"ĐVGL {n:03d}"),
                )
                for n in range(1, units + 1)
            ]
        )
    inputs = Inputs(
        plan=plan,
        period=moment,
        as_of=as_of,
        units=register,
        receipts=pl.DataFrame(),
        refusals=pl.DataFrame(),
        findings=pl.DataFrame(),
        tables={},
        locked=frozenset(str(half) for half in moment.year_so_far) if locked else frozenset(),
    )
    last = str(moment.halves[-1])
    rows = register.to_dicts()
    reporting = []
    for index, unit in enumerate(rows):
        state = STATES[index % len(STATES)]
        sent = {"late": moment.deadline + timedelta(days=1), "missing": None}.get(
            state, datetime(moment.year, 12, 15, 9, 30, tzinfo=ZONE)
        )
        reporting.append(
            (
                unit["unit_id"],
                unit["name"],
                unit["short_name"],
                unit["groups"][0],
                last,
                state,
                sent,
                None if state in ("missing", "refused") else state == "on_time",
                1 if state in ("on_time", "late", "empty") else None,
                sent if state in ("on_time", "late", "empty") else None,
            )
        )
    groups = list(dict.fromkeys(row[3] for row in reporting))
    shares: dict[str, list[tuple[Any, ...]]] = {"completeness": [], "timeliness": []}
    for name, states in (("completeness", ("on_time", "late", "empty")), ("timeliness", ("on_time",))):
        for group in (None, *groups):
            own = [row for row in reporting if group in (None, row[3])]
            good = sum(row[5] in states for row in own)
            empty = sum(row[5] == "empty" for row in own)
            shares[name].append((last, group, good, len(own), good / len(own) if own else None, empty))
    known = {row["unit_id"] for row in rows}
    leads = (
        [row for row in plan.leads(moment).iter_rows() if row[1] in known]
        if units is None
        else [(task, row["unit_id"]) for row in rows for task in ((1, 6) if row["unit_id"].endswith("5") else (1,))]
    )
    cadences = dict(plan.tasks.select("task_id", "cadence").iter_rows())
    status = [
        (
            task,
            unit,
            STATUSES[(index * 3 + task) % len(STATUSES)],
            "dang_thuc_hien",
            50.0,
            date(moment.year, 12, 14),
            None,
            last,
            "Kế hoạch số giả lập",
            "Chờ bố trí kinh phí" if index % 4 == 0 else None,
            None,
            cadences[task],
            [{"period": last, "status": "dang_thuc_hien", "percent_complete": 50.0}],
            ("complete", "partial", "none")[index % 3],
            [],
            False,
            None,
            cadences[task] == "annual" and as_of > date(moment.year, 12, 14),
            STATUSES[(index * 3 + task) % len(STATUSES)] != "chua_bao_cao",
        )
        for index, (task, unit) in enumerate(leads)
    ]
    task_status = frame("task_status", status)
    summary = task_status.group_by("task_id", "status").agg(units=pl.len().cast(pl.Int64)).sort("task_id", "status")
    types = ("tin_bai", "hoi_nghi", "tap_huan", "video", "infographic", "chuyen_muc", "su_kien", "khac")
    channels = ("bao_chi", "truc_tiep", "cong_thong_tin", "mang_xa_hoi", "noi_bo")
    outputs = [(0, 40, 1234, 500000, 12, 250_000_000, 1234, 900)] + [
        (
            0,
            5 + n,
            30 * n,
            1000 * n if n % 3 else None,
            n if n % 3 else 0,
            12_500_000 * n if n % 2 else None,
            30 * n,
            25 * n,
        )
        for n in range(7, 0, -1)
    ]
    months = [date(moment.year, month, 1) for month in range(moment.window.start.month if moment.half == 2 else 1, 13)]
    ratio = (("science_tasks_communicated", 37, 90), ("staff_reached", 12345, 18000), ("comms_staff_trained", 41, 160))
    qualitative = ("network_formed", "channels_resourced") if moment.year == 2026 else ()
    kpis = []
    for name, part, whole in ratio:
        target, later = plan.target_for(name, moment.year), 2027 if name.startswith("science") else 2030
        verdict = (
            "on_watch"
            if target is None or moment.half == 1
            else ("met" if target.is_met_by(part / whole) else "not_met")
        )  # type: ignore[arg-type]
        kpis.append(
            (
                name,
                moment.year,
                part,
                whole,
                part / whole,
                None,
                None,
                float(target.ratio) if target and target.ratio else None,
                target.comparator if target else None,
                verdict,
                0.5 if later == 2027 else 0.8,
                ">=",
                later,
                0.8,
                46,
                len(rows),
                True,
                None,
                30 if name.startswith("science") else None,
                12 if name.startswith("science") else None,
                target is not None and moment.half != 1,
                None if target is None else moment.year,
                0,
            )
        )
    kpis.extend(
        (
            name,
            2026,
            14,
            None,
            None,
            None,
            None,
            None,
            None,
            None,
            None,
            None,
            None,
            0.8,
            46,
            len(rows),
            True,
            None,
            None,
            None,
            False,
            2026,
            None,
        )
        for name in qualitative
    )
    targets = []
    for name, part, whole in ratio:
        for year in range(2026, 2031):
            target = plan.target_for(name, year)
            targets.append(
                (
                    name,
                    year,
                    float(target.ratio) if target and target.ratio else None,
                    target.comparator if target else None,
                    part / whole if year == moment.year else None,
                )
            )
    money = [(task, 900_000_000 // task, 700_000_000 // task, 433_500_000 // task, 0.6193) for task in (1, 2, 4, 7)]
    totals = [sum(row[n] for row in money) for n in (1, 2, 3)]
    return Results(
        inputs=inputs,
        reporting=frame("reporting", reporting),
        completeness=frame("completeness", shares["completeness"]),
        timeliness=frame("timeliness", shares["timeliness"]),
        kpis=frame("kpis", kpis),
        evidence=frame(
            "evidence",
            [
                (name, code, "Đơn vị có hoạt động truyền thông", 14, 52)
                for name, code in zip(qualitative, ("active_units", "own_channels"), strict=False)
            ],
        ),
        members=frame(
            "members",
            [("doanh-nghiep", "doanh nghiệp", 3, 9, None), ("nha-quan-ly", "các nhà quản lý", 0, 0, "Không hỏi.")],
        ),
        channels=frame(
            "channels",
            [
                (
                    rows[0]["unit_id"],
                    "chuyen_muc",
                    "Chuyên mục giả lập",
                    None,
                    date(2026, 2, 1),
                    last_on,
                    1,
                    None,
                    last_on.month > 6,
                )
                for last_on in (date(2026, 3, 1), date(2026, 11, 1))
            ],
        ),
        roles=frame("roles", [(4, rows[0]["unit_id"], role, 2, 5, None) for role in ("lead", "coordinate", "none")]),
        unit_events=frame("unit_events", [("khcn", rows[0]["unit_id"], ["su_kien", "tin_bai"], 2, 3, 400)]),
        targets=frame("targets", targets),
        task_status=task_status,
        task_summary=summary,
        completion=completion(task_status),
        by_type=frame("by_type", [(name, *row[1:]) for name, row in zip(types, outputs, strict=False)]),
        by_channel=frame("by_channel", [(name, *row[1:], 9) for name, row in zip(channels, outputs, strict=False)]),
        by_task=frame("by_task", [(task, *row[1:]) for task, row in zip((1, 2, 4), outputs, strict=False)]),
        by_group=frame("by_group", [(group, *row[1:], 4, 4, 4) for group, row in zip(groups, outputs, strict=False)]),
        by_month=frame("by_month", [(month, "tin_bai", 100 + 37 * month.month % 230, None) for month in months]),
        by_half=frame("by_half", [(str(half), "tin_bai", 12, 340, 500, 7_000_000, 0) for half in moment.halves]),
        activities=frame(
            "activities",
            [
                (rows[:2][-1]["unit_id"], 4, "tin_bai", "Bài giả lập", date(2026, 9, 2), "https://vidu.example/1"),
                (rows[0]["unit_id"], 4, "video", "Phim giả lập", date(2026, 8, 1), "Công văn số 12"),
                (rows[0]["unit_id"], 1, "tin_bai", "Bài giả lập", date(2026, 9, 1), None),
                (rows[0]["unit_id"], 1, "tin_bai", "Bài giả lập", date(2026, 8, 1), "http://vidu.example/2"),
            ],
        ),
        **_answers(plan, [row["unit_id"] for row in rows], leads),
        left_out=frame(
            "left_out",
            [
                (
                    "activities",
                    rows[0]["unit_id"],
                    last,
                    "Hoạt động",
                    12,
                    "Hội nghị giả lập",
                    "Ngày tổ chức ngoài kỳ số liệu",
                )
            ],
        ),
        science_tasks=frame(
            "science_tasks",
            [
                (
                    f"GL.{n:03d}/26",
                    f"Nhiệm vụ khoa học giả lập số {n}",
                    "bo",
                    n % 3 > 0,
                    date(2026, 9, n + 1) if n % 3 else None,
                    "bao_chi" if n % 3 else None,
                    n % 3 == 1,
                    [rows[0]["unit_id"]],
                    n == 4,
                )
                for n in range(1, 13)
            ],
        ),
        workforce=frame(
            "workforce",
            [(None, 46, 18000, 12345, 160, 41, 58), *((group, 4, 1600, 1200, 14, 3, 5) for group in groups)],
        ),
        budget_by_task=frame("budget_by_task", money),
        budget_by_source=frame("budget_by_source", [("nsnn_thuong_xuyen", *totals, 0.6193)]),
        budget=frame("budget", [(*totals, 0.6193, None, None, None)]),
        difficulties=frame("difficulties", [("kinh_phi", 5, 1, 1, 0, 0, 0)]),
        questions=frame(
            "questions",
            [
                (
                    *("KN-00000057", "kinh_phi", *RAISED, *[[row["unit_id"] for row in rows[:5]]] * 2, [last]),
                    *(True, False, date(2026, 12, 10), ["Bộ"], [], [], None, 11),
                )
            ],
        ),
        issues=frame(
            "issues",
            [
                (
                    row["unit_id"],
                    [last],
                    "kinh_phi",
                    *RAISED,
                    "Bộ",
                )
                for row in rows[:5]
            ],
        ),
        cautions=frame(
            "cautions",
            [(rows[0]["unit_id"], last, "date-outside-window", "Ngày ngoài kỳ số liệu.", "a.xlsx", "Hoạt động", "E7")],
        ),
    )


def _answers(plan: Plan, units: list[str], leads: list[tuple[int, str]]) -> dict[str, pl.DataFrame | None]:
    """Products, measures, duties, days and units: every third unit answers nothing."""
    answers = {unit: number % 3 for number, unit in enumerate(units)}
    products = [
        (product, task, unit, answers[unit], 2 * answers[unit], answers[unit] > 0)
        for product, task in plan.products.select("product_id", "task_id").iter_rows()
        for led, unit in leads
        if led == task
    ]
    asked = [(measure, unit) for measure, unit in plan.addressed("measures").iter_rows() if unit in answers]
    measures = [(measure, unit, answers[unit], 3 * answers[unit]) for measure, unit in asked]
    found, answered = frame("unit_products", products), frame("unit_measures", measures)
    states = ("answered", "partial", "none", "not_assessed")
    return {
        "previous_difficulties": None,
        "unit_products": found,
        "products": evidence.sum_products(found, plan),
        "unit_measures": answered,
        "measures": evidence.sum_measures(answered, plan),
        "duties": frame(
            "duties",
            [
                (duty, states[n % 4], "Báo cáo gửi đúng hạn: 40/58" if n % 2 else "")
                for n, duty in enumerate(plan.duties["duty_id"])
            ],
        ),
        "events": frame(
            "events",
            [(event, 20, 14, 5000 if n else None, *[None] * 5) for n, event in enumerate(plan.events["event_id"])],
        ),
        "by_unit": frame(
            "by_unit",
            [(unit, 5, 30, None, 12_000_000, 100, 60, 900_000_000, 700_000_000, 400_000_000) for unit in units],
        ),
    }


def make_empty_results(period: str = "2026-H1") -> Results:
    """Results of a period for which no unit sent anything."""
    full = make_results(period, as_of=date(2026, 6, 10))
    nothing = {name: frame(name) for name in SCHEMAS}
    nothing["completion"] = completion(nothing["task_status"])
    nothing["budget"] = frame("budget", [(None,) * 7])
    nothing["reporting"] = full.reporting.with_columns(
        state=pl.lit("missing"),
        sent_at=pl.lit(None, MOMENT),
        on_time=pl.lit(None, pl.Boolean),
        revision=pl.lit(None, pl.Int64),
    )
    for name in ("completeness", "timeliness"):
        nothing[name] = getattr(full, name).with_columns(numerator=pl.lit(0, pl.Int64), value=pl.lit(0.0))
    nothing["targets"] = full.targets.with_columns(value=pl.lit(None, pl.Float64))
    nothing["kpis"] = full.kpis.with_columns(
        numerator=pl.lit(0, pl.Int64),
        denominator=pl.lit(0, pl.Int64),
        value=pl.lit(None, pl.Float64),
        coverage=pl.lit(0.0),
        reported_units=pl.lit(0, pl.Int64),
        status=pl.when(pl.col("status").is_null()).then(None).otherwise(pl.lit("insufficient")),
    )
    return replace(full, **nothing)
