"""Every figure of a report on the synthetic year equals a count by other means (`tests/independent/`)."""

from __future__ import annotations

import ast
import shutil
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from nq57kit.reports import collect_results, open_report
from nq57kit.store import Store, ingest

pytestmark = pytest.mark.slow  # two synthetic years are counted by another, slower program

_COUNTER = Path(__file__).resolve().parent.parent / "independent"
_PREVIOUS: dict[str, str | None] = {"2026-H1": None, "2026-H2": None, "2026": None}  # the plan's first year
#: The three reports of the year after the deadlines, and some drawn while units were still sending; then the same
#: of a year with rare cases written into it.
_REPORTS = [
    pytest.param((rare, period, as_of), id=f"{period} on {as_of}" + (", rare cases" if rare else ""))
    for rare, period, as_of in (
        (False, "2026-H1", "2026-06-25"),
        (False, "2026-H2", "2026-12-25"),
        (False, "2026", "2026-12-25"),
        (False, "2026-H1", "2026-06-17"),
        (False, "2026", "2026-12-17"),
        (True, "2026-H1", "2026-06-25"),
        (True, "2026-H2", "2026-12-25"),
        (True, "2026", "2026-12-25"),
        (True, "2026", "2026-12-14"),
    )
]
_TASK, _ACTIVITIES, _SCIENCE, _PROGRESS = "Nhiệm vụ (TT 1–10) *", "Hoạt động", "Nhiệm vụ KHCN", "Tiến độ nhiệm vụ"
#: Cases that the synthetic year has not: (file, sheet, row, {column of the form: what is written there}).
_RARE: list[tuple[str, str, int, dict[str, Any]]] = [
    # Activities over an edge of the window count, those beside it do not.
    ("H1_vu-htqt", _ACTIVITIES, 5, {"Ngày bắt đầu *": "1/12/2025", "Ngày kết thúc": "15/12/2025"}),
    ("H1_vu-khcn", _ACTIVITIES, 5, {"Ngày bắt đầu *": date(2026, 6, 14), "Ngày kết thúc": date(2026, 6, 17)}),
    ("H1_vu-khcn", _ACTIVITIES, 6, {"Ngày bắt đầu *": date(2025, 12, 14), "Ngày kết thúc": None}),
    ("H2_vu-khcn", _ACTIVITIES, 5, {"Ngày bắt đầu *": date(2026, 6, 14), "Ngày kết thúc": None}),
    # Numbers and days as text, as the convention reads them.
    (
        "H1_vu-khtc",
        _ACTIVITIES,
        5,
        {"Số lượng *": "1.234", "Ngày bắt đầu *": "18/5/2026", "Ngày kết thúc": "2026-05-19"},
    ),
    ("H2_bao-nnmt", _ACTIVITIES, 5, {"Số người tiếp cận": "1 234 567"}),
    # Said after the window of the half: proven for the year alone. Another case of letters is the same code.
    ("H1_vien-vafs", _SCIENCE, 5, {"Đã được truyền thông *": "Có", "Ngày truyền thông đầu tiên": date(2026, 6, 15)}),
    ("H2_vien-vafs", _SCIENCE, 5, {"Đã được truyền thông *": "Có", "Ngày truyền thông đầu tiên": date(2026, 6, 15)}),
    ("H1_vien-vaas", _SCIENCE, 13, {"Mã số nhiệm vụ *": "gl.25.liennganh.01 "}),
    # A task of which the second half is silent: what the first said stands.
    ("H2_vien-vawr", _SCIENCE, 5, {}),
    ("H2_vien-vawr", _SCIENCE, 6, {}),
    ("H2_cuc-tnn", _PROGRESS, 6, {}),
    # Done on the very day; not begun, where a task is never overdue.
    ("H2_cuc-bdkh", _PROGRESS, 6, {_TASK: 6, "Tình trạng *": "Hoàn thành", "Ngày hoàn thành": date(2026, 12, 14)}),
    (
        "H2_cuc-bhd",
        _PROGRESS,
        5,
        {_TASK: 1, "Tình trạng *": "Chưa thực hiện", "Giải trình": "(giả lập) Chưa bố trí được."},
    ),
    # Refused: each breaks one rule.
    ("H1_cuc-dcks", "Nhân lực", 6, {"B": 10**6}),
    ("H1_tt-qhdttnn", "Kinh phí", 5, {"Đã giải ngân (đồng) *": 10**12}),
    ("H1_vien-clcs", _ACTIVITIES, 5, {"Ngày bắt đầu *": date(2026, 3, 2), "Ngày kết thúc": date(2026, 3, 1)}),
    ("H1_van-phong", _ACTIVITIES, 5, {"Số lượng *": None}),
    ("H1_vien-ddbd", _SCIENCE, 5, {"Đã được truyền thông *": "Có", "Ngày truyền thông đầu tiên": None}),
    ("H1_cuc-kttv", _PROGRESS, 5, {"Tình trạng *": "Chưa thực hiện", "Giải trình": None}),
    ("H2_cuc-kthtptnt", _ACTIVITIES, 5, {_TASK: 11}),
    ("H2_dh-thuyloi", _ACTIVITIES, 5, {"Loại hoạt động *": "(giả lập) loại lạ"}),
    ("H2_cuc-tskn", _ACTIVITIES, 5, {"Ngày bắt đầu *": "05/18/2026"}),
    # A refused correction leaves the accepted one in force; a refused first one does not save the day.
    ("H1_cuc-vientham_v2", _ACTIVITIES, 5, {"Số lượng *": 0}),
    ("H1_cuc-cnty_v1", _ACTIVITIES, 5, {"Số lượng *": "12 tin"}),
]
#: Times of sending in UTC: 17:00 there is 00:00 of the next day in Hà Nội.
_RARE_TIMES = {
    "H1_vu-khcn": "2026-06-19T17:00:00Z",
    "H1_vu-pc_v1": "2026-06-19T16:59:59Z",
    "H1_vu-pc_v2": "2026-06-21T03:00:00+00:00",
}


