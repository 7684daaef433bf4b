"""People: shares with their base, the lowest group only where it is one among several, the half that tells it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from nq57kit.show import people

if TYPE_CHECKING:
    from collections.abc import Callable

    from nq57kit.indicators.model import Results
    from nq57kit.indicators.unit import UnitResults
    from nq57kit.show.blocks import Block


def staff(results: Results, *rows: tuple[str | None, int, int | None, int, int], expected: int = 1) -> Results:
    """Results with the staff of some groups, of one unit each: group, staff, reached, communication staff, trained."""
    schema = results.workforce.schema
    frame = pl.DataFrame(
        [(group, 1, whole, part, comms, trained, expected) for group, whole, part, comms, trained in rows],
        schema=schema,
        orient="row",
    )
    return replace(results, workforce=frame)


def test_the_lowest_group_is_named_where_it_is_one_of_at_least_three(results: Results) -> None:
    groups = [group for group in results.workforce["group"].to_list() if group is not None][:3]
    low = [(None, 30, 18, 6, 3), (groups[0], 10, 8, 2, 1), (groups[1], 10, 2, 2, 1), (groups[2], 10, 8, 2, 1)]
    said = people.describe(staff(results, *low)).as_text()
    assert "18/30 (60,0%) cán bộ, công chức, viên chức đã tiếp cận thông tin" in said
    assert "tỷ lệ tiếp cận thông tin thấp nhất: " in said
    assert "(20,0%)" in said
    assert "tỷ lệ đào tạo chuyên sâu thấp nhất" not in said  # all three are equal
    assert "thấp nhất" not in people.describe(staff(results, *low[:3])).as_text()
    assert (
        "thấp nhất" not in people.describe(staff(results, *low, expected=2)).as_text()
    )  # a silent unit could be lower


def test_nobody_to_train_is_said_and_not_divided_by(results: Results) -> None:
    said = people.describe(staff(results, (None, 10, None, 0, 0))).as_text()
    assert "không có cán bộ chuyên trách truyền thông" in said
    assert "chưa có số liệu trên tổng số cán bộ, công chức, viên chức" in said
    table = people.tabulate_groups(staff(results, (None, 10, None, 0, 0)))
    assert [row[-1] for row in table.formatted()] == ["–"]


def test_a_unit_reads_from_which_half_its_staff_is(
    card_of: Callable[..., UnitResults], words: Callable[[Block], str]
) -> None:
    assert "Số liệu theo báo cáo 6 tháng đầu năm 2026" in words(people.show_unit(card_of("tt-cntt")))
    assert "Năm đầu thực hiện Kế hoạch, chưa có số liệu năm trước." in words(people.show_unit(card_of("hv-nongnghiep")))


def test_a10_a_report_that_says_nothing_is_not_where_the_staff_of_june_come_from(
    card_of: Callable[..., UnitResults], words: Callable[[Block], str]
) -> None:
    said = words(people.show_unit(card_of("thanh-tra")))
    assert "38/76 (50,0%)" in said
    assert "Số liệu theo báo cáo 6 tháng đầu năm 2026" in said
