from __future__ import annotations

import contextlib
import errno
import os
import threading
from datetime import datetime

import pytest

from nq57kit.errors import ParameterError, StoreError
from nq57kit.store import IngestError, Store, find_submissions, ingest, intake
from nq57kit.store.folder import hold_lock
from nq57kit.store.intake import _stage_ahead


def test_a_folder_is_taken_with_all_its_workbooks_and_nothing_else(texts, store, inbox, hanoi):
    texts.write_text(inbox / "b.xlsx", "vu-pc")
    texts.write_text(inbox / "quý 2" / "a.ods", "vu-tccb")
    for name in ("~$b.xlsx", ".ẩn.xlsx", "đọc.docx", ".git/c.xlsx"):
        texts.write_text(inbox / name, "cuc-cds")
    report = ingest(inbox, store, sent_at=hanoi("2026-12-10T08:00"))
    assert [(result.file, result.outcome) for result in report.results] == [
        ("b.xlsx", "accepted"),
        ("a.ods", "accepted"),
    ]
    assert sorted(path.suffix for path in store.folder.glob("raw/*/*")) == [".ods", ".xlsx"]


def test_a_store_inside_the_folder_is_not_taken_in_again(texts, inbox, hanoi):
    texts.write_text(inbox / "a.xlsx")
    for _ in range(2):
        report = ingest(inbox, inbox / "kho", sent_at=hanoi("2026-12-10T08:00"))
        assert [result.file for result in report.results] == ["a.xlsx"]


def test_the_same_bytes_again_change_nothing(texts, store, inbox, hanoi, files_of):
    path = texts.write_text(inbox / "a.xlsx")
    ingest(path, store, sent_at=hanoi("2026-12-10T08:00"))
    before = files_of(store.folder)
    report = ingest(path, store, sent_at=hanoi("2026-12-25T08:00"))
    (result,) = report.results
    assert files_of(store.folder) == before
    assert (result.outcome, result.revision, result.on_time) == ("known", 1, True)
    assert result.sent_at == hanoi("2026-12-10T08:00")
    assert report.notes == (
        "Tệp «a.xlsx» đã có trong kho; kho giữ thời điểm gửi đã ghi lần trước: 08:00 ngày 10/12/2026.",
    )
    assert ingest(path, store).notes == ()


def test_two_files_of_one_unit_in_one_run_become_revisions_by_time(texts, store, inbox):
    texts.write_text(inbox / "a-sửa.xlsx", quantities=[2])
    texts.write_text(inbox / "b-đầu.xlsx", quantities=[1])
    (inbox / "sent.csv").write_text(
        "file,sent_at,reference_number\na-sửa.xlsx,18/12/2026 10:00,Số 2/GL\nb-đầu.xlsx,10/12/2026 10:00,\n",
        encoding="utf-8",
    )
    report = ingest(inbox, store)
    assert [(result.file, result.revision, result.sent_at_source) for result in report.results] == [
        ("a-sửa.xlsx", 2, "sent.csv"),
        ("b-đầu.xlsx", 1, "sent.csv"),
    ]
    assert report.notes == ()
    assert store.receipts()["reference_number"].to_list() == [None, "Số 2/GL"]
    assert store.read("activities").collect()["quantity"].to_list() == [2]


def test_two_files_of_one_unit_with_one_time_are_told_about(texts, store, inbox, hanoi):
    texts.write_text(inbox / "a.xlsx", quantities=[2])
    texts.write_text(inbox / "b.xlsx", quantities=[1])
    report = ingest(inbox, store, now=hanoi("2026-12-10T08:00"))
    assert {result.revision for result in report.results} == {1, 2}
    (note,) = report.notes
    assert "cùng thời điểm gửi" in note


def test_the_option_wins_over_the_file_and_the_file_over_the_clock(texts, tmp_path, inbox, hanoi):
    texts.write_text(inbox / "a.xlsx", "vu-pc")
    texts.write_text(inbox / "b.xlsx", "vu-tccb")
    (inbox / "sent.csv").write_text("file;sent_at\r\na.xlsx;2026-12-09T17:00:00Z\r\n", encoding="utf-8-sig")
    now = hanoi("2026-12-24T08:00")
    report = ingest(inbox, tmp_path / "k1", now=now)
    assert [(result.sent_at, result.sent_at_source, result.on_time) for result in report.results] == [
        (hanoi("2026-12-10T00:00"), "sent.csv", True),
        (now, "ingest", False),
    ]
    assert len(report.notes) == 1
    assert "b.xlsx" in report.notes[0]
    option = ingest(inbox, tmp_path / "k2", sent_at=hanoi("2026-12-01T08:00"), now=now)
    assert {result.sent_at_source for result in option.results} == {"option"}
    alone = ingest(inbox / "a.xlsx", tmp_path / "k3", now=now)
    assert alone.results[0].sent_at_source == "sent.csv"


