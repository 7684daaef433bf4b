from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nq57kit.show import tables
from nq57kit.show.blocks import Table

if TYPE_CHECKING:
    from nq57kit.indicators.model import Results


@pytest.mark.parametrize("name", tables.__all__)
def test_every_table_has_a_title_and_can_be_empty(name: str, results: Results, empty_results: Results) -> None:
    full, empty = getattr(tables, name)(results), getattr(tables, name)(empty_results)
    assert isinstance(full, Table)
    assert full.title
    assert full.rows
    assert isinstance(empty, Table)
    assert all(len(row) == len(empty.columns) for row in empty.formatted())


@pytest.mark.parametrize(
    "name", ["by_type_table", "by_channel_table", "by_group_table", "task_summary_table", "difficulties_table"]
)
def test_totals_are_the_sums_of_the_rows_above(name: str, results: Results) -> None:
    table = getattr(tables, name)(results)
    assert table.total
    for index, column in enumerate(table.columns):
        if column.kind in {"number", "money"}:
            above = [row[index] for row in table.rows[:-1] if row[index] is not None]
            assert table.rows[-1][index] == sum(above)


def test_nothing_reported_is_no_zero(results: Results) -> None:
    table = tables.by_type_table(results)
    video = next(row for row in table.formatted() if row[0] == "Video, clip")
    assert "–" not in video
    assert any("không có số liệu" in note for note in tables.reporting_table(results).notes)


def test_2026_asks_for_no_number(results: Results) -> None:
    table = tables.kpi_table(results)
    at = [column.name for column in table.columns].index("target")
    assert {row[at] for row in table.rows} == {"chưa áp dụng", "định tính"}
    assert any("chưa áp dụng chỉ tiêu định lượng" in note for note in table.notes)


def test_every_unit_stands_in_the_reporting_table_with_its_state(results: Results) -> None:
    table = tables.reporting_table(results)
    assert len(table.rows) == results.inputs.units.height
    states = {row[2] for row in table.rows}
    assert {"Đúng hạn", "Gửi muộn", "Không gửi"} <= states


def test_before_the_deadline_a_missing_unit_has_not_yet_sent(empty_results: Results) -> None:
    assert {row[2] for row in tables.reporting_table(empty_results).rows} == {"Chưa gửi"}


def test_unverified_units_are_counted(results: Results) -> None:
    counted = {row[0]: row[1] for row in tables.units_basis_table(results).rows}
    expected = sum(basis == "unverified" for basis in results.inputs.units["basis"])
    assert counted["Chưa xác minh"] == expected
    assert counted["Tổng số"] == results.inputs.units.height
