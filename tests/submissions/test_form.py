"""The form: what stands in it, what it lets in, and that a person and a program both find their way."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils import column_index_from_string, range_boundaries

from nq57kit.errors import ParameterError, PeriodError, PlanError
from nq57kit.plan import load_plan
from nq57kit.submissions import write_template, write_workbook
from nq57kit.submissions.contract import (
    HIDDEN_SHEET,
    INSTRUCTIONS_SHEET,
    LISTS_SHEET,
    TABLES,
    Kind,
    load_codes,
    tables_of,
)

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

UNIT, PERIOD = "hv-nongnghiep", "2026-H2"
FILLED: dict[str, list[dict[str, Any]]] = {
    "cover": [{"reference_number": "05/BC", "signed_on": date(2026, 12, 15), "secret_task_count": 0}],
    "activities": [
        {
            "task_id": 4,
            "name": '=HYPERLINK("https://vidu.example")',
            "activity_type": "hoi_thi",
            "channel": "truc_tiep",
            "started_on": date(2026, 10, 1),
            "quantity": 1,
            "reach": 230_500,
            "cost_vnd": 12_345_678_900,
            "funding_source": "tu_chu",
            "evidence_url": "https://vidu.example/a?b=1",
        },
        {"task_id": 6, "name": "- Tin, bài", "quantity": "khoảng 20"},
    ],
    "science_tasks": [{"code": "007", "name": "Nghiên cứu", "state_funded": True, "communicated": False}],
    "workforce": [{"staff_total": 1200, "staff_reached": 800, "comms_staff_total": 12, "comms_staff_trained": 5}],
    "task_progress": [{"task_id": 1, "status": "dang_thuc_hien", "percent_complete": 85.5}],
}


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_workbook(tmp_path_factory.mktemp("form") / "empty.xlsx", unit_id=UNIT, period=PERIOD)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("form") / "filled.xlsx"
    return write_workbook(path, unit_id=UNIT, period=PERIOD, records=FILLED, notice="DỮ LIỆU GIẢ LẬP")


@pytest.fixture(scope="module")
def book(empty: Path) -> Workbook:
    return openpyxl.load_workbook(empty)


def _map(book: Workbook) -> list[tuple[str, str, str, str, str, int]]:
    rows = list(book[HIDDEN_SHEET].iter_rows(values_only=True))
    start = rows.index(("table", "field", "label", "sheet", "column", "first_row"))
    return rows[start + 1 :]  # type: ignore[return-value]


def _place(book: Workbook, table: str, field: str) -> tuple[Worksheet, int, int]:
    for row in _map(book):
        if row[:2] == (table, field):
            return book[row[3]], row[5], column_index_from_string(row[4])
    raise KeyError(field)


def _validation(book: Workbook, table: str, field: str) -> Any:
    sheet, row, column = _place(book, table, field)
    cell = sheet.cell(row, column).coordinate
    found = [rule for rule in sheet.data_validations.dataValidation if cell in rule.sqref]
    assert len(found) <= 1, f"{cell} has two rules"
    return found[0] if found else None


def test_it_has_the_guide_then_the_seven_sheets_then_two_hidden_ones(book: Workbook) -> None:
    sheets = [table.sheet for table in tables_of().values()]
    assert book.sheetnames == [INSTRUCTIONS_SHEET, *sheets, LISTS_SHEET, HIDDEN_SHEET]
    assert [sheet.title for sheet in book.worksheets if sheet.sheet_state == "hidden"] == [LISTS_SHEET, HIDDEN_SHEET]


def test_the_hidden_sheet_names_version_unit_and_period_then_an_empty_row(book: Workbook) -> None:
    rows = [row[:2] for row in book[HIDDEN_SHEET].iter_rows(max_row=4, values_only=True)]
    assert rows == [("template_version", "3"), ("unit_id", UNIT), ("period", PERIOD), (None, None)]


def test_the_hidden_map_has_every_field_and_points_at_its_label(book: Workbook) -> None:
    mapped = _map(book)
    assert [row[:2] for row in mapped] == [(table.name, f.name) for table in tables_of().values() for f in table.fields]
    for table, field, label, sheet, column, first_row in mapped:
        if TABLES[table].form == "record":
            shown = book[sheet].cell(first_row, 1).value
        else:
            shown = book[sheet][f"{column}{first_row - 1}"].value
        assert shown == label + (" *" if TABLES[table].field(field).required else "")


def test_the_cover_carries_the_units_name_and_the_periods_code(book: Workbook) -> None:
    sheet, row, column = _place(book, "cover", "unit_id")
    assert sheet.cell(row, column).value == "Học viện Nông nghiệp Việt Nam"
    sheet, row, column = _place(book, "cover", "period")
    assert sheet.cell(row, column).value == PERIOD


@pytest.mark.parametrize(("unit_id", "tasks"), [("vu-tccb", [1, 7]), (UNIT, [1, 4, 6]), ("thanh-tra", [1])])
def test_the_tasks_that_the_unit_leads_are_filled_in_with_their_names_beside(
    tmp_path: Path, unit_id: str, tasks: list[int]
) -> None:
    made = openpyxl.load_workbook(write_workbook(tmp_path / "a.xlsx", unit_id=unit_id, period=PERIOD))
    sheet, row, column = _place(made, "task_progress", "task_id")
    cells = [sheet.cell(row + index, column).value for index in range(len(tasks) + 1)]
    assert cells == [*tasks, None]
    first = _validation(made, "task_progress", "task_id")
    assert first.prompt.startswith("Tổ chức thông tin, tuyên truyền phổ biến nội dung Nghị quyết 57-NQ/TW")


def test_every_closed_list_is_a_drop_down_of_its_labels_over_five_hundred_rows(book: Workbook) -> None:
    for table in tables_of().values():
        for field in table.fields:
            if field.kind not in (Kind.CODE, Kind.YES_NO, Kind.TASK) or field.name == "task_id":
                continue
            rule = _validation(book, table.name, field.name)
            left, top, right, bottom = range_boundaries(rule.formula1.split("!")[1].replace("$", ""))
            assert rule.type == "list"
            assert left == right
            values = [book[LISTS_SHEET].cell(row, left).value for row in range(top, bottom + 1)]
            assert values == [code.label for code in load_codes(field.codes or "yes_no").values()]
            (cells,) = rule.sqref.ranges
            assert cells.max_row - cells.min_row + 1 >= 500


def test_no_message_is_longer_than_the_file_format_allows(book: Workbook) -> None:
    for sheet in book.worksheets:
        for rule in sheet.data_validations.dataValidation:
            assert len(rule.promptTitle or "") <= 32
            assert len(rule.errorTitle or "") <= 32
            assert len(rule.prompt or "") <= 255
            assert len(rule.error or "") <= 255


def test_numbers_dates_and_years_have_limits_and_dates_only_warn(book: Workbook) -> None:
    quantity = _validation(book, "activities", "quantity")
    assert (quantity.type, quantity.formula1, quantity.errorStyle) == ("whole", "1", None)
    year = _validation(book, "science_tasks", "start_year")
    assert (year.type, year.formula1, year.formula2) == ("whole", "2000", "2100")
    day = _validation(book, "activities", "started_on")
    assert (day.type, day.errorStyle) == ("date", "warning")
    percent = _validation(book, "task_progress", "percent_complete")
    assert (percent.type, percent.formula1, percent.formula2) == ("decimal", "0", "100")


def test_a_part_may_not_exceed_its_whole(book: Workbook) -> None:
    total = _place(book, "workforce", "staff_total")[1]
    assert f"B{total}" in _validation(book, "workforce", "staff_reached").formula2
    assert "$D5" in _validation(book, "budget", "disbursed_vnd").formula2


def test_the_guide_says_by_when_to_whom_for_which_days_and_that_the_plan_is_a_draft(book: Workbook) -> None:
    text = "\n".join(str(cell) for row in book[INSTRUCTIONS_SHEET].iter_rows(values_only=True) for cell in row if cell)
    for said in (
        "trước ngày 20/12/2026",
        "thứ Sáu, 18/12/2026",
        "15/6/2026",
        "14/12/2026",
        "Vụ Khoa học và Công nghệ",
        "dự thảo, chưa có số và ngày ký",
        "Không phát sinh",
        "BÍ MẬT NHÀ NƯỚC",
    ):
        assert said in text
    for name in load_plan().tasks["name"]:
        assert name in text
    assert "kỳ báo cáo đầu tiên" not in text


def test_the_first_period_says_that_it_is_incomplete(tmp_path: Path) -> None:
    made = openpyxl.load_workbook(write_workbook(tmp_path / "a.xlsx", unit_id=UNIT, period="2026-H1"))
    text = "\n".join(str(cell) for row in made[INSTRUCTIONS_SHEET].iter_rows(values_only=True) for cell in row if cell)
    assert "kỳ báo cáo đầu tiên, chưa trọn vẹn" in text
    assert "trước ngày 20/6/2026" in text


def test_a_unit_that_leads_and_coordinates_a_task_is_shown_with_both_roles(tmp_path: Path) -> None:
    made = openpyxl.load_workbook(write_workbook(tmp_path / "a.xlsx", unit_id="vu-khcn", period=PERIOD))
    roles = {row[0]: row[2] for row in made[INSTRUCTIONS_SHEET].iter_rows(values_only=True) if str(row[0]).isdigit()}
    assert roles["1"] == "Chủ trì, phối hợp"
    assert roles["2"] == "Phối hợp"
    assert roles["10"] == "Chủ trì, phối hợp"


def test_typed_values_become_labels_dates_and_numbers(filled: Path) -> None:
    made = openpyxl.load_workbook(filled)

    def value(table: str, field: str, below: int = 0) -> Any:
        sheet, row, column = _place(made, table, field)
        cell = sheet.cell(row + below, column)
        return cell.value, cell.number_format

    assert value("activities", "activity_type")[0] == "Hội thi"
    assert value("activities", "started_on") == (datetime(2026, 10, 1), "dd/mm/yyyy")  # noqa: DTZ001 - a cell has no zone
    assert value("activities", "cost_vnd") == (12_345_678_900, "#,##0")
    assert value("activities", "ended_on")[0] is None
    assert value("activities", "quantity", below=1)[0] == "khoảng 20"
    assert value("science_tasks", "code") == ("007", "@")
    assert value("science_tasks", "state_funded")[0] == "Có"
    assert value("science_tasks", "communicated")[0] == "Không"
    assert value("task_progress", "percent_complete") == (85.5, "0.0")
    assert value("task_progress", "task_id", below=1)[0] is None
    assert value("cover", "secret_task_count")[0] == 0
    assert value("workforce", "staff_reached")[0] == 800


def test_text_that_looks_like_a_formula_or_a_link_stays_text(filled: Path) -> None:
    with zipfile.ZipFile(filled) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/"):
                xml = archive.read(name).decode("utf-8")
                assert "<f>" not in xml
                assert "<hyperlink" not in xml


def test_a_notice_stands_in_every_title(filled: Path) -> None:
    made = openpyxl.load_workbook(filled)
    visible = [sheet for sheet in made.worksheets if sheet.sheet_state == "visible"]
    assert all("DỮ LIỆU GIẢ LẬP" in str(sheet["A1"].value) for sheet in visible)


def test_equal_input_gives_equal_bytes(tmp_path: Path, filled: Path) -> None:
    again = write_workbook(tmp_path / "b.xlsx", unit_id=UNIT, period=PERIOD, records=FILLED, notice="DỮ LIỆU GIẢ LẬP")
    assert again.read_bytes() == filled.read_bytes()


def test_no_person_and_no_clock_is_in_the_properties(empty: Path) -> None:
    with zipfile.ZipFile(empty) as archive:
        core = archive.read("docProps/core.xml").decode("utf-8")
        assert "vbaProject" not in " ".join(archive.namelist())
    assert re.findall(r"<dc:creator>([^<]*)</dc:creator>", core) in ([], [""])
    assert set(re.findall(r"\d{4}-\d\d-\d\dT", core)) == {"2026-06-15T"}


def test_a_form_is_written_for_every_unit_that_must_report(tmp_path: Path) -> None:
    plan = load_plan()
    paths = write_template(PERIOD, tmp_path / "Biểu mẫu Đ", plan=plan)
    expected = plan.units_reporting(plan.period(PERIOD))["unit_id"].to_list()
    assert [path.name for path in paths] == [f"NQ57_2026-H2_{unit_id}.xlsx" for unit_id in expected]
    assert all(path.is_file() for path in paths)


def test_one_unit_alone_can_be_asked_for(tmp_path: Path) -> None:
    assert [path.name for path in write_template("2026-h1", tmp_path, unit_id="vu-tccb")] == [
        "NQ57_2026-H1_vu-tccb.xlsx"
    ]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ({"period": "2026"}, ParameterError),
        ({"period": "2026-H3"}, PeriodError),
        ({"unit_id": "vu-khong-co"}, PlanError),
        ({"records": {"bang_la": []}}, ParameterError),
        ({"records": {"budget": [{"tien": 1}]}}, ParameterError),
    ],
)
def test_what_cannot_be_written_is_refused_with_one_sentence_and_no_file(
    tmp_path: Path, words: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error, match=r"^[^\n]+\.$"):
        write_workbook(tmp_path / "a.xlsx", **{"unit_id": UNIT, "period": PERIOD, **words})
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=15, deadline=None)
@given(text=st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=80))
def test_any_text_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("text") / "a.xlsx"
    record = {"category": "khac", "description": text}
    write_workbook(path, unit_id="thanh-tra", period=PERIOD, records={"issues": [record]})
    made = openpyxl.load_workbook(path, read_only=False)
    sheet, row, column = _place(made, "issues", "description")
    assert sheet.cell(row, column).value == text


@pytest.mark.slow  # LibreOffice starts
def test_libreoffice_opens_it_and_keeps_its_rules(tmp_path: Path, filled: Path) -> None:
    if (office := shutil.which("soffice")) is None:
        pytest.skip("LibreOffice is not installed")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [office, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path / "out"), str(filled)]
    subprocess.run(command, check=True, capture_output=True)
    before, after = openpyxl.load_workbook(filled), openpyxl.load_workbook(tmp_path / "out" / filled.name)
    assert after.sheetnames == before.sheetnames
    for table in (one for one in TABLES.values() if "H" in one.periods):
        for field in table.fields:
            old, new = _validation(before, table.name, field.name), _validation(after, table.name, field.name)
            assert (old is None) == (new is None) or old.type is None, field.name
            if old is not None and old.type is not None:
                assert new.type == old.type, field.name
