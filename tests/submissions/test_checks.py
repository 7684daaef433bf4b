"""What a person would notice: accepted, but shown."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from nq57kit.plan import decision, load_plan
from nq57kit.submissions import check

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
    ],
)
def test_suspicion_is_a_warning_at_its_cell(fill, cells, code, cell):
    submission = check(fill(cells=cells))
    assert [(one.code, one.severity, one.cell) for one in submission.findings] == [(code, "warning", cell)]
    assert submission.ok
    assert submission.counts["activities"]["accepted"] == 2


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