def write_rare_cases(folder: Path) -> None:
    """Change single cells of workbooks in `folder`; an empty mapping clears the row."""
    for name, sheet, row, cells in _RARE:
        path = folder / f"2026-{name[:2]}" / f"NQ57_2026-{name}.xlsx"
        book = openpyxl.load_workbook(path)
        columns = {cell.value: cell.column_letter for cell in book[sheet][4] if cell.value} | {"B": "B"}
        for label in cells or [label for label in columns if label != "B"]:
            book[sheet][f"{columns[label]}{row}"].value = cells.get(label)
        book.save(path)
    for name, sent_at in _RARE_TIMES.items():
        path = folder / f"2026-{name[:2]}" / "sent.csv"
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        file = f"NQ57_2026-{name}.xlsx"
        lines = [f"{file},{sent_at}," if line.startswith(f"{file},") else line for line in lines]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")


@pytest.fixture(scope="module")
def rare_folder(sample_folder, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("hiem") / "nam"
    shutil.copytree(sample_folder, folder)
    write_rare_cases(folder)
    return folder


@pytest.fixture(scope="module")
def rare_store(rare_folder, tmp_path_factory) -> Store:
    store = tmp_path_factory.mktemp("kho-hiem") / "kho"
    ingest([rare_folder], store)
    return Store(store)


@pytest.fixture(scope="module")
def submissions(counter, submissions_counted, rare_folder) -> dict[bool, list[Any]]:
    """All submissions as the counter reads them: of the synthetic year, and of the one with rare cases."""
    return {False: submissions_counted, True: counter.read_year(rare_folder)}


@pytest.fixture(scope="module")
def count(counter, submissions) -> Callable[..., dict[str, Any]]:
    return lambda period, as_of, rare=False: counter.count(submissions[rare], period, date.fromisoformat(as_of))


@dataclass(frozen=True)
class Both:
    """What a report hands on, what was counted beside it, and what was counted for the period before."""

    glued: dict[str, Any]
    counted: dict[str, Any]
    earlier: dict[str, Any] | None


@pytest.fixture(scope="module", params=_REPORTS)
def both(request, sample_store, rare_store, count) -> Both:
    rare, period, as_of = request.param
    store = (rare_store if rare else sample_store).folder
    if "-" in period:
        report = open_report("semiannual", store=store, period=period, as_of=as_of)
    else:
        report = open_report("annual", store=store, year=int(period), as_of=as_of)
    before = _PREVIOUS[period]
    return Both(collect_results(report), count(period, as_of, rare), count(before, as_of, rare) if before else None)


def pick(rows: list[dict[str, Any]], keys: tuple[str, ...], fields: tuple[str, ...]) -> dict[Any, dict[str, Any]]:
    """Return rows of a report by key; no key twice."""
    found = {tuple(row[key] for key in keys): {field: row[field] for field in fields} for row in rows}
    assert len(found) == len(rows)
    return found


def by_tuple(counted: dict[Any, dict[str, Any]], fields: tuple[str, ...]) -> dict[Any, dict[str, Any]]:
    return {
        key if isinstance(key, tuple) else (key,): {field: line[field] for field in fields}
        for key, line in counted.items()
    }


def test_the_counter_uses_nothing_of_the_library():
    imported = set()
    sources = sorted(_COUNTER.glob("*.py"))
    assert sources
    for node in (node for path in sources for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))):
        if isinstance(node, ast.Import):
            imported |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level <= 1  # its own modules
            imported |= set() if node.level else {(node.module or "").split(".")[0]}
    assert imported <= set(sys.stdlib_module_names) | {"openpyxl", "independent"}


