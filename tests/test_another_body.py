"""Another body's plan: the whole year of the made-up province in `examples/`, with no line of code changed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook

from nq57kit.plan import load_plan
from nq57kit.plan.agenda import list_days, to_icalendar
from nq57kit.reports import KINDS
from nq57kit.reports.letterhead import Letterhead, read_letterhead
from nq57kit.sample.records import UnitYear
from nq57kit.submissions import check
from nq57kit.submissions.contract import code_label, load_codes
from nq57kit.submissions.prefilled import write_template

if TYPE_CHECKING:
    from collections.abc import Iterator

PROVINCE = Path(__file__).resolve().parent.parent / "examples" / "tinh-gia-dinh"
PLAN = PROVINCE / "ke-hoach"
#: Words of the ministry, of its units and of its plan; the Politburo and the toolkit have names of their own.
FOREIGN = re.compile(
    r"NNMT|Nông nghiệp|Lãnh đạo Bộ|[Tt]oàn Bộ\b|\bVụ |\bCục |Bộ trưởng|BỘ TRƯỞNG|VP Bộ|(?:của|thuộc) Bộ(?! Chính trị)"
    r"|mục IV\b|III\.1\.1|1–10|10 nhiệm vụ|[Mm]ười nhiệm vụ|20/0?6\b"
)
_MARKUP = re.compile(r"<style.*?</style>|<[^>]+>", re.DOTALL)


def texts_of(path: Path) -> Iterator[str]:
    """Yield the texts of a file: of an Office file those of its parts, of a notebook sources and outputs, else its own."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as parts:
            for name in parts.namelist():
                if name.endswith(".xml"):
                    yield _MARKUP.sub(
                        "", parts.read(name).decode("utf-8").replace("</t>", "\n").replace("</w:p>", "\n")
                    )
    elif path.suffix in (".json", ".ipynb"):
        yield json.dumps(json.loads(path.read_text(encoding="utf-8")), ensure_ascii=False)
    else:
        yield _MARKUP.sub(" ", path.read_text(encoding="utf-8"))


def foreign_words(*paths: Path) -> list[tuple[str, str]]:
    """Return where files speak of the ministry: the file, and the words with some before and after them."""
    return [
        (path.name, text[max(0, found.start() - 50) : found.end() + 30])
        for path in paths
        for text in texts_of(path)
        for found in FOREIGN.finditer(text)
    ]


def test_the_words_of_sentences_are_those_of_the_plan() -> None:
    words = load_plan(PLAN).words
    assert (words["whole"], words["leaders"], words["office_short"]) == ("toàn tỉnh", "Lãnh đạo UBND tỉnh", "Sở KHCN")
    sections = ("targets", "qualitative", "measures", "duties", "reporting", "events")
    assert [words[name] for name in sections] == ["I.3", "I.3.a", "II", "III", "III.5", "II.1"]
    assert (words["tasks"], words["Tasks_word"]) == ("7", "Bảy")


def test_a_word_left_blank_is_refused_with_its_line(tmp_path: Path) -> None:
    plan = shutil.copytree(PLAN, tmp_path / "ke-hoach")
    settings = (plan / "settings.toml").read_text(encoding="utf-8")
    (plan / "settings.toml").write_text(settings.replace('"toàn tỉnh"', '" "'), encoding="utf-8")
    line = settings[: settings.index("whole =")].count("\n") + 1
    with pytest.raises(Exception, match=rf"settings\.toml, dòng {line}, mục «body\.whole»: đang để trống"):
        load_plan(plan)


def test_reasons_of_settings_are_the_plans_own_and_may_have_braces(tmp_path: Path) -> None:
    plan = shutil.copytree(PLAN, tmp_path / "ke-hoach")
    settings = (plan / "settings.toml").read_text(encoding="utf-8")
    (plan / "settings.toml").write_text(
        settings.replace("Kế hoạch không ghi ngày;", "{không rõ} {duties}"), encoding="utf-8"
    )
    amended = load_plan(plan)
    reasons = {line.key: line.reason for line in amended.settings.lines(amended.words)}
    assert reasons["rules.annual_due"] == "{không rõ} III lấy ngày chốt số liệu năm."
    assert "có cùng thời hạn" not in " ".join(reasons.values())


