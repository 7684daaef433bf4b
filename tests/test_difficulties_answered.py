"""Difficulties from the units' forms to the file that is sent to whom they ask, back as answers, and into reports and forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from shutil import copytree
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nq57kit.cli import main
from nq57kit.indicators.evidence import assess_duties
from nq57kit.indicators.figures import list_figures
from nq57kit.plan import load_plan
from nq57kit.reports import collect_results, open_report
from nq57kit.reports.report import Report
from nq57kit.show import difficulties
from nq57kit.show.blocks import Block, Blocks, Table
from nq57kit.store import Store, ingest
from nq57kit.store.intake import IngestReport
from nq57kit.submissions.contract import identify_question
from nq57kit.text import clean, fold

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
SHEET = "Trả lời khó khăn, kiến nghị"
MONEY = {"category": "kinh_phi", "description": "Kinh phí bố trí chậm", "proposal": "Bố trí từ đầu năm"}
PEOPLE = {"category": "nhan_luc", "description": '=HYPERLINK("x")', "proposal": "Mở lớp", "authority": "Cục QLĐĐ"}
RULES = {"category": "khac", "description": "Chưa có quy chế", "authority": "Vụ Kế hoạch – Tài Chính"}
#: The columns of an answer in the file.
STATE, ANSWER, DOCUMENT, DAY = "I", "J", "K", "L"


@pytest.fixture(scope="module")
def making(load_module: Callable[[Path], ModuleType]) -> ModuleType:
    return load_module(Path(__file__).parent / "store" / "making.py")


class Office:
    """A store to which three units sent what hinders them in 2026: money (twice, as two units wrote it), people, rules."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.store = folder, Store.create(folder / "kho")

    def fill(self, making: ModuleType) -> None:
        money = MONEY | {"authority": "Vụ KHTC"}
        sent = (
            ("vu-tccb", "2026-H1", "2026-06-18", [money]),
            ("vu-pc", "2026-H1", "2026-06-19", [money | {"description": "KINH PHÍ  bố trí chậm."}]),
            ("vu-tccb", "2026-H2", "2026-12-16", [money, money, PEOPLE]),
            ("vu-khcn", "2026-H2", "2026-12-17", [RULES]),
        )
        for unit, half, day, issues in sent:
            path = making.write_form(self.folder / f"{unit}-{half}.xlsx", unit, half, issues=issues)
            assert ingest(path, self.store, sent_at=moment(f"{day}T09:00")).ok

    def ask(self, *more: str, name: str = "tra-loi.xlsx") -> Path:
        path = self.folder / name
        where = ("--store", str(self.store.folder), "--as-of", "2027-01-20", "--out", str(path))
        assert main(["issues", "2026-H2", *where, *more]) == 0
        return path

    def answer(self, path: Path, cells: dict[str, Any], now: str = "2027-01-20T09:00") -> IngestReport:
        book = openpyxl.load_workbook(path)
        for address, value in cells.items():
            book[SHEET][address] = value
        book.save(path)
        return ingest(path, self.store, now=moment(now))

    def report(self, kind: str, as_of: str, **more: Any) -> Report:
        return open_report(kind, store=str(self.store.folder), as_of=as_of, **more)

    def questions(self, as_of: str) -> dict[str, dict[str, Any]]:
        rows = self.report("semiannual", as_of, period="2026-H2").results.questions.to_dicts()
        return {row["category"]: row for row in rows}

    def records(self) -> list[str]:
        return [str(one.values["state"]) for one in self.store.snapshot().records("answer")]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HANOI)


def words_of(block: Block) -> str:
    """Return all that a reader sees of a block: sentences, and the cells of tables."""
    if isinstance(block, Blocks):
        return "\n".join(map(words_of, block.items))
    if isinstance(block, Table):
        heads = [column.label for column in block.columns]
        return "\n".join([block.title, *heads, *(cell for row in block.formatted() for cell in row), *block.notes])
    return block.as_text()


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory, making: ModuleType) -> Path:
    """The folder of an office as it is before the first question; each test has a copy."""
    folder = tmp_path_factory.mktemp("sent")
    Office(folder).fill(making)
    return folder