def test_the_rare_cases_change_what_is_counted(count, submissions):
    faults = {s.file for s in submissions[True] if s.fault} - {s.file for s in submissions[False] if s.fault}
    assert len(faults) == 11
    for period in ("2026-H1", "2026-H2", "2026"):
        usual, rare = count(period, "2026-12-25"), count(period, "2026-12-25", rare=True)
        assert {name for name in usual if usual[name] != rare[name]} >= {"reporting", "by_type", "task_status", "kpis"}


def test_the_year_is_worth_counting(count, submissions):
    assert [s.period for s in submissions[False] if s.fault] == ["2026-H1", "2026-H2"]
    assert len(submissions[False]) > 100
    year = count("2026", "2026-12-25")
    whole = year["reporting"]["2026", None]
    assert whole["accepted"] > 90
    assert whole["accepted"] > whole["on_time"] > 80
    for half in ("2026-H1", "2026-H2"):
        line = year["reporting"][half, None]
        assert line["expected"] > line["accepted"] > 40
        figures = count(half, "2026-12-25")
        assert len(figures["late_units"]) > 3
        assert len(figures["missing_units"]) > 3
        assert figures["refused_units"]
        assert sum(revisions > 1 for (period, _), revisions in figures["revisions"].items() if period == half) > 2
    assert len(year["by_type"]) > 15
    assert len(year["by_channel"]) > 8
    assert len({month for month, _ in year["by_month"]}) == 13
    assert count("2026-H2", "2026-12-25")["activities_outside"]  # inside the year, outside its half
    assert year["codes_of_several_units"]
    assert len(year["task_status"]) > 100
    assert len(set(year["task_status"].values())) > 7
    assert year["budget"]["planned_vnd"] > year["budget"]["allocated_vnd"] > year["budget"]["disbursed_vnd"] > 10**10
    for numerator, denominator, _, _ in year["kpis"].values():
        assert denominator > numerator > 50
    assert sum(year["difficulties"].values()) > 100


def test_who_reported_and_who_in_time(both):
    glued, counted = both.glued, both.counted
    whole = counted["reporting"][glued["period"], None]
    for name, numerator in (("completeness", "accepted"), ("timeliness", "on_time")):
        assert glued[name]["numerator"] == whole[numerator]
        assert glued[name]["denominator"] == whole["expected"]
        assert glued[name]["value"] == whole[numerator] / whole["expected"]
        assert pick(glued[f"{name}_by_group"], ("period", "group"), ("numerator", "denominator", "empty")) == {
            key: {"numerator": line[numerator], "denominator": line["expected"], "empty": line["empty"]}
            for key, line in counted["reporting"].items()
        }


def test_which_units_are_late_and_which_are_missing(both):
    glued, counted = both.glued, both.counted
    assert sorted(glued["late_units"]) == counted["late_units"]
    assert sorted(glued["missing_units"]) == counted["missing_units"]


def test_the_figures_stand_on_the_latest_accepted_revision_of_each_unit(both):
    glued, counted = both.glued, both.counted
    used = pick(glued["provenance"]["submissions"], ("period", "unit_id"), ("revision",))
    assert used == {key: {"revision": revisions} for key, revisions in counted["revisions"].items()}


def test_ratios_with_their_coverage(both):
    glued, counted = both.glued, both.counted
    rows = {row["indicator"]: row for row in glued["kpis"]}
    for indicator, (numerator, denominator, reported, expected) in counted["kpis"].items():
        row = rows[indicator]
        assert (row["numerator"], row["denominator"]) == (numerator, denominator), indicator
        assert row["value"] == numerator / denominator
        assert row["coverage"] == reported / expected
        assert (row["reported_units"], row["expected_units"]) == (reported, expected)
        assert row["year"] == 2026
        assert row["target"] is None
        assert row["status"] == "on_watch"
        earlier = both.earlier["kpis"][indicator] if both.earlier else None
        assert row["previous_value"] == (earlier[0] / earlier[1] if earlier else None)


def test_each_product_measure_and_day_is_answered_as_counted_from_the_workbooks(both):
    glued, counted = both.glued, both.counted
    assert {row["product_id"]: (row["owed"], row["found"]) for row in glued["products"]} == counted["products"]
    names = ("asked", "answered", "rows", "quantity")
    assert {row["measure_id"]: tuple(row[name] for name in names) for row in glued["measures"]} == counted["measures"]
    assert {row["event_id"]: (row["activities"], row["units"]) for row in glued["events"]} == counted["events"]
    for row in glued["measures"]:
        assert len(row["silent_units"]) == row["asked"] - row["answered"]


