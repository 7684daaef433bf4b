"""From real workbooks and CSV folders to the store and back (synthetic data, written through the form)."""

from __future__ import annotations

import csv
import zipfile
from datetime import date

import openpyxl
import polars as pl
import pytest

from nq57kit.files import hash_file
from nq57kit.store import Store, ingest, prove_store, reporting_status
from nq57kit.store.folder import file_schema
from nq57kit.submissions import TABLES, write_workbook

WORKFORCE = {"staff_total": 40, "staff_reached": 30, "comms_staff_total": 4, "comms_staff_trained": 1}


def activity(quantity: int, **words: object) -> dict[str, object]:
    return {
        "task_id": 1,
        "name": "Hội nghị giả lập",
        "activity_type": "hoi_nghi",
        "channel": "khac",
        "started_on": date(2026, 9, 1),
        "quantity": quantity,
        **words,
    }


def write(path, unit_id, *activities, **tables):
    """Write a workbook whose every task that the unit leads is under way."""
    from nq57kit import load_plan

    led = load_plan().tasks_led_by(unit_id)["task_id"].to_list()
    progress = [
        {"task_id": task, "status": "dang_thuc_hien", "percent_complete": 50, "explanation": "Dữ liệu giả lập"}
        for task in led
    ]
    records = {
        "cover": [{"contact_name": "Người giả lập", "secret_task_count": 2}],
        "activities": list(activities),
        "workforce": [WORKFORCE],
        "task_progress": progress,
        **tables,
    }
    return write_workbook(path, unit_id=unit_id, period="2026-H2", records=records, notice="DỮ LIỆU GIẢ LẬP")


