"""What answers the plan, as a reader sees it: the plan's words, who is silent, and silence that is no lack."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from nq57kit.show import evidence
from nq57kit.show.blocks import Figure, Note

if TYPE_CHECKING:
    from collections.abc import Callable

    from nq57kit.indicators.model import Results
    from nq57kit.indicators.unit import UnitResults


def test_every_measure_and_duty_stands_word_for_word(results: Results) -> None:
    plan = results.inputs.plan
    told = [cell for table in evidence.tabulate_measures(results) for row in table.rows for cell in row]
    assert all(f"{key}. {text}" in told for key, text in plan.measures.select("measure_id", "text").iter_rows())
    duties = [row[1] for row in evidence.tabulate_duties(results).rows]
    assert duties == [f"{key}. {text}" for key, text in plan.duties.select("duty_id", "text").iter_rows()]


def test_units_without_a_report_are_told_apart_from_those_that_lack_something(results: Results) -> None:
    silent = results.reporting.filter(pl.col("state").is_in(["missing", "refused"])).height
    assert f"{silent} đơn vị chưa có báo cáo 6 tháng cuối năm 2026" in evidence.products_sentence(results)
    everybody = replace(results, reporting=results.reporting.with_columns(revision=pl.lit(1, pl.Int64)))
    assert "chưa có báo cáo" not in evidence.products_sentence(everybody)


def test_a_day_of_a_half_that_nobody_has_told_of_is_no_zero(build: Callable[..., Results]) -> None:
    june = build("2026-H1")
    told = {row[0].rpartition(" ")[2]: row[1] for row in evidence.tabulate_days(june).rows}
    assert told == {"(18/5)": 20, "(1/10)": None, "(10/10)": None}
    nobody = replace(june, reporting=june.reporting.with_columns(revision=pl.lit(None, pl.Int64)))
    assert {row[1:] for row in evidence.tabulate_days(nobody).rows} == {(None, None, None)}


def test_a_yearly_day_stands_beside_that_of_the_year_before_or_says_that_there_is_none(results: Results) -> None:
    first = evidence.tabulate_days(results)
    assert [column.name for column in first.columns] == ["day", "activities", "units", "reach"]
    assert "Năm đầu thực hiện Kế hoạch, chưa có số liệu năm trước." in first.notes
    told = {"compared_activities": 24, "previous_activities": 20, "compared_reach": 900, "common_units": 31}
    second = evidence.tabulate_days(
        replace(results, events=results.events.with_columns(pl.lit(value).alias(name) for name, value in told.items()))
    )
    assert {row[-1] for row in second.rows} == {"hoạt động 20 → 24"}  # reach of the year before was not measured
    assert "So với năm trước trên 31 đơn vị có báo cáo ở cả hai năm." in second.notes


def test_coordination_is_told_by_task_apart_from_rows_without_a_role(results: Results) -> None:
    table = evidence.tabulate_roles(results)
    short = results.inputs.units["short_name"][0]
    assert table.rows[0][1:] == (
        "2 hoạt động, 1 đơn vị", "2 hoạt động, 1 đơn vị", short, "2 hoạt động, 1 đơn vị",
    )  # fmt: skip
    alone = replace(results, roles=results.roles.filter(role="lead"))
    assert evidence.tabulate_roles(alone).rows[0][2:] == ("không có", "không có", "không có")


def test_a_scorecard_shows_what_the_unit_did_under_tasks_of_others(
    card_of: Callable[..., UnitResults], results: Results
) -> None:
    card = card_of("hv-nongnghiep")
    mixed = replace(card, own=replace(card.own, roles=results.roles))
    told = [row[1] for row in evidence.tabulate_unit_roles(mixed).rows]
    assert told == ["Phối hợp", "Không được giao theo Phụ lục"]


def test_which_unit_did_what_stands_under_its_day(results: Results) -> None:
    table = evidence.tabulate_unit_days(results)
    assert table.rows[0][2:] == ("Sự kiện hưởng ứng; tin, bài", 2, 400)
    assert table.headings[0].startswith("Ngày Khoa học và Công nghệ Việt Nam")


def test_nothing_is_said_to_lack_of_a_unit_without_a_report(card_of: Callable[..., UnitResults]) -> None:
    card = card_of("hv-nongnghiep")
    own = replace(card.own, inputs=replace(card.own.inputs, receipts=card.own.inputs.receipts.clear()))
    assert isinstance(evidence.show_unit(replace(card, own=own)), Note)
    assert not isinstance(evidence.show_unit(card), Note)


def test_the_picture_has_a_cell_for_each_measure_and_group_that_it_addresses(results: Results) -> None:
    figure = evidence.chart_measures(results)
    assert isinstance(figure, Figure)
    assert len({row[0] for row in figure.data.rows}) == results.inputs.plan.measures.height
    assert all(0 <= int(cell.split("/")[0]) <= int(cell.split("/")[1]) for *_, cell in figure.data.rows)
