"""Words about figures: scale, currency and meaning in headings and lines; every amount offered is the one that is written."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nq57kit.plan import load_plan
from nq57kit.submissions.cells import Cell
from nq57kit.submissions.contract import TABLES
from nq57kit.submissions.values import ValueReader
from nq57kit.submissions.wording import (
    find_remarks,
    find_unit,
    is_total,
    read_amount,
    say_number,
    says_about,
    shorten,
    show_amount,
)
from nq57kit.text import format_number

READER = ValueReader(load_plan())
COST = TABLES["activities"].field("cost_vnd")
SCALES = {"nghìn": 10**3, "ngàn": 10**3, "triệu": 10**6, "tr": 10**6, "tỷ": 10**9, "tỉ": 10**9}


@pytest.mark.parametrize(
    ("heading", "factor"),
    [
        ("Dự toán (triệu đồng)", 10**6),
        ("DỰ TOÁN\n(TRIỆU VNĐ)", 10**6),
        ("Du toan (trieu dong)", 10**6),
        ("Dự toán (tr.đ)", 10**6),
        ("Dự toán, trđ", 10**6),
        ("Dự toán (1.000đ)", 10**3),
        ("Dự toán (x 1.000.000)", 10**6),
        ("Dự toán (10^6 đ)", 10**6),
        ("Dự toán (10³ đồng)", 10**3),
        ("Dự toán (ngàn đồng)", 10**3),
        ("Dự toán (ng.đ)", 10**3),
        ("Dự toán (tỷ)", 10**9),
        ("Số người tiếp cận (nghìn lượt)", 10**3),
        ("Dự toán (Million VND)", 10**6),
    ],
)
def test_a_scale_in_a_heading_is_found_with_its_factor(heading, factor):
    assert [(one.kind, one.factor) for one in find_remarks(heading)] == [("scale", factor)]


@pytest.mark.parametrize(
    "heading",
    ["Giải ngân (đồng)", "Giai ngan (dong)", "Tỷ lệ hoàn thành (%)", "Ngân sách nhà nước", "Công ty chủ trì", "Cong ty", "Kinh phí (đồng)",
     "Số lượng (tin, bài)", "Đến ngày", "Nguồn kinh phí"],
)  # fmt: skip
def test_words_that_look_alike_say_nothing(heading):
    assert find_remarks(heading) == ()


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("Kinh phí (USD)", "currency"),
        ("Kinh phí ($)", "currency"),
        ("Kinh phí (€)", "currency"),
        ("Số lượng lũy kế", "cumulative"),
        ("Số lượng luỹ kế từ đầu năm", "cumulative"),
        ("Còn lại", "remainder"),
        ("Số người chưa tiếp cận", "remainder"),
        ("Kỳ trước", "other"),
        ("Kinh phí năm 2026", "other"),
        ("Số lượng quý IV", "other"),
        ("Số lượng 6 tháng đầu năm", "half"),
    ],
)
def test_words_of_meaning_are_found(heading, kind):
    assert find_remarks(heading)[0].kind == kind


@pytest.mark.parametrize(
    "line",
    ["ĐVT: triệu đồng", "(Đvt: Tr.đ)", "Đơn vị tính: 1.000 đồng", "BẢNG KINH PHÍ (TRIỆU ĐỒNG)", "Triệu đồng", "* Số tiền trên tính bằng triệu đồng",
     "Unit: million VND", "USD", "Đơn vị: nghìn lượt"],
)  # fmt: skip
def test_a_unit_of_measure_beside_a_table_is_found(line):
    assert find_unit(line)


@pytest.mark.parametrize(
    "line",
    ["Đã được cấp 500 triệu đồng", "hàng triệu đồng", "Đơn vị tính: đồng", "Đơn vị: Viện Khoa học", "Đã chi 1.000.000 đồng", "Biểu 1",
     "Tọa đàm về tỷ giá", ""],
)  # fmt: skip
def test_a_sum_in_a_sentence_is_no_unit_of_measure(line):
    assert find_unit(line) is None


def test_a_heading_is_left_without_marks_units_and_remarks():
    assert shorten("(7) Số lượng¹ (cuộc)")[0] == "số lượng"
    assert shorten("Kinh phí, đồng [2]")[0] == "kinh phí"
    assert shorten("Kinh phí lũy kế (triệu đồng)") == ("kinh phí lũy kế", "kinh phí")


@pytest.mark.parametrize(
    "text",
    ["TỔNG CỘNG (I+II)", "Tổng mục I", "Cộng nguồn NSNN", "Total", "T.Cộng", "Tổng kinh phí thực hiện", "tong so:"],
)
def test_every_word_for_a_total_is_known(text):
    assert is_total(text)


@pytest.mark.parametrize("text", ["Tổng kết hội thi", "Cộng tác viên", "Tổng hợp báo cáo", "Tổng cục Thủy lợi"])
def test_other_words_that_begin_so_are_no_totals(text):
    assert not is_total(text)


# ------------------------------------------------------------------------------------------ amounts


def write_part(number: Fraction, word: str, point: str) -> str:
    text = f"{float(number):.10f}".rstrip("0").rstrip(".").replace(".", point)
    return f"{text} {word}"


numbers = st.one_of(st.integers(1, 999).map(Fraction), st.integers(1, 999).map(lambda tenths: Fraction(tenths, 10)))


@settings(deadline=None)
@given(
    numbers,
    st.sampled_from(sorted(SCALES)),
    st.sampled_from(",."),
    st.sampled_from(["", " đồng", " đ", " VNĐ"]),
    st.booleans(),
)
def test_one_amount_with_its_scale_has_the_reading_that_is_written(number, word, point, currency, shout):
    text = write_part(number, word, point) + currency
    assert read_amount(text.upper() if shout else text) == (number * SCALES[word],)


@settings(deadline=None)
@given(
    st.integers(1, 99),
    st.integers(1, 999),
    st.integers(0, 999),
    st.sampled_from(["tỷ", "tỉ"]),
    st.sampled_from(["triệu", "tr"]),
)
def test_an_amount_of_several_scales_is_their_sum(first, second, third, high, low):
    text = f"{first} {high} {second} {low}" + (f" {third} nghìn" if third else "")
    wanted = first * 10**9 + second * 10**6 + third * 10**3
    assert read_amount(text) == (wanted,)
    reading = READER.read(Cell(1, 1, text), COST)
    assert (reading.value, reading.code, reading.words["reading"]) == (None, "number-scaled", format_number(wanted))


@settings(deadline=None)
@given(st.integers(1, 10**12), st.sampled_from(["{}", "({})", "-{}"]))
def test_a_grouped_number_keeps_its_sign(number, frame):
    text = frame.format(format_number(number))
    wanted = number if frame == "{}" else -number
    assert Fraction(wanted) in read_amount(text)


@settings(deadline=None)
@given(st.integers(1, 999), st.integers(0, 999), st.sampled_from(sorted(SCALES)))
def test_a_point_before_three_digits_has_two_readings_beside_a_scale_and_both_are_shown(whole, rest, word):
    text = f"{whole}.{rest:03d} {word}"
    both = {Fraction(whole * 1000 + rest) * SCALES[word], (whole + Fraction(rest, 1000)) * SCALES[word]}
    assert set(read_amount(text)) == both
    reading = READER.read(Cell(1, 1, text), COST)
    assert reading.code == "number-two-readings"
    assert {reading.words["first"], reading.words["second"]} == {say_number(show_amount(one)) for one in both}


@pytest.mark.parametrize(
    "text",
    [
        "1 tỷ 200",
        "2tr5",
        "1.5.2 tỷ",
        "200 triệu 1 tỷ",
        "5 triệu 5 triệu",
        "nửa tỷ",
        "1 tỷ rưỡi",
        "3 x 2 triệu",
        "1/2 tỷ",
    ],
)
def test_what_is_not_wholly_understood_gets_no_reading(text):
    assert read_amount(text) == ()
    reading = READER.read(Cell(1, 1, text), COST)
    assert reading.code == "number-unreadable"
    assert "reading" not in reading.words


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("0.185", "number-not-whole", {"reading": "0,185"}),
        ("(1.234)", "number-negative", {"reading": "-1.234"}),
        ("12 tin", "number-with-words", {"reading": "12"}),
        ("-12 tin", "number-with-words", {"reading": "-12"}),
        ("1.234 người", "number-with-words", {"reading": "1.234"}),
        ("20%", "number-unreadable", {}),
        ("15-", "number-unreadable", {}),
        ("15tr", "number-scaled", {"reading": "15.000.000"}),
        ("5-7 người", "number-unreadable", {}),
        ("500 USD", "money-currency", {}),
        ("khoảng 1,5 tỷ", "number-approximate", {"example": ", ví dụ 1.500.000.000"}),
        ("20+", "number-approximate", {"example": ", ví dụ 20"}),
        ("12 đến 15", "number-approximate", {"example": ""}),
    ],
)
def test_advice_is_right_or_not_given(text, code, words):
    reading = READER.read(Cell(1, 1, text), COST)
    assert reading.code == code
    assert {name: reading.words.get(name) for name in words} == words


def test_words_of_about_are_words_not_letters():
    assert says_about("hơn 20 tin")
    assert not says_about("20 tin trên báo".replace("trên", "trênh"))
