"""Who reported: the marks seen first, names and counts, one and none, a unit's sendings."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from nq57kit.show import reporting

if TYPE_CHECKING:
    from collections.abc import Callable

    from nq57kit.indicators.model import Results
    from nq57kit.indicators.unit import UnitResults
    from nq57kit.show.blocks import Block
    from nq57kit.store import Store


def test_units_are_named_in_a_table_and_beyond_ten_counted(results: Results, build: Callable[..., Results]) -> None:
    rows = [row for one in (results, build(units=500)) for row in reporting.describe(one).parts[-1].rows]  # type: ignore[attr-defined]
    missing, *_, many = (row for row in rows if row[0] == "Chưa gửi báo cáo, đã quá hạn")
    assert missing[1] == 5
    assert missing[2].startswith("Thanh tra Bộ; Cục Quản lý đất đai; ")
    assert many[2].endswith(" và 35 đơn vị khác")


def test_one_unit_and_no_unit_read_well(build: Callable[..., Results], empty_results: Results) -> None:
    one = reporting.describe(build(units=1)).as_text()
    assert "tất cả 1 đơn vị phải báo cáo" in one
    assert "được chấp nhận, gửi đúng hạn." in one
    assert "chưa có báo cáo nào của 58 đơn vị" in reporting.describe(empty_results).as_text()


def test_draft_provisional_and_first_period_are_marked(
    results: Results, build: Callable[..., Results], empty_results: Results
) -> None:
    assert "DỰ THẢO" in reporting.mark_state(results).as_text()
    assert "tạm tính" not in reporting.mark_state(results).as_text()
    assert "chính thức" in reporting.mark_state(results).as_text()
    for provisional in (build(as_of=date(2026, 12, 19)), build(locked=False)):
        assert "tạm tính" in reporting.mark_state(provisional).as_text()
        assert "chính thức" not in reporting.mark_state(provisional).as_text()
    assert "kỳ báo cáo đầu tiên" in reporting.mark_state(empty_results).as_text()


def test_every_unit_stands_in_the_reporting_table_with_its_state(results: Results) -> None:
    table = reporting.tabulate_units(results)
    assert len(table.rows) == results.inputs.units.height
    states = {row[2] for row in table.rows}
    assert {"Đúng hạn", "Gửi muộn", "Chưa gửi báo cáo, đã quá hạn"} <= states


def test_before_the_deadline_a_missing_unit_has_not_yet_sent(empty_results: Results) -> None:
    assert {row[2] for row in reporting.tabulate_units(empty_results).rows} == {"Chưa gửi báo cáo"}


def test_unverified_units_are_counted(results: Results) -> None:
    counted = {row[0]: row[1] for row in reporting.tabulate_basis(results).rows}
    expected = sum(basis == "unverified" for basis in results.inputs.units["basis"])
    assert counted["Chưa xác minh"] == expected
    assert counted["Tổng số"] == results.inputs.units.height


def test_the_first_period_is_not_overdue_and_an_open_one_names_its_deadline(
    words: Callable[[Block], str],
    card_of: Callable[..., UnitResults],
) -> None:
    first = card_of("hv-nongnghiep", "2026-H1", date(2026, 6, 25))
    assert "không bị tính là quá hạn" in words(reporting.describe_sending(first))
    early = card_of("tt-cntt", as_of=date(2026, 12, 1))
    assert "thời hạn gửi là trước ngày 20/12/2026 (ngày làm việc cuối cùng trước thời hạn là 18/12/2026)" in words(
        reporting.describe_sending(early)
    )


def test_a_late_report_says_by_how_many_days(
    words: Callable[[Block], str], sample_store: Store, card_of: Callable[..., UnitResults]
) -> None:
    late = sample_store.receipts("2026-H2").filter(pl.col("is_first") & ~pl.col("on_time")).row(0, named=True)
    days = (late["sent_at"].date() - date(2026, 12, 19)).days
    assert f"sau thời hạn (trước ngày 20/12/2026) {days} ngày" in words(
        reporting.describe_sending(card_of(late["unit_id"]))
    )
