"""Yearly plans from form to report, on a real store: prefilled, taken in, approved, adjusted, and what was done of them."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import polars as pl
import pytest

from nq57kit.cli import main
from nq57kit.errors import ParameterError
from nq57kit.indicators.plans import total
from nq57kit.plan import load_plan
from nq57kit.reports import open_report
from nq57kit.reports.results import collect_results
from nq57kit.reports.tracer import Tracer
from nq57kit.show import plans
from nq57kit.store import Store, approve, ingest, read_plans
from nq57kit.submissions import check, write_workbook

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
PLAN = load_plan()
UNIT = "vu-tccb"
SAID = "Quyết định số …/QĐ-BNNMT"


def line(number: int, due: date, quantity: int = 1, **words: Any) -> dict[str, Any]:
    usual = {
        "line_no": number,
        "task_id": 7,
        "name": f"Tập huấn {number}",
        "activity_type": "tap_huan",
        "quantity": quantity,
    }
    return usual | {"due_on": due, "cost_estimate_vnd": 5_000_000, "funding_source": "tu_chu"} | words


FIRST = [
    line(1, date(2027, 3, 1), 2),
    line(2, date(2027, 4, 1)),
    line(3, date(2027, 11, 1), task_id=1, activity_type="hoi_nghi"),
]
ADJUSTED = [*FIRST, line(4, date(2027, 5, 1))]


def send(store: Store, folder: Path, period: str, records: dict[str, Any], at: datetime) -> None:
    path = write_workbook(folder / f"{UNIT}-{at:%m%d}.xlsx", unit_id=UNIT, period=period, records=records)
    report = ingest([path], store, plan=PLAN, sent_at=at)
    assert [one.outcome for one in report.results] == ["accepted"]


def half_of(number: int | None, **words: Any) -> dict[str, Any]:
    act = {"task_id": 7, "name": "Lớp tập huấn", "activity_type": "tap_huan", "channel": "truc_tiep", "quantity": 1}
    rows = [act | {"started_on": date(2027, 2, 20), "plan_line": number}, act | {"started_on": date(2027, 2, 21)}]
    staff = {"staff_total": 9, "staff_reached": 3, "comms_staff_total": 1, "comms_staff_trained": 0}
    led = [{"task_id": task, "status": "dang_thuc_hien", "percent_complete": 50} for task in (1, 7)]
    return {"activities": rows, "workforce": [staff], "task_progress": led} | words


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A unit's plan in two revisions, the first approved, and its report of June with one row of line 1 and one of none."""
    folder = tmp_path_factory.mktemp("kế hoạch")
    made = Store.create(folder / "kho", plan=PLAN)
    send(made, folder, "2027-P", {"plan_lines": FIRST}, datetime(2026, 12, 10, 9, tzinfo=HANOI))
    approve(
        made,
        PLAN.period("2027-P"),
        [UNIT],
        document=SAID,
        day=date(2026, 12, 20),
        now=datetime(2026, 12, 20, tzinfo=HANOI),
    )
    send(made, folder, "2027-P", {"plan_lines": ADJUSTED}, datetime(2027, 2, 1, 9, tzinfo=HANOI))
    send(made, folder, "2027-H1", half_of(1), datetime(2027, 6, 15, 9, tzinfo=HANOI))
    return made


def counted(store: Store, day: date) -> tuple[Any, ...]:
    frame, lines = read_plans(store, 2027, day)
    return (*frame.select("state", "revision", "pending").row(0), lines.height)


def test_a_plan_is_proposed_then_approved_then_adjusted_and_what_nobody_approved_waits(tmp_path: Path) -> None:
    made, when = Store.create(tmp_path / "kho", plan=PLAN), PLAN.period("2027-P")
    send(made, tmp_path, "2027-P", {"plan_lines": FIRST}, datetime(2026, 12, 10, 9, tzinfo=HANOI))
    assert counted(made, date(2026, 12, 31)) == ("proposed", 1, None, 3)
    with pytest.raises(ParameterError, match="--document"):
        approve(made, when, None, document=" ")
    with pytest.raises(ParameterError, match="2027-P"):
        approve(made, PLAN.period("2027-H1"), None, document=SAID)
    with pytest.raises(ParameterError, match="Vụ Pháp chế"):
        approve(made, when, ["vu-pc"], document=SAID)
    (record,) = approve(
        made, when, None, document=SAID, day=date(2026, 12, 20), now=datetime(2026, 12, 20, tzinfo=HANOI)
    )
    assert (record.basis, record.values["revision"]) == (SAID, 1)
    assert approve(made, when, None, document=SAID, now=datetime(2026, 12, 21, tzinfo=HANOI)) == []
    assert counted(made, date(2026, 12, 19)) == ("proposed", 1, None, 3)  # before the day of the document
    assert counted(made, date(2026, 12, 31)) == ("approved", 1, None, 3)
    send(made, tmp_path, "2027-P", {"plan_lines": ADJUSTED}, datetime(2027, 2, 1, 9, tzinfo=HANOI))
    assert counted(made, date(2027, 3, 1)) == ("approved", 1, 2, 3)
    approve(made, when, [UNIT], document=SAID, day=date(2027, 2, 20), now=datetime(2027, 2, 20, tzinfo=HANOI))
    assert counted(made, date(2027, 3, 1)) == ("adjusted", 2, None, 4)


