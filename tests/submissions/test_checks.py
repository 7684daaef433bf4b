"""What a person would notice: accepted, but shown."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from nq57kit.plan import decision, load_plan
from nq57kit.submissions import check, write_workbook

#: Rows of the kept form of version 1, counted in it by hand.
VERSION_1 = {
    "cover": 1,
    "activities": 18,
    "science_tasks": 0,
    "workforce": 1,
    "task_progress": 2,
    "budget": 3,
    "issues": 0,
}
RECORDS = {
    "workforce": [{"staff_total": 8, "staff_reached": 6, "comms_staff_total": 1, "comms_staff_trained": 1}],
}
VERSION_2 = {
    "cover": 1,
    "activities": 7,
    "science_tasks": 0,
    "workforce": 1,
    "task_progress": 2,
    "budget": 2,
    "issues": 1,
}
ACTIVITIES, SCIENCE, PROGRESS = "Hoạt động", "Nhiệm vụ KHCN", "Tiến độ nhiệm vụ"


@pytest.mark.parametrize(
    ("cells", "code", "cell"),
    [
        ({(ACTIVITIES, "E6"): date(2026, 6, 14)}, "activity-outside-window", "E6"),
        ({(ACTIVITIES, "E6"): date(2026, 12, 15)}, "activity-outside-window", "E6"),
        ({(SCIENCE, "J5"): None}, "communicated-without-evidence", "J5"),
        ({(SCIENCE, "G5"): "Không"}, "communicated-contradiction", "H5"),
        ({(SCIENCE, "H5"): date(2026, 12, 15)}, "communicated-after-window", "H5"),
        ({(PROGRESS, "A7"): 3, (PROGRESS, "B7"): "Đang thực hiện"}, "task-not-led", "A7"),
        ({(PROGRESS, "B6"): None, (PROGRESS, "C6"): None, (PROGRESS, "E6"): None}, "progress-missing", None),
        ({(PROGRESS, "C6"): 60}, "done-below-hundred", "C6"),
        ({(PROGRESS, "E6"): None}, "done-without-date", "E6"),
        ({(PROGRESS, "E5"): date(2026, 9, 1)}, "not-done-with-date", "E5"),
        ({(PROGRESS, "C5"): 100}, "not-done-at-hundred", "C5"),
        ({(ACTIVITIES, "A5"): 9}, "task-no-role", "A5"),
        ({(ACTIVITIES, "A6"): 1}, "done-without-product", "D6"),
        ({(ACTIVITIES, "L5"): "III.2.1-08. Tích cực tổ chức …"}, "measure-not-addressed", "L5"),
    ],
)
def test_suspicion_is_a_warning_at_its_cell(fill, cells, code, cell):
    submission = check(fill(cells=cells))
    assert [(one.code, one.severity, one.cell) for one in submission.findings] == [(code, "warning", cell)]
    assert submission.ok
    assert submission.counts["activities"]["accepted"] == 2


def test_a_task_done_without_anything_is_asked_about_in_the_words_of_its_products(fill):
    (found,) = check(fill(cells={(ACTIVITIES, "A6"): 1})).findings
    assert "sản phẩm theo Phụ lục: Kế hoạch đào tạo; Các khóa/lớp tập huấn được tổ chức" in found.message
    assert check(fill(cells={(ACTIVITIES, "A6"): 1, (PROGRESS, "D6"): "Hai lớp tập huấn"})).findings == ()


def test_a_task_without_an_end_does_not_say_that_nothing_arose(tmp_path):
    said = {"task_id": 2, "status": "khong_phat_sinh", "explanation": "Không có việc"}
    records = {"task_progress": [{"task_id": 1, "status": "dang_thuc_hien"}, said], **RECORDS}
    path = write_workbook(tmp_path / "a.xlsx", unit_id="van-phong", period="2026-H2", records=records)
    assert "not-arisen-continuous" in [one.code for one in check(path).findings]


@pytest.mark.parametrize(
    "written",
    ["III.1.1-06", "III.1.1-06. Thiết lập và phát triển các trang (tài khoản/kênh) …", "iii.1.1-06:", " III.1.1-06 "],
)
def test_a_measure_is_read_by_its_number_with_or_without_words(fill, written):
    submission = check(fill(cells={(ACTIVITIES, "L5"): written, (ACTIVITIES, "M5"): "Doanh nghiệp"}))
    assert submission.findings == ()
    assert submission.tables["activities"].select("measure_id", "audience").row(0) == ("III.1.1-06", "doanh_nghiep")


def test_what_is_no_measure_is_an_error_that_says_what_to_write(fill):
    (found,) = check(fill(cells={(ACTIVITIES, "L5"): "tuyên truyền"})).findings
    assert (found.code, found.severity, found.cell) == ("measure-unknown", "error", "L5")


def test_a_filled_form_of_version_1_is_read_as_it_was(tmp_path):
    path = Path(__file__).with_name("form-of-version-1") / "NQ57_2026-H2_tc-nnmt.xlsx"
    submission = check(path)
    assert (submission.template_version, submission.ok) == ("1", True)
    assert {table: counts["accepted"] for table, counts in submission.counts.items()} == VERSION_1
    assert submission.tables["activities"].select("measure_id", "audience").null_count().row(0) == (
        VERSION_1["activities"],
        VERSION_1["activities"],
    )


def test_a_filled_form_of_version_2_is_read_as_it_was():
    path = Path(__file__).with_name("form-of-version-2") / "NQ57_2026-H2_vu-tccb.xlsx"
    submission = check(path)
    assert (submission.template_version, submission.ok) == ("2", True)
    assert {table: counts["accepted"] for table, counts in submission.counts.items()} == VERSION_2
    nulls = submission.tables["activities"].select("measure_id", "audience", "plan_line").null_count()
    assert nulls.row(0) == (1, 0, 7)


@pytest.mark.parametrize(
    ("written", "line"),
    [(3, 3), ("3", 3), ("3. Tập huấn kỹ năng", 3), ("Dòng 12", 12), ("12.", 12), (None, None), ("-", None)],
)
def test_a_line_of_the_yearly_plan_is_read_by_its_number_alone(fill, written, line):
    submission = check(fill(cells={(ACTIVITIES, "N5"): written}))
    assert submission.findings == ()
    assert submission.tables["activities"]["plan_line"][0] == line


@pytest.mark.parametrize("written", ["Tập huấn", "0", -1, 2.5, "3 và 4"])
def test_what_is_no_line_is_an_error_that_says_what_to_write(fill, written):
    (found,) = check(fill(cells={(ACTIVITIES, "N5"): written})).findings
    assert (found.code, found.severity, found.cell) == ("line-unclear", "error", "N5")


def line(number, **words):
    usual = {"line_no": number, "task_id": 7, "name": f"Việc {number}", "activity_type": "tap_huan", "quantity": 1}
    return usual | {"due_on": date(2027, 5, 1), "cost_estimate_vnd": 5_000_000, "funding_source": "tu_chu"} | words


@pytest.mark.parametrize(
    ("words", "code", "severity", "cell"),
    [
        ({"due_on": date(2026, 12, 31)}, "line-due-outside-year", "warning", "I6"),
        ({"due_on": date(2028, 1, 1)}, "line-due-outside-year", "warning", "I6"),
        ({"task_id": 3}, "task-no-role", "warning", "B6"),
        ({"measure_id": "III.2.1-08"}, "measure-not-addressed", "warning", "C6"),
        ({"line_no": 1}, "row-repeated", "error", "A6"),
        ({"cost_estimate_vnd": 2_000_000_000_000}, "number-implausible", "warning", "J6"),
        ({"cost_estimate_vnd": 107}, "money-small", "warning", "J6"),
        ({"quantity": 0}, "below-minimum", "error", "H6"),
        ({"due_on": None}, "value-required", "error", "I6"),
    ],
)
def test_a_line_of_a_plan_that_a_person_would_ask_about(tmp_path, words, code, severity, cell):
    records = {"plan_lines": [line(1, task_id=1), line(2) | words, line(3)]}
    path = write_workbook(tmp_path / "a.xlsx", unit_id="vu-tccb", period="2027-P", records=records)
    submission = check(path)
    assert [(one.code, one.severity, one.cell) for one in submission.findings] == [(code, severity, cell)]
    assert submission.ok is (severity == "warning")


def test_a_task_led_without_a_line_is_told_and_lines_left_as_the_form_gave_them_say_nothing(tmp_path):
    given = [{"line_no": 2, "task_id": 1}, {"line_no": 3, "measure_id": "III.1.1-01"}]
    path = write_workbook(
        tmp_path / "a.xlsx", unit_id="vu-tccb", period="2027-P", records={"plan_lines": [line(1), *given]}
    )
    submission = check(path)
    assert [one.code for one in submission.findings] == ["plan-task-unplanned"]
    assert submission.counts["plan_lines"] == {"seen": 3, "accepted": 1, "refused": 0, "skipped": 2}
    assert set(submission.counts) == {"cover", "plan_lines", "issues"}


@pytest.mark.parametrize("day", [date(2026, 6, 15), date(2026, 12, 14)])
def test_both_ends_of_the_window_are_inside(fill, day):
    assert check(fill(cells={(ACTIVITIES, "E6"): day})).findings == ()


def test_an_activity_that_reaches_into_the_window_is_inside(fill):
    cells = {(ACTIVITIES, "E6"): date(2026, 6, 1), (ACTIVITIES, "F6"): date(2026, 6, 20)}
    assert check(fill(cells=cells)).findings == ()


def test_a_row_that_is_there_twice_is_told_and_kept(fill, records):
    records["activities"].append(dict(records["activities"][0]))
    submission = check(fill(records))
    assert [(one.code, one.cell) for one in submission.findings] == [("rows-identical", "A7")]
    assert "dòng 5" in submission.findings[0].message
    assert submission.tables["activities"].height == 3


def test_a_task_reported_without_its_row_names_the_task(fill, records):
    records["task_progress"].pop()
    (finding,) = check(fill(records)).findings
    assert (finding.code, finding.table) == ("progress-missing", "task_progress")
    assert "nhiệm vụ 7 " in finding.message


@pytest.fixture
def early_plan(tmp_path):
    """The packaged plan, but a «Hằng năm» task falls due on 30/11."""
    folder = tmp_path / "kế hoạch"
    shutil.copytree(Path(decision.__file__).with_name("data"), folder)
    settings = folder / "settings.toml"
    text = settings.read_text(encoding="utf-8")
    changed = re.sub(r"(?m)^annual_due = .*$", 'annual_due = "11-30"', text)
    assert changed != text
    settings.write_text(changed, encoding="utf-8")
    return load_plan(folder)


@pytest.fixture
def under_way(records):
    """The records of the unit, its «Hằng năm» task 7 still under way."""
    records["task_progress"][1] = {"task_id": 7, "status": "dang_thuc_hien", "percent_complete": 40}
    return records


def test_a_task_under_way_after_its_day_asks_for_an_explanation(fill, under_way, early_plan):
    (finding,) = check(fill(under_way), plan=early_plan).findings
    assert (finding.code, finding.severity, finding.cell) == ("overdue-unexplained", "warning", "F6")
    assert "30/11/2026" in finding.message
    assert "14/12/2026" in finding.message


def test_an_explained_delay_and_a_day_that_ends_the_window_are_no_finding(fill, under_way, early_plan):
    assert check(fill(under_way, cells={(PROGRESS, "F6"): "Chờ kinh phí"}), plan=early_plan).findings == ()
    assert check(fill(under_way)).findings == ()


def test_a_task_without_an_end_is_never_asked_about(fill, early_plan):
    assert check(fill(), plan=early_plan).findings == ()
