"""Prefilled forms: what goes on is filled in, last figures stand beside, and nothing of it makes a report."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import openpyxl
import polars as pl
import pytest

from nq57kit.plan import load_plan
from nq57kit.store import Store, ingest
from nq57kit.submissions import check, read_earlier, write_template, write_workbook
from nq57kit.submissions.contract import PREVIOUS_SHEET

UNIT, NOTICE = "vu-tccb", "DỮ LIỆU GIẢ LẬP"
SENT = datetime(2026, 6, 10, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


def science(code: str, end_year: int, *, told: bool) -> dict[str, object]:
    row: dict[str, object] = {
        "code": code, "name": f"Nghiên cứu {code}", "level": "bo", "state_funded": True, "start_year": 2024,
        "end_year": end_year, "communicated": told,
    }  # fmt: skip
    return row | ({"communicated_on": date(2026, 5, 20), "channel": "bao_chi"} if told else {})


@pytest.fixture
def records(records):
    """The filled form as one of the first half: nothing in it lies outside the window."""
    records["activities"] = records["activities"][:1]
    records["activities"][0] |= {"started_on": date(2026, 6, 1), "ended_on": None}
    records["cover"] = [{"contact_name": "Trần Thị B (giả lập)", "secret_task_count": 2}]
    records["science_tasks"] = [science("GL.01", 2027, told=True), science("GL.02", 2025, told=False)]
    records["task_progress"][1] |= {"completed_on": None, "next_steps": "Tổng kết"}
    return records


@pytest.fixture
def store(records, tmp_path):
    path = write_workbook(tmp_path / "h1.xlsx", unit_id=UNIT, period="2026-H1", records=records, notice=NOTICE)
    assert ingest(path, tmp_path / "kho", sent_at=SENT).count("accepted") == 1
    return Store(tmp_path / "kho")


@pytest.fixture
def prefilled(store, tmp_path):
    earlier = read_earlier(store, "2026-H2", load_plan())
    (path,) = write_template("2026-H2", tmp_path / "bieu-mau", unit_id=UNIT, earlier=earlier)
    return path


def comments(book) -> dict[tuple[str, str], str]:
    return {(sheet.title, cell.coordinate): cell.comment.text for sheet in book for row in sheet for cell in row if cell.comment}  # fmt: skip


def test_tasks_that_go_on_are_filled_in_and_answers_are_asked_anew(prefilled):
    book = openpyxl.load_workbook(prefilled)
    assert [cell.value for cell in book["Nhiệm vụ KHCN"][5]][:7] == [
        "GL.01", "Nghiên cứu GL.01", "Cấp bộ", "Có", 2024, 2027, None,
    ]  # fmt: skip
    assert book["Nhiệm vụ KHCN"]["A6"].value is None
    progress = book["Tiến độ nhiệm vụ"]
    assert [(progress[f"A{row}"].value, progress[f"B{row}"].value) for row in (5, 6, 7)] == [(1, None), (7, None), (None, None)]  # fmt: skip
    assert [book["Nhân lực"][f"B{row}"].value for row in range(5, 9)] == [None] * 4
    assert book["Hoạt động"]["A5"].value is None


def test_last_figures_stand_in_comments_and_on_a_sheet_of_their_own(prefilled):
    book = openpyxl.load_workbook(prefilled)
    said = comments(book)
    assert said["Nhân lực", "B5"] == "Kỳ trước (6 tháng đầu năm 2026): 80"
    assert said["Thông tin chung", "B13"] == "Kỳ trước (6 tháng đầu năm 2026): 2"
    assert "Tình trạng: Đang thực hiện; Tỷ lệ hoàn thành (%): 62,5" in said["Tiến độ nhiệm vụ", "B5"]
    assert "Việc tiếp theo: Tổng kết" in said["Tiến độ nhiệm vụ", "B6"]
    assert "Đã được truyền thông: Có; Ngày truyền thông đầu tiên: 20/5/2026" in said["Nhiệm vụ KHCN", "G5"]
    text = "\n".join(str(cell) for row in book[PREVIOUS_SHEET].iter_rows(values_only=True) for cell in row if cell)
    for words in (NOTICE, "6 THÁNG ĐẦU NĂM 2026", "Dự toán (đồng): 30.000.000", "Kinh phí được giao chậm", "GL.02"):
        assert words in text
    assert "«Ngày hoàn thành» để trống" in text  # what was missing
    assert "Trần Thị B" not in text + "".join(said.values())


def test_a_prefilled_form_sent_back_untouched_is_no_report(prefilled, tmp_path):
    submission = check(prefilled)
    assert not submission.ok
    assert submission.is_empty or submission.counts["science_tasks"]["accepted"] == 0
    assert all(counts["accepted"] == 0 for table, counts in submission.counts.items() if table != "cover")
    assert not any(one.sheet == PREVIOUS_SHEET for one in submission.findings)
    assert ingest(prefilled, tmp_path / "kho", sent_at=SENT.replace(month=12)).count("accepted") == 0


def test_a_prefilled_form_that_is_filled_reads_like_a_blank_one(prefilled, tmp_path):
    book = openpyxl.load_workbook(prefilled)
    for row, value in enumerate((70, 60, 4, 1), 5):
        book["Nhân lực"][f"B{row}"] = value
    book["Nhiệm vụ KHCN"]["G5"], book["Nhiệm vụ KHCN"]["H5"] = "Có", "20/5/2026"
    book["Nhiệm vụ KHCN"]["J5"] = "12/BC"
    for row in (5, 6):
        book["Tiến độ nhiệm vụ"][f"B{row}"] = "Đang thực hiện"
    book.save(prefilled)
    submission = check(prefilled, period="2026-H2", unit_id=UNIT)
    assert submission.findings == ()
    assert submission.notice == NOTICE
    assert submission.tables["workforce"]["staff_total"].to_list() == [70]


def test_a_unit_without_an_earlier_report_gets_a_blank_form_and_equal_input_gives_equal_bytes(store, tmp_path):
    earlier = read_earlier(store, "2026-H2", load_plan())
    assert set(earlier) == {UNIT}
    for unit_id in (UNIT, "vu-pc"):
        first, second, blank = (
            write_template("2026-H2", tmp_path / name, unit_id=unit_id, earlier=told)[0].read_bytes()
            for name, told in (("a", earlier), ("b", earlier), ("c", None))
        )
        assert first == second
        assert (first == blank) == (unit_id != UNIT)


@pytest.mark.parametrize("period", ["2026-H1", "2027-H1"])
def test_the_latest_half_before_the_period_counts(store, period):
    earlier = read_earlier(store, period, load_plan())
    assert [str(one.period) for one in earlier.values()] == ([] if period == "2026-H1" else ["2026-H1"])


def test_what_merged_units_said_goes_to_their_successor(store, tmp_path):
    plan = load_plan()
    other = {"workforce": [{"staff_total": 7, "staff_reached": 5, "comms_staff_total": 0, "comms_staff_trained": 0}]}
    path = write_workbook(tmp_path / "pc.xlsx", unit_id="vu-pc", period="2026-H1", records=other)
    assert ingest(path, tmp_path / "kho", sent_at=SENT).count("accepted") == 1
    closed = pl.col("unit_id").is_in([UNIT, "vu-pc"])
    units = plan.units.with_columns(
        valid_to=pl.when(closed).then(date(2026, 7, 1)).otherwise("valid_to"),
        predecessors=pl.when(pl.col("unit_id") == "vu-khtc").then(pl.lit([UNIT, "vu-pc"])).otherwise("predecessors"),
    )
    merged = replace(plan, units=units)
    earlier = read_earlier(store, "2026-H2", merged)
    assert set(earlier) == {"vu-khtc"}
    assert sorted(earlier["vu-khtc"].senders) == ["vu-pc", UNIT]
    (path,) = write_template("2026-H2", tmp_path / "bm", plan=merged, unit_id="vu-khtc", earlier=earlier)
    comment = comments(openpyxl.load_workbook(path))["Nhân lực", "B5"]
    assert "Vụ TCCB: 80" in comment
    assert "Vụ PC: 7" in comment


def test_earlier_reports_of_a_period_outside_the_plan_are_left_out():
    class Odd:
        def receipts(self):
            return pl.DataFrame({"unit_id": [UNIT], "period": ["2019-H1"], "is_latest": [True], "notice": [None]})

    assert read_earlier(Odd(), "2026-H2", load_plan()) == {}
