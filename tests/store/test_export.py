"""`nq57kit export`: the rows of a period as CSV with a data package, as DuckDB, as a workbook; read back by other programs."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import openpyxl
import polars as pl
import pytest

from nq57kit.cli import main
from nq57kit.store import Store, flatten, ingest
from nq57kit.submissions import write_workbook

FORMULA = '=HYPERLINK("http://a.vn")'
CONTACT = ("Người Liên Hệ Giả Lập", "0900 000 000", "gia.lap@example.vn")


@pytest.fixture(scope="module")
def kho(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kho")
    store = Store.create(folder / "kho")
    for number, quantity in enumerate((5, 8)):  # the second takes the place of the first
        activity = {"task_id": 1, "name": FORMULA, "activity_type": "tin_bai", "channel": "bao_chi", "started_on": date(2026, 9, 1),
                    "quantity": quantity}  # fmt: skip
        records = {
            "cover": [dict(zip(("contact_name", "contact_phone", "contact_email"), CONTACT, strict=True))],
            "activities": [activity],
            "workforce": [{"staff_total": 40, "staff_reached": 30, "comms_staff_total": 4, "comms_staff_trained": 1}],
            "task_progress": [{"task_id": 1, "status": "dang_thuc_hien", "percent_complete": 50}],
        }
        path = write_workbook(
            folder / f"{number}.xlsx", unit_id="vu-pc", period="2026-H2", records=records, notice="GIẢ LẬP"
        )
        ingest(path, store, sent_at=datetime(2026, 12, 10 + number, 8, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")))
    return store.folder


@pytest.fixture(params=["2026-H2", "2026"])
def out(request, kho, tmp_path, capsys):
    def run(to: str) -> list[Path]:
        assert main(["export", request.param, "--to", to, "--store", str(kho), "--out", str(tmp_path)]) == 0
        return [Path(line) for line in capsys.readouterr().out.splitlines()]

    return run


def test_csv_files_are_told_by_a_data_package_column_by_column(out):
    paths = {path.name: path for path in out("csv")}
    package = json.loads(paths["datapackage.json"].read_text(encoding="utf-8"))
    assert {one["path"] for one in package["resources"]} == set(paths) - {"datapackage.json"}
    for resource in package["resources"]:
        with paths[resource["path"]].open(encoding="utf-8", newline="") as stream:
            head = next(csv.reader(stream))
        assert [field["name"] for field in resource["schema"]["fields"]] == head
        assert all(field["title"] and field["type"] for field in resource["schema"]["fields"])
        keys = resource["schema"]["primaryKey"]
        with paths[resource["path"]].open(encoding="utf-8", newline="") as stream:
            told = [tuple(row[key] for key in keys) for row in csv.DictReader(stream)]
        assert len(set(told)) == len(told)
        assert [one["reference"]["resource"] for one in resource["schema"].get("foreignKeys", ())] == (
            [] if resource["name"] == "units" else ["units"]
        )
    with paths["activities.csv"].open(encoding="utf-8", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["unit_id"], row["quantity"], row["started_on"]) == ("vu-pc", "8", "2026-09-01")
    assert row["name"] == f"'{FORMULA}"  # Excel would obey it otherwise


def test_a_frame_with_lists_is_flattened_for_csv_and_another_stays_as_it_is():
    said = [{"period": "2026-H1", "status": "hoan_thanh"}]
    frame = pl.DataFrame({"unit_id": ["vu-pc", "vu-tccb"], "missing": [["a", "b"], []], "said": [said, None]})
    assert flatten(frame).write_csv().splitlines() == [
        "unit_id,missing,said",
        'vu-pc,a|b,"2026-H1, hoan_thanh"',
        'vu-tccb,"",',
    ]
    plain = pl.DataFrame({"unit_id": ["vu-pc"], "quantity": [1]})
    assert flatten(plain).equals(plain)


def test_duckdb_and_polars_agree_on_the_one_file(out):
    (path,) = out("duckdb")
    with duckdb.connect(str(path), read_only=True) as opened:
        assert opened.sql("SELECT unit_id, sum(quantity) FROM activities GROUP BY 1").fetchall() == [("vu-pc", 8)]
        assert opened.sql("SELECT count(*) FROM units").fetchall() == [(58,)]
        assert opened.sql("SELECT typeof(started_on) FROM activities").fetchall() == [("DATE",)]


def test_the_workbook_has_types_and_no_formula(out):
    (path,) = out("xlsx")
    sheet = openpyxl.load_workbook(path)["activities"]
    row = dict(zip(*(list(line) for line in sheet.iter_rows(values_only=True)), strict=True))
    assert (row["quantity"], row["started_on"].date(), row["name"]) == (8, date(2026, 9, 1), FORMULA)
    cell = next(cell for cell in sheet[2] if cell.value == FORMULA)
    assert cell.data_type == "s"


@pytest.mark.parametrize("to", ["csv", "duckdb", "xlsx"])
def test_contact_data_is_in_no_file(out, to):
    for path in out(to):
        content = path.read_bytes()
        if path.suffix == ".xlsx":
            book = openpyxl.load_workbook(path)
            content = "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row).encode()
        for told in (*CONTACT, "contact_name"):
            assert told.encode() not in content, path
