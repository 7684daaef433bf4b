"""What goes back to the unit: its own file, coloured, commented, with a list; and the way to a clean file."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
import xlsxwriter
from openpyxl.comments import Comment

from nq57kit.submissions import check, write_returned
from nq57kit.submissions.contract import HIDDEN_SHEET, LISTS_SHEET, RETURN_SHEET
from nq57kit.submissions.returned import build_returned, name_returned
from nq57kit.submissions.returned.styles import COLOURS

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


def findings(submission):
    return [
        (one.code, one.severity, one.sheet, one.cell, one.field, one.value, one.message) for one in submission.findings
    ]


def give_back(path: Path, **words: Any) -> tuple[Any, Path]:
    submission = check(path, **words)
    written = write_returned(submission, path.parent / "trả lại")
    assert written is not None
    return submission, written


def colour(cell) -> str | None:
    return cell.fill.fgColor.rgb if cell.fill.fill_type == "solid" else None


@pytest.fixture
def broken(fill) -> Path:
    return fill(cells={place: bad for place, (bad, _) in BROKEN.items()})


def list_rows(book) -> list[tuple[Any, ...]]:
    """The findings of the list, as a person reads them."""
    rows = list(book[RETURN_SHEET].iter_rows(values_only=True))
    head = next(number for number, row in enumerate(rows) if row[1] == "Mức")
    return [row for row in rows[head + 1 :] if row[0]]


def test_each_cell_with_a_finding_is_coloured_and_has_a_comment_with_the_sentence(broken):
    submission, path = give_back(broken)
    book = openpyxl.load_workbook(path)
    assert {(one.sheet, one.cell) for one in submission.findings} == set(BROKEN)
    for one in submission.findings:
        cell = book[one.sheet][one.cell]
        assert colour(cell) == COLOURS[one.severity]
        assert f"LỖI: {one.message}" in cell.comment.text
        assert cell.value == BROKEN[one.sheet, one.cell][0]


def test_the_first_sheet_lists_every_finding_with_a_link_to_its_cell(broken):
    submission, path = give_back(broken)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[0] == RETURN_SHEET == book.active.title
    assert [sheet.title for sheet in book if sheet.sheet_view.tabSelected] == [RETURN_SHEET]
    rows = list_rows(book)
    assert [(row[1], row[2], row[3], row[6], row[7]) for row in rows] == [
        ("Lỗi", one.sheet, one.cell, one.message, one.code) for one in submission.findings
    ]
    links = {cell.hyperlink.location for row in book[RETURN_SHEET].iter_rows() for cell in row if cell.hyperlink}
    assert links == {f"'{sheet}'!{cell}" for sheet, cell in BROKEN}
    text = "\n".join(str(cell) for row in book[RETURN_SHEET].iter_rows(values_only=True) for cell in row if cell)
    for words in ("Vụ Tổ chức cán bộ", "6 tháng cuối năm 2026 (2026-H2)", "bao-cao.xlsx", "PHẢI SỬA VÀ GỬI LẠI (10 lỗi)",
                  "đã đọc 2 = 0 nhận + 2 phải sửa + 0 bỏ qua"):  # fmt: skip
        assert words in text


def test_the_returned_file_gives_the_same_findings_counts_and_rows(broken):
    before, path = give_back(broken)
    after = check(path)
    assert findings(after) == findings(before)
    assert after.counts == before.counts
    assert all(after.tables[name].equals(before.tables[name]) for name in before.tables)


def test_nothing_else_of_the_unit_s_file_changes(broken):
    _, path = give_back(broken)
    with zipfile.ZipFile(broken) as old, zipfile.ZipFile(path) as new:
        touched = {name for name in old.namelist() if old.read(name) != new.read(name)}
    assert "xl/sharedStrings.xml" not in touched
    first, second = openpyxl.load_workbook(broken), openpyxl.load_workbook(path)
    assert second.sheetnames[1:] == first.sheetnames
    assert {name for name in second.sheetnames if second[name].sheet_state == "hidden"} == {HIDDEN_SHEET, LISTS_SHEET}
    for sheet in first:
        other = second[sheet.title]
        assert other.freeze_panes == sheet.freeze_panes
        assert other.print_title_rows == sheet.print_title_rows
        rules = [(str(rule.sqref), rule.type, rule.formula1) for rule in sheet.data_validations.dataValidation]
        assert [(str(rule.sqref), rule.type, rule.formula1) for rule in other.data_validations.dataValidation] == rules
        for row in sheet.iter_rows():
            for cell in row:
                twin = other[cell.coordinate]
                assert (twin.value, twin.number_format, repr(twin.font)) == (
                    cell.value,
                    cell.number_format,
                    repr(cell.font),
                )
                if (sheet.title, cell.coordinate) not in BROKEN:
                    assert colour(twin) == colour(cell)


def test_cells_corrected_one_by_one_lead_to_an_accepted_file_in_its_own_colours(broken, fill):
    _, path = give_back(broken)
    clean = openpyxl.load_workbook(fill(name="sach.xlsx"))
    for number, ((sheet, address), (_, good)) in enumerate(BROKEN.items(), 1):
        book = openpyxl.load_workbook(path)
        book[sheet][address] = good
        book.save(path)
        submission = check(path)
        assert len(submission.findings) == len(BROKEN) - number
        if submission.findings:
            path = write_returned(submission, path.parent)
            cell = openpyxl.load_workbook(path)[sheet][address]
            assert cell.comment is None
            assert colour(cell) == colour(clean[sheet][address])
    assert submission.ok
    assert path.name == "bao-cao-tra-lai.xlsx"
    assert write_returned(submission, path.parent) is None


def test_several_findings_of_one_cell_share_one_comment_and_the_worst_colour(fill):
    cells = {("Hoạt động", "E5"): "18/8/2025", ("Hoạt động", "F5"): "17/8/2025"}
    submission, path = give_back(fill(cells=cells))
    here = [one for one in submission.findings if one.cell == "F5"] + [
        one for one in submission.findings if one.cell == "E5"
    ]
    book = openpyxl.load_workbook(path)
    for one in here:
        assert one.message in book["Hoạt động"][one.cell].comment.text
    warned = next(one for one in here if one.severity == "warning")
    assert "CẢNH BÁO: " in book["Hoạt động"][warned.cell].comment.text


def test_comments_of_the_unit_stay_and_ours_come_and_go(broken):
    book = openpyxl.load_workbook(broken)
    book["Hoạt động"]["G5"].comment = Comment("Hỏi lại chị Hòa", "Đơn vị")
    book["Hoạt động"]["A6"].comment = Comment("Đã rà soát", "Đơn vị")
    book.save(broken)
    _, path = give_back(broken)
    book = openpyxl.load_workbook(path)
    assert book["Hoạt động"]["A6"].comment.text == "Đã rà soát"
    text = book["Hoạt động"]["G5"].comment.text
    assert text.startswith("Hỏi lại chị Hòa")
    assert "12 tin" in text
    book["Hoạt động"]["G5"] = 12
    book.save(path)
    again = openpyxl.load_workbook(write_returned(check(path), path.parent))
    assert again["Hoạt động"]["G5"].comment.text == "Hỏi lại chị Hòa"
    assert again["Hoạt động"]["A6"].comment.text == "Đã rà soát"
    assert "LỖI" in again["Hoạt động"]["E5"].comment.text


def test_formulas_keep_their_results_and_pictures_stay(tmp_path):
    path = tmp_path / "tu-lap.xlsx"
    picture = tmp_path / "anh.png"
    picture.write_bytes(bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
    ))  # fmt: skip
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Nhân lực")
        for row, (label, value) in enumerate([("Tổng số cán bộ, công chức, viên chức", 0),
                                              ("Số người đã tiếp cận thông tin định hướng", "60 người")]):  # fmt: skip
            sheet.write_string(row, 0, label)
            sheet.write(row, 1, value)
        sheet.write_formula(0, 1, "=40+40", None, 80)
        sheet.insert_image(5, 5, str(picture))
    before, returned = give_back(path)
    assert findings(check(returned)) == findings(before)
    assert openpyxl.load_workbook(returned, data_only=True)["Nhân lực"]["B1"].value == 80
    assert openpyxl.load_workbook(returned)["Nhân lực"]["B1"].value == "=40+40"
    with zipfile.ZipFile(returned) as parts:
        assert "xl/media/image1.png" in parts.namelist()


def test_xml_with_prefixes_of_its_own_is_changed_in_place(broken, tmp_path):
    path = tmp_path / "tien-to.xlsx"
    with zipfile.ZipFile(broken) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name.startswith(("xl/worksheets/sheet", "xl/workbook", "xl/styles")):
                content = ElementTree.tostring(ElementTree.fromstring(content), encoding="utf-8")
            new.writestr(name, content)
    assert [one[:1] + one[2:4] for one in findings(check(path))] == [
        one[:1] + one[2:4] for one in findings(check(broken))
    ]
    before, returned = give_back(path)
    assert findings(check(returned)) == findings(before)
    with zipfile.ZipFile(returned) as parts:
        assert b":worksheet" in parts.read("xl/worksheets/sheet3.xml")[:400]


@pytest.mark.parametrize(
    "value", ["=1+1", "@SUM(A1)", "+84x", "-x", '=HYPERLINK("http://a.example")', "<b>&amp;</b>", "_x0041_ \x07"]
)
def test_values_of_the_file_go_out_as_text(write_sheets, value):
    path = write_sheets(
        {"Nhân lực": [["Tổng số cán bộ, công chức, viên chức", None], ["Số người đã tiếp cận thông tin định hướng", 1]]}
    )
    book = openpyxl.load_workbook(path)
    cell = book["Nhân lực"]["B1"]
    cell.value = value.replace("\x07", "")
    cell.data_type = "s"
    book.save(path)
    submission, returned = give_back(path)
    shown = [one.value for one in submission.findings if one.cell == "B1"]
    sheet = openpyxl.load_workbook(returned)[RETURN_SHEET]
    told = [
        cell for row in sheet.iter_rows() for cell in row if cell.column == 6 and cell.row > 10 and cell.value in shown
    ]
    assert told
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in told)
    assert all(cell.hyperlink.target is None for row in sheet.iter_rows() for cell in row if cell.hyperlink)


def test_a_folder_of_csv_comes_back_as_a_workbook_that_reads_the_same(tmp_path):
    folder = tmp_path / "bao-cao"
    folder.mkdir()
    (folder / "workforce.csv").write_text(
        "staff_total,staff_reached,comms_staff_total,comms_staff_trained\n80,60 người,4,1\n", "utf-8"
    )
    (folder / "budget.csv").write_text("task_id;funding_source;planned_vnd\n1;Nguồn lạ;=1+1\n", "utf-8")
    before, path = give_back(folder)
    assert path.name == "bao-cao-tra-lai.xlsx"
    after = check(path)
    assert findings(after) == findings(before)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == [RETURN_SHEET, "budget", "workforce"]
    assert (book["budget"]["C2"].value, book["budget"]["C2"].data_type) == ("=1+1", "s")
    assert colour(book["workforce"]["B2"]) == COLOURS["error"]


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


@pytest.mark.slow
def test_a_new_user_comes_to_a_clean_file_through_libreoffice(broken, require_tool, tmp_path):
    """Save as .ods and back, check, follow the list in LibreOffice's copy of the returned file, until nothing is left."""
    soffice = require_tool("soffice")

    def convert(path: Path, ending: str, folder: str) -> Path:
        home = (tmp_path / "hồ sơ LO").as_uri()
        subprocess.run(
            [soffice, f"-env:UserInstallation={home}", "--headless", "--convert-to", ending, "--outdir", tmp_path / folder, path],
            check=True, capture_output=True, timeout=300,
        )  # fmt: skip
        return tmp_path / folder / f"{path.stem}.{ending}"

    ods = convert(broken, "ods", "ods")
    before, copy = give_back(ods)
    assert findings(check(copy)) == findings(before)
    path = convert(ods, "xlsx", "xlsx")
    for ending in ("xlsx", None):
        submission, returned = give_back(path)
        assert {(one.sheet, one.cell) for one in submission.findings if one.severity == "error"} <= set(BROKEN)
        path = convert(returned, ending, "sửa") if ending else returned
        book = openpyxl.load_workbook(path)
        assert len(list_rows(book)) == len(submission.findings)
        rows = list_rows(book)[: 6 if ending else None]
        for row in rows:
            sheet, address = row[2], row[3]
            assert RETURN_SHEET in book[sheet][address].comment.text
            book[sheet][address] = BROKEN[sheet, address][1]
        book.save(path)
    submission = check(path, period="2026-H2", unit_id="vu-tccb")
    assert submission.findings == ()
    assert submission.ok
