"""State secrets: the whole workbook is refused, and nothing of it comes out."""

from __future__ import annotations

import unicodedata

import pytest

from nq57kit.secrecy import HIDDEN_NAME, is_secret_text, show_name
from nq57kit.submissions import check

MARKER = "NGHIEN-CUU-X57"
SCIENCE = "Nhiệm vụ KHCN"

MARKED = [
    f"{MARKER} thuộc danh mục bí mật nhà nước",
    f"{MARKER} (Mật)",
    f"{MARKER} (TUYỆT MẬT)",
    f"{MARKER} - Tối mật",
    f"{MARKER}, độ mật: Mật",
    f"{MARKER} Độ mật : Tối mật",
    f"{MARKER} [mật]",
    unicodedata.normalize("NFD", f"{MARKER} Tuyệt mật"),
    f"{MARKER} Tuyệt\u00a0mật",
    f"{MARKER} Tuyệt m\u200bật",
    f"{MARKER} BÍ  MẬT NHÀ NƯỚC",
    f"{MARKER} bí mật\nnhà nước",
    "TUYET MAT",
    "bÝ mËt nhµ n\u00adíc",
]

HARMLESS = [
    "Nghiên cứu mật ong và mật hoa",
    "Mật độ nuôi tôm",
    "Bảo mật dữ liệu, an toàn thông tin",
    "Phối hợp mật thiết",
    "Mật khẩu, mật mã",
    "Rỉ mật, mật mía",
    "Không mật",
    "Không thuộc danh mục bí mật nhà nước",
    "độ mật độ",
    "Dự án mật ong bạc hà",
    "Nuôi ong lấy mật",
    "Giám sát mật độ: mật ong",
    "Bóng tối mật độ cao",
]


def assert_refused_without_a_trace(submission, sheet):
    assert [one.code for one in submission.findings] == ["secret"]
    finding = submission.findings[0]
    assert (finding.sheet, finding.cell, finding.value, finding.field) == (sheet, None, None, None)
    assert submission.is_secret
    assert not submission.ok
    assert submission.content == b""
    assert submission.sha256 is None
    assert (submission.unit_id, submission.period, submission.reference_number) == (None, None, None)
    assert all(frame.height == 0 for frame in submission.tables.values())
    shown = f"{submission!r}{submission.as_json()}"
    assert MARKER not in shown
    assert "vu-tccb" not in shown


@pytest.mark.parametrize("text", MARKED)
def test_a_marked_task_refuses_the_workbook_and_leaves_no_trace(fill, text):
    assert_refused_without_a_trace(check(fill(cells={(SCIENCE, "B5"): text})), SCIENCE)


@pytest.mark.parametrize("text", HARMLESS)
def test_other_words_with_mat_are_no_secrets(fill, text):
    assert not is_secret_text(text)
    assert check(fill(cells={(SCIENCE, "B5"): text})).ok


@pytest.mark.parametrize(("value", "secret"), [("Mật", True), ("x", True), ("Có", True), ("Không", False), (None, False), ("-", False), ("Không mật", False)])  # fmt: skip
@pytest.mark.parametrize("heading", ["Độ mật", "Bí mật nhà nước", "Thuộc danh mục bí mật nhà nước", "Mật"])
def test_a_column_of_ones_own_that_says_so(fill, heading, value, secret):
    submission = check(fill(cells={(SCIENCE, "K4"): heading, (SCIENCE, "K5"): value}))
    assert submission.is_secret is secret
    assert submission.ok is not secret


def test_the_forms_own_words_are_no_secret(fill):
    submission = check(fill(records={}))
    assert not submission.is_secret


@pytest.mark.parametrize(
    "place", [("Hoạt động", "L5"), ("Khó khăn, kiến nghị", "B5"), ("Thông tin chung", "D9"), ("Hướng dẫn", "H3")]
)
def test_a_mark_anywhere_in_the_book_counts(fill, place):
    assert_refused_without_a_trace(check(fill(cells={place: f"{MARKER} (Tối mật)"})), place[0])


def test_a_mark_in_a_comment_or_a_hidden_sheet_counts(fill):
    from openpyxl.comments import Comment

    def comment(book):
        book["Hoạt động"]["B5"].comment = Comment(f"{MARKER} (Mật)", "")

    def hidden(book):
        book.create_sheet("Phụ").sheet_state = "hidden"
        book["Phụ"]["A1"] = f"{MARKER} tuyệt mật"

    assert_refused_without_a_trace(
        check(fill(bend=comment)), "phần ngoài ô (ghi chú, hộp chữ, đầu trang, thuộc tính tệp)"
    )
    assert_refused_without_a_trace(check(fill(bend=hidden)), "trang tính thứ 11")


def test_a_sheet_named_after_a_secret_is_not_named(fill):
    def rename(book):
        book[SCIENCE].title = f"{MARKER} (Mật)"

    submission = check(fill(bend=rename))
    assert_refused_without_a_trace(submission, "trang tính thứ 4")


def test_teaching_the_law_on_secrets_is_an_activity_like_any_other(fill):
    text = "Tập huấn Luật Bảo vệ bí mật nhà nước"
    assert check(fill(cells={("Hoạt động", "B5"): text})).ok
    assert check(fill(cells={(SCIENCE, "B5"): text})).is_secret


def test_the_number_of_secret_tasks_is_accepted(fill):
    assert check(fill(cells={("Thông tin chung", "B13"): 3})).ok


@pytest.mark.parametrize("name", ["Đề tài A (Mật).xlsx", "Tuyệt mật - đề tài A.xlsx", "độ mật_ Mật.ods"])
def test_a_file_whose_name_tells_a_secret_is_refused_unread_and_its_name_is_not_shown(tmp_path, name):
    submission = check(tmp_path / name)  # it need not even be there
    assert submission.is_secret
    assert [finding.code for finding in submission.findings] == ["secret"]
    shown = submission.file + "".join(str(finding.as_dict()) for finding in submission.findings)
    assert "đề tài" not in shown.casefold()
    assert submission.file == HIDDEN_NAME


@pytest.mark.parametrize("name", ["mật ong 2026-H2.xlsx", "Báo cáo bảo mật.xlsx", "vu-tccb.xlsx"])
def test_other_names_are_shown(name):
    assert show_name(name) == name


@pytest.mark.parametrize(
    "words", ["phải là", "có", "nội dung", "thuộc", "danh mục", "phải là nội dung", "không phải là"]
)
@pytest.mark.parametrize("end", [" bí mật nhà nước", " bí mật", " mật"])
def test_a_denial_is_read_once_however_long_it_is(words, end):
    """Reading it in more ways than one takes longer than anybody waits: twice as long with each of 5 000 repetitions."""
    is_secret_text("không" + f" {words}" * 5_000 + end)


@pytest.mark.parametrize("text", ["không phải là bí mật nhà nước", "Không có nội dung thuộc danh mục bí mật nhà nước"])
def test_a_denial_is_no_secret(text):
    assert not is_secret_text(text)
    assert is_secret_text(text.replace("hông", "ông"))
