"""Cross-checks from real workbooks to the warnings of the store, with their cells (synthetic data)."""

from __future__ import annotations

import itertools
from datetime import date

import openpyxl
import polars as pl
import pytest

from nq57kit.store import Store, ingest, warn_against_store
from nq57kit.submissions import check
from nq57kit.submissions.comparisons import HALF_CODES


@pytest.fixture
def halves(making, inbox):
    """Two halves of vu-pc: staff 100 → 40, GL-02 gone, GL-01 from yes to no, task 1 back from done."""
    done = {"task_id": 1, "status": "hoan_thanh", "percent_complete": 100, "completed_on": date(2026, 6, 1)}
    first = making.write_form(
        inbox / "h1.xlsx",
        "vu-pc",
        "2026-H1",
        workforce=[making.workforce(100)],
        science_tasks=[making.science("GL-01", told=True), making.science("GL-02")],
        task_progress=[done],
    )
    second = making.write_form(
        inbox / "h2.xlsx",
        "vu-pc",
        "2026-H2",
        science_tasks=[making.science("GL-00"), making.science("GL-01")],
        task_progress=[{"task_id": 1, "status": "dang_thuc_hien", "percent_complete": 60}],
    )
    return first, second


WANTED = {
    ("science-task-vanished", "science_tasks", "code", None, "GL-02"),
    ("communicated-withdrawn", "science_tasks", "communicated", "Không", "GL-01"),
    ("staff-dropped", "workforce", "staff_total", "40", None),
    ("status-went-back", "task_progress", "status", "Đang thực hiện", None),
}


def of_halves(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col("code").is_in(HALF_CODES))


def cell_of(path, sheet, address):
    return openpyxl.load_workbook(path)[sheet][address].value


def test_at_ingest_the_unit_is_told_what_does_not_follow_from_its_earlier_half(halves, store, hanoi):
    first, second = halves
    ingest(first, store, sent_at=hanoi("2026-06-10T08:00"))
    (result,) = ingest(second, store, sent_at=hanoi("2026-12-10T08:00")).results
    assert result.outcome == "accepted"
    found = [finding for finding in result.submission.findings if finding.code in HALF_CODES]
    assert sorted(finding.code for finding in found) == sorted(code for code, *_ in WANTED)
    by_code = {finding.code: finding for finding in found}
    assert all(finding.file == "h2.xlsx" and finding.severity == "warning" for finding in found)
    dropped = by_code["staff-dropped"]
    assert cell_of(second, dropped.sheet, dropped.cell) == 40
    assert cell_of(second, "Nhiệm vụ KHCN", by_code["communicated-withdrawn"].cell) == "Không"
    assert cell_of(second, "Tiến độ nhiệm vụ", by_code["status-went-back"].cell) == "Đang thực hiện"
    assert by_code["science-task-vanished"].cell is None
    assert by_code["science-task-vanished"].sheet == "Nhiệm vụ KHCN"
    stored = of_halves(store.read("findings", "2026-H2").collect())
    assert sorted(stored["code"]) == sorted(by_code)
    receipt = store.receipts("2026-H2").row(0, named=True)
    assert receipt["warnings"] == sum(finding.severity == "warning" for finding in result.submission.findings)
    severities = [finding.severity for finding in result.submission.findings]
    assert severities == sorted(severities, key=["error", "warning", "note"].index)


def test_warnings_take_no_row_away(halves, store):
    ingest(halves, store)
    assert store.read("science_tasks", "2026-H2").collect()["code"].to_list() == ["GL-00", "GL-01"]
    assert store.read("workforce", "2026-H2").collect()["staff_total"].to_list() == [40]


def test_the_order_of_ingest_changes_nothing_of_what_the_store_says(halves, tmp_path, hanoi):
    sent = dict(zip(halves, (hanoi("2026-06-10T08:00"), hanoi("2026-12-10T08:00")), strict=True))
    said = []
    for number, order in enumerate(itertools.permutations(halves)):
        store = Store.create(tmp_path / f"kho {number}")
        for path in order:
            ingest(path, store, sent_at=sent[path])
        said.append(store.findings())
    together = Store.create(tmp_path / "cùng lúc")
    ingest(list(reversed(halves)), together, sent_at=hanoi("2026-12-10T08:00"))
    assert of_halves(said[0]).height == len(WANTED)
    assert said[0].equals(said[1])
    assert said[0].equals(together.findings())


def test_results_keep_the_order_of_the_files_and_the_earlier_half_is_taken_in_first(halves, store, hanoi):
    first, second = halves
    report = ingest([second, first], store, sent_at=hanoi("2026-12-10T08:00"))
    assert [result.file for result in report.results] == ["h2.xlsx", "h1.xlsx"]
    told = [finding.code for finding in report.results[0].submission.findings if finding.code in HALF_CODES]
    assert len(told) == len(WANTED)


