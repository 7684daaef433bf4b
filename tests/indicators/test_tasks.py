"""Task statuses: from what a unit says, the due day and the day of the report."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from nq57kit.indicators import completion, task_status
from nq57kit.indicators.tasks import SAID_LATE, due_days, left_out_progress, task_summary
from nq57kit.submissions.contract import load_codes

BEFORE, DUE, AFTER = date(2027, 12, 1), date(2027, 12, 14), date(2027, 12, 15)
#: A task of each cadence, with a unit that leads it.
ANNUAL, CONTINUOUS, BOTH, SPAN, BY_DATE = (
    (7, "vu-tccb"), (2, "van-phong"), (1, "vu-tccb"), (3, "cuc-cds"), (10, "vu-khcn"),
)  # fmt: skip


def said(task: tuple[int, str], status: str, **more: Any) -> dict[str, Any]:
    return {"task_id": task[0], "unit_id": task[1], "period": "2027-H2", "status": status} | more


def statuses(make: Any, rows: list[dict[str, Any]], as_of: date = BEFORE, units: tuple[str, ...] = ()) -> pl.DataFrame:
    units = units or tuple(dict.fromkeys(row["unit_id"] for row in rows))
    due = due_days(make.plan, 2027)
    return task_status(make.table("task_progress", rows), make.plan.leads(), due, units, as_of, until="2027-H2")


def one(make: Any, task: tuple[int, str], as_of: date, status: str, **more: Any) -> str:
    frame = statuses(make, [said(task, status, **more)], as_of)
    return str(frame.filter(task_id=task[0], unit_id=task[1])["status"].item())


@pytest.mark.parametrize(
    ("task", "as_of", "status", "expected"),
    [
        (ANNUAL, DUE, "chua_thuc_hien", "chua_thuc_hien"),
        (ANNUAL, AFTER, "chua_thuc_hien", "chua_thuc_hien_qua_han"),
        (ANNUAL, DUE, "dang_thuc_hien", "dang_thuc_hien_trong_han"),
        (ANNUAL, AFTER, "dang_thuc_hien", "dang_thuc_hien_qua_han"),
        (ANNUAL, AFTER, "khong_phat_sinh", "khong_phat_sinh"),
        (CONTINUOUS, AFTER, "dang_thuc_hien", "thuong_xuyen"),
        (CONTINUOUS, AFTER, "hoan_thanh", "thuong_xuyen"),
        (CONTINUOUS, AFTER, "chua_thuc_hien", "chua_thuc_hien"),
        (BOTH, AFTER, "dang_thuc_hien", "thuong_xuyen"),
        (BOTH, AFTER, "chua_thuc_hien", "chua_thuc_hien"),
        (BOTH, AFTER, "hoan_thanh", "hoan_thanh_thieu_ngay"),
        (SPAN, AFTER, "dang_thuc_hien", "dang_thuc_hien_trong_han"),
        (SPAN, date(2030, 12, 15), "dang_thuc_hien", "dang_thuc_hien_qua_han"),
        (BY_DATE, date(2027, 12, 19), "dang_thuc_hien", "dang_thuc_hien_trong_han"),
        (BY_DATE, date(2027, 12, 20), "dang_thuc_hien", "dang_thuc_hien"),
        (BY_DATE, date(2027, 12, 20), "chua_thuc_hien", "chua_thuc_hien"),
    ],
)
def test_status_follows_cadence_and_due_day(
    make: Any, task: tuple[int, str], as_of: date, status: str, expected: str
) -> None:
    assert one(make, task, as_of, status) == expected


@pytest.mark.parametrize(
    ("task", "completed_on", "expected"),
    [
        (ANNUAL, DUE, "hoan_thanh_dung_han"),
        (ANNUAL, AFTER, "hoan_thanh_qua_han"),
        (ANNUAL, None, "hoan_thanh_thieu_ngay"),
        (BOTH, BEFORE, "hoan_thanh"),
        (BOTH, AFTER, "hoan_thanh"),
        (ANNUAL, date(2026, 12, 15), "hoan_thanh_dung_han"),
        (ANNUAL, date(2026, 12, 14), "hoan_thanh"),
        (ANNUAL, date(2031, 1, 2), "hoan_thanh"),
        (SPAN, date(2026, 3, 2), "hoan_thanh_dung_han"),
        (SPAN, date(2025, 12, 14), "hoan_thanh"),
        (SPAN, date(2030, 12, 14), "hoan_thanh_dung_han"),
        (BY_DATE, date(2027, 12, 19), "hoan_thanh_dung_han"),
        (BY_DATE, date(2027, 12, 20), "hoan_thanh_qua_han"),
    ],
)
def test_done_is_judged_by_its_day(make: Any, task: tuple[int, str], completed_on: date | None, expected: str) -> None:
    assert one(make, task, date(2031, 1, 1), "hoan_thanh", completed_on=completed_on) == expected


def test_every_status_is_one_of_the_list(make: Any) -> None:
    rows = [
        said(task, status, completed_on=day)
        for task in (ANNUAL, CONTINUOUS, BOTH, SPAN, BY_DATE)
        for status in load_codes("status")
        for day in (None, BEFORE, AFTER)
    ]
    seen = {
        status
        for row in rows
        for as_of in (DUE, AFTER, date(2027, 12, 20))
        for status in statuses(make, [row], as_of)["status"].to_list()
    }
    # What a unit calls late is known by its words, which are in a finding: tests/show/test_tasks.py, A16.
    assert seen | {SAID_LATE} == set(load_codes("report_status"))


def test_a_unit_that_said_nothing_has_no_report_and_the_others_are_untouched(make: Any) -> None:
    frame = statuses(make, [said(ANNUAL, "dang_thuc_hien")], units=("vu-tccb", "vu-khcn"))
    assert frame.select("task_id", "unit_id", "status").rows() == [
        (1, "vu-tccb", "chua_bao_cao"),
        (1, "vu-khcn", "chua_bao_cao"),
        (7, "vu-tccb", "dang_thuc_hien_trong_han"),
        (10, "vu-khcn", "chua_bao_cao"),
    ]


def test_the_latest_half_stands_and_an_earlier_one_where_it_is_silent(make: Any) -> None:
    rows = [
        said(ANNUAL, "hoan_thanh", completed_on=BEFORE),
        said(ANNUAL, "dang_thuc_hien", period="2027-H1"),
        said(BOTH, "dang_thuc_hien", period="2027-H1"),
    ]
    frame = statuses(make, rows)
    assert frame.select("task_id", "status", "period").rows() == [
        (1, "thuong_xuyen", "2027-H1"),
        (7, "hoan_thanh_dung_han", "2027-H2"),
    ]


def test_completion_names_both_bases(make: Any) -> None:
    rows = [
        said(ANNUAL, "hoan_thanh", completed_on=AFTER),
        said(CONTINUOUS, "dang_thuc_hien"),
        said(BOTH, "hoan_thanh", completed_on=BEFORE),
        said(SPAN, "dang_thuc_hien"),
    ]
    frame = statuses(make, rows, AFTER)
    # Due: task 7 alone (done). All: task 1 of three units (one done, two silent), 2, 3 and 7 (done).
    assert completion(frame).rows() == [("due", 1, 1, 1.0, 0, 0, 0, None), ("all", 2, 4, 0.5, 2, 0, 0, None)]
    assert completion(statuses(make, rows[1:], BEFORE)).row(0) == ("due", 0, 0, None, 0, 0, 0, 0)


def test_a5_silence_is_in_no_base_and_the_parts_add_up(make: Any) -> None:
    rows = [
        said(ANNUAL, "hoan_thanh", completed_on=DUE),
        said((9, "vu-khtc"), "dang_thuc_hien"),
        said((4, "dh-thuyloi"), "khong_phat_sinh"),
    ]
    due = completion(statuses(make, rows, AFTER, ("vu-tccb", "vu-khtc", "dh-thuyloi", "hv-nongnghiep"))).row(
        0, named=True
    )
    assert due == {
        "base": "due", "numerator": 1, "denominator": 3, "value": 1 / 3, "unreported": 2, "overdue": 1, "idle": 1,
        "with_products": None,
    }  # fmt: skip


def test_a8_words_of_an_earlier_half_accuse_nobody_and_what_was_done_stays_done(make: Any) -> None:
    rows = [
        said(ANNUAL, "chua_thuc_hien", period="2027-H1"),
        said((9, "vu-khtc"), "dang_thuc_hien", period="2027-H1"),
        said((4, "dh-thuyloi"), "hoan_thanh", period="2027-H1", completed_on=date(2027, 5, 4)),
    ]
    found = statuses(make, rows, AFTER)
    told = found.filter(pl.col("task_id") > 1).select("task_id", "status", "older", "is_told")
    assert told.rows() == [
        (4, "hoan_thanh_dung_han", True, True), (7, "chua_thuc_hien", True, False), (9, "dang_thuc_hien", True, False),
    ]  # fmt: skip
    assert completion(found).row(0, named=True)["unreported"] == 2


@pytest.mark.parametrize(
    ("day", "doubt"), [(BEFORE, None), (date(2027, 12, 16), "after"), (date(2026, 11, 17), "before")]
)
def test_a15_a_day_of_completion_that_cannot_be_is_neither_in_time_nor_late(
    make: Any, day: date, doubt: str | None
) -> None:
    row = statuses(make, [said(ANNUAL, "hoan_thanh", completed_on=day)], AFTER).filter(task_id=7).row(0, named=True)
    assert (row["date_doubt"], row["completed_on"]) == (doubt, day)
    assert row["status"] == ("hoan_thanh" if doubt else "hoan_thanh_dung_han")


def test_summary_counts_units_by_task_and_status_in_the_lists_order(make: Any) -> None:
    frame = statuses(make, [said(BOTH, "dang_thuc_hien")], units=("vu-tccb", "vu-khcn", "vu-pc"))
    assert task_summary(frame).rows() == [
        (1, "thuong_xuyen", 1), (1, "chua_bao_cao", 2), (7, "chua_bao_cao", 1), (10, "chua_bao_cao", 1),
    ]  # fmt: skip


def test_rows_about_tasks_of_others_and_repeated_rows_are_told(make: Any) -> None:
    rows = [
        said((10, "vu-tccb"), "dang_thuc_hien"),
        said(ANNUAL, "chua_thuc_hien"),
        said(ANNUAL, "dang_thuc_hien"),
    ]
    left = left_out_progress(make.table("task_progress", rows), make.plan.leads(), ["vu-tccb"])
    assert left.sort("source_row").select("what", "source_row").rows() == [("Nhiệm vụ 10", 6), ("Nhiệm vụ 7", 7)]
    assert statuses(make, rows).filter(task_id=7)["status"].item() == "dang_thuc_hien_trong_han"


@pytest.mark.parametrize(
    ("first", "second", "holds"),
    [
        ("hoan_thanh", "khong_phat_sinh", "hoan_thanh"),
        ("dang_thuc_hien", "khong_phat_sinh", "dang_thuc_hien"),
        ("hoan_thanh", "dang_thuc_hien", "dang_thuc_hien"),
        ("hoan_thanh", "chua_thuc_hien", "chua_thuc_hien"),
        ("khong_phat_sinh", "khong_phat_sinh", "khong_phat_sinh"),
        ("khong_phat_sinh", "hoan_thanh", "hoan_thanh"),
        ("dang_thuc_hien", "chua_thuc_hien", "dang_thuc_hien"),
        ("chua_thuc_hien", "dang_thuc_hien", "dang_thuc_hien"),
        ("hoan_thanh", "hoan_thanh", "hoan_thanh"),
    ],
)
def test_a0_within_a_year_not_arisen_undoes_nothing_and_work_told_later_holds(
    make: Any, first: str, second: str, holds: str
) -> None:
    rows = [
        said(ANNUAL, first, period="2027-H1", percent_complete=25.0, products_delivered="Kế hoạch đào tạo"),
        said(ANNUAL, second, products_delivered="Hai lớp tập huấn"),
    ]
    row = statuses(make, rows).filter(task_id=ANNUAL[0], unit_id=ANNUAL[1]).row(0, named=True)
    assert row["reported_status"] == holds
    assert [(one["period"], one["status"]) for one in row["said"]] == [("2027-H1", first), ("2027-H2", second)]
    assert row["products_delivered"] == "Kế hoạch đào tạo; Hai lớp tập huấn"
