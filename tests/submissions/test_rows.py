"""Which rows are records: totals, sections, numbering and lines below are told, and nothing that looks like a record is lost."""

from __future__ import annotations

from datetime import date

import pytest

from nq57kit.submissions import check

HEADER = ["Nhiệm vụ", "Tên hoạt động", "Loại hoạt động", "Kênh truyền thông", "Ngày bắt đầu", "Số lượng", "Kinh phí"]
ROW = [1, "Hội nghị A", "Hội nghị", "Báo chí", date(2026, 8, 1), 1]
COVER = [["Đơn vị báo cáo", "Vụ TCCB"], ["Kỳ báo cáo", "2026-H2"]]
WORKFORCE = [
    ["Tổng số cán bộ, công chức, viên chức", 80],
    ["Số người đã tiếp cận thông tin định hướng", 60],
    ["Số cán bộ chuyên trách truyền thông, thông tin cơ sở, thông tin đối ngoại", 4],
    ["Trong đó: số người đã được đào tạo chuyên sâu", 1],
]
PROGRESS = [["Nhiệm vụ", "Tình trạng"], [1, "Đang thực hiện"], [7, "Đang thực hiện"]]


@pytest.fixture
def judge(write_sheets):
    """Return what became of rows beneath a record: the reasons for which some were skipped, and the cells with errors."""

    def run(*rows, first=(HEADER, ROW), title="Hoạt động", table="activities"):
        sheets = {"Thông tin chung": COVER, "Nhân lực": WORKFORCE, "Tiến độ nhiệm vụ": PROGRESS, title: [*first, *rows]}
        submission = check(write_sheets(sheets))
        wrong = {one.cell for one in submission.findings if one.severity == "error"}
        return dict(submission.skipped.get(table, {})), wrong

    return run


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (["Tổng cộng (I+II)", "", "", "", "", 1], "total"),
        (["", "Lũy kế", "", "", "", 1], "total"),
        (["I. Hội nghị, hội thảo"], "section"),
        (["II", "Truyền thông trên mạng xã hội"], "section"),
        (["", "Phần II: Ấn phẩm"], "section"),
        (["TRUYỀN THÔNG TRÊN MẠNG XÃ HỘI"], "section"),
        (["", "KẾ TOÁN TRƯỞNG"], "footer"),
        (["KT. VIỆN TRƯỞNG"], "footer"),
        (["", "", "", "Hà Nội, ngày 5 tháng 12 năm 2026"], "footer"),
        (["(*) Số liệu tính đến 14/12"], "footer"),
    ],
)
def test_a_row_that_is_no_record_is_told_as_what_it_is(judge, line, reason):
    assert judge(line) == ({reason: 1}, set())


@pytest.mark.parametrize(
    "line",
    [
        ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)=(5)x(6)"],
        ["A", "B", 1, 2, 3, 4, "5=3-4"],
        ["a", "b", "c", "d", "e", "f", "g"],
    ],
)
def test_columns_numbered_by_formulas_or_letters_are_no_record(judge, line):
    assert judge(ROW, first=(HEADER, line)) == ({"numbering": 1}, set())


def test_a_record_below_signatures_is_a_record_whole_or_not(judge):
    signed = ["", "Người lập biểu"]
    assert judge(signed, ROW) == ({"footer": 1}, set())
    skipped, wrong = judge(signed, ["", "Hội thảo ghi thiếu", "", "", "", 3])
    assert skipped == {"footer": 1}
    assert wrong == {"A4", "C4", "D4", "E4"}
    assert judge(signed, ["", "Nguyễn Văn A (giả lập)"]) == ({"footer": 2}, set())


def test_a_difficulty_below_signatures_is_not_lost(judge):
    head = ["Nhóm vấn đề", "Khó khăn, vướng mắc"]
    rows = (["", "Người lập biểu"], ["", "Chưa có hướng dẫn về định mức chi cho sản phẩm truyền thông số"])
    skipped, wrong = judge(*rows, first=(head, ["Kinh phí", "Giao chậm"]), title="Khó khăn, kiến nghị", table="issues")
    assert (skipped, wrong) == ({"footer": 1}, {"A4"})
