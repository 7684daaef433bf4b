"""Proposals: a figure first, no threshold of their own, nothing before the deadline."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from nq57kit.show import proposals

if TYPE_CHECKING:
    from collections.abc import Callable

    from nq57kit.indicators.model import Results


def test_proposals_begin_with_their_figures_and_are_marked_as_a_draft(results: Results) -> None:
    text = proposals.show(results).as_text()
    assert text.startswith("Bản nháp để người soạn thảo sửa")
    late = results.task_status.filter(pl.col("status").is_in(["dang_thuc_hien_qua_han", "chua_thuc_hien_qua_han"]))
    for count in late.group_by("task_id").len()["len"]:
        assert f"({count} đơn vị)" in text
    # 41,1% of 90 tasks are 37; half of them, asked in 2027, are 45.
    assert "mục tiêu năm 2027 là ít nhất 50%; còn thiếu 8 trên 90" in text
    budget = results.budget.row(0, named=True)
    rest = budget["allocated_vnd"] - budget["disbursed_vnd"]
    assert f"Còn {rest // 1_000_000},{rest // 100_000 % 10} triệu đồng" in text
    assert "16 đơn vị chưa xác minh" in text


def test_what_is_exactly_met_or_has_no_base_is_not_proposed(kpi: Callable[..., Results], results: Results) -> None:
    given = {"year": 2030, "target": 0.7, "comparator": ">=", "status": "not_met"}
    short = kpi(results, numerator=6, denominator=10, value=0.6, **given)
    assert "còn thiếu 1 trên 10" in proposals.show(short).as_text()
    for numerator, denominator in ((7, 10), (0, 0)):
        whole = kpi(results, numerator=numerator, denominator=denominator, value=0.7, **given)
        assert "còn thiếu" not in proposals.show(whole).as_text()


def test_before_the_deadline_nobody_is_reminded(build: Callable[..., Results]) -> None:
    text = proposals.show(build(as_of=date(2026, 12, 19))).as_text()
    assert "đôn đốc" not in text
