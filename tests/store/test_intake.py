from __future__ import annotations

import contextlib
import errno
import itertools
import os
import threading
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from nq57kit.cli import main
from nq57kit.errors import ParameterError, StoreError
from nq57kit.store import (
    IngestError,
    Pins,
    Store,
    find_differences,
    find_submissions,
    ingest,
    intake,
    lock_period,
    prove_store,
    reporting_status,
)
from nq57kit.store.folder import hold_lock
from nq57kit.store.intake import _stage_ahead


def test_a_folder_is_taken_with_all_that_was_sent_and_what_programs_leave_is_told(texts, store, inbox, hanoi):
    texts.write_text(inbox / "b.xlsx", "vu-pc")
    texts.write_text(inbox / "quý 2" / "a.ods", "vu-tccb")
    for name in ("~$b.xlsx", ".ẩn.xlsx", "Thumbs.db", ".git/c.xlsx"):
        texts.write_text(inbox / name, "cuc-cds")
    report = ingest(inbox, store, sent_at=hanoi("2026-12-10T08:00"))
    assert [(result.file, result.outcome) for result in report.results] == [
        ("b.xlsx", "accepted"),
        ("a.ods", "accepted"),
    ]
    assert sorted(path.suffix for path in store.folder.glob("raw/*/*")) == [".ods", ".xlsx"]
    assert report.notes == ("Bỏ qua 4 tệp ẩn, tệp tạm của chương trình: .git, .ẩn.xlsx, Thumbs.db, ~$b.xlsx.",)


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
    (inbox / "vu-pc" / "công văn.pdf").write_bytes(b"%PDF")
    assert find_submissions([inbox]) == [inbox / "vu-pc", inbox / "vu-pc" / "công văn.pdf", inbox / "vu-tccb"]


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


# The order of arrival ---------------------------------------------------------------------------

START = datetime.fromisoformat("2026-12-01T00:00:00+07:00")
HOURS = st.integers(0, 5)
#: Which bytes come in, at which hour they are said to be sent (or not said), what the clock shows.
ARRIVALS = st.lists(st.tuples(st.integers(0, 2), st.none() | HOURS, HOURS), min_size=1, max_size=7)


def expected(arrivals):
    """The bytes of each revision by a tiny model: sendings sorted by hour, then by arrival; one twice in a row is one."""
    sendings = []
    for turn, (what, said, clock) in enumerate(arrivals):
        own = [one for one in sendings if one[2] == what]
        if not own:
            hour = said if said is not None else max([clock, *(one[0] for one in sendings)])
            sendings.append((hour, turn, what))
        elif said is not None and len({one[2] for one in sendings}) > 1:
            first = min(own, key=lambda one: one[1])
            if said > first[0] and said not in [one[0] for one in own]:
                sendings.append((said, turn, what))
    return [what for what, _ in itertools.groupby(one[2] for one in sorted(sendings))]


