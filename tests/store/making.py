"""Submissions for the tests of the store, made from small JSON texts instead of workbooks (synthetic data).

In: a folder, units, quantities. Out: files that `check_texts` turns into `Submission`s, as `check_many` would.
"""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from nq57kit.files import hash_bytes
from nq57kit.store.folder import file_schema
from nq57kit.submissions import Submission
from nq57kit.submissions.contract import TABLES
from nq57kit.submissions.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def write_text(path: Path, unit_id: str | None = "vu-tccb", period: str | None = "2026-H2", **words: Any) -> Path:
    """Write a submission as JSON: `quantities` of its activities, `ok`, `is_secret`, `warnings`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"unit_id": unit_id, "period": period, **words}), encoding="utf-8")
    return path


def write_form(path: Path, unit_id: str, period: str = "2026-H2", **tables: Any) -> Path:
    """Write a real workbook of the form (synthetic data); every task that the unit leads is under way."""
    from nq57kit.plan import load_plan
    from nq57kit.submissions import write_workbook

    led = load_plan().tasks_led_by(unit_id)["task_id"].to_list()
    records = {
        "cover": [{"contact_name": "Người giả lập", "contact_phone": "0900000000"}],
        "workforce": [workforce(40)],
        "task_progress": [{"task_id": task, "status": "dang_thuc_hien", "percent_complete": 50} for task in led],
        **tables,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_workbook(path, unit_id=unit_id, period=period, records=records, notice="DỮ LIỆU GIẢ LẬP")


def workforce(total: int, reached: int = 3) -> dict[str, int]:
    return {"staff_total": total, "staff_reached": reached, "comms_staff_total": 2, "comms_staff_trained": 1}


def activity(name: str, start: date, quantity: int = 1, **words: Any) -> dict[str, Any]:
    return {
        "task_id": 1,
        "name": name,
        "activity_type": "hoi_nghi",
        "channel": "truc_tiep",
        "started_on": start,
        "quantity": quantity,
        **words,
    }


def science(code: str, name: str = "Nhiệm vụ giả lập", *, told: bool = False, **words: Any) -> dict[str, Any]:
    row = {
        "code": code,
        "name": name,
        "level": "bo",
        "state_funded": True,
        "start_year": 2025,
        "end_year": 2027,
        "communicated": told,
    }
    if told:
        row |= {"communicated_on": date(2026, 3, 2), "channel": "bao_chi"}
    return {**row, **words}


def check_texts(
    paths: Sequence[Path], plan: object = None, progress: Any = None, **_options: object
) -> list[Submission]:
    """Stand in for `check_many`: the same type, from the JSON texts of `write_text`."""
    found = []
    for number, path in enumerate(paths, start=1):
        found.append(_submission(path))
        if progress is not None:
            progress(number, len(paths))
    return found


def _submission(path: Path) -> Submission:
    content = path.read_bytes()
    words = json.loads(content)
    unit_id, period, ok = words["unit_id"], words["period"], words.get("ok", True)
    quantities = words.get("quantities", [1])
    tables = {name: pl.DataFrame(schema=_with_place(name)) for name in TABLES}
    tables["activities"] = pl.DataFrame(
        {
            "task_id": [1] * len(quantities),
            "name": [f"Hoạt động giả lập {number}" for number in range(len(quantities))],
            "quantity": quantities,
            "source_sheet": ["Hoạt động"] * len(quantities),
            "source_row": range(8, 8 + len(quantities)),
        },
        schema_overrides={"quantity": pl.Int64, "source_row": pl.Int64},
    ).select(
        pl.col(name)
        if name in ("task_id", "name", "quantity", "source_sheet", "source_row")
        else pl.lit(None, kind).alias(name)
        for name, kind in _with_place("activities").items()
    )
    cover = dict.fromkeys(_with_place("cover")) | {
        "unit_id": unit_id,
        "period": period,
        "secret_task_count": words.get("secret_task_count"),
        "source_sheet": "Thông tin chung",
        "source_row": 4,
    }
    tables["cover"] = pl.DataFrame([cover], schema=_with_place("cover"), orient="row")
    severities = ["warning"] * words.get("warnings", 0) + ["error"] * (not ok)
    findings = tuple(
        Finding(path.name, "activities", "Hoạt động", f"G{8 + number}", "thu", severity, "quantity", "1", "Câu thử.")
        for number, severity in enumerate(severities)
    )
    return Submission(
        file=path.name,
        sha256=hash_bytes(content),
        unit_id=unit_id,
        period=period,
        template_version="1",
        reference_number=words.get("reference_number"),
        tables=tables,
        findings=findings,
        counts={name: {"seen": 1, "accepted": int(ok), "refused": int(not ok), "skipped": 0} for name in TABLES},
        content=content,
        is_secret=words.get("is_secret", False),
        is_empty=words.get("is_empty", False),
    )


def _with_place(table: str) -> dict[str, pl.DataType]:
    """The columns of a submission's frame: the contract's fields (with unit and period in the cover), the source."""
    schema = dict(file_schema(table))
    if table == "cover":
        schema = {"unit_id": pl.String(), "period": pl.String(), **schema}
    return schema
