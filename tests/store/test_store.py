from __future__ import annotations

import json
import zipfile
from datetime import date
from pathlib import Path
from shutil import copytree

import polars as pl
import pytest

import nq57kit.plan
from nq57kit.errors import PeriodError, StoreError
from nq57kit.files import hash_file
from nq57kit.plan import load_plan
from nq57kit.store import (
    Store,
    correct_sent_at,
    ingest,
    lock_period,
    prove_store,
    reporting_status,
    unlock_period,
)


def test_a_folder_that_is_not_there_or_no_store_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(StoreError, match="Không có kho dữ liệu tại"):
        Store(tmp_path / "không có")
    with pytest.raises(StoreError, match="không phải là kho dữ liệu"):
        Store(tmp_path)


def test_a_store_of_a_newer_format_is_refused(store):
    (store.folder / "nq57-store.json").write_text('{"format": "nq57-store", "version": "4"}')
    with pytest.raises(StoreError, match="phiên bản mới hơn"):
        Store(store.folder)


@pytest.mark.parametrize("text", ["", "[]", '{"format": "nq57-store"}', '{"format": "nq57-store", "version": "x"}'])
def test_a_damaged_marker_is_a_clear_error(store, text):
    (store.folder / "nq57-store.json").write_text(text)
    with pytest.raises(StoreError, match="Không đọc được tệp"):
        Store(store.folder)


def test_create_opens_what_is_there_and_never_takes_over_a_folder_with_other_files(tmp_path, store):
    assert Store.create(store.folder).folder == store.folder
    (tmp_path / "khác").mkdir()
    (tmp_path / "khác" / "công văn.docx").touch()
    with pytest.raises(StoreError, match="đã có tệp khác"):
        Store.create(tmp_path / "khác")
    assert [path.name for path in (tmp_path / "khác").iterdir()] == ["công văn.docx"]


def test_an_empty_store_gives_typed_empty_frames(store):
    receipts = store.receipts("2026")
    assert receipts.height == 0
    assert receipts.schema["sent_at"] == pl.Datetime("us", "Asia/Ho_Chi_Minh")
    assert store.refusals().schema["errors"] == pl.Int64
    assert store.findings("2026-H2").columns[:2] == ["unit_id", "period"]
    schema = store.read("activities", "2026-H2").collect().schema
    assert list(schema)[:4] == ["unit_id", "period", "revision", "task_id"]
    assert schema["started_on"] == pl.Date
    assert list(schema)[-2:] == ["source_sheet", "source_row"]


def test_an_unknown_table_and_a_wrong_period_are_refused(store):
    with pytest.raises(StoreError, match="Kho không có bảng «hoat_dong»"):
        store.read("hoat_dong")
    with pytest.raises(PeriodError):
        store.receipts("2026-H3")
    with pytest.raises(StoreError, match="revisions"):
        store.read("budget", revisions="newest")


def test_the_latest_revision_counts_and_the_earlier_one_stays(texts, store, inbox, hanoi):
    first = texts.write_text(inbox / "a.xlsx", quantities=[1, 2])
    second = texts.write_text(inbox / "b.xlsx", quantities=[30])
    ingest(first, store, sent_at=hanoi("2026-12-10T08:00"))
    ingest(second, store, sent_at=hanoi("2026-12-22T08:00"))
    receipts = store.receipts("2026-H2")
    assert receipts.select("revision", "is_first", "is_latest", "on_time").rows() == [
        (1, True, False, True),
        (2, False, True, False),
    ]
    assert store.read("activities", "2026-H2").collect()["quantity"].to_list() == [30]
    every = store.read("activities", "2026-H2", revisions="all").collect()
    assert every.select("revision", "quantity", "source_row").rows() == [(1, 1, 8), (1, 2, 9), (2, 30, 8)]


def test_the_order_of_ingest_does_not_matter(texts, tmp_path, inbox, hanoi):
    early = texts.write_text(inbox / "sớm.xlsx", quantities=[1])
    late = texts.write_text(inbox / "muộn.xlsx", quantities=[2])
    times = {early: hanoi("2026-12-01T08:00"), late: hanoi("2026-12-02T08:00")}
    frames = []
    for name, order in (("xuôi", (early, late)), ("ngược", (late, early))):
        store = Store.create(tmp_path / name)
        for path in order:
            ingest(path, store, sent_at=times[path], now=hanoi("2026-12-03T00:00"))
        frames.append(store.receipts())
        assert store.read("activities").collect()["quantity"].to_list() == [2]
    assert frames[0].equals(frames[1])