@pytest.fixture
def office(tmp_path: Path, sent: Path) -> Office:
    return Office(Path(copytree(sent, tmp_path, dirs_exist_ok=True)))


def rows_of(path: Path) -> dict[str, int]:
    """Return in which row of the file each category stands."""
    sheet = openpyxl.load_workbook(path)[SHEET]
    return {str(sheet.cell(row, 2).value): row for row in range(5, sheet.max_row + 1)}


# ------------------------------------------------------------------------------- what is one question


@given(st.text(max_size=40), st.text(max_size=40))
def test_texts_are_one_question_exactly_where_they_fold_alike_but_for_the_stop_at_the_end(one: str, other: str) -> None:
    same = fold(clean(one).rstrip(" .;,")) == fold(clean(other).rstrip(" .;,"))
    assert (identify_question("khac", one, None) == identify_question("khac", other, None)) == same
    assert identify_question("khac", clean(one).upper().lower(), "") == identify_question(
        "khac", clean(one.upper()).lower(), None
    )


def test_kind_words_and_proposal_make_a_question_and_a_tone_makes_another() -> None:
    told = {
        identify_question(*words)
        for words in (("khac", "Thiếu", "Bổ sung"), ("kinh_phi", "Thiếu", "Bổ sung"), ("khac", "Thiêu", "Bổ sung"), ("khac", "Thiếu", None),
                      ("khac", "Thiếu Bổ", "sung"))
    }  # fmt: skip
    assert len(told) == 5
    assert all(len(one) == 11 and one.startswith("KN-") for one in told)


# ------------------------------------------------------------------------------- gathered, and addressed


def test_equal_texts_of_units_are_one_question_with_its_units_halves_and_days(office: Office) -> None:
    found = office.questions("2027-01-20")
    money, people, rules = (found[name] for name in ("kinh_phi", "nhan_luc", "khac"))
    assert (money["units"], money["asked_by"]) == (["vu-tccb"], ["vu-tccb", "vu-pc"])
    assert (money["periods"], money["repeated"], money["raised_on"]) == (
        ["2026-H1", "2026-H2"],
        True,
        date(2026, 6, 18),
    )
    assert money["waited_days"] == 216  # 12 of June, 31, 31, 30, 31, 30, 31, and 20 of January
    assert (people["waited_days"], people["repeated"]) == (35, False)
    assert (money["addressees"], rules["addressees"]) == (["vu-khtc"], ["vu-khtc"])
    # «Cục QLĐĐ» could be two: both are told, none is taken
    assert (people["addressees"], people["suggestions"]) == ([], ["cuc-ddpctt", "cuc-qldatdai"])
    assert all(row["state"] is None for row in found.values())


def test_a_store_without_answers_says_nothing_of_answers(office: Office) -> None:
    results = office.report("semiannual", "2027-01-20", period="2026-H2").results
    page = words_of(difficulties.show(results)) + words_of(difficulties.tabulate_issues(results))
    assert "2 đơn vị nêu 3 khó khăn, vướng mắc, nhiều nhất về" in page
    assert "1 nội dung chưa rõ nơi giải quyết" in page
    assert "trả lời" not in page.lower()
    assert "chờ" not in page


def test_the_list_goes_to_the_unit_addressed_and_foreign_text_in_it_is_no_formula(office: Office) -> None:
    whole = openpyxl.load_workbook(office.ask())
    assert set(rows_of(office.ask())) == {"Kinh phí", "Nhân lực, kỹ năng", "Khác"}
    sheet = whole[SHEET]
    row = rows_of(office.ask())["Nhân lực, kỹ năng"]
    assert (sheet.cell(row, 3).value, sheet.cell(row, 3).data_type) == (PEOPLE["description"], "s")
    assert sheet.cell(row, 8).value is None  # nobody is taken for the answer
    assert "Cục QLĐĐ" in sheet.cell(row, 7).value
    assert sheet.protection.sheet
    locked = {cell.column_letter: cell.protection.locked for cell in sheet[rows_of(office.ask())["Kinh phí"]]}
    assert [letter for letter, shut in locked.items() if not shut] == [STATE, ANSWER, DOCUMENT, DAY]
    of_one = openpyxl.load_workbook(office.ask("--unit", "Vụ KHTC", name="khtc.xlsx"))[SHEET]
    assert of_one.max_row == 6
    assert {of_one.cell(row, 8).value for row in (5, 6)} == {"Vụ Kế hoạch - Tài chính"}
    office.ask(name="moi-don-vi")
    assert [path.name for path in sorted((office.folder / "moi-don-vi").iterdir())] == [
        "tra-loi_2026-H2_chua-ro-noi-giai-quyet.xlsx",
        "tra-loi_2026-H2_vu-khtc.xlsx",
    ]


