"""A pandera schema for each table of the plan: types, keys, ranges and closed lists.

In: typed tables (never lazy frames: pandera would check their columns only). Out: nothing, or a PlanError
whose sentence is made from the failure's row, column and check. What binds tables together is in `rules`.
"""

from __future__ import annotations

from functools import cache

import pandera.polars as pa
import polars as pl
from pandera.errors import SchemaErrors

from nq57kit.errors import PlanError
from nq57kit.plan.tables import TABLES, TYPES, Column, Table

__all__ = ["check_table", "schema_of"]

_MAY_BE_EMPTY = {"ambiguous"}


def _one_of(*choices: str) -> pa.Check:
    return pa.Check.isin(list(choices), error="không có trong danh sách; ghi một trong: " + ", ".join(choices))


def _between(low: int, high: int) -> pa.Check:
    return pa.Check.in_range(low, high, error=f"không hợp lệ; ghi một số từ {low} đến {high}")


_SLUG = pa.Check.str_matches(
    r"^[a-z0-9]+(-[a-z0-9]+)*$", error="không phải là mã; ghi chữ thường không dấu, chữ số và dấu gạch nối"
)
_NAME = pa.Check.str_matches(
    r"^[a-z][a-z0-9_]*$", error="không phải là mã; ghi chữ thường không dấu, chữ số và dấu gạch dưới"
)

#: The checks of a column, by table; `error` says what is wrong and, after «;», what to write.
_CHECKS: dict[str, dict[str, pa.Check]] = {
    "groups": {"group": _NAME, "order": _between(1, 999)},
    "units": {"unit_id": _SLUG, "basis": _one_of("plan", "law", "unverified", "plan-unverified")},
    "ambiguous": {},
    "tasks": {
        "task_id": _between(1, 999),
        "cadence": _one_of("annual", "continuous", "annual_continuous", "span", "by_date"),
        "due_year": _between(2000, 2100),
    },
    "measures": {},
    "duties": {},
    "indicators": {"indicator": _NAME, "kind": _one_of("ratio", "qualitative", "reporting")},
    "targets": {
        "year_from": _between(2000, 2100),
        "year_to": _between(2000, 2100),
        "comparator": _one_of(">=", "=", "qualitative"),
        "value": _between(0, 100),
        "unit_of_measure": _one_of("%"),
    },
    "deadlines": {
        "who": _one_of("units", "ministry", "on_request"),
        "period_kind": _one_of("H1", "H2", "year"),
        "month": _between(1, 12),
        "day": _between(1, 31),
    },
    "events": {"month": _between(1, 12), "day": _between(1, 31)},
}


@cache
def schema_of(name: str) -> pa.DataFrameSchema:
    """Return the strict schema of table `name`; its first column is unique, nothing is coerced."""

    def column(index: int, spec: Column) -> pa.Column:
        return pa.Column(
            TYPES[spec.kind],
            _CHECKS[name].get(spec.name),
            nullable=not spec.required,
            unique=index == 0,
        )

    columns = {spec.name: column(index, spec) for index, spec in enumerate(TABLES[name])}
    return pa.DataFrameSchema(columns, name=name, strict=True, coerce=False)


def check_table(table: Table) -> None:
    """Raise PlanError for the first row of `table` that its schema refuses."""
    if table.frame.is_empty() and table.name not in _MAY_BE_EMPTY:
        raise PlanError(f"{table.file}, dòng 2: bảng chưa có dòng nào; ghi ít nhất một dòng dưới dòng tên cột.")
    try:
        schema_of(table.name).validate(table.frame, lazy=True)
    except SchemaErrors as errors:
        raise _sentence(table, errors.failure_cases) from None


def _sentence(table: Table, failures: pl.DataFrame) -> PlanError:
    """Return the PlanError of the failure that stands first in the file."""
    located = failures.filter(pl.col("index").is_not_null())
    if located.is_empty():  # a defect of the reader, not of a row: the table was typed before
        return PlanError(f"{table.file}, dòng 1: bảng không đúng cấu trúc; so lại tên cột với bảng mẫu.")
    for failure in located.sort("index").iter_rows(named=True):
        row, column, check = failure["index"], failure["column"], failure["check"]
        value = table.frame[column][row]
        if check == "field_uniqueness":
            first = table.frame[column].index_of(value)
            if first == row:
                continue
            do = "mỗi dòng cần một mã riêng"
            return table.wrong(table.lines[row], column, f"«{value}» đã có ở dòng {table.lines[first or 0]}", do)
        what, _, do = check.partition("; ")
        shown = f"{value:g}" if isinstance(value, float) else value
        return table.wrong(table.lines[row], column, f"«{shown}» {what}", do)
    raise AssertionError(failures)  # pragma: no cover
