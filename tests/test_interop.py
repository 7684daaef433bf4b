"""examples/interop: a store and its exports read by other programs, each run for real; totals are counted from the store by polars."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from nq57kit.cli import main
from nq57kit.store import Store, correct_sent_at, ingest
from nq57kit.submissions import write_workbook

FILES = Path(__file__).parents[1] / "examples" / "interop"
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

pytestmark = pytest.mark.slow  # processes, LibreOffice


@pytest.fixture(scope="module")
def kho(tmp_path_factory):
    """Three units; one sent twice, one sent twice and the first was corrected to be the later, one sent the same again."""
    folder, start = tmp_path_factory.mktemp("khác"), datetime(2026, 12, 1, 8, tzinfo=ZONE)
    store = Store.create(folder / "kho Đ")

    def send(unit_id: str, quantity: int, days: int) -> None:
        row = {"task_id": 1, "name": f"Bài Đ {quantity}", "activity_type": "tin_bai", "channel": "bao_chi", "quantity": quantity,
               "started_on": start.date(), "cost_vnd": 3_000_000_000}  # fmt: skip
        led = store.plan.tasks_led_by(unit_id)["task_id"]
        records = {
            "activities": [row],
            "workforce": [{"staff_total": 40, "staff_reached": 30, "comms_staff_total": 4, "comms_staff_trained": 1}],
            "task_progress": [{"task_id": one, "status": "dang_thuc_hien", "percent_complete": 50} for one in led],
        }
        path = folder / f"{unit_id}-{quantity}.xlsx"
        if not path.exists():
            write_workbook(path, unit_id=unit_id, period="2026-H2", records=records)
        (result,) = ingest(path, store, sent_at=start + timedelta(days=days)).results
        assert result.outcome != "refused", result

    for unit_id, quantities in {"vu-pc": (1, 20), "vu-tccb": (300, 4), "vu-khtc": (5000, 6, 5000)}.items():
        for day, quantity in enumerate(quantities):
            send(unit_id, quantity, day)
    half = store.plan.period("2026-H2")
    correct_sent_at(store, "vu-tccb", half, start + timedelta(days=9), reason="ghi nhầm ngày", revision=1)
    return store


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_duckdb_pandas_and_pyarrow_count_the_revisions_that_count(kho):
    told = run(sys.executable, str(FILES / "read_store.py"), str(kho.folder), "2026-H2").splitlines()
    assert kho.read("activities", "2026-H2").collect()["quantity"].sum() == 5320
    assert told == ["duckdb 5320", "pandas 5320", "pyarrow 5320 of 3 units"]


def test_r_reads_the_export_with_its_letters_days_and_milliards(kho, tmp_path, require_tool):
    assert main(["export", "2026-H2", "--to", "csv", "--store", str(kho.folder), "--out", str(tmp_path)]) == 0
    told = run(require_tool("Rscript"), str(FILES / "read_export.R"), str(tmp_path / "so-lieu-2026-H2"))
    assert told.split() == ["rows", "3", "quantity", "5320", "first", "2026-12-01"]


def test_the_query_for_excel_has_a_type_for_every_type_of_the_package(kho, tmp_path):
    assert main(["export", "2026-H2", "--to", "csv", "--store", str(kho.folder), "--out", str(tmp_path)]) == 0
    package = json.loads((tmp_path / "so-lieu-2026-H2" / "datapackage.json").read_text(encoding="utf-8"))
    types = {field["type"] for one in package["resources"] for field in one["schema"]["fields"]}
    (kinds,) = re.findall(r"Kinds = \[(.*?)\]", (FILES / "export.pq").read_text(encoding="utf-8"))
    assert types <= {part.split(" = ")[0] for part in kinds.split(", ")}


def test_libreoffice_opens_the_workbook_with_days_as_days_and_numbers_as_numbers(kho, tmp_path, require_tool):
    assert main(["export", "2026-H2", "--to", "xlsx", "--store", str(kho.folder), "--out", str(tmp_path)]) == 0
    filters = (
        "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,2"  # the second sheet, raw numbers
    )
    home = f"-env:UserInstallation={(tmp_path / 'lo').as_uri()}"
    path = tmp_path / "so-lieu-2026-H2.xlsx"
    run(require_tool("soffice"), home, "--headless", "--convert-to", filters, "--outdir", str(tmp_path), str(path))
    (made,) = tmp_path.glob("*activities*.csv")
    with made.open(encoding="utf-8", newline="") as stream:
        row = next(one for one in csv.DictReader(stream) if one["unit_id"] == "vu-khtc")
    assert (row["quantity"], row["cost_vnd"], row["name"]) == ("5000", "3000000000", "Bài Đ 5000")
    assert row["started_on"] == "12/01/2026"  # a day written as LibreOffice's own language writes one: it is no text
