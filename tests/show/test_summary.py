"""The summary: five figures, each verdict once."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    assert text.count("chưa áp dụng chỉ tiêu định lượng") == 1
    assert "2 mục tiêu định tính chưa được đánh giá: hình thành mạng lưới truyền thông;" in text
    met = kpi(results, numerator=1, denominator=2, value=0.5, status="met", year=2027, target=0.5, comparator=">=")
    assert "Đạt 1 chỉ tiêu định lượng: tỷ lệ nhiệm vụ" in summary.summarise(met).as_text()