# ------------------------------------------------------------------------------- answered


def test_answers_are_recorded_once_and_a_later_one_replaces_the_earlier_which_stays(office: Office) -> None:
    path = office.ask()
    row = rows_of(path)["Kinh phí"]
    assert office.answer(path, {}).results[0].outcome == "known"
    assert office.records() == []
    report = office.answer(path, {f"{STATE}{row}": "Đang xem xét"})
    assert (report.results[0].outcome, office.records()) == ("accepted", ["dang_xem_xet"])
    assert office.answer(path, {}, "2027-01-25T09:00").results[0].outcome == "known"
    told = {f"{STATE}{row}": "Đã trả lời", f"{ANSWER}{row}": "Bố trí trong dự toán 2027.", f"{DOCUMENT}{row}": "12/KHTC",
            f"{DAY}{row}": date(2027, 1, 24)}  # fmt: skip
    office.answer(path, told, "2027-01-26T09:00")
    assert office.records() == ["dang_xem_xet", "da_tra_loi"]
    assert office.answer(path, {}, "2027-02-01T09:00").count("known") == 1
    before, after = (office.questions(day)["kinh_phi"] for day in ("2027-01-22", "2027-02-10"))
    assert (before["state"], before["waited_days"]) == ("dang_xem_xet", 218)
    assert (after["state"], after["waited_days"], after["document"]) == ("da_tra_loi", 220, "12/KHTC")
    assert (after["answered_by"], after["answered_on"]) == ("vu-khtc", date(2027, 1, 24))


@pytest.mark.parametrize(
    ("cells", "code", "column"),
    [
        ({STATE: "Đã trả lời", DAY: date(2027, 1, 5)}, "answer-incomplete", ANSWER),
        ({STATE: "Chuyển cấp có thẩm quyền", ANSWER: "Đã trình"}, "answer-incomplete", DAY),
        ({STATE: "Đã điều chỉnh", ANSWER: "Xong", DAY: date(2027, 1, 21)}, "answer-in-future", DAY),
        ({STATE: "Xong rồi"}, "code-unknown", STATE),
        ({ANSWER: "Sẽ bố trí"}, "value-required", STATE),
        ({STATE: "Đang xem xét", "D": "Bố trí ngay"}, "answer-words-changed", "A"),
        ({STATE: "Đang xem xét", "H": "Vụ Kế"}, "unit-unknown", "H"),
    ],
)
def test_what_is_wrong_is_told_by_cell_and_nothing_of_the_file_is_recorded(
    office: Office, cells: dict[str, Any], code: str, column: str
) -> None:
    path = office.ask()
    rows = rows_of(path)
    row = rows["Kinh phí"]
    good = {f"{STATE}{rows['Khác']}": "Đang xem xét"}
    report = office.answer(path, good | {f"{letter}{row}": value for letter, value in cells.items()})
    (result,) = report.results
    errors = [(one.code, one.cell) for one in result.submission.findings if one.severity == "error"]
    assert (result.outcome, errors) == ("refused", [(code, f"{column}{row}")])
    assert not report.ok
    assert office.records() == []
    assert list(office.store.folder.glob("refused*/**/*.json")) == []  # it is no report of a unit


