"""Every figure of a report on the synthetic year equals a count by other means (`tests/independent.py`)."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from nq57kit.reports import collect_results, open_report

pytestmark = pytest.mark.slow

_COUNTER = Path(__file__).resolve().parent.parent / "independent.py"
_PREVIOUS = {"2026-H1": None, "2026-H2": "2026-H1", "2026": None}
#: The three reports of the year after the deadlines, and two drawn while units were still sending.
_REPORTS = [
    pytest.param(("2026-H1", "2026-06-25"), id="first half"),
    pytest.param(("2026-H2", "2026-12-25"), id="second half"),
    pytest.param(("2026", "2026-12-25"), id="year"),
    pytest.param(("2026-H1", "2026-06-17"), id="first half, drawn early"),
    pytest.param(("2026", "2026-12-17"), id="year, drawn early"),
]


@pytest.fixture(scope="module")
def counter() -> ModuleType:
    spec = importlib.util.spec_from_file_location("nq57kit_tests_independent", _COUNTER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def submissions(counter, sample_folder) -> list[Any]:
    return counter.read_year(sample_folder)


@pytest.fixture(scope="module")
def count(counter, submissions) -> Callable[[str, str], dict[str, Any]]:
    return lambda period, as_of: counter.count(submissions, period, date.fromisoformat(as_of))


@pytest.fixture(scope="module", params=_REPORTS)
def both(request, sample_store, count) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the report hands on, and what was counted beside it."""
    period, as_of = request.param
    if "-" in period:
        report = open_report("semiannual", store=sample_store.folder, period=period, as_of=as_of)
    else:
        report = open_report("annual", store=sample_store.folder, year=int(period), as_of=as_of)
    return collect_results(report), count(period, as_of)


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
    for node in ast.walk(ast.parse(_COUNTER.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").split(".")[0])
    assert imported <= set(sys.stdlib_module_names) | {"openpyxl"}


def test_the_year_is_worth_counting(count, submissions):
    faults = [s for s in submissions if s.fault]
    assert [s.period for s in faults] == ["2026-H1", "2026-H2"]
    assert len(submissions) > 100
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
    assert year["activities_outside"]
    assert year["codes_of_several_units"]
    assert len(year["task_status"]) > 100
    assert len(set(year["task_status"].values())) > 7
    assert year["budget"]["planned_vnd"] > year["budget"]["allocated_vnd"] > year["budget"]["disbursed_vnd"] > 10**10
    for numerator, denominator, _, _ in year["kpis"].values():
        assert denominator > numerator > 50
    assert sum(year["difficulties"].values()) > 100


def test_who_reported_and_who_in_time(both):
    glued, counted = both
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
    glued, counted = both
    assert sorted(glued["late_units"]) == counted["late_units"]
    assert sorted(glued["missing_units"]) == counted["missing_units"]


def test_the_figures_stand_on_the_latest_accepted_revision_of_each_unit(both):
    glued, counted = both
    used = pick(glued["provenance"]["submissions"], ("period", "unit_id"), ("revision",))
    assert used == {key: {"revision": revisions} for key, revisions in counted["revisions"].items()}


def test_ratios_with_their_coverage(both, count):
    glued, counted = both
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
        before = _PREVIOUS[glued["period"]]
        if before is None:
            assert row["previous_value"] is None
        else:
            earlier = count(before, glued["as_of"])["kpis"][indicator]
            assert row["previous_value"] == earlier[0] / earlier[1]


def test_staff(both):
    glued, counted = both
    whole = next(row for row in glued["workforce"] if row["group"] is None)
    assert {name: whole[name] for name in counted["workforce"]} == counted["workforce"]
    assert whole["units"] == counted["kpis"]["staff_reached"][2]
    for name, total in counted["workforce"].items():
        assert sum(row[name] for row in glued["workforce"] if row["group"] is not None) == total


@pytest.mark.parametrize(
    ("table", "name", "key"),
    [
        ("by_type", "activities_by_type", "activity_type"),
        ("by_channel", "activities_by_channel", "channel"),
    ],
)
def test_activities_by_type_and_channel(both, count, table, name, key):
    glued, counted = both
    fields = ("activities", "quantity", "reach", "reach_reported", "cost_vnd")
    # A type of the period before alone stands in the table with nothing of this one.
    rows = [row for row in glued[name] if row["activities"]]
    assert pick(rows, (key,), fields) == by_tuple(counted[table], fields)
    before = _PREVIOUS[glued["period"]]
    previous = {row[key]: row["previous_quantity"] for row in glued[name] if row["previous_quantity"]}
    earlier = count(before, glued["as_of"])[table] if before else {}
    assert previous == {code: line["quantity"] for code, line in earlier.items()}


def test_activities_by_month(both):
    glued, counted = both
    fields = ("quantity", "reach")
    rows = [row for row in glued["activities_by_month"] if row["quantity"]]
    assert pick(rows, ("month", "activity_type"), fields) == by_tuple(counted["by_month"], fields)


def test_activities_outside_their_window_are_listed(both):
    glued, counted = both
    listed = sorted((row["unit_id"], row["period"]) for row in glued["left_out"] if row["table"] == "activities")
    assert listed == counted["activities_outside"]


def test_money(both, count):
    glued, counted = both
    fields = ("planned_vnd", "allocated_vnd", "disbursed_vnd")
    assert {name: glued["budget"][name] for name in fields} == counted["budget"]
    assert glued["budget"]["rate"] == counted["budget"]["disbursed_vnd"] / counted["budget"]["allocated_vnd"]
    assert pick(glued["budget_by_task"], ("task_id",), fields) == by_tuple(counted["budget_by_task"], fields)
    before = _PREVIOUS[glued["period"]]
    earlier = count(before, glued["as_of"])["budget"]["disbursed_vnd"] if before else None
    assert glued["budget"]["previous_disbursed_vnd"] == earlier


def test_the_status_of_each_task_with_each_unit_that_leads_it(both):
    glued, counted = both
    statuses = pick(glued["unit_task_status"], ("task_id", "unit_id"), ("status",))
    assert {key: row["status"] for key, row in statuses.items()} == counted["task_status"]
    summary = pick(glued["task_status"], ("task_id", "status"), ("units",))
    assert {key: row["units"] for key, row in summary.items()} == Counter(
        (task, status) for (task, _), status in counted["task_status"].items()
    )


def test_difficulties(both):
    glued, counted = both
    assert {row["category"]: row["count"] for row in glued["difficulties"] if row["count"]} == counted["difficulties"]
