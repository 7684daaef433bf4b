"""The summary: five figures, each verdict once; proposals: a figure first, no threshold, nothing before the deadline."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from nq57kit.show import summary
from nq57kit.show.blocks import KeyFigures

if TYPE_CHECKING:
    from collections.abc import Callable

    from nq57kit.indicators.model import Results


def test_there_are_five_key_figures_each_with_target_or_coverage(results: Results) -> None:
    block = summary.pick_key_figures(results)
    assert isinstance(block, KeyFigures)
    assert len(block.items) == 5
    assert all(item.coverage and item.change for item in block.items)


def test_the_summary_says_each_verdict_once(kpi: Callable[..., Results], results: Results) -> None:
    text = summary.summarise(results).as_text()
    assert text.count("chưa đặt chỉ tiêu định lượng") == 1
    assert "2 mục tiêu định tính chưa được đánh giá: hình thành mạng lưới truyền thông;" in text
    met = kpi(results, numerator=1, denominator=2, value=0.5, status="met", year=2027, target=0.5, comparator=">=",
              judged=True)  # fmt: skip
    assert "Đạt 1 chỉ tiêu định lượng: tỷ lệ nhiệm vụ" in summary.summarise(met).as_text()


def test_proposals_begin_with_their_figures_and_are_marked_as_a_draft(results: Results) -> None:
    text = summary.show_proposals(results).as_text()
    assert text.startswith("Bản nháp để người soạn thảo sửa")
    late = results.task_status.filter(pl.col("status").is_in(["dang_thuc_hien_qua_han", "chua_thuc_hien_qua_han"]))
    for count in late.group_by("task_id").len()["len"]:
        assert f"({count} đơn vị)" in text
    # 41,1% of 90 tasks are 37; half of them, asked in 2027, are 45. Of 46 of 58 units nobody can say what is wanting.
    assert "cần thêm" not in text
    whole = replace(results, kpis=results.kpis.with_columns(reported_units="expected_units"))
    asked = "mục tiêu năm 2027 là ít nhất 50%; cần thêm 8 nhiệm vụ (trong 90 nhiệm vụ)"
    assert asked in summary.show_proposals(whole).as_text()
    budget = results.budget.row(0, named=True)
    rest = budget["allocated_vnd"] - budget["disbursed_vnd"]
    assert f"Còn {rest // 1_000_000},{rest // 100_000 % 10} triệu đồng" in text
    assert "16 đơn vị chưa xác minh" in text


def test_what_is_exactly_met_or_has_no_base_is_not_proposed(kpi: Callable[..., Results], results: Results) -> None:
    given = {"year": 2030, "target": 0.7, "comparator": ">=", "status": "not_met", "reported_units": 58}
    short = kpi(results, numerator=6, denominator=10, value=0.6, **given)
    assert "cần thêm 1 nhiệm vụ (trong 10 nhiệm vụ)" in summary.show_proposals(short).as_text()
    for numerator, denominator in ((7, 10), (0, 0)):
        whole = kpi(results, numerator=numerator, denominator=denominator, value=0.7, **given)
        assert "cần thêm" not in summary.show_proposals(whole).as_text()


def test_before_the_deadline_nobody_is_reminded(build: Callable[..., Results]) -> None:
    text = summary.show_proposals(build(as_of=date(2026, 12, 19))).as_text()
    assert "chưa gửi báo cáo" not in text
