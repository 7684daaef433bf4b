"""Outputs: what was done now and before, gaps that are no zero, the yearly days of the plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from nq57kit.show import outputs, reporting
from nq57kit.show.blocks import Figure, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from nq57kit.indicators.model import Results


def test_types_of_the_period_before_alone_are_no_outputs_of_this_one(results: Results) -> None:
    by_type = results.by_type.with_columns(activities=pl.lit(0, pl.Int64), quantity=pl.lit(0, pl.Int64))
    sentence = outputs.outputs_sentence(replace(results, by_type=by_type))
    assert sentence == "Chưa có số liệu về hoạt động truyền thông trong kỳ."


def test_nothing_reported_is_no_zero(results: Results) -> None:
    table = outputs.tabulate_types(results)
    video = next(row for row in table.formatted() if row[0] == "Video, clip")
    assert "–" not in video
    assert any("không có số liệu" in note for note in reporting.tabulate_units(results).notes)


def test_the_plans_yearly_days_are_marked_where_they_fall_in_the_window(
    texts_of: Callable[[str], str], build: Callable[..., Results]
) -> None:
    half, year = (outputs.chart_months(build(period)) for period in ("2026-H2", "2026"))
    assert isinstance(half, Figure)
    assert isinstance(year, Figure)
    assert all(day in texts_of(half.svg) for day in ("01/10", "10/10"))
    assert "18/5" not in texts_of(half.svg)
    assert all(day in texts_of(year.svg) for day in ("18/5", "01/10", "10/10"))


def test_the_list_of_products_goes_by_unit_of_the_register_by_type_and_by_day(results: Results) -> None:
    said, table = outputs.show_catalogue(results).parts
    assert said.as_text() == "2 đơn vị kê khai 4 sản phẩm, hoạt động; 2 có đường dẫn đến trang đã đăng."
    assert isinstance(table, Table)
    first, second = (results.reporting["name"][place] for place in (0, 1))
    assert [(row[0], *row[2:]) for row in table.rows] == [
        (first, "Bài giả lập", 1, date(2026, 8, 1), "http://vidu.example/2"),
        (first, "Bài giả lập", 1, date(2026, 9, 1), None),
        (first, "Phim giả lập", 4, date(2026, 8, 1), "Công văn số 12"),
        (second, "Bài giả lập", 4, date(2026, 9, 2), "https://vidu.example/1"),
    ]
    assert table.apart == f"catalogue-{results.inputs.period}.html"


def test_the_head_of_the_chart_says_which_type_is_largest(results: Results) -> None:
    assert outputs.chart_types(results).title.endswith("tin, bài (1.234)")  # type: ignore[attr-defined]
