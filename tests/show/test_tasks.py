"""Tasks: what is overdue and whose it is, long lists, the grid of units and tasks, the words of the plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from nq57kit.show import outputs, people, reporting, tasks
from nq57kit.show.blocks import Blocks, Figure, Note
from nq57kit.show.markup import block_html
from nq57kit.text import sort_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from nq57kit.indicators.model import Results
    from nq57kit.indicators.unit import UnitResults
    from nq57kit.show.blocks import Block


def test_what_is_overdue_names_who_must_act(results: Results) -> None:
    late = results.task_status.filter(pl.col("status").is_in(["dang_thuc_hien_qua_han", "chua_thuc_hien_qua_han"]))
    text = tasks.describe(results).as_text()
    assert f"Có {late.height} lượt nhiệm vụ quá hạn" in text
    calm = replace(results, task_status=results.task_status.with_columns(status=pl.lit("thuong_xuyen")))
    assert "không có nhiệm vụ nào quá hạn" in tasks.describe(calm).as_text()


def test_where_nobody_reported_nothing_is_said_to_be_on_time(results: Results) -> None:
    silent = replace(results, task_status=results.task_status.with_columns(status=pl.lit("chua_bao_cao")))
    text = tasks.describe(silent).as_text()
    assert "chưa xác định được nhiệm vụ quá hạn" in text
    assert "không có nhiệm vụ nào quá hạn" not in text


def test_one_unit_that_is_late_is_spoken_of_as_one(results: Results) -> None:
    one = results.task_status.head(1).with_columns(status=pl.lit("chua_thuc_hien_qua_han"))
    text = tasks.describe(replace(results, task_status=one)).as_text()
    assert "ở 1 đơn vị chủ trì; đơn vị này cần hoàn thành" in text


def test_long_lists_are_in_the_order_of_the_vietnamese_alphabet_under_headings(results: Results) -> None:
    sendings, progress = reporting.tabulate_units(results), tasks.tabulate_units(results)
    for table in (sendings, progress):
        assert len(table.headings) == len(table.rows)
        for heading in set(table.headings):
            own = [row[1] for row, above in zip(table.rows, table.headings, strict=True) if above == heading]
            assert own == sorted(own, key=sort_key)
    schools = [row[1] for row in sendings.rows if str(row[1]).startswith("Trường Đại học")]
    assert schools.index("Trường Đại học Nông - Lâm Bắc Giang") < schools.index("Trường Đại học Thủy lợi")


def test_a_heading_is_shown_once_above_its_rows_in_place_of_the_first_column(results: Results) -> None:
    table = tasks.tabulate_units(results)
    html = block_html(table)
    assert html.count('scope="rowgroup"') == len(set(table.headings))
    assert ">TT</th>" not in html
    assert html.count("<tbody>") == len(set(table.headings))


def test_charts_have_the_short_names_of_tasks_and_one_table_the_full_ones(
    texts_of: Callable[[str], str], results: Results
) -> None:
    shown = " ".join(texts_of(tasks.chart_statuses(results).svg).split())  # type: ignore[attr-defined]
    for task, short in results.inputs.plan.tasks.select("task_id", "short_name").iter_rows():
        assert f"{task}. {short}" in shown
    names = [f"{task}. {name}" for task, name in results.inputs.plan.tasks.select("task_id", "name").iter_rows()]
    assert [row[0] for row in tasks.tabulate_statuses(results).rows[:-1]] == [name.rstrip(".") for name in names]


def test_a_plan_without_short_names_calls_tasks_by_their_numbers(
    texts_of: Callable[[str], str], results: Results
) -> None:
    plan = replace(
        results.inputs.plan, tasks=results.inputs.plan.tasks.with_columns(short_name=pl.lit(None, pl.String))
    )
    own = replace(results, inputs=replace(results.inputs, plan=plan))
    assert "Nhiệm vụ 4 (" in texts_of(tasks.chart_statuses(own).svg).replace("\u00a0", " ")  # type: ignore[attr-defined]
    assert "Nhiệm vụ 4" in tasks.tabulate_units(own).headings


def test_the_matrix_of_one_unit_of_58_and_of_500_can_be_read(
    size_of: Callable[[str], tuple[float, float]],
    texts_of: Callable[[str], str],
    build: Callable[..., Results],
    results: Results,
) -> None:
    one, whole, many = (
        tasks.chart_units(build(units=1)),
        tasks.chart_units(results),
        tasks.chart_units(build(units=500)),
    )
    assert isinstance(one, Figure)
    assert isinstance(whole, Figure)
    assert isinstance(many, Blocks)
    figures = [item for item in many.items if isinstance(item, Figure)]
    assert len(figures) == 9
    assert all(size_of(figure.svg)[1] < 1100 for figure in (one, whole, *figures))
    shown = " ".join(texts_of(figure.svg) for figure in figures)
    assert all(f"ĐVGL {n:03d}" in shown for n in range(1, 501))


def test_a_hostile_and_a_very_long_name_stay_text_and_inside(
    size_of: Callable[[str], tuple[float, float]], texts_of: Callable[[str], str], build: Callable[..., Results]
) -> None:
    given = build(units=2)
    units = given.inputs.units.with_columns(short_name=pl.lit("</text><script>alert(1)</script>" + "x" * 500))
    figure = tasks.chart_units(replace(given, inputs=replace(given.inputs, units=units)))
    assert isinstance(figure, Figure)
    assert "<script" not in figure.svg
    assert "x" * 40 in texts_of(figure.svg)
    assert size_of(figure.svg)[0] <= 900


def test_what_it_leads_and_coordinates_stands_with_the_plans_words(
    words: Callable[[Block], str], card_of: Callable[..., UnitResults]
) -> None:
    card = card_of("vu-tccb")
    led, coordinated = tasks.tabulate_led(card), tasks.tabulate_coordinated(card)
    assert [(row[0], row[-1]) for row in led.rows] == [
        (1, "Phụ lục, TT 1: «Các cơ quan, đơn vị thuộc Bộ»"),
        (7, "Phụ lục, TT 7: «Vụ Tổ chức cán bộ»"),
    ]
    assert [row[0] for row in coordinated.rows] == [10]
    assert "vừa chủ trì vừa phối hợp" in words(tasks.describe_role(card_of("vu-khcn")))


def test_figures_of_an_earlier_half_say_so(words: Callable[[Block], str], card_of: Callable[..., UnitResults]) -> None:
    card = card_of("tt-cntt")
    assert "Số liệu theo báo cáo 6 tháng đầu năm 2026" in words(people.show_unit(card))
    assert "theo báo cáo 6 tháng đầu năm 2026, do kỳ này chưa có báo cáo" in words(tasks.describe_progress(card))
    assert isinstance(outputs.show_unit(card), Note)
