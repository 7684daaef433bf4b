"""Tables found by their words, whatever a unit did to the sheet; each deviation told, nothing lost."""

from __future__ import annotations

from datetime import date

import pytest

from nq57kit.submissions import check

HEADER = ["Nhiệm vụ", "Tên hoạt động", "Loại hoạt động", "Kênh truyền thông", "Ngày bắt đầu", "Số lượng"]
ROW = [1, "Hội nghị A", "Hội nghị", "Báo chí", date(2026, 8, 1), 1]
OTHER = [2, "Tin B", "Tin, bài", "Báo chí", date(2026, 8, 2), 3]
COVER = [["Đơn vị báo cáo", "Vụ TCCB"], ["Kỳ báo cáo", "2026-H2"]]
WORKFORCE = [
    ["Tổng số cán bộ, công chức, viên chức", 80],
    ["Số người đã tiếp cận thông tin định hướng", 60],
    ["Số cán bộ chuyên trách truyền thông, thông tin cơ sở, thông tin đối ngoại", 4],
    ["Trong đó: số người đã được đào tạo chuyên sâu", 1],
]
PROGRESS = [["Nhiệm vụ", "Tình trạng"], [1, "Đang thực hiện"], [7, "Đang thực hiện"]]


@pytest.fixture
def check_rows(write_sheets):
    """Check a workbook of its own making whose sheet «Hoạt động» holds the rows given."""

    def run(rows, title="Hoạt động", **others):
        sheets = {"Thông tin chung": COVER, "Nhân lực": WORKFORCE, "Tiến độ nhiệm vụ": PROGRESS, title: rows}
        return check(write_sheets({**sheets, **others}))

    return run


def codes(submission, *, table="activities"):
    quiet = {"sheet-absent", "task-no-role"}  # the rows stand under any task
    return [one.code for one in submission.findings if one.table == table and one.code not in quiet]


def names(submission):
    return submission.tables["activities"]["name"].to_list()


def test_a_book_without_our_hidden_sheet_is_read_by_its_words(check_rows):
    submission = check_rows([HEADER, ROW, OTHER])
    assert submission.ok
    assert names(submission) == ["Hội nghị A", "Tin B"]
    assert (submission.unit_id, submission.period, submission.template_version) == ("vu-tccb", "2026-H2", None)


@pytest.mark.parametrize(
    "labels",
    [
        ["task_id", "name", "activity_type", "channel", "started_on", "quantity"],
        ["NHIỆM VỤ *", "TÊN HOẠT ĐỘNG, SẢN PHẨM *", "Loại\nhoạt động *", "Kênh  truyền thông *", "ngày bắt đầu*", "SL"],
        ["TT nhiệm vụ", "Hoạt động", "Hình thức", "Kênh", "Từ ngày", "số lượng"],
        ["Nhiệm vụ số", "Tên hoạt động", "Loại hình", "Kênh", "Ngày tổ chức", "Số lượng"],
    ],
)
def test_labels_names_and_aliases_head_a_column(check_rows, labels):
    assert check_rows([labels, ROW]).counts["activities"]["accepted"] == 1


def test_title_rows_above_the_header_do_not_matter(check_rows):
    titles = [["BÁO CÁO HOẠT ĐỘNG"], ["Đơn vị: Vụ A"], [], ["Số lượng hoạt động trong kỳ"], []]
    submission = check_rows([*titles, HEADER, ROW])
    assert names(submission) == ["Hội nghị A"]
    assert submission.tables["activities"]["source_row"].to_list() == [7]


def test_moved_and_extra_columns_are_told(check_rows):
    submission = check_rows([["STT", *reversed(HEADER)], [1, *reversed(ROW)]])
    assert names(submission) == ["Hội nghị A"]
    assert sorted(codes(submission)) == ["column-extra", "columns-moved"]


def test_a_column_with_data_but_no_heading_is_told(check_rows):
    submission = check_rows([HEADER, [*ROW, "chữ lạ"]])
    extra = next(one for one in submission.findings if one.code == "column-extra")
    assert extra.cell == "G1"


def test_a_missing_required_column_is_one_error_not_one_per_row(check_rows):
    submission = check_rows([HEADER[:-1], ROW[:-1], OTHER[:-1]])
    assert codes(submission) == ["column-missing"]
    assert not submission.ok