def test_an_id_that_the_store_does_not_know_is_told_and_check_says_the_same(
    office: Office, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = office.ask()
    row = rows_of(path)["Kinh phí"]
    words = ("kinh_phi", "Một ý khác", None)
    cells = {
        f"A{row}": identify_question(*words),
        f"C{row}": words[1],
        f"D{row}": None,
        f"{STATE}{row}": "Đang xem xét",
    }
    (result,) = office.answer(path, cells).results
    assert [(one.code, one.cell) for one in result.submission.findings if one.severity == "error"] == [
        ("answer-question-unknown", f"A{row}")
    ]
    capsys.readouterr()
    assert main(["check", str(path), "--store", str(office.store.folder)]) == 1
    assert "answer-question-unknown" in capsys.readouterr().out
    assert main(["check", str(path), "--return", str(tmp_path / "trả lại"), "--store", str(office.store.folder)]) == 1
    (back,) = (tmp_path / "trả lại").iterdir()
    assert SHEET in openpyxl.load_workbook(back).sheetnames


def test_a_file_of_answers_is_known_among_the_reports_of_an_inbox(office: Office, making: ModuleType) -> None:
    inbox = office.folder / "nhận về"
    inbox.mkdir()
    path = office.ask(name="nhận về/tra-loi.xlsx")
    book = openpyxl.load_workbook(path)
    book[SHEET][f"{STATE}{rows_of(path)['Khác']}"] = "Đang giải quyết"
    book.save(path)
    making.write_form(inbox / "b.xlsx", "vu-pc", "2026-H2", issues=[MONEY])
    report = ingest(inbox, office.store, now=moment("2027-01-20T09:00"))
    assert [(one.file, one.outcome) for one in report.results] == [("b.xlsx", "accepted"), ("tra-loi.xlsx", "accepted")]
    assert office.records() == ["dang_xem_xet"]
    assert "«tra-loi.xlsx»: ghi 1 trả lời mới, 0 trả lời đã có trong kho." in report.notes


# ------------------------------------------------------------------------------- told


@pytest.fixture
def answered(office: Office) -> Office:
    """Money was answered on 10/01, rules are passed on."""
    path = office.ask()
    rows = rows_of(path)
    cells: dict[str, Any] = {}
    for row, state, words in (
        (rows["Kinh phí"], "Đã trả lời", "Bố trí trong dự toán 2027."),
        (rows["Khác"], "Chuyển cấp có thẩm quyền", "Đã trình Bộ."),
    ):
        cells |= {
            f"{STATE}{row}": state,
            f"{ANSWER}{row}": words,
            f"{DOCUMENT}{row}": f"{row}/KHTC",
            f"{DAY}{row}": date(2027, 1, 10),
        }
    assert office.answer(path, cells).ok
    return office


def test_reports_tell_what_is_open_answered_and_passed_on_by_whom_and_for_how_long(answered: Office) -> None:
    report = answered.report("annual", "2027-01-20", year=2026)
    results = report.results
    said = difficulties.describe(results).as_text()
    assert said.endswith(
        "Trong 3 nội dung: 1 đã trả lời, 1 chuyển cấp có thẩm quyền, 1 chưa ghi nhận trả lời; nội dung chưa có kết quả chờ lâu nhất "
        "35 ngày. 1 nội dung nêu lại từ kỳ liền trước."
    )
    addressed = difficulties.tabulate_addressees(results).formatted()
    assert list(addressed) == [
        ("Vụ Kế hoạch - Tài chính", "2", "0", "1", "0", "1", "–"),
        ("Chưa rõ nơi giải quyết", "1", "1", "0", "0", "0", "35"),
    ]
    words = words_of(difficulties.tabulate_issues(results))
    assert "Đã trả lời (Vụ KHTC, ngày 10/01/2027, văn bản" in words
    assert "Bố trí trong dự toán 2027." in words
    glued = {row["category"]: row for row in collect_results(report)["difficulties"]}
    assert (glued["kinh_phi"]["count"], glued["kinh_phi"]["questions"], glued["kinh_phi"]["replied"]) == (2, 1, 1)
    assert {row["state"] for row in collect_results(report)["questions"]} == {None, "da_tra_loi", "chuyen_cap"}
    assert [path for path in report.provenance["records"] if "/answer/" in path] == sorted(
        one.path for one in answered.store.snapshot().records("answer")
    )
    figures = list_figures(results)
    money = identify_question(*MONEY.values())
    traced = figures[f"questions.{money}"].rows()
    assert traced.filter(pl.col("role") == "counted")["unit_id"].to_list() == ["vu-pc", "vu-tccb"]
    assert traced.filter(pl.col("role") == "left_out").height == 2  # December's two rows of a unit that told it in June


def test_the_next_year_tells_what_came_of_the_difficulties_of_this_one(answered: Office, making: ModuleType) -> None:
    path = making.write_form(answered.folder / "c.xlsx", "vu-tccb", "2027-H1", issues=[PEOPLE])
    assert ingest(path, answered.store, sent_at=moment("2027-06-18T09:00")).ok
    results = answered.report("annual", "2027-12-25", year=2027).results
    rows = words_of(difficulties.show_last_year(results))
    assert rows.count("\nNêu lại") == 1
    assert rows.count("Không nêu lại") == 2
    assert "Đã trả lời (Vụ KHTC, ngày 10/01/2027" in rows


def test_the_addressee_sees_what_waits_and_the_asking_unit_what_was_answered(office: Office) -> None:
    def card(unit: str) -> str:
        report = office.report("unit", "2027-01-25", period="2026-H2", unit_id=unit)
        assert report.card is not None
        return words_of(difficulties.show_unit(report.card))

    waiting = card("vu-khtc")
    assert "Khó khăn, vướng mắc chờ đơn vị trả lời" in waiting
    assert ("Kinh phí bố trí chậm" in waiting, "Chưa có quy chế" in waiting) == (True, True)
    assert "TCCB" not in waiting  # a scorecard names no other unit
    path = office.ask()
    row = rows_of(path)["Kinh phí"]
    office.answer(
        path, {f"{STATE}{row}": "Đã điều chỉnh", f"{ANSWER}{row}": "Đã giao.", f"{DAY}{row}": date(2027, 1, 10)}
    )
    assert "Kinh phí bố trí chậm" not in card("vu-khtc")
    assert "Đã điều chỉnh (Vụ KHTC, ngày 10/01/2027): Đã giao." in card("vu-tccb")


def test_the_next_form_of_a_unit_brings_the_answers_to_what_it_asked(answered: Office) -> None:
    out = answered.folder / "biểu mẫu"
    where = ["--store", str(answered.store.folder), "--out", str(out)]
    assert [main(["template", "2027-H1", "--unit", unit, *where]) for unit in ("vu-tccb", "vu-khcn")] == [0, 0]

    def told(unit: str) -> str:
        sheet = openpyxl.load_workbook(out / f"NQ57_2027-H1_{unit}.xlsx")["Kỳ trước (để tham khảo)"]
        return "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value)

    assert "Trả lời khó khăn, kiến nghị mà đơn vị đã nêu" in told("vu-tccb")
    assert "Đã trả lời (Vụ Kế hoạch - Tài chính, ngày 10/01/2027" in told("vu-tccb")
    assert "Đã trình Bộ." not in told("vu-tccb")
    assert "Đã trình Bộ." in told("vu-khcn")


def test_answers_speak_for_a_duty_whose_rule_names_them(answered: Office) -> None:
    results = answered.report("semiannual", "2027-01-20", period="2026-H2").results
    plan = load_plan()
    duty = plan.duties.filter(pl.col("holder_units").list.contains("vu-khtc"))["duty_id"][0]
    source = pl.when(pl.col("duty_id") == duty).then(pl.lit(["answers_given"])).otherwise(pl.col("source"))
    plan = replace(plan, duty_evidence=plan.duty_evidence.with_columns(source=source))  # the packaged one is shared
    told = assess_duties(plan, results.unit_products, results.reporting, [], {}, questions=results.questions)
    row = told.filter(pl.col("duty_id") == duty).to_dicts()[0]
    assert (row["numerator"], row["denominator"], row["state"]) == (2, 2, "answered")