def test_forms_and_calendar_speak_of_the_province_alone(tmp_path: Path) -> None:
    plan = load_plan(PLAN)
    (form,) = write_template("2027-H1", tmp_path, unit_id="x-gia-son", plan=plan)
    days = tmp_path / "lich.ics"
    days.write_text(to_icalendar(list_days(plan, 2027)), encoding="utf-8")
    assert foreign_words(form, days, *PROVINCE.rglob("*.csv"), *PROVINCE.rglob("*.toml")) == []
    heads = {str(cell.value) for cell in load_workbook(form)["Hoạt động"][4]}
    assert {"Nhiệm vụ (TT 1–7) *", "Giải pháp (mục II)"} <= heads


def test_a_form_of_another_plan_is_read_without_a_note_on_its_heads(tmp_path: Path) -> None:
    plan = load_plan(PLAN)
    (form,) = write_template("2026-H2", tmp_path, unit_id="x-gia-son", plan=plan)
    book = load_workbook(form)
    del book["_nq57kit"]  # as when the sheets are copied into another file
    book.save(form)
    assert [one.message for one in check(form, plan=plan).findings if one.code == "column-renamed"] == []


def test_the_synthetic_year_speaks_of_the_plan_that_it_is_made_for(tmp_path: Path) -> None:
    plan = load_plan(PLAN)
    made = UnitYear(plan.unit("x-gia-son"), plan, 2026, 57)
    told = [made.records(half, half.deadline) for half in plan.period("2026").halves]
    assert {row["task_id"] for records in told for row in records["activities"]} == {1, 5}
    assert FOREIGN.findall(str(told)) == []


def test_letterheads_of_all_kinds_are_the_provinces() -> None:
    folder = PROVINCE / "the-thuc"
    kinds = [*KINDS, *(name for name in ("plan", "request", "programme", "letter", "plan_letter") if name not in KINDS)]
    said = [vars(read_letterhead(kind, folder)) for kind in kinds]
    assert {words["issuer"] for words in said} == {"Ủy ban nhân dân tỉnh Giả Định"}
    assert [found for words in said for found in FOREIGN.findall(str(words))] == []
    assert set(said[0]) == set(Letterhead.__dataclass_fields__)