def test_blank_total_and_numbering_rows_are_skipped_counted_and_told(check_rows):
    rows = [HEADER, ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"], ROW, [], [], OTHER, ["Tổng cộng", "", "", "", "", 4]]
    submission = check_rows(rows)
    assert names(submission) == ["Hội nghị A", "Tin B"]
    assert submission.counts["activities"] == {"seen": 6, "accepted": 2, "refused": 0, "skipped": 4}
    assert sorted(codes(submission)) == ["rows-blank", "rows-numbering", "rows-total"]


@pytest.mark.parametrize("word", ["Tổng", "Cộng", "TỔNG CỘNG:", "Tổng số"])
def test_every_word_for_a_total_is_known(check_rows, word):
    assert check_rows([HEADER, ROW, ["", word, "", "", "", 1]]).counts["activities"]["skipped"] == 1


def test_an_activity_whose_name_begins_with_tong_is_no_total(check_rows):
    submission = check_rows([HEADER, [1, "Tổng kết hội thi", *ROW[2:]]])
    assert names(submission) == ["Tổng kết hội thi"]


def test_lines_under_the_table_are_skipped_and_told(check_rows):
    rows = [HEADER, ROW, [], ["", "", "", "", "Hà Nội, ngày 10 tháng 12 năm 2026"], ["", "Người lập biểu", "", "", "Thủ trưởng đơn vị"],
            ["", "Nguyễn Văn A (giả lập)"]]  # fmt: skip
    submission = check_rows(rows)
    assert submission.counts["activities"] == {"seen": 5, "accepted": 1, "refused": 0, "skipped": 4}
    assert "rows-footer" in codes(submission)


def test_a_header_printed_again_is_no_record(check_rows):
    submission = check_rows([HEADER, ROW, HEADER, OTHER])
    assert names(submission) == ["Hội nghị A", "Tin B"]
    assert codes(submission) == ["rows-header"]


def test_numbered_but_empty_rows_are_blank(check_rows):
    submission = check_rows([["STT", *HEADER], [1, *ROW], [2], [3, *OTHER], [4], [5]])
    assert submission.counts["activities"] == {"seen": 3, "accepted": 2, "refused": 0, "skipped": 1}


def test_a_renamed_sheet_is_known_by_its_header(check_rows):
    submission = check_rows([HEADER, ROW], title="Phụ lục 1")
    assert names(submission) == ["Hội nghị A"]
    assert codes(submission) == ["sheet-renamed"]


@pytest.mark.parametrize("title", ["activities", "HOẠT ĐỘNG", "Hoat dong", "Các hoạt động"])
def test_a_sheet_may_have_the_tables_name_any_case_or_alias(check_rows, title):
    submission = check_rows([HEADER, ROW], title=title)
    assert names(submission) == ["Hội nghị A"]
    assert codes(submission) == []


def test_two_sheets_for_one_table_are_asked_about(check_rows):
    submission = check_rows([HEADER, ROW], **{"Hoạt động (2)": [HEADER, OTHER]})
    assert codes(submission) == ["sheet-twice"]
    assert not submission.ok


def test_a_sheet_of_ones_own_is_not_read_and_told(check_rows):
    submission = check_rows([HEADER, ROW], **{"Ghi chép": [["Việc riêng"]]})
    assert [one.sheet for one in submission.findings if one.code == "sheet-extra"] == ["Ghi chép"]


def test_missing_sheets_are_errors_only_where_the_form_needs_them(write_sheets):
    submission = check(write_sheets({"Hoạt động": [HEADER, ROW]}))
    missing = {one.table: one.severity for one in submission.findings if one.code in ("sheet-missing", "sheet-absent")}
    assert missing == {
        "cover": "error", "workforce": "error", "task_progress": "error",
        "science_tasks": "note", "budget": "note", "issues": "note",
    }  # fmt: skip


def test_a_form_may_be_a_header_with_one_row_beneath(write_sheets, check_rows):
    submission = check_rows([HEADER, ROW], **{"Nhân lực": [[label for label, _ in WORKFORCE], [80, 60, 4, 1]]})
    assert submission.tables["workforce"].row(0)[:4] == (80, 60, 4, 1)


def test_two_records_where_one_belongs_are_an_error(check_rows):
    submission = check_rows(
        [HEADER, ROW], **{"Nhân lực": [[label for label, _ in WORKFORCE], [80, 60, 4, 1], [81, 60, 4, 1]]}
    )
    assert codes(submission, table="workforce") == ["record-twice"]


def test_a_form_with_numbers_before_its_labels_is_read(check_rows):
    numbered = [["TT", "Nội dung", "Số liệu"], *([number, *line] for number, line in enumerate(WORKFORCE, 1))]
    submission = check_rows([HEADER, ROW], **{"Nhân lực": numbered})
    assert submission.tables["workforce"].row(0)[:4] == (80, 60, 4, 1)


def test_hidden_rows_columns_and_sheets_are_read_and_told(fill):
    def hide(book):
        book["Hoạt động"].row_dimensions[5].hidden = True
        book["Hoạt động"].column_dimensions["B"].hidden = True
        book["Kinh phí"].sheet_state = "hidden"

    submission = check(fill(bend=hide))
    assert submission.ok
    assert submission.counts["activities"]["accepted"] == 2
    assert submission.counts["budget"]["accepted"] == 1
    assert {one.code for one in submission.findings} == {"rows-hidden", "columns-hidden", "sheet-hidden"}


def test_a_merged_title_is_told(fill):
    def bend(book):
        sheet = book["Hoạt động"]
        sheet.insert_rows(1, 2)
        sheet["A1"] = "BÁO CÁO"
        sheet.merge_cells("A1:L1")

    submission = check(fill(bend=bend))
    assert submission.counts["activities"]["accepted"] == 2
    assert "title-merged" in codes(submission)


def test_a_text_merged_over_rows_counts_for_each_an_amount_is_asked_about(fill):
    def bend(book):
        sheet = book["Hoạt động"]
        sheet.merge_cells("A5:A6")
        sheet.merge_cells("G5:G6")

    submission = check(fill(bend=bend))
    assert submission.counts["activities"]["seen"] == 2
    assert {one.code: one.cell for one in submission.findings if one.table == "activities"} == {
        "cells-merged": "A5",
        "amount-merged": "G5",
        "value-required": "G6",
    }


def test_a_section_banner_between_rows_is_skipped(fill):
    def bend(book):
        sheet = book["Hoạt động"]
        sheet["A7"] = "II. Hoạt động của các phòng"
        sheet.merge_cells("A7:L7")

    submission = check(fill(bend=bend))
    assert codes(submission) == ["rows-section"]
    assert submission.counts["activities"]["skipped"] == 1


def test_a_header_of_two_rows_is_understood(write_sheets, check_rows):
    rows = [
        ["Nhiệm vụ", "Tên hoạt động", "Loại hoạt động", "Kênh truyền thông", "Thời gian", "", "Số lượng"],
        ["", "", "", "", "Ngày bắt đầu", "Ngày kết thúc", ""],
        [1, "Hội nghị A", "Hội nghị", "Báo chí", date(2026, 8, 1), date(2026, 8, 3), 1],
    ]
    submission = check_rows(rows)
    assert submission.tables["activities"]["ended_on"].to_list() == [date(2026, 8, 3)]


def test_a_heading_that_was_reworded_in_place_is_read_by_the_hidden_map(fill):
    submission = check(fill(cells={("Hoạt động", "G4"): "SL thực hiện"}))
    assert submission.ok
    assert codes(submission) == ["column-renamed"]
    assert submission.tables["activities"]["quantity"].to_list() == [1, 2]


def test_the_hidden_map_is_not_trusted_where_the_columns_moved(fill):
    def bend(book):
        book["Hoạt động"].insert_cols(1)
        book["Hoạt động"]["A4"] = "STT"

    submission = check(fill(bend=bend))
    assert submission.ok
    assert submission.tables["activities"]["quantity"].to_list() == [1, 2]


def test_a_column_twice_is_asked_about_unless_both_say_the_same(check_rows):
    same = check_rows([[*HEADER, "Số lượng"], [*ROW, 1]])
    assert codes(same) == ["column-repeated"]
    assert same.ok
    other = check_rows([[*HEADER, "Số lượng"], [*ROW, 2]])
    assert codes(other) == ["column-twice"]
    assert not other.ok


def test_a_label_beats_an_alias_for_the_same_field(check_rows):
    submission = check_rows([[*HEADER, "Nội dung"], [*ROW, "Ghi thêm"]])
    assert names(submission) == ["Hội nghị A"]
    assert codes(submission) == ["column-extra"]


def test_money_in_millions_is_refused_not_read_as_dong(check_rows):
    submission = check_rows([[*HEADER, "Kinh phí (triệu đồng)"], [*ROW, 15]])
    assert codes(submission) == ["money-scale"]
    assert not submission.ok
    assert submission.tables["activities"]["cost_vnd"].to_list() == [None]


def test_a_value_beside_its_cell_is_told_and_hints_are_not(fill):
    cells = {("Thông tin chung", "D9"): "Nguyễn A (giả lập)", ("Thông tin chung", "D8"): "ghi thêm"}
    (finding,) = check(fill(cells=cells)).findings
    assert (finding.code, finding.cell, finding.field) == ("value-beside", "B9", "signatory")
    assert "Nguyễn" not in finding.message


@pytest.mark.parametrize(
    ("sheet", "row"),
    [
        ("cover", ["Liên hệ: Nguyễn Giả Lập, gia.lap@vi-du.vn", "0912 345 678"]),
        ("cover", ["Người liên hệ khác của Vụ là Nguyễn Giả Lập", "x"]),
        ("activities", "Liên hệ gia.lap@vi-du.vn"),
        ("activities", "ĐT 0912.345.678 gặp ông Giả"),
    ],
)
def test_words_of_a_units_own_that_could_be_contact_data_are_told_by_their_cell_alone(
    check_rows, write_sheets, sheet, row
):
    if sheet == "cover":
        submission = check_rows([HEADER, ROW], **{"Thông tin chung": [*COVER, row]})
    else:
        submission = check_rows([[*HEADER, row], [*ROW, "x"]])
    (extra,) = [one for one in submission.findings if one.code == "column-extra"]
    assert extra.cell
    assert "không hiển thị" in extra.message
    told = str([one.as_dict() for one in submission.findings])
    assert not any(word in told for word in ("Giả", "@", "0912"))
