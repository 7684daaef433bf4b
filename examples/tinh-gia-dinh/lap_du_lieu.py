"""Fill the forms of the made-up province for a year: `python lap_du_lieu.py FOLDER [YEAR]`.

Writes FOLDER/2026-H1 and FOLDER/2026-H2 with one workbook a unit and `sent.csv`, through the package's own form; every sheet says
that figures and names are made up. One unit is silent, one late, one wrong and corrected later, one sends twice. Nothing in it is
a fact of any body.
"""

from __future__ import annotations

import csv
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from nq57kit.plan import load_plan
from nq57kit.submissions.form import write_workbook

if TYPE_CHECKING:
    from nq57kit.plan import Period, Plan

NOTICE = "Số liệu và tên giả định"
PLAN = Path(__file__).with_name("ke-hoach")
#: What a unit does for a task: type, channel, name; the first of each task is always done.
DONE = {
    1: [
        ("hoi_nghi", "truc_tiep", "Hội nghị phổ biến Nghị quyết số 57-NQ/TW tại {unit}"),
        ("tin_bai", "cong_thong_tin", "Tin, bài về chuyển đổi số trên trang thông tin điện tử của {unit}"),
        ("ke_hoach", "noi_bo", "Kế hoạch truyền thông năm {year} của {unit}"),
        ("su_kien", "truc_tiep", "Hoạt động hưởng ứng {event} tại {unit}"),
        ("mo_hinh", "truc_tiep", "Giới thiệu mô hình ứng dụng công nghệ tại {unit}"),
    ],
    2: [("chuyen_muc", "cong_thong_tin", "Chuyên mục «Khoa học và chuyển đổi số» trên Cổng Thông tin điện tử tỉnh")],
    3: [("he_thong_ai", "nen_tang_so", "Trợ lý ảo hỏi đáp dịch vụ công, bản thử nghiệm")],
    4: [
        ("cau_lac_bo", "truc_tiep", "Câu lạc bộ khoa học của {unit}"),
        ("hoi_thi", "truc_tiep", "Cuộc thi sáng tạo năm {year} của {unit}"),
    ],
    5: [
        ("tin_bai", "thong_tin_co_so", "Bản tin chuyển đổi số trên hệ thống truyền thanh của {unit}"),
        ("tap_huan", "truc_tiep", "Tập huấn kỹ năng số cho tổ công nghệ số cộng đồng của {unit}"),
    ],
    6: [("video", "phat_thanh_truyen_hinh", "Chuyên đề truyền hình «Khoa học và đời sống»")],
    7: [("bao_cao", "noi_bo", "Báo cáo kết quả thực hiện Kế hoạch {period}")],
}
STATES = {
    "continuous": "dang_thuc_hien",
    "annual_continuous": "dang_thuc_hien",
    "span": "dang_thuc_hien",
    "by_date": "dang_thuc_hien",
    "annual": "hoan_thanh",
}
DIFFICULTIES = [
    (
        "kinh_phi",
        "Kinh phí truyền thông chưa có mục chi riêng.",
        "Bố trí mục chi trong dự toán hằng năm.",
        "Sở Tài chính",
    ),
    ("nhan_luc", "Cán bộ làm thông tin cơ sở kiêm nhiệm.", "Mở lớp bồi dưỡng ngắn ngày.", "Sở Nội vụ"),
    ("ha_tang_cong_nghe", "Hệ thống truyền thanh đã cũ.", "Hỗ trợ thay thế thiết bị.", "UBND tỉnh"),
]


