"""The small store of the golden pages, and the option that writes them anew."""

from __future__ import annotations

import csv
import shutil
from datetime import date, datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from nq57kit.plan import load_plan
from nq57kit.store import Store, ingest
from nq57kit.submissions import write_workbook

if TYPE_CHECKING:
    from nq57kit.plan import Plan

#: The units of the small register, each with what it sends (synthetic): the day for each half, or None for nothing.
SENT: dict[str, dict[str, date | None]] = {
    "vu-khcn": {"2026-H1": date(2026, 6, 12), "2026-H2": date(2026, 12, 11)},
    "cuc-cds": {"2026-H1": None, "2026-H2": date(2026, 12, 20)},
    "cuc-tnn": {"2026-H1": date(2026, 6, 19), "2026-H2": date(2026, 12, 19)},
    "vien-vawr": {"2026-H1": date(2026, 6, 22), "2026-H2": date(2026, 12, 14)},
    "hv-nongnghiep": {"2026-H1": date(2026, 6, 18), "2026-H2": None},
}
STARTS = {"2026-H1": date(2026, 5, 18), "2026-H2": date(2026, 10, 10)}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--regenerate-golden", action="store_true", help="write the golden pages anew (tests/golden)")


@pytest.fixture(scope="session")
def small_plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packaged plan, of whose register a handful of units must report."""
    folder = tmp_path_factory.mktemp("golden") / "plan"
    with resources.as_file(resources.files("nq57kit.plan") / "data") as data:
        shutil.copytree(data, folder)
    register = folder / "units.csv"
    with register.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    with register.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({**row, "reports": str(row["unit_id"] in SENT).lower()} for row in rows)
    return folder


@pytest.fixture(scope="session")
def golden_reports(small_plan: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both reports of the small store."""
    from nq57kit.reports import read_parameters, run_report

    folder = tmp_path_factory.mktemp("golden-reports")
    plan = load_plan(small_plan)
    store = Store.create(folder / "store")
    for number, (unit_id, halves) in enumerate(SENT.items(), start=1):
        for period, day in halves.items():
            if day is None:
                continue
            path = write_workbook(
                folder / period / f"{unit_id}.xlsx",
                unit_id=unit_id,
                period=period,
                plan=plan,
                records=_records(plan, unit_id, period, number),
                notice="DỮ LIỆU GIẢ LẬP",
            )
            sent = datetime(day.year, day.month, day.day, 9, 30, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
            taken = ingest(path, store, plan=plan, sent_at=sent, now=sent)
            assert [result.outcome for result in taken.results] == ["accepted"], taken.results[0].submission.findings
    for kind, when in (("semiannual", {"period": "2026-H2"}), ("annual", {"year": 2026})):
        values = {"store": store.folder, "plan": small_plan, "as_of": "2026-12-25", **when}
        run_report(read_parameters(kind, values), folder / "out")
    return folder / "out"


def _records(plan: Plan, unit_id: str, period: str, number: int) -> dict[str, list[dict[str, Any]]]:
    """Return invented rows that differ by unit and half."""
    second = period == "2026-H2"
    led = plan.tasks_led_by(unit_id)["task_id"].to_list()
    kinds = [("hoi_nghi", "truc_tiep"), ("tin_bai", "bao_chi"), ("video", "mang_xa_hoi")]
    activities = [
        {
            "task_id": led[place % len(led)],
            "name": f"Hoạt động giả lập {number}.{place}",
            "activity_type": kind,
            "channel": channel,
            "started_on": STARTS[period],
            "quantity": number * 3 + place + 10 * second,
            **({"reach": 120 * number + place} if place != 1 else {}),
            "cost_vnd": 5_000_000 * (place + 1),
            "funding_source": "nsnn_thuong_xuyen",
        }
        for place, (kind, channel) in enumerate(kinds[: 1 + number % 3])
    ]
    told = {"communicated": True, "communicated_on": STARTS[period], "channel": "bao_chi"}
    science = [
        {
            "code": f"GL.{number:02d}.{place}",
            "name": f"Nhiệm vụ khoa học giả lập {number}.{place}",
            "level": "bo",
            "state_funded": True,
            "start_year": 2025,
            "end_year": 2027,
            **(told if place == 0 and second else {"communicated": False}),
        }
        for place in range(number % 3)
    ]
    progress = [
        {"task_id": task, "status": "hoan_thanh", "percent_complete": 100, "completed_on": STARTS[period]}
        if (task + number) % 3 == 0
        else {
            "task_id": task,
            "status": "chua_thuc_hien",
            "percent_complete": 0,
            "explanation": "Chờ kinh phí (giả lập).",
            "next_steps": "Triển khai ở kỳ sau (giả lập).",
        }
        if (task + number) % 3 == 1
        else {
            "task_id": task,
            "status": "dang_thuc_hien",
            "percent_complete": 40 + 10 * number,
            "products_delivered": f"{number} tin, bài (giả lập)",
        }
        for task in led
    ]
    total = 40 * number
    return {
        "cover": [{"secret_task_count": 1 if number == 1 else 0}],
        "activities": activities,
        "science_tasks": science,
        "workforce": [
            {
                "staff_total": total,
                "staff_reached": total // 2 + 5 * second,
                "comms_staff_total": 4,
                "comms_staff_trained": 1 + second,
            }
        ],
        "task_progress": progress,
        "budget": [
            {
                "task_id": led[0],
                "funding_source": "nsnn_thuong_xuyen",
                "planned_vnd": 90_000_000 * number,
                "allocated_vnd": 80_000_000 * number,
                "disbursed_vnd": (70_000_000 if second else 30_000_000) * number,
            }
        ],
        "issues": [
            {
                "category": "kinh_phi",
                "description": f"Kinh phí giả lập {number} được giao chậm.",
                "proposal": "Giao kinh phí sớm hơn (giả lập).",
                "authority": "Vụ Kế hoạch - Tài chính",
            }
        ][: number % 2],
    }
