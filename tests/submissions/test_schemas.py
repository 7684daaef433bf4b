"""The gate says what the contract says: types, required fields, limits, keys."""

from __future__ import annotations

from datetime import date

import pandera.polars as pa
import polars as pl
import pytest
from pandera.errors import SchemaErrors

from nq57kit.submissions.contract import TABLES, load_codes
from nq57kit.submissions.findings import load_finding_kinds
from nq57kit.submissions.schemas import Failure, frame_columns, table_schema, validate_tables

GOOD = {
    "cover": {"unit_id": "vu-tccb", "period": "2026-H2"},
    "activities": {"task_id": 1, "name": "A", "activity_type": "hoi_nghi", "channel": "bao_chi", "started_on": date(2026, 8, 1), "quantity": 1},
    "science_tasks": {"code": "A", "name": "B", "level": "bo", "state_funded": True, "start_year": 2025, "end_year": 2026, "communicated": False},
    "workforce": {"staff_total": 8, "staff_reached": 8, "comms_staff_total": 0, "comms_staff_trained": 0},
    "task_progress": {"task_id": 1, "status": "dang_thuc_hien"},
    "budget": {"task_id": 1, "funding_source": "khac", "planned_vnd": 0, "allocated_vnd": 5, "disbursed_vnd": 5},
    "plan_lines": {"line_no": 1, "task_id": 1, "name": "A", "activity_type": "hoi_nghi", "quantity": 1, "due_on": date(2027, 8, 1), "cost_estimate_vnd": 0, "funding_source": "khac"},
    "issues": {"category": "khac", "description": "A"},
}  # fmt: skip


def frame(table, *rows):
    columns = frame_columns(table)
    filled = [{**dict.fromkeys(columns), **GOOD[table], **row} for row in rows]
    return pl.DataFrame(filled, schema=columns, orient="row")


def failures(table, *rows, **columns):
    made = frame(table, *rows).with_columns(**{name: pl.Series(values) for name, values in columns.items()})
    return validate_tables({table: made}).get(table, [])


@pytest.mark.parametrize("table", TABLES)
def test_a_row_with_only_what_is_required_passes(table):
    assert failures(table, {}) == []
    assert isinstance(table_schema(table), pa.DataFrameSchema)


@pytest.mark.parametrize("table", TABLES)
def test_each_required_field_is_required_and_no_other(table):
    for field in TABLES[table].fields:
        found = [one for one in failures(table, {field.name: None}) if one.code == "value-required"]
        assert found == ([Failure(0, field.name, "value-required")] if field.required else []), field.name


def test_every_check_is_named_after_a_finding():
    for table in TABLES:
        for column in table_schema(table).columns.values():
            assert {check.name for check in column.checks} <= set(load_finding_kinds())


@pytest.mark.parametrize("table", TABLES)
def test_limits_and_lists_of_each_field_hold(table):
    for field in TABLES[table].fields:
        if field.minimum is not None:
            assert Failure(0, field.name, "below-minimum") in failures(table, {field.name: field.minimum - 1})
        if field.maximum is not None:
            assert Failure(0, field.name, "above-maximum") in failures(table, {field.name: field.maximum + 1})
        if field.codes:
            assert failures(table, {field.name: "la"}) == [Failure(0, field.name, "code-not-listed")]
            for code in load_codes(field.codes):
                assert not [one for one in failures(table, {field.name: code}) if one.field == field.name]


@pytest.mark.parametrize(
    ("table", "row", "field", "code"),
    [
        ("workforce", {"staff_reached": 9}, "staff_reached", "above-other"),
        ("workforce", {"comms_staff_trained": 1}, "comms_staff_trained", "above-other"),
        ("budget", {"disbursed_vnd": 6}, "disbursed_vnd", "above-other"),
        ("activities", {"ended_on": date(2026, 7, 31)}, "ended_on", "before-other"),
        ("science_tasks", {"end_year": 2024}, "end_year", "before-other"),
        ("science_tasks", {"communicated": True}, "communicated_on", "required-if"),
        ("task_progress", {"status": "chua_thuc_hien"}, "explanation", "explanation-required"),
        ("task_progress", {"status": "khong_phat_sinh"}, "explanation", "explanation-required"),
    ],
)
def test_rules_between_two_fields(table, row, field, code):
    assert failures(table, {}, row | ({"task_id": 2} if table == "task_progress" else {"code": "B"} if table == "science_tasks" else {})) == [Failure(1, field, code)]  # fmt: skip


@pytest.mark.parametrize(("table", "key"), [("task_progress", "task_id"), ("science_tasks", "code")])
def test_a_key_is_unique_within_a_submission_and_free_between_them(table, key):
    assert failures(table, {}, {}) == [Failure(1, key, "row-repeated")]
    assert failures(table, {}, {}, _submission=[0, 1]) == []
    assert failures(table, {}, {}, {}, _submission=[0, 1, 1]) == [Failure(2, key, "row-repeated")]


def test_missing_values_pass_the_rules_that_need_them():
    assert failures("budget", {"allocated_vnd": None}) == [Failure(0, "allocated_vnd", "value-required")]


def test_the_public_schema_refuses_a_bad_frame_and_lets_the_stores_columns_through():
    table_schema("workforce").validate(frame("workforce", {}).with_columns(unit_id=pl.lit("vu-tccb")))
    with pytest.raises(SchemaErrors):
        table_schema("workforce").validate(frame("workforce", {"staff_total": 1}), lazy=True)