def test_a_wrong_row_of_sent_csv_stops_before_anything_is_written(texts, tmp_path, inbox):
    texts.write_text(inbox / "a.xlsx")
    (inbox / "sent.csv").write_text("file,sent_at\na.xlsx,12/18/2026 10:00\n", encoding="utf-8")
    with pytest.raises(StoreError, match=r"sent\.csv, dòng 2, cột sent_at: «12/18/2026 10:00»"):
        ingest(inbox, tmp_path / "kho")
    assert not (tmp_path / "kho").exists()


def test_a_row_for_a_file_that_is_not_there_is_told_about(texts, store, inbox):
    texts.write_text(inbox / "a.xlsx")
    (inbox / "sent.csv").write_text(
        "file,sent_at\nA.XLSX,18/12/2026 10:00\nmất.xlsx,18/12/2026 10:00\n", encoding="utf-8"
    )
    report = ingest(inbox, store)
    assert report.results[0].sent_at_source == "sent.csv"
    (note,) = report.notes
    assert "mất.xlsx" in note


def test_a_state_secret_leaves_no_trace(texts, store, inbox, hanoi, files_of):
    before = files_of(store.folder)
    texts.write_text(inbox / "a.xlsx", is_secret=True, ok=False, quantities=[987654])
    (result,) = ingest(inbox, store, sent_at=hanoi("2026-12-10T08:00")).results
    assert result.outcome == "secret"
    assert files_of(store.folder) == before
    assert not result.submission.tables
    assert result.submission.content == b""
    assert store.refusals().height == 0


def test_a_refused_file_without_a_unit_is_only_reported(texts, store, inbox, hanoi, files_of):
    before = files_of(store.folder)
    for name, unit, period in (("a.xlsx", None, "2026-H2"), ("b.xlsx", "vu-pc", None), ("c.xlsx", "../x", "2026-H2")):
        texts.write_text(inbox / name, unit, period, ok=False)
    report = ingest(inbox, store, sent_at=hanoi("2026-12-10T08:00"))
    assert report.count("refused") == 3
    assert files_of(store.folder) == before


@pytest.mark.parametrize("place", [("../../x", "2026-H2"), ("vu-pc", "2026"), ("vu-pc", "../2026-H2")])
def test_no_name_from_a_file_leaves_the_store(texts, store, inbox, place, files_of):
    before = files_of(store.folder)
    texts.write_text(inbox / "a.xlsx", *place)
    with pytest.raises(StoreError, match="không đặt tên thư mục được"):
        ingest(inbox, store)
    assert files_of(store.folder) == before


def test_paths_that_hold_nothing_are_refused(texts, store, inbox):
    with pytest.raises(StoreError, match="Không tìm thấy báo cáo nào"):
        ingest(inbox, store)
    with pytest.raises(StoreError, match="Không có tệp hoặc thư mục"):
        ingest([inbox / "x.xlsx"], store)


def test_a_path_given_twice_is_taken_once(texts, store, inbox, hanoi):
    path = texts.write_text(inbox / "a.xlsx")
    assert len(ingest([path, inbox, str(path)], store, sent_at=hanoi("2026-12-10T08:00")).results) == 1


def test_a_folder_of_csv_files_is_one_submission(texts, store, inbox):
    for folder, name in (("vu-pc", "activities.csv"), ("vu-tccb", "Hoạt động.csv")):
        texts.write_text(inbox / folder / name)
    (inbox / "sent.csv").write_text("file,sent_at\n", encoding="utf-8")
    assert find_submissions([inbox]) == [inbox / "vu-pc", inbox / "vu-tccb"]


def test_times_without_a_zone_are_refused(texts, store, inbox):
    path = texts.write_text(inbox / "a.xlsx")
    with pytest.raises(ParameterError, match="thiếu múi giờ"):
        ingest(path, store, sent_at=datetime(2026, 12, 10))  # noqa: DTZ001


def test_progress_is_told_of_every_file(texts, store, inbox, hanoi):
    texts.write_text(inbox / "a.xlsx", "vu-pc")
    texts.write_text(inbox / "b.xlsx", "vu-tccb")
    seen = []
    ingest(inbox, store, sent_at=hanoi("2026-12-10T08:00"), progress=lambda *told: seen.append(told))
    assert seen == [(1, 2), (2, 2)]