def test_as_of_shows_what_was_sent_up_to_the_end_of_that_day_in_hanoi(texts, store, inbox, hanoi):
    ingest(texts.write_text(inbox / "a.xlsx", quantities=[1]), store, sent_at=hanoi("2026-12-10T23:59:59.999999"))
    ingest(texts.write_text(inbox / "b.xlsx", quantities=[2]), store, sent_at=hanoi("2026-12-11T00:00:00"))

    def seen(day):
        return store.read("activities", as_of=day).collect()["quantity"].to_list()

    assert seen(date(2026, 12, 9)) == []
    assert seen(date(2026, 12, 10)) == [1]
    assert seen(date(2026, 12, 11)) == [2]
    assert seen(hanoi("2026-12-11T00:00:00")) == [2]
    assert store.receipts(as_of=date(2026, 12, 10))["is_latest"].to_list() == [True]


def test_a_year_is_its_two_halves_and_nothing_else(texts, store, inbox, hanoi):
    for period, sent in (("2026-H1", "2026-06-10"), ("2026-H2", "2026-12-10"), ("2027-H1", "2027-06-10")):
        path = texts.write_text(inbox / f"{period}.xlsx", period=period)
        ingest(path, store, sent_at=hanoi(f"{sent}T08:00"))
    assert store.receipts("2026")["period"].to_list() == ["2026-H1", "2026-H2"]
    assert store.receipts(load_plan().period("2027-H1"))["period"].to_list() == ["2027-H1"]
    assert store.receipts()["period"].to_list() == ["2026-H1", "2026-H2", "2027-H1"]


def test_rows_come_by_period_unit_and_source_row(texts, store, inbox, hanoi):
    for number, unit in enumerate(("vu-tccb", "cuc-cds", "vu-pc")):
        texts.write_text(inbox / f"{number}.xlsx", unit, quantities=[number, number])
    ingest(inbox, store, sent_at=hanoi("2026-12-10T08:00"))
    rows = store.read("activities").select("unit_id", "source_row").collect().rows()
    assert rows == sorted(rows)
    assert len(rows) == 6


def test_a_read_is_lazy_and_reads_only_the_columns_asked_for(texts, store, inbox, hanoi):
    ingest(texts.write_text(inbox / "a.xlsx"), store, sent_at=hanoi("2026-12-10T08:00"))
    plan = store.read("activities").select(pl.col("quantity").sum()).explain()
    assert "1/14 COLUMNS" in plan or "PROJECT 1/" in plan


def test_a_field_added_to_the_contract_later_is_null_in_older_files(texts, store, inbox, hanoi):
    ingest(texts.write_text(inbox / "a.xlsx", quantities=[7]), store, sent_at=hanoi("2026-12-10T08:00"))
    (path,) = store.folder.glob("submissions/*/*/*/activities.parquet")
    pl.read_parquet(path, hive_partitioning=False, glob=False).drop("evidence_url").with_columns(bỏ=1).write_parquet(
        path
    )
    frame = store.read("activities").collect()
    assert frame.select("quantity", "evidence_url").rows() == [(7, None)]
    assert "bỏ" not in frame.columns


def test_refusals_are_shown_until_an_accepted_submission_follows(texts, store, inbox, hanoi):
    bad = texts.write_text(inbox / "sai.xlsx", ok=False)
    good = texts.write_text(inbox / "đúng.xlsx")
    ingest(bad, store, sent_at=hanoi("2026-12-10T08:00"))
    assert store.refusals("2026-H2").select("unit_id", "file", "errors").rows() == [("vu-tccb", "sai.xlsx", 1)]
    assert store.receipts().height == 0
    assert store.raw(hash_file(bad)) == bad.read_bytes()
    ingest(good, store, sent_at=hanoi("2026-12-12T08:00"))
    assert store.refusals("2026-H2").height == 0
    assert store.refusals("2026-H2", as_of=date(2026, 12, 11)).height == 1
    assert store.refusals("2026-H1").height == 0


def test_a_refusal_after_an_accepted_submission_is_still_shown(texts, store, inbox, hanoi):
    ingest(texts.write_text(inbox / "đúng.xlsx"), store, sent_at=hanoi("2026-12-10T08:00"))
    ingest(texts.write_text(inbox / "sai.xlsx", ok=False), store, sent_at=hanoi("2026-12-11T08:00"))
    assert store.refusals()["file"].to_list() == ["sai.xlsx"]