@given(ARRIVALS)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@example([(0, None, 5), (1, None, 4)])  # the clock steps back
@example([(0, 1, 0), (1, 2, 0), (0, 3, 0)])  # v1, v2, v1 again
@example([(0, 1, 0), (1, 2, 0), (0, None, 5)])
@example([(2, 1, 0), (1, 1, 0), (0, 1, 0)])  # all in the same second
@example([(1, None, 0), (2, None, 0), (2, 1, 0), (1, 1, 0)])  # both again in the same second
def test_revisions_follow_a_tiny_model_of_what_arrived(making, tmp_path_factory, arrivals):
    inbox = tmp_path_factory.mktemp("gửi")
    store = Store.create(inbox / "kho")
    files = [making.write_text(inbox / f"{number}.xlsx", quantities=[number]) for number in range(3)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(intake, "check_many", making.check_texts)
        for what, said, clock in arrivals:
            sent_at = None if said is None else START + timedelta(hours=said)
            ingest(files[what], store, sent_at=sent_at, now=START + timedelta(hours=clock))
    wanted = expected(arrivals)
    told = store.receipts().sort("revision")
    assert told["file"].to_list() == [f"{what}.xlsx" for what in wanted]
    assert told["revision"].to_list() == list(range(1, len(wanted) + 1))
    assert store.read("activities").collect()["quantity"].to_list() == wanted[-1:]
    every = store.read("activities", revisions="all").sort("revision").collect()
    assert every["quantity"].to_list() == wanted
    assert prove_store(store.folder).flaws == ()


@pytest.fixture
def twice(texts, store, inbox, hanoi):
    """Two versions of a report, sent on the 10th and the 15th."""
    files = [texts.write_text(inbox / f"v{number}.xlsx", quantities=[number]) for number in (1, 2)]
    for path, day in zip(files, (10, 15), strict=True):
        ingest(path, store, sent_at=hanoi(f"2026-12-{day}T08:00"), now=hanoi("2026-12-16T08:00"))
    return store, files


def quantity(view):
    return view.read("activities", "2026-H2").collect()["quantity"].to_list()


def test_the_first_file_sent_again_with_its_time_counts_and_what_was_stays_in_the_history(twice, hanoi, files_of):
    store, (first, _) = twice
    before, pinned = files_of(store.folder), Pins(tuple(store.receipts()["sha256"].to_list()))
    report = ingest(first, store, sent_at=hanoi("2026-12-18T09:00"), now=hanoi("2026-12-18T10:00"))
    (result,) = report.results
    assert (result.outcome, result.revision, result.sent_at) == ("known", 3, hanoi("2026-12-18T09:00"))
    assert report.notes == (
        "Tệp «v1.xlsx» đã có trong kho; đã ghi là gửi lại 09:00 ngày 18/12/2026, bản được tính là «v1.xlsx».",
    )
    new = files_of(store.folder).keys() - before.keys()
    assert [name.rpartition(".sent-")[2] for name in new] == ["again-20261218T020000Z.json"]
    rows = store.receipts().select("file", "revision", "is_latest", "is_first", "on_time").rows()
    assert rows == [
        ("v1.xlsx", 1, False, True, True),
        ("v2.xlsx", 2, False, False, True),
        ("v1.xlsx", 3, True, False, True),
    ]
    assert quantity(store) == [1]
    assert quantity(store.snapshot()) == [1]
    assert store.receipts(as_of=date(2026, 12, 17))["file"].to_list() == ["v1.xlsx", "v2.xlsx"]
    assert quantity(store.pinned(pinned)) == [2]  # a report made before stands on what it stood on
    assert find_differences(store, "vu-tccb", "2026-H2").changes != ()
    again = ingest(first, store, sent_at=hanoi("2026-12-18T09:00"), now=hanoi("2026-12-19T10:00"))
    assert (again.notes, again.results[0].revision) == ((), 3)
    assert prove_store(store.folder).ok


def test_the_first_file_sent_again_without_a_time_is_told_and_changes_nothing(twice, hanoi, files_of):
    store, (first, second) = twice
    before = files_of(store.folder)
    (note,) = ingest(first, store, now=hanoi("2026-12-18T10:00")).notes
    assert "bản đang được tính là «v2.xlsx» gửi 08:00 ngày 15/12/2026" in note
    assert "--sent-at" in note
    assert ingest(second, store, now=hanoi("2026-12-18T10:00")).notes == ()
    assert ingest([first, second], store, now=hanoi("2026-12-18T10:00")).notes == ()
    assert files_of(store.folder) == before


def test_a_folder_taken_in_again_with_one_time_for_all_turns_nothing_round(twice, hanoi, files_of):
    store, files = twice
    before = files_of(store.folder)
    assert len(ingest(files, store, sent_at=hanoi("2026-12-18T09:00"), now=hanoi("2026-12-18T10:00")).notes) == 2
    assert files_of(store.folder) == before


def test_a_file_sent_again_after_a_lock_is_kept_and_in_no_report(twice, texts, inbox, hanoi):
    store, (first, _) = twice
    ingest(texts.write_text(inbox / "h1.xlsx", period="2026-H1"), store, sent_at=hanoi("2026-06-10T08:00"))
    lock_period(store, store.plan.period("2026-H2"), now=hanoi("2026-12-17T08:00"))
    report = ingest(first, store, sent_at=hanoi("2026-12-18T09:00"), now=hanoi("2026-12-18T10:00"))
    assert "đã khóa" in report.notes[-1]
    assert (quantity(store.snapshot()), quantity(store.official())) == ([1], [2])
    status = reporting_status(store, "2026-H2", store.plan, date(2026, 12, 25))
    assert [(row["unit_id"], row["revision"]) for row in status["after_lock"]] == [("vu-tccb", 3)]
    assert prove_store(store.folder).ok


def test_an_edited_sending_again_is_told(twice, hanoi):
    store, (first, _) = twice
    ingest(first, store, sent_at=hanoi("2026-12-18T09:00"), now=hanoi("2026-12-18T10:00"))
    path = next(store.folder.rglob("*.sent-again-*.json"))
    path.write_text(path.read_text(encoding="utf-8").replace("2026-12-18T09", "2026-12-08T09"), encoding="utf-8")
    assert [flaw.kind for flaw in prove_store(store.folder).flaws] == ["changed"]
    with pytest.raises(StoreError, match="sent-again"):
        store.receipts()


def test_a_clock_that_steps_back_makes_no_correction_the_first_revision(texts, store, inbox, hanoi):
    for number, clock in ((1, "10:00:05"), (2, "10:00:04"), (3, "09:00:00")):
        path = texts.write_text(inbox / f"{number}.xlsx", quantities=[number])
        report = ingest(path, store, now=hanoi(f"2026-12-10T{clock}"))
        assert report.results[0].revision == number
    assert "Đồng hồ của máy (09:00 ngày 10/12/2026) chậm hơn" in report.notes[0]
    assert quantity(store) == [3]


def test_a_wrong_file_after_an_accepted_one_stands_though_the_clock_stepped_back(texts, store, inbox, hanoi):
    ingest(texts.write_text(inbox / "1.xlsx"), store, now=hanoi("2026-12-10T10:00"))
    ingest(texts.write_text(inbox / "2.xlsx", ok=False), store, now=hanoi("2026-12-10T09:00"))
    assert store.refusals()["file"].to_list() == ["2.xlsx"]
    ingest(texts.write_text(inbox / "3.xlsx", quantities=[3]), store, now=hanoi("2026-12-10T08:00"))
    assert store.refusals().height == 0


@pytest.mark.parametrize("year", [1999, 2025, 2032, 2062])
@pytest.mark.parametrize("how", ["option", "sent.csv", "store sent-at"])
def test_a_time_at_which_nothing_can_be_sent_is_refused_in_one_sentence(  # noqa: PLR0917
    texts, store, inbox, hanoi, capsys, year, how
):
    path, when = texts.write_text(inbox / "a.xlsx"), f"10/12/{year} 08:00"
    if how == "store sent-at":
        ingest(path, store, sent_at=hanoi("2026-12-10T08:00"))
        command = ["store", "sent-at", "vu-tccb", "2026-H2", when, "--reason", "Theo sổ công văn"]
    elif how == "sent.csv":
        (inbox / "sent.csv").write_text(f"file,sent_at\na.xlsx,{when}\n", encoding="utf-8")
        command = ["ingest", str(path)]
    else:
        command = ["ingest", str(path), "--sent-at", when]
    before = {name.name for name in store.folder.rglob("*.json")}
    assert main([*command, "--store", str(store.folder)]) == 2
    said = capsys.readouterr().err
    assert f"08:00 ngày 10/12/{year} không thể có" in said
    assert said.count("\n") == 1
    assert {name.name for name in store.folder.rglob("*.json")} == before


def test_a_time_that_lies_ahead_is_asked_about(making, store, inbox, capsys):
    form = making.write_form(inbox / "a.xlsx", "vu-pc")
    ahead = datetime.now(START.tzinfo) + timedelta(days=9)
    told = f"{ahead:%d/%m/%Y %H:%M}"
    assert main(["ingest", str(form), "--sent-at", told, "--store", str(store.folder)]) == 0
    assert "Thời điểm gửi ở sau hôm nay (1 tệp: a.xlsx)" in capsys.readouterr().out
    command = ["store", "sent-at", "vu-pc", "2026-H2", told, "--reason", "Theo sổ công văn"]
    assert main([*command, "--store", str(store.folder)]) == 0
    assert "Thời điểm gửi ở sau hôm nay" in capsys.readouterr().out
