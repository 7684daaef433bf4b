"""One cell, one field: what is read, what is an error, and which readings the error shows."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nq57kit.legacy import convert_legacy, find_legacy
from nq57kit.plan import load_plan
from nq57kit.submissions.cells import Cell
from nq57kit.submissions.contract import TABLES, load_codes
from nq57kit.submissions.findings import load_finding_kinds, make_finding
from nq57kit.submissions.values import ValueReader

READER = ValueReader(load_plan())
WHOLE, MONEY, PERCENT, DATE = (
    "activities.reach",
    "activities.cost_vnd",
    "task_progress.percent_complete",
    "activities.started_on",
)
TASK, CODE, YES_NO, YEAR = (
    "activities.task_id",
    "activities.activity_type",
    "science_tasks.communicated",
    "science_tasks.start_year",
)
UNIT, PERIOD, TEXT = "cover.unit_id", "cover.period", "activities.name"


def read(field, value, **about):
    table, name = field.split(".")
    return READER.read(Cell(5, 2, value, **about), TABLES[table].field(name))


@pytest.mark.parametrize(
    ("field", "value", "wanted"),
    [
        (WHOLE, 20, 20),
        (WHOLE, "1.234.567", 1_234_567),
        (WHOLE, "1 234 567", 1_234_567),
        (WHOLE, "1\u00a0234\u00a0567", 1_234_567),
        (WHOLE, "1.234,00", 1234),
        (WHOLE, "03", 3),
        (WHOLE, "−5", -5),
        (WHOLE, "0", 0),
        (WHOLE, "Không", 0),
        (WHOLE, "-", None),
        (WHOLE, " – ", None),
        (WHOLE, "\u200b", None),
        (MONEY, "1.500.000 đồng", 1_500_000),
        (MONEY, "1.500.000đ", 1_500_000),
        (MONEY, "230.500", 230_500),
        (PERCENT, 62.5, 62.5),
        (PERCENT, "85,5", 85.5),
        (PERCENT, "85%", 85.0),
        (PERCENT, "85,5 %", 85.5),
        (PERCENT, "1,500", 1.5),
        (PERCENT, 100, 100.0),
        (DATE, date(2026, 5, 18), date(2026, 5, 18)),
        (DATE, datetime.fromisoformat("2026-05-18T09:30"), date(2026, 5, 18)),
        (DATE, "18/5/2026", date(2026, 5, 18)),
        (DATE, "05/06/2026", date(2026, 6, 5)),
        (DATE, "18-05-2026", date(2026, 5, 18)),
        (DATE, "18.5.2026", date(2026, 5, 18)),
        (DATE, "2026-05-18", date(2026, 5, 18)),
        (DATE, "2026-05-18 00:00:00", date(2026, 5, 18)),
        (DATE, "ngày 18 tháng 5 năm 2026", date(2026, 5, 18)),
        (DATE, "Ngày 05 tháng 01 năm 2026", date(2026, 1, 5)),
        (TASK, 4, 4),
        (TASK, "4.", 4),
        (TASK, "NV4", 4),
        (TASK, "Nhiệm vụ số 4", 4),
        (TASK, "nhiệm vụ 10", 10),
        (TASK, "IV", 4),
        (YES_NO, "Có", True),
        (YES_NO, "x", True),
        (YES_NO, True, True),
        (YES_NO, "KHÔNG", False),
        (YES_NO, "Chưa", False),
        (YES_NO, "-", None),
        (CODE, "Tọa đàm", "toa_dam"),
        (CODE, "TOẠ  ĐÀM", "toa_dam"),
        (CODE, "Tin bài.", "tin_bai"),
        (CODE, "hoi_nghi", "hoi_nghi"),
        (YEAR, 2026, 2026),
        (YEAR, "năm 2026", 2026),
        (UNIT, "Vụ Khoa học & Công nghệ", "vu-khcn"),
        (UNIT, "vụ tccb", "vu-tccb"),
        (PERIOD, "2026-h2", "2026-H2"),
        (PERIOD, "6 tháng cuối năm 2026", "2026-H2"),
        (TEXT, "  Hội\u00a0nghị \n A\u200b ", "Hội nghị A"),
        (TEXT, unicodedata.normalize("NFD", "Hội nghị"), "Hội nghị"),
        (TEXT, "=HYPERLINK(1)", "=HYPERLINK(1)"),
        ("science_tasks.code", 20260001, "20260001"),
    ],
)
def test_what_a_person_would_read_is_read(field, value, wanted):
    reading = read(field, value)
    assert (reading.value, reading.code) == (wanted, None)


@pytest.mark.parametrize(
    ("field", "value", "code", "shown"),
    [
        (WHOLE, "1,234", "number-two-readings", ["1.234", "1,234"]),
        (WHOLE, "1,234,567", "number-english", ["1.234.567"]),
        (WHOLE, "85,5", "number-not-whole", ["85,5"]),
        (WHOLE, 85.5, "number-not-whole", ["85,5"]),
        (WHOLE, "khoảng 20", "number-approximate", ["20"]),
        (WHOLE, ">100", "number-approximate", ["100"]),
        (WHOLE, "12 tin", "number-with-words", ["12"]),
        (WHOLE, "nhiều", "number-unreadable", ["nhiều"]),
        (WHOLE, "2 tin và 3 bài", "number-unreadable", ["2 tin và 3 bài"]),
        (WHOLE, True, "number-unreadable", []),
        (WHOLE, date(2026, 5, 18), "number-is-date", ["18/5/2026"]),
        (WHOLE, 10**16, "number-too-big", []),
        (WHOLE, "9" * 5000, "number-too-big", []),
        (MONEY, "1,5 tỷ", "number-scaled", ["1.500.000.000"]),
        (MONEY, "200 triệu đồng", "number-scaled", ["200.000.000"]),
        (PERCENT, "1.500", "number-two-readings", ["1.500", "1,500"]),
        (PERCENT, "gần 80%", "number-approximate", ["80"]),
        (DATE, "05/18/2026", "date-month-first", ["18/5/2026"]),
        (DATE, "31/02/2026", "date-impossible", ["31/02/2026"]),
        (DATE, "18/5/26", "date-short-year", ["18/5/2026"]),
        (DATE, "5/2026", "date-partial", []),
        (DATE, "Quý II/2026", "date-partial", []),
        (DATE, 46160, "date-serial", ["18/5/2026"]),
        (DATE, "18/5/1026", "date-implausible", ["2000"]),
        (DATE, "tuần sau", "date-unreadable", []),
        (TASK, "11", "task-unknown", ["10"]),
        (TASK, 0, "task-unknown", []),
        (TASK, "x", "task-unknown", []),
        (TASK, "1, 2", "task-unknown", []),
        (TASK, "4. Một việc khác", "task-conflict", ["4"]),
        (CODE, "Hội ngị", "code-unknown", ["Hội nghị"]),
        (CODE, "toa dam", "code-unknown", ["Tọa đàm"]),
        (YES_NO, "có lẽ", "yes-no-unclear", []),
        (YEAR, "2025-2027", "year-unreadable", []),
        (YEAR, 26, "year-unreadable", []),
        (UNIT, "Cục QLĐĐ", "unit-ambiguous", ["đất đai", "đê điều"]),
        (UNIT, "Vụ Tổ chức cán bô", "unit-unknown", ["Vụ Tổ chức cán bộ"]),
        (PERIOD, "2026", "period-is-year", ["6 tháng đầu năm 2026"]),
        (PERIOD, "2026-H3", "period-unknown", []),
        (TEXT, "hép møt tÕt", "legacy-font", ["TCVN3", "hộp mứt tết"]),
        (TEXT, "Xin chaøo caùc baïn", "legacy-font", ["VNI", "Xin chào các bạn"]),
    ],
)
def test_what_has_no_sure_reading_is_an_error_that_shows_it(field, value, code, shown):
    reading = read(field, value)
    assert (reading.value, reading.code) == (None, code)
    assert load_finding_kinds()[code].severity == "error"
    label = TABLES[field.split(".")[0]].field(field.split(".")[1]).label
    message = make_finding(code, file="a", **{"value": str(value), "label": label, **reading.words}).message
    assert all(text in message for text in shown), message


def test_the_tasks_own_title_may_follow_its_number():
    title = load_plan().tasks["name"][3]
    assert read(TASK, f"4. {title}").value == 4
    assert read(TASK, title).value == 4


def test_a_percentage_is_read_by_the_format_of_its_cell():
    assert read(PERCENT, 0.85, number_format="0%") == (85.0, None, {})
    assert read(PERCENT, 0.07, number_format="0%").value == 7.0
    plain = read(PERCENT, 0.85)
    assert (plain.value, plain.code) == (0.85, "percent-small")
    assert read(WHOLE, 0.2, number_format="0%").code == "number-is-percent"


def test_errors_and_formulas_without_a_value_are_no_blanks():
    assert read(WHOLE, None, error="#REF!").code == "cell-error"
    assert read(TEXT, None, formula_without_value=True).code == "formula-without-value"


@given(st.integers(0, 10**14))
def test_every_whole_number_written_the_vietnamese_way_comes_back(number):
    dotted = f"{number:,}".replace(",", ".")
    for text in (str(number), dotted, dotted.replace(".", " "), dotted.replace(".", "\u00a0")):
        assert read(WHOLE, text).value == number


@given(st.dates(date(2000, 1, 1), date(2100, 12, 31)))
def test_every_day_comes_back_from_each_way_of_writing_it(day):
    ways = (
        f"{day.day}/{day.month}/{day.year}", f"{day.day:02}-{day.month:02}-{day.year}", day.isoformat(),
        f"ngày {day.day} tháng {day.month} năm {day.year}", f"{day.day} tháng {day.month} năm {day.year}",
    )  # fmt: skip
    assert {read(DATE, text).value for text in ways} == {day}
    serial = (day - date(1899, 12, 30)) / timedelta(days=1)
    assert read(DATE, int(serial)).code == "date-serial"


@given(st.integers(0, 1000))
def test_every_tenth_of_a_percent_comes_back(tenths):
    text = f"{tenths // 10},{tenths % 10}"
    assert read(PERCENT, f"{text}%").value == tenths / 10
    assert read(PERCENT, round(tenths / 1000, 4), number_format="0%").value == tenths / 10


@pytest.mark.parametrize("name", ["activity_type", "channel", "funding_source", "level", "status", "category"])
def test_every_spelling_of_a_list_is_understood_in_any_case_and_form(name):
    field = next(f"{table.name}.{one.name}" for table in TABLES.values() for one in table.fields if one.codes == name)
    for code in load_codes(name).values():
        for text in (code.label, code.label.upper(), unicodedata.normalize("NFD", code.label), *code.aliases):
            assert read(field, text).value == code.code, text


@given(st.text(max_size=40))
def test_no_text_makes_a_parser_fail(text):
    for field in (WHOLE, MONEY, PERCENT, DATE, TASK, CODE, YES_NO, YEAR, UNIT, PERIOD, TEXT):
        reading = read(field, text)
        assert reading.code is None or reading.code in load_finding_kinds()


@given(st.one_of(st.integers(), st.floats(allow_nan=True, allow_infinity=True), st.booleans()))
def test_no_number_makes_a_parser_fail(value):
    for field in (WHOLE, MONEY, PERCENT, DATE, TASK, CODE, YES_NO, YEAR, UNIT, PERIOD, TEXT):
        read(field, value)


GOOD = ["Hà Nội", "Lào", "mét khối", "Müller", "Königsberger Straße", "café", "5 µm", "José", "Noël", "kilômét", "São Paulo",
        "«tốt»", "a×b", "®Canon", "El Niño", "Bồi dưỡng", "HOÀ BÌNH", "quý", "giếng", "Nguyễn", "Công nghệ số"]  # fmt: skip


@pytest.mark.parametrize("text", GOOD)
def test_good_text_is_not_taken_for_an_old_font(text):
    assert find_legacy(text) is None


def test_no_line_of_the_plan_and_no_label_is_taken_for_an_old_font():
    plan = load_plan()
    lines = [
        str(text)
        for frame in (plan.tasks, plan.measures, plan.duties, plan.units)
        for row in frame.rows()
        for text in row
    ]
    lines += [field.label for table in TABLES.values() for field in table.fields]
    for line in lines:
        assert find_legacy(line) is None
        for word in line.split():
            assert find_legacy(word) is None, word


TO_TCVN3 = {"ộ": "é", "ư": "\u00ad", "ờ": "ê", "ệ": "Ö", "à": "µ", "ô": "«", "á": "¸", "ọ": "ä", "ế": "Õ", "ả": "¶"}


@pytest.mark.parametrize("text", ["Bộ Nông nghiệp và Môi trường", "khoa học công nghệ", "báo cáo kết quả"])
def test_tcvn3_with_its_soft_hyphen_converts_back(text):
    old = "".join(TO_TCVN3.get(char, char) for char in text)
    assert all(ord(char) <= 0xFF for char in old)
    assert find_legacy(old) == "TCVN3"
    assert convert_legacy(old, "TCVN3") == text