def test_coordination_and_the_network_are_as_counted_from_the_workbooks(both):
    glued, counted = both.glued, both.counted
    roles = ("leading", "coordination", "no_role")
    told = {
        (row["task_id"], role): (row[f"{role}_activities"], row[f"{role}_units"])
        for row in glued["by_task"]
        for role in roles
        if row[f"{role}_activities"]
    }
    assert told == counted["roles"]
    lines = {row["code"]: (row["count"], row["total"]) for row in glued["network"]}
    assert {code: lines[code] for code in counted["network"]} == counted["network"]
    channels = {
        (row["unit_id"], row["activity_type"], row["name"].lower()): (row["first_on"], row["last_on"])
        for row in glued["channels"]
    }
    assert channels == counted["channels"]


def test_the_lines_of_the_units_add_up_to_the_whole(both):
    glued = both.glued
    money = {
        name: sum(row[name] or 0 for row in glued["by_unit"])
        for name in ("planned_vnd", "allocated_vnd", "disbursed_vnd")
    }
    assert money == {name: glued["budget"][name] for name in money}
    for name in ("activities", "quantity"):
        assert sum(row[name] or 0 for row in glued["by_unit"]) == sum(row[name] for row in glued["activities_by_type"])


def test_staff(both):
    glued, counted = both.glued, both.counted
    whole = next(row for row in glued["workforce"] if row["group"] is None)
    assert {name: whole[name] for name in counted["workforce"]} == counted["workforce"]
    assert whole["units"] == counted["kpis"]["staff_reached"][2]
    for name, total in counted["workforce"].items():
        assert sum(row[name] or 0 for row in glued["workforce"] if row["group"] is not None) == total


@pytest.mark.parametrize(
    ("table", "name", "key"),
    [
        ("by_type", "activities_by_type", "activity_type"),
        ("by_channel", "activities_by_channel", "channel"),
    ],
)
def test_activities_by_type_and_channel(both, table, name, key):
    glued, counted = both.glued, both.counted
    fields = ("activities", "quantity", "reach", "reach_reported", "cost_vnd")
    # A type of the period before alone stands in the table with nothing of this one.
    rows = [row for row in glued[name] if row["activities"]]
    assert pick(rows, (key,), fields) == by_tuple(counted[table], fields)
    previous = {row[key]: row["previous_quantity"] for row in glued[name] if row["previous_quantity"]}
    earlier = both.earlier[table] if both.earlier else {}
    assert previous == {code: line["quantity"] for code, line in earlier.items()}


def test_activities_by_month(both):
    glued, counted = both.glued, both.counted
    fields = ("quantity", "reach")
    rows = [row for row in glued["activities_by_month"] if row["quantity"]]
    assert pick(rows, ("month", "activity_type"), fields) == by_tuple(counted["by_month"], fields)


def test_activities_outside_their_window_are_listed(both):
    glued, counted = both.glued, both.counted
    listed = sorted((row["unit_id"], row["period"]) for row in glued["left_out"] if row["table"] == "activities")
    assert listed == counted["activities_outside"]


def test_money(both):
    glued, counted = both.glued, both.counted
    fields = ("planned_vnd", "allocated_vnd", "disbursed_vnd")
    assert {name: glued["budget"][name] for name in fields} == counted["budget"]
    assert glued["budget"]["rate"] == counted["budget"]["disbursed_vnd"] / counted["budget"]["allocated_vnd"]
    assert pick(glued["budget_by_task"], ("task_id",), fields) == by_tuple(counted["budget_by_task"], fields)
    earlier = both.earlier["budget"]["disbursed_vnd"] if both.earlier else None
    assert glued["budget"]["previous_disbursed_vnd"] == earlier


def test_the_status_of_each_task_with_each_unit_that_leads_it(both):
    glued, counted = both.glued, both.counted
    statuses = pick(glued["unit_task_status"], ("task_id", "unit_id"), ("status",))
    assert {key: row["status"] for key, row in statuses.items()} == counted["task_status"]
    summary = pick(glued["task_status"], ("task_id", "status"), ("units",))
    assert {key: row["units"] for key, row in summary.items()} == Counter(
        (task, status) for (task, _), status in counted["task_status"].items()
    )


def test_difficulties(both):
    glued, counted = both.glued, both.counted
    assert {row["category"]: row["count"] for row in glued["difficulties"] if row["count"]} == counted["difficulties"]
