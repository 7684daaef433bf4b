"""Science tasks of a unit: those to be communicated first, differences without a name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nq57kit.show import science
from nq57kit.show.blocks import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from nq57kit.indicators.unit import UnitResults
    from nq57kit.show.blocks import Block


def test_science_tasks_not_yet_communicated_stand_first(
    words: Callable[[Block], str], card_of: Callable[..., UnitResults]
) -> None:
    card = card_of("hv-nongnghiep")
    table = science.show_unit(card).items[1]
    assert isinstance(table, Table)
    said = [row[3] for row in table.rows]
    waiting = said.count("Chưa truyền thông")
    assert said == ["Chưa truyền thông"] * waiting + ["Đã truyền thông"] * (len(said) - waiting)
    assert f"còn {waiting} nhiệm vụ chưa được truyền thông" in words(science.describe_unit(card))


def test_a_code_on_which_units_differ_is_told_without_the_other_unit(
    words: Callable[[Block], str], card_of: Callable[..., UnitResults]
) -> None:
    said = words(science.describe_unit(replace(card_of("hv-nongnghiep"), disputed=("GL.01",))))
    assert "Đơn vị khác báo cáo khác về việc truyền thông của nhiệm vụ mã GL.01" in said