def test_findings_are_those_of_the_latest_revisions(texts, store, inbox, hanoi):
    ingest(texts.write_text(inbox / "a.xlsx", warnings=2), store, sent_at=hanoi("2026-12-10T08:00"))
    assert store.receipts()["warnings"].to_list() == [2]
    assert store.findings().select("unit_id", "period", "severity", "cell").rows() == [
        ("vu-tccb", "2026-H2", "warning", "G8"),
        ("vu-tccb", "2026-H2", "warning", "G9"),
    ]
    ingest(texts.write_text(inbox / "b.xlsx", warnings=0), store, sent_at=hanoi("2026-12-11T08:00"))
    assert store.findings().height == 0
    assert store.findings(as_of=date(2026, 12, 10)).height == 2


def test_raw_gives_the_bytes_and_tells_when_they_have_changed(texts, store, inbox, hanoi):
    path = texts.write_text(inbox / "a.xlsx")
    ingest(path, store, sent_at=hanoi("2026-12-10T08:00"))
    sha256 = hash_file(path)
    assert store.raw(sha256) == path.read_bytes()
    kept = store.folder / "raw" / sha256[:2] / f"{sha256}.xlsx"
    kept.write_bytes(b"khac")
    with pytest.raises(StoreError, match="đã bị thay đổi"):
        store.raw(sha256)
    for wrong in ("0" * 64, "../..", ""):
        with pytest.raises(StoreError, match="không có tệp gốc"):
            store.raw(wrong)


def test_a_snapshot_does_not_see_what_comes_later(texts, store, inbox, hanoi):
    ingest(texts.write_text(inbox / "a.xlsx", quantities=[1]), store, sent_at=hanoi("2026-12-10T08:00"))
    before = store.snapshot()
    ingest(texts.write_text(inbox / "b.xlsx", quantities=[2]), store, sent_at=hanoi("2026-12-11T08:00"))
    assert before.read("activities").collect()["quantity"].to_list() == [1]
    assert before.receipts("2026-H2").height == 1
    assert store.read("activities").collect()["quantity"].to_list() == [2]


def test_a_damaged_receipt_is_an_error_that_names_the_file_never_a_missing_unit(texts, store, inbox, hanoi):
    ingest(texts.write_text(inbox / "a.xlsx"), store, sent_at=hanoi("2026-12-10T08:00"))
    (receipt,) = store.folder.glob("submissions/*/*/*/receipt.json")
    receipt.write_text("{", encoding="utf-8")
    with pytest.raises(StoreError, match=r"receipt\.json"):
        store.receipts()
    receipt.unlink()
    with pytest.raises(StoreError, match=r"receipt\.json"):
        store.receipts()


def test_strange_files_of_file_managers_are_passed_over(texts, store, inbox, hanoi):
    ingest(texts.write_text(inbox / "a.xlsx"), store, sent_at=hanoi("2026-12-10T08:00"))
    for folder in ("submissions", "submissions/period=2026-H2", "submissions/period=2026-H2/unit_id=vu-tccb", "raw"):
        (store.folder / folder / "Thumbs.db").touch()
        (store.folder / folder / ".DS_Store").touch()
    assert store.receipts().height == 1


def test_a_receipt_says_who_what_and_when_in_plain_json(texts, store, inbox, hanoi):
    path = texts.write_text(inbox / "Vụ TCCB.xlsx", secret_task_count=3, reference_number="Số 1/GL")
    ingest(path, store, sent_at=hanoi("2026-12-10T08:00"), now=hanoi("2026-12-11T09:00"))
    (file,) = store.folder.glob("submissions/period=2026-H2/unit_id=vu-tccb/*/receipt.json")
    assert file.parent.name == f"submission={hash_file(path)[:16]}"
    text = file.read_text(encoding="utf-8")
    receipt = json.loads(text)
    assert "Vụ TCCB.xlsx" in text
    assert list(receipt) == sorted(receipt)
    assert receipt["sent_at"] == "2026-12-10T08:00:00+07:00"
    assert receipt["ingested_at"] == "2026-12-11T09:00:00+07:00"
    assert receipt["sent_at_source"] == "option"
    assert receipt["reference_number"] == "Số 1/GL"
    assert receipt["secret_task_count"] == 3
    assert receipt["plan_hash"] == load_plan().hash
    assert str(inbox) not in text
    assert store.receipts()["secret_task_count"].to_list() == [3]