def test_a_corrected_earlier_half_settles_the_question(halves, making, store, inbox, hanoi):
    first, second = halves
    ingest(first, store, sent_at=hanoi("2026-06-10T08:00"))
    ingest(second, store, sent_at=hanoi("2026-12-10T08:00"))
    corrected = making.write_form(inbox / "h1-sửa.xlsx", "vu-pc", "2026-H1", workforce=[making.workforce(50)])
    ingest(corrected, store, sent_at=hanoi("2026-12-15T08:00"))
    assert of_halves(store.findings("2026-H2")).is_empty()
    assert of_halves(store.findings("2026-H2", as_of=date(2026, 12, 14))).height == len(WANTED)


def test_a_file_can_be_compared_with_the_store_before_it_is_taken_in(halves, store, files_of):
    first, second = halves
    ingest(first, store)
    before = files_of(store.folder)
    submission = check(second)
    found = warn_against_store([(submission, second)], store, store.plan)[0]
    assert sorted(finding.code for finding in found) == sorted(code for code, *_ in WANTED)
    assert sum(finding.cell is not None for finding in found) == len(WANTED) - 1
    assert all(finding.cell is None for finding in warn_against_store([(submission, None)], store, store.plan)[0])
    assert warn_against_store([(check(first), first)], store, store.plan) == [()]
    assert files_of(store.folder) == before


def test_a_refused_file_is_not_compared(making, halves, store, inbox):
    ingest(halves[0], store)
    broken = making.write_form(
        inbox / "hỏng.xlsx", "vu-pc", workforce=[making.workforce(1)], activities=[{"task_id": 1}]
    )
    submission = check(broken)
    assert not submission.ok
    assert warn_against_store([(submission, broken)], store, store.plan) == [()]


@pytest.fixture
def units(making, inbox):
    """Three units of one half that contradict and repeat each other."""
    same = [making.activity(f"Hội nghị giả lập {day}", date(2026, 7, day), day) for day in (1, 2, 3)]
    url = "https://example.org/tin/9"
    return [
        making.write_form(
            inbox / "tccb.xlsx",
            "vu-tccb",
            activities=[same[0] | {"evidence_url": url}, *same[1:]],
            science_tasks=[making.science("GL-01", "Tên một", told=True, evidence_url="https://example.org/a")],
            workforce=[making.workforce(41)],
        ),
        making.write_form(
            inbox / "pc.xlsx",
            "vu-pc",
            activities=[same[1], same[0] | {"evidence_url": url + "/?utm_source=x"}, same[2]],
            science_tasks=[making.science("gl-01", "Tên hai")],
            workforce=[making.workforce(42)],
        ),
        making.write_form(inbox / "htqt.xlsx", "vu-htqt", workforce=[making.workforce(42)]),
    ]


@pytest.mark.slow  # a store for each order of three units
def test_units_are_compared_as_the_store_stands_whatever_came_first(units, tmp_path, hanoi):
    said = []
    for number, order in enumerate(itertools.permutations(units)):
        store = Store.create(tmp_path / str(number))
        for path in order:
            ingest(path, store, sent_at=hanoi("2026-12-10T08:00"))
        said.append(store.cross_findings("2026-H2"))
    assert all(frame.equals(said[0]) for frame in said)
    found = said[0]
    assert found.columns[:3] == ["unit_id", "period", "code"]
    assert set(found["severity"]) == {"warning"}
    assert found.group_by("code").len().sort("code").rows() == [
        ("activities-identical", 2),
        ("evidence-shared", 2),
        ("science-answers-differ", 2),
        ("science-names-differ", 2),
        ("workforce-identical", 2),
    ]
    for row in found.iter_rows(named=True):
        path = next(path for path in units if path.name == row["file"])
        value = cell_of(path, row["sheet"], row["cell"])
        if row["code"] not in ("activities-identical", "workforce-identical"):
            assert value == row["value"]
        assert value is not None
    message = found.filter((pl.col("unit_id") == "vu-tccb") & (pl.col("code") == "science-names-differ"))["message"][0]
    assert "Vụ PC" in message or "Vụ Pháp chế" in message
    assert not any("Người giả lập" in text or "0900000000" in text for text in found["message"])


def test_what_the_units_told_later_counts_only_from_that_day(units, store, hanoi):
    for day, path in zip((10, 11, 12), units, strict=True):
        ingest(path, store, sent_at=hanoi(f"2026-12-{day}T08:00"))
    assert store.cross_findings("2026-H2", as_of=date(2026, 12, 10)).is_empty()
    assert not store.cross_findings("2026-H2", as_of=date(2026, 12, 11)).is_empty()
    assert store.cross_findings("2026").equals(store.cross_findings("2026-H2"))
    assert store.cross_findings("2026-H1").is_empty()
    assert "science-names-differ" not in store.findings("2026-H2")["code"]


def test_without_the_raw_file_the_warning_stays_and_only_its_cell_is_not_told(units, store, hanoi):
    ingest(units, store, sent_at=hanoi("2026-12-10T08:00"))
    expected = store.cross_findings("2026-H2")
    for path in store.folder.glob("raw/*/*"):
        path.rename(path.with_suffix(".away"))
    moved = store.cross_findings("2026-H2")
    assert moved.drop("cell").equals(expected.drop("cell"))
