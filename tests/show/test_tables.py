from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nq57kit.show import tables
from nq57kit.show.blocks import Column, Table
from nq57kit.show.markup import block_html
from nq57kit.show.widths import column_shares
from nq57kit.text import sort_key

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


def test_long_lists_are_in_the_order_of_the_vietnamese_alphabet_under_headings(results: Results) -> None:
    reporting, progress = tables.reporting_table(results), tables.task_units_table(results)
    for table in (reporting, progress):
        assert len(table.headings) == len(table.rows)
        for heading in set(table.headings):
            own = [row[1] for row, above in zip(table.rows, table.headings, strict=True) if above == heading]
            assert own == sorted(own, key=sort_key)
    schools = [row[1] for row in reporting.rows if str(row[1]).startswith("Trường Đại học")]
    assert schools.index("Trường Đại học Nông - Lâm Bắc Giang") < schools.index("Trường Đại học Thủy lợi")


def test_a_heading_is_shown_once_above_its_rows_in_place_of_the_first_column(results: Results) -> None:
    table = tables.task_units_table(results)
    html = block_html(table)
    assert html.count('scope="rowgroup"') == len(set(table.headings))
    assert ">TT</th>" not in html
    assert html.count("<tbody>") == len(set(table.headings))


def test_columns_are_as_wide_as_what_stands_in_them() -> None:
    hashes = Table("t", (Column("u", "Đơn vị"), Column("h", "Mã băm")), (("Vụ A", "0123456789abcdef" * 4),) * 3)
    narrow, wide = column_shares(hashes)
    assert wide > 50 > narrow > 4
    many = Table("t", tuple(Column(str(n), f"Cột {n}") for n in range(20)), (("nghiêng",) * 20,))
    assert abs(sum(column_shares(many)) - 100) < 1
    headed = Table("t", (Column("a", "A"), Column("b", "B")), (("x", "y"),), headings=("x",))
    assert column_shares(headed) == [0.0, 100.0]
    assert sum(column_shares(Table("t", (Column("a", "A"), Column("b", "B")), ()))) == 100