def test_a_folder_of_the_store_that_cannot_be_read_is_an_error_never_a_missing_unit(store, monkeypatch):
    (store.folder / "submissions" / "period=2026-H2").mkdir(parents=True)
    iterdir = Path.iterdir

    def refuse(self):
        if self.name == "period=2026-H2":
            raise PermissionError(13, "denied")
        return iterdir(self)

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(StoreError, match="kiểm tra quyền đọc"):
        store.receipts()


@pytest.mark.parametrize(
    "version", ['"0"', "-5", "0", "1.9", "true", '"01"', '"٢"', f'"{"9" * 5000}"', "null", '"hai"']
)
def test_a_version_that_never_was_is_refused_and_not_read_as_the_first(store, version):
    (store.folder / "nq57-store.json").write_text(f'{{"format": "nq57-store", "version": {version}}}')
    with pytest.raises(StoreError, match="bản sao lưu"):
        Store(store.folder)


@pytest.fixture
def first(tmp_path):
    """A store as version 0.1.0 wrote it (format 1): a receipt rewritten by its `sent-at`, a refusal, a lock."""
    with zipfile.ZipFile(Path(__file__).parent / "data" / "store-v1.zip") as archive:
        archive.extractall(tmp_path)
    return Store(tmp_path / "kho")


def test_a_store_of_the_first_format_is_read_proved_and_written_on_without_an_upgrade(first, inbox, making, hanoi):
    assert prove_store(first.folder).ok
    rows = first.receipts().select("period", "revision", "on_time", "sent_at_source").rows()
    assert rows == [("2026-H1", 1, True, "option"), ("2026-H2", 1, True, "option")]
    assert first.read("activities").collect()["quantity"].to_list() == [3, 5]
    assert first.refusals()["unit_id"].to_list() == ["vu-htqt"]
    assert set(first.official().locks) == {"2026-H1"}
    form = making.write_form(inbox / "sửa.xlsx", "vu-pc", activities=[making.activity("Hội nghị", date(2026, 9, 1), 9)])
    ingest(form, first, sent_at=hanoi("2026-12-15T08:00"))
    correct_sent_at(
        first, "vu-pc", first.plan.period("2026-H2"), hanoi("2026-12-21T08:00"), reason="Theo sổ", revision=2
    )
    assert first.receipts("2026-H2")["on_time"].to_list() == [True, False]
    assert json.loads((first.folder / "nq57-store.json").read_text(encoding="utf-8"))["version"] == "2"
    unlock_period(first, first.plan.period("2026-H1"), reason="Đính chính số liệu")
    assert len(lock_period(first, first.plan.period("2026-H2"))) == 2
    assert prove_store(first.folder).ok


def test_times_are_those_of_the_plans_zone(texts, tmp_path, inbox, hanoi):
    """Where a ministry sets another `timezone`, a day ends there, and times are shown there."""
    data = copytree(Path(nq57kit.plan.__file__).with_name("data"), tmp_path / "ke-hoach")
    settings = data / "settings.toml"
    settings.write_text(settings.read_text("utf-8").replace("Asia/Ho_Chi_Minh", "Asia/Tokyo"), encoding="utf-8")
    plan = load_plan(data)
    store = Store.create(tmp_path / "kho", plan=plan)
    texts.write_text(inbox / "a.xlsx")
    (inbox / "sent.csv").write_text("file,sent_at\na.xlsx,19/12/2026 23:30\n", encoding="utf-8")
    (result,) = ingest(inbox, store, now=hanoi("2026-12-24T08:00")).results
    assert result.sent_at.isoformat() == "2026-12-19T23:30:00+09:00"
    assert result.on_time
    row = store.receipts("2026-H2").row(0, named=True)
    assert row["sent_at"].isoformat() == "2026-12-19T23:30:00+09:00"
    assert row["on_time"]
    assert store.receipts(as_of=date(2026, 12, 19)).height == 1
    assert Store(store.folder).receipts()["sent_at"][0].isoformat() == "2026-12-19T21:30:00+07:00"
    late = texts.write_text(inbox / "b.xlsx", "vu-pc")
    ingest(late, store, sent_at=hanoi("2026-12-19T22:30"))  # it is the 20th in Tokyo
    assert store.receipts(as_of=date(2026, 12, 19)).height == 1
    status = reporting_status(store, "2026-H2", plan, date(2026, 12, 20))
    assert {unit["sent_at"] for unit in status["units"] if unit["sent_at"]} == {
        "2026-12-19T23:30:00+09:00",
        "2026-12-20T00:30:00+09:00",
    }
    assert status["actual_on_time"] == 1
