from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pytest

from nq57kit.show import charts
from nq57kit.show.blocks import Blocks, Figure, Note

if TYPE_CHECKING:
    from collections.abc import Callable

    from nq57kit.indicators.model import Results


def texts_of(svg: str) -> str:
    from html import unescape

    return unescape(" ".join(re.findall(r">([^<>]+)</t(?:ext|span)>", svg)))


def size_of(svg: str) -> tuple[float, float]:
    found = re.search(r'width="([\d.]+)" height="([\d.]+)"', svg)
    assert found
    return float(found[1]), float(found[2])


@pytest.mark.parametrize("name", charts.__all__)
def test_every_chart_is_a_figure_with_title_caption_alt_data_and_fits_the_page(name: str, results: Results) -> None:
    kpis = results.kpis.with_columns(previous_value=pl.lit(0.2))  # the invented results have no period before
    figure = getattr(charts, name)(replace(results, kpis=kpis))
    assert isinstance(figure, Figure)
    assert all((figure.title, figure.caption, figure.alt, figure.data.rows, figure.source, figure.id))
    assert size_of(figure.svg)[0] <= 740


@pytest.mark.parametrize("name", charts.__all__)
def test_a_chart_without_data_is_a_note(name: str, empty_results: Results) -> None:
    block = getattr(charts, name)(empty_results)
    if name in {"targets_chart", "completeness_chart"}:  # targets and the units asked exist without any report
        assert isinstance(block, Figure)
    else:
        assert isinstance(block, Note)
        assert block.level == "empty"
        assert block.text.startswith("Chưa có số liệu")


def test_ratios_stand_beside_those_of_the_period_before_or_not_at_all(results: Results) -> None:
    assert charts.ratios_chart(results) == Blocks([])
    kpis = results.kpis.with_columns(previous_value=pl.lit(0.205))
    shown = texts_of(charts.ratios_chart(replace(results, kpis=kpis)).svg)  # type: ignore[attr-defined]
    for text in ("6 tháng cuối năm 2026", "6 tháng đầu năm 2026", "41,1%", "20,5%"):
        assert text in shown


def test_targets_are_written_on_their_chart(results: Results) -> None:
    shown = texts_of(charts.targets_chart(results).svg)  # type: ignore[attr-defined]
    for text in ("≥ 50%", "≥ 80%", "≥ 100%", "≥ 70%", "2030", "41,1%"):
        assert text in shown


def test_task_names_are_whole_on_the_status_chart(results: Results) -> None:
    shown = " ".join(texts_of(charts.task_status_chart(results).svg).split())  # type: ignore[attr-defined]
    for name in results.inputs.plan.tasks["name"]:
        assert name.rstrip(".") in shown


def test_the_plans_yearly_days_are_marked_where_they_fall_in_the_window(build: Callable[..., Results]) -> None:
    half, year = (charts.monthly_chart(build(period)) for period in ("2026-H2", "2026"))
    assert isinstance(half, Figure)
    assert isinstance(year, Figure)
    assert all(day in texts_of(half.svg) for day in ("01/10", "10/10"))
    assert "18/5" not in texts_of(half.svg)
    assert all(day in texts_of(year.svg) for day in ("18/5", "01/10", "10/10"))


def test_the_matrix_of_one_unit_of_58_and_of_500_can_be_read(build: Callable[..., Results], results: Results) -> None:
    one, whole, many = (
        charts.task_matrix(build(units=1)),
        charts.task_matrix(results),
        charts.task_matrix(build(units=500)),
    )
    assert isinstance(one, Figure)
    assert isinstance(whole, Figure)
    assert isinstance(many, Blocks)
    figures = [item for item in many.items if isinstance(item, Figure)]
    assert len(figures) == 9
    assert all(size_of(figure.svg)[1] < 1100 for figure in (one, whole, *figures))
    shown = " ".join(texts_of(figure.svg) for figure in figures)
    assert all(f"ĐVGL {n:03d}" in shown for n in range(1, 501))


def test_a_hostile_and_a_very_long_name_stay_text_and_inside(build: Callable[..., Results]) -> None:
    given = build(units=2)
    units = given.inputs.units.with_columns(short_name=pl.lit("</text><script>alert(1)</script>" + "x" * 500))
    figure = charts.task_matrix(replace(given, inputs=replace(given.inputs, units=units)))
    assert isinstance(figure, Figure)
    assert "<script" not in figure.svg
    assert "x" * 40 in texts_of(figure.svg)
    assert size_of(figure.svg)[0] <= 900


def test_the_largest_type_is_named_in_the_caption(results: Results) -> None:
    assert "Tin, bài (1.234)" in charts.outputs_chart(results).caption  # type: ignore[attr-defined]
