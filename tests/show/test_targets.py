"""Targets: a verdict only where the status says so, comparisons with their base."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from nq57kit.show import summary, targets
from nq57kit.show.blocks import Blocks

if TYPE_CHECKING:
    from collections.abc import Callable

    from nq57kit.indicators.model import Results


def test_2026_has_no_numeric_verdict(results: Results) -> None:
    text = targets.describe(results).as_text()
    asked = "Kế hoạch chưa đặt chỉ tiêu định lượng cho năm 2026; mục tiêu gần nhất: năm 20"
    assert text.count(asked) == 3
    assert "mục tiêu gần nhất: năm 2027, ít nhất 50%" in text
    assert "đạt mục tiêu" not in text
    assert "chưa đánh giá" in text


def test_a_target_is_called_met_only_where_its_status_says_so(kpi: Callable[..., Results], results: Results) -> None:
    numbers = {"year": 2027, "target": 0.5, "comparator": ">=", "judged": True}
    near = kpi(results, numerator=1249, denominator=2500, value=0.4996, status="not_met", **numbers)
    text = targets.describe(near).as_text()
    assert (
        "49,96% (1.249/2.500), tạm tính theo 46/58 đơn vị; mục tiêu năm 2027 là ít nhất 50%, chưa đạt mục tiêu" in text
    )
    met = kpi(results, numerator=1, denominator=2, value=0.5, status="met", **numbers)
    assert "50,0% (1/2), tạm tính theo 46/58 đơn vị; mục tiêu năm 2027 là ít nhất 50%, đạt mục tiêu" in (
        targets.describe(met).as_text()
    )
    unsure = kpi(results, numerator=4, denominator=10, value=0.4, low=0.4, high=0.7, status="insufficient", **numbers)
    said = targets.describe(unsure).as_text()
    assert "chưa đủ căn cứ để kết luận" in said
    assert "từ 40,0% đến 70,0%" in said
    for given in (near, unsure):
        assert not re.search(r"(?<!chưa )đạt mục tiêu", summary.summarise(given).as_text())


def test_comparison_says_its_base_or_that_there_is_none(
    kpi: Callable[..., Results], results: Results, build: Callable[..., Results]
) -> None:
    june = build("2027-H1")
    up = kpi(june, value=0.52, compared_value=0.5, previous_value=0.41, compared_units=44)
    base = "tăng 9,0 điểm phần trăm so với 6 tháng đầu năm 2026 (41,0% → 50,0%, tính trên 44 đơn vị có số liệu ở cả hai kỳ)"
    assert base in targets.describe(up).as_text()
    same = kpi(june, value=0.5, compared_value=0.5, previous_value=0.5, compared_units=2)
    assert "không thay đổi đáng kể so với 6 tháng đầu năm 2026 (50,0%, tính trên 2" in targets.describe(same).as_text()
    assert "năm đầu thực hiện Kế hoạch, chưa có số liệu năm trước" in targets.describe(results).as_text()
    assert "không có số liệu năm 2026 của cùng đơn vị để so sánh" in targets.describe(build("2027")).as_text()


def test_the_head_of_a_column_names_the_period_compared_with(build: Callable[..., Results]) -> None:
    june = build("2027-H1")
    kpis = june.kpis.with_columns(compared_value=pl.lit(0.5), previous_value=pl.lit(0.41))
    heads = [column.label for column in targets.tabulate_kpis(replace(june, kpis=kpis)).columns]
    assert "6 tháng đầu năm 2026" in heads
    assert len(targets.tabulate_kpis(june).columns) == len(heads) - 1


def test_2026_asks_for_no_number(results: Results) -> None:
    table = targets.tabulate_kpis(results)
    at = [column.name for column in table.columns].index("target")
    assert {row[at] for row in table.rows} == {"chưa đặt", "định tính"}
    assert any("chưa đặt chỉ tiêu định lượng" in note for note in table.notes)


def test_ratios_stand_beside_those_of_the_period_before_or_not_at_all(
    texts_of: Callable[[str], str], results: Results, build: Callable[..., Results]
) -> None:
    assert targets.chart_ratios(results) == Blocks([])
    june = build("2027-H1")
    kpis = june.kpis.with_columns(previous_value=pl.lit(0.205), compared_value=pl.lit(0.411))
    shown = texts_of(targets.chart_ratios(replace(june, kpis=kpis)).svg)  # type: ignore[attr-defined]
    for text in ("6 tháng đầu năm 2027", "6 tháng đầu năm 2026", "41,1%", "20,5%"):
        assert text in shown


def test_targets_are_written_on_their_chart(texts_of: Callable[[str], str], results: Results) -> None:
    shown = texts_of(targets.chart_targets(results).svg)  # type: ignore[attr-defined]
    for text in ("≥ 50%", "≥ 80%", "100%", "≥ 70%", "2030", "41,1%"):
        assert text in shown


def test_b6_an_unmet_target_of_an_earlier_year_is_told_until_it_is_met(build: Callable[..., Results]) -> None:
    later = build("2029")
    line = later.targets.with_columns(
        value=pl.when(pl.col("year") == 2028).then(0.4996).otherwise("value"),
        open=(pl.col("year") == 2028) & (pl.col("indicator") == "science_tasks_communicated"),
    )
    still = replace(later, targets=line)
    said = "mục tiêu năm 2028 (ít nhất 50%) chưa đạt, kết quả năm đó: 49,96%; tiếp tục theo dõi đến khi đạt"
    for shown in (targets.describe(still), summary.summarise(still)):
        assert said in shown.as_text()
    assert "kết quả năm 2028: 49,96%, tiếp tục theo dõi đến khi đạt" in str(targets.show_asked(still)).lower()
    assert "tiếp tục theo dõi" not in targets.describe(later).as_text()


def test_a_year_that_is_not_over_is_drawn_apart(build: Callable[..., Results], texts_of: Callable[[str], str]) -> None:
    drawn = texts_of(targets.chart_targets(build("2027-H1", as_of=date(2027, 6, 25))).svg)  # type: ignore[attr-defined]
    assert "Kết quả đến ngày 14/6/2027, chưa hết năm" in drawn
    whole = targets.chart_targets(build("2027", as_of=date(2027, 12, 25)))
    assert "chưa hết năm" not in texts_of(whole.svg)  # type: ignore[attr-defined]
