"""What goes back to the unit: its values in a straight form, coloured, commented, with a list; and the way to a clean file."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from nq57kit.submissions import TABLES, check, write_returned
from nq57kit.submissions.contract import HIDDEN_SHEET, LEFTOVERS_SHEET, LISTS_SHEET, RETURN_SHEET
from nq57kit.submissions.findings import make_finding
from nq57kit.submissions.returned import build_returned, name_returned
from nq57kit.submissions.styles import COLOURS

#: Ten things broken in the filled form, and what the returned list makes of each in the end.
BROKEN: dict[tuple[str, str], tuple[Any, Any]] = {
    ("Thông tin chung", "B8"): ("18/13/2026", "10/12/2026"),
    ("Hoạt động", "B5"): (None, "Hội nghị phổ biến Kế hoạch"),
    ("Hoạt động", "E5"): ("08/18/2026", "18/8/2026"),
    ("Hoạt động", "G5"): ("12 tin", 12),
    ("Hoạt động", "C6"): ("Tập huấm", "Tập huấn"),
    ("Hoạt động", "H6"): ("1,234", 1234),
    ("Nhiệm vụ KHCN", "H5"): ("2026", "01/7/2026"),
    ("Nhân lực", "B6"): (500, 60),
    ("Tiến độ nhiệm vụ", "B6"): ("Xong xuôi", "Hoàn thành"),
    ("Kinh phí", "C5"): ("30 triệu", 30_000_000),
}
FIXTURES = Path(__file__).parent
#: Stored defects whose sign changes in a straight form, and one of each other sort.
SHORT = ("amount-merged-over-rows", "budget-in-millions", "column-missing", "duplicated-column", "header-missing",
         "formula-without-cached-value-in-optional-field", "sheet-twice", "two-records-on-a-form", "sheet-missing",
         "value-beside-its-cell", "date-month-first", "csv-with-wrong-values", "encrypted")  # fmt: skip
RETURNED = [
    pytest.param(name, marks=() if name in SHORT else pytest.mark.slow(reason="two hundred forms"))
    for name in sorted(path.parent.name for path in FIXTURES.glob("*/expected.json"))
]
#: What the old layout said, and by which code the form says it until a person has mended it.
STILL_OPEN = {
    "amount-merged": {"number-with-words"},
    "money-scale": {"number-scaled"},
    "money-currency": {"money-currency"},
    "count-scale": {"number-scaled"},
    "column-meaning": {"number-unreadable"},
    "column-doubtful": {"number-with-words"},
    "value-columns": {"number-unreadable"},
    "cells-covered": set(),  # a warning; what was hidden is told by name
    "money-small": set(),  # a warning beside the error on the scale of its column
    "rows-struck": set(),  # a warning; the form that goes back has no line through a row
    "column-missing": {"value-required"},
    "column-twice": {"number-unreadable"},
    "formula-without-value": {"cell-error"},
    "header-missing": {"value-required", "code-unknown"},
    "sheet-twice": {"value-required", "code-unknown"},
    "sheet-missing": {"value-required"},
    "record-twice": {"number-unreadable"},
    "value-beside": set(),  # a warning; the value is on the sheet of leftovers, its cell is coloured
}


def findings(submission):
    return [
        (one.code, one.severity, one.sheet, one.cell, one.field, one.value, one.message) for one in submission.findings
    ]


def values(submission):
    """The accepted rows without where they stood."""
    return {
        name: frame.drop("source_sheet", "source_row").rows(named=True) for name, frame in submission.tables.items()
    }


def give_back(path: Path, **words: Any) -> tuple[Any, Path]:
    submission = check(path, **words)
    written = write_returned(submission, path.parent / "trả lại")
    assert written is not None
    return submission, written


def colour(cell) -> str | None:
    return f"#{cell.fill.fgColor.rgb[2:]}" if cell.fill.fill_type == "solid" else None


@pytest.fixture
def broken(fill) -> Path:
    return fill(cells={place: bad for place, (bad, _) in BROKEN.items()})


def list_rows(book) -> list[tuple[Any, ...]]:
    """The findings of the list, as a person reads them."""
    rows = list(book[RETURN_SHEET].iter_rows(values_only=True))
    head = next(number for number, row in enumerate(rows) if row[1] == "Mức")
    return [row for row in rows[head + 1 :] if row[0]]


def leftovers(book) -> list[list[Any]]:
    return [[cell for cell in row if cell is not None] for row in book[LEFTOVERS_SHEET].iter_rows(values_only=True)]


def bend(book: openpyxl.Workbook) -> None:
    """Rename a sheet, move its columns, leave rows blank, add a totals row, columns, a merged title and a sheet."""
    sheet = book["Hoạt động"]
    sheet.title = "PL1 đơn vị"
    sheet.insert_rows(6, 2)
    sheet.move_range("B4:B9", cols=14)  # the name goes to the end
    sheet.insert_cols(1)
    for row, text in ((4, "STT"), (5, 1), (8, 2), (9, "Tổng cộng")):
        sheet.cell(row, 1, text)
    sheet["H9"] = 13
    sheet["P4"], sheet["P5"] = "Ghi riêng", "chi tiết A"
    sheet["A1"] = "PHỤ LỤC 1"
    sheet.merge_cells("A1:H1")
    extra = book.create_sheet("Ghi chép")
    extra["A1"], extra["B2"] = "Việc riêng", 12.5


# ---------------------------------------------------------------------------------- colours, comments, the list


def test_each_cell_with_a_finding_is_coloured_and_has_a_comment_with_the_sentence(broken):
    submission, path = give_back(broken)
    book = openpyxl.load_workbook(path)
    assert {(one.sheet, one.cell) for one in submission.findings} == set(BROKEN)
    for one in submission.findings:
        cell = book[one.sheet][one.cell]
        assert colour(cell) == COLOURS[one.severity]
        assert f"LỖI: {one.message}" in cell.comment.text
        assert cell.value == BROKEN[one.sheet, one.cell][0]


def test_the_first_sheet_lists_every_finding_with_its_old_address_and_a_link_to_the_new_one(fill):
    path = fill(cells={place: bad for place, (bad, _) in BROKEN.items()}, bend=bend)
    submission, returned = give_back(path)
    book = openpyxl.load_workbook(returned)
    assert book.sheetnames[0] == RETURN_SHEET == book.active.title
    rows = list_rows(book)
    assert [(row[1], row[6], row[7]) for row in rows] == [
        ({"error": "Lỗi", "warning": "Cảnh báo", "note": "Ghi chú"}[one.severity], one.message, one.code)
        for one in submission.findings
    ]
    moved = {(row[2], row[3]) for row in rows if row[1] == "Lỗi"}
    assert ("PL1 đơn vị, ô H5", "Hoạt động, ô G5") in moved
    assert ("PL1 đơn vị, ô D8", "Hoạt động, ô C6") in moved
    assert {here for _, here in moved} == {f"{sheet}, ô {cell}" for sheet, cell in BROKEN}
    links = {cell.hyperlink.location for row in book[RETURN_SHEET].iter_rows() for cell in row if cell.hyperlink}
    assert {f"'{sheet}'!{cell}" for sheet, cell in BROKEN} <= links
    assert all(cell.hyperlink.target is None for row in book[RETURN_SHEET] for cell in row if cell.hyperlink)
    text = "\n".join(str(cell) for row in book[RETURN_SHEET].iter_rows(values_only=True) for cell in row if cell)
    for words in ("Vụ Tổ chức cán bộ", "6 tháng cuối năm 2026", "bao-cao.xlsx", "PHẢI SỬA VÀ GỬI LẠI (10 lỗi",
                  "đã đọc 5 = 0 nhận + 2 phải sửa + 3 bỏ qua"):  # fmt: skip
        assert words in text


def test_several_findings_of_one_cell_share_one_comment_and_the_worst_colour(fill):
    cells = {("Hoạt động", "E5"): "18/8/2025", ("Hoạt động", "F5"): "17/8/2025"}
    submission, path = give_back(fill(cells=cells))
    book = openpyxl.load_workbook(path)
    for one in submission.findings:
        assert one.message in book["Hoạt động"][one.cell].comment.text
    warned = next(one for one in submission.findings if one.severity == "warning")
    assert "CẢNH BÁO: " in book["Hoạt động"][warned.cell].comment.text
    assert colour(book["Hoạt động"]["F5"]) == COLOURS["error"]


def test_a_finding_that_names_another_row_names_it_by_its_row_in_the_form(write_sheets):
    header = ["Mã số", "Tên nhiệm vụ", "Cấp quản lý", "Ngân sách nhà nước", "Từ năm", "Đến năm", "Đã truyền thông"]
    row = ["GL.01", "Tên", "Cấp bộ", "Có", 2025, 2027, "Không"]
    path = write_sheets({"Nhiệm vụ KHCN": [["Danh sách"], [], [], [], [], [], header, [], row, [], row]})
    submission, returned = give_back(path)
    assert any("đã có ở dòng 9" in one.message for one in submission.findings)
    comment = openpyxl.load_workbook(returned)["Nhiệm vụ KHCN"]["A6"].comment.text
    assert "đã có ở dòng 5" in comment


def test_a_warning_of_what_the_file_lacks_against_the_earlier_half_stands_at_the_head_of_its_column(fill):
    words = {"period": "6 tháng đầu năm 2026", "year": "2027"}
    doubt = make_finding(
        "science-task-vanished", file="bao-cao.xlsx", table="science_tasks", sheet="Nhiệm vụ KHCN", field="code",
        value="GL.99", **words,
    )  # fmt: skip
    path = fill()
    returned = write_returned(replace(check(path), findings=(doubt,)), path.parent / "trả lại")
    head = openpyxl.load_workbook(returned)["Nhiệm vụ KHCN"]["A4"]
    assert colour(head) == COLOURS["warning"]
    assert "GL.99" in head.comment.text
    assert check(returned).findings == ()


# ---------------------------------------------------------------------------------- the form, its values, its lists


def test_lists_formats_and_the_hidden_map_are_those_of_the_form(broken, fill):
    _, path = give_back(broken)
    first, second = openpyxl.load_workbook(fill(name="sach.xlsx")), openpyxl.load_workbook(path)
    assert second.sheetnames[1:] == first.sheetnames
    assert {name for name in second.sheetnames if second[name].sheet_state == "hidden"} == {HIDDEN_SHEET, LISTS_SHEET}
    for name in (HIDDEN_SHEET, LISTS_SHEET):
        assert list(second[name].iter_rows(values_only=True)) == list(first[name].iter_rows(values_only=True))
    for sheet in first:
        other = second[sheet.title]
        rules = [(str(rule.sqref), rule.type, rule.formula1) for rule in sheet.data_validations.dataValidation]
        assert [(str(rule.sqref), rule.type, rule.formula1) for rule in other.data_validations.dataValidation] == rules
        for row in sheet.iter_rows():
            for cell in row:
                twin = other[cell.coordinate]
                if (sheet.title, cell.coordinate) not in BROKEN:
                    assert (twin.value, twin.number_format) == (cell.value, cell.number_format)
                    assert colour(twin) == colour(cell)


def test_a_bent_file_comes_back_straight_and_what_has_no_place_is_on_a_sheet_of_its_own(fill):
    clean = check(fill(name="sach.xlsx"))
    before, path = give_back(fill(bend=bend))
    after = check(path)
    assert before.findings
    assert after.findings == ()
    assert values(after) == values(before) == values(clean)
    assert leftovers(openpyxl.load_workbook(path))[2:] == [
        ["Trang «PL1 đơn vị» của tệp đã gửi"],
        ["Dòng", "Ở biểu mẫu", "Cột A", "Cột H", "Cột P"],
        [4, "Ghi riêng"],
        [5, 5, "chi tiết A"],
        [9, "Tổng cộng", 13],
        [],
        ["Trang «Ghi chép» của tệp đã gửi"],
        ["Dòng", "Ở biểu mẫu", "Cột A", "Cột B"],
        [1, "Việc riêng"],
        [2, 12.5],
    ]


def test_a_form_mended_only_where_it_is_coloured_gives_the_records_of_a_file_without_the_errors(fill):
    clean = check(fill(name="sach.xlsx", cells={place: good for place, (_, good) in BROKEN.items()}))
    _, path = give_back(fill(cells={place: bad for place, (bad, _) in BROKEN.items()}, bend=bend))
    book = openpyxl.load_workbook(path)
    coloured = {
        (sheet.title, cell.coordinate)
        for sheet in book.worksheets[2:-3]
        for row in sheet.iter_rows()
        for cell in row
        if colour(cell) == COLOURS["error"]
    }
    assert coloured == set(BROKEN)
    for sheet, address in coloured:
        book[sheet][address] = BROKEN[sheet, address][1]
    book.save(path)
    mended = check(path, period="2026-H2", unit_id="vu-tccb")
    assert mended.ok
    assert mended.findings == ()
    assert values(mended) == values(clean)


def test_cells_corrected_step_by_step_lead_through_many_returns_to_an_accepted_file(broken):
    _, path = give_back(broken)
    left = list(BROKEN.items())
    while left:
        now, left = left[:4], left[4:]
        book = openpyxl.load_workbook(path)
        for (sheet, address), (_, good) in now:
            book[sheet][address] = good
        book.save(path)
        submission = check(path)
        assert len(submission.findings) == len(left)
        if left:
            path = write_returned(submission, path.parent)
            book = openpyxl.load_workbook(path)
            for (sheet, address), _ in now:
                assert book[sheet][address].comment is None
                assert colour(book[sheet][address]) not in COLOURS.values()
    assert submission.ok
    assert path.name == "bao-cao-tra-lai.xlsx"
    assert write_returned(submission, path.parent) is None


def test_what_had_no_place_goes_along_when_a_form_is_returned_twice(fill):
    _, once = give_back(fill(cells={("Nhân lực", "B6"): 500}, bend=bend))
    _, twice = give_back(once)
    first, second = (leftovers(openpyxl.load_workbook(path)) for path in (once, twice))
    assert [row for row in second if row] == [row for row in first if row]


def test_tasks_that_the_unit_leads_and_does_not_tell_of_have_a_row_to_fill(fill, records):
    del records["task_progress"][1]
    submission, path = give_back(fill(records))
    assert [one.code for one in submission.findings] == ["progress-missing"]
    sheet = openpyxl.load_workbook(path)["Tiến độ nhiệm vụ"]
    assert (sheet["A6"].value, sheet["B6"].value, colour(sheet["B6"])) == (7, None, COLOURS["warning"])
    assert [one.code for one in check(path).findings] == ["progress-missing"]


@pytest.mark.parametrize("late", ["Chậm tiến độ", "Trễ hạn"])
def test_a_unit_s_own_word_that_asks_for_an_explanation_stays(fill, late):
    submission, path = give_back(fill(cells={("Tiến độ nhiệm vụ", "B5"): late}))
    assert [(one.code, one.cell) for one in submission.findings] == [("explanation-required", "F5")]
    assert openpyxl.load_workbook(path)["Tiến độ nhiệm vụ"]["B5"].value == late
    assert findings(check(path)) == findings(submission)


def test_old_fonts_read_as_unicode_come_back_as_unicode(fill):
    path = fill(cells={("Khó khăn, kiến nghị", "B5"): "Kinh phÝ ®\u00adîc giao chËm"})
    submission, returned = give_back(path, convert_legacy_fonts=True)
    assert check(returned).findings == ()
    assert values(check(returned)) == values(submission)


def test_a_comment_that_speaks_of_secrets_does_not_make_the_file_one(fill):
    submission, path = give_back(fill(cells={("Thông tin chung", "B13"): "chưa rõ"}))
    assert "bí mật nhà nước" in submission.findings[0].message
    assert findings(check(path)) == findings(submission)


@pytest.mark.parametrize(
    "extra",
    [
        {"Sổ tay": [["Độ mật"], ["Không"]]},
        {"Sổ tay": [["Tuyên truyền Luật Bảo vệ bí mật nhà nước"], ["Không thuộc danh mục bí mật nhà nước"]]},
        {"Sổ tay": [["Số nhiệm vụ KHCN thuộc bí mật nhà nước"], [0]]},
    ],
)
def test_what_was_no_secret_is_none_on_the_sheet_of_leftovers(write_sheets, extra):
    path = write_sheets({"Hoạt động": [["Độ mật", "Việc"], ["Không", "Kinh tế"]], **extra})
    submission = check(path)
    if not submission.is_secret:
        returned = write_returned(submission, path.parent / "trả lại")
        assert not check(returned).is_secret


def test_a_secret_written_into_the_sheet_of_leftovers_is_one(fill):
    _, path = give_back(fill(cells={("Nhân lực", "B6"): 500}, bend=bend))
    book = openpyxl.load_workbook(path)
    book[LEFTOVERS_SHEET]["D9"] = "Đề tài này thuộc bí mật nhà nước"
    book.save(path)
    assert check(path).is_secret


# ---------------------------------------------------------------------------------- text stays text


@pytest.mark.parametrize("value", ["=1+1", "@SUM(A1)", "+84x", "-x", '=HYPERLINK("http://a.example")', "<b>&amp;</b>"])
def test_values_of_the_file_go_out_as_text(fill, value):
    def plant(book: openpyxl.Workbook) -> None:
        for sheet, address in (("Nhân lực", "B5"), ("Khó khăn, kiến nghị", "B5"), ("Khó khăn, kiến nghị", "H9")):
            cell = book[sheet][address]
            cell.value, cell.data_type = value, "s"

    submission, returned = give_back(fill(bend=plant))
    book = openpyxl.load_workbook(returned)
    here = [book["Nhân lực"]["B5"], book["Khó khăn, kiến nghị"]["B5"]]
    here += [cell for row in book[LEFTOVERS_SHEET] for cell in row if cell.value and value in str(cell.value)]
    here += [cell for row in book[RETURN_SHEET] for cell in row if cell.value == value]
    assert len(here) == 4
    assert all(cell.value == value and cell.data_type == "s" for cell in here)
    assert all(cell.quotePrefix or cell.number_format == "@" or value[0] not in "=+-@" for cell in here[:3])
    with zipfile.ZipFile(returned) as archive:
        assert not any(b"<f>" in archive.read(name) for name in archive.namelist() if "worksheets/sheet" in name)
        links = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/_rels")]
    assert not any(b"hyperlink" in part for part in links)
    assert [one[:1] + one[5:] for one in findings(check(returned))] == [
        one[:1] + one[5:]
        for one in findings(submission)
        if one[0] not in ("rows-outside", "column-extra", "rows-blank")
    ]


# ---------------------------------------------------------------------------------- every source, every stored defect


def test_a_folder_of_csv_comes_back_as_a_form(tmp_path):
    folder = tmp_path / "bao-cao"
    folder.mkdir()
    (folder / "cover.csv").write_text("unit_id,period,signed_on\nvu-tccb,2026-H2,2026-12-10\n", "utf-8")
    (folder / "workforce.csv").write_text(
        "staff_total,staff_reached,comms_staff_total,comms_staff_trained\n80,60 người,4,1\n", "utf-8"
    )
    (folder / "task_progress.csv").write_text("task_id,status\n1,dang_thuc_hien\n7,dang_thuc_hien\n", "utf-8")
    (folder / "budget.csv").write_text(
        "task_id;funding_source;planned_vnd;allocated_vnd;disbursed_vnd;moi\n1;Nguồn lạ;=1+1;20.000.000;0;x\n", "utf-8"
    )
    before, path = give_back(folder)
    assert path.name == "bao-cao-tra-lai.xlsx"
    assert openpyxl.load_workbook(path)["Thông tin chung"]["B5"].value == "Vụ Tổ chức cán bộ"
    after = check(path)
    wrong = [(one.code, one.table, one.field, one.value) for one in before.findings if one.severity != "note"]
    assert [(one.code, one.table, one.field, one.value) for one in after.findings] == wrong
    book = openpyxl.load_workbook(path)
    cell = book["Kinh phí"]["C5"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=1+1", "s", True)
    assert book["Kinh phí"]["D5"].value == 20_000_000
    for sheet, address, good in (("Nhân lực", "B6", 60), ("Kinh phí", "B5", "Khác"), ("Kinh phí", "C5", 30_000_000)):
        assert colour(book[sheet][address]) == COLOURS["error"]
        book[sheet][address] = good
    book.save(path)
    mended = check(path)
    assert mended.findings == ()
    assert values(mended)["budget"] == [
        {
            "task_id": 1,
            "funding_source": "khac",
            "planned_vnd": 30_000_000,
            "allocated_vnd": 20_000_000,
            "disbursed_vnd": 0,
        }
    ]


def test_a_text_too_long_for_a_cell_is_told_whole_on_the_sheet_of_leftovers(tmp_path):
    folder, text = tmp_path / "bao-cao", "".join(f"Đoạn {number}. " for number in range(4000))
    folder.mkdir()
    (folder / "cover.csv").write_text("unit_id,period\nvu-tccb,2026-H2\n", "utf-8")
    (folder / "issues.csv").write_text(f"category,description\nkhac,{text}\n", "utf-8")
    _, path = give_back(folder)
    rows = [row for row in leftovers(openpyxl.load_workbook(path)) if row[:2] == [2, 5]]
    assert "".join(row[2] for row in rows) == text
    assert openpyxl.load_workbook(path)["Khó khăn, kiến nghị"]["B5"].value == text[:32_767]


def test_an_unreadable_value_of_merged_cells_is_marked_in_each_row(fill):
    def merge(book: openpyxl.Workbook) -> None:
        sheet = book["Hoạt động"]
        sheet["E5"], sheet["E6"] = "tháng 8", None
        sheet.merge_cells("E5:E6")

    submission, path = give_back(fill(bend=merge))
    assert [one.cell for one in submission.findings if one.code == "date-unreadable"] == ["E5", "E5"]
    book = openpyxl.load_workbook(path)
    assert [(row[2], row[3]) for row in list_rows(book) if row[7] == "date-unreadable"] == [
        ("Hoạt động, ô E5", "Hoạt động, ô E5"),
        ("Hoạt động, ô E5", "Hoạt động, ô E6"),
    ]
    assert [(one.code, one.cell) for one in check(path).findings] == [
        ("date-unreadable", "E5"),
        ("date-unreadable", "E6"),
    ]


@pytest.mark.parametrize("bad", [46_000, datetime(2026, 8, 1), 0.5, 12.5, True, "12,5%", "=1"])  # noqa: DTZ001
@pytest.mark.parametrize(
    "place",
    [
        ("Hoạt động", "G5"),
        *(
            pytest.param(place, marks=pytest.mark.slow(reason="three forms for each value"))
            for place in (("Hoạt động", "E5"), ("Tiến độ nhiệm vụ", "C5"))
        ),
    ],
)
def test_a_value_of_another_kind_stands_as_it_stood_and_is_not_read_as_its_kind(fill, place, bad):
    def plant(book: openpyxl.Workbook) -> None:
        cell = book[place[0]][place[1]]
        cell.number_format = "dd/mm/yyyy" if isinstance(bad, datetime) else "General"
        cell.value = bad
        cell.data_type = "s" if isinstance(bad, str) else cell.data_type

    before = check(fill(bend=plant))
    if before.findings:
        after = check(write_returned(before, fill().parent / "trả lại"))
        assert findings(after) == findings(before)


@pytest.mark.parametrize("name", RETURNED)
def test_each_stored_defect_stays_open_in_a_straight_form_until_it_is_mended(name, plan, tmp_path):
    (path,) = (path for path in (FIXTURES / name).iterdir() if path.name != "expected.json")
    asked = json.loads((FIXTURES / name / "expected.json").read_text(encoding="utf-8")).get("asked", {})
    before = check(path, plan=plan, **asked)
    returned = write_returned(before, tmp_path, plan=plan)
    if before.is_secret or not before.findings:
        assert returned is None
        return
    assert returned is not None
    if not before.content:
        assert openpyxl.load_workbook(returned).sheetnames == [RETURN_SHEET]
        return
    after = check(returned, plan=plan, **asked)
    assert (after.ok, after.unit_id, after.period) == (before.ok, before.unit_id, before.period)

    def key(one) -> tuple[Any, ...]:
        return one.code, one.table, one.field, None if one.value == "-" else one.value

    was = Counter(key(one) for one in before.findings if one.severity != "note")
    now = Counter(key(one) for one in after.findings if one.severity != "note")
    renamed = set().union(*(STILL_OPEN[code] for code, *_ in was - now))
    assert {code for code, *_ in now - was} == renamed
    assert {one.code for one in after.findings if one.severity == "note"} <= {"number-point", "said-to-be-late"}
    book = openpyxl.load_workbook(returned)
    for one in after.findings:
        if one.severity == "error":
            assert colour(book[one.sheet][one.cell]) == COLOURS["error"], (one.sheet, one.cell)
    if not renamed:
        assert values(after) == values(before)
    again = write_returned(after, tmp_path / "2", plan=plan)
    assert again is None or findings(check(again, plan=plan, **asked)) == findings(after)


def test_an_empty_form_of_a_task_sheet_that_was_missing_is_prefilled(write_sheets):
    path = write_sheets({"Thông tin chung": [["Đơn vị báo cáo", "Vụ TCCB"], ["Kỳ báo cáo", "2026-H2"]]})
    _, returned = give_back(path)
    book = openpyxl.load_workbook(returned)
    assert [book["Tiến độ nhiệm vụ"][cell].value for cell in ("A5", "A6", "A7")] == [1, 7, None]
    assert colour(book["Tiến độ nhiệm vụ"]["B5"]) == COLOURS["error"]
    assert colour(book["Nhân lực"]["B5"]) == COLOURS["error"]


def test_a_file_whose_unit_and_period_are_not_known_comes_back_without_them(write_sheets):
    _, returned = give_back(write_sheets({"Thông tin chung": [["Đơn vị báo cáo", "Vụ Lạ"], ["Kỳ báo cáo", "?"]]}))
    book = openpyxl.load_workbook(returned)
    assert "Hướng dẫn" not in book.sheetnames
    assert book["Thông tin chung"]["B5"].value == "Vụ Lạ"
    assert "chưa xác định được" in book["Thông tin chung"]["A2"].value
    assert {one.code for one in check(returned).findings} >= {"unit-unknown", "period-unknown"}


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "file-empty"), (b"%PDF-1.7 x", "file-not-workbook"), (b"PK\x03\x04 cut", "file-damaged")],
)
def test_a_file_that_cannot_be_read_gets_the_list_alone(tmp_path, content, code):
    path = tmp_path / "hong.xlsx"
    path.write_bytes(content)
    _, returned = give_back(path)
    book = openpyxl.load_workbook(returned)
    assert book.sheetnames == [RETURN_SHEET]
    assert [row[7] for row in list_rows(book)] == [code]


def test_a_state_secret_is_given_back_nothing(fill, tmp_path):
    path = fill(cells={("Nhiệm vụ KHCN", "B5"): "Đề tài giả lập (Mật)"})
    submission = check(path)
    assert submission.is_secret
    assert build_returned(submission) is None
    assert write_returned(submission, tmp_path / "trả lại") is None
    assert not (tmp_path / "trả lại").exists()


def test_a_file_without_findings_is_not_given_back(fill, tmp_path):
    assert write_returned(check(fill()), tmp_path / "trả lại") is None


def test_equal_findings_give_equal_bytes(broken):
    submission = check(broken)
    assert build_returned(submission) == build_returned(submission)


def test_names_do_not_collide():
    taken: list[str] = []
    for file in ("a.xlsx", "A.ods", "a-tra-lai.xlsx"):
        taken.append(name_returned(file, taken))
    assert taken == ["a-tra-lai.xlsx", "A-tra-lai-2.xlsx", "a-tra-lai-3.xlsx"]


@pytest.mark.slow  # LibreOffice starts three times
def test_a_new_user_comes_to_a_clean_file_through_libreoffice(fill, require_tool, tmp_path):
    """Send a bent .ods, follow the list of the returned form in LibreOffice's copy of it, until nothing is left."""
    soffice = require_tool("soffice")

    def convert(path: Path, ending: str, folder: str) -> Path:
        home = (tmp_path / "hồ sơ LO").as_uri()
        subprocess.run(
            [soffice, f"-env:UserInstallation={home}", "--headless", "--convert-to", ending, "--outdir", tmp_path / folder, path],
            check=True, capture_output=True, timeout=300,
        )  # fmt: skip
        return tmp_path / folder / f"{path.stem}.{ending}"

    clean = check(fill(name="sach.xlsx", cells={place: good for place, (_, good) in BROKEN.items()}))
    path = convert(fill(cells={place: bad for place, (bad, _) in BROKEN.items()}, bend=bend), "ods", "ods")
    for ending in ("xlsx", "ods", None):
        submission, returned = give_back(path)
        path = convert(returned, "xlsx", "sửa")
        book = openpyxl.load_workbook(path)
        assert len(list_rows(book)) == len(submission.findings)
        for row in [row for row in list_rows(book) if row[1] == "Lỗi"][: 4 if ending else None]:
            sheet, address = row[3].split(", ô ")  # where the form has it, whatever the file was like
            assert "LỖI" in book[sheet][address].comment.text
            book[sheet][address] = BROKEN[sheet, address][1]
        book.save(path)
        path = convert(path, ending, "gửi") if ending else path
    submission = check(path, period="2026-H2", unit_id="vu-tccb")
    assert submission.findings == ()
    assert submission.ok
    assert values(submission) == values(clean)


def test_every_table_can_be_asked_again_for_a_sheet_sent_twice():
    """The row that asks for what was not placed stands in a column of a closed list, which every row table has."""
    for table in TABLES.values():
        assert table.form == "record" or any(field.required and field.codes for field in table.fields)


def test_a_line_that_speaks_of_several_columns_leads_to_the_first_of_them() -> None:
    content = build_returned(check(FIXTURES / "unit-in-a-footnote" / "bao-cao.xlsx"))
    assert content is not None
    rows = list_rows(openpyxl.load_workbook(io.BytesIO(content)))
    assert [row[3] for row in rows if row[7] == "money-scale"] == ["Kinh phí, ô C5"]