# ------------------------------------------------------------------ the year


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The desk of the province after its year, played by commands alone."""
    desk = tmp_path_factory.mktemp("tinh") / "ban-lam-viec"
    desk.mkdir()
    for name in ("ke-hoach", "the-thuc"):
        shutil.copytree(PROVINCE / name, desk / name)

    def run(*words: str, ok: tuple[int, ...] = (0,)) -> None:
        done = subprocess.run(
            [sys.executable, *words], cwd=desk, capture_output=True, encoding="utf-8", check=False,
            env={**os.environ, "PYTHONUTF8": "1"},
        )  # fmt: skip
        (desk / f"lenh-{len(list(desk.glob('lenh-*')))}.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
        assert done.returncode in ok, f"{words}\n{done.stdout[-800:]}\n{done.stderr[-800:]}"

    def kit(*words: str, ok: tuple[int, ...] = (0,)) -> None:
        run("-m", "nq57kit", *words, ok=ok)

    kit("init", ".")
    run(str(PROVINCE / "lap_du_lieu.py"), "nhan-ve")
    kit("template", "2026-H1", "--out", "bieu-mau")
    kit("ingest", "nhan-ve/2026-H1")
    kit("status", "2026-H1", "--as-of", "2026-06-17")
    kit("remind", "2026-H1", "--as-of", "2026-06-17")
    kit("check", "nhan-ve/2026-H2", "--return", "tra-lai", ok=(0, 1))
    kit("ingest", "nhan-ve/2026-H2", ok=(0, 1))
    kit("remind", "2026-H2", "--as-of", "2026-12-16")
    kit("judge", "community_points", "2026", "met", "--basis", "Thông báo họp giao ban (giả định)")
    for half in ("2026-H1", "2026-H2"):
        kit("lock", half)
    kit("report", "semiannual", "2026-H2", "--as-of", "2026-12-22", "--format", "docx", "--format", "xlsx")
    kit("report", "annual", "2026", "--as-of", "2026-12-22", "--format", "docx", "--format", "xlsx")
    kit("report", "unit", "2026-H2", "--all", "--as-of", "2026-12-22")
    kit("verify", "bao-cao/annual-2026.html")
    kit("defend", "bao-cao/annual-2026.html", "kpis.science_tasks_communicated", "--out", "bao-cao/can-cu.html")
    kit("calendar", "2027")
    kit("template", "2027-H1", "--out", "bieu-mau-2027")
    kit("template", "2027-P", "--out", "bieu-mau-2027", "--unit", "x-gia-son")
    kit("report", "programme", "--from", "2026", "--to", "2026", "--as-of", "2026-12-22")
    return desk


@pytest.mark.slow  # two minutes: a year of sixteen units by commands, with twenty reports
def test_no_file_of_the_year_speaks_of_the_ministry(desk: Path) -> None:
    endings = {".html", ".json", ".docx", ".xlsx", ".ipynb", ".ics", ".txt", ".md", ".csv", ".toml", ".yaml"}
    files = [path for path in desk.rglob("*") if path.is_file() and path.suffix in endings]
    assert len([path for path in files if path.name.startswith("unit-2026-H2-")]) == 16 * 4
    assert foreign_words(*files) == []


@pytest.mark.slow  # of the same year
def test_every_report_and_letter_says_whose_it_is_and_that_all_is_made_up(desk: Path) -> None:
    pages = [path for path in (desk / "bao-cao").glob("*.html") if path.name != "can-cu.html"]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "<span>Ủy ban nhân dân tỉnh Giả Định</span> <strong>Sở Khoa học và Công nghệ</strong>" in text, page.name
        assert "Số liệu và tên giả định" in text, page.name
    letters = list((desk / "bao-cao").glob("don-doc-*/*.docx"))
    assert letters
    for path in letters:
        assert "TỈNH GIẢ ĐỊNH" in "\n".join(texts_of(path))


@pytest.mark.slow  # of the same year
def test_the_years_figures_are_those_of_the_workbooks(desk: Path) -> None:
    said = json.loads((desk / "bao-cao" / "annual-2026.json").read_text(encoding="utf-8"))
    halves = {half: list(latest_workbooks(desk / "nhan-ve" / half)) for half in ("2026-H1", "2026-H2")}
    made: Counter[str] = Counter()
    money: Counter[str] = Counter()
    for books in halves.values():
        for book in books:
            for row in rows_of(book, "activities"):
                made[row["activity_type"]] += row["quantity"]
            for row in rows_of(book, "budget"):
                money.update({name: row[name] for name in ("planned_vnd", "allocated_vnd", "disbursed_vnd")})
    assert {
        code_label("activity_type", row["activity_type"]): row["quantity"]
        for row in said["activities_by_type"]
        if row["quantity"]
    } == made
    assert {name: said["budget"][name] for name in money} == money
    people: Counter[str] = Counter()
    for book in halves["2026-H2"]:
        people.update(record_of(book, "workforce"))
    kpis = {row["indicator"]: row for row in said["kpis"]}
    for indicator, part, whole in (
        ("staff_reached", "staff_reached", "staff_total"),
        ("comms_staff_trained", "comms_staff_trained", "comms_staff_total"),
    ):
        assert (kpis[indicator]["numerator"], kpis[indicator]["denominator"]) == (people[part], people[whole])
    studies = {
        row["code"]: row["communicated"]
        for books in halves.values()
        for book in books
        for row in rows_of(book, "science_tasks")
    }
    told = kpis["science_tasks_communicated"]
    assert (told["numerator"], told["denominator"]) == (Counter(studies.values())["Có"], len(studies))
    assert (told["target"], told["status"]) == (0.4, "met")
    assert said["completeness"]["numerator"] == sum(map(len, halves.values()))
    assert set(load_codes("activity_type")) >= {row["activity_type"] for row in said["activities_by_type"]}


def latest_workbooks(folder: Path) -> Iterator[Any]:
    """Yield each unit's last workbook of a half; the first ones that were replaced are left out."""
    names = {path.stem.split("_v")[0]: path for path in sorted(folder.glob("*.xlsx"))}
    for path in names.values():
        yield load_workbook(path)


def rows_of(book: Any, table: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a sheet by the form's own hidden map of columns."""
    places = [row for row in book["_nq57kit"].iter_rows(values_only=True) if row[0] == table]
    sheet, first = book[places[0][3]], int(places[0][5])
    columns = {row[1]: row[4] for row in places}
    for number in range(first, sheet.max_row + 1):
        row = {name: sheet[f"{column}{number}"].value for name, column in columns.items()}
        if any(value is not None for value in row.values()):
            yield row


def record_of(book: Any, table: str) -> dict[str, int]:
    """Return the numbers of a sheet of one record."""
    places = [row for row in book["_nq57kit"].iter_rows(values_only=True) if row[0] == table]
    return {row[1]: book[row[3]][f"{row[4]}{row[5]}"].value for row in places}
