"""The scorecard of a unit: what is read first, beside its peer group."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from nq57kit.indicators.unit import compute_unit
from nq57kit.reports.report import read_inputs
from nq57kit.show import scorecard
from nq57kit.show.blocks import Figure, KeyFigures

if TYPE_CHECKING:
    from collections.abc import Callable

    from nq57kit.indicators.unit import UnitResults
    from nq57kit.plan import Plan
    from nq57kit.show.blocks import Block
    from nq57kit.store import Store


def test_the_summary_says_first_what_came_of_the_report(
    words: Callable[[Block], str], card_of: Callable[..., UnitResults]
) -> None:
    said = {
        unit: words(scorecard.summarise(card_of(unit))).splitlines()[0]
        for unit in ("vu-tccb", "tt-cntt", "dn-tnmtvn", "thanh-tra")
    }
    assert said["vu-tccb"] == (
        "- Đơn vị gửi báo cáo 6 tháng cuối năm 2026 lúc 16:53 ngày 17/12/2026, đúng thời hạn (trước ngày 20/12/2026)."
    )
    assert "chưa nhận được báo cáo" in said["tt-cntt"]
    assert "thời hạn gửi (trước ngày 20/12/2026) đã qua" in said["tt-cntt"]
    assert "có lỗi nên chưa được chấp nhận" in said["dn-tnmtvn"]
    assert "không có nội dung nên không tính là gửi đúng hạn" in said["thanh-tra"]


def test_key_figures_are_five_and_the_chart_has_its_data(card: UnitResults) -> None:
    figures = scorecard.pick_key_figures(card)
    assert isinstance(figures, KeyFigures)
    assert len(figures.items) == 5
    chart = scorecard.chart_peers(card)
    if isinstance(chart, Figure):
        assert chart.data == scorecard.tabulate_ratios(card)


def test_a_unit_that_the_register_does_not_know_is_refused(sample_store: Store, plan: Plan) -> None:
    from nq57kit.errors import PlanError

    inputs = read_inputs(sample_store.snapshot(), plan, plan.period("2026-H2"), date(2026, 12, 25))
    with pytest.raises(PlanError, match="«khong-co»"):
        compute_unit(inputs, "khong-co")