def test_a_store_that_another_command_writes_is_busy_and_stays_as_it_was(texts, store, inbox, files_of):
    texts.write_text(inbox / "a.xlsx")
    before = files_of(store.folder)
    with hold_lock(store.folder, 1), pytest.raises(StoreError, match="đang được một lệnh khác ghi"):
        ingest(inbox, store, lock_timeout=0.05)
    assert files_of(store.folder) == before


@pytest.mark.parametrize(
    "failure",
    [(errno.ENOSPC, "hết dung lượng"), (errno.EROFS, "không có quyền ghi"), (errno.EIO, "hệ thống báo lỗi EIO")],
)
def test_a_disk_that_refuses_in_the_middle_keeps_what_was_taken_in(texts, store, inbox, monkeypatch, failure):
    code, sentence = failure
    for name, unit in (("a.xlsx", "vu-pc"), ("b.xlsx", "vu-tccb"), ("c.xlsx", "cuc-cds")):
        texts.write_text(inbox / name, unit)
    paths = [inbox / name for name in ("a.xlsx", "b.xlsx", "c.xlsx")]
    calls = []

    def flush(handle):
        calls.append(handle)
        if len(calls) == flush.limit:
            raise OSError(code, os.strerror(code))

    flush.limit = 10**9
    monkeypatch.setattr(os, "fsync", flush)
    ingest(paths[0], Store.create(inbox / "đếm"))
    flush.limit = len(calls) + len(calls) // 2
    calls.clear()
    with pytest.raises(IngestError, match=sentence) as caught:
        ingest(paths, store)
    assert "đã tiếp nhận 1 tệp: a.xlsx" in str(caught.value)
    assert "chưa tiếp nhận 2 tệp: b.xlsx, c.xlsx" in str(caught.value)
    assert [result.revision for result in caught.value.report.results] == [1]
    assert store.receipts()["unit_id"].to_list() == ["vu-pc"]
    assert not list((store.folder / ".staging").glob("*"))
    assert [result.outcome for result in ingest(paths, store).results] == ["known", "accepted", "accepted"]


def test_left_overs_of_a_killed_run_are_removed_by_the_next(texts, store, inbox, hanoi):
    rest = store.folder / ".staging" / "0123" / "submission" / "cover.parquet"
    rest.parent.mkdir(parents=True)
    rest.write_bytes(b"PAR1")
    assert store.receipts().height == 0
    ingest(texts.write_text(inbox / "a.xlsx"), store, sent_at=hanoi("2026-12-10T08:00"))
    assert not rest.exists()


def stage(root, prepare, numbers, take, **options):
    with contextlib.closing(_stage_ahead(root, prepare, numbers, **options)) as staged:
        for number, folder in staged:
            take(number, folder)


def staged_folders(root):
    return list((root / ".staging").glob("*"))


@pytest.mark.parametrize("ahead", [0, 1, 4])
def test_items_are_taken_in_their_order_however_many_are_prepared_ahead(tmp_path, ahead):
    taken = []

    def prepare(number, folder):
        (folder / "n").write_text(str(number), encoding="utf-8")

    def take(number, folder):
        taken.append((number, (folder / "n").read_text("utf-8")))

    stage(tmp_path, prepare, range(12), take, ahead=ahead)
    assert taken == [(number, str(number)) for number in range(12)]
    assert not staged_folders(tmp_path)


def test_later_items_are_prepared_while_an_earlier_one_waits_for_its_turn(tmp_path):
    later = threading.Event()
    waited = []

    def prepare(number, folder):
        if number == 2:
            later.set()

    def take(number, folder):
        if number == 0:
            waited.append(later.wait(30))

    stage(tmp_path, prepare, range(10), take, ahead=3)
    assert waited == [True]


@pytest.mark.parametrize("ahead", [0, 4])
def test_a_failure_comes_in_its_turn_and_what_was_prepared_later_is_dropped(tmp_path, ahead):
    taken = []

    def prepare(number, folder):
        (folder / "file").write_bytes(b"1")
        if number == 3:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        stage(tmp_path, prepare, range(10), lambda number, folder: taken.append(number), ahead=ahead)
    assert taken == [0, 1, 2]
    assert not staged_folders(tmp_path)


def test_a_failure_in_taking_leaves_nothing_staged(tmp_path):
    def take(number, folder):
        raise PermissionError("gone")

    with pytest.raises(PermissionError):
        stage(tmp_path, lambda number, folder: None, range(10), take, ahead=4)
    assert not staged_folders(tmp_path)


def test_a_few_submissions_start_no_thread(tmp_path):
    names = set()
    stage(
        tmp_path,
        lambda number, folder: names.add(threading.current_thread().name),
        range(intake._FEW - 1),
        lambda number, folder: None,
    )
    assert names == {threading.current_thread().name}