def fill(plan: Plan, unit_id: str, half: Period) -> dict[str, Any]:
    """Return what a unit reports for a half."""
    chance = Random(f"{unit_id}|{half}")  # noqa: S311 - made-up figures, no secret
    name, second = plan.unit(unit_id).name, half.half == 2
    event, held = next(
        (row["name"], day)
        for row in plan.events.to_dicts()
        if half.covers(day := date(half.year, row["month"], row["day"]))
    )
    words = {"unit": name, "year": half.year, "period": half.label, "event": event}
    led = plan.tasks_led_by(unit_id)["task_id"].to_list()
    measures = plan.measure_evidence.join(plan.measures_of(unit_id), on="measure_id", how="semi")
    activities, length = [], (half.window.end - half.window.start).days
    for task in led:
        for place, (kind, channel, text) in enumerate(DONE[task]):
            if place and chance.random() < 0.3:
                continue
            answers = measures.filter(measures["activity_types"].list.contains(kind))["measure_id"].to_list()
            started = held if kind == "su_kien" else half.window.start + timedelta(days=chance.randrange(length))
            cost = chance.choice((None, 5, 12, 20))
            activities.append(
                {"task_id": task, "name": text.format(**words), "activity_type": kind, "channel": channel,
                 "started_on": started, "quantity": chance.randint(2, 9) if kind in ("tin_bai", "video") else 1,
                 "reach": chance.choice((None, 80, 250, 1200)) if channel != "noi_bo" else None,
                 "cost_vnd": cost and cost * 1_000_000, "funding_source": "nsnn_thuong_xuyen" if cost else None,
                 "evidence_url": f"https://vi-du.invalid/{unit_id}/{started:%Y%m%d}",
                 "measure_id": answers[0] if answers and chance.random() < 0.5 else None}
            )  # fmt: skip
    staff, talkers = chance.randint(30, 90), chance.randint(2, 6)
    share = 0.75 if second else 0.45
    spent = {task: sum(row["cost_vnd"] or 0 for row in activities if row["task_id"] == task) for task in led}
    studies = range(1, 4) if unit_id in ("so-khcn", "dh-gd", "so-yt") else ()
    return {
        "cover": [{"reference_number": f"00/BC-{unit_id.upper()}", "signed_on": half.last_day, "secret_task_count": 0}],
        "activities": activities,
        "science_tasks": [
            {"code": f"GIA-DINH.{half.year}.{unit_id.upper()}.{number:02d}", "name": f"Nhiệm vụ giả định số {number} của {name}",
             "level": "co_so", "state_funded": True, "start_year": half.year, "end_year": half.year + 1,
             "communicated": number == 1 or (second and number == 2),
             **({"communicated_on": half.window.start + timedelta(days=20), "channel": "bao_chi"}
                if number == 1 and not second else {}),
             **({"communicated_on": half.window.start + timedelta(days=9), "channel": "phat_thanh_truyen_hinh"}
                if second and number < 3 else {})}
            for number in studies
        ],
        "workforce": [
            {"staff_total": staff, "staff_reached": int(staff * share), "comms_staff_total": talkers,
             "comms_staff_trained": talkers // 2 + second}
        ],
        "task_progress": [
            {"task_id": task, "status": status, "percent_complete": 100.0 if status == "hoan_thanh" else 50.0,
             "completed_on": half.window.end if status == "hoan_thanh" else None, "next_steps": "Tiếp tục thực hiện."}
            for task in led
            for status in [STATES[plan.tasks.row(task - 1, named=True)["cadence"]] if second else "dang_thuc_hien"]
        ],
        "budget": [
            {"task_id": task, "funding_source": "nsnn_thuong_xuyen", "planned_vnd": money * 2,
             "allocated_vnd": money * 3 // 2, "disbursed_vnd": money}
            for task, money in spent.items() if money
        ],
        "issues": [
            dict(zip(("category", "description", "proposal", "authority"), DIFFICULTIES[chance.randrange(3)], strict=True))
        ],
    }  # fmt: skip


def write_half(folder: Path, plan: Plan, half: Period) -> None:
    """Write the workbooks of a half and `sent.csv`."""
    sent, noon = [], datetime.combine(half.last_day, datetime.min.time(), plan.settings.zone) + timedelta(hours=9)
    for place, unit_id in enumerate(plan.units_reporting(half)["unit_id"]):
        records = fill(plan, unit_id, half)
        versions = [(noon, records)]
        if unit_id == "x-gia-thuy" and half.half == 1:
            continue  # silent in June
        if unit_id == "cd-gd":
            versions = [(half.deadline + timedelta(days=2), records)]
        if unit_id == "lh-hoi" and half.half == 2:  # wrong first, corrected on the last day
            wrong = records | {"workforce": [records["workforce"][0] | {"staff_reached": 9999}]}
            versions = [(noon - timedelta(days=3), wrong), (noon, records)]
        if unit_id == "so-ct":
            fewer = records | {"activities": records["activities"][1:]}
            versions = [(noon - timedelta(days=2, hours=place), fewer), (noon, records)]
        for number, (at, told) in enumerate(versions, 1):
            path = folder / str(half) / f"NQ57_{half}_{unit_id}{f'_v{number}' if len(versions) > 1 else ''}.xlsx"
            write_workbook(path, unit_id=unit_id, period=half, plan=plan, records=told, notice=NOTICE)
            sent.append((path.name, at.isoformat(), f"00/BC-{unit_id.upper()}"))
    with (folder / str(half) / "sent.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("file", "sent_at", "reference_number"), *sent])


def main(folder: Path, year: int) -> None:
    """Write both halves of a year."""
    plan = load_plan(PLAN)
    for half in plan.period(str(year)).halves:
        write_half(folder, plan, half)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 2026)