@pytest.fixture
def sent(inbox):
    write(inbox / "vu-pc.xlsx", "vu-pc", activity(3, reach=120), activity(4))
    write(inbox / "vu-tccb.xlsx", "vu-tccb", activity(50))
    write(inbox / "vu-tccb sửa.xlsx", "vu-tccb", activity(5, cost_vnd=1_500_000))
    write(inbox / "vu-htqt.xlsx", "vu-htqt", activity(7, started_on="05/18/2026"))
    secret = {
        "code": "GL-01",
        "name": "Nhiệm vụ giả lập (Mật)",
        "level": "bo",
        "state_funded": True,
        "start_year": 2026,
        "end_year": 2027,
        "communicated": False,
    }
    write(inbox / "vu-khtc.xlsx", "vu-khtc", activity(987654321), science_tasks=[secret])
    with (inbox / "sent.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        rows = csv.writer(stream, delimiter=";")
        rows.writerow(["file", "sent_at", "reference_number"])
        for name, moment in (
            ("vu-pc.xlsx", "19/12/2026 23:59:59"),
            ("vu-tccb.xlsx", "18/12/2026 08:00"),
            ("vu-tccb sửa.xlsx", "22/12/2026 08:00"),
            ("vu-htqt.xlsx", "18/12/2026 09:00"),
            ("vu-khtc.xlsx", "18/12/2026 09:00"),
        ):
            rows.writerow([name, moment, "Số .../BC-GL"])
    return inbox


def test_a_batch_of_workbooks_goes_in_and_its_figures_come_out(sent, store):
    report = ingest(sent, store)
    told = [(result.file, finding.message) for result in report.results for finding in result.submission.findings]
    assert {result.file: result.outcome for result in report.results} == {
        "vu-pc.xlsx": "accepted",
        "vu-tccb.xlsx": "accepted",
        "vu-tccb sửa.xlsx": "accepted",
        "vu-htqt.xlsx": "refused",
        "vu-khtc.xlsx": "secret",
    }, told
    assert report.notes == ()
    activities = store.read("activities", "2026-H2").collect()
    assert activities.select("unit_id", "revision", "quantity", "reach", "cost_vnd").rows() == [
        ("vu-pc", 1, 3, 120, None),
        ("vu-pc", 1, 4, None, None),
        ("vu-tccb", 2, 5, None, 1_500_000),
    ]
    assert store.receipts("2026-H2").select("unit_id", "revision", "on_time", "secret_task_count").rows() == [
        ("vu-pc", 1, True, 2),
        ("vu-tccb", 1, True, 2),
        ("vu-tccb", 2, False, 2),
    ]
    assert store.refusals().select("unit_id", "file").rows() == [("vu-htqt", "vu-htqt.xlsx")]
    workforce = store.read("workforce", "2026-H2").select(pl.col("staff_total").sum()).collect().item()
    assert workforce == 2 * 40


def test_nothing_of_a_secret_is_anywhere_in_the_store(sent, store):
    ingest(sent, store)
    content = (sent / "vu-khtc.xlsx").read_bytes()
    for path in store.folder.rglob("*"):
        assert "vu-khtc" not in path.name
        if path.is_file():
            assert path.read_bytes() != content
            assert b"vu-khtc" not in path.read_bytes()
    assert store.refusals().filter(unit_id="vu-khtc").is_empty()


def test_a_row_leads_back_to_its_cell_in_the_raw_file(sent, store, tmp_path):
    ingest(sent, store)
    row = store.read("activities").filter(pl.col("quantity") == 5).collect().row(0, named=True)
    receipts = store.receipts().filter(unit_id=row["unit_id"], revision=row["revision"])
    raw = store.raw(receipts["sha256"].item())
    assert raw == (sent / "vu-tccb sửa.xlsx").read_bytes()
    (tmp_path / "gốc.xlsx").write_bytes(raw)
    book = openpyxl.load_workbook(tmp_path / "gốc.xlsx")
    values = [cell.value for cell in book[row["source_sheet"]][row["source_row"]]]
    assert 5 in values
    assert 1_500_000 in values


def test_the_frames_have_the_columns_of_the_contract(sent, store):
    ingest(sent, store)
    for name, table in TABLES.items():
        fields = [field.name for field in table.fields if field.name not in ("unit_id", "period")]
        frame = store.read(name, "2026-H2", revisions="all").collect()
        assert frame.columns == ["unit_id", "period", "revision", *fields, "source_sheet", "source_row"]
        assert frame.select(file_schema(name).names()).schema == file_schema(name)


def test_a_folder_of_csv_files_goes_in_as_one_submission_and_is_kept_as_one_zip(store, inbox):
    folder = inbox / "vu-pc"
    folder.mkdir()
    tables = {
        "cover": [("unit_id", "vu-pc"), ("period", "2026-H2")],
        "activities": [
            ("task_id", "name", "activity_type", "channel", "started_on", "quantity"),
            ("1", "Hội nghị giả lập", "hoi_nghi", "khac", "2026-09-01", "6"),
        ],
        "workforce": list(WORKFORCE.items()),
        "task_progress": [("task_id", "status"), ("1", "dang_thuc_hien")],
    }
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(rows)
    report = ingest(inbox, store)
    (result,) = report.results
    assert (result.file, result.outcome) == ("vu-pc", "accepted"), result.submission.findings
    assert store.read("activities").collect()["quantity"].to_list() == [6]
    (raw,) = store.folder.glob("raw/*/*")
    assert raw.suffix == ".zip"
    assert raw.stem == hash_file(raw)
    assert ingest(folder, store).results[0].outcome == "known"
    assert ingest(raw, Store.create(inbox / "kho khác")).results[0].outcome == "accepted"


def test_every_file_of_an_inbox_has_a_line_and_a_scan_counts_as_sent(tmp_path):
    inbox = tmp_path / "nhan-ve"
    (inbox / "Vụ Tổ chức cán bộ").mkdir(parents=True)
    kept = write(inbox / "NQ57_2026-H2_vu-pc (1).xlsx", "vu-pc", activity(3)).read_bytes()
    (inbox / "NQ57_2026-H2_vu-pc.pdf").write_bytes(b"%PDF-1.7 signed")  # beside the workbook
    (inbox / "Vụ Tổ chức cán bộ" / "scan.pdf").write_bytes(b"%PDF-1.7 scan")
    for name in ("thư.msg", "công văn.docx", "bản nén.rar", "không đuôi", "dở.xlsx.crdownload", "ảnh.JPG"):
        (inbox / name).write_bytes(b"?")
    with zipfile.ZipFile(inbox / "gửi.zip", "w") as target:
        target.writestr("Viện/bao-cao.xlsx", write(tmp_path / "b.xlsx", "vien-vafs", activity(4)).read_bytes())
    store = Store.create(tmp_path / "kho")
    report = ingest(inbox, store)
    outcomes = {one.file: one.outcome for one in report.results}
    assert outcomes == {
        "NQ57_2026-H2_vu-pc (1).xlsx": "accepted",
        "bao-cao.xlsx": "accepted",
        **dict.fromkeys(
            [
                "NQ57_2026-H2_vu-pc.pdf",
                "scan.pdf",
                "thư.msg",
                "công văn.docx",
                "bản nén.rar",
                "không đuôi",
                "dở.xlsx.crdownload",
                "ảnh.JPG",
            ],
            "not_workbook",
        ),
    }
    states = {
        one["unit_id"]: one["state"]
        for one in reporting_status(store, "2026-H2", store.plan, date(2026, 12, 10))["units"]
    }
    assert (states["vu-pc"], states["vu-tccb"], states["vien-vafs"]) == ("on_time", "refused", "on_time")
    assert states["vu-khtc"] == "missing"
    (refusal,) = store.snapshot().refused("2026-H2")
    assert (refusal.unit_id, refusal.file, [one["code"] for one in refusal.findings]) == (
        "vu-tccb",
        "scan.pdf",
        ["file-other-kind"],
    )
    assert b"%PDF" not in b"".join(
        path.read_bytes() for path in store.folder.rglob("*") if path.is_file()
    )  # nobody can screen it
    assert prove_store(store.folder).flaws == ()
    again = ingest(inbox, store)
    assert [one.outcome for one in again.results if one.file == "scan.pdf"] == ["not_workbook"]
    assert len(store.snapshot().refused("2026-H2")) == 1
    write(inbox / "Vụ Tổ chức cán bộ" / "bao-cao.xlsx", "vu-tccb", activity(1))
    assert not ingest(inbox, store).ok  # letters of nobody
    for path in inbox.iterdir():
        if path.is_file() and not path.name.startswith("NQ57"):
            path.unlink()
    assert ingest(inbox, store).ok
    assert kept in [path.read_bytes() for path in store.folder.glob("raw/*/*")]
