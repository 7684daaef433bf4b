"""Requests (IV.3, contract §7): numbered by the store, sent on forms of their own tables, judged by their moment."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from nq57kit.cli import main
from nq57kit.errors import ParameterError, PeriodError, SecretError
from nq57kit.files import hash_bytes
from nq57kit.plan import Request, Window, load_plan
from nq57kit.store import Store, ingest, prove_store, reporting_status, request_report, reread_store
from nq57kit.submissions import check, write_returned, write_template
from nq57kit.submissions.form import write_workbook

ASKED: dict[str, Any] = {
    "start": "2027-03-01",
    "end": "31/07/2027",
    "due": "20/08/2027 16:00",
    "tables": ["workforce", "Hoạt động"],
    "units": ["nhom:vien"],
    "basis": "Công văn số …/BNNMT-KHCN",
}
TITLE = "Kết quả Tháng thanh niên, lũy kế đến 31/7/2027 (triệu đồng)"
NOW = datetime.fromisoformat("2027-08-21T08:00:00+07:00")
ACTIVITY = {
    "task_id": 1,
    "name": "Hội nghị tháng Ba",
    "activity_type": "hoi_nghi",
    "channel": "truc_tiep",
    "started_on": date(2027, 3, 20),
    "quantity": 2,
    "reach": 100,
}
STAFF = {"staff_total": 50, "staff_reached": 20, "comms_staff_total": 2, "comms_staff_trained": 1}
RECORDS = {"activities": [ACTIVITY], "workforce": [STAFF]}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store.create(tmp_path / "kho")
    request_report(made, TITLE, **ASKED)
    return made


def _fill(store: Store, folder: Path, unit: str = "vien-vaas", period: str = "2027-R01", **more: Any) -> Path:
    folder.mkdir(exist_ok=True)
    plan = store.plan
    records = {"records": RECORDS} | more
    return write_workbook(folder / f"{period}-{unit}.xlsx", unit_id=unit, period=period, plan=plan, **records)


def _send(store: Store, path: Path, sent_at: str = "2027-08-20T15:59:59+07:00") -> Any:
    return ingest(path, store, sent_at=datetime.fromisoformat(sent_at), now=NOW).results[0]


def _codes(findings: Any) -> set[str]:
    return {one.code for one in findings if one.severity != "note"}


# What is asked ------------------------------------------------------------------------------------


def test_the_store_numbers_requests_within_the_year_of_their_days(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "kho")
    told = [
        request_report(store, f"Yêu cầu thứ {end}", **{**ASKED, "start": "2027-01-01", "end": end, "due": "2028-09-01"})
        for end in ("2027-07-31", "2028-01-31", "2027-12-31")
    ]
    assert [one.values["period"] for one in told] == ["2027-R01", "2028-R01", "2027-R02"]
    assert [period for period, _ in store.plan.calendar.requests] == ["2027-R01", "2027-R02", "2028-R01"]
    assert load_plan().calendar.requests == ()


def test_a_request_is_told_to_the_plan_of_its_store_alone(store: Store) -> None:
    period = store.plan.period("2027-R01")
    assert period.request == Request(
        TITLE,
        Window(date(2027, 3, 1), date(2027, 7, 31)),
        datetime.fromisoformat("2027-08-20T16:00:00+07:00"),
        ("activities", "workforce"),
        ("nhom:vien",),
        "Công văn số …/BNNMT-KHCN",
    )
    assert store.plan is store.plan
    institutes = [row["unit_id"] for row in load_plan().units.to_dicts() if "vien" in row["groups"] and row["reports"]]
    assert store.plan.units_reporting(period)["unit_id"].to_list() == institutes
    with pytest.raises(PeriodError, match="request list"):
        load_plan().period("2027-R01")


def test_a_unit_that_is_named_itself_is_asked_beside_a_group(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "kho")
    request_report(store, "Một đơn vị và một nhóm", **{**ASKED, "units": ["Vụ Tổ chức cán bộ", "nhom:van_phong"]})
    asked = store.plan.units_reporting(store.plan.period("2027-R01"))["unit_id"].to_list()
    assert asked == ["vu-tccb", "van-phong"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"start": "2027-08-01"}, ["thứ tự", "--from"]),
        ({"due": "2027-07-30"}, ["thứ tự", "--due"]),
        ({"due": "hôm nay"}, ["--due", "20/08/2027 16:00"]),
        ({"start": "31/02/2027"}, ["--from", "31/02/2027"]),
        ({"tables": ["activites"]}, ["«activites»", "«activities»"]),
        ({"tables": ["cover"]}, ["«cover»"]),
        ({"tables": []}, ["ít nhất một bảng"]),
        ({"units": ["nhom:vienn"]}, ["«nhom:vienn»", "«nhom:vien»"]),
        ({"units": ["vu-tcb"]}, ["«vu-tcb»", "«vu-tccb»"]),
        ({"units": []}, ["--units"]),
        ({"basis": ""}, ["--basis"]),
        ({"basis": "dài " * 100}, ["--basis", "300"]),
        ({"start": "2031-01-01", "end": "2031-02-01", "due": "2031-03-01"}, ["2031", "2030"]),
    ],
)
def test_a_wrong_request_is_refused_with_one_sentence(store: Store, wrong: dict[str, Any], words: list[str]) -> None:
    with pytest.raises((ParameterError, PeriodError)) as caught:
        request_report(store, "Một yêu cầu khác", **{**ASKED, **wrong})
    sentence = str(caught.value)
    assert "\n" not in sentence
    for word in words:
        assert word in sentence
    assert len(store.plan.calendar.requests) == 1


def test_no_request_names_a_state_secret(store: Store) -> None:
    with pytest.raises(SecretError):
        request_report(store, "Tình hình nhiệm vụ (Tuyệt mật)", **ASKED)
    with pytest.raises(SecretError):
        request_report(store, "Tình hình nhiệm vụ", **{**ASKED, "basis": "Công văn (Tuyệt mật) số 5"})


# The form -----------------------------------------------------------------------------------------


def test_the_form_has_the_tables_asked_and_says_what_is_asked(store: Store, tmp_path: Path) -> None:
    paths = write_template("2027-R01", tmp_path / "bieu-mau", plan=store.plan)
    assert len(paths) == store.plan.units_reporting(store.plan.period("2027-R01")).height
    book = openpyxl.load_workbook(paths[0])
    shown = [sheet.title for sheet in book if sheet.sheet_state == "visible"]
    assert shown == ["Hướng dẫn", "Thông tin chung", "Hoạt động", "Nhân lực"]
    said = book["Thông tin chung"]["A3"].value
    for words in (TITLE, "Công văn số …/BNNMT-KHCN", "trước 16 giờ 00 ngày 20/8/2027", "01/3/2027", "31/7/2027"):
        assert words in said
    guide = " ".join(str(cell.value) for row in book["Hướng dẫn"].rows for cell in row if cell.value)
    assert TITLE in guide
    for words in ("trước ngày 20/06", "Tiến độ nhiệm vụ", "Kinh phí»", "None"):
        assert words not in guide


def test_a_unit_without_the_store_checks_its_form(store: Store, tmp_path: Path) -> None:
    submission = check(_fill(store, tmp_path / "gui"))
    assert submission.ok
    assert (submission.period, submission.unit_id, submission.is_empty) == ("2027-R01", "vien-vaas", False)
    assert _codes(submission.findings) == set()
    assert list(submission.counts) == ["cover", "activities", "workforce"]
    late = {**ACTIVITY, "started_on": date(2027, 8, 5)}
    outside = check(_fill(store, tmp_path / "gui", records={**RECORDS, "activities": [late]}))
    assert _codes(outside.findings) == {"activity-outside-window"}


def test_staff_alone_with_nobody_reached_is_an_answer_where_only_staff_is_asked(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "kho")
    request_report(store, "Chỉ hỏi nhân lực", **{**ASKED, "tables": ["workforce"]})
    nobody = dict.fromkeys(STAFF, 0) | {"staff_total": 40}
    assert not check(_fill(store, tmp_path / "gui", records={"workforce": [nobody]})).is_empty


def test_what_is_not_asked_is_told_and_not_taken(store: Store, tmp_path: Path) -> None:
    path = _fill(store, tmp_path / "gui")
    book = openpyxl.load_workbook(path)
    sheet = book.create_sheet("Kinh phí")
    sheet.append(["Nhiệm vụ (TT 1–10)", "Nguồn kinh phí", "Dự toán (đồng)", "Được giao (đồng)", "Đã giải ngân (đồng)"])
    sheet.append([1, "Ngân sách nhà nước", 5_000_000, 4_000_000, 3_000_000])
    book.save(path)
    submission = check(path)
    assert submission.ok
    told = next(one for one in submission.findings if one.code == "sheet-not-asked")
    assert (told.sheet, "1 dòng" in told.message) == ("Kinh phí", True)
    assert submission.tables["budget"].is_empty()


def test_a_wrong_cell_comes_back_on_the_form_of_the_request(store: Store, tmp_path: Path) -> None:
    path = _fill(store, tmp_path / "gui", records={**RECORDS, "activities": [{**ACTIVITY, "quantity": "12 tin"}]})
    submission = check(path)
    assert not submission.ok
    returned = write_returned(submission, tmp_path / "tra-lai")
    assert returned is not None
    book = openpyxl.load_workbook(returned)
    assert [sheet.title for sheet in book if sheet.sheet_state == "visible"] == [
        *("Phiếu phản hồi", "Hướng dẫn", "Thông tin chung", "Hoạt động", "Nhân lực"),
    ]
    book["Hoạt động"]["G5"].value = 12
    book.save(returned)
    again = check(returned)
    assert again.ok
    assert again.tables["activities"]["quantity"].to_list() == [12]


# Into the store -----------------------------------------------------------------------------------


def test_lateness_is_judged_by_the_moment_and_who_must_send_by_the_request(store: Store, tmp_path: Path) -> None:
    for unit, sent in (("vien-vaas", "2027-08-20T15:59:59+07:00"), ("vien-vafs", "2027-08-20T16:00:00+07:00")):
        assert _send(store, _fill(store, tmp_path / "gui", unit), sent).outcome == "accepted"
    status = reporting_status(store, "2027-R01", load_plan(), date(2027, 8, 20))
    states = {unit["unit_id"]: unit["state"] for unit in status["units"]}
    assert (states["vien-vaas"], states["vien-vafs"]) == ("on_time", "late")
    assert status["expected"] == len(states) == store.plan.units_reporting(store.plan.period("2027-R01")).height
    assert (status["actual"], status["actual_on_time"], status["is_over"]) == (2, 1, True)
    assert len(status["overdue"]) == len(states) - 2
    assert status["request"]["title"] == TITLE


def test_a_unit_that_is_not_asked_is_refused(store: Store, tmp_path: Path) -> None:
    result = _send(store, _fill(store, tmp_path / "gui", "vu-tccb", records={"workforce": [STAFF]}))
    assert result.outcome == "refused"
    told = next(one for one in result.submission.findings if one.severity == "error")
    assert (told.code, told.sheet, told.cell) == ("request-not-asked", "Thông tin chung", "B5")
    assert "Vụ Tổ chức cán bộ" in told.message


def test_a_store_takes_no_request_in_that_it_has_not_made(store: Store, tmp_path: Path) -> None:
    other = Store.create(tmp_path / "kho-khác")
    result = _send(other, _fill(store, tmp_path / "gui"))
    assert result.outcome == "refused"
    assert "request-unknown" in _codes(result.submission.findings)


def test_a_form_that_tells_another_request_is_found(store: Store, tmp_path: Path) -> None:
    other = Store.create(tmp_path / "kho-khác")
    request_report(other, TITLE, **{**ASKED, "due": "2027-08-31", "tables": ["activities", "workforce", "issues"]})
    result = _send(store, _fill(other, tmp_path / "gui"))
    assert result.outcome == "accepted"
    told = next(one for one in result.submission.findings if one.code == "request-differs")
    assert "thời hạn gửi, các trang tính" in told.message


def test_its_rows_stand_under_its_period_alone_and_the_store_proves_itself(store: Store, tmp_path: Path) -> None:
    half = {"activities": [{**ACTIVITY, "name": "Hội nghị của kỳ"}], "workforce": [STAFF]}
    tasks = [{"task_id": task, "status": "dang_thuc_hien"} for task in _led("vien-vaas")]
    sent = _fill(store, tmp_path / "gui", period="2027-H1", records={**half, "task_progress": tasks})
    assert _send(store, sent, "2027-06-10T08:00:00+07:00").outcome == "accepted"
    before = hash_bytes(store.read("activities", "2027").collect().write_csv().encode())
    assert _send(store, _fill(store, tmp_path / "gui")).outcome == "accepted"
    assert hash_bytes(store.read("activities", "2027").collect().write_csv().encode()) == before
    assert store.read("activities", "2027-R01").collect()["name"].to_list() == ["Hội nghị tháng Ba"]
    assert store.read("budget", "2027-R01").collect().is_empty()
    assert [flaw for flaw in prove_store(store.folder).flaws if flaw.is_damage] == []
    assert reread_store(store).mismatches == ()


def test_what_a_request_tells_otherwise_than_the_half_is_asked_about_with_both_cells(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks = [{"task_id": task, "status": "dang_thuc_hien"} for task in _led("vien-vaas")]
    half = {"activities": [{**ACTIVITY, "quantity": 1}], "workforce": [{**STAFF, "staff_reached": 30}]}
    later = {
        **ACTIVITY,
        "started_on": date(2027, 7, 1),
        "quantity": 9,
    }  # in days of the second half, of which nothing came
    sent = _fill(store, tmp_path / "gui", period="2027-H1", records={**half, "task_progress": tasks})
    assert _send(store, sent, "2027-06-10T08:00:00+07:00").outcome == "accepted"
    asked = _fill(store, tmp_path / "gui", records={"activities": [ACTIVITY, later], "workforce": [STAFF]})
    result = _send(store, asked)
    told = {one.code: one for one in result.submission.findings if one.severity == "warning"}
    assert set(told) == {"request-more-than-half", "request-staff-differs"}
    more, staff = told["request-more-than-half"], told["request-staff-differs"]
    assert (more.sheet, more.cell, staff.sheet, staff.cell) == ("Hoạt động", "G5", "Nhân lực", "B6")
    for words in ("ghi 2 «Hội nghị»", "01/3/2027", "14/6/2027", "6 tháng đầu năm 2027", "(1; ô G5)"):
        assert words in more.message
    assert "ghi 20" in staff.message
    assert "(30; ô B6)" in staff.message
    across = store.cross_findings("2027-R01")
    assert sorted(across["code"]) == sorted(told)
    assert store.cross_findings("2027-H1").is_empty()
    assert store.findings("2027-H1")["code"].is_in(list(told)).sum() == 0
    assert main(["crosscheck", "2027-R01", "--store", str(store.folder)]) == 0
    assert "Với báo cáo 6 tháng của chính đơn vị: 2 điểm" in capsys.readouterr().out
    assert reread_store(store).mismatches == ()


def test_a_request_that_fits_its_half_raises_nothing(store: Store, tmp_path: Path) -> None:
    tasks = [{"task_id": task, "status": "dang_thuc_hien"} for task in _led("vien-vaas")]
    half = {"activities": [ACTIVITY], "workforce": [STAFF], "task_progress": tasks}
    sent = _fill(store, tmp_path / "gui", period="2027-H1", records=half)
    assert _send(store, sent, "2027-06-10T08:00:00+07:00").outcome == "accepted"
    assert _codes(_send(store, _fill(store, tmp_path / "gui")).submission.findings) == set()


def _led(unit: str) -> list[int]:
    return load_plan().tasks_led_by(unit)["task_id"].to_list()


# The commands -------------------------------------------------------------------------------------


def test_the_commands_go_from_the_request_to_the_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    options = ["--from", "2027-03-01", "--to", "2027-07-31", "--due", "2027-08-20", "--basis", "Công văn số …/BNNMT"]
    asked = ["--title", "Tháng thanh niên", "--tables", "activities,workforce", "--units", "nhom:vien,vu-tccb"]
    assert main(["request", "new", *asked, *options, "--store", "kho", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["period"], told["tables"]) == ("2027-R01", ["activities", "workforce"])
    assert "vu-tccb" in told["expected"]
    assert main(["request", "list", "--store", "kho", "--format", "json"]) == 0
    assert [one["period"] for one in json.loads(capsys.readouterr().out)] == ["2027-R01"]
    assert main(["template", "2027-R01", "--store", "kho", "--out", "bieu-mau", "--unit", "vu-tccb"]) == 0
    assert [path.name for path in Path("bieu-mau").iterdir()] == ["NQ57_2027-R01_vu-tccb.xlsx"]
    capsys.readouterr()
    assert main(["status", "2027-R01", "--store", "kho", "--as-of", "2027-08-21", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["is_over"] is True