def test_the_status_of_plans_says_how_each_stands(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "2027-P", "--store", str(store.folder), "--as-of", "2027-03-01", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    unit = next(one for one in told["units"] if one["unit_id"] == UNIT)
    assert (unit["plan"], unit["counted_revision"], unit["pending"], unit["lines"], unit["cost_estimate_vnd"]) == (
        "approved",
        1,
        2,
        3,
        15_000_000,
    )
    assert told["plans"] == {"missing": told["expected"] - 1, "proposed": 0, "approved": 1, "adjusted": 0}
    assert main(["status", "2027-P", "--store", str(store.folder), "--as-of", "2027-03-01"]) == 0
    assert "Đã phê duyệt" in capsys.readouterr().out


def test_the_half_is_told_against_the_approved_plan_by_the_lines_numbers(store: Store) -> None:
    report = open_report("semiannual", store=store.folder, period="2027-H1", as_of="2027-06-25")
    lines = report.results.lines.select("line_no", "done_quantity", "state").rows()
    assert lines == [(1, 1, "partial"), (2, 0, "undone"), (3, 0, "not_due")]
    whole = total(report.results)
    assert (whole["lines"], whole["unplanned"], whole["cost_estimate_vnd"]) == (3, 1, 15_000_000)
    told = collect_results(report)
    assert told["plan"]["approved"] == 1
    assert [row["state"] for row in told["plan_lines"]] == ["partial", "undone", "not_due"]
    text = plans.show(report.results).as_text()
    assert "3 dòng: 1 thực hiện một phần, 1 chưa thực hiện, 1 chưa đến hạn" in text
    assert "1 hoạt động ngoài kế hoạch" in text
    assert "là hai số khác nhau" in text


def test_every_figure_of_the_plan_leads_to_cells_of_the_units_own_files(store: Store) -> None:
    report = open_report("semiannual", store=store.folder, period="2027-H1", as_of="2027-06-25")
    tracer = Tracer(report, store.folder)
    rows = tracer.trace("plan.cost_estimate_vnd")
    assert rows.select("cell", "amount", "agrees").rows() == [(f"J{row}", 5_000_000, True) for row in (5, 6, 7)]
    done = tracer.trace(f"plan_lines.{UNIT}.1.done_quantity").filter(pl.col("role") == "counted")
    assert done.select("period", "cell", "value", "agrees").rows() == [("2027-H1", "G5", "1", True)]


def test_a_scorecard_shows_its_own_lines_and_a_unit_without_a_plan_none(store: Store) -> None:
    card = open_report("unit", store=store.folder, period="2027-H1", unit_id=UNIT, as_of="2027-06-25").card
    assert "đã phê duyệt theo Quyết định" in plans.show_unit(card).as_text()
    other = open_report("unit", store=store.folder, period="2027-H1", unit_id="vu-pc", as_of="2027-06-25").card
    assert plans.show_unit(other).parts == ()


def test_the_report_of_the_plans_has_their_sums_and_what_nobody_has_planned(store: Store) -> None:
    report = open_report("plan", store=store.folder, period="2027-P", as_of="2027-01-05")
    told = collect_results(report)
    assert [(row["quarter"], row["lines"]) for row in told["plan_by_quarter"]] == [(1, 1), (2, 1), (4, 1)]
    assert {row["task_id"]: row["cost_estimate_vnd"] for row in told["plan_by_task"] if row["lines"]} == {
        1: 5_000_000,
        7: 10_000_000,
    }
    led = [row for row in told["plan_gaps"] if row["kind"] == "task"]
    assert [(row["id"], row["asked"], row["planned"]) for row in led] == [("1", 1, 1), ("7", 1, 1)]
    assert "1/58" in plans.pick_key_figures(report.results).as_text()


def test_the_next_forms_bring_the_lines_to_choose_from_and_those_not_done(store: Store, tmp_path: Path) -> None:
    for period in ("2027-H2", "2028-P"):
        assert main(["template", period, "--unit", UNIT, "--store", str(store.folder), "--out", str(tmp_path)]) == 0
    half = openpyxl.load_workbook(tmp_path / f"NQ57_2027-H2_{UNIT}.xlsx")
    heads = [cell.value for cell in half["_danh_muc"][1]]
    column = heads.index("plan_line")
    assert [row[column].value for row in half["_danh_muc"].iter_rows(min_row=2, max_row=4)] == [
        "1. Tập huấn 1",
        "2. Tập huấn 2",
        "3. Tập huấn 3",
    ]
    following = openpyxl.load_workbook(tmp_path / f"NQ57_2028-P_{UNIT}.xlsx")["Kế hoạch năm"]
    carried = [[cell.value for cell in row] for row in following.iter_rows(min_row=5, max_row=7)]
    assert [(row[0], row[3], row[7], row[8], row[9]) for row in carried] == [
        (1, "Tập huấn 1", 1, None, None), (2, "Tập huấn 2", 1, None, None), (3, "Tập huấn 3", 1, None, None),
    ]  # fmt: skip
    assert [row[11] for row in carried] == [f"Chuyển từ kế hoạch năm 2027, dòng {number}" for number in (1, 2, 3)]
    assert following["D5"].fill.start_color.rgb == "FFE4E4E4"
    asked = [row[1].value for row in following.iter_rows(min_row=8, max_row=9)]
    assert asked == [1, 7]  # a line for each task that the unit leads
    left = check(tmp_path / f"NQ57_2028-P_{UNIT}.xlsx")  # untouched: last year's lines must be dated anew or go
    assert {one.code for one in left.findings if one.severity == "error"} == {"value-required"}


def test_a_line_that_the_plan_does_not_have_is_a_warning_that_names_those_it_has(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "kho"
    made = Store.create(folder, plan=PLAN)
    send(made, tmp_path, "2027-P", {"plan_lines": FIRST}, datetime(2026, 12, 10, 9, tzinfo=HANOI))
    send(made, tmp_path, "2027-H1", half_of(8), datetime(2027, 6, 15, 9, tzinfo=HANOI))
    found = made.findings("2027-H1").filter(pl.col("code") == "line-not-planned")
    assert found.select("severity", "cell", "value").rows() == [("warning", "N5", "8")]
    assert "1, 2, 3" in found["message"][0]


def test_without_a_plan_of_the_year_no_report_says_a_word_of_plans(tmp_path: Path) -> None:
    made = Store.create(tmp_path / "kho", plan=PLAN)
    send(made, tmp_path, "2027-H1", half_of(None), datetime(2027, 6, 15, 9, tzinfo=HANOI))
    for kind, when in (
        ("semiannual", {"period": "2027-H1"}),
        ("annual", {"year": 2027}),
        ("unit", {"period": "2027-H1", "unit_id": UNIT}),
    ):
        report = open_report(kind, store=made.folder, as_of="2027-12-25", **when)
        assert not [name for name in collect_results(report) if name.startswith("plan")]
        shown = [plans.show(report.results), plans.show_units(report.results)] + (
            [plans.show_unit(report.card)] if report.card else []
        )
        assert all(block.parts == () for block in shown)
        assert not [one for one in report.provenance["records"] if "approval" in one]


def test_a_heading_with_nothing_beneath_is_left_out_and_the_page_is_as_without_its_cells() -> None:
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

    from nq57kit.reports.html import render_html
    from nq57kit.show.blocks import Blocks, Paragraph

    def cell(block: Any) -> Any:
        return new_code_cell("x", outputs=[new_output("display_data", data=block._repr_mimebundle_())])

    before = [new_markdown_cell("# Báo cáo\n## II. Nhiệm vụ"), cell(Paragraph("Đã làm."))]
    after = [new_markdown_cell("## III. Hoạt động"), cell(Paragraph("Nhiều."))]
    bare = [new_markdown_cell("### Thực hiện so với kế hoạch năm"), cell(Blocks([]))]
    assert render_html(new_notebook(cells=[*before, *bare, *after])) == render_html(
        new_notebook(cells=[*before, *after])
    )
    said = [bare[0], cell(Paragraph("3 dòng."))]
    assert "Thực hiện so với kế hoạch năm" in render_html(new_notebook(cells=[*before, *said, *after]))
