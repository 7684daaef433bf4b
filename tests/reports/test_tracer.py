"""A figure of the sample's annual report leads to cells whose count, made by openpyxl from the workbooks, is the figure."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import date, datetime
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
import polars as pl
import pytest
from openpyxl.utils.cell import coordinate_to_tuple

import nq57kit
from nq57kit.errors import ParameterError
from nq57kit.reports import Report, Tracer, collect_results, open_report, open_tracer
from nq57kit.reports.tracer import COLUMNS
from nq57kit.store import Store
from nq57kit.submissions.contract import load_codes
from nq57kit.text import fold

pytestmark = pytest.mark.slow  # every cell of the synthetic year is found again, and read by openpyxl

_AS_OF = date(2026, 12, 25)


@pytest.fixture(scope="module")
def counted(counter: ModuleType, submissions_counted: list[Any]) -> dict[str, Any]:
    """All figures of the year, counted by a program that knows nothing of nq57kit."""
    return dict(counter.count(submissions_counted, "2026", _AS_OF))


@pytest.fixture(scope="module")
def annual(sample_store: Store) -> Report:
    return open_report("annual", store=sample_store.folder, year=2026, as_of=_AS_OF.isoformat())


@pytest.fixture(scope="module")
def tracer(annual: Report, sample_store: Store) -> Tracer:
    return open_tracer(annual, store=sample_store.folder)


@pytest.fixture(scope="module")
def cell_value(sample_folder: Path) -> Any:
    """Return what openpyxl finds at a sheet and cell of a workbook."""

    @cache
    def rows_of(path: Path) -> dict[str, list[tuple[Any, ...]]]:
        with closing(openpyxl.load_workbook(path, data_only=True, read_only=True)) as book:
            return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}

    def read(row: dict[str, Any]) -> Any:
        line, column = coordinate_to_tuple(row["cell"])
        return rows_of(sample_folder / row["period"] / row["file"])[row["sheet"]][line - 1][column - 1]

    return read


def of_role(rows: pl.DataFrame, role: str) -> list[dict[str, Any]]:
    return rows.filter(pl.col("role") == role).to_dicts()


@pytest.mark.parametrize(("indicator", "place"), [("staff_reached", 0), ("comms_staff_trained", 0)])
def test_the_cells_of_people_add_up_to_what_another_program_counts(
    *, tracer: Tracer, counted: dict[str, Any], cell_value: Any, indicator: str, place: int
) -> None:
    rows = tracer.trace(f"kpis.{indicator}")
    told = counted["kpis"][indicator]
    for role, figure in (("numerator", told[place]), ("denominator", told[place + 1])):
        cells = [cell_value(row) for row in of_role(rows, role)]
        assert sum(int(value) for value in cells) == figure
        assert [str(value) for value in cells] == [row["value"] for row in of_role(rows, role)]
        assert len({(row["unit_id"]) for row in of_role(rows, role)}) == len(cells) == told[2]


def test_the_codes_in_the_cells_are_the_science_tasks_that_another_program_counts(
    tracer: Tracer, counted: dict[str, Any], cell_value: Any
) -> None:
    rows = tracer.trace("kpis.science_tasks_communicated")
    communicated, every = counted["kpis"]["science_tasks_communicated"][:2]
    codes = [str(cell_value(row)).strip().casefold() for row in of_role(rows, "denominator")]
    assert len(codes) == len(set(codes)) == every
    days = [cell_value(row) for row in of_role(rows, "numerator")]
    assert len(days) == communicated
    for row, day in zip(of_role(rows, "numerator"), days, strict=True):
        found = day.date() if isinstance(day, datetime) else day
        assert found.isoformat() == row["value"]
        assert found <= date(2026, 12, 14)
    left = of_role(rows, "left_out")
    assert left
    assert all(row["reason"] and cell_value(row) == row["value"] for row in left)


def test_money_and_activities_are_in_the_cells_that_the_trace_names(
    tracer: Tracer, counted: dict[str, Any], cell_value: Any
) -> None:
    for amount in ("planned_vnd", "allocated_vnd", "disbursed_vnd"):
        rows = of_role(tracer.trace(f"budget.{amount}"), "counted")
        assert sum(int(cell_value(row)) for row in rows) == counted["budget"][amount]
    for kind, figures in counted["by_type"].items():
        rows = of_role(tracer.trace(f"activities_by_type.{kind}"), "counted")
        assert sum(int(cell_value(row)) for row in rows) == figures["quantity"], kind


#: Lists of the JSON that answer the plan, by their key; what is no count of rows: of another period, or of two counts.
_ANSWERS = {
    "measures": "measure_id",
    "products": "product_id",
    "events": "event_id",
    "by_unit": "unit_id",
    "by_task": "task_id",
}
_NO_COUNT = {"task_id", "rate", "previous_quantity"}


def test_every_number_that_answers_the_plan_can_be_traced_under_its_name_in_the_json(
    annual: Report, tracer: Tracer
) -> None:
    glued = collect_results(annual)
    told = {
        f"{table}.{row[key]}.{name}": value
        for table, key in _ANSWERS.items()
        for row in glued[table]
        for name, value in row.items()
        if isinstance(value, int) and name not in _NO_COUNT
    }
    told |= {"catalogue": len(glued["catalogue"])}
    assert len(told) > 500
    assert {name: tracer.figures[name].figures["counted"] for name in told if name in tracer.figures} == told
    duties = {f"duties.{row['duty_id']}": row["evidence"] for row in glued["duties"]}
    assert duties.keys() <= tracer.figures.keys()
    for name, words in duties.items():
        parts = [tuple(map(int, part)) for part in re.findall(r": (\d+)/(\d+)", words)]
        assert tuple(tracer.figures[name].figures.values()) == tuple(
            sum(column) for column in zip(*parts, (0, 0), strict=True)
        )


@pytest.mark.parametrize(
    "name",
    [
        "measures.III.1.1-07.quantity", "measures.III.2.1-08.answered", "products.TT1-1.found", "products.TT1-3.found",
        "by_unit.vu-tccb.reach", "by_unit.vien-vaas.staff_reached", "by_task.3.cost_vnd", "by_task.1.reach_reported",
        "events.khcn.units", "events.chuyen-doi-so.reach", "catalogue.vu-tccb", "duties.IV.1-01",
    ],
)  # fmt: skip
def test_an_answer_leads_to_cells_in_which_another_program_finds_what_was_counted(
    tracer: Tracer, cell_value: Any, name: str
) -> None:
    rows = tracer.trace(name).filter(pl.col("cell").is_not_null(), pl.col("role").is_in(["counted", "numerator"]))
    assert not rows.is_empty()
    assert rows["agrees"].all()
    assert rows.select("file", "sheet", "cell").is_unique().all()
    found = [cell_value(row) for row in rows.to_dicts()]
    labels = {one.code: one.label for one in load_codes("activity_type").values()}
    for row, value in zip(rows.to_dicts(), found, strict=True):
        wanted = labels.get(row["value"], row["value"])
        assert fold(str(value)) == fold(wanted)
        if row["field"] in {"quantity", "reach", "cost_vnd", "staff_reached"} and "reported" not in name:
            assert row["amount"] == int(value)


def test_a_units_status_leads_to_its_cell(tracer: Tracer, cell_value: Any) -> None:
    row = tracer.trace("unit_task_status.vu-tccb.7").row(0, named=True)
    assert (row["role"], cell_value(row)) == ("counted", "Đang thực hiện")


def test_a_unit_that_said_nothing_of_a_task_stands_in_no_cell_and_the_trace_says_so(sample_store: Store) -> None:
    half = open_report("semiannual", store=sample_store.folder, period="2026-H1", as_of="2026-06-25")
    silent = next(row for row in half.results.task_status.iter_rows(named=True) if row["period"] is None)
    tracer = open_tracer(half, store=sample_store.folder)
    told = tracer.trace(f"unit_task_status.{silent['unit_id']}.{silent['task_id']}").row(0, named=True)
    assert (told["cell"], told["file"], told["reason"]) == (None, None, "Đơn vị chưa báo cáo nhiệm vụ này")


def test_late_and_missing_units_are_told_per_half_with_their_file(tracer: Tracer, annual: Report) -> None:
    late, missing = tracer.trace("late_units"), tracer.trace("missing_units")
    assert set(late["unit_id"]) == set(annual.results.late_units)
    assert set(missing["unit_id"]) == set(annual.results.missing_units)
    assert late["file"].null_count() == 0
    assert set(late["reason"]) == {"Gửi muộn"}
    assert missing["file"].null_count() == missing.height


def test_a_trace_is_a_frame_of_fixed_columns_from_python_and_from_a_file(
    sample_store: Store, sample_reports: Path, tracer: Tracer
) -> None:
    from_file = nq57kit.trace(sample_reports / "annual-2026.json", "late_units", store=sample_store.folder)
    assert tuple(from_file.columns) == COLUMNS
    assert from_file.equals(tracer.trace("late_units"))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("kpis.staff_reach", "có phải: kpis.staff_reached"),
        ("hoi_nghi", "activities_by_type.hoi_nghi"),
        ("qqq", "các nhóm số liệu: kpis, completeness"),
        ("", "các nhóm số liệu"),
    ],
)
def test_an_unknown_figure_is_answered_with_names_near_to_it(tracer: Tracer, name: str, words: str) -> None:
    with pytest.raises(ParameterError) as refused:
        tracer.trace(name)
    assert words in str(refused.value)


def test_a_raw_file_that_changed_gives_rows_without_cells(annual: Report, sample_store: Store, tmp_path: Path) -> None:
    found = open_tracer(annual, store=tmp_path).trace("kpis.staff_reached")
    assert found["cell"].null_count() == found.height
    assert found.filter(pl.col("role") == "numerator")["amount"].sum() > 0
