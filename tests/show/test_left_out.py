"""What was found in a unit's reports: sheet and cell, without contact data."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from nq57kit.indicators.unit import ERRORS
from nq57kit.show import left_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from nq57kit.indicators.unit import UnitResults
    from nq57kit.show.blocks import Block
    from nq57kit.store import Store


def test_a_refused_report_tells_sheet_and_cell_of_what_must_be_mended(card_of: Callable[..., UnitResults]) -> None:
    (table, *_) = left_out.show_unit(card_of("dn-tnmtvn")).items  # type: ignore[attr-defined]
    assert table.title == "Lỗi phải sửa trong báo cáo chưa được chấp nhận (6 tháng cuối năm 2026)"
    assert [row[1:3] for row in table.rows] == [("Hoạt động", "G5"), ("Nhân lực", "B6")]
    assert "khoảng 20" in table.rows[0][3]


def test_a_finding_about_contact_data_does_not_show_it(
    words: Callable[[Block], str], card_of: Callable[..., UnitResults]
) -> None:
    row = (
        "2026-H2",
        "error",
        "value-required",
        "cover",
        "contact_email",
        "Thông tin chung",
        "B9",
        "ai.do@vidu.example",
    )
    card = replace(card_of("dn-tnmtvn"), errors=pl.DataFrame([row], schema=ERRORS, orient="row"))
    said = words(left_out.show_unit(card))
    assert "vidu.example" not in said
    assert "Thiếu giá trị bắt buộc" in said


def test_warnings_of_the_last_workbook_stand_with_sheet_and_cell(
    words: Callable[[Block], str], sample_store: Store, card_of: Callable[..., UnitResults]
) -> None:
    warning = sample_store.findings("2026-H2").filter(pl.col("cell").is_not_null()).row(0, named=True)
    said = words(left_out.show_unit(card_of(warning["unit_id"])))
    for part in (warning["sheet"], warning["cell"], warning["message"], "Điểm cần lưu ý"):
        assert part in said
